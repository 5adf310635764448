//! From what objects show to what comes in: each rule's row, carried out.
//!
//! What comes in may be a library or a program that shows more, so this goes on until the closure has nothing
//! new; each thing is taken once.

use super::error::Error;
use super::finding::{Finding, Named, SeenObject};
use super::found::Evidence;
use super::gconv::Converters;
use super::intake::{Elf, Intake, Taken, Why, inside};
use super::item::{Item, Source};
use super::named::{self, Rest};
use super::rules::{Brings, Rule};
use super::seen::{self, Seen, Who};
use super::{accounts, certificates, java, locales, postgres, python, starts, state, terminfo, tzdata};
use crate::bytes::ReadAt;
use crate::elf::{Libc, Object};
use crate::events::{LeftOut, Warning};
use crate::files::{Place, Roots};
use crate::options::{Choice, Contents};
use crate::resolve::Library;
use std::cell::OnceCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

/// What was seen so far, and what it brings.
pub struct EvidenceCollector<'a> {
    contents: &'a Contents,
    env: &'a [(String, String)],
    roots: Roots<'a>,
    intake: Intake<'a>,
    seen: Vec<Seen>,
    /// How many of `seen` have been followed.
    followed: usize,
    rest: Rest,
    left_out: Vec<LeftOut>,
    hints: Vec<String>,
    errors: Vec<Error>,
    converters: OnceCell<Option<Rc<Converters>>>,
}

impl<'a> EvidenceCollector<'a> {
    /// Nothing yet. `env` is what the image sets.
    pub fn new(contents: &'a Contents, env: &'a [(String, String)], roots: Roots<'a>) -> Self {
        Self {
            contents,
            env,
            roots,
            intake: Intake::new(roots),
            seen: Vec::new(),
            followed: 0,
            rest: Rest::default(),
            left_out: Vec::new(),
            hints: Vec::new(),
            errors: Vec::new(),
            converters: OnceCell::new(),
        }
    }

    /// Looks at an object, and takes note of what it shows. `called` is its name for people, `place` where its file is.
    pub fn look(
        &mut self,
        file: &dyn ReadAt,
        object: &Rc<Object>,
        called: &str,
        who: Who<'_>,
        place: Place,
    ) -> io::Result<&mut Seen> {
        let called = SeenObject::new(called, self.seen.len());
        let seen = seen::look(file, object, called, who, place)?;
        self.seen.push(seen);
        Ok(self.seen.last_mut().expect("an object was just put there"))
    }

