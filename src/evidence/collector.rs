//! Collects the evidence of objects and carries out the rules that they match.
//!
//! An item may be a library or a program that shows more, so the closure calls [`EvidenceCollector::follow`] until
//! nothing is new. Each item is taken once.

mod asked;
mod bring;
mod modules;
mod once;

use super::error::Error;
use super::finding::{Finding, NamedPath, SeenObject};
use super::found::Evidence;
use super::gconv::Converters;
use super::intake::{ElfFile, Intake};
use super::ledger::Ledger;
use super::seen::{self, ObjectRole, Seen};
use super::settings;
use super::words::{self, Words};
use super::{accounts, beside, carrier, certificates, name_services, sonames, starts, tzdata};
use super::{named, owned, scripts, texts};
use crate::bytes::ReadAt;
use crate::elf::{Libc, Object};
use crate::events::{LeftOut, Warning};
use crate::files::{Place, Roots};
use crate::options::{Config, Contents};
use crate::packages::PackageDatabase;
use crate::resolve::Library;
use crate::suggest::shell_word;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The objects seen so far, and the items that they bring.
pub struct EvidenceCollector<'a, 'p> {
    /// Flags that select certificates, zones, locales and converters.
    contents: &'a Contents,
    /// The image's environment.
    env: &'a [(String, String)],
    /// The words of the user.
    words: Words,
    roots: Roots<'a>,
    /// The path by which the packed program is called.
    named: Option<Place>,
    /// Whether the packed program is started by that path.
    stays: bool,
    /// Items taken so far.
    intake: Intake<'a>,
    /// Objects in the order in which they were looked at; an `ObjectId` is an index.
    seen: Vec<Seen>,
    /// The number of objects in `seen` whose rules were carried out.
    followed: usize,
    /// Candidates that did not come in.
    ledger: Ledger<'a, 'p>,
    /// Trees of rules that are too large to be taken unasked.
    too_large: BTreeSet<NamedPath>,
    left_out: Vec<LeftOut>,
    /// Sentences that tell the user what else may be needed, without repeats.
    hints: Vec<String>,
    /// The first finding of a compiler of which no package tells what it needs.
    compiler: Option<Finding>,
    /// Problems with what the user asks for by name.
    errors: Vec<Error>,
    /// The machine's gconv modules, once they were read; `None` in it: the machine has none.
    converters: OnceCell<Option<Rc<Converters>>>,
}

impl<'a, 'p> EvidenceCollector<'a, 'p> {
    /// An empty collector. `env` is the image's environment.
    pub fn new(
        contents: &'a Contents,
        env: &'a [(String, String)],
        roots: Roots<'a>,
        packages: &'a PackageDatabase<'p>,
    ) -> Self {
        Self {
            contents,
            env,
            words: Words::default(),
            roots,
            named: None,
            stays: false,
            intake: Intake::new(roots),
            seen: Vec::new(),
            followed: 0,
            ledger: Ledger::new(roots, packages),
            too_large: BTreeSet::new(),
            left_out: Vec::new(),
            hints: Vec::new(),
            compiler: None,
            errors: Vec::new(),
            converters: OnceCell::new(),
        }
    }

    /// Tells what the user says: arguments of the program, and variables.
    pub fn said(&mut self, config: &Config) {
        self.words = Words::new(config);
    }

