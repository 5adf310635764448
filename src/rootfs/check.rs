//! The loader's rules once more, with the finished tree as their root: they must lead to the very same files.
//! Libraries that they find here only by a cache, or by musl's path file, get such an index in the tree.

use super::placement::Placement;
use super::{Cause, Entry, ImagePart, Node, Reason, Rootfs};
use crate::closure::{self, Closure, Subject};
use crate::content::Content;
use crate::elf::{Libc, Machine};
use crate::files::{Place, Root, Roots, Walk};
use crate::paths::ImagePath;
use crate::resolve::{self, Dlopen, KnownFiles, Library, Resolution, SearchSettings, cache};
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A library that the loader would not find in the image, or another file in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the loader would not find `{soname}` in the image as it does here")]
pub struct Misplaced {
    /// The name that the library is asked for by; of a loader its path.
    pub soname: String,
    /// Where the library is here.
    pub here: PathBuf,
    /// Where another file would be found in the image; `None`: nowhere.
    pub there: Option<PathBuf>,
}

/// Resolves in the tree, writes an index where one is needed, and resolves again: for the program, and for those
/// that come with it.
pub fn check(rootfs: &mut Rootfs, closure: &Closure, placement: &Placement) -> Result<(), Vec<Misplaced>> {
    let given = closure.program.given.to_string_lossy();
    let own = closure::subject(&closure.program, &given).map(|subject| CheckedProgram {
        subject,
        path: placement.real.clone(),
        dlopens: placed_dlopens(closure, placement),
        here: &closure.resolution,
    });
    let others = closure.others.iter().filter_map(|other| {
        let subject = Subject { given: &other.called, object: &other.object, libc: other.libc, secure: false };
        let path = placement.added_in_image(&other.place)?;
        Some(CheckedProgram { subject, path, dlopens: Vec::new(), here: &other.resolution })
    });
    let programs: Vec<CheckedProgram<'_>> = own.into_iter().chain(others).collect();
    // No flag counts in the image: what `--library-path` led to has its place.
    let settings = SearchSettings { library_path: Vec::new(), ..closure.settings.clone() };
    let mut wrong = differences(rootfs, &programs, &settings, &closure.known);
    if !wrong.is_empty() {
        write_index(rootfs, placement, &programs, &wrong);
        wrong = differences(rootfs, &programs, &settings, &closure.known);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into_iter().map(|(_, wrong)| wrong).collect()) }
}

/// A program in the finished tree.
struct CheckedProgram<'a> {
    subject: Subject<'a>,
    /// The path of its file in the tree.
    path: ImagePath,
    /// Libraries that the program opens when it runs, with their places in the tree.
    dlopens: Vec<Dlopen>,
    /// The libraries and the loader that were found for the program outside the tree.
    here: &'a Resolution,
}

/// The libraries that the program opens when it runs, with their places in the tree; `None` where one has no place there.
fn placed_dlopens(closure: &Closure, placement: &Placement) -> Vec<Dlopen> {
    let in_image = |place: &Place| placement.added_in_image(place).map(|path| Place::sysroot(path.as_path()));
    let placed = |dlopen: &Dlopen| Dlopen { place: dlopen.place.as_ref().and_then(in_image), ..dlopen.clone() };
    closure.dlopens.iter().map(placed).collect()
}

