//! The ELF files in what the user adds: their libraries come in too.

use crate::elf::{self, Object};
use crate::options::Add;
use crate::sysroot::HostFile;
use std::path::{Path, PathBuf};

/// Every ELF file in what is added, at the end of all links, in path order. What cannot be read is told when it
/// is added.
pub fn objects(added: &[Add]) -> Vec<(PathBuf, Object)> {
    let mut found = Vec::new();
    for add in added {
        if let Ok(real) = std::fs::canonicalize(&add.source) {
            below(&real, &mut found);
        }
    }
    found
}

fn below(path: &Path, found: &mut Vec<(PathBuf, Object)>) {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return };
    if metadata.is_file() {
        let object = HostFile::open(path).ok().and_then(|file| elf::read(&file).ok());
        found.extend(object.map(|object| (path.to_owned(), object)));
    } else if metadata.is_dir() {
        let names = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let mut names: Vec<PathBuf> = names.collect();
        names.sort();
        for name in names {
            below(&name, found);
        }
    }
}
