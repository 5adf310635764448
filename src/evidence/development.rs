//! What compilers read and link with, of the C library and of other languages: headers, and the files that a linker puts
//! into every program.
//!
//! The directory of headers belongs to all packages that are for developers, so it does not come in whole: which of its
//! files a compiler cannot do without, the packages tell that its own package needs, and the one that has the start files.
//! Static libraries stay out.

use super::gcc;
use super::intake::{Intake, ItemReason, inside};
use super::ledger::Ledger;
use super::scan;
use super::seen::Seen;
use super::start_files::{FIRST, LINKER, bring_start, needs};
use crate::files::Place;
use crate::packages::{PackageDatabase, PackageId};
use std::path::{Path, PathBuf};

/// The system's headers.
const HEADERS: &str = "/usr/include";

/// What came of the files of a compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Development {
    /// They are in.
    Taken,
    /// The program compiles nothing.
    NotNeeded,
    /// No package tells which they are.
    Unknown,
}

/// Takes headers, start files and the linker for the program `program`, where `seen`, which is it or a library of it, is a
/// compiler. A library may serve programs that compile nothing: the packages of these need no start files.
pub fn bring(
    intake: &mut Intake<'_>,
    ledger: &Ledger<'_, '_>,
    (program, seen): (&Seen, &Seen),
    directories: &[PathBuf],
    reason: &ItemReason,
) -> Development {
    if seen.is_program && !is_compiler(intake, seen) {
        return Development::NotNeeded;
    }
    let package = ledger.bonds.owner(&program.place);
    let Some(libraries) = libraries(intake, directories) else { return Development::Unknown };
    if intake.takes_all {
        intake.large_tree(&inside(HEADERS), reason, &|_| false);
    } else {
        let packages = ledger.bonds.packages();
        let first = intake.walk(&libraries.join(FIRST.as_bytes()));
        let start = first.and_then(|end| packages.owner(&end.real));
        let (Some(start), Some(package)) = (start, package) else { return Development::Unknown };
        let mut needed = needs(packages, package);
        if !needed.contains(&start) && !seen.is_program {
            return Development::NotNeeded;
        }
        needed.extend(needs(packages, start));
        for package in needed {
            bring_headers(intake, packages, package, reason);
            if !seen.is_program {
                gcc::bring_for_linker(intake, packages, package, reason);
            }
        }
    }
    if !seen.is_program {
        bring_builtin_headers(intake, program, seen, reason);
    }
    bring_start(intake, &libraries, reason);
    intake.file(&inside(LINKER), reason);
    Development::Taken
}

/// Takes the headers of Clang's own, which are in `lib/clang/VERSION` beside the program's `bin`, or beside its library.
fn bring_builtin_headers(intake: &mut Intake<'_>, program: &Seen, library: &Seen, reason: &ItemReason) {
    const LARGEST: u64 = 32 << 20;
    let Some(file) = intake.open(&library.place) else { return };
    let above = program.place.directory().directory().join(b"lib/clang");
    for above in [above, library.place.directory().join(b"clang")] {
        let versions = intake.list(&above);
        let versions: Vec<&str> = versions.iter().filter_map(|version| version.to_str()).collect();
        let named = scan::contained(&*file, &library.literals, versions).unwrap_or_default();
        for version in named {
            let headers = above.join(version.as_bytes()).join(b"include");
            intake.tree_up_to(LARGEST, &headers, reason, &|_| false);
        }
    }
}

/// The first of the loader's `directories` in which programs' start files are.
fn libraries(intake: &Intake<'_>, directories: &[PathBuf]) -> Option<Place> {
    let has_start = |place: &Place| intake.walk(&place.join(FIRST.as_bytes())).is_some();
    let found = directories.iter().map(inside).find(has_start)?;
    Some(inside(intake.walk(&found)?.real.as_path()))
}

/// Whether a program that names headers and start files compiles: its file has the name of the first start file alone, or
/// drives the parts of GCC. A text that contains both may be a manual.
fn is_compiler(intake: &Intake<'_>, seen: &Seen) -> bool {
    let file = intake.open(&seen.place);
    let whole = file.and_then(|file| scan::whole_strings(&*file, &seen.literals, &[FIRST], b"").ok());
    whole.is_some_and(|whole| !whole.is_empty()) || seen.findings.iter().any(|finding| finding.rule.name == gcc::RULE)
}

/// Takes the headers of one package.
fn bring_headers(intake: &mut Intake<'_>, packages: &PackageDatabase<'_>, package: PackageId, reason: &ItemReason) {
    for path in packages.files(package) {
        if path.as_path().starts_with(HEADERS) && path.as_path() != Path::new(HEADERS) {
            intake.file(&inside(path.as_path()), reason);
        }
    }
}
