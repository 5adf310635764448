//! The ELF files in what the user adds: their libraries come in too.

use crate::options::Add;
use crate::sysroot::{HostFile, ReadAt};
use std::path::{Path, PathBuf};

/// Every ELF file in what is added, at the end of all links, in path order. What cannot be read is told when it
/// is added.
pub fn elf_files(added: &[Add]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for add in added {
        if let Ok(real) = std::fs::canonicalize(&add.source) {
            below(&real, &mut found);
        }
    }
    found
}

fn below(path: &Path, found: &mut Vec<PathBuf>) {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return };
    if metadata.is_file() && is_elf(path) {
        found.push(path.to_owned());
    } else if metadata.is_dir() {
        let names = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let mut names: Vec<PathBuf> = names.collect();
        names.sort();
        for name in names {
            below(&name, found);
        }
    }
}

fn is_elf(path: &Path) -> bool {
    HostFile::open(path).and_then(|file| file.bytes_at(0, 4)).is_ok_and(|magic| magic == b"\x7fELF")
}
