//! What ld.so.cache leads to, and where there is none, what a cache would lead to that ldconfig made from ld.so.conf
//! (glibc, elf/dl-cache.c, elf/ldconfig.c).
//!
//! The loader never reads ld.so.conf: what is found by it needs a cache in the image.

use super::cache::{Cache, Capability, Entry};
use super::candidate::{Look, look};
use super::glibc::{Outcome, Progress};
use super::loader::Defaults;
use super::outcome::Rule;
use super::places::Places;
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
pub enum Index {
    /// A cache.
    Cache(Rc<Cache>),
    /// Without one, the directories of the configuration; many files are opened for it, so only when it is needed.
    Configuration(OnceCell<Vec<Configured>>),
}

/// From a soname to the name of the file.
type Names = BTreeMap<Vec<u8>, Vec<u8>>;

/// A directory of ld.so.conf.
pub struct Configured {
    path: PathBuf,
    plain: Names,
    /// Its subdirectories for newer processors, the best first.
    hwcaps: Vec<(&'static str, Names)>,
}

/// Who looks, and where.
pub struct Search<'a> {
    /// The root.
    pub places: &'a Places<'a>,
    /// The machine of the program.
    pub machine: Machine,
    /// What the loader says of itself.
    pub defaults: &'a Defaults,
    /// Whether whoever asks says DF_1_NODEFLIB: then nothing below a default directory counts.
    pub no_defaults: bool,
}

impl Index {
    /// Reads the cache, if there is one that can be read.
    pub fn read(places: &Places<'_>, path: &Path, machine: Machine) -> Self {
        let place = Place::sysroot(path);
        let read = |walk: &Walk| {
            let bytes = places.files(&place).open(&walk.real)?.bytes_at(0, LARGEST_CACHE)?;
            Ok::<_, io::Error>(Cache::read(bytes, machine.big_endian).map(Rc::new))
        };
        let walk = places.walk(&place).ok().filter(|walk| walk.stat.kind == FileKind::File);
        let shelf = &places.known.caches[usize::from(machine.big_endian)];
        let entries = walk.and_then(|walk| shelf.get_or(&walk.stat.identity, || read(&walk)).ok()?);
        entries.map_or_else(|| Self::Configuration(OnceCell::new()), Self::Cache)
    }

    /// Finds `name`.
    pub fn find(&self, name: &[u8], search: &Search<'_>, progress: &mut Progress) -> Outcome {
        match self {
            Self::Cache(cache) => {
                progress.searched.push(search.defaults.cache.display().to_string());
                in_cache(
                    cache.named(name).filter(|entry| machine::takes_flag(search.machine, entry.flags)),
                    search,
                    progress,
                )
            }
            Self::Configuration(cell) => in_configured(cell.get_or_init(|| configured(search)), name, search, progress),
        }
    }
}

impl Search<'_> {
    fn allows(&self, path: &Path) -> bool {
        !(self.no_defaults && self.defaults.directories.iter().any(|directory| path.starts_with(directory)))
    }
}

fn in_cache(entries: impl Iterator<Item = Entry>, search: &Search<'_>, progress: &mut Progress) -> Outcome {
    let rule = || Rule::Cache(search.defaults.cache.clone());
    for entry in entries {
        let place = Place::sysroot(OsStr::from_bytes(&entry.path));
        if !search.allows(&place.path) || entry.capability == Capability::Legacy {
            continue;
        }
        let plain = entry.capability == Capability::None;
        // A relative one counts from wherever the program is started.
        let look = if place.path.is_absolute() { look(search.places, &place, search.machine) } else { Look::Skip };
        match look {
            Look::Take(candidate) if plain => return Ok(Some((*candidate, rule()))),
            Look::Take(variant) => progress.hwcaps.push((*variant, rule())),
            Look::Fatal(why) if plain => return Err((place, why)),
            // The loader takes one answer from the cache.
            _ if plain => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

/// The directories of the configuration and what ldconfig would find in them.
fn configured(search: &Search<'_>) -> Vec<Configured> {
    let machine = search.machine;
    let sysroot = search.places.files(&Place::sysroot("/"));
    let fits = |header: &Header| header.machine.has_form_of(machine) && machine::matches(machine, header.machine);
    let index = |path: &Path| conf::index(sysroot, path, &fits);
    let of_level = |path: &Path, level| (level, index(&path.join("glibc-hwcaps").join(level)));
    let directories = conf::directories(sysroot, &search.defaults.cache.with_file_name("ld.so.conf"));
    let configured = directories.into_iter().map(|path| Configured {
        plain: index(&path),
        hwcaps: machine::hwcaps(machine).iter().map(|level| of_level(&path, *level)).collect(),
        path,
    });
    configured.collect()
}

/// Files for newer processors come first, from whichever directory.
fn in_configured(all: &[Configured], name: &[u8], search: &Search<'_>, progress: &mut Progress) -> Outcome {
    if !all.is_empty() {
        let shown: Vec<String> = all.iter().map(|one| one.path.display().to_string()).collect();
        progress.searched.push(format!("ld.so.conf {}", shown.join(", ")));
    }
    let allowed = || all.iter().filter(|one| search.allows(&one.path));
    for one in allowed() {
        for (level, index) in &one.hwcaps {
            let Some(file) = index.get(name) else { continue };
            let place = Place::sysroot(one.path.join("glibc-hwcaps").join(level)).join(file);
            if let Look::Take(variant) = look(search.places, &place, search.machine) {
                progress.hwcaps.push((*variant, Rule::Conf(one.path.clone())));
            }
        }
    }
    for one in allowed() {
        let Some(file) = one.plain.get(name) else { continue };
        let place = Place::sysroot(&one.path).join(file);
        match look(search.places, &place, search.machine) {
            Look::Take(candidate) => return Ok(Some((*candidate, Rule::Conf(one.path.clone())))),
            Look::Skip | Look::StopList => {}
            Look::Fatal(why) => return Err((place, why)),
        }
    }
    Ok(None)
}
