//! The entries of one layer, and which of them are names of one file.

use super::tar::TarEntry;
use crate::file::FileId;
use crate::paths::ImagePath;
use crate::rootfs::Entry;
use std::collections::{BTreeMap, btree_map};

/// The entries of one layer, in path order.
pub type LayerEntries<'a> = BTreeMap<&'a ImagePath, &'a Entry>;

/// Of each further name of a file, the name that carries the bytes: the first one.
pub type FirstNames<'a> = BTreeMap<&'a ImagePath, &'a ImagePath>;

/// What makes two entries names of one file: the file, mode and owners.
pub type FileKey = (FileId, u32, u32, u32);

/// Which file an entry is a name of, if it is one.
pub fn file_key(entry: &Entry) -> Option<FileKey> {
    entry.file().map(|identity| (identity.inode(), entry.mode, entry.uid, entry.gid))
}

/// The first name of each file that has several names in these entries, by its other names.
pub fn first_names<'a>(entries: &LayerEntries<'a>) -> FirstNames<'a> {
    let mut seen = BTreeMap::new();
    let mut first = BTreeMap::new();
    for (path, entry) in entries {
        let Some(file) = file_key(entry) else { continue };
        match seen.get(&file) {
            Some(name) => {
                first.insert(*path, *name);
            }
            None => {
                seen.insert(file, *path);
            }
        }
    }
    first
}

/// What one layer holds.
pub struct LayerTree<'a> {
    /// The entries, in path order.
    pub entries: LayerEntries<'a>,
    first_names: FirstNames<'a>,
}

impl<'a> LayerTree<'a> {
    /// A layer with these entries.
    pub fn new(entries: LayerEntries<'a>) -> Self {
        Self { first_names: first_names(&entries), entries }
    }

    /// The entries as they stand in the tar, in order.
    pub fn tar_entries(&self) -> TarEntries<'_> {
        TarEntries { entries: self.entries.iter(), first_names: &self.first_names }
    }
}

/// The entries of a layer as they stand in the tar, each made when its turn comes.
pub struct TarEntries<'a> {
    entries: btree_map::Iter<'a, &'a ImagePath, &'a Entry>,
    first_names: &'a FirstNames<'a>,
}

impl<'a> Iterator for TarEntries<'a> {
    type Item = TarEntry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (path, entry) = self.entries.next()?;
        Some(TarEntry::new(path, entry, self.first_names.get(path).copied()))
    }
}