    /// What all objects showed so far.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.seen.iter().flat_map(|seen| &seen.findings)
    }

    /// The libraries that were brought, to be opened by their path.
    pub fn libraries(&self) -> &[Elf] {
        &self.intake.libraries
    }

    /// The programs that were brought.
    pub fn programs(&self) -> &[Elf] {
        &self.intake.programs
    }

    /// Brings what was seen since the last time. `libraries` are those of the closure so far, `directories` the
    /// loader's default ones.
    pub fn follow(&mut self, libraries: &[Library], directories: &[PathBuf]) {
        for index in self.followed..self.seen.len() {
            for finding in self.seen[index].findings.clone() {
                for brings in finding.rule.brings {
                    self.bring(*brings, &finding, index, libraries, directories);
                }
            }
            let seen = &self.seen[index];
            let prefix = named::prefix(&seen.place);
            let rest = named::bring(&mut self.intake, &seen.paths, &seen.facts, prefix.as_ref(), seen.own);
            self.rest.too_large.extend(rest.too_large);
            self.rest.settings.extend(rest.settings);
            self.rest.programs.extend(rest.programs);
        }
        self.followed = self.seen.len();
    }

    fn bring(
        &mut self,
        brings: Brings,
        finding: &Finding,
        index: usize,
        libraries: &[Library],
        directories: &[PathBuf],
    ) {
        let rule = finding.rule;
        let object = Some(finding.object.clone());
        let why = Why { rule: rule.name, what: rule.what, because: finding.because(), object };
        let beside = |soname: &str, path: &str| {
            let of = |library: &&Library| library.soname.starts_with(soname.as_bytes());
            let place = match soname {
                "" => Some(self.seen[index].place.directory()),
                _ => libraries.iter().find(of).map(|library| library.place.directory()),
            };
            place.map(|place| place.join(path.as_bytes()))
        };
        match brings {
            Brings::File(path, false) => {
                self.intake.file(&inside(path), &why);
            }
            Brings::File(path, true) | Brings::Program(path) => {
                if self.intake.file(&inside(path), &why) == Taken::No {
                    let left = LeftOut::new(path, format!("{}, and it is not on this machine", why.because));
                    self.left_out.push(left);
                }
            }
            Brings::Tree(path) => self.tree(&inside(path), &why),
            Brings::Beside(soname, path) => {
                if let Some(place) = beside(soname, path) {
                    self.intake.file(&place, &why);
                }
            }
            Brings::TreeBeside(soname, path) => {
                if let Some(place) = beside(soname, path) {
                    self.tree(&place, &why);
                }
            }
            Brings::Directory(path) => {
                let mode = if path == state::TEMPORARY { 0o1777 } else { 0o775 };
                self.intake.put(inside(path), Source::Directory { writable: true }, mode, &why);
            }
            Brings::Link(path, target) => {
                self.intake.put(inside(path), Source::Link(PathBuf::from(target)), 0o777, &why);
            }
            Brings::AllConverters => {
                if let (Choice::Evidence, Some(converters)) =
                    (&self.contents.converters, self.machine_converters(directories))
                {
                    converters.all(&mut self.intake, &why);
                }
            }
            Brings::Converters => self.converters_of(index, directories, &why),
            Brings::Locale(name) => {
                if self.contents.locales != Choice::None {
                    let _ = locales::bring(&mut self.intake, name, &why);
                }
            }
            Brings::Terminals => {
                if self.intake.whole {
                    return terminfo::all(&mut self.intake, &why);
                }
                let term = self.env.iter().rev().find(|(key, _)| key == "TERM").map(|(_, value)| value.as_str());
                let missing = terminfo::bring(&mut self.intake, term, &why);
                let absent = |name: String| LeftOut::new(format!("terminal `{name}`"), "it is not on this machine");
                self.left_out.extend(missing.into_iter().map(absent));
            }
            Brings::Zone(name) => {
                if self.contents.zones != Choice::None {
                    self.intake.file(&inside(format!("/usr/share/zoneinfo/{name}")), &why);
                }
            }
            Brings::Java => {
                let place = self.seen[index].place.clone();
                java::bring(&mut self.intake, &place, &why);
            }
            Brings::Python => self.python_of(index, &why),
            Brings::Postgres => {
                let seen = &self.seen[index];
                if postgres::bring(&mut self.intake, &seen.place, &seen.paths, &why) {
                    self.left_out.push(LeftOut::new("`llvmjit`", postgres::LEFT));
                    self.hint(postgres::LEFT);
                }
            }
            Brings::Told(sentence) => self.hint(sentence),
            Brings::Certificates | Brings::NameServices | Brings::Unwinder | Brings::Fact => {}
        }
    }

    /// Once, however many programs show it.
    fn hint(&mut self, sentence: &str) {
        if !self.hints.iter().any(|hint| hint == sentence) {
            self.hints.push(sentence.to_owned());
        }
    }

    fn tree(&mut self, place: &Place, why: &Why) {
        if let (Taken::TooLarge, Some(object)) = (self.intake.tree(place, why, &|_| false), why.object.clone()) {
            self.rest.too_large.insert(Named { path: place.path.display().to_string(), object });
        }
    }

    fn python_of(&mut self, index: usize, why: &Why) {
        let seen = &self.seen[index];
        let Some(file) = self.intake.open(&seen.place) else { return };
        if python::bring(&mut self.intake, (&*file, &seen.constants), &seen.place, why) == Taken::No {
            self.left_out.push(LeftOut::new("Python's standard library", "none of its version was found"));
        }
    }

    /// What the machine has of converters, read once.
    fn machine_converters(&self, directories: &[PathBuf]) -> Option<Rc<Converters>> {
        self.converters.get_or_init(|| Converters::read(&self.intake, directories).map(Rc::new)).clone()
    }

    /// Converters for the object: those it names, else all.
    fn converters_of(&mut self, index: usize, directories: &[PathBuf], why: &Why) {
        if self.contents.converters != Choice::Evidence {
            return;
        }
        let Some(converters) = self.machine_converters(directories) else { return };
        let Seen { place, constants, object, own, .. } = &self.seen[index];
        let Some(file) = self.intake.open(place) else { return };
        let sets = if self.intake.whole { Ok(None) } else { converters.named_by(&*file, constants) };
        let because = |what: &str| Why { because: format!("`{object}` converts {what}"), ..why.clone() };
        match sets {
            // What it names and the machine has not is nobody's loss here.
            Ok(Some(names)) => {
                let _ = converters.some(&mut self.intake, &names, &because("to and from sets that it names"));
            }
            Ok(None) if *own || self.intake.whole => {
                converters.all(&mut self.intake, &because("between sets that it does not name"));
            }
            // A library converts for those who use it, and does not say what.
            Ok(None) => {
                let why = format!("`{object}` converts between sets that it does not name; `--gconv` takes them in");
                self.left_out.push(LeftOut::new("converters", why));
            }
            Err(_) => {}
        }
    }

    /// Converters and locales that the user names; as early as there is a closure, since they are libraries too.
    pub fn asked(&mut self, directories: &[PathBuf], libc: Option<Libc>) {
        if libc == Some(Libc::Glibc) {
            self.asked_converters(directories);
            self.asked_locales();
        }
    }

    fn asked_converters(&mut self, directories: &[PathBuf]) {
        let why =
            |because: &str| Why { rule: "converters", what: "converters", because: because.to_owned(), object: None };
        let names = match &self.contents.converters {
            Choice::All => None,
            Choice::Names(names) => Some(names.iter().cloned().collect()),
            Choice::Evidence | Choice::None => return,
        };
        match (self.machine_converters(directories), names) {
            (None, _) => self.left_out.push(LeftOut::new("converters", "this machine has none")),
            (Some(converters), None) => {
                converters.all(&mut self.intake, &why("asked for with `--gconv all`"));
            }
            (Some(converters), Some(names)) => {
                let taken = converters.some(&mut self.intake, &names, &why("asked for with `--gconv`"));
                self.errors.extend(taken.err().into_iter().flatten().map(Error::from));
            }
        }
    }

    fn asked_locales(&mut self) {
        let why = |because: &str| Why { rule: "locales", what: "locales", because: because.to_owned(), object: None };
        match &self.contents.locales {
            Choice::None => return,
            Choice::All => locales::all(&mut self.intake, &why("asked for with `--locale all`")),
            Choice::Names(names) => {
                for name in names {
                    let taken = locales::bring(&mut self.intake, name, &why("asked for with `--locale`"));
                    self.errors.extend(taken.err().map(Error::from));
                }
            }
            Choice::Evidence => {}
        }
        for name in locales::of_env(self.env) {
            let taken = locales::bring(&mut self.intake, name, &why("named by `-e LANG` or `-e LC_*`"));
            self.errors.extend(taken.err().map(Error::from));
        }
    }

    /// The whole: with what counts only once, over all that was seen. `libc` is the program's.
    pub fn finish(mut self, libc: Option<Libc>) -> (Evidence, Vec<Error>) {
        let named = accounts::named_by(&self.intake, self.seen.first());
        let starts = starts::started_by(&self.intake, self.seen.first(), &self.rest.programs);
        let mut evidence = Evidence {
            findings: self.seen.iter_mut().flat_map(|seen| std::mem::take(&mut seen.findings)).collect(),
            brought: self.intake.brought,
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
            name_services(&mut evidence);
        }
        (evidence.starts, evidence.accounts) = (starts, named);
        told(&mut evidence, self.rest);
        (evidence, errors)
    }
}

