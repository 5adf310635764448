//! Modules that bring many times as much as they are: libraries that nothing else needs, with what these show in turn.
//!
//! A directory of modules comes in because an object names the directory. A program that can work without one of them
//! rarely uses the one that needs a compiler, a database's client or a graphics driver: such a module stays out, and is
//! told. The others stay in, as long as they do not bring too much together. The same holds for programs in such a
//! directory, which helpers of other uses are.

use super::opened::Opened;
use crate::elf::Bytes;
use crate::events::LeftOut;
use crate::evidence::candidate::Distance;
use crate::files::Place;
use crate::resolve::{Dlopen, Library, LibraryId, Needer, Resolution};
use crate::suggest::shell_word;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const MIB: u64 = 1 << 20;

/// As much comes in for any module.
pub const LEAST: u64 = 4 * MIB;

/// A module that brings as much does not count: it is one of many.
const SMALL: u64 = MIB;

/// A library that shows as much is that of a runtime: its files count as well. Others have data that is asked for by name.
const RUNTIME: u64 = 16 * MIB;

/// More comes in for no module that no object names.
const LARGEST: u64 = 64 * MIB;

/// Modules or programs of one directory that stay out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeavyModules {
    /// What they are, in one word: `module`.
    pub what: &'static str,
    /// Their directory; the module itself where it was brought by itself.
    pub path: PathBuf,
    /// The number of modules in the directory; `None`: the path is that of the module.
    pub modules: Option<usize>,
    /// The bytes that they bring together, of libraries that nothing else needs.
    pub bytes: u64,
}

/// A module that no object names.
#[derive(Debug, Clone, Copy)]
pub struct Unnamed {
    /// Its number among the dlopens.
    pub number: usize,
    /// How far the object is that brought it.
    pub distance: Distance,
    /// Whether that object is a part of the program, made from the same source.
    pub of_program: bool,
    /// Whether it was brought by itself, and not with its directory.
    pub alone: bool,
}

/// Programs of directories, weighed one by one, that stay out.
#[derive(Debug, Default)]
pub struct HeavyPrograms {
    /// By directory: their number, and the libraries that nothing else needs.
    groups: BTreeMap<PathBuf, (usize, BTreeMap<Bytes, u64>)>,
}

impl HeavyPrograms {
    /// Whether the program at `place`, which was brought with its directory from `distance`, brings too much and stays out.
    /// `brought` are the libraries that nothing else needs, `base` is the size of the packed program with its libraries.
    pub fn is_heavy(
        &mut self,
        place: &Place,
        distance: Distance,
        brought: BTreeMap<Bytes, u64>,
        base: u64,
        left_out: &mut Vec<LeftOut>,
    ) -> bool {
        // The programs of its own directory are parts of the packed one, which a use starts by a name that it makes.
        let most =
            if distance == Distance::Program { most(distance, base).max(8 * LEAST) } else { most(distance, base) };
        if brought.values().sum::<u64>() <= most {
            return false;
        }
        left_out.push(LeftOut::new(place.path.display().to_string(), WHY));
        if distance != Distance::Further {
            let (programs, libraries) = self.groups.entry(place.directory().path).or_default();
            *programs += 1;
            libraries.extend(brought);
        }
        true
    }

    /// What is told of them.
    pub fn told(self) -> impl Iterator<Item = HeavyModules> {
        let bytes = |libraries: BTreeMap<Bytes, u64>| libraries.into_values().sum();
        self.groups.into_iter().map(move |(path, (programs, libraries))| HeavyModules {
            what: "program",
            path,
            modules: Some(programs),
            bytes: bytes(libraries),
        })
    }
}

/// Why a module or program is listed among what stays out.
const WHY: &str = "it brings much that nothing else needs, and no object names it; `--add` takes it in";

/// Takes modules out of `dlopens` that bring too much, and tells of them. `modules` are those that nobody names, with
/// rising numbers, behind which no other dlopens come; `resolution` is that of all `dlopens`. `program` is the size of the
/// program, `shown` gives about how many bytes come in because of what a library shows, `is_named` whether a file names a
/// module after all.
pub fn take_out(
    dlopens: &mut Vec<(Dlopen, Opened)>,
    modules: &[Unnamed],
    resolution: &Resolution,
    program: u64,
    shown: &dyn Fn(&Library) -> u64,
    is_named: &dyn Fn(&Place) -> bool,
    left_out: &mut Vec<LeftOut>,
) -> Vec<HeavyModules> {
    let Some(first) = modules.first().map(|module| module.number) else { return Vec::new() };
    let is_there = |library: &Library| library.dlopen.is_none_or(|number| number < first);
    let base: u64 = program + resolution.libraries.iter().filter(|library| is_there(library)).map(size).sum::<u64>();
    let mut weighed: Vec<(u64, Unnamed, BTreeMap<LibraryId, u64>)> = Vec::new();
    for module in modules {
        let Some(brought) = brought(resolution, module.number, &dlopens[module.number].0, &is_there) else { continue };
        weighed.push((brought.values().sum(), *module, brought));
    }
    // A library that a light module brings counts no more for a heavy one. What several modules need is shared by them.
    let mut users: BTreeMap<LibraryId, u64> = BTreeMap::new();
    for id in weighed.iter().flat_map(|(_, _, brought)| brought.keys()) {
        *users.entry(*id).or_default() += 1;
    }
    for (share, _, brought) in &mut weighed {
        *share = brought.iter().map(|(id, bytes)| bytes / users[id]).sum();
    }
    weighed.sort_by_key(|(share, module, _)| (*share, module.number));
    let mut together: BTreeMap<Distance, u64> = BTreeMap::new();
    let mut kept: BTreeSet<LibraryId> = BTreeSet::new();
    let mut known: BTreeMap<LibraryId, u64> = BTreeMap::new();
    let mut heavy: BTreeMap<usize, (Unnamed, BTreeMap<LibraryId, u64>)> = BTreeMap::new();
    for (_, module, brought) in weighed {
        let new: BTreeMap<LibraryId, u64> = brought.into_iter().filter(|(id, _)| !kept.contains(id)).collect();
        let near = if module.of_program { Distance::Program } else { module.distance };
        let before = together.entry(near).or_default();
        let (alone, together) = (most(module.distance, base), most_together(near, base).saturating_sub(*before));
        let most = alone.min(together.max(SMALL));
        let mut bytes: u64 = new.values().sum();
        for id in new.keys().filter(|_| bytes > SMALL && bytes <= most).copied().collect::<Vec<_>>() {
            let shown = known.entry(id).or_insert_with(|| shown(resolution.library(id)));
            bytes += if *shown >= RUNTIME { *shown } else { 0 };
        }
        if bytes > most && !dlopens[module.number].0.place.as_ref().is_some_and(is_named) {
            heavy.insert(module.number, (module, new));
        } else {
            *before += if bytes > SMALL { bytes } else { 0 };
            kept.extend(new.into_keys());
        }
    }
    let told = told(dlopens, &heavy, &kept, &known, left_out);
    for number in heavy.keys().rev() {
        dlopens.remove(*number);
    }
    told
}

