//! The loader's rules once more, with the finished tree as their root: they must lead to the very same files.
//! What they find there only by a cache, or musl's path file, gets one.

use super::libraries::Placement;
use super::{Cause, Entry, Node, Part, Reason, Rootfs};
use crate::closure::{self, Closure, Subject};
use crate::content::Content;
use crate::elf::Libc;
use crate::file::FileId;
use crate::files::{Place, Root, Roots};
use crate::paths::ImagePath;
use crate::resolve::{self, Dlopen, KnownFiles, Library, Resolution, cache};
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

/// Resolves in the tree, writes an index where one is needed, and resolves again: for the program, and for those
/// that come with it.
pub fn check(rootfs: &mut Rootfs, closure: &Closure, placement: &Placement) -> Result<(), Vec<Misplaced>> {
    let given = closure.program.given.to_string_lossy();
    let own = closure::subject(&closure.program, &given).map(|subject| One {
        subject,
        at: placement.real.clone(),
        later: later(closure, placement),
        here: &closure.resolution,
    });
    let others = closure.others.iter().filter_map(|other| {
        let subject = Subject { given: &other.called, object: &other.object, libc: other.libc, secure: false };
        Some(One { subject, at: placement.image_path(&other.place)?, later: Vec::new(), here: &other.resolution })
    });
    let all: Vec<One<'_>> = own.into_iter().chain(others).collect();
    let mut wrong = differences(rootfs, &all, &closure.known);
    if !wrong.is_empty() {
        write_index(rootfs, placement, &all, &wrong);
        wrong = differences(rootfs, &all, &closure.known);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into_iter().map(|(_, wrong)| wrong).collect()) }
}

/// A program in the finished tree.
struct One<'a> {
    subject: Subject<'a>,
    at: ImagePath,
    later: Vec<Dlopen>,
    here: &'a Resolution,
}

/// What is opened later, with the places that it has in the tree.
fn later(closure: &Closure, placement: &Placement) -> Vec<Dlopen> {
    let moved = |later: &Dlopen| {
        let place =
            later.place.as_ref().map(|place| placement.image_path(place).map(|path| Place::sysroot(path.as_path())));
        Dlopen { place: place.flatten(), ..later.clone() }
    };
    closure.dlopens.iter().map(moved).collect()
}

fn again(rootfs: &Rootfs, one: &One<'_>, known: &KnownFiles) -> Resolution {
    let at = Place { path: one.at.as_path().to_owned(), root: Root::Sysroot, moves: true };
    resolve::resolve(&closure::request(one.subject, at, Roots::one(rootfs), &[], &one.later, known))
}

fn inode(library: &Library) -> FileId {
    library.walk.stat.identity.inode()
}

/// What is found otherwise in the tree, with the number of the program that looks for it.
fn differences(rootfs: &Rootfs, all: &[One<'_>], known: &KnownFiles) -> Vec<(usize, Misplaced)> {
    let each = all.iter().enumerate();
    each.flat_map(|(number, one)| {
        difference(one.here, &again(rootfs, one, known)).into_iter().map(move |wrong| (number, wrong))
    })
    .collect()
}

fn difference(here: &Resolution, there: &Resolution) -> Vec<Misplaced> {
    let mut wrong = Vec::new();
    if let Some(loader) = &here.loader {
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
    for library in &here.libraries {
        let found = there.libraries.iter().find(|other| other.soname == library.soname);
        let same = found.map_or_else(
            || there.libraries.iter().any(|other| inode(other) == inode(library)),
            |found| inode(found) == inode(library),
        );
        if !same {
            wrong.push(Misplaced {
                soname: library.name(),
                here: library.place.path.clone(),
                there: found.map(|found| found.place.path.clone()),
            });
        }
    }
    wrong
}

/// Writes ld.so.cache, or musl's path file, for what was not found without one.
fn write_index(rootfs: &mut Rootfs, placement: &Placement, all: &[One<'_>], wrong: &[(usize, Misplaced)]) {
    let Some(first) = all.first() else { return };
    let Some(index) = first.here.index.as_ref().and_then(ImagePath::new) else { return };
    let mut libraries: Vec<(&Library, ImagePath)> = Vec::new();
    for (number, Misplaced { soname, .. }) in wrong {
        let named = |library: &&Library| library.name() == *soname;
        let of_one = all[*number].here.libraries.iter().filter(named);
        for (library, path) in of_one.filter_map(|library| Some((library, placement.library_path(library)?))) {
            if !libraries.iter().any(|(other, _)| other.soname == library.soname) {
                libraries.push((library, path));
            }
        }
    }
    let bytes = if first.subject.libc == Some(Libc::Musl) {
        let mut directories: Vec<Vec<u8>> = Vec::new();
        let of_libraries = libraries.iter().filter_map(|(_, path)| path.parent()).map(|path| path.as_bytes().to_vec());
        let defaults = first.here.directories.iter().map(|path| path.as_os_str().as_bytes().to_vec());
        for directory in of_libraries.chain(defaults) {
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        let mut text = directories.join(&b'\n');
        text.push(b'\n');
        text
    } else {
        let machine = first.subject.object.machine;
        let flags = resolve::cache_flag(machine);
        let mut entries = Vec::new();
        for (library, path) in &libraries {
            let entry =
                |path: &ImagePath| cache::LdSoCacheEntry::new(library.soname.clone(), path.as_bytes().to_vec(), flags);
            // Of the directories for some processors a cache knows those of glibc-hwcaps.
            let is_named = |entry: &cache::LdSoCacheEntry| entry.capability != cache::Capability::None;
            entries.extend(placement.hwcaps_paths(library).iter().map(entry).filter(is_named));
            entries.push(entry(path));
        }
        cache::write(&entries, machine.big_endian)
    };
    let names: BTreeSet<String> = wrong.iter().map(|(_, wrong)| format!("`{}`", wrong.soname)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let entries = libraries.iter().map(|(_, path)| path.clone()).collect();
    let reason =
        Reason { cause: Cause::Index, text: format!("leads the loader to {}", names.join(", ")).into(), entries };
    let entry = Entry::new(Node::File(Content::Bytes(bytes.into())), 0o644, Part::System, reason);
    // Where the user put one, theirs counts, and the check tells whether it leads there.
    let _ = rootfs.insert(&index, entry);
}
