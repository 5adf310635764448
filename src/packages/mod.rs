//! Which package a file belongs to, and what is known of that package: dpkg's and apk's databases, read as files.
//!
//! Neither program is asked: the root may be another machine's, or an image's. What is damaged or too large names no
//! owner, and stops nothing.
//!
//! dpkg has a list of files for each package, thousands of files and millions of bytes in all. An index of their paths
//! (`index`) tells which lists to read, and is kept in the cache (`kept`) as long as dpkg's directory has not changed;
//! without a cache the index is made in memory. Answers do not depend on that: what the index says is confirmed by the
//! list itself, and a damaged index is made again.
//!
//! Not read: rpm's database, which is not text.

mod apk;
mod control;
mod diversions;
mod facts;
mod index;
mod kept;
mod lists;
mod spelling;

pub use facts::{Package, PackageFacts, PackageId};

use crate::cache::{CacheDirectory, IndexKey};
use crate::files::Files;
use crate::paths::ImagePath;
use control::Record;
use diversions::Diversions;
use index::Word;
use kept::KeptIndex;
use lists::{Databases, Lists};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

/// The packages that are installed in a root.
///
/// Each part is read when a question needs it for the first time: opening reads nothing.
pub struct PackageDatabase<'a> {
    files: &'a dyn Files,
    cache: Option<&'a CacheDirectory>,
    opened: OnceLock<Opened<'a>>,
}

struct Opened<'a> {
    lists: Lists<'a>,
    key: Option<IndexKey>,
    kept: Option<KeptIndex>,
    /// Made where none is kept, or where the kept one is damaged.
    made: OnceLock<Vec<u64>>,
    diversions: OnceLock<Diversions>,
    facts: Vec<OnceLock<PackageFacts>>,
}

impl<'a> PackageDatabase<'a> {
    /// The database in the root `files`, with the cache where an index is looked for and kept.
    ///
    /// A root without a database, or with one that cannot be read, has no packages.
    pub fn open(files: &'a dyn Files, cache: Option<&'a CacheDirectory>) -> Self {
        Self { files, cache, opened: OnceLock::new() }
    }

    /// Whether the root has no package.
    pub fn is_empty(&self) -> bool {
        self.opened().lists.ids().next().is_none()
    }

    /// The package that has the file or link at `path`, the path by which the file stands in the root; the first one
    /// of several.
    pub fn owner(&self, path: &ImagePath) -> Option<PackageId> {
        let lists = &self.opened().lists;
        if self.is_empty() || lists.databases.spelling.is_link(path.as_bytes()) {
            return None;
        }
        let path = lists.databases.spelling.canonical(path.as_bytes());
        let here = self.listed(&path).filter(|id| self.elsewhere(*id, &path).is_none()).min();
        let diverted = self.diversions().led_to(&path).flat_map(|from| {
            let is_here = |id: &PackageId| self.elsewhere(*id, from) == Some(&path);
            self.listed(from).find(is_here)
        });
        here.into_iter().chain(diverted).min()
    }

    /// The packages that [`PackageDatabase::owner`] gives for each path, as messages name them.
    pub fn owners(&self, wanted: &BTreeSet<ImagePath>) -> BTreeMap<ImagePath, Package> {
        let owner = |path: &ImagePath| {
            let record = self.opened().lists.record(self.owner(path)?);
            Some((path.clone(), Package { name: record.name.clone(), version: record.version.clone() }))
        };
        wanted.iter().filter_map(owner).collect()
    }

    /// What is known of a package.
    ///
    /// # Panics
    /// As every method that takes a number: if the number is not from this database.
    pub fn package(&self, id: PackageId) -> &PackageFacts {
        let opened = self.opened();
        opened.facts[id.index()].get_or_init(|| self.facts(id))
    }

