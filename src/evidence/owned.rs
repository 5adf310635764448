//! What the package of an object holds beside it: directories of data or modules that belong to nobody else, and of which
//! nothing is in the image; of directories that other packages fill too, the files that the object has the names of.
//!
//! A program's own package counts as it stands. A library is one of several things in its package, so its directories
//! count where an object of the package has their name, or that of a file in them, among its constants.

use super::candidate::{Bond, Candidate, CandidateKind, Distance, Shown};
use super::gcc;
use super::intake::{Intake, Taken, inside};
use super::ledger::{Ledger, item_reason};
use super::named::home;
use super::rules::{Brings, Settled};
use super::scan;
use super::seen::Seen;
use super::starts;
use super::surroundings::{ending, is_for_people, is_of_compilers, is_word_of_others};
use crate::file::{FileKind, Stat};
use crate::packages::PackageId;
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the names of packages end in that hold files for another one alone.
const COMPANIONS: [&str; 6] = ["-data", "-common", "-base", "-core", "-modules", "-plugins"];

/// The most names of files in a directory that are looked for among constants.
const MOST_NAMES: usize = 400;

/// Of a package with more programs, what one of them does not mention may be another's.
const FEW_PROGRAMS: usize = 4;

/// Takes what the package of `seen` holds where the table lets it in; the ledger gets what stays out. `libraries` are the
/// files of the closure so far.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen, libraries: &BTreeSet<PathBuf>) {
    if intake.takes_all || seen.is_libc {
        return;
    }
    let Some(package) = ledger.bonds.owner(&seen.place) else { return };
    let distance = ledger.distance(seen);
    for holder in holders(ledger, package) {
        // A library that is a part of the program mentions other things of the same package.
        let is_first = ledger.first_look(holder, distance);
        if !is_first && (seen.is_program || distance > Distance::Program) {
            continue;
        }
        let mut homes = homes(ledger, holder);
        homes.retain(|home, _| is_data(intake, home) && !is_for_another_version(intake, home));
        // The rule has taken what a driver needs of them.
        if seen.findings.iter().any(|finding| finding.rule.name == gcc::RULE) {
            homes.retain(|home, _| !gcc::is_above(home));
        }
        for name in told(seen) {
            homes.retain(|_, names| !names.contains(name));
        }
        let mentioned = if homes.is_empty() { BTreeMap::new() } else { mentioned(intake, seen, &homes) };
        let is_of_closure =
            |home: &PathBuf| libraries.range(home.clone()..).next().is_some_and(|at| at.starts_with(home));
        // A program that another starts is one of several in its package.
        let counts_rest = distance == Distance::Program
            && is_first
            && (seen.is_packed() || !seen.is_program)
            && starts::programs_of(intake, ledger.bonds.packages(), [package]).len() <= FEW_PROGRAMS;
        for home in homes.into_keys() {
            let is_in = is_of_closure(&home) || intake.has_data_below(&inside(&home));
            let named = mentioned.get(&home);
            let kind = match (distance, named.is_some()) {
                // A part of it may be in by its own name; what the program mentions are its own files, all of them.
                (Distance::Program, true) => CandidateKind::PackageData,
                (_, true) if !is_in => CandidateKind::PackageData,
                (Distance::Program, false) if !is_in && counts_rest && !is_one_of_many(intake, &home) => {
                    CandidateKind::PackageRest
                }
                _ => continue,
            };
            let name = ledger.bonds.packages().package(holder).name.clone();
            let bond = if holder == package { Bond::Own } else { ledger.bonds.of_packages(package, holder) };
            let (object, shown) = (seen.object.clone(), Shown::Package(name));
            let candidate = Candidate { place: inside(&home), kind, object, distance, bond, shown, bytes: 0 };
            let taken = ledger.decide(intake, candidate.clone());
            if let (Taken::TooLarge, CandidateKind::PackageData, Some(named)) = (taken, kind, named) {
                take_named(intake, ledger, holder, &candidate, named);
            }
        }
    }
}

/// The names of the files that a rule of the object tells, and does not take.
fn told(seen: &Seen) -> impl Iterator<Item = &'static str> {
    let brings = seen.findings.iter().flat_map(|finding| finding.rule.brings);
    brings.filter_map(|brings| match brings {
        Brings::ToldUnless(Settled::At(path), _) => path.rsplit('/').next(),
        _ => None,
    })
}

/// The most bytes of the files that are taken of a directory that is too large.
const MOST_NAMED: u64 = 16 << 20;

