//! Files and directories whose path an object has among its constants.
//!
//! A constant that is the path of an installed file is not there by chance. What it says depends on who names it, and on
//! whose file it is: `judgement` has the table. Data that many programs share (locales, manuals, icons) has rules of its
//! own, or is left out.

use super::candidate::{Bond, Candidate, CandidateKind, Distance, Shown};
use super::data_directories;
use super::finding::NamedPath;
use super::intake::{Intake, Taken, inside};
use super::judgement::{Judgement, judge, most_taken};
use super::ledger::{Ledger, take};
use super::registry;
use super::seen::Seen;
use super::settings;
use super::shared::{self, ROOTS, is_shared};
use super::starts;
use super::state;
use super::surroundings;
use super::weight::weight_of_own;
use crate::elf::Object;
use crate::file::FileKind;
use crate::files::{Place, Walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Takes of the files and directories that the constants of `seen` name those that the table lets in; the ledger gets the
/// others.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen) {
    let prefix = prefix(&seen.place);
    let mut data: BTreeMap<PathBuf, Vec<Candidate>> = BTreeMap::new();
    let of_data = data_directories::named(intake, seen);
    let searched = searched(intake, ledger, seen);
    for named in seen.paths.iter().chain(&of_data) {
        if is_search_path(&seen.elf, &named.path) {
            continue;
        }
        for place in places(intake, &named.path, &seen.place, prefix.as_ref()) {
            let Some(mut candidate) = candidate(intake, ledger, seen, named, &place) else { continue };
            if searched.contains(&candidate.place.path) {
                (candidate.kind, candidate.distance) = (CandidateKind::SharedDirectory, ledger.distance(seen));
            } else if searched.iter().any(|directory| candidate.place.path.starts_with(directory))
                && is_of_others(intake, ledger, seen, &candidate)
            {
                continue;
            }
            let path = &candidate.place.path;
            let home = home(path, candidate.kind == CandidateKind::Data && intake.is_directory(&candidate.place));
            let home = home.or_else(|| beside_program(&candidate.place));
            match candidate.kind {
                CandidateKind::Data => data.entry(home.unwrap_or_else(|| path.clone())).or_default().push(candidate),
                _ => drop(ledger.decide(intake, candidate)),
            }
        }
    }
    for below in data.into_values() {
        take_together(intake, ledger, below);
    }
}

/// The directories that `seen` searches for what packages put there: it names them, and directories below them, and
/// packages that it knows nothing of hold something there, too.
fn searched(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, seen: &Seen) -> BTreeSet<PathBuf> {
    let Some(package) = ledger.bonds.owner(&seen.place) else { return BTreeSet::new() };
    let named = seen.paths.iter().map(|named| Path::new(named.path.trim_end_matches('/')));
    let named: BTreeSet<&Path> = named.filter(|path| home(path, true).is_some()).collect();
    let mut above: BTreeSet<&Path> = BTreeSet::new();
    for path in &named {
        above.extend(
            path.ancestors()
                .skip(1)
                .filter(|above| named.contains(above))
                .filter(|_| intake.is_directory(&inside(path))),
        );
    }
    let holds_others = |path: &&Path| {
        ImagePath::new(path).is_some_and(|path| ledger.bonds.packages().other_sources_below(&path, package))
    };
    above.into_iter().filter(holds_others).map(Path::to_owned).collect()
}

/// Whether only packages that know nothing of the object hold something below a directory.
fn is_of_others(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, seen: &Seen, candidate: &Candidate) -> bool {
    let end = intake.walk(&candidate.place);
    candidate.bond == Bond::Foreign && end.is_some_and(|end| !ledger.bonds.holds_below(&seen.place, &end))
}

