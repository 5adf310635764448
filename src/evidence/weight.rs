//! How much the image grows by a program that another one starts: its file, and the libraries that nothing else needs.

use super::bonds::Bonds;
use super::intake::Intake;
use super::ledger::Ledger;
use super::rules::is_part_of_libc;
use super::shell;
use crate::bytes::ReadAt;
use crate::elf::{self, script};
use crate::file::FileKind;
use crate::files::{Place, Walk};
use crate::packages::PackageId;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What counts for a program that needs much that does not show: an interpreter with its modules, a compiler, a program
/// whose package needs many others.
const MUCH: u64 = 16 << 20;

/// A package with more packages behind it brings much.
const MOST_PACKAGES: usize = 48;

/// A smaller program is no compiler, in bytes.
const SMALLEST_COMPILER: u64 = 256 << 10;

/// The most libraries of one program that are weighed.
const MOST_LIBRARIES: usize = 256;

/// The bytes that come into the image with the program at `place`, which `end` leads to; 0 if it is there.
pub fn weight(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, place: &Place, end: &Walk) -> u64 {
    let real = place.at_end(end);
    let is_heavy = || is_compiler(intake, place, end) || needs_many(&ledger.bonds, &real);
    weight_unless(intake, ledger, place, end, &is_heavy)
}

/// The same for a program of a package that is needed anyway: what is behind that does not count.
pub fn weight_of_own(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, place: &Place, end: &Walk) -> u64 {
    weight_unless(intake, ledger, place, end, &|| false)
}

/// The bytes that come in with a program that is no script; if it `is_heavy`, it counts as one that needs [`MUCH`].
fn weight_unless(
    intake: &Intake<'_>,
    ledger: &Ledger<'_, '_>,
    place: &Place,
    end: &Walk,
    is_heavy: &dyn Fn() -> bool,
) -> u64 {
    if intake.has(&place.at_end(end)) {
        return 0;
    }
    let Some(file) = intake.open(place) else { return end.stat.identity.size };
    let more = match script::read(&*file) {
        Some(words) => interpreter_weight(intake, ledger, &words),
        None if is_heavy() => MUCH,
        None => libraries_weight(intake, ledger, &*file),
    };
    end.stat.identity.size.saturating_add(more)
}

/// What the modules of an interpreter count that is not in the image.
pub fn modules(intake: &Intake<'_>, place: &Place, end: &Walk) -> u64 {
    let is_in = intake.has(&place.at_end(end));
    let words = [place.path.display().to_string()];
    if is_in || shell::is_shell(&words) || is_plain(&words) { 0 } else { MUCH }
}

/// Whether a program has the signs of a compiler, which needs headers and other programs.
fn is_compiler(intake: &Intake<'_>, place: &Place, end: &Walk) -> bool {
    end.stat.identity.size >= SMALLEST_COMPILER && intake.contains(place, "crt1.o")
}

/// Whether the package of a program needs many others, and those that they need.
fn needs_many(bonds: &Bonds<'_, '_>, real: &Place) -> bool {
    let mut waiting: Vec<PackageId> = bonds.owner(real).into_iter().collect();
    let mut behind = BTreeSet::new();
    while let Some(package) = waiting.pop().filter(|_| behind.len() <= MOST_PACKAGES) {
        if behind.insert(package) {
            waiting.extend(&bonds.packages().package(package).depends);
        }
    }
    behind.len() > MOST_PACKAGES
}

/// What the interpreter of a script brings with it.
fn interpreter_weight(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, words: &[String]) -> u64 {
    let Some(path) = words.first().filter(|path| path.starts_with('/')) else { return 0 };
    let place = Place::sysroot(path);
    let Some(end) = intake.walk(&place).filter(|end| end.stat.kind == FileKind::File) else { return 0 };
    let is_in = intake.has(&place.at_end(&end));
    if is_in && script::program_behind_env(words).is_none() {
        return 0;
    }
    let modules = if shell::is_shell(words) || is_plain(words) { 0 } else { MUCH };
    // An interpreter is no script itself; the kernel would follow a few of them.
    let file = intake.open(&place).filter(|file| script::read(&**file).is_none());
    let libraries = file.map_or(0, |file| libraries_weight(intake, ledger, &*file));
    end.stat.identity.size.saturating_add(modules).saturating_add(libraries)
}

/// Whether a script is for an interpreter that is one file.
fn is_plain(words: &[String]) -> bool {
    const PLAIN: [&str; 10] = ["awk", "mawk", "gawk", "sed", "make", "bc", "dc", "m4", "cat", "env"];
    let first = words.first().map(String::as_str);
    let interpreter = script::program_behind_env(words).or(first).unwrap_or_default();
    PLAIN.contains(&interpreter.rsplit('/').next().unwrap_or(interpreter))
}

/// The sizes of the libraries that a program needs and that no object so far does.
fn libraries_weight(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, file: &dyn ReadAt) -> u64 {
    let mut counted = BTreeSet::new();
    let Some(program) = elf::read(file).ok() else { return 0 };
    let own =
        [&program.runpath, &program.rpath].into_iter().flatten().flat_map(|list| list.split(|byte| *byte == b':'));
    let own = own.filter(|directory| directory.starts_with(b"/")).map(|path| PathBuf::from(OsStr::from_bytes(path)));
    // A static program searches none; its helpers' libraries lie beside their loader.
    let loader = program.loader.as_ref().map(|path| Place::sysroot(OsStr::from_bytes(path)));
    let beside = loader.and_then(|place| Some(place.at_end(&intake.walk(&place)?).directory().path));
    let beside = beside.filter(|_| intake.library_directories.is_empty());
    let directories: Vec<PathBuf> = own.chain(intake.library_directories.iter().cloned()).chain(beside).collect();
    let mut waiting = program.needed;
    let mut bytes: u64 = 0;
    while let Some(soname) = waiting.pop().filter(|_| counted.len() < MOST_LIBRARIES) {
        // The C library comes in once for all that a static program starts.
        if is_part_of_libc(&soname) || ledger.sonames.contains(&soname) || !counted.insert(soname.clone()) {
            continue;
        }
        let found = directories.iter().find_map(|directory| {
            let place = Place::sysroot(join(directory, &soname));
            intake.walk(&place).map(|end| (place, end))
        });
        let Some((place, end)) = found else { continue };
        bytes = bytes.saturating_add(end.stat.identity.size);
        waiting.extend(intake.open(&place).map(|file| needed(&*file)).unwrap_or_default());
    }
    bytes
}

fn join(directory: &Path, name: &[u8]) -> PathBuf {
    directory.join(OsStr::from_bytes(name))
}

/// The sonames that a file needs; none if it is no ELF file.
fn needed(file: &dyn ReadAt) -> Vec<Vec<u8>> {
    elf::read(file).map(|object| object.needed).unwrap_or_default()
}