/// Takes of a directory that is too large the files with the names `named`, which the object mentions, as long as they are
/// small. The directory stays told.
fn take_named(
    intake: &mut Intake<'_>,
    ledger: &Ledger<'_, '_>,
    holder: PackageId,
    candidate: &Candidate,
    named: &BTreeSet<String>,
) {
    let is_named =
        |path: &Path| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| named.contains(name));
    let mut left = MOST_NAMED;
    for path in ledger.bonds.packages().files(holder) {
        let path = path.as_path();
        // The names of sources and object files are those of a compiler's parts, `runtime.a`, and stand in any text.
        let end = path.file_name().and_then(|name| name.to_str()).and_then(ending);
        let is_of_compilers = end.is_some_and(is_of_compilers);
        if !path.starts_with(&candidate.place.path) || !is_named(path) || is_of_compilers {
            continue;
        }
        let place = inside(path);
        let Some(end) = intake.walk(&place) else { continue };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // A program without an ending or a second word in its name is called as any other word is.
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_program = end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0;
        if is_word && is_program || is_word_of_others(name) {
            continue;
        }
        let (size, reason) = (end.stat.identity.size, item_reason(candidate));
        // A link to a directory is one to what the machine keeps up to date.
        if end.stat.kind == FileKind::Directory && end.links.last().is_some_and(|(link, _)| link.as_path() == path) {
            intake.tree_up_to(left, &place, &reason, &|_| false);
        } else if size <= left && intake.file(&place, &reason) == Taken::Yes {
            left -= size;
        }
    }
}

/// The package, and those that it needs and that are made for it: from the same source, or called so.
fn holders(ledger: &Ledger<'_, '_>, package: PackageId) -> Vec<PackageId> {
    let packages = ledger.bonds.packages();
    let facts = packages.package(package);
    let is_companion = |other: &PackageId| {
        let other = packages.package(*other);
        let is_made_for = other.source == facts.source || is_named_for(&other.name, &facts.name);
        other.installed && (is_made_for || is_of_debuggers(&other.name))
    };
    [package].into_iter().chain(facts.depends.iter().copied().filter(is_companion)).collect()
}

/// The directory of the symbols of programs and libraries, by their build IDs.
const SYMBOLS: &str = "/usr/lib/debug";

/// Whether a package of this name has symbols: a package that needs one reads them.
fn is_of_debuggers(name: &str) -> bool {
    name.ends_with("-dbg")
}

/// Whether `name` is that of a companion of the package `package`: `x-data` of `x`, `libx1`, or `x-tools`.
fn is_named_for(name: &str, package: &str) -> bool {
    let Some(stem) = COMPANIONS.iter().find_map(|end| name.strip_suffix(end)) else { return false };
    let package = package.strip_prefix("lib").unwrap_or(package);
    package.starts_with(stem.strip_prefix("lib").unwrap_or(stem))
}

/// The directories of a package's own, with the names of the files in them.
fn homes(ledger: &Ledger<'_, '_>, package: PackageId) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let mut homes: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    let name = ledger.bonds.packages().package(package).name.clone();
    for path in ledger.bonds.packages().files(package) {
        let path = path.as_path();
        if is_of_debuggers(&name) && path.starts_with(SYMBOLS) {
            homes.entry(PathBuf::from(SYMBOLS)).or_default().insert(path.to_owned());
        }
        let Some(home) = home(path, false).filter(|home| path != home && path.starts_with(home)) else { continue };
        homes.entry(home).or_default().insert(path.to_owned());
    }
    let mut own = BTreeMap::new();
    for (home, files) in homes {
        for home in unshared(ledger, package, home, &files, MOST_LEVELS) {
            let below = files.range(home.clone()..).take_while(|path| path.starts_with(&home));
            let mut below: Vec<&PathBuf> = below.collect();
            let is_file = |path: &&&PathBuf| ***path != home && path.extension().is_some();
            if below.iter().any(|path| is_file(&path)) && below.iter().filter(is_file).all(|path| is_for_linkers(path))
            {
                continue;
            }
            // What is deep in a directory is named by what is not.
            below.sort_by_key(|path| path.components().count());
            let names = below.into_iter().take(MOST_NAMES);
            let names = names.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
            own.insert(home, names);
        }
    }
    // Programs are started by their names, each for itself.
    own.retain(|home: &PathBuf, _| !home.ends_with("bin") && !home.ends_with("sbin"));
    own
}

/// Whether there is a directory at `path`, a module, or a file that is no program: programs are started by their names.
fn is_data(intake: &Intake<'_>, path: &Path) -> bool {
    let is_program = |stat: &Stat| stat.kind == FileKind::File && stat.mode & 0o111 != 0 && !is_module(path);
    intake.walk(&inside(path)).is_some_and(|end| !is_program(&end.stat))
}

/// Whether `path` is a file beside those of others: then only its name says that it is read.
fn is_one_of_many(intake: &Intake<'_>, path: &Path) -> bool {
    is_single(path) && !is_module(path) && !intake.is_directory(&inside(path))
}

