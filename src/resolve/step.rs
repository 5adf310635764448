//! A search as a list of steps: what the loader would do, one after the other, until something is found.

use super::outcome::LoadError;
use super::rule::SearchRule;
use super::skipped::SkipReason;
use crate::elf::{Note, Object};
use crate::files::Place;
use std::borrow::Cow;
use std::rc::Rc;

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
    Directories(Rc<[Place]>),
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
    pub fn directories(rule: SearchRule, directories: impl Into<Rc<[Place]>>) -> Option<Self> {
        let directories = directories.into();
        (!directories.is_empty()).then_some(Self { rule, lookup: Lookup::Directories(directories) })
    }

    /// A step that is skipped.
    pub fn skip(rule: SearchRule, why: SkipReason) -> Self {
        Self { rule, lookup: Lookup::Skip(why) }
    }

    /// The step of a name with a slash.
    pub fn path(lookup: Lookup) -> Self {
        Self { rule: SearchRule::Path, lookup }
    }
}

/// Who asks for a library, and what decides where it is looked for.
pub struct Asker<'a> {
    /// The object that asks, the one that asked for that, and so on up to the program. Never empty.
    pub line: Vec<Owner<'a>>,
    /// The notes of the object that asks, where the loader reads them.
    pub notes: &'a [Note],
    /// The steps to the directories of LD_LIBRARY_PATH, and to those of `--library-path`.
    pub library_path: &'a [SearchStep],
    /// Whether the kernel starts the program with `AT_SECURE`.
    pub secure: bool,
}

/// An object whose lists of directories may count.
pub struct Owner<'a> {
    /// What it is called for people.
    pub name: Cow<'a, str>,
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
        self.line[0].name.clone().into_owned()
    }
}
