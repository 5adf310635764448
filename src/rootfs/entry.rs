//! One file, directory or link of the image.

use super::reason::{Cause, Reason};
use crate::content::Content;
use crate::file::{FileKind, Identity};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One file, directory or link of the image. Every entry's time is [`ENTRY_TIME`](crate::options::ENTRY_TIME).
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub node: Node,
    /// Permission bits, setuid, setgid and sticky included. Of a link 0o777.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// `security.capability` of a file, as the file system gives it.
    pub capability: Option<Vec<u8>>,
    /// Which part of the image it belongs to.
    pub part: Part,
    /// Why it is there; never empty.
    pub reasons: BTreeSet<Reason>,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A symbolic link and what is written in it.
    Link(PathBuf),
    /// A regular file.
    File(Content),
}

/// Which part of the image an entry belongs to, from the one that changes least. A directory that several
/// parts need belongs to the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Loader, libraries, data.
    System,
    /// What the user added.
    Added,
    /// The program and its private libraries.
    Program,
}

impl Node {
    /// What kind of file it is.
    pub fn kind(&self) -> FileKind {
        match self {
            Self::Directory => FileKind::Directory,
            Self::Link(_) => FileKind::Link,
            Self::File(_) => FileKind::File,
        }
    }
}

impl Entry {
    /// An entry that belongs to root.
    pub fn new(node: Node, mode: u32, part: Part, reason: Reason) -> Self {
        Self { node, mode, uid: 0, gid: 0, capability: None, part, reasons: BTreeSet::from([reason]) }
    }

    /// The word for what it is: `file`, `directory`, `link`.
    pub fn kind(&self) -> &'static str {
        match self.node {
            Node::Directory => "directory",
            Node::Link(_) => "link",
            Node::File(_) => "file",
        }
    }

    /// Bytes of a file; 0 of anything else.
    pub fn size(&self) -> u64 {
        match &self.node {
            Node::File(content) => content.size(),
            _ => 0,
        }
    }

    /// Which file the entry is a name of; `None` for directories and links.
    pub fn file(&self) -> Option<Identity> {
        match &self.node {
            Node::File(content) => Some(content.identity()),
            _ => None,
        }
    }

    /// Whether a user of this group has these rights: 4 read, 2 write, 1 execute or enter.
    pub fn allows(&self, uid: u32, gid: u32, rights: u32) -> bool {
        let shift = if self.uid == uid {
            6
        } else if self.gid == gid {
            3
        } else {
            0
        };
        uid == 0 || (self.mode >> shift) & rights == rights
    }

    /// What it is and why it is there, for people.
    pub fn described(&self) -> String {
        let reasons: Vec<&str> = self.reasons.iter().map(|reason| &*reason.text).collect();
        format!("a {}: {}", self.kind(), reasons.join("; "))
    }

    /// Whether it is a program that was given.
    pub fn is_program(&self) -> bool {
        self.reasons.iter().any(|reason| reason.cause == Cause::Program)
    }

    /// Whether the user asked for it.
    pub fn is_added(&self) -> bool {
        self.reasons.iter().any(|reason| reason.cause == Cause::Asked)
    }

    /// Whether it was made only because something below it needs it.
    pub fn is_parent(&self) -> bool {
        self.reasons.iter().all(|reason| reason.cause == Cause::Parent)
    }

    /// Whether it only leads to other entries.
    pub fn is_parent_or_link(&self) -> bool {
        self.reasons.iter().all(|reason| reason.cause.is_parent_or_link())
    }
}