/// The libraries and loaders that are found otherwise in the tree, each with the index of the program that looks for it.
fn differences(
    rootfs: &Rootfs,
    programs: &[CheckedProgram<'_>],
    settings: &SearchSettings,
    known: &KnownFiles,
) -> Vec<(usize, Misplaced)> {
    let each = programs.iter().enumerate().flat_map(|(number, program)| {
        let path = program.path.as_path().to_owned();
        let at = Place { path, root: Root::Sysroot, moves: true };
        let request = closure::request(program.subject, at, Roots::one(rootfs), settings, &program.dlopens, known);
        let wrong = difference(program.here, &resolve::resolve(&request));
        wrong.into_iter().map(move |wrong| (number, wrong))
    });
    each.collect()
}

fn difference(here: &Resolution, there: &Resolution) -> Vec<Misplaced> {
    let is_same = |one: &Walk, other: &Walk| one.stat.identity.inode() == other.stat.identity.inode();
    // A library may be there as a module, by its path, and not be found by the name that another one needs.
    let is_missing = |library: &Library| there.missing.iter().any(|missing| missing.soname == library.soname);
    let mut wrong = Vec::new();
    if let Some(loader) = &here.loader
        && there.loader.as_ref().is_none_or(|other| !is_same(&other.walk, &loader.walk))
    {
        let there = there.loader.as_ref().map(|other| other.path.clone());
        wrong.push(Misplaced { soname: loader.path.display().to_string(), here: loader.path.clone(), there });
    }
    for library in &here.libraries {
        let found = there.libraries.iter().find(|other| other.soname == library.soname);
        // The loader lists a file once, perhaps by another of its names.
        let same = match found {
            Some(found) => is_same(&found.walk, &library.walk),
            None => !is_missing(library) && there.libraries.iter().any(|other| is_same(&other.walk, &library.walk)),
        };
        if !same {
            let (here, there) = (library.place.path.clone(), found.map(|found| found.place.path.clone()));
            wrong.push(Misplaced { soname: library.name(), here, there });
        }
    }
    wrong
}

/// Writes ld.so.cache, or musl's path file, for the libraries that were not found without one.
fn write_index(
    rootfs: &mut Rootfs,
    placement: &Placement,
    programs: &[CheckedProgram<'_>],
    wrong: &[(usize, Misplaced)],
) {
    let Some(first) = programs.first() else { return };
    let Some(index) = first.here.index.as_ref().and_then(ImagePath::new) else { return };
    let mut libraries: Vec<(&Library, ImagePath)> = Vec::new();
    for (number, Misplaced { soname, .. }) in wrong {
        let named = programs[*number].here.libraries.iter().filter(|library| library.name() == *soname);
        for (library, path) in named.filter_map(|library| Some((library, placement.library_in_image(library)?))) {
            if !libraries.iter().any(|(other, _)| other.soname == library.soname) {
                libraries.push((library, path));
            }
        }
    }
    let bytes = match first.subject.libc {
        Some(Libc::Musl) => path_file(&libraries, &first.here.directories),
        _ => ld_so_cache(&libraries, placement, first.subject.object.machine),
    };
    let names: BTreeSet<String> = wrong.iter().map(|(_, wrong)| format!("`{}`", wrong.soname)).collect();
    let text = format!("leads the loader to {}", Vec::from_iter(names).join(", ")).into();
    let entries = libraries.into_iter().map(|(_, path)| path).collect();
    let reason = Reason { cause: Cause::Index, text, entries };
    let entry = Entry::new(Node::File(Content::Bytes(bytes.into())), 0o644, ImagePart::System, reason);
    // An index that the user added stays, and the check tells whether it leads to the libraries.
    let _ = rootfs.insert(&index, entry);
}

/// musl's path file: the directories of `libraries`, then those that the loader searches by default, a line each.
fn path_file(libraries: &[(&Library, ImagePath)], defaults: &[PathBuf]) -> Vec<u8> {
    let mut directories: Vec<Vec<u8>> = Vec::new();
    let parents = libraries.iter().filter_map(|(_, path)| path.parent()).map(|path| path.as_bytes().to_vec());
    for directory in parents.chain(defaults.iter().map(|path| path.as_os_str().as_bytes().to_vec())) {
        if !directories.contains(&directory) {
            directories.push(directory);
        }
    }
    [directories.join(&b'\n'), b"\n".to_vec()].concat()
}

/// An ld.so.cache that names `libraries`, and their files for newer processors.
fn ld_so_cache(libraries: &[(&Library, ImagePath)], placement: &Placement, machine: Machine) -> Vec<u8> {
    let flags = resolve::cache_flag(machine);
    let mut entries = Vec::new();
    for (library, path) in libraries {
        let entry =
            |path: &ImagePath| cache::LdSoCacheEntry::new(library.soname.clone(), path.as_bytes().to_vec(), flags);
        // Of the directories for some processors a cache knows those of glibc-hwcaps.
        let is_named = |entry: &cache::LdSoCacheEntry| entry.capability != cache::Capability::None;
        entries.extend(placement.hwcaps_in_image(library).iter().map(entry).filter(is_named));
        entries.push(entry(path));
    }
    cache::write(&entries, machine.big_endian)
}
