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
    facts: Vec<OnceLock<Box<PackageFacts>>>,
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
        let here = self.first_that_lists(&path, |id| self.elsewhere(id, &path).is_none());
        let diverted = self.diversions().led_to(&path).filter_map(|from| {
            let is_here = |id| self.elsewhere(id, from) == Some(&path);
            self.first_that_lists(from, is_here)
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
        opened.facts[id.index()].get_or_init(|| Box::new(self.facts(id)))
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
        let shares = |other| is_other(lists.record(other)) && self.lists_below(other, &directory);
        if *directory == *b"/" {
            return lists.ids().any(shares);
        }
        self.first_with_hash(index::hash(&directory), shares).is_some()
    }

    /// The first package that has `path`, a canonical one, in its list, of those that are wanted.
    fn first_that_lists(&self, path: &[u8], is_wanted: impl Fn(PackageId) -> bool) -> Option<PackageId> {
        let lists = |id| self.is_listed(id, |listed| listed == path);
        self.first_with_hash(index::hash(path), |id| is_wanted(id) && lists(id))
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
        let settings = record.settings.iter();
        let settings = settings.filter_map(|(path, sum)| Some((ImagePath::new(OsStr::new(path))?, sum.clone())));
        PackageFacts {
            name: record.name.clone(),
            version: record.version.clone(),
            source: record.source.clone(),
            depends: resolve(&record.depends),
            recommends: resolve(&record.recommends),
            suggests: resolve(&record.suggests),
            settings: settings.collect(),
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
        let mut found = BTreeSet::new();
        self.first_with_hash(word.hash(), |id| {
            found.extend(Some(id).filter(is_so));
            false
        });
        found.into_iter().collect()
    }

    /// The first package that is wanted of those that the index has for a path and what is below, or for a word; others
    /// may have the same hash. The index that was kept may be damaged in the middle: then all are asked again.
    fn first_with_hash(&self, hash: u32, mut is_wanted: impl FnMut(PackageId) -> bool) -> Option<PackageId> {
        let opened = self.opened();
        let mut is_wanted = |id: &PackageId| opened.lists.has(*id) && is_wanted(*id);
        let mut first = None;
        let mut visit = |id: PackageId| {
            first = Some(id).filter(&mut is_wanted);
            first.is_some()
        };
        match opened.kept.as_ref().and_then(|kept| kept.with_hash(hash, &mut visit)) {
            Some(()) => first,
            None => index::with_hash(self.made(), hash).find(is_wanted),
        }
    }

    fn opened(&self) -> &Opened<'a> {
        self.opened.get_or_init(|| {
            let databases = Databases::new(self.files);
            let key = self.cache.and_then(|_| key(&databases));
            let kept = self.cache.zip(key.as_ref()).and_then(|(cache, key)| KeptIndex::open(cache, key));
            let (kept, places) = kept.unzip();
            let places = places.unwrap_or_else(|| databases.places());
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
    let subject = format!("packages 2\n{:?}", databases.spelling.merged());
    IndexKey::new(&subject, &databases.identities())
}

#[cfg(test)]
mod tests;