/// What `place`, which a constant names, is to the program; `None` if it does not exist, or is nothing of a program's own.
fn candidate(
    intake: &mut Intake<'_>,
    ledger: &Ledger<'_, '_>,
    seen: &Seen,
    named: &NamedPath,
    place: &Place,
) -> Option<Candidate> {
    let path = &place.path;
    let (place, end) = existing(intake, place).map_or_else(|| (place.clone(), None), |(place, end)| (place, Some(end)));
    if state::is_state(path) {
        let owned = end.as_ref().filter(|end| match end.stat.kind {
            FileKind::File => end.stat.is_public(),
            _ => ledger.bonds.holds_below(&seen.place, end),
        });
        let candidate = owned.map(|end| {
            ledger.candidate(seen, place.clone(), end, CandidateKind::StateFile, Shown::Path(named.path.clone()))
        });
        let candidate = candidate.filter(|candidate| judge(candidate).0 == Judgement::Take);
        // A static program has the constants of its C library, among them this directory.
        let is_own = path != Path::new(state::TEMPORARY) || seen.is_program && seen.elf.loader.is_some();
        let counts = is_own && (seen.is_program || ledger.distance(seen) == Distance::Program);
        if candidate.is_none() && counts {
            state::bring(intake, &place, named);
        }
        return candidate;
    }
    let around = end.as_ref().filter(|end| end.stat.kind == FileKind::Directory).cloned();
    // A file that is not there yet: what stands beside it are its defaults.
    let around = around.or_else(|| end.is_none().then(|| intake.walk(&place.directory())).flatten());
    if let Some(around) =
        around.filter(|_| ledger.distance(seen) == Distance::Program && place.path.starts_with("/etc"))
    {
        settings::bring_defaults(intake, ledger, seen, &around, named);
    }
    let end = end?;
    let kind = kind(intake, ledger, seen, &place, &end)?;
    let mut candidate = ledger.candidate(seen, place, &end, kind, Shown::Path(named.path.clone()));
    if matches!(kind, CandidateKind::Program | CandidateKind::Helper) {
        candidate.bytes = weight_of_own(intake, ledger, &candidate.place, &end);
    }
    Some(candidate)
}

/// The place, or that of the file without or with `.gz`, whichever exists, with the walk to its end.
fn existing(intake: &Intake<'_>, place: &Place) -> Option<(Place, Walk)> {
    if let Some(end) = intake.walk(place) {
        return Some((place.clone(), end));
    }
    let text = place.path.to_str()?;
    let unpacked = text.strip_suffix(".gz").filter(|_| text.len() > 3)?;
    let place = Place { path: PathBuf::from(unpacked), ..place.clone() };
    intake.walk(&place).map(|end| (place, end))
}

/// The kind of what is at `place`; `None` for what is not a program's own.
fn kind(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, seen: &Seen, place: &Place, end: &Walk) -> Option<CandidateKind> {
    let path = &place.path;
    let is_directory = end.stat.kind == FileKind::Directory;
    let is_file = end.stat.kind == FileKind::File;
    // A directory of programs is named to look others up in it.
    if is_directory && (path.ends_with("bin") || path.ends_with("sbin")) || !is_directory && !is_file {
        return None;
    }
    if path.starts_with("/etc") {
        return settings::kind(intake, ledger, seen, place, end);
    }
    if READING.iter().any(|reading| path.starts_with(reading))
        || is_file && is_source(path) && is_foreign(ledger.bonds.between(&seen.place, place, end))
    {
        return Some(CandidateKind::Reading);
    }
    if is_file && is_library(path) {
        // Linkers name the loaders of all programs that they make.
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-")) {
            return None;
        }
        return Some(CandidateKind::Module);
    }
    if is_file && end.stat.mode & 0o111 != 0 {
        if !starts::can_start(&seen.elf) {
            return None;
        }
        if starts::is_shell(path) {
            return Some(CandidateKind::Shell);
        }
        let is_in_bin = path.parent().is_some_and(|above| above.ends_with("bin") || above.ends_with("sbin"));
        let is_helper = !is_in_bin && home(path, false).is_some();
        return Some(if is_helper { CandidateKind::Helper } else { CandidateKind::Program });
    }
    let is_list = path.extension().is_some_and(|end| end == "d") && is_directory;
    if is_list && registry::is_registry(intake, place) {
        return Some(CandidateKind::Registry);
    }
    if is_directory && shared::is_filled_by_others(path) {
        return Some(CandidateKind::SharedDirectory);
    }
    let is_of_library = ledger.distance(seen) != Distance::Program;
    if is_directory && is_of_library && shared::is_site(path) {
        return Some(CandidateKind::Site);
    }
    // Of data that many libraries look at, only what the program names is its own, or what the package of a library needs
    // that the program names.
    let is_needed =
        || seen.distance == Distance::Direct && ledger.bonds.between(&seen.place, place, end) == Bond::Needed;
    if shared::is_of_parts(path) && is_of_library && !is_needed() {
        return None;
    }
    let is_own = home(path, is_directory).is_some() || beside_program(place).is_some();
    (is_own && *path != seen.place.path).then_some(CandidateKind::Data)
}

