//! How much a set of entries is.

use super::words::size;
use pack::facts::{Entry, Node};
use std::collections::BTreeSet;

/// What a set of entries amounts to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Regular files.
    pub files: usize,
    /// Their bytes, those of one inode once.
    pub size: u64,
    /// Directories.
    pub directories: usize,
    /// Symbolic links.
    pub links: usize,
}

impl Sum {
    /// The sum of these entries.
    pub fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let (mut sum, mut inodes) = (Self::default(), BTreeSet::new());
        for entry in entries {
            let is_again = entry.file().is_some_and(|identity| !inodes.insert(identity.inode()));
            sum.add(entry, is_again);
        }
        sum
    }

    /// Adds an entry. `is_again`: another name of the same file was added before.
    pub fn add(&mut self, entry: &Entry, is_again: bool) {
        match &entry.node {
            Node::Directory => self.directories += 1,
            Node::Link(_) => self.links += 1,
            Node::File(content) => {
                self.files += 1;
                self.size += if is_again { 0 } else { content.size() };
            }
        }
    }

    /// `3 files, 12 kB, 1 directory, 1 link`.
    pub fn text(self) -> String {
        let files = count(self.files, "file", "files").map(|files| format!("{files}, {}", size(self.size)));
        let parts = [files, count(self.directories, "directory", "directories"), count(self.links, "link", "links")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// `1 file`, `2 files`; nothing for none.
pub fn count(number: usize, one: &str, many: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    }
}
