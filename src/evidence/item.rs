//! What evidence brings into the image.

use super::finding::ObjectId;
use crate::content::Content;
use crate::files::Place;
use std::path::PathBuf;

/// Something that comes into the image for a reason other than that the user or the loader names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is, and goes, unless the program moves and it with it.
    pub place: Place,
    /// What it is.
    pub source: Source,
    /// Its mode.
    pub mode: u32,
    /// The rule, or the flag, that brings it.
    pub rule: &'static str,
    /// For people, in one or two words: `CA certificates`.
    pub what: &'static str,
    /// Why, as a phrase for people.
    pub because: String,
    /// The object that shows it; `None`: the user asks for it.
    pub object: Option<ObjectId>,
}

/// What an item is, and where its bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(Content),
    /// A link, and what is written in it.
    Link(PathBuf),
    /// A directory; `writable` for the user who runs the program.
    Directory {
        /// Whether that user may write in it.
        writable: bool,
    },
}

impl Source {
    /// A file with these bytes.
    pub fn made(bytes: &[u8]) -> Self {
        Self::File(Content::Bytes(bytes.into()))
    }
}