/// What is not taken and may be wanted.
fn told(evidence: &mut Evidence, rest: Rest) {
    for Named { path, object } in rest.too_large {
        evidence.left_out.push(LeftOut::new(path.clone(), format!("`{object}` names it, and it is large")));
        evidence.warnings.push(Warning {
            code: "large-data",
            message: format!("`{object}` names `{path}`, which is too large to be packed unasked"),
            details: Vec::new(),
            hint: format!("`--add {path}` takes it in"),
        });
    }
    if let Some(first) = rest.settings.first() {
        let those = if rest.settings.len() > 1 {
            "and others are settings of this machine, which stay"
        } else {
            "is a setting of this machine, and stays"
        };
        evidence.hints.push(format!("`{}` {those} out; `--add {0}` takes it in", first.path));
    }
    for Named { path, object } in rest.settings {
        evidence.left_out.push(LeftOut::new(path, format!("`{object}` names it, and it is a setting of this machine")));
    }
}

/// Not the host's: that may name services (sss, systemd, ldap) that an image has not, and the order of
/// `files` and `dns` was wrong by default up to glibc 2.35.
const NSSWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
                        networks: files\nprotocols: files\nservices: files\n";

fn name_services(evidence: &mut Evidence) {
    let shown = |rule: &Rule| rule.brings.contains(&Brings::NameServices);
    let Some(finding) = evidence.findings.iter().find(|finding| shown(finding.rule)) else { return };
    evidence.brought.push(Item {
        place: inside("/etc/nsswitch.conf"),
        source: Source::made(NSSWITCH.as_bytes()),
        mode: 0o644,
        rule: finding.rule.name,
        what: finding.rule.what,
        because: finding.because(),
        object: Some(finding.object.id),
    });
}