/// Whether a file has the name of a source: a program names those that it was made of in its messages.
fn is_source(path: &Path) -> bool {
    let ending = path.file_name().and_then(|name| name.to_str()).and_then(surroundings::ending);
    ending.is_some_and(surroundings::is_of_compilers)
}

/// Whether a thing with this bond is not the object's own, nor needed by it: an interpreter reads its own sources.
fn is_foreign(bond: Bond) -> bool {
    matches!(bond, Bond::Foreign | Bond::Unknown)
}

/// Directories of what only compilers and readers open.
const READING: [&str; 6] =
    ["/usr/include", "/usr/local/include", "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/src"];

/// Takes the data that an object names below one directory: a single file or directory alone, several with the lowest
/// directory that holds them all, since the files between them belong to them. The ledger gets what stays out.
fn take_together(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, mut all: Vec<Candidate>) {
    let bond = all.iter().map(|candidate| candidate.bond).min();
    for candidate in &mut all {
        candidate.bond = bond.unwrap_or(candidate.bond);
    }
    let Some(first) = all.first() else { return };
    if !intake.takes_all && judge(&Candidate { bytes: 0, ..first.clone() }).0 != Judgement::Take {
        return all.into_iter().for_each(|candidate| ledger.add(candidate));
    }
    if all.len() > 1 {
        let directory = |candidate: &Candidate| {
            let path = &candidate.place.path;
            let above = path.parent().unwrap_or(Path::new("/"));
            if intake.is_directory(&candidate.place) { path.clone() } else { above.to_owned() }
        };
        let directories: Vec<PathBuf> = all.iter().map(directory).collect();
        let holds = |above: &&Path| directories.iter().all(|directory| directory.starts_with(above));
        let common = directories[0].ancestors().find(holds).unwrap_or(&first.place.path).to_owned();
        let mut together = first.clone();
        together.place.path = common;
        if take(intake, &mut together, ledger.libraries) == Taken::Yes {
            return;
        }
    }
    // Each of them alone may be small enough.
    for mut candidate in all {
        let most = most_taken(&candidate, ledger.libraries);
        if take(intake, &mut candidate, ledger.libraries) != Taken::Yes && candidate.bytes > most {
            ledger.add(candidate);
        }
    }
}

/// The prefix that the program at `place` is installed in, which is above its `bin`; `None` if it is not in a `bin`.
pub fn prefix(place: &Place) -> Option<Place> {
    let directory = place.path.parent()?;
    let is_bin = directory.file_name().is_some_and(|name| name == "bin" || name == "sbin" || name == "games");
    let prefix = directory.parent().filter(|_| is_bin)?;
    Some(Place { path: prefix.to_owned(), ..place.clone() })
}

/// The places that a constant of the object at `object` names: one that begins with `..` is looked up from the object's
/// directory on; one that ends with `*` stands for everything that begins so, if that is not much.
fn places(intake: &Intake<'_>, text: &str, object: &Place, prefix: Option<&Place>) -> Vec<Place> {
    const MOST: usize = 3;
    if let Some((directory, name)) = text.strip_suffix('*').and_then(|text| text.rsplit_once('/')) {
        let Some(directory) = place(directory, None) else { return Vec::new() };
        let mut names = intake.list(&directory);
        names.retain(|found| found.to_string_lossy().starts_with(name));
        let is_few = names.len() <= MOST;
        return names.iter().filter(|_| is_few).map(|found| directory.join(found.as_os_str().as_bytes())).collect();
    }
    let Some(up) = text.strip_prefix("../") else {
        return place(text, prefix).into_iter().collect();
    };
    let above = object.directory().directory();
    let plain = Path::new(up).components().all(|part| matches!(part, Component::Normal(_)));
    let up = up.trim_end_matches('/');
    (plain && up.contains('/')).then(|| above.join(up.as_bytes())).into_iter().collect()
}

/// The place that a constant names: an absolute path without `..` one of the sysroot, a path of several parts one below
/// `prefix`. `None` for every other text.
pub fn place(text: &str, prefix: Option<&Place>) -> Option<Place> {
    let below = |directory: &str| text == directory || text.starts_with(&format!("{directory}/"));
    let relative = text.trim_start_matches('/');
    if ["/usr", "/opt", "/etc", "/bin", "/sbin", "/var", "/run"].iter().any(|top| below(top)) {
        let path: PathBuf = Path::new(text).components().collect();
        return ImagePath::new(&path).map(|path| Place::sysroot(path.as_path()));
    }
    let prefix = prefix?;
    let deep = Path::new(relative).components().count() > 1;
    let plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
    (deep && plain).then(|| Place { path: prefix.path.join(relative), ..prefix.clone() })
}

