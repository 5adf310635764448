//! Converters and locales that the user names by a flag or a variable.

use super::EvidenceCollector;
use crate::elf::Libc;
use crate::events::LeftOut;
use crate::evidence::error::Error;
use crate::evidence::intake::{ItemReason, inside};
use crate::evidence::locales;
use crate::evidence::rules::Settled;
use crate::files::Place;
use crate::options::Choice;
use std::path::{Path, PathBuf};

impl EvidenceCollector<'_, '_> {
    /// Takes the converters and locales that the user names, if `libc` is glibc. `directories` are the loader's default
    /// ones. Converters are libraries, so the closure asks for them before its loop.
    pub fn bring_asked(&mut self, directories: &[PathBuf], libc: Option<Libc>) {
        if libc == Some(Libc::Glibc) {
            self.bring_asked_converters(directories);
            self.bring_asked_locales();
        }
    }

    /// Takes the library at `path` that a variable of the image names for the loader, if it exists here: it may also be
    /// made when the program runs.
    pub fn bring_preloaded(&mut self, variable: &'static str, path: &str) {
        let because = format!("`-e {variable}` names it");
        let reason = ItemReason { rule: "preloaded", what: "preloaded libraries", because, object: None };
        self.intake.file(&inside(path), &reason);
    }

    /// Whether the user has settled a thing: the hint at it is not told then.
    pub(super) fn is_settled(&self, settled: Settled) -> bool {
        let is_set = |keys: &[&str]| self.env.iter().any(|(key, _)| keys.contains(&key.as_str()));
        match settled {
            Settled::Zones => {
                self.contents.zones != Choice::Evidence
                    || is_set(&["TZ", "ZONEINFO"])
                    || self.is_there("/usr/share/zoneinfo")
            }
            Settled::Locale => is_set(&["LANG", "LC_ALL", "LC_CTYPE"]),
            Settled::At(path) => self.is_there(path),
        }
    }

    /// Whether what is at `path` came in, the user adds it, or an image that is read back has it.
    fn is_there(&self, path: &str) -> bool {
        self.contents.adds(Path::new(path))
            || self.intake.has(&inside(path))
            || self.roots.is_image() && self.roots.walk(&Place::sysroot(path)).is_ok()
    }

    fn bring_asked_converters(&mut self, directories: &[PathBuf]) {
        let names = match &self.contents.converters {
            Choice::All => None,
            Choice::Names(names) => Some(names.iter().cloned().collect()),
            Choice::Evidence | Choice::None => return,
        };
        match (self.machine_converters(directories), names) {
            (None, _) => self.left_out.push(LeftOut::new("converters", "this machine has none")),
            (Some(converters), None) => {
                converters.take_all(&mut self.intake, &asked("converters", "asked for with `--gconv all`"));
            }
            (Some(converters), Some(names)) => {
                let taken =
                    converters.take_named(&mut self.intake, &names, &asked("converters", "asked for with `--gconv`"));
                self.errors.extend(taken.err().into_iter().flatten().map(Error::from));
            }
        }
    }

    fn bring_asked_locales(&mut self) {
        match &self.contents.locales {
            Choice::None => return,
            Choice::All => locales::bring_all(&mut self.intake, &asked("locales", "asked for with `--locale all`")),
            Choice::Names(names) => {
                for name in names {
                    let taken = locales::bring(&mut self.intake, name, &asked("locales", "asked for with `--locale`"));
                    self.errors.extend(taken.err().map(Error::from));
                }
            }
            Choice::Evidence => {}
        }
        for name in locales::named_by(self.env) {
            let taken = locales::bring(&mut self.intake, name, &asked("locales", "named by `-e LANG` or `-e LC_*`"));
            self.errors.extend(taken.err().map(Error::from));
        }
    }
}

/// A reason for which no object is needed. `rule` names the rule, and for people what it brings.
fn asked(rule: &'static str, because: &str) -> ItemReason {
    ItemReason { rule, what: rule, because: because.to_owned(), object: None }
}
