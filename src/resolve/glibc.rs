//! glibc's search (elf/dl-load.c `_dl_map_object`; ld.so(8)).
//!
//! For a name without a slash: DT_RPATH of the object that asks, of the one that asked for that one, and so on up to
//! the program, unless the one that asks has a DT_RUNPATH; LD_LIBRARY_PATH; NixOS' note where its loader runs;
//! DT_RUNPATH of the object that asks alone; the cache; the default directories, unless that object says
//! DF_1_NODEFLIB. In each directory the subdirectories of glibc-hwcaps come first, and up to glibc 2.36 others: which
//! of them counts depends on the processor, so the plain file is packed and those come along.

use super::candidate::{Candidate, NotTaken, look};
use super::expand::names_platform;
use super::indexed::Index;
use super::lists::{Lists, locate, rare_platforms};
use super::loader::{self, Defaults};
use super::machine;
use super::nix::{self, Hint};
use super::outcome::LoadError;
use super::roots::CachedRoots;
use super::rule::{FoundBy, SearchRule};
use super::skipped::SkipReason;
use super::step::{Asker, Lookup, Owner, SearchStep};
use super::trail::{SearchTrail, StepOutcome};
use crate::elf::{DF_1_NODEFLIB, Machine};
use crate::file::FileKind;
use crate::files::Place;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What the root says, read once.
pub struct Settings {
    defaults: Rc<Defaults>,
    /// The default directories, as places.
    directories: Rc<[Place]>,
    machine: Machine,
    index: Index,
    /// Subdirectories of a directory for some processors, the best first.
    hwcaps: Vec<PathBuf>,
    /// Subdirectories that come before the directory on every processor.
    before: &'static [&'static str],
    /// Whether the loader reads NixOS' note.
    reads_notes: bool,
}

impl Settings {
    /// Reads the cache of the sysroot. `path` is the loader's, `defaults` what the loader says of itself.
    pub fn read(
        roots: &CachedRoots<'_>,
        path: Option<&[u8]>,
        defaults: Option<Rc<Defaults>>,
        machine: Machine,
    ) -> Self {
        let defaults = defaults.unwrap_or_else(|| Rc::new(loader::defaults(None, machine)));
        let index = Index::read(roots, defaults.clone(), machine);
        let levels = machine::hwcaps(machine).iter().filter(|_| defaults.hwcaps);
        let (before, sometimes) = if defaults.legacy { machine::legacy(machine) } else { Default::default() };
        let levels = levels.map(|level| Path::new("glibc-hwcaps").join(level));
        let hwcaps = levels.chain(sometimes.iter().map(PathBuf::from)).collect();
        let directories = defaults.directories.iter().map(Place::sysroot).collect();
        Self { defaults, directories, machine, index, hwcaps, before, reads_notes: nix::is_read_by(path) }
    }

    /// Whether the loader reads NixOS' note of an object.
    pub fn reads_notes(&self) -> bool {
        self.reads_notes
    }

    /// What ld.so.cache, or ld.so.conf in its place, leads to.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The default directories, and where the cache is or would be.
    pub fn places(&self) -> (Vec<PathBuf>, Option<PathBuf>) {
        (self.defaults.directories.clone(), Some(self.defaults.cache.clone()))
    }

