//! Data of a program's own: files and directories below `/usr/share`, `/usr/lib`, `/usr/libexec` and the like whose path
//! the program, or a library that it names itself, has among its constants.
//!
//! A constant that is the path of an installed file is not there by chance. Data that many programs share (locales,
//! manuals, icons) has rules of its own, or is left out, as are trees that are larger than a program's data. Paths in
//! libraries that name what only some of their users open (drivers, modules for authentication) do not count; such
//! libraries have rules.

use super::finding::NamedPath;
use super::intake::{Intake, ItemReason, Taken};
use super::shared::{ROOTS, is_libc_setting, is_shared};
use super::state;
use crate::elf::Object;
use crate::file::FileKind;
use crate::files::Place;
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The rule's name.
pub const RULE: &str = "own-data";

/// Paths that objects name and that were not taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SkippedPaths {
    /// Paths of trees that are too large to be taken unasked.
    pub too_large: BTreeSet<NamedPath>,
    /// Files of `/etc`, which are settings of the machine.
    pub settings: BTreeSet<NamedPath>,
    /// Programs that the objects may start.
    pub programs: BTreeSet<NamedPath>,
}

impl SkippedPaths {
    /// Adds the paths of `other`.
    pub fn extend(&mut self, other: Self) {
        self.too_large.extend(other.too_large);
        self.settings.extend(other.settings);
        self.programs.extend(other.programs);
    }
}

/// Takes the files and directories that the constants `paths` of `object` name, and returns those that are not taken.
/// `prefix` is the directory that paths like `share/NAME` are relative to; `is_program`: `object` is a program.
pub fn bring(
    intake: &mut Intake<'_>,
    paths: &BTreeSet<NamedPath>,
    object: &Object,
    prefix: Option<&Place>,
    is_program: bool,
) -> SkippedPaths {
    let mut skipped = SkippedPaths::default();
    let mut data: BTreeMap<PathBuf, Vec<OwnData<'_>>> = BTreeMap::new();
    for named in paths {
        let Some(place) = place(&named.path, prefix).filter(|_| !is_search_path(object, &named.path)) else { continue };
        let path = &place.path;
        if state::is_state(path) {
            // A static program has the constants of its C library, among them this directory.
            if is_program && (object.loader.is_some() || path != Path::new(state::TEMPORARY)) {
                state::bring(intake, &place, named);
            }
            continue;
        }
        let Some(end) = intake.walk(&place) else { continue };
        let is_directory = end.stat.kind == FileKind::Directory;
        // A directory of programs is named to look others up in it.
        if is_directory && (path.ends_with("bin") || path.ends_with("sbin")) {
            continue;
        }
        let is_executable = end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0;
        let is_setting = path.starts_with("/etc");
        if intake.takes_all && !is_directory && (is_executable || is_setting) {
            intake.file(&place, &item_reason(named));
        } else if is_executable && !is_library(path) && !is_setting {
            skipped.programs.insert(NamedPath { path: path.display().to_string(), object: named.object.clone() });
        } else if is_setting {
            if is_program
                && end.stat.kind == FileKind::File
                && end.stat.identity.size > 0
                && !is_libc_setting(&named.path)
            {
                skipped.settings.insert(named.clone());
            }
        } else if let Some(root) = home(path, is_directory).or_else(|| beside_program(&place)) {
            data.entry(root).or_default().push(OwnData { place, is_directory, named });
        }
    }
    for below in data.into_values() {
        skipped.too_large.extend(take_together(intake, &below));
    }
    skipped
}

/// A file or directory of a program's own that an object names.
struct OwnData<'n> {
    place: Place,
    is_directory: bool,
    /// The constant that names it.
    named: &'n NamedPath,
}

/// Takes the data that an object names below one directory: a single file or directory alone, several with the lowest
/// directory that holds them all, since the files between them belong to them. Returns a path that is too large.
fn take_together(intake: &mut Intake<'_>, all: &[OwnData<'_>]) -> Option<NamedPath> {
    let first = all.first()?;
    let reason = item_reason(first.named);
    if all.len() == 1 && !first.is_directory {
        intake.file(&first.place, &reason);
        return None;
    }
    let directory = |OwnData { place, is_directory, .. }: &OwnData<'_>| {
        if *is_directory { place.path.clone() } else { place.path.parent().unwrap_or(Path::new("/")).to_owned() }
    };
    let directories: Vec<PathBuf> = all.iter().map(directory).collect();
    let holds = |above: &&Path| directories.iter().all(|directory| directory.starts_with(above));
    let common = directories[0].ancestors().find(holds).unwrap_or(&first.place.path).to_owned();
    let tree = Place { path: common, ..first.place.clone() };
    if intake.tree(&tree, &reason, &|_| false) != Taken::TooLarge {
        return None;
    }
    // Each of them alone may be small enough.
    let mut too_large = None;
    for OwnData { place, is_directory, named } in all {
        let taken = if *is_directory { intake.tree(place, &reason, &|_| false) } else { intake.file(place, &reason) };
        if taken == Taken::TooLarge {
            too_large = Some(NamedPath { path: place.path.display().to_string(), object: named.object.clone() });
        }
    }
    too_large
}

/// The reason for taking data that a constant names.
fn item_reason(named: &NamedPath) -> ItemReason {
    let because = format!("`{}` names `{}`", named.object, named.path);
    ItemReason { rule: RULE, what: "its own data", because, object: Some(named.object.clone()) }
}

/// The prefix that the program at `place` is installed in, which is above its `bin`; `None` if it is not in a `bin`.
pub fn prefix(place: &Place) -> Option<Place> {
    let directory = place.path.parent()?;
    let is_bin = directory.file_name().is_some_and(|name| name == "bin" || name == "sbin");
    let prefix = directory.parent().filter(|_| is_bin)?;
    Some(Place { path: prefix.to_owned(), ..place.clone() })
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
            ("/usr/lib/x86_64-linux-gnu/libx.so.1", false, false),
            ("/usr/lib/python3.11", true, false),
            ("/usr/include/x", true, false),
            ("/opt", true, false),
        ] {
            assert_eq!(home(Path::new(path), is_directory).is_some(), own, "{path}");
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