    /// The files, links and directories of a package, sorted, by the paths by which they stand in the root. Whether they
    /// are there, and of what kind they are, is not known.
    pub fn files(&self, id: PackageId) -> Vec<ImagePath> {
        let mut files = BTreeSet::new();
        self.opened().lists.each_path(id, &mut |path| {
            let path = self.elsewhere(id, path).unwrap_or(path);
            files.extend(ImagePath::new(OsStr::from_bytes(path)));
        });
        files.into_iter().collect()
    }

    /// All installed packages that are built from the same source as `id`, and `id` itself, by their numbers.
    pub fn of_source(&self, id: PackageId) -> Vec<PackageId> {
        let source = &self.opened().lists.record(id).source;
        let mut packages = self.with_word(Word::Source(source), |_, other| other.source == *source);
        packages.extend((!packages.contains(&id)).then_some(id));
        packages.sort_unstable();
        packages
    }

    /// Whether a package that is built from another source than `id` has something at `directory` or below, by the
    /// path by which the directory stands in the root.
    pub fn other_sources_below(&self, directory: &ImagePath, id: PackageId) -> bool {
        let lists = &self.opened().lists;
        let directory = lists.databases.spelling.canonical(directory.as_bytes());
        let source = &lists.record(id).source;
        let is_other = |other: &Record| other.installed && other.source != *source;
        let candidates =
            if *directory == *b"/" { lists.ids().collect() } else { self.with_hash(index::hash(&directory)) };
        candidates.into_iter().any(|other| is_other(lists.record(other)) && self.lists_below(other, &directory))
    }

    /// The packages that have `path`, a canonical one, in their lists, in their order.
    fn listed(&self, path: &[u8]) -> impl Iterator<Item = PackageId> {
        self.with_hash(index::hash(path)).into_iter().filter(move |id| self.is_listed(*id, |listed| listed == path))
    }

    fn lists_below(&self, id: PackageId, directory: &[u8]) -> bool {
        let is_below = |path: &[u8]| {
            path.strip_prefix(directory).is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
        };
        self.is_listed(id, |path| directory == b"/" || is_below(path))
    }

    fn is_listed(&self, id: PackageId, is_wanted: impl Fn(&[u8]) -> bool) -> bool {
        let mut found = false;
        self.opened().lists.each_path(id, &mut |path| found = found || is_wanted(path));
        found
    }

    /// Where the file that a package lists as `path` really is, if it was diverted.
    fn elsewhere(&self, id: PackageId, path: &[u8]) -> Option<&[u8]> {
        let name = self.opened().lists.place(id).name()?.0;
        self.diversions().elsewhere(path, name)
    }

    /// The facts of a package, as its paragraph and those of the packages that it asks for say.
    fn facts(&self, id: PackageId) -> PackageFacts {
        let (record, place) = (self.opened().lists.record(id), self.opened().lists.place(id));
        let resolve = |values: &[String]| {
            let mut found = Vec::new();
            for group in values.iter().flat_map(|value| index::relations(place, value)) {
                let package = group.into_iter().find_map(|name| self.with_name(name, record));
                found.extend(package.filter(|package| *package != id && !found.contains(package)));
            }
            found
        };
        PackageFacts {
            name: record.name.clone(),
            version: record.version.clone(),
            source: record.source.clone(),
            depends: resolve(&record.depends),
            recommends: resolve(&record.recommends),
            suggests: resolve(&record.suggests),
            essential: record.essential,
            installed: record.installed,
        }
    }

    /// The installed package with this name, of the architecture of the one that asks before others, or the first that
    /// provides the name.
    fn with_name(&self, name: &str, asks: &Record) -> Option<PackageId> {
        let lists = &self.opened().lists;
        let provides = |id: PackageId, record: &Record| {
            index::relations(lists.place(id), &record.provides).into_iter().flatten().any(|provided| provided == name)
        };
        let same = |packages: &Vec<PackageId>| {
            packages.iter().find(|id| lists.record(**id).architecture == asks.architecture).copied()
        };
        let named = self.with_word(Word::Name(name), |_, record| record.name == name);
        let named = if named.is_empty() { self.with_word(Word::Provided(name), provides) } else { named };
        same(&named).or(named.first().copied())
    }

