//! The lists of directories in an object as glibc reads them: what their tokens become, and which parts do not count
//! (elf/dl-load.c `decompose_rpath`, `fillin_rpath`).

use super::expand::{Tokens, expand, names_origin, names_platform};
use super::loader::Defaults;
use super::machine;
use super::rule::SearchRule;
use super::skipped::SkipReason;
use super::step::{Owner, SearchStep};
use crate::elf::Machine;
use crate::files::Place;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What the meaning of a list depends on beside its owner.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    /// What the loader says of itself.
    pub defaults: &'a Defaults,
    /// The machine of the program.
    pub machine: Machine,
    /// Whether the kernel starts the program with `AT_SECURE`.
    pub secure: bool,
}

impl Lists<'_> {
    /// The steps of a list: its directories, behind the parts that are skipped.
    pub fn steps(self, list: &[u8], owner: &Owner<'_>, rule: &SearchRule) -> Vec<SearchStep> {
        let (mut steps, mut directories) = (Vec::new(), Vec::new());
        for part in list.split(|byte| *byte == b':').filter(|_| !list.is_empty()) {
            let mut skip = |why| steps.push(SearchStep::skip(rule.clone(), why));
            if names_platform(part) {
                skip(rare_platforms(part, owner));
            }
            for text in self.expansions(part, owner) {
                if self.is_untrusted(part, &text, owner) {
                    skip(SkipReason::Untrusted(String::from_utf8_lossy(part).into_owned()));
                } else if !text.starts_with(b"/") {
                    skip(SkipReason::Relative(String::from_utf8_lossy(&text).into_owned()));
                } else {
                    let place = locate(&text, part, owner);
                    if !directories.contains(&place) {
                        directories.push(place);
                    }
                }
            }
        }
        steps.extend(SearchStep::directories(rule.clone(), directories));
        steps
    }

    /// Whether a directory made of `$ORIGIN` does not count in a program that runs with elevated privileges. The
    /// directories of the system count all the same (`is_trusted_path_normalize`).
    fn is_untrusted(self, part: &[u8], text: &[u8], owner: &Owner<'_>) -> bool {
        let is_default = || {
            let directory = Path::new(OsStr::from_bytes(text));
            self.defaults.directories.iter().any(|default| directory.starts_with(default))
        };
        self.secure && owner.is_program && names_origin(part) && !(part.starts_with(b"$") && is_default())
    }

    /// What a text with tokens may become: one text, several where it names `$PLATFORM`, none where a token has no
    /// value.
    pub fn expansions(self, text: &[u8], owner: &Owner<'_>) -> Vec<Vec<u8>> {
        if !text.contains(&b'$') {
            return vec![text.to_vec()];
        }
        let platforms = if names_platform(text) { machine::platforms(self.machine) } else { &[""] };
        let origin = owner.origin.map(|origin| origin.path.as_os_str().as_bytes());
        let tokens = platforms.iter().map(|platform| Tokens {
            origin,
            lib: &self.defaults.lib,
            platform: Some(platform.as_bytes()),
        });
        tokens.filter_map(|tokens| expand(text, &tokens)).collect()
    }
}

/// The place of an absolute path that `text` became; a path made of `$ORIGIN` is where the owner is.
pub fn locate(path: &[u8], text: &[u8], owner: &Owner<'_>) -> Place {
    let path: PathBuf = Path::new(OsStr::from_bytes(path)).components().collect();
    match owner.origin.filter(|_| names_origin(text)) {
        Some(origin) => Place { path, ..origin.clone() },
        None => Place::sysroot(path),
    }
}

/// Why not all that `$PLATFORM` may stand for is tried.
pub fn rare_platforms(text: &[u8], owner: &Owner<'_>) -> SkipReason {
    SkipReason::RarePlatforms(String::from_utf8_lossy(text).into_owned(), owner.name.to_string())
}
