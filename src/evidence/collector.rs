//! Collects the evidence of objects and carries out the rules that they match.
//!
//! An item may be a library or a program that shows more, so the closure calls [`EvidenceCollector::follow`] until
//! nothing is new. Each item is taken once.

mod asked;
mod bring;

use super::error::Error;
use super::finding::{Finding, NamedPath, SeenObject};
use super::found::Evidence;
use super::gconv::Converters;
use super::intake::{ElfFile, Intake};
use super::named::{self, SkippedPaths};
use super::seen::{self, ObjectRole, Seen};
use super::{accounts, certificates, name_services, starts, tzdata};
use crate::bytes::ReadAt;
use crate::elf::{Libc, Object};
use crate::events::{LeftOut, Warning};
use crate::files::{Place, Roots};
use crate::options::Contents;
use crate::resolve::Library;
use std::cell::OnceCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

/// The objects seen so far, and the items that they bring.
pub struct EvidenceCollector<'a> {
    /// Flags that select certificates, zones, locales and converters.
    contents: &'a Contents,
    /// The image's environment.
    env: &'a [(String, String)],
    roots: Roots<'a>,
    /// Items taken so far.
    intake: Intake<'a>,
    /// Objects in the order in which they were looked at; an `ObjectId` is an index.
    seen: Vec<Seen>,
    /// The number of objects in `seen` whose rules were carried out.
    followed: usize,
    /// Paths that objects name and that were not taken.
    skipped: SkippedPaths,
    left_out: Vec<LeftOut>,
    /// Sentences that tell the user what else may be needed, without repeats.
    hints: Vec<String>,
    /// Problems with what the user asks for by name.
    errors: Vec<Error>,
    /// The machine's gconv modules, once they were read; `None` in it: the machine has none.
    converters: OnceCell<Option<Rc<Converters>>>,
}

impl<'a> EvidenceCollector<'a> {
    /// An empty collector. `env` is the image's environment.
    pub fn new(contents: &'a Contents, env: &'a [(String, String)], roots: Roots<'a>) -> Self {
        Self {
            contents,
            env,
            roots,
            intake: Intake::new(roots),
            seen: Vec::new(),
            followed: 0,
            skipped: SkippedPaths::default(),
            left_out: Vec::new(),
            hints: Vec::new(),
            errors: Vec::new(),
            converters: OnceCell::new(),
        }
    }

    /// Adds the object in `file`. `called` is its name for messages, `place` that of its file, at the end of all links.
    ///
    /// Fails if `file` cannot be read; the object is then not added.
    pub fn look(
        &mut self,
        file: &dyn ReadAt,
        object: &Rc<Object>,
        called: &str,
        role: ObjectRole<'_>,
        place: Place,
    ) -> io::Result<&mut Seen> {
        let called = SeenObject::new(called, self.seen.len());
        let seen = seen::look(file, object, called, role, place)?;
        self.seen.push(seen);
        Ok(self.seen.last_mut().expect("an object was just added"))
    }

    /// The findings of all objects so far.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.seen.iter().flat_map(|seen| &seen.findings)
    }

    /// The libraries that were taken, which a program opens by their paths.
    pub fn libraries(&self) -> &[ElfFile] {
        &self.intake.libraries
    }

    /// The programs that were taken.
    pub fn programs(&self) -> &[ElfFile] {
        &self.intake.programs
    }

    /// Carries out the rules of the objects that were added since the last call. `libraries` are those of the closure
    /// so far, `directories` the loader's default ones.
    pub fn follow(&mut self, libraries: &[Library], directories: &[PathBuf]) {
        for index in self.followed..self.seen.len() {
            for finding in self.seen[index].findings.clone() {
                for brings in finding.rule.brings {
                    self.bring(*brings, &finding, index, libraries, directories);
                }
            }
            let seen = &self.seen[index];
            let prefix = named::prefix(&seen.place);
            let skipped = named::bring(&mut self.intake, &seen.paths, &seen.elf, prefix.as_ref(), seen.is_program);
            self.skipped.extend(skipped);
        }
        self.followed = self.seen.len();
    }

    /// The machine's gconv modules, read once; `None` if it has none. `directories` are the loader's default ones.
    fn machine_converters(&self, directories: &[PathBuf]) -> Option<Rc<Converters>> {
        self.converters.get_or_init(|| Converters::read(&self.intake, directories).map(Rc::new)).clone()
    }

    /// All evidence, with what is decided once for all objects: certificates, zones, name services, users. `libc` is the
    /// program's. The errors are those of what the user asks for.
    pub fn finish(mut self, libc: Option<Libc>) -> (Evidence, Vec<Error>) {
        let named = accounts::named_by(&self.intake, self.seen.first());
        let starts = starts::started_by(&self.intake, self.seen.first(), &self.skipped.programs);
        let mut evidence = Evidence {
            findings: self.seen.iter_mut().flat_map(|seen| std::mem::take(&mut seen.findings)).collect(),
            brought: self.intake.items,
            left_out: self.left_out,
            hints: self.hints,
            objects: self.seen.iter().map(|seen| seen.place.clone()).collect(),
            ..Evidence::default()
        };
        let mut errors = self.errors;
        let certificates = certificates::bring(&mut evidence, self.contents, self.env, self.roots.sysroot);
        errors.extend(certificates.err().into_iter().flatten().map(Error::from));
        let zones = tzdata::bring(&mut evidence, &self.contents.zones, self.env, self.roots.sysroot);
        errors.extend(zones.err().into_iter().flatten().map(Error::from));
        // musl has its order built in.
        if libc != Some(Libc::Musl) {
            name_services::bring(&mut evidence);
        }
        (evidence.starts, evidence.accounts) = (starts, named);
        tell_skipped(&mut evidence, self.skipped);
        (evidence, errors)
    }
}

/// Tells of named paths that were not taken and that the user may want.
fn tell_skipped(evidence: &mut Evidence, skipped: SkippedPaths) {
    for NamedPath { path, object } in skipped.too_large {
        evidence.left_out.push(LeftOut::new(path.clone(), format!("`{object}` names it, and it is large")));
        evidence.warnings.push(Warning {
            code: "large-data",
            message: format!("`{object}` names `{path}`, which is too large to be packed unasked"),
            details: Vec::new(),
            hint: format!("`--add {path}` takes it in"),
        });
    }
    if let Some(first) = skipped.settings.first() {
        let those = if skipped.settings.len() > 1 {
            "and others are settings of this machine, which stay"
        } else {
            "is a setting of this machine, and stays"
        };
        evidence.hints.push(format!("`{}` {those} out; `--add {0}` takes it in", first.path));
    }
    for NamedPath { path, object } in skipped.settings {
        evidence.left_out.push(LeftOut::new(path, format!("`{object}` names it, and it is a setting of this machine")));
    }
}
