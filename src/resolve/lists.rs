//! The lists of directories in an object: whose count, what their tokens become, and which parts count nowhere
//! (elf/dl-load.c `decompose_rpath`, `fillin_rpath`).

use super::expand::{Tokens, expand, names_origin, names_platform};
use super::{Engine, machine};
use crate::files::Place;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Whose DT_RPATH counts: who asks, and up the line of those who asked for it; the program in any case. A
/// DT_RUNPATH silences an object's own DT_RPATH, not the line.
pub fn rpath_owners(engine: &Engine<'_>, by: usize) -> Vec<usize> {
    let mut line: Vec<usize> = std::iter::successors(Some(by), |index| engine.loaded[*index].parent).collect();
    if !line.contains(&0) {
        line.push(0);
    }
    line.retain(|index| {
        let object = engine.object(*index);
        object.runpath.is_none() && object.rpath.as_ref().is_some_and(|rpath| !rpath.is_empty())
    });
    line
}

/// The directories of a DT_RPATH or DT_RUNPATH of `owner`.
pub fn list_of(engine: &mut Engine<'_>, list: &[u8], owner: usize, word: &str) -> Vec<Place> {
    let mut directories = Vec::new();
    if list.is_empty() {
        return directories;
    }
    for element in list.split(|byte| *byte == b':') {
        let origin = names_origin(element);
        // The directories of the system count all the same (`is_trusted_path_normalize`).
        let secure = origin && engine.request.secure && owner == 0;
        let in_vain = |engine: &Engine<'_>, text: &[u8]| {
            let settings = engine.glibc.as_ref().expect("glibc's rules are followed");
            secure && !(element.starts_with(b"$") && settings.is_default(Path::new(OsStr::from_bytes(text))))
        };
        if secure {
            engine.warn(
                "secure-origin",
                format!(
                    "`{}` runs with the rights of another, and its {word} `{}` will not count",
                    engine.called(owner),
                    String::from_utf8_lossy(element)
                ),
                "the loader ignores `$ORIGIN` in such a program; give it absolute directories",
            );
        }
        for text in expansions(engine, element, owner) {
            if in_vain(engine, &text) {
                continue;
            }
            if text.starts_with(b"/") {
                let place = located(engine, &text, origin, owner);
                if !directories.contains(&place) {
                    directories.push(place);
                }
            } else {
                let shown = if text.is_empty() {
                    "an empty part".to_owned()
                } else {
                    format!("`{}`", String::from_utf8_lossy(&text))
                };
                engine.warn(
                    "relative-directory",
                    format!(
                        "the {word} of `{}` has {shown}, which counts from wherever the program is started",
                        engine.called(owner)
                    ),
                    "pack does not look there; link it again with absolute directories, or with `$ORIGIN`",
                );
            }
        }
    }
    directories
}

/// The place of an absolute path; one made of `$ORIGIN` is where the owner is.
pub fn located(engine: &Engine<'_>, text: &[u8], origin: bool, owner: usize) -> Place {
    let path: PathBuf = Path::new(OsStr::from_bytes(text)).components().collect();
    match engine.loaded[owner].origin.as_ref().filter(|_| origin) {
        Some(of_owner) => Place { path, ..of_owner.clone() },
        None => Place::sysroot(path),
    }
}

/// What a text with tokens may become: one text, several where it names `$PLATFORM`, none where a token has no
/// value.
pub fn expansions(engine: &mut Engine<'_>, text: &[u8], owner: usize) -> Vec<Vec<u8>> {
    if !text.contains(&b'$') {
        return vec![text.to_vec()];
    }
    let machine = engine.request.program.machine;
    let platforms = if names_platform(text) { machine::platforms(machine) } else { &[""] };
    if names_platform(text) {
        engine.warn(
            "platform-token",
            format!("`{}` of `{}` depends on the processor", String::from_utf8_lossy(text), engine.called(owner)),
            "pack takes the common values of `$PLATFORM` in turn",
        );
    }
    let settings = engine.glibc.as_ref().expect("glibc's rules are followed");
    let origin = engine.loaded[owner].origin.as_ref().map(|origin| origin.path.as_os_str().as_bytes());
    let tokens =
        platforms.iter().map(|platform| Tokens { origin, lib: settings.lib(), platform: Some(platform.as_bytes()) });
    tokens.filter_map(|tokens| expand(text, &tokens)).collect()
}
