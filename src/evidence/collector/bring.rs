//! Carries out what a rule brings.

use super::EvidenceCollector;
use crate::events::LeftOut;
use crate::evidence::development::{self, Development};
use crate::evidence::finding::{Finding, NamedPath};
use crate::evidence::intake::{ItemReason, Taken, inside};
use crate::evidence::item::ItemKind;
use crate::evidence::rules::Brings;
use crate::evidence::seen::Seen;
use crate::evidence::{frozen, gcc, java, locales, pam, postgres, python, state, terminfo, venv};
use crate::files::Place;
use crate::options::Choice;
use crate::resolve::Library;
use std::collections::BTreeSet;
use std::path::PathBuf;

impl EvidenceCollector<'_, '_> {
    /// Takes what the rule of `finding` brings for the object with number `index`. `libraries` are those of the closure
    /// so far, `directories` the loader's default ones.
    pub(super) fn bring(
        &mut self,
        brings: Brings,
        finding: &Finding,
        index: usize,
        libraries: &[Library],
        directories: &[PathBuf],
    ) {
        let (rule, object) = (finding.rule, Some(finding.object.clone()));
        let reason = &ItemReason { rule: rule.name, what: rule.what, because: finding.because(), object };
        match brings {
            Brings::File(path, is_told) => self.bring_file(path, is_told, reason),
            Brings::Program(path) => self.bring_file(path, true, reason),
            Brings::Tree(path) => self.bring_tree(&inside(path), reason),
            Brings::Beside(soname, path) => {
                if let Some(place) = self.beside(soname, path, index, libraries) {
                    self.intake.file(&place, reason);
                }
            }
            Brings::TreeBeside(soname, path) => {
                if let Some(place) = self.beside(soname, path, index, libraries) {
                    self.bring_tree(&place, reason);
                }
            }
            Brings::Directory(path) => {
                let mode = if path == state::TEMPORARY { 0o1777 } else { 0o775 };
                self.intake.put(inside(path), ItemKind::Directory { writable: true }, mode, reason);
            }
            Brings::Link(path, target) => {
                self.intake.put(inside(path), ItemKind::Link(PathBuf::from(target)), 0o777, reason);
            }
            Brings::AllConverters => self.bring_all_converters(directories, reason),
            Brings::Converters => self.bring_converters(index, directories, reason),
            Brings::Locale(name) => self.bring_locale(name, reason),
            Brings::Terminals => self.bring_terminals(reason),
            Brings::Zone(name) => self.bring_zone(name, reason),
            Brings::Java => {
                java::bring(&mut self.intake, &self.seen[index].place, reason);
            }
            Brings::Python => self.bring_python(index, reason),
            Brings::Development => {
                let seen = &self.seen[index];
                let program = if seen.is_program { seen } else { &self.seen[0] };
                let objects = (program, seen);
                let taken = development::bring(&mut self.intake, &self.ledger, objects, directories, reason);
                if taken == Development::Unknown && self.compiler.is_none() {
                    self.compiler = Some(finding.clone());
                }
            }
            Brings::Gcc => {
                let objects = (&self.seen[0], &self.seen[index]);
                if let Some(hint) = gcc::bring(&mut self.intake, &self.ledger, objects, reason) {
                    self.hint(&hint);
                }
            }
            Brings::Postgres => self.bring_postgres(index, reason),
            Brings::Pam => self.bring_pam(index, libraries, reason),
            Brings::ToldUnless(settled, _) if self.is_settled(settled) => {}
            Brings::ToldUnless(_, sentence) => self.hint(sentence),
            // `finish` decides on these once for all objects, `closure` on the unwinder; a fact brings nothing.
            Brings::Certificates | Brings::Fonts | Brings::NameServices | Brings::Unwinder | Brings::Fact => {}
        }
    }

    /// The place `path` below the directory of the first library whose soname begins with `soname`; below that of the
    /// object itself if `soname` is empty. `None` if there is no such library.
    fn beside(&self, soname: &str, path: &str, index: usize, libraries: &[Library]) -> Option<Place> {
        let directory = if soname.is_empty() {
            self.seen[index].place.directory()
        } else {
            libraries.iter().find(|library| library.soname.starts_with(soname.as_bytes()))?.place.directory()
        };
        Some(directory.join(path.as_bytes()))
    }

    fn bring_file(&mut self, path: &'static str, is_told: bool, reason: &ItemReason) {
        if self.intake.file(&inside(path), reason) == Taken::No && is_told {
            let why = format!("{}, and it is not on this machine", reason.because);
            self.left_out.push(LeftOut::new(path, why));
        }
    }

    fn bring_tree(&mut self, place: &Place, reason: &ItemReason) {
        if let (Taken::TooLarge, Some(object)) = (self.intake.tree(place, reason, &|_| false), reason.object.clone()) {
            self.too_large.insert(NamedPath { path: place.path.display().to_string(), object });
        }
    }

    fn bring_all_converters(&mut self, directories: &[PathBuf], reason: &ItemReason) {
        if self.contents.converters == Choice::Evidence
            && let Some(converters) = self.machine_converters(directories)
        {
            converters.take_all(&mut self.intake, reason);
        }
    }