/// The most bytes that may come in for a module beside `base`, which is there without any.
fn most(distance: Distance, base: u64) -> u64 {
    match distance {
        Distance::Program => (base / 2).clamp(2 * LEAST, LARGEST),
        Distance::Direct | Distance::Further => (base / 8).clamp(LEAST, LARGEST),
    }
}

/// The most bytes that all modules may bring together that are brought from so far away.
fn most_together(distance: Distance, base: u64) -> u64 {
    match distance {
        Distance::Program => (base / 2).max(4 * LEAST),
        Distance::Direct => (base / 4).max(LEAST),
        Distance::Further => (base / 8).max(LEAST),
    }
}

fn size(library: &Library) -> u64 {
    library.walk.stat.identity.size
}

/// The libraries that the module with this number brings, itself among them, each with its size; `None` if something else
/// brings it too.
fn brought(
    resolution: &Resolution,
    number: usize,
    dlopen: &Dlopen,
    is_there: &dyn Fn(&Library) -> bool,
) -> Option<BTreeMap<LibraryId, u64>> {
    let mut all = resolution.all();
    let (own, _) =
        all.find(|(_, library)| library.dlopen == Some(number) && dlopen.place.as_ref() == Some(&library.place))?;
    let mut brought = BTreeMap::new();
    let mut next = vec![own];
    while let Some(id) = next.pop() {
        let library = resolution.library(id);
        if is_there(library) || brought.insert(id, size(library)).is_some() {
            continue;
        }
        next.extend(resolution.needed(Needer::Library(id)).map(|(id, _)| id));
    }
    Some(brought)
}

/// Tells of `heavy` modules, those of one directory together. Those that a library brought which the program does not name
/// are only listed.
fn told(
    dlopens: &[(Dlopen, Opened)],
    heavy: &BTreeMap<usize, (Unnamed, BTreeMap<LibraryId, u64>)>,
    kept: &BTreeSet<LibraryId>,
    known: &BTreeMap<LibraryId, u64>,
    left_out: &mut Vec<LeftOut>,
) -> Vec<HeavyModules> {
    let mut groups: BTreeMap<PathBuf, (Option<usize>, BTreeMap<LibraryId, u64>)> = BTreeMap::new();
    for (number, (module, brought)) in heavy {
        let Some(place) = &dlopens[*number].0.place else { continue };
        left_out.push(LeftOut::new(place.path.display().to_string(), WHY));
        if module.distance == Distance::Further && !module.of_program {
            continue;
        }
        let path = if module.alone { place.path.clone() } else { place.directory().path };
        let (modules, libraries) = groups.entry(path).or_default();
        if !module.alone {
            *modules = Some(modules.unwrap_or(0) + 1);
        }
        libraries.extend(brought.iter().filter(|(id, _)| !kept.contains(id)));
    }
    let shown = |id: &LibraryId| known.get(id).filter(|shown| **shown >= RUNTIME).copied().unwrap_or(0);
    let bytes = |libraries: &BTreeMap<LibraryId, u64>| libraries.iter().map(|(id, bytes)| bytes + shown(id)).sum();
    let groups = groups.into_iter();
    let heavy = |(path, (modules, libraries))| {
        let bytes = bytes(&libraries);
        HeavyModules { what: "module", path, modules, bytes }
    };
    groups.map(heavy).collect()
}

impl HeavyModules {
    /// What is said of them.
    pub fn hint(&self) -> String {
        let (path, megabytes) = (self.path.display().to_string(), self.bytes.div_ceil(1_000_000));
        let add = shell_word(&path);
        match self.modules {
            None => format!("`{path}` brings {megabytes} MB and stays out: `--add {add}` takes it in"),
            Some(1) => {
                let what = self.what;
                format!("a {what} in `{path}` brings {megabytes} MB and stays out: `--add {add}` takes it in")
            }
            Some(n) => {
                let what = self.what;
                format!("{n} {what}s in `{path}` bring {megabytes} MB and stay out: `--add {add}` takes them in")
            }
        }
    }
}
