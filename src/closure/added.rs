//! The ELF files in what the user adds: their libraries come in too.

use crate::elf::{self, Object};
use crate::options::Add;
use crate::sysroot::HostFile;
use std::fs::FileType;
use std::path::PathBuf;

/// Every ELF file in what is added, at the end of all links, in path order. What cannot be read is told when it
/// is added.
pub fn objects(added: &[Add]) -> Vec<(PathBuf, Object)> {
    let mut found = Vec::new();
    for add in added {
        if let Ok(real) = std::fs::canonicalize(&add.source)
            && let Ok(metadata) = std::fs::symlink_metadata(&real)
        {
            below(real, metadata.file_type(), &mut found);
        }
    }
    found
}

fn below(path: PathBuf, kind: FileType, found: &mut Vec<(PathBuf, Object)>) {
    if kind.is_file() {
        let object = HostFile::open_again(&path).ok().and_then(|file| elf::read(&file).ok());
        found.extend(object.map(|object| (path, object)));
    } else if kind.is_dir() {
        // A directory tells what kind each of its entries is: no file is asked.
        let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        let entries = entries.filter_map(|entry| Some((entry.path(), entry.file_type().ok()?)));
        let mut entries: Vec<(PathBuf, FileType)> = entries.collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, kind) in entries {
            below(path, kind, found);
        }
    }
}