    /// Takes the converters for the character sets that the object names; those of common sets if it is a program that names
    /// none, or one side alone.
    fn bring_converters(&mut self, index: usize, directories: &[PathBuf], reason: &ItemReason) {
        if self.contents.converters != Choice::Evidence {
            return;
        }
        let Some(converters) = self.machine_converters(directories) else { return };
        let Seen { place, literals, object, is_program, elf, .. } = &self.seen[index];
        let Some(file) = self.intake.open(place) else { return };
        let sets = if self.intake.takes_all { Ok(None) } else { converters.named_by(&*file, literals) };
        let said = converters.known(self.words.all());
        let by_user = ItemReason {
            because: format!("`{object}` converts to or from a set that the user names"),
            ..reason.clone()
        };
        let because = |what: &str| ItemReason { because: format!("`{object}` converts {what}"), ..reason.clone() };
        // The other set is then the one of the locale, or one that the user or the data names.
        let is_open = |names: &BTreeSet<String>| converters.are_built_in(names) && !elf.has_import("nl_langinfo");
        match sets {
            // A set that the machine does not have does not work outside the image either.
            Ok(Some(names)) if !*is_program || !is_open(&names) => {
                let _ = converters.take_named(&mut self.intake, &names, &because("to and from sets that it names"));
            }
            Ok(None) if self.intake.takes_all => {
                converters.take_all(&mut self.intake, &because("between sets that it does not name"));
            }
            Ok(_) if *is_program => {
                let (common, reason) = (converters.common(), because("between sets that it does not name"));
                let _ = converters.take_named(&mut self.intake, &common, &reason);
                let hint =
                    format!("`{object}` converts between any character sets: `--gconv all` takes rare ones in too");
                self.hint(&hint);
            }
            // A library converts between the sets that its callers name.
            Ok(_) => {
                let why = format!("`{object}` converts between sets that it does not name; `--gconv` takes them in");
                self.left_out.push(LeftOut::new("converters", why));
            }
            Err(_) => {}
        }
        // A set that the user names is one that the object is asked for.
        if !self.intake.takes_all {
            let _ = converters.take_named(&mut self.intake, &said, &by_user);
        }
    }

    fn bring_locale(&mut self, name: &str, reason: &ItemReason) {
        if self.contents.locales != Choice::None {
            let _ = locales::bring(&mut self.intake, name, reason);
        }
    }

    fn bring_terminals(&mut self, reason: &ItemReason) {
        if self.intake.takes_all {
            return terminfo::bring_all(&mut self.intake, reason);
        }
        let term = self.env.iter().rev().find(|(key, _)| key == "TERM").map(|(_, value)| value.as_str());
        let missing = terminfo::bring(&mut self.intake, term, reason);
        let absent = |name: String| LeftOut::new(format!("terminal `{name}`"), "it is not on this machine");
        self.left_out.extend(missing.into_iter().map(absent));
    }

    fn bring_zone(&mut self, name: &str, reason: &ItemReason) {
        if self.contents.zones != Choice::None {
            self.intake.file(&inside(format!("/usr/share/zoneinfo/{name}")), reason);
        }
    }

    fn bring_python(&mut self, index: usize, reason: &ItemReason) {
        let seen = &self.seen[index];
        let Some(file) = self.intake.open(&seen.place) else { return };
        if frozen::is_frozen(&self.intake, &self.seen[0], seen) {
            return;
        }
        // `--path` starts the Python by another path, where no environment is.
        let named = self.named.as_ref().filter(|_| self.contents.path.is_none());
        let venv = named.and_then(|named| venv::bring(&mut self.intake, named, reason));
        let at = venv.as_ref().and_then(|venv| venv.base.clone()).unwrap_or_else(|| seen.place.clone());
        let taken = python::bring(&mut self.intake, (&*file, &seen.constants), &at, reason);
        self.stays |= venv.is_some();
        for hint in venv.into_iter().flat_map(|venv| venv.hints) {
            self.hint(&hint);
        }
        if taken == Taken::No {
            self.left_out.push(LeftOut::new("Python's standard library", "none of its version was found"));
        }
    }

    fn bring_postgres(&mut self, index: usize, reason: &ItemReason) {
        let seen = &self.seen[index];
        if postgres::bring(&mut self.intake, &seen.place, &seen.paths, reason) && !self.intake.takes_all {
            self.left_out.push(LeftOut::new("`llvmjit`", postgres::LEFT));
            self.hint(postgres::LEFT);
        }
    }

    fn bring_pam(&mut self, index: usize, libraries: &[Library], reason: &ItemReason) {
        let Some(modules) = self.beside("libpam.so", "security", index, libraries) else { return };
        let taken = pam::bring(&mut self.intake, &self.seen[index], &modules, reason);
        if taken == Taken::No && !self.intake.takes_all {
            self.hint(
                "PAM needs a file for each service, and this machine has none: `--add DIR:/etc/pam.d` takes yours in",
            );
        }
    }

    /// Adds a sentence for the user, once, however many objects show it.
    pub(super) fn hint(&mut self, sentence: &str) {
        if !self.hints.iter().any(|hint| hint == sentence) {
            self.hints.push(sentence.to_owned());
        }
    }
}
