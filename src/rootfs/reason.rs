//! Why an entry is in the image.

use crate::paths::ImagePath;
use std::cmp::Ordering;
use std::sync::Arc;

/// Why an entry is in the image, as scripts know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The program itself.
    Program,
    /// A directory that holds an entry, or is on the way to one.
    Parent,
    /// A link that leads to an entry.
    Link,
    /// The loader that a program names.
    Loader,
    /// A library that an object needs.
    Library,
    /// An index that leads the loader to libraries.
    Index,
    /// A flag asks for it.
    Asked,
    /// Names users and groups.
    Users,
    /// In every image.
    Always,
    /// A rule of evidence, by its name.
    Evidence(&'static str),
    /// A variable of an image that was read back names it.
    Environment,
    /// An argument of such an image names it.
    Argument,
    /// Runs a script.
    Interpreter,
    /// Nothing shows why it is in an image that was read back.
    Unknown,
}

impl Cause {
    /// What scripts know it by. Never changed, only added to.
    pub fn code(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Parent => "parent",
            Self::Link => "link",
            Self::Loader => "loader",
            Self::Library => "library",
            Self::Index => "index",
            Self::Asked => "asked",
            Self::Users => "users",
            Self::Always => "always",
            Self::Evidence(rule) => rule,
            Self::Environment => "environment",
            Self::Argument => "argument",
            Self::Interpreter => "interpreter",
            Self::Unknown => "none",
        }
    }

    /// Whether an entry with this cause only leads to others.
    pub fn is_parent_or_link(self) -> bool {
        matches!(self, Self::Parent | Self::Link)
    }
}

// By code: scripts and people see reasons in this order.
impl Ord for Cause {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Cause {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Why an entry is in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What kind of reason it is.
    pub cause: Cause,
    /// One phrase for people: `crypto/x509 is linked into /app`. All files of a tree share one.
    pub text: Arc<str>,
    /// The entries that it points to.
    pub entries: Vec<ImagePath>,
}

impl Reason {
    /// A reason that points to no other entry.
    pub fn new(cause: Cause, text: impl Into<Arc<str>>) -> Self {
        Self { cause, text: text.into(), entries: Vec::new() }
    }

    /// The reason of a directory or link on the way to `entry`.
    pub fn towards(cause: Cause, word: &str, entry: &ImagePath) -> Self {
        Self { cause, text: format!("{word} `{entry}`").into(), entries: vec![entry.clone()] }
    }
}
