//! What an object and a thing that it shows have to do with each other: the names of both, and what the package database
//! tells of them.

use super::candidate::Bond;
use crate::files::{Place, Root, Roots, Walk};
use crate::packages::{PackageDatabase, PackageId};
use crate::paths::ImagePath;
use md5::{Digest, Md5};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Directories in which packages put files; elsewhere nobody asks the database, whose first answer takes a while.
const INSTALLED: [&str; 9] = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/var"];

/// The bonds between the objects of one run and the things that they show.
pub struct Bonds<'a, 'p> {
    roots: Roots<'a>,
    packages: &'a PackageDatabase<'p>,
    /// The packages of objects that were asked for.
    owners: RefCell<BTreeMap<Place, Option<PackageId>>>,
}

impl<'a, 'p> Bonds<'a, 'p> {
    /// The bonds in `roots`, whose sysroot has this package database.
    pub fn new(roots: Roots<'a>, packages: &'a PackageDatabase<'p>) -> Self {
        Self { roots, packages, owners: RefCell::default() }
    }

    /// The package database of the sysroot.
    pub fn packages(&self) -> &'a PackageDatabase<'p> {
        self.packages
    }

    /// The package of a file, at the end of all links; `None` for a file that is of none, or that is outside the sysroot.
    pub fn owner(&self, real: &Place) -> Option<PackageId> {
        if let Some(owner) = self.owners.borrow().get(real) {
            return *owner;
        }
        let inside = match (real.root, self.roots.directory) {
            (Root::Sysroot, _) => Some(real.path.clone()),
            (Root::Host, Some(directory)) => {
                real.path.strip_prefix(directory).ok().map(|path| Path::new("/").join(path))
            }
            (Root::Host, None) => None,
        };
        let installed = inside.filter(|path| INSTALLED.iter().any(|top| path.starts_with(top)));
        let owner = installed.and_then(|path| self.packages.owner(&ImagePath::new(&path)?));
        self.owners.borrow_mut().insert(real.clone(), owner);
        owner
    }

    /// The bond between `object` and the thing at `place`, which `end` leads to.
    pub fn between(&self, object: &Place, place: &Place, end: &Walk) -> Bond {
        if by_name(object, &place.path) == Bond::Own {
            return Bond::Own;
        }
        let Some(package) = self.owner(object) else { return Bond::Unknown };
        let real = place.at_end(end);
        let Some(other) = self.owner(&real) else { return Bond::Unknown };
        self.of_packages(package, other)
    }

    /// Whether the thing at `place`, which `end` leads to, is `object`'s by its name alone: its package is another, which
    /// that of `object` does without.
    pub fn is_by_name_alone(&self, object: &Place, place: &Place, end: &Walk) -> bool {
        let both = self.owner(object).zip(self.owner(&place.at_end(end)));
        both.is_some_and(|(package, other)| self.of_packages(package, other) == Bond::Foreign)
    }

    /// Whether a path is named after an object, or after its package.
    pub fn is_named_for(&self, object: &Place, path: &Path) -> bool {
        let package = || self.owner(object).map(|owner| self.packages.package(owner).name.as_str());
        by_name(object, path) == Bond::Own
            || package().is_some_and(|name| is_named_after(path, name))
            || run_control(path).is_some_and(|path| by_name(object, &path) == Bond::Own)
    }

    /// Whether both files are of packages that one source made.
    pub fn are_of_one_source(&self, one: &Place, other: &Place) -> bool {
        let both = self.owner(one).zip(self.owner(other));
        both.is_some_and(|(one, other)| self.of_packages(one, other) == Bond::Own)
    }

    /// Whether the package of `object`, or one of the same source, holds something below the directory at `end`.
    pub fn holds_below(&self, object: &Place, end: &Walk) -> bool {
        let Some(package) = self.owner(object) else { return false };
        let is_below = |path: &ImagePath| path.is_within(&end.real) && *path != end.real;
        let mut holders = self.packages.of_source(package).into_iter();
        holders.any(|holder| self.packages.files(holder).iter().any(is_below))
    }

    /// Whether the file at `end` is a setting that is as its package brought it: then it is none of this machine. `object`
    /// names it; an object of no package has no such settings.
    pub fn is_as_packaged(&self, object: &Place, place: &Place, end: &Walk) -> bool {
        if self.owner(object).is_none() {
            return false;
        }
        let real = place.at_end(end);
        let Some(owner) = self.owner(&real) else { return false };
        let settings = &self.packages.package(owner).settings;
        settings.iter().any(|(path, sum)| *path == end.real && self.sum(&real).as_ref() == Some(sum))
    }

