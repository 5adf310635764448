//! A search as a list of steps: what the loader would do, one after the other, until something is found.

use super::outcome::LoadError;
use super::rule::SearchRule;
use super::skipped::SkipReason;
use crate::elf::{Note, Object};
use crate::files::Place;

/// One step of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchStep {
    /// The rule that the step follows.
    pub rule: SearchRule,
    /// Where it leads.
    pub lookup: Lookup,
}

/// Where a step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The file of that name in the first of these directories that has one.
    Directories(Vec<Place>),
    /// This file.
    File(Place),
    /// What ld.so.cache names, or would name. Without `defaults` nothing below a default directory counts.
    Index {
        /// Whether default directories count.
        defaults: bool,
    },
    /// Nowhere, for this reason.
    Skip(SkipReason),
    /// The loader gives up.
    Stop(LoadError),
}

impl SearchStep {
    /// A step to directories; none where there are none.
    pub fn directories(rule: SearchRule, directories: Vec<Place>) -> Option<Self> {
        (!directories.is_empty()).then_some(Self { rule, lookup: Lookup::Directories(directories) })
    }

    /// A step to one file.
    pub fn file(rule: SearchRule, place: Place) -> Self {
        Self { rule, lookup: Lookup::File(place) }
    }

    /// A step that is skipped.
    pub fn skip(rule: SearchRule, why: SkipReason) -> Self {
        Self { rule, lookup: Lookup::Skip(why) }
    }

    /// A name at which the loader gives up.
    pub fn stop(load_error: LoadError) -> Self {
        Self { rule: SearchRule::Path, lookup: Lookup::Stop(load_error) }
    }
}

/// Who asks for a library, and what decides where it is looked for.
pub struct Asker<'a> {
    /// The object that asks, the one that asked for that, and so on up to the program. Never empty.
    pub line: Vec<Owner<'a>>,
    /// The notes of the object that asks, where the loader reads them.
    pub notes: &'a [Note],
    /// `--library-path`.
    pub library_path: &'a [Place],
    /// Whether the kernel starts the program with `AT_SECURE`.
    pub secure: bool,
}

/// An object whose lists of directories may count.
pub struct Owner<'a> {
    /// What it is called for people.
    pub name: String,
    /// Its lists.
    pub object: &'a Object,
    /// Its directory; `None` for what has no file.
    pub origin: Option<&'a Place>,
    /// Whether it is the program.
    pub is_program: bool,
}

impl Asker<'_> {
    /// The object that asks.
    pub fn object(&self) -> &Object {
        self.line[0].object
    }

    /// What the object that asks is called for people.
    pub fn name(&self) -> String {
        self.line[0].name.clone()
    }
}
