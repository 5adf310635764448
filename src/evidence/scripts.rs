//! Scripts that evidence brings: their interpreters, and of shell scripts the commands and the directories of their own
//! that they name.
//!
//! A script without its interpreter does not start, and the kernel says of the script that it does not exist.

use super::candidate::{Bond, Candidate, CandidateKind, Distance, Shown};
use super::finding::SeenObject;
use super::intake::{Intake, inside};
use super::ledger::Ledger;
use super::named::home;
use super::shell::{self, ShellScript};
use super::starts::in_path;
use super::weight::{modules, weight};
use crate::elf::script;
use crate::file::FileKind;
use crate::files::Place;

/// As many scripts of one run are followed.
const MOST: usize = 64;

/// Takes what the scripts need that came in since the last call; those that come in with them, too.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>) {
    while let Some(started) = ledger.started.pop() {
        let Some(end) = intake.walk(&started.place) else { continue };
        let Some(file) = intake.open(&started.place) else { continue };
        let real = started.place.at_end(&end);
        let Some(words) = script::read(&*file).filter(|_| ledger.scripts.len() < MOST) else { continue };
        if !ledger.scripts.insert(real.clone()) {
            continue;
        }
        let text = if shell::is_shell(&words) { file.bytes_at(0, shell::LARGEST).ok() } else { None };
        let ShellScript { commands, paths } = text.map(|text| shell::read(&text)).unwrap_or_default();
        let behind_env = script::program_behind_env(&words).map(str::to_owned);
        let interpreters = words.into_iter().next().into_iter().chain(behind_env);
        let script = Script { started: &started, real };
        for (name, kind) in interpreters
            .map(|name| (name, CandidateKind::Interpreter))
            .chain(commands.into_iter().map(|name| (name, CandidateKind::ScriptCommand)))
        {
            if let Some(candidate) = script.program(intake, ledger, name, kind) {
                ledger.decide(intake, candidate);
            }
        }
        for path in paths {
            if let Some(candidate) = script.data(intake, ledger, &path) {
                ledger.decide(intake, candidate);
            }
        }
    }
}

/// A script that came in.
struct Script<'c> {
    /// The candidate that it was.
    started: &'c Candidate,
    /// Its place, at the end of all links.
    real: Place,
}

impl Script<'_> {
    /// The script as the object that shows something; what is shown of it comes in for the sake of the object that starts
    /// the script.
    fn object(&self) -> SeenObject {
        SeenObject { name: self.started.place.path.display().to_string().into(), id: self.started.object.id }
    }

    /// How far what the script names is from the program. A script that is shown by a name alone, which may be another
    /// word, is as far as it can be.
    fn distance(&self) -> Distance {
        if self.started.kind == CandidateKind::ProgramName { Distance::Further } else { self.started.distance }
    }

    /// The program of this machine that the script calls `name`.
    fn program(
        &self,
        intake: &Intake<'_>,
        ledger: &Ledger<'_, '_>,
        name: String,
        kind: CandidateKind,
    ) -> Option<Candidate> {
        let places: Vec<Place> = if name.contains('/') {
            name.starts_with('/').then(|| inside(&name)).into_iter().collect()
        } else {
            in_path(&name).collect()
        };
        let (place, end) = places.into_iter().find_map(|place| {
            let end = intake.walk(&place)?;
            (end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0).then_some((place, end))
        })?;
        let bond = ledger.bonds.between(&self.real, &place, &end);
        let modules = if kind == CandidateKind::Interpreter { modules(intake, &place, &end) } else { 0 };
        let bytes = modules + weight(intake, ledger, &place, &end);
        let (object, distance, shown) = (self.object(), self.distance(), Shown::Name(name));
        Some(Candidate { place, kind, object, distance, bond, shown, bytes })
    }

    /// The directory or file of data of the script's own that `path` leads to.
    fn data(&self, intake: &Intake<'_>, ledger: &Ledger<'_, '_>, path: &str) -> Option<Candidate> {
        let place = inside(path);
        let end = intake.walk(&place)?;
        let is_directory = end.stat.kind == FileKind::Directory;
        let is_data = is_directory || end.stat.kind == FileKind::File && end.stat.mode & 0o111 == 0;
        let is_own = ledger.bonds.between(&self.real, &place, &end) == Bond::Own;
        let is_programs = is_directory && (place.path.ends_with("bin") || place.path.ends_with("sbin"));
        if !is_data || !is_own || is_programs || home(&place.path, is_directory).is_none() {
            return None;
        }
        let (object, distance, shown) = (self.object(), self.started.distance, Shown::Path(path.to_owned()));
        let kind = CandidateKind::Data;
        Some(Candidate { place, kind, object, distance, bond: Bond::Own, shown, bytes: 0 })
    }
}
