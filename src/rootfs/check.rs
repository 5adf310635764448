//! The loader's rules once more, with the finished tree as their root: they must lead to the very same files.
//! What they find there only by a cache, or musl's path file, gets one.

use super::libraries::Layout;
use super::{Content, Entry, Node, Part, Reason, Rootfs};
use crate::closure::{self, Closure};
use crate::elf::Libc;
use crate::paths::ImagePath;
use crate::resolve::{self, Library, Place, Resolution, cache};
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A library that the loader would not find in the image, or another file in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the loader would not find `{soname}` in the image as it does here")]
pub struct Misplaced {
    /// What it is asked for by.
    pub soname: String,
    /// Where it is here.
    pub here: PathBuf,
    /// What would be found in the image; `None`: nothing.
    pub there: Option<PathBuf>,
}

/// Resolves in the tree, writes an index where one is needed, and resolves again.
pub fn check(rootfs: &mut Rootfs, closure: &Closure, layout: &Layout) -> Result<(), Vec<Misplaced>> {
    let Some(first) = again(rootfs, closure, layout) else { return Ok(()) };
    if differences(closure, &first).is_empty() {
        return Ok(());
    }
    write_index(rootfs, closure, layout, &first);
    let second = again(rootfs, closure, layout).unwrap_or_default();
    let wrong = differences(closure, &second);
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn again(rootfs: &Rootfs, closure: &Closure, layout: &Layout) -> Option<Resolution> {
    let given = closure.program.given.to_string_lossy();
    let at = Place { path: layout.real.as_path().to_owned(), outside: false, relative: true };
    let request = closure::request(&closure.program, &given, at, (rootfs, rootfs), &[], &closure.later)?;
    Some(resolve::resolve(&request))
}

fn inode(library: &Library) -> (u64, u64) {
    library.walk.stat.identity.inode()
}

fn differences(closure: &Closure, there: &Resolution) -> Vec<Misplaced> {
    let mut wrong = Vec::new();
    if let Some(loader) = &closure.resolution.loader {
        let same = there
            .loader
            .as_ref()
            .is_some_and(|other| other.walk.stat.identity.inode() == loader.walk.stat.identity.inode());
        if !same {
            let soname = loader.path.display().to_string();
            let there = there.loader.as_ref().map(|other| other.path.clone());
            wrong.push(Misplaced { soname, here: loader.path.clone(), there });
        }
    }
    for library in &closure.resolution.libraries {
        let found = there.libraries.iter().find(|other| other.soname == library.soname);
        let same = found.map_or_else(
            || there.libraries.iter().any(|other| inode(other) == inode(library)),
            |found| inode(found) == inode(library),
        );
        if !same {
            wrong.push(Misplaced {
                soname: String::from_utf8_lossy(&library.soname).into_owned(),
                here: library.place.path.clone(),
                there: found.map(|found| found.place.path.clone()),
            });
        }
    }
    wrong
}

/// Writes ld.so.cache, or musl's path file, for what was not found without one.
fn write_index(rootfs: &mut Rootfs, closure: &Closure, layout: &Layout, there: &Resolution) {
    let Some(index) = closure.resolution.index.as_ref().and_then(ImagePath::new) else { return };
    let wrong: BTreeSet<String> = differences(closure, there).into_iter().map(|wrong| wrong.soname).collect();
    let is_wrong = |library: &&Library| wrong.contains(String::from_utf8_lossy(&library.soname).as_ref());
    let at = |library: &Library| layout.of_library(library);
    let libraries = closure.resolution.libraries.iter().filter(is_wrong);
    let bytes = if closure.program.inspected.libc == Some(Libc::Musl) {
        let mut directories: Vec<Vec<u8>> = Vec::new();
        let of_libraries =
            libraries.filter_map(at).filter_map(|path| path.parent()).map(|path| path.as_bytes().to_vec());
        let defaults = closure.resolution.directories.iter().map(|path| path.as_os_str().as_bytes().to_vec());
        for directory in of_libraries.chain(defaults) {
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        let mut text = directories.join(&b'\n');
        text.push(b'\n');
        text
    } else {
        let Some(object) = &closure.program.inspected.object else { return };
        let flags = resolve::cache_flag(object.machine);
        let mut entries = Vec::new();
        for library in libraries {
            let entry = |path: ImagePath| cache::Entry::new(library.soname.clone(), path.as_bytes().to_vec(), flags);
            // Of the directories for some processors a cache knows those of glibc-hwcaps.
            let is_named = |entry: &cache::Entry| entry.capability != cache::Capability::None;
            entries.extend(layout.of_variants(library).into_iter().map(entry).filter(is_named));
            entries.extend(at(library).map(entry));
        }
        cache::write(&entries, object.machine.big_endian)
    };
    let names: Vec<String> = wrong.iter().map(|soname| format!("`{soname}`")).collect();
    let reason = Reason::new("index", format!("leads the loader to {}", names.join(", ")));
    let entry = Entry::new(Node::File(Content::Bytes(bytes.into())), 0o644, Part::System, reason);
    // Where the user put one, theirs counts, and the check tells whether it leads there.
    let _ = rootfs.insert(&index, entry);
}
