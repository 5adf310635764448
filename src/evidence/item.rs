//! Items: files, links and directories that evidence brings into the image.

use super::finding::ObjectId;
use crate::content::Content;
use crate::files::Place;
use std::path::PathBuf;

/// A file, link or directory that comes into the image because an object shows the need, or a flag selects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place on the machine, and its path in the image, unless it moves with the program.
    pub place: Place,
    /// A file with its content, a link with its target, or a directory.
    pub kind: ItemKind,
    /// Its permission bits in the image.
    pub mode: u32,
    /// The name of the rule, or of the flag, that brings it.
    pub rule: &'static str,
    /// The kind of thing, for people, in one or two words: `CA certificates`.
    pub what: &'static str,
    /// The reason, as a phrase for people.
    pub because: String,
    /// The object that shows the need; `None`: the user asks for it.
    pub object: Option<ObjectId>,
}

/// The kind of an item, with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// A regular file.
    File(Content),
    /// A symbolic link with its target, as it is written in it.
    Link(PathBuf),
    /// A directory.
    Directory {
        /// Whether it belongs to the user who runs the program.
        writable: bool,
    },
}

impl ItemKind {
    /// A file with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::File(Content::Bytes(bytes.into()))
    }
}
