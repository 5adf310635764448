//! Whose loader's rules are followed: glibc's or musl's.

use super::candidate::CandidateOutcome;
use super::loader::Defaults;
use super::roots::CachedRoots;
use super::rule::SearchRule;
use super::step::{Asker, SearchStep};
use super::trail::{SearchTrail, StepOutcome};
use super::{glibc, musl};
use crate::elf::{Libc, Object};
use crate::files::Place;
use std::path::PathBuf;
use std::rc::Rc;

/// The rules of one loader, with what the root says.
pub enum Rules {
    /// glibc's, which also stand for any loader that is not musl's.
    Glibc(glibc::Settings),
    /// musl's.
    Musl(musl::Settings),
}

impl Rules {
    /// Reads what the root says for a program. `defaults` is what its loader says of itself.
    pub fn read(roots: &CachedRoots<'_>, libc: Option<Libc>, program: &Object, defaults: Option<Rc<Defaults>>) -> Self {
        let (path, machine) = (program.loader.as_deref(), program.machine);
        match libc {
            Some(Libc::Musl) => Self::Musl(musl::Settings::read(roots, path, machine)),
            _ => Self::Glibc(glibc::Settings::read(roots, path, defaults, machine)),
        }
    }

    /// Whether they are musl's.
    pub fn is_musl(&self) -> bool {
        matches!(self, Self::Musl(_))
    }

    /// Whether an object's notes count.
    pub fn reads_notes(&self) -> bool {
        matches!(self, Self::Glibc(settings) if settings.reads_notes())
    }

    /// Whether the steps of a search for `name` are others than those for most names of the same object.
    pub fn depends_on_name(&self, name: &[u8]) -> bool {
        name.is_empty() || name.contains(&b'/') || self.reads_notes()
    }

    /// The steps of the search for `name`.
    pub fn search_path(&self, name: &[u8], asker: &Asker<'_>) -> Vec<SearchStep> {
        match self {
            Self::Glibc(settings) => settings.search_path(name, asker),
            Self::Musl(settings) => settings.search_path(name, asker),
        }
    }

    /// Looks at one file.
    pub fn look(&self, roots: &CachedRoots<'_>, place: &Place) -> CandidateOutcome {
        match self {
            Self::Glibc(settings) => settings.look(roots, place),
            Self::Musl(settings) => settings.look(roots, place),
        }
    }

    /// Looks for `name` in one directory after the other.
    pub fn look_in(
        &self,
        roots: &CachedRoots<'_>,
        name: &[u8],
        directories: &[Place],
        rule: &SearchRule,
        trail: &mut SearchTrail,
    ) -> StepOutcome {
        match self {
            Self::Glibc(settings) => settings.look_in(roots, name, directories, rule, trail),
            Self::Musl(settings) => settings.look_in(roots, name, directories, rule),
        }
    }

    /// Looks for `name` in ld.so.cache, or what stands for it.
    pub fn look_up(
        &self,
        roots: &CachedRoots<'_>,
        name: &[u8],
        defaults: bool,
        trail: &mut SearchTrail,
    ) -> StepOutcome {
        match self {
            Self::Glibc(settings) => settings.index().find(roots, name, defaults, trail),
            Self::Musl(_) => Ok(None),
        }
    }

    /// In words, where [`Rules::look_up`] looked.
    pub fn looked_up(&self) -> Option<String> {
        match self {
            Self::Glibc(settings) => settings.index().searched(),
            Self::Musl(_) => None,
        }
    }

    /// The directories that are searched last, and where the cache or the path file is or would be.
    pub fn places(&self) -> (Vec<PathBuf>, Option<PathBuf>) {
        match self {
            Self::Glibc(settings) => settings.places(),
            Self::Musl(settings) => settings.places(),
        }
    }
}
