//! Whose loader's rules are followed, glibc's or musl's.

use super::loader::Defaults;
use super::roots::CachedRoots;
use super::rule::FoundBy;
use super::step::{Asker, Lookup, SearchStep};
use super::trail::{SearchTrail, StepOutcome, step_outcome};
use super::{glibc, musl};
use crate::elf::{Libc, Object};
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

    /// The steps of the search for `name`, without a look at any file.
    pub fn search_path<'a>(
        &'a self,
        name: &'a [u8],
        asker: &'a Asker<'_>,
    ) -> Box<dyn Iterator<Item = SearchStep> + 'a> {
        match self {
            Self::Glibc(settings) => settings.search_path(name, asker),
            Self::Musl(settings) => settings.search_path(name, asker),
        }
    }

    /// Looks for `name` where a step leads.
    pub fn follow(
        &self,
        roots: &CachedRoots<'_>,
        name: &[u8],
        step: &SearchStep,
        trail: &mut SearchTrail,
    ) -> StepOutcome {
        match (self, &step.lookup) {
            (_, Lookup::File(place)) => {
                let looked = match self {
                    Self::Glibc(settings) => settings.look(roots, place),
                    Self::Musl(settings) => settings.look(roots, place),
                };
                let found_by = || FoundBy { rule: step.rule.clone(), path: place.path.clone() };
                step_outcome(looked, place.clone(), found_by)
            }
            (Self::Glibc(settings), Lookup::Directories(places)) => {
                settings.look_in(roots, name, places, &step.rule, trail)
            }
            (Self::Musl(settings), Lookup::Directories(places)) => settings.look_in(roots, name, places, &step.rule),
            (Self::Glibc(settings), Lookup::Index { defaults }) => settings.index().find(roots, name, *defaults, trail),
            (_, Lookup::Index { .. } | Lookup::Skip(_) | Lookup::Stop(_)) => Ok(None),
        }
    }

    /// In words, where a step looked; `None` where it did not.
    pub fn followed(&self, step: &SearchStep) -> Option<String> {
        let places = match (self, &step.lookup) {
            (_, Lookup::Directories(places)) => &places[..],
            (_, Lookup::File(place)) => std::slice::from_ref(place),
            (Self::Glibc(settings), Lookup::Index { .. }) => return settings.index().searched(),
            _ => return None,
        };
        let shown: Vec<String> = places.iter().map(|place| place.path.display().to_string()).collect();
        Some(format!("{} {}", step.rule.word(), shown.join(", ")).trim_start().to_owned())
    }

    /// The directories that are searched last, and where the cache or the path file is or would be.
    pub fn places(&self) -> (Vec<PathBuf>, Option<PathBuf>) {
        match self {
            Self::Glibc(settings) => settings.places(),
            Self::Musl(settings) => settings.places(),
        }
    }
}
