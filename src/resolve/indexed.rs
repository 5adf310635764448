//! What ld.so.cache leads to, and where there is none, what a cache would lead to that ldconfig made from ld.so.conf
//! (glibc, elf/dl-cache.c, elf/ldconfig.c).
//!
//! The loader never reads ld.so.conf: what is found by its directories needs a cache in the image.

use super::cache::{Capability, LdSoCache};
use super::candidate::{NotTaken, look};
use super::loader::Defaults;
use super::roots::CachedRoots;
use super::rule::{FoundBy, SearchRule};
use super::trail::{SearchTrail, StepOutcome, step_outcome};
use super::{conf, machine};
use crate::elf::{Header, Machine};
use crate::file::FileKind;
use crate::files::{Place, Walk};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The largest cache that is read; a large system has 0.2 MB.
const LARGEST_CACHE: usize = 64 << 20;

/// What leads from names to files.
pub struct Index {
    defaults: Rc<Defaults>,
    machine: Machine,
    source: Source,
}

enum Source {
    Cache(Rc<LdSoCache>),
    /// Without a cache, the directories of the configuration; many files are opened for it, so only when it is needed.
    Configuration(OnceCell<Vec<Configured>>),
}

/// From a soname to the name of the file.
type FileNames = BTreeMap<Vec<u8>, Vec<u8>>;

/// A directory of ld.so.conf.
struct Configured {
    path: PathBuf,
    plain: FileNames,
    /// Its subdirectories for newer processors, the best first.
    hwcaps: Vec<(&'static str, FileNames)>,
}

impl Index {
    /// Reads the cache where `defaults` say that it is, if there is one that can be read.
    pub fn read(roots: &CachedRoots<'_>, defaults: Rc<Defaults>, machine: Machine) -> Self {
        let place = Place::sysroot(&defaults.cache);
        let read = |walk: &Walk| {
            let bytes = roots.files(&place).open(&walk.real)?.bytes_at(0, LARGEST_CACHE)?;
            Ok::<_, io::Error>(LdSoCache::read(bytes, machine.big_endian).map(Rc::new))
        };
        let walk = roots.walk(&place).ok().filter(|walk| walk.stat.kind == FileKind::File);
        let shelf = &roots.known.caches[usize::from(machine.big_endian)];
        let cache = walk.and_then(|walk| shelf.get_or(&walk.stat.identity, || read(&walk)).ok()?);
        let source = cache.map_or_else(|| Source::Configuration(OnceCell::new()), Source::Cache);
        Self { defaults, machine, source }
    }

    /// Whether there is a cache.
    pub fn is_cache(&self) -> bool {
        matches!(self.source, Source::Cache(_))
    }

    /// Finds `name`; without `defaults` nothing below a default directory counts.
    pub fn find(&self, roots: &CachedRoots<'_>, name: &[u8], defaults: bool, trail: &mut SearchTrail) -> StepOutcome {
        match &self.source {
            Source::Cache(cache) => self.in_cache(cache, roots, name, defaults, trail),
            Source::Configuration(cell) => {
                self.in_configured(cell.get_or_init(|| self.configured(roots)), roots, name, defaults, trail)
            }
        }
    }

    /// Where it was looked; `None` where there is neither a cache nor a directory of the configuration.
    pub fn searched(&self) -> Option<String> {
        let directories = match &self.source {
            Source::Cache(_) => return Some(self.defaults.cache.display().to_string()),
            Source::Configuration(cell) => cell.get()?.iter().map(|one| one.path.display().to_string()),
        };
        let shown = directories.collect::<Vec<_>>().join(", ");
        (!shown.is_empty()).then(|| format!("{} {shown}", SearchRule::Conf))
    }

    fn allows(&self, path: &Path, defaults: bool) -> bool {
        defaults || !self.defaults.directories.iter().any(|directory| path.starts_with(directory))
    }

    fn in_cache(
        &self,
        cache: &LdSoCache,
        roots: &CachedRoots<'_>,
        name: &[u8],
        defaults: bool,
        trail: &mut SearchTrail,
    ) -> StepOutcome {
        let found_by = || FoundBy { rule: SearchRule::Cache, path: self.defaults.cache.clone() };
        for entry in cache.named(name).filter(|entry| machine::takes_flag(self.machine, entry.flags)) {
            let place = Place::sysroot(OsStr::from_bytes(&entry.path));
            let plain = entry.capability == Capability::None;
            if !self.allows(&place.path, defaults) || entry.capability == Capability::Legacy {
                continue;
            }
            // A relative path counts from wherever the program is started.
            let is_absolute = place.path.is_absolute();
            let looked = if is_absolute { look(roots, &place, self.machine) } else { Err(NotTaken::SteppedOver) };
            if plain {
                // The loader takes one answer from the cache.
                return step_outcome(looked, place, found_by);
            }
            trail.hwcaps.extend(looked.ok().map(|candidate| (candidate, found_by())));
        }
        Ok(None)
    }

    /// The directories of the configuration and what ldconfig would find in them.
    fn configured(&self, roots: &CachedRoots<'_>) -> Vec<Configured> {
        let machine = self.machine;
        let sysroot = roots.files(&Place::sysroot("/"));
        let fits = |header: &Header| header.machine.has_form_of(machine) && machine::matches(machine, header.machine);
        let index = |path: &Path| conf::index(sysroot, path, &fits);
        let at_level = |path: &Path, level| (level, index(&path.join("glibc-hwcaps").join(level)));
        let directories = conf::directories(sysroot, &self.defaults.cache.with_file_name("ld.so.conf"));
        let configured = directories.into_iter().map(|path| Configured {
            plain: index(&path),
            hwcaps: machine::hwcaps(machine).iter().map(|level| at_level(&path, *level)).collect(),
            path,
        });
        configured.collect()
    }

    /// Files for newer processors come first, from whichever directory.
    fn in_configured(
        &self,
        all: &[Configured],
        roots: &CachedRoots<'_>,
        name: &[u8],
        defaults: bool,
        trail: &mut SearchTrail,
    ) -> StepOutcome {
        let allowed = || all.iter().filter(|one| self.allows(&one.path, defaults));
        let found_by = |one: &Configured| FoundBy { rule: SearchRule::Conf, path: one.path.clone() };
        for one in allowed() {
            for (level, index) in &one.hwcaps {
                let Some(file) = index.get(name) else { continue };
                let place = Place::sysroot(one.path.join("glibc-hwcaps").join(level)).join(file);
                let looked = look(roots, &place, self.machine);
                trail.hwcaps.extend(looked.ok().map(|candidate| (candidate, found_by(one))));
            }
        }
        for one in allowed() {
            let Some(file) = one.plain.get(name) else { continue };
            let place = Place::sysroot(&one.path).join(file);
            if let Some(found) = step_outcome(look(roots, &place, self.machine), place, || found_by(one))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