/// Whether the loader looks in `path` for the object's libraries: then the object names it, but not as data.
fn is_search_path(object: &Object, path: &str) -> bool {
    let lists = [&object.rpath, &object.runpath];
    let path = path.trim_end_matches('/').as_bytes();
    lists.iter().filter_map(|list| list.as_ref()).any(|list| list.split(|byte| *byte == b':').any(|part| part == path))
}

/// Whether a file has the name of a library.
fn is_library(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"))
}

/// The program's own directory that a path is in, or is; for a file of data that many share, the path itself. `None` if
/// the path does not name data of a program's own.
pub fn home(path: &Path, is_directory: bool) -> Option<PathBuf> {
    if path.starts_with("/opt") {
        return (path.components().count() > 2).then(|| path.components().take(3).collect());
    }
    // The longest root decides: one may be below another.
    let root = ROOTS.iter().filter(|root| path.starts_with(root)).max_by_key(|root| root.len())?;
    let mut names = path.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_string_lossy());
    let mut home = PathBuf::from(root);
    let mut first = names.next()?;
    if is_triplet(&first) {
        home.push(first.as_ref());
        first = names.next()?;
    }
    home.push(first.as_ref());
    let shared = is_shared(&first);
    if is_directory && shared::is_name_of_parts(&first) {
        return names.next().map(|part| home.join(part.as_ref()));
    }
    (!shared || !is_directory && first == "misc" && names.next().is_some())
        .then(|| if shared { path.to_owned() } else { home })
}

/// The path of data beside a program that is built or unpacked outside the directories of the system; else `None`.
fn beside_program(place: &Place) -> Option<PathBuf> {
    const SYSTEM: [&str; 7] = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/opt"];
    let is_own = place.moves && !SYSTEM.iter().any(|system| place.path.starts_with(system));
    is_own.then(|| place.path.clone())
}

/// Whether a name is that of one of Debian's directories for one machine: `x86_64-linux-gnu`.
fn is_triplet(name: &str) -> bool {
    name.contains("-linux-gnu") || name.contains("-linux-musl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_a_program_is_its_own_where_only_it_keeps_something_there() {
        for (path, is_directory, own) in [
            ("/usr/share/nmap", true, true),
            ("/usr/share/units/definitions.units", false, true),
            ("/usr/lib/x86_64-linux-gnu/graphviz", true, true),
            ("/usr/lib/git-core", true, true),
            ("/usr/local/share/thing", true, true),
            ("/opt/vendor/data", true, true),
            ("/usr/share", true, false),
            ("/usr/lib/x86_64-linux-gnu", true, false),
            ("/usr/share/locale", true, false),
            ("/usr/share/man/man1", true, false),
            ("/usr/share/misc", true, false),
            ("/usr/share/misc/units.dat", false, true),
            ("/usr/share/X11", true, false),
            ("/usr/share/X11/xkb", true, true),
            ("/usr/share/X11/xkb/rules", true, true),
            ("/usr/lib/x86_64-linux-gnu/libx.so.1", false, false),
            ("/usr/lib/python3.11", true, false),
            ("/usr/include/x", true, false),
            ("/opt", true, false),
        ] {
            assert_eq!(home(Path::new(path), is_directory).is_some(), own, "{path}");
        }
    }

    #[test]
    fn sources_are_known_by_their_endings() {
        for (path, expected) in [
            ("/usr/lib/ldc/include/d/core/string.d", true),
            ("/usr/lib/go/pkg/runtime.a", true),
            ("/usr/share/x/data.txt", false),
            ("/usr/share/x", false),
        ] {
            assert_eq!(is_source(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_relative_path_counts_from_where_the_program_is_installed() {
        let prefix = Place::sysroot("/usr");
        for (text, expected) in [
            ("/usr/share/x", Some("/usr/share/x")),
            ("/usr/share//x/", Some("/usr/share/x")),
            ("share/x", Some("/usr/share/x")),
            ("/share/x-1", Some("/usr/share/x-1")),
            ("share/", None),
            ("share/../x", None),
        ] {
            let found = place(text, Some(&prefix)).map(|place| place.path);
            assert_eq!(found.as_deref(), expected.map(Path::new), "{text}");
        }
        assert_eq!(place("share/x", None), None);
    }
}
