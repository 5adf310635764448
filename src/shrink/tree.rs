//! The files of a tree that may get smaller, and how their entries change.

use crate::content::Content;
use crate::file::Identity;
use crate::options::Strip;
use crate::paths::ImagePath;
use crate::rootfs::{Cause, Entry, Node, Rootfs};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A file of the host that entries of the tree are names of.
pub struct PackedFile {
    /// Where it is on the host.
    pub path: PathBuf,
    /// Which file it is, and in which state it was when it was looked at.
    pub identity: Identity,
    /// Its first name in the image.
    pub name: ImagePath,
    /// Whether it is the program.
    pub is_program: bool,
}

/// The files of the host that are to be stripped, in the order of their first names.
pub fn files(rootfs: &Rootfs, asked: Strip) -> Vec<PackedFile> {
    let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
    for (name, entry) in rootfs.entries().iter().filter(|(_, entry)| is_meant(entry, asked)) {
        if let Node::File(Content::Host { path, identity }) = &entry.node
            && seen.insert(identity.inode())
        {
            let (path, name, is_program) = (path.clone(), name.clone(), entry.is_program());
            files.push(PackedFile { path, identity: *identity, name, is_program });
        }
    }
    files
}

/// What the user added is nobody else's to change, unless it is the very same file.
fn is_meant(entry: &Entry, asked: Strip) -> bool {
    match asked {
        Strip::Program => entry.is_program(),
        Strip::All => entry.reasons.iter().any(|reason| reason.cause != Cause::Asked),
    }
}

/// The program's bytes, and the file of the host that they come from.
pub fn program(rootfs: &Rootfs) -> Option<(Content, PathBuf, Identity)> {
    rootfs.entries().values().filter(|entry| entry.is_program()).find_map(|entry| match &entry.node {
        Node::File(content @ Content::Host { path, identity }) => Some((content.clone(), path.clone(), *identity)),
        Node::File(content @ Content::Pieces(pieces)) => Some((content.clone(), pieces.path.clone(), pieces.identity)),
        _ => None,
    })
}