    /// The installed packages that are looked up by a word, where their paragraphs confirm that.
    fn with_word(&self, word: Word<'_>, is_wanted: impl Fn(PackageId, &Record) -> bool) -> Vec<PackageId> {
        let lists = &self.opened().lists;
        let is_so = |id: &PackageId| lists.record(*id).installed && is_wanted(*id, lists.record(*id));
        self.with_hash(word.hash()).into_iter().filter(is_so).collect()
    }

    /// The packages that the index has for a path and what is below, or for a word; and maybe others.
    fn with_hash(&self, hash: u32) -> Vec<PackageId> {
        let opened = self.opened();
        let kept = opened.kept.as_ref().and_then(|kept| kept.with_hash(hash));
        let mut ids = kept.unwrap_or_else(|| index::with_hash(self.made(), hash).collect());
        ids.retain(|id| opened.lists.has(*id));
        ids
    }

    fn opened(&self) -> &Opened<'a> {
        self.opened.get_or_init(|| {
            let databases = Databases::new(self.files);
            let key = self.cache.and_then(|_| key(&databases));
            let kept = self.cache.zip(key.as_ref()).and_then(|(cache, key)| KeptIndex::open(cache, key));
            let places = kept.as_ref().map_or_else(|| databases.places(), |kept| kept.places.clone());
            let lists = Lists::new(databases, places);
            let facts = lists.ids().map(|_| OnceLock::new()).collect();
            Opened { lists, key, kept, made: OnceLock::new(), diversions: OnceLock::new(), facts }
        })
    }

    /// The index, made from the lists and kept for the next run.
    fn made(&self) -> &[u64] {
        let opened = self.opened();
        opened.made.get_or_init(|| {
            let made = index::build(&opened.lists);
            let unchanged = |key: &&IndexKey| self::key(&Databases::new(self.files)).as_ref() == Some(*key);
            if let (Some(cache), Some(key)) = (self.cache, opened.key.as_ref().filter(unchanged)) {
                let places: Vec<_> = opened.lists.places().cloned().collect();
                kept::keep(cache, key, &places, &made);
            }
            made
        })
    }

    fn diversions(&self) -> &Diversions {
        let opened = self.opened();
        let databases = &opened.lists.databases;
        let read = || Diversions::new(&databases.read("/var/lib/dpkg/diversions"), &databases.spelling);
        opened.diversions.get_or_init(read)
    }
}