    /// Whether the user names the module at `place`.
    pub fn is_said(&self, place: &Place) -> bool {
        let name = place.path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| self.words.name_module(name))
    }

    /// Tells by which path the packed program is called, its links not followed.
    pub fn called_by(&mut self, named: &Place) {
        self.named = Some(named.clone());
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
        if self.seen.is_empty() && matches!(role, ObjectRole::Program { .. }) {
            self.ledger.packed(&place);
        }
        let seen = seen::look(file, object, called, role, place)?;
        self.seen.push(seen);
        Ok(self.seen.last_mut().expect("an object was just added"))
    }

    /// The findings of all objects so far.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.seen.iter().flat_map(|seen| &seen.findings)
    }

    /// Whether the packed program opens the library at `place`, the end of all links, by a name that it has.
    pub fn is_opened(&self, place: &Place) -> bool {
        self.ledger.is_opened(place)
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
        self.intake.library_directories = directories.to_vec();
        self.ledger.libraries = libraries.iter().map(|library| library.walk.stat.identity.size).sum();
        let first = self.intake.items.len();
        let new = &self.seen[self.followed..];
        self.ledger.sonames.extend(new.iter().flat_map(|seen| seen.elf.needed.iter().cloned()));
        for index in self.followed..self.seen.len() {
            for finding in self.seen[index].findings.clone() {
                for brings in finding.rule.brings {
                    self.bring(*brings, &finding, index, libraries, directories);
                }
            }
            let seen = &self.seen[index];
            named::bring(&mut self.intake, &mut self.ledger, seen);
            settings::bring(&mut self.intake, &mut self.ledger, seen);
            sonames::bring(&mut self.intake, &mut self.ledger, seen, libraries);
            if !self.ledger.tools.contains(&seen.place) {
                starts::bring(&mut self.intake, &mut self.ledger, seen, libraries);
            }
            self.look_inside(index, libraries, directories);
        }
        // What a package holds counts where nothing of it came in for a better reason.
        let files = libraries.iter().map(|library| library.walk.real.as_path().to_owned()).collect();
        let tools = self.ledger.tools.clone();
        let counted = || self.seen[self.followed..].iter().filter(|seen| !tools.contains(&seen.place));
        for seen in counted() {
            owned::bring(&mut self.intake, &mut self.ledger, seen, &files);
        }
        for seen in counted() {
            texts::bring(&mut self.intake, &mut self.ledger, seen, first);
        }
        scripts::bring(&mut self.intake, &mut self.ledger);
        words::bring(&mut self.intake, &self.ledger, &self.words);
        self.followed = self.seen.len();
    }

    /// Takes what lies beside the object with number `index`, and what the packed program carries others for.
    fn look_inside(&mut self, index: usize, libraries: &[Library], directories: &[PathBuf]) {
        let seen = &self.seen[index];
        if !seen.is_program {
            return;
        }
        let before = self.intake.items.len();
        beside::bring(&mut self.intake, seen);
        let is_frozen = self.intake.items[before..].iter().any(|item| item.rule == beside::FROZEN);
        let file = self.intake.open(&seen.place).filter(|_| index == 0 && !is_frozen);
        if let Some(kind) = file.and_then(|file| carrier::carried(&*file)) {
            carrier::bring(&mut self.intake, &seen.object, kind, libraries, directories);
            self.hints.push(carrier::hint(&seen.object, kind));
        }
    }

    /// The machine's gconv modules, read once; `None` if it has none. `directories` are the loader's default ones.
    fn machine_converters(&self, directories: &[PathBuf]) -> Option<Rc<Converters>> {
        self.converters.get_or_init(|| Converters::read(&self.intake, directories).map(Rc::new)).clone()
    }

    /// All evidence, with what is decided once for all objects: certificates, zones, name services, users. `libc` is the
    /// program's. The errors are those of what the user asks for.
    pub fn finish(mut self, libc: Option<Libc>) -> (Evidence, Vec<Error>) {
        self.bring_fonts();
        let named = accounts::named_by(&self.intake, &self.ledger, &self.seen);
        let programs = || self.seen.iter().filter(|seen| seen.is_packed());
        let shell = programs().find_map(|seen| Some((seen.object.to_string(), starts::shell(seen)?)));
        let named_shell =
            programs().find_map(|seen| Some((seen.object.to_string(), starts::named_shell(&self.intake, seen)?)));
        let added = self.contents.add.iter().filter_map(|add| std::path::absolute(&add.source).ok());
        let added: Vec<Place> = added.filter_map(|path| Some(self.roots.find(&path).ok()?.real)).collect();
        let on_host = |place: &Place| self.roots.on_host(place).display().to_string();
        self.hints.extend(beside::told(&self.intake, self.seen.first(), &added, &on_host));
        let named_zones = tzdata::named_by(&self.intake, &self.seen);
        let mut evidence = Evidence {
            findings: self.seen.iter_mut().flat_map(|seen| std::mem::take(&mut seen.findings)).collect(),
            brought: self.intake.items,
            left_out: self.left_out,
            hints: self.hints,
            compiler: self.compiler,
            stays: self.stays,
            named_shell,
            objects: self.seen.iter().map(|seen| seen.place.clone()).collect(),
            ..Evidence::default()
        };
        let mut errors = self.errors;
        let certificates = certificates::bring(&mut evidence, self.contents, self.env, self.roots.sysroot);
        errors.extend(certificates.err().into_iter().flatten().map(Error::from));
        let (zones, env, sysroot) = (&self.contents.zones, self.env, self.roots.sysroot);
        let zones = tzdata::bring(&mut evidence, zones, env, &self.words, &named_zones, sysroot);
        errors.extend(zones.err().into_iter().flatten().map(Error::from));
        // musl has its order built in.
        if libc != Some(Libc::Musl) {
            name_services::bring(&mut evidence);
        }
        (evidence.candidates, evidence.shell, evidence.accounts) = (self.ledger.into_candidates(), shell, named);
        self.too_large.retain(|named| !self.contents.adds(Path::new(&named.path)));
        tell_skipped(&mut evidence, &self.too_large, self.roots);
        (evidence, errors)
    }
}

/// Tells of trees of rules that were too large.
fn tell_skipped(evidence: &mut Evidence, too_large: &BTreeSet<NamedPath>, roots: Roots<'_>) {
    for NamedPath { path, object } in too_large {
        evidence.left_out.push(LeftOut::new(path.clone(), format!("`{object}` names it, and it is large")));
        evidence.warnings.push(Warning {
            code: "large-data",
            message: format!("`{object}` names `{path}`, which is too large to be packed unasked"),
            details: Vec::new(),
            hint: format!(
                "`--add {}` takes it in",
                shell_word(&roots.on_host(&Place::sysroot(path)).display().to_string())
            ),
        });
    }
}
