//! What evidence brings into the image, and what it has to say about it.

use super::accounts::Account;
use super::finding::{Finding, ObjectId};
use super::starts::Starts;
use crate::content::Content;
use crate::events::{LeftOut, Warning};
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

/// What the evidence brings, and what it has to say about it.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What the objects show.
    pub findings: Vec<Finding>,
    /// What comes in.
    pub brought: Vec<Item>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What was looked for and is not there, or was shown and is not wanted: what, and why.
    pub left_out: Vec<LeftOut>,
    /// What the user may want to add, a sentence each.
    pub hints: Vec<String>,
    /// Other programs that the program starts.
    pub starts: Starts,
    /// Where the file of each object is that was looked at, at the end of all links; an [`ObjectId`] is an index.
    pub(super) objects: Vec<Place>,
    /// Users of the machine that the program names.
    pub accounts: Vec<Account>,
}

impl Evidence {
    /// Where the file of an object is.
    pub fn object(&self, id: ObjectId) -> &Place {
        &self.objects[id.0]
    }
}