/// What the index depends on: the databases and their state, and how paths are read.
fn key(databases: &Databases<'_>) -> Option<IndexKey> {
    let subject = format!("packages 1\n{:?}", databases.spelling.merged());
    IndexKey::new(&subject, &databases.identities())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::HostRoot;
    use std::path::Path;

    /// A root with these files.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(&path[1..]);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    fn owner(root: &Path, path: &str) -> String {
        let wanted = BTreeSet::from([ImagePath::known(path)]);
        PackageDatabase::open(&HostRoot::new(root), None)
            .owners(&wanted)
            .values()
            .next()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    const STATUS: &str = "Package: libz\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n\
        Version: 1:1.2\nDescription: x\n Version: 9\n\nPackage: libz\nArchitecture: arm64\nVersion: 1:1.3\n\n\
        Package: dash\nArchitecture: amd64\nVersion: 0.5\n\nPackage: bash\nVersion: 5.2\n";

    #[test]
    fn dpkg_tells_whose_a_file_is() {
        let root = root(&[
            ("/var/lib/dpkg/status", STATUS),
            ("/var/lib/dpkg/info/libz:amd64.list", "/.\n/lib\n/lib/x/libz.so.1\n"),
            ("/var/lib/dpkg/info/libz:arm64.list", "/usr/lib/arm/libz.so.1\n"),
            ("/var/lib/dpkg/info/dash.list", "/bin/sh\n/bin/dash\n/usr/share/man/sh.1\n"),
            ("/var/lib/dpkg/info/bash.list", "/usr/bin/bash\n/bin/sh"),
            ("/var/lib/dpkg/info/odd.list", "/odd\n"),
            (
                "/var/lib/dpkg/diversions",
                "/bin/sh\n/bin/sh.distrib\ndash\n/usr/share/man/sh.1\n/usr/share/man/old.1\n:\nhalf\n",
            ),
            ("/usr/lib/here", ""),
            ("/usr/bin/here", ""),
        ]);
        std::os::unix::fs::symlink("usr/lib", root.path().join("lib")).unwrap();
        std::os::unix::fs::symlink("/usr/bin", root.path().join("bin")).unwrap();
        for (path, expected) in [
            ("/usr/lib/x/libz.so.1", "libz 1:1.2"),
            ("/lib/x/libz.so.1", "libz 1:1.2"),
            ("/usr/lib/arm/libz.so.1", "libz 1:1.3"),
            ("/usr/bin/dash", "dash 0.5"),
            // The path was left to dash, and bash's own file of that name is elsewhere.
            ("/usr/bin/sh", "dash 0.5"),
            ("/bin/sh.distrib", "bash 5.2"),
            // The administrator's own diversion: the package's file is at the other path.
            ("/usr/share/man/sh.1", ""),
            ("/usr/share/man/old.1", "dash 0.5"),
            ("/odd", "odd"),
            ("/lib", ""),
            ("/usr/lib/x/libz.so.2", ""),
        ] {
            assert_eq!(owner(root.path(), path), expected, "{path}");
        }
    }

    #[test]
    fn a_directory_at_the_top_that_is_no_link_has_files_of_its_own() {
        let root = root(&[("/lib/x", ""), ("/usr/lib/x", ""), ("/var/lib/dpkg/info/a.list", "/lib/x\n")]);
        assert_eq!((owner(root.path(), "/lib/x").as_str(), owner(root.path(), "/usr/lib/x").as_str()), ("a", ""));
    }

    #[test]
    fn images_without_a_package_manager_and_alpine_tell_it_in_their_own_way() {
        let distroless = root(&[
            ("/var/lib/dpkg/status.d/libc6", "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n"),
            ("/var/lib/dpkg/status.d/libc6.md5sums", "0123  lib/libc.so.6\n4567  usr/lib/b\n"),
        ]);
        assert_eq!(owner(distroless.path(), "/lib/libc.so.6"), "libc6 2.36-9");
        let installed = "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\
            R:libc.musl-x86_64.so.1\n\nP:base\nV:3\nF:\nR:top\nF:etc\nR:passwd\n\n";
        for database in ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] {
            let alpine = root(&[(database, installed)]);
            for (path, expected) in [
                ("/lib/ld-musl-x86_64.so.1", "musl 1.2.5-r0"),
                ("/etc/passwd", "base 3"),
                ("/top", "base 3"),
                ("/lib/passwd", ""),
            ] {
                assert_eq!(owner(alpine.path(), path), expected, "{database} {path}");
            }
        }
    }

    #[test]
    fn what_is_no_database_names_no_owner() {
        for (path, text) in [
            ("/var/lib/dpkg/info", "a file"),
            ("/var/lib/dpkg/info/a.list/b", ""),
            ("/var/lib/dpkg/status.d/a.md5sums", "no sum\n\n \n"),
            ("/lib/apk/db/installed", "R:x\nF:../..\nR:etc/x\nP:\nV:\n"),
            ("/var/lib/dpkg/diversions", "/x\n\n/x\n"),
        ] {
            let root = root(&[(path, text)]);
            assert_eq!(owner(root.path(), "/x"), "", "{path}");
        }
        let endless = root(&[("/var/lib/dpkg/info/a.list", "/x\n")]);
        let file = std::fs::File::create(endless.path().join("var/lib/dpkg/info/b.list")).unwrap();
        file.set_len(1 << 40).unwrap();
        assert_eq!(owner(endless.path(), "/x"), "a");
    }
}
