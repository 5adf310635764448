//! Files of `/etc` that an object shows: by a path, or, where it looks in `/etc` at all, by a name that it puts together
//! with a directory when it runs.

use super::candidate::{CandidateKind, Distance, Shown};
use super::finding::NamedPath;
use super::intake::{Intake, inside};
use super::judgement::{Judgement, judge};
use super::ledger::{Ledger, item_reason};
use super::registry;
use super::scan;
use super::seen::Seen;
use super::shared::is_libc_setting;
use crate::file::FileKind;
use crate::files::{Place, Walk};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The directory of settings.
const DIRECTORY: &str = "/etc";

/// The shortest name of a file that is looked for, in bytes.
const SHORTEST: usize = 6;

/// Takes of the settings whose names `seen` has among its strings those that the table lets in; the ledger gets the others.
///
/// A name counts with an ending, since others are words; and in `/etc` itself, in a directory there that is called as the
/// program, or in one that it names. Of a program any part of a text counts: compilers put short strings into code, but not
/// messages that have the same name in them.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen) {
    if seen.is_packed() {
        bring_of_package(intake, ledger, seen);
    }
    let named = seen.paths.iter().map(|named| Path::new(&named.path)).filter(|path| path.starts_with(DIRECTORY));
    let mut directories: BTreeSet<Place> = named.map(inside).collect();
    if seen.distance == Distance::Further || seen.is_libc || directories.is_empty() {
        return;
    }
    let Some(file) = intake.open(&seen.place) else { return };
    let own = seen.place.path.file_name().map(|name| inside(DIRECTORY).join(name.as_encoded_bytes()));
    directories.extend(own.into_iter().chain([inside(DIRECTORY)]));
    let mut places = BTreeMap::new();
    // The lowest directories come last.
    for directory in directories {
        for name in intake.list(&directory) {
            let Some(name) = name.to_str().filter(|name| name.len() >= SHORTEST && name.contains('.')) else {
                continue;
            };
            places.insert(name.to_owned(), directory.join(name.as_bytes()));
        }
    }
    let names: Vec<&str> = places.keys().map(String::as_str).collect();
    let found = if ledger.distance(seen) == Distance::Program {
        scan::contained(&*file, &seen.literals, names)
    } else {
        scan::whole_strings(&*file, &seen.literals, &names, b"/")
    };
    for name in found.unwrap_or_default() {
        let place = places[name].clone();
        let Some(end) = intake.walk(&place) else { continue };
        if let Some(kind) = kind(intake, ledger, seen, &place, &end) {
            ledger.decide(intake, ledger.candidate(seen, place, &end, kind, Shown::Name(name.to_owned())));
        }
    }
}

/// Takes the settings that the package of the packed program brought, and nobody changed, if they are called as program or
/// package; others are for other programs of the system, which do something for this one (`/etc/cron.d`).
fn bring_of_package(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen) {
    let Some(etc) = intake.walk(&inside(DIRECTORY)) else { return };
    for place in ledger.bonds.settings_below(&seen.place, &etc) {
        let top: PathBuf = place.path.components().take(3).collect();
        let Some(end) = intake.walk(&place).filter(|_| ledger.bonds.is_named_for(&seen.place, &top)) else { continue };
        let name = ledger.bonds.owner(&place).map(|owner| ledger.bonds.packages().package(owner).name.clone());
        let shown = Shown::Package(name.unwrap_or_default());
        ledger.decide(intake, ledger.candidate(seen, place, &end, CandidateKind::Default, shown));
    }
}

/// The kind of what is at `place` below `/etc`, which `end` leads to; `None` for what the C library reads, and for
/// directories that list no modules.
pub fn kind(
    intake: &Intake<'_>,
    ledger: &Ledger<'_, '_>,
    seen: &Seen,
    place: &Place,
    end: &Walk,
) -> Option<CandidateKind> {
    if end.stat.kind == FileKind::Directory {
        let is_below = place.path != Path::new(DIRECTORY);
        return (is_below && registry::is_registry(intake, place)).then_some(CandidateKind::Registry);
    }
    if end.stat.identity.size == 0 || is_libc_setting(&place.path.to_string_lossy()) {
        return None;
    }
    if ledger.bonds.is_as_packaged(&seen.place, place, end) {
        return Some(CandidateKind::Default);
    }
    let lists_modules = seen.distance < Distance::Further && registry::is_list(intake, place);
    Some(if lists_modules { CandidateKind::Registry } else { CandidateKind::Setting })
}

/// Takes the settings below the directory of `/etc` at `end`, or below the one that is to hold what `named` names, that the
/// package of a program brought, and nobody changed.
pub fn bring_defaults(intake: &mut Intake<'_>, ledger: &Ledger<'_, '_>, seen: &Seen, end: &Walk, named: &NamedPath) {
    if !end.real.as_path().starts_with(DIRECTORY) || end.real.as_path() == Path::new(DIRECTORY) {
        return;
    }
    for place in ledger.bonds.settings_below(&seen.place, end) {
        let Some(end) = intake.walk(&place) else { continue };
        let shown = Shown::Path(named.path.clone());
        let candidate = ledger.candidate(seen, place, &end, CandidateKind::Default, shown);
        if judge(&candidate).0 == Judgement::Take {
            intake.file(&candidate.place, &item_reason(&candidate));
        }
    }
}
