//! A file, directory or link of the image.

use super::reason::{Cause, Reason};
use crate::accounts::Runner;
use crate::content::Content;
use crate::file::{FileKind, Identity};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One file, directory or link of the image. Every entry's time is [`ENTRY_TIME`](crate::options::ENTRY_TIME).
#[derive(Debug, Clone)]
pub struct Entry {
    /// A directory, a link with its target, or a file with its bytes.
    pub node: Node,
    /// Permission bits, setuid, setgid and sticky included; 0o777 for a link.
    pub mode: u32,
    /// The number of the owner.
    pub uid: u32,
    /// The number of the owning group.
    pub gid: u32,
    /// `security.capability` of a file, as the file system gives it; `None` where it has none.
    pub capability: Option<Vec<u8>>,
    /// The part of the image that the entry belongs to.
    pub part: ImagePart,
    /// Why the entry is in the image; never empty.
    pub reasons: BTreeSet<Reason>,
}

/// The kind of an entry, with its target or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A symbolic link, with its target as it is written.
    Link(PathBuf),
    /// A regular file.
    File(Content),
}

/// A part of the image, which becomes a layer; the one that changes least comes first. A directory that several parts
/// need belongs to the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImagePart {
    /// Loader, libraries, data.
    System,
    /// Files that the user added.
    Added,
    /// The program and its private libraries.
    Program,
}

impl Node {
    /// The kind of file that the node is.
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
    pub fn new(node: Node, mode: u32, part: ImagePart, reason: Reason) -> Self {
        Self { node, mode, uid: 0, gid: 0, capability: None, part, reasons: BTreeSet::from([reason]) }
    }

    /// The word for the kind of entry: `file`, `directory`, `link`.
    pub fn kind(&self) -> &'static str {
        match self.node {
            Node::Directory => "directory",
            Node::Link(_) => "link",
            Node::File(_) => "file",
        }
    }

    /// Bytes of a file; 0 for anything else.
    pub fn size(&self) -> u64 {
        match &self.node {
            Node::File(content) => content.size(),
            _ => 0,
        }
    }

    /// The file that the entry is a name of; `None` for directories and links.
    pub fn file(&self) -> Option<Identity> {
        match &self.node {
            Node::File(content) => Some(content.identity()),
            _ => None,
        }
    }

    /// Whether `runner` has these rights: 4 read, 2 write, 1 execute or enter.
    pub fn allows(&self, runner: Runner, rights: u32) -> bool {
        let shift = if self.uid == runner.uid {
            6
        } else if self.gid == runner.gid {
            3
        } else {
            0
        };
        runner.uid == 0 || (self.mode >> shift) & rights == rights
    }

    /// The kind of entry and its reasons, for people: `a file: asked for`.
    pub fn described(&self) -> String {
        let reasons: Vec<&str> = self.reasons.iter().map(|reason| &*reason.text).collect();
        format!("a {}: {}", self.kind(), reasons.join("; "))
    }

    /// Whether the entry is a program that was given.
    pub fn is_program(&self) -> bool {
        self.reasons.iter().any(|reason| reason.cause == Cause::Program)
    }

    /// Whether the user asked for the entry.
    pub fn is_added(&self) -> bool {
        self.reasons.iter().any(|reason| reason.cause == Cause::Asked)
    }

    /// Whether the entry was made only because something below it, or reached through it, needs it.
    pub fn is_parent(&self) -> bool {
        self.reasons.iter().all(|reason| reason.cause == Cause::Parent)
    }

    /// Whether the entry only leads to other entries.
    pub fn is_parent_or_link(&self) -> bool {
        self.reasons.iter().all(|reason| reason.cause.is_parent_or_link())
    }
}