    /// The settings of packages of the same source as `object` that are below the directory at `end`, as they were brought.
    pub fn settings_below(&self, object: &Place, end: &Walk) -> Vec<Place> {
        let Some(package) = self.owner(object) else { return Vec::new() };
        let mut settings = Vec::new();
        for holder in self.packages.of_source(package) {
            for (path, sum) in &self.packages.package(holder).settings {
                let place = Place::sysroot(path.as_path());
                if path.is_within(&end.real) && self.sum(&place).as_ref() == Some(sum) {
                    settings.push(place);
                }
            }
        }
        settings
    }

    /// The MD5 sum of a small file, in hexadecimal, as dpkg keeps it; no defence against anybody.
    fn sum(&self, place: &Place) -> Option<String> {
        const LARGEST: usize = 1 << 20;
        let bytes = self.roots.files(place).open(&ImagePath::new(&place.path)?).ok()?.bytes_at(0, LARGEST).ok()?;
        Some(format!("{:032x}", u128::from_be_bytes(Md5::digest(&bytes).into())))
    }

    /// The bond between the things of two packages.
    pub fn of_packages(&self, package: PackageId, other: PackageId) -> Bond {
        let facts = self.packages.package(package);
        if package == other || facts.source == self.packages.package(other).source {
            Bond::Own
        } else if facts.depends.contains(&other) {
            Bond::Needed
        } else {
            Bond::Foreign
        }
    }
}

/// The path without what the names of settings end in for which a program is run (`nanorc`, `Muttrc.d`); `None` for others.
fn run_control(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".d").unwrap_or(name).strip_suffix("rc")?;
    Some(path.with_file_name(stem))
}

/// The bond between an object and a path, by their names alone: `Own`, or `Unknown`.
fn by_name(object: &Place, path: &Path) -> Bond {
    let name = object.path.file_name().map(|name| name.to_string_lossy());
    if name.is_some_and(|name| is_named_after(path, &name)) { Bond::Own } else { Bond::Unknown }
}

/// Whether a part of a path, below its first directory, is like the name of a program, library or package.
fn is_named_after(path: &Path, name: &str) -> bool {
    let stem = stem(name);
    let is_like = |part: Component<'_>| {
        let part = part.as_os_str().to_string_lossy().to_lowercase();
        let (part, stem) = (part.trim_start_matches("lib"), stem.as_str());
        part.len() >= SHORTEST && stem.len() >= SHORTEST && (begins_word(part, stem) || begins_word(stem, part))
    };
    path.components().skip(2).any(is_like)
}

/// The shortest name that counts, in bytes: two letters begin too many words.
const SHORTEST: usize = 3;

/// Whether `text` begins with `name`, and goes on with what is no letter.
fn begins_word(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphabetic()))
}

/// The name of a library without `lib` and version, of a program without version, in lower case: `libproj.so.25` is
/// `proj`, `erl-25.2` is `erl`.
fn stem(name: &str) -> String {
    let name = name.split(".so").next().unwrap_or(name);
    let name = name.strip_prefix("lib").filter(|rest| rest.len() >= SHORTEST).unwrap_or(name);
    name.trim_end_matches(|last: char| last.is_ascii_digit() || ".-_".contains(last)).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_an_objects_own_where_it_is_named_after_the_object() {
        for (object, path, expected) in [
            ("/usr/lib/x86_64-linux-gnu/libproj.so.25.9.1.1", "/usr/share/proj", Bond::Own),
            ("/usr/lib/x86_64-linux-gnu/libproj.so.25", "/usr/share/proj/proj.db", Bond::Own),
            ("/usr/bin/espeak-ng", "/usr/lib/x86_64-linux-gnu/espeak-ng-data", Bond::Own),
            ("/usr/lib/libespeak-ng.so.1", "/usr/lib/espeak-ng-data", Bond::Own),
            ("/usr/bin/gs", "/usr/share/gs", Bond::Unknown),
            ("/usr/bin/perl5.36", "/usr/share/perl/5.36", Bond::Own),
            ("/usr/bin/app", "/usr/share/apple", Bond::Unknown),
            ("/usr/bin/apple", "/usr/share/app", Bond::Unknown),
            ("/usr/bin/usr", "/usr/share/x", Bond::Unknown),
        ] {
            assert_eq!(by_name(&Place::sysroot(object), Path::new(path)), expected, "{object} {path}");
        }
    }

    #[test]
    fn settings_are_called_as_their_program_with_an_ending() {
        for (path, expected) in
            [("/etc/Muttrc", Some("/etc/Mutt")), ("/etc/Muttrc.d", Some("/etc/Mutt")), ("/etc/x.conf", None)]
        {
            assert_eq!(run_control(Path::new(path)), expected.map(PathBuf::from), "{path}");
        }
    }
}
