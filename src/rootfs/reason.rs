//! Why an entry is in the image.

use crate::paths::ImagePath;
use std::cmp::Ordering;
use std::sync::Arc;

/// The kind of reason for which an entry is in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The entry is the program.
    Program,
    /// The directory holds an entry, or is on the way to one.
    Parent,
    /// The link leads to an entry.
    Link,
    /// A program names the entry as its loader.
    Loader,
    /// An object needs the library.
    Library,
    /// The index leads the loader to libraries.
    Index,
    /// A flag asks for the entry.
    Asked,
    /// The file names users or groups.
    Users,
    /// Every image has the entry.
    Always,
    /// A rule of evidence brings the entry; the rule's name.
    Evidence(&'static str),
    /// A variable of an image that was read back names the entry.
    Environment,
    /// An argument of such an image names the entry.
    Argument,
    /// The interpreter runs a script.
    Interpreter,
    /// Nothing shows why an image that was read back has the entry.
    Unknown,
}

impl Cause {
    /// The code by which scripts know the cause. Codes are added, never changed.
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

// Causes are ordered by code: scripts and people see reasons in this order.
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
    /// The kind of reason.
    pub cause: Cause,
    /// One phrase for people: `crypto/x509 is linked into /app`. All files of an added tree share one text.
    pub text: Arc<str>,
    /// The entries that the reason points to.
    pub entries: Vec<ImagePath>,
}

impl Reason {
    /// A reason that points to no other entry.
    pub fn new(cause: Cause, text: impl Into<Arc<str>>) -> Self {
        Self { cause, text: text.into(), entries: Vec::new() }
    }

    /// The reason of a directory or link on the way to `entry`, to which it points; `word` says how: `holds`.
    pub fn towards(cause: Cause, word: &str, entry: &ImagePath) -> Self {
        Self { cause, text: format!("{word} `{entry}`").into(), entries: vec![entry.clone()] }
    }
}
