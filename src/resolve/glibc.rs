//! glibc's search (elf/dl-load.c `_dl_map_object`; ld.so(8)).
//!
//! For a name without a slash: DT_RPATH of the one who asks, of who asked for that one, and so on up to the
//! program, unless the one who asks has a DT_RUNPATH; LD_LIBRARY_PATH; NixOS' note where its loader runs; DT_RUNPATH of the
//! one who asks alone; the cache; the default directories, unless it says DF_1_NODEFLIB. In each directory the subdirectories of
//! glibc-hwcaps come first, and up to glibc 2.36 others: which of them counts depends on the processor, so the plain
//! file is packed and those come along.

use super::candidate::{Candidate, Look, look};
use super::expand::names_origin;
use super::indexed::{self, Index};
use super::lists::{expansions, list_of, located, rpath_owners};
use super::loader::{self, Defaults};
use super::nix::{self, Hint};
use super::outcome::{LoadError, Rule};
use super::places::Places;
use super::{Engine, Search, machine};
use crate::elf::{DF_1_NODEFLIB, Machine, Note};
use crate::file::FileKind;
use crate::files::Place;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What the root says, read once.
pub struct Settings {
    defaults: Rc<Defaults>,
    index: Index,
    /// Subdirectories of a directory for some processors, the best first.
    hwcaps: Vec<PathBuf>,
    /// Subdirectories that come before the directory on every processor.
    before: &'static [&'static str],
    /// Where the loader reads NixOS' note: the notes of the objects that have asked, by their place in the list.
    notes: Option<BTreeMap<usize, Rc<[Note]>>>,
}

impl Settings {
    /// Reads the cache of the sysroot. `path` is the loader's, `defaults` what it says of itself.
    pub fn read(places: &Places<'_>, path: Option<&[u8]>, defaults: Option<Rc<Defaults>>, machine: Machine) -> Self {
        let defaults = defaults.unwrap_or_else(|| Rc::new(loader::defaults(None, machine)));
        let index = Index::read(places, &defaults.cache, machine);
        let notes = nix::is_read_by(path).then(BTreeMap::new);
        let levels = machine::hwcaps(machine).iter().filter(|_| defaults.hwcaps);
        let (before, sometimes) = if defaults.legacy { machine::legacy(machine) } else { Default::default() };
        let levels = levels.map(|level| Path::new("glibc-hwcaps").join(level));
        let hwcaps = levels.chain(sometimes.iter().map(PathBuf::from)).collect();
        Self { defaults, index, hwcaps, before, notes }
    }

    /// The value of `$LIB`.
    pub fn lib(&self) -> &[u8] {
        &self.defaults.lib
    }

    /// Whether a directory is one of the default ones.
    pub fn is_default(&self, directory: &Path) -> bool {
        self.defaults.directories.iter().any(|default| directory.starts_with(default))
    }

    /// The default directories, and where the cache is or would be.
    pub fn places(self) -> (Vec<PathBuf>, Option<PathBuf>) {
        (self.defaults.directories.clone(), Some(self.defaults.cache.clone()))
    }
}

/// A search that goes on: where it looked, and what it found for newer processors only.
pub struct Progress {
    /// In words.
    pub searched: Vec<String>,
    /// The best first.
    pub hwcaps: Vec<(Candidate, Rule)>,
}

/// Finds `name` for the loaded object `by`.
pub fn search(engine: &mut Engine<'_>, name: &[u8], by: usize) -> Search {
    if name.contains(&b'/') {
        return path(engine, name, by);
    }
    let mut progress = Progress { searched: Vec::new(), hwcaps: Vec::new() };
    match plain(engine, name, by, &mut progress) {
        Ok(Some((candidate, rule))) => {
            let hwcaps = progress.hwcaps.into_iter().map(|(variant, _)| (variant.place, variant.walk)).collect();
            Search::Found(Box::new(candidate), rule, hwcaps)
        }
        Ok(None) => only_variant(engine, name, progress),
        Err((place, why)) => Search::Fatal(LoadError::Candidate {
            path: place.path,
            why,
            soname: String::from_utf8_lossy(name).into_owned(),
            needed_by: engine.called(by),
        }),
    }
}