/// Whether a directory is for another version of what is in the image: of directories beside each other whose names are
/// versions, a program opens its own (`lua/5.1` and `lua/5.4`).
fn is_for_another_version(intake: &Intake<'_>, home: &Path) -> bool {
    let is_version = |name: &Path| {
        let name = name.to_string_lossy();
        name.contains('.') && name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    home.ancestors().any(|path| {
        let (Some(name), Some(above)) = (path.file_name().map(Path::new), path.parent()) else { return false };
        if !is_version(name) || intake.has(&inside(path)) {
            return false;
        }
        let mut others = intake.list(&inside(above)).into_iter().filter(|other| is_version(other) && other != name);
        others.any(|other| intake.has(&inside(above.join(other))))
    })
}

/// Whether a file is for those who link programs.
fn is_for_linkers(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["a", "la", "o", "h", "pc", "cmake"].iter().any(|one| end == *one))
}

/// How many levels below a directory that several packages share their own ones are looked for.
const MOST_LEVELS: usize = 3;

/// The directory if only packages of one source hold something in it, else those of its directories for which that is so,
/// and the files in it whose names say what they are; `files` are all that `package` holds below it.
fn unshared(
    ledger: &Ledger<'_, '_>,
    package: PackageId,
    directory: PathBuf,
    files: &BTreeSet<PathBuf>,
    levels: usize,
) -> Vec<PathBuf> {
    let Some(path) = ImagePath::new(&directory) else { return Vec::new() };
    if !ledger.bonds.packages().other_sources_below(&path, package) {
        return vec![directory];
    }
    let below = files.range(directory.clone()..).take_while(|path| path.starts_with(&directory));
    let depth = directory.components().count() + 1;
    let next =
        below.filter(|path| path.components().count() > depth).map(|path| path.components().take(depth).collect());
    let next: BTreeSet<PathBuf> = next.filter(|_| levels > 0).collect();
    let is_alone = |path: &&PathBuf| path.parent() == Some(&directory) && !next.contains(*path);
    let alone = files.iter().filter(is_alone).filter(|path| is_module(path) || is_single(path)).cloned();
    let alone: Vec<PathBuf> = alone.collect();
    let deeper = next.into_iter().flat_map(|directory| unshared(ledger, package, directory, files, levels - 1));
    deeper.chain(alone).collect()
}

/// Whether a file has the name of a module.
fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "so")
}

/// The shortest name of a single file that is looked for, in bytes.
const SHORTEST_SINGLE: usize = 6;

/// Whether a file has a name that is no other word, and is for programs.
fn is_single(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() >= SHORTEST_SINGLE && ending(name).is_some() && !is_for_people(name) && !is_for_linkers(path)
}

/// The shortest name that is looked for, in bytes.
const SHORTEST: usize = 4;

/// Those of `homes` that the constants of `seen` mention, with the names that stand there: the directory's, or that of a
/// file in it.
fn mentioned(
    intake: &Intake<'_>,
    seen: &Seen,
    homes: &BTreeMap<PathBuf, BTreeSet<String>>,
) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let Some(file) = intake.open(&seen.place) else { return BTreeMap::new() };
    let mut names: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for (home, files) in homes {
        // The files of others beside it have the name of the directory in common with it.
        let own = if is_module(home) { home.parent().and_then(Path::file_name) } else { home.file_name() };
        let own = own.map(|name| name.to_string_lossy().into_owned());
        for name in own.into_iter().chain(files.iter().cloned()).filter(|name| name.len() >= SHORTEST) {
            names.entry(name).or_default().insert(home.clone());
        }
    }
    let texts: Vec<&str> = names.keys().map(String::as_str).collect();
    let found = scan::contained(&*file, &seen.literals, texts).unwrap_or_default();
    let mut mentioned: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for (name, home) in found.into_iter().flat_map(|name| names[name].iter().map(move |home| (name, home))) {
        mentioned.entry(home.clone()).or_default().insert(name.to_owned());
    }
    // Nobody depends on symbols who does not read them, or starts what does.
    let symbols = homes.keys().filter(|home| home.starts_with(SYMBOLS) && starts::can_start(&seen.elf));
    mentioned.extend(symbols.map(|home| (home.clone(), BTreeSet::new())));
    mentioned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_companion_is_named_for_its_package() {
        for (name, package, expected) in [
            ("espeak-ng-data", "libespeak-ng1", true),
            ("proj-data", "libproj25", true),
            ("x-common", "x", true),
            ("wireshark-common", "tshark", false),
            ("libmagickcore-common", "libmagickcore6", true),
            ("x", "x", false),
            ("python3-data", "x", false),
        ] {
            assert_eq!(is_named_for(name, package), expected, "{name} {package}");
        }
    }
}
