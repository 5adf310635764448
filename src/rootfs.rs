//! The tree in memory, and what always holds in it: each entry has its directories, a reason, a mode that
//! does not depend on the builder, and one owner.
//!
//! Nothing is read here: a file of the host is known by its path and its identity, and is opened when its
//! layer is made.

use crate::paths::ImagePath;
use crate::sysroot::Identity;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The image's files, from path to entry. In path order a directory comes before what is in it.
#[derive(Debug, Clone, Default)]
pub struct Rootfs {
    /// The entries; `/` itself is none.
    pub entries: BTreeMap<ImagePath, Entry>,
    /// What was looked for and is not in, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// One file, directory or link of the image. Every entry's time is 0.
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
#[derive(Debug, Clone)]
pub enum Node {
    /// A directory.
    Directory,
    /// A symbolic link and what is written in it.
    Link(PathBuf),
    /// A regular file.
    File(Content),
}

/// Where the bytes of a file come from.
#[derive(Debug, Clone)]
pub enum Content {
    /// A file of the host, packed as it was when it was looked at. Entries with one device and inode
    /// are one file: the first in path order carries the bytes, the others are hard links to it.
    Host {
        /// Where it is.
        path: PathBuf,
        /// Which file it was and in which state.
        identity: Identity,
    },
    /// Bytes that we made.
    Bytes(Arc<[u8]>),
}

impl Content {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        match self {
            Self::Host { identity, .. } => identity.size,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
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

/// Why an entry is in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What scripts know it by: `program`, `parent`, `library`, `evidence`, `asked`, `base`.
    pub code: &'static str,
    /// One phrase for people: `crypto/x509 is linked into /app`.
    pub text: String,
    /// The entries that it points to.
    pub entries: Vec<ImagePath>,
}

/// Something that was looked for and is not in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// What: a path, a soname, a family of files.
    pub what: String,
    /// Why it is not in.
    pub why: String,
}