/// A library that is there for newer processors alone goes in, and is told of.
fn only_variant(engine: &mut Engine<'_>, name: &[u8], progress: Progress) -> Search {
    let mut hwcaps = progress.hwcaps;
    // The last one found asks least of the processor.
    let Some((candidate, rule)) = hwcaps.pop() else { return Search::Nowhere(progress.searched) };
    let level = candidate.place.directory().path;
    engine.warn(
        "newer-processor",
        format!(
            "`{}` is there for newer processors only: `{}`",
            String::from_utf8_lossy(name),
            level.join(OsStr::from_bytes(name)).display()
        ),
        "the image will not run on an older processor; name a directory with a plain one with `--library-path DIR`",
    );
    let rest = hwcaps.into_iter().map(|(variant, _)| (variant.place, variant.walk)).collect();
    Search::Found(Box::new(candidate), rule, rest)
}

fn path(engine: &mut Engine<'_>, name: &[u8], by: usize) -> Search {
    let (soname, needed_by) = (String::from_utf8_lossy(name).into_owned(), engine.called(by));
    let expanded = expansions(engine, name, by);
    for text in &expanded {
        if !text.starts_with(b"/") {
            return Search::Fatal(LoadError::Relative { soname, needed_by });
        }
        let place = located(engine, text, names_origin(name), by);
        match look(&engine.places, &place, engine.request.program.machine) {
            Look::Take(candidate) => return Search::Found(candidate, Rule::Path, Vec::new()),
            Look::Fatal(why) => {
                return Search::Fatal(LoadError::Candidate { path: place.path, why, soname, needed_by });
            }
            Look::Skip | Look::StopList => {}
        }
    }
    Search::Nowhere(expanded.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

/// What was found and by which rule, or at which file the loader gives up and why.
pub type Outcome = Result<Option<(Candidate, Rule)>, (Place, String)>;

fn plain(engine: &mut Engine<'_>, name: &[u8], by: usize, progress: &mut Progress) -> Outcome {
    if engine.object(by).runpath.is_none() {
        for owner in rpath_owners(engine, by) {
            let list = engine.object(owner).rpath.clone().unwrap_or_default();
            let of = engine.called(owner);
            let rule = |directory: &Place| Rule::Rpath(of.clone(), directory.path.clone());
            let directories = list_of(engine, &list, owner, "RPATH");
            note(progress, "RPATH", &directories);
            if let Some(found) = in_directories(engine, name, &directories, &rule, progress)? {
                return Ok(Some(found));
            }
        }
    }
    let directories = engine.request.library_path.to_vec();
    note(progress, "--library-path", &directories);
    let rule = |directory: &Place| Rule::LibraryPath(directory.path.clone());
    if let Some(found) = in_directories(engine, name, &directories, &rule, progress)? {
        return Ok(Some(found));
    }
    if let Some(found) = noted(engine, name, by, progress)? {
        return Ok(Some(found));
    }
    if let Some(list) = engine.object(by).runpath.clone() {
        let of = engine.called(by);
        let rule = |directory: &Place| Rule::Runpath(of.clone(), directory.path.clone());
        let directories = list_of(engine, &list, by, "RUNPATH");
        note(progress, "RUNPATH", &directories);
        if let Some(found) = in_directories(engine, name, &directories, &rule, progress)? {
            return Ok(Some(found));
        }
    }
    let no_defaults = engine.object(by).flags_1 & DF_1_NODEFLIB != 0;
    let settings = engine.glibc.as_ref().expect("glibc's rules are followed");
    let (places, machine) = (&engine.places, engine.request.program.machine);
    let search = indexed::Search { places, machine, defaults: &settings.defaults, no_defaults };
    if let Some(found) = settings.index.find(name, &search, progress)? {
        return Ok(Some(found));
    }
    if no_defaults {
        return Ok(None);
    }
    let directories: Vec<Place> = settings.defaults.directories.iter().map(Place::sysroot).collect();
    let shown: Vec<String> = directories.iter().map(|place| place.path.display().to_string()).collect();
    progress.searched.push(shown.join(", "));
    let rule = |directory: &Place| Rule::Default(directory.path.clone());
    in_directories(engine, name, &directories, &rule, progress)
}

/// Where NixOS' note of `by` leads.
fn noted(engine: &mut Engine<'_>, name: &[u8], by: usize, progress: &mut Progress) -> Outcome {
    let of = engine.called(by);
    for hint in nix::hints(&notes(engine, by), name) {
        match hint {
            Hint::File(path) => {
                let place = Place::sysroot(OsStr::from_bytes(&path));
                let rule = Rule::Note(of.clone(), place.path.clone());
                note(progress, "NixOS' note", std::slice::from_ref(&place));
                match look(&engine.places, &place, engine.request.program.machine) {
                    Look::Take(candidate) => return Ok(Some((*candidate, rule))),
                    Look::Fatal(why) => return Err((place, why)),
                    Look::Skip | Look::StopList => {}
                }
            }
            Hint::Directory(directory) => {
                let directories = list_of(engine, &directory, by, "NixOS' note");
                let rule = |directory: &Place| Rule::Note(of.clone(), directory.path.clone());
                note(progress, "NixOS' note", &directories);
                if let Some(found) = in_directories(engine, name, &directories, &rule, progress)? {
                    return Ok(Some(found));
                }
            }
        }
    }
    Ok(None)
}

/// The notes of an object, where the loader reads NixOS'.
fn notes(engine: &mut Engine<'_>, by: usize) -> Rc<[Note]> {
    let known = engine.glibc.as_ref().and_then(|settings| settings.notes.as_ref());
    match known.map(|known| known.get(&by)) {
        None => return Rc::default(),
        Some(Some(notes)) => return notes.clone(),
        Some(None) => {}
    }
    let notes: Rc<[Note]> = engine.notes(by).unwrap_or_default().into();
    if let Some(known) = engine.glibc.as_mut().and_then(|settings| settings.notes.as_mut()) {
        known.insert(by, notes.clone());
    }
    notes
}

fn note(progress: &mut Progress, word: &str, directories: &[Place]) {
    if !directories.is_empty() {
        let shown: Vec<String> = directories.iter().map(|place| place.path.display().to_string()).collect();
        progress.searched.push(format!("{word} {}", shown.join(", ")));
    }
}

fn in_directories(
    engine: &Engine<'_>,
    name: &[u8],
    directories: &[Place],
    rule: &dyn Fn(&Place) -> Rule,
    progress: &mut Progress,
) -> Outcome {
    let machine = engine.request.program.machine;
    let settings = engine.glibc.as_ref().expect("glibc's rules are followed");
    for directory in directories {
        if !engine.places.has_directory(directory) {
            continue;
        }
        let below = |name: &Path| directory.join(name.as_os_str().as_bytes());
        for place in settings.hwcaps.iter().map(|name| below(name)).filter(|place| engine.places.has_directory(place)) {
            if let Look::Take(variant) = look(&engine.places, &place.join(name), machine) {
                progress.hwcaps.push((*variant, rule(directory)));
            }
        }
        let before = settings.before.iter().map(|name| below(Path::new(name)));
        for place in before.filter(|place| engine.places.has_directory(place)).chain([directory.clone()]) {
            let place = place.join(name);
            match look(&engine.places, &place, machine) {
                Look::Take(candidate) => return Ok(Some((*candidate, rule(directory)))),
                Look::Skip => progress.searched.extend(unreadable(engine, &place)),
                Look::StopList => return Ok(None),
                Look::Fatal(why) => return Err((place, why)),
            }
        }
    }
    Ok(None)
}

/// What is told of a file that is there and was stepped over, because it cannot be read.
fn unreadable(engine: &Engine<'_>, place: &Place) -> Option<String> {
    let walk = engine.places.walk(place).ok().filter(|walk| walk.stat.kind == FileKind::File)?;
    let denied = engine.places.files(place).open(&walk.real).err()?.kind() == ErrorKind::PermissionDenied;
    denied.then(|| format!("`{}`, which is there and may not be read here", place.path.display()))
}