    fn lists(&self, asker: &Asker<'_>) -> Lists<'_> {
        Lists { defaults: &self.defaults, machine: self.machine, secure: asker.secure }
    }

    /// The steps of the search for `name`, without a look at any file. Each is worked out when it is asked for: most
    /// names are found by the first one.
    pub fn search_path<'a>(
        &'a self,
        name: &'a [u8],
        asker: &'a Asker<'_>,
    ) -> Box<dyn Iterator<Item = SearchStep> + 'a> {
        if name.contains(&b'/') {
            return Box::new(self.paths(name, asker).into_iter());
        }
        let noted = std::iter::once_with(move || self.noted(name, asker)).flatten();
        let last = std::iter::once_with(move || self.last(asker)).flatten();
        let library_path = asker.library_path.iter().cloned();
        Box::new(self.rpaths(asker).chain(library_path).chain(noted).chain(self.runpaths(asker)).chain(last))
    }

    /// The cache, then the default directories, unless the object that asks says DF_1_NODEFLIB.
    fn last(&self, asker: &Asker<'_>) -> impl Iterator<Item = SearchStep> + use<> {
        let defaults = asker.object().flags_1 & DF_1_NODEFLIB == 0;
        let skip = |rule, why| Some(SearchStep::skip(rule, why));
        let no_defaults = || skip(SearchRule::Default, SkipReason::NoDefaults(asker.name()));
        let no_cache = || skip(SearchRule::Cache, SkipReason::NoCache(self.defaults.cache.clone()));
        let steps = [
            if defaults { None } else { no_defaults() },
            if self.index.is_cache() { None } else { no_cache() },
            Some(SearchStep { rule: SearchRule::Cache, lookup: Lookup::Index { defaults } }),
            SearchStep::directories(SearchRule::Default, self.directories.clone()).filter(|_| defaults),
        ];
        steps.into_iter().flatten()
    }

    /// A name with a slash is a path, in which tokens count.
    fn paths(&self, name: &[u8], asker: &Asker<'_>) -> Vec<SearchStep> {
        let owner = &asker.line[0];
        let mut steps = Vec::new();
        if names_platform(name) {
            steps.push(SearchStep::skip(SearchRule::Path, rare_platforms(name, owner)));
        }
        for path in self.lists(asker).expansions(name, owner) {
            if !path.starts_with(b"/") {
                let soname = String::from_utf8_lossy(name).into_owned();
                steps.push(SearchStep::path(Lookup::Stop(LoadError::Relative { soname, needed_by: asker.name() })));
                break;
            }
            steps.push(SearchStep::path(Lookup::File(locate(&path, name, owner))));
        }
        steps
    }

    /// DT_RPATH of the object that asks, and of those up the line. A DT_RUNPATH of the object that asks silences all
    /// of them, and one of another object that object's own.
    fn rpaths<'a>(&'a self, asker: &'a Asker<'_>) -> impl Iterator<Item = SearchStep> + 'a {
        let silencing = |owner: &Owner<'_>| owner.object.runpath.as_ref().map(|_| owner.name.to_string());
        let of_asker = silencing(&asker.line[0]);
        let lists = asker.line.iter().filter_map(|owner| Some((owner, owner.object.rpath.as_ref()?)));
        lists.filter(|(_, list)| !list.is_empty()).flat_map(move |(owner, list)| {
            let rule = SearchRule::Rpath(owner.name.to_string());
            match of_asker.clone().or_else(|| silencing(owner)) {
                Some(object) => vec![SearchStep::skip(rule, SkipReason::Silenced(object))],
                None => self.lists(asker).steps(list, owner, &rule),
            }
        })
    }

    /// DT_RUNPATH of the object that asks; those up the line do not count.
    fn runpaths<'a>(&'a self, asker: &'a Asker<'_>) -> impl Iterator<Item = SearchStep> + 'a {
        let lists = asker.line.iter().enumerate();
        let lists = lists.filter_map(|(above, owner)| Some((above, owner, owner.object.runpath.as_ref()?)));
        lists.filter(|(_, _, list)| !list.is_empty()).flat_map(move |(above, owner, list)| {
            let rule = SearchRule::Runpath(owner.name.to_string());
            match above {
                0 => self.lists(asker).steps(list, owner, &rule),
                _ => vec![SearchStep::skip(rule, SkipReason::NotInherited)],
            }
        })
    }

    /// Where NixOS' note of the object that asks leads.
    fn noted(&self, name: &[u8], asker: &Asker<'_>) -> Vec<SearchStep> {
        let rule = SearchRule::Note(asker.name());
        let each = nix::hints(asker.notes, name).into_iter().flat_map(|hint| match hint {
            Hint::File(path) => {
                let lookup = Lookup::File(Place::sysroot(OsStr::from_bytes(&path)));
                vec![SearchStep { rule: rule.clone(), lookup }]
            }
            Hint::Directory(directory) => self.lists(asker).steps(&directory, &asker.line[0], &rule),
        });
        each.collect()
    }

    /// Looks at one file.
    pub fn look(&self, roots: &CachedRoots<'_>, place: &Place) -> Result<Candidate, NotTaken> {
        look(roots, place, self.machine)
    }

    /// Looks for `name` in one directory after the other.
    pub fn look_in(
        &self,
        roots: &CachedRoots<'_>,
        name: &[u8],
        directories: &[Place],
        rule: &SearchRule,
        trail: &mut SearchTrail,
    ) -> StepOutcome {
        for directory in directories.iter().filter(|directory| roots.has_directory(directory)) {
            let found_by = || FoundBy { rule: rule.clone(), path: directory.path.clone() };
            let below = |name: &Path| directory.join(name.as_os_str().as_bytes());
            for place in self.hwcaps.iter().map(|name| below(name)).filter(|place| roots.has_directory(place)) {
                trail.hwcaps.extend(self.look(roots, &place.join(name)).ok().map(|candidate| (candidate, found_by())));
            }
            let before = self.before.iter().map(|name| below(Path::new(name)));
            for place in before.filter(|place| roots.has_directory(place)).chain([directory.clone()]) {
                let place = place.join(name);
                match self.look(roots, &place) {
                    Ok(candidate) => return Ok(Some((candidate, found_by()))),
                    Err(NotTaken::SteppedOver) => trail.unreadable.extend(unreadable(roots, &place)),
                    Err(NotTaken::ListEnds) => return Ok(None),
                    Err(NotTaken::Fatal(why)) => return Err((place, why)),
                }
            }
        }
        Ok(None)
    }
}

/// What is told of a file that is there and was stepped over, because it cannot be read.
fn unreadable(roots: &CachedRoots<'_>, place: &Place) -> Option<String> {
    let walk = roots.walk(place).ok().filter(|walk| walk.stat.kind == FileKind::File)?;
    let denied = roots.files(place).open(&walk.real).err()?.kind() == ErrorKind::PermissionDenied;
    denied.then(|| format!("`{}`, which is there and may not be read here", place.path.display()))
}
