//! musl's search (ldso/dynlink.c, `load_library`).
//!
//! It is another one: SONAMEs are not matched, DT_RPATH and DT_RUNPATH are one thing and inherited, the first
//! file that opens is taken whatever it is, and there is no cache.

use super::candidate::{Candidate, ET_DYN, ET_EXEC, Look, open, told};
use super::machine::musl_arch;
use super::outcome::{LoadError, Missing, Rule};
use super::places::{Places, is_loop};
use super::{Engine, Search};
use crate::elf::{self, Object};
use crate::files::Place;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where it looks where no path file says otherwise.
const DEFAULTS: [&str; 3] = ["/lib", "/usr/local/lib", "/usr/lib"];
/// Names that are all the libc itself.
const OWN: [&[u8]; 7] = [b"c.", b"pthread.", b"rt.", b"m.", b"dl.", b"util.", b"xnet."];
/// The longest path that fits its buffer.
const LONGEST: usize = 510;
const LARGEST_PATH_FILE: usize = 1 << 20;

/// What the root says, read once.
pub struct Settings {
    /// Where it looks last.
    pub directories: Vec<PathBuf>,
}

impl Settings {
    /// Reads the path file of the loader, if there is one.
    pub fn read(places: &Places<'_>, loader: Option<&[u8]>) -> Self {
        let path_file = loader.and_then(path_file);
        let defaults = || DEFAULTS.iter().map(PathBuf::from).collect();
        let directories = match path_file.as_ref().map(|path| read(places, path)) {
            None => defaults(),
            Some(Ok(text)) => {
                let parts = text.split(|byte| matches!(byte, b':' | b'\n')).filter(|part| !part.is_empty());
                parts.map(|part| PathBuf::from(OsStr::from_bytes(part))).collect()
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => defaults(),
            // Unreadable for another reason it counts as empty.
            Some(Err(_)) => Vec::new(),
        };
        Self { directories }
    }
}

/// `PREFIX/etc/ld-musl-ARCH.path`, PREFIX being the loader's path without its last two parts.
pub fn path_file(loader: &[u8]) -> Option<PathBuf> {
    let arch = String::from_utf8_lossy(musl_arch(loader)?).into_owned();
    let prefix = Path::new(OsStr::from_bytes(loader)).parent()?.parent()?;
    Some(prefix.join(format!("etc/ld-musl-{arch}.path")))
}

fn read(places: &Places<'_>, path: &Path) -> io::Result<Vec<u8>> {
    let place = Place::sysroot(path);
    let walk = places.walk(&place)?;
    places.files(&place).open(&walk.real)?.bytes_at(0, LARGEST_PATH_FILE)
}

/// Whether a name is the libc's own, for which there is no file.
fn is_own(name: &[u8]) -> bool {
    name.strip_prefix(b"lib").is_some_and(|rest| OWN.iter().any(|own| rest.starts_with(own)))
}

/// Finds `name` for the loaded object `by`.
pub fn search(engine: &mut Engine<'_>, name: &[u8], by: usize) -> Search {
    let (soname, needed_by) = (String::from_utf8_lossy(name).into_owned(), engine.called(by));
    if name.is_empty() {
        let missing = Missing { soname: Vec::new(), needed_by: vec![needed_by], searched: Vec::new() };
        return Search::Fatal(LoadError::Missing(missing));
    }
    if name.contains(&b'/') {
        if !name.starts_with(b"/") {
            return Search::Fatal(LoadError::Relative { soname, needed_by });
        }
        let place = Place::sysroot(OsStr::from_bytes(name));
        return taken(engine, &place, Rule::Path, &soname, &needed_by).unwrap_or_else(|| Search::Nowhere(vec![soname]));
    }
    if is_own(name) {
        // The loader answers; it is on the list under these names from now on.
        if let Some(loader) = engine.loaded.iter_mut().find(|loaded| loaded.number.is_none() && loaded.origin.is_some())
        {
            loader.names.insert(name.to_vec());
            return Search::Answered;
        }
    }
    let mut searched = Vec::new();
    for (directories, word, of) in lists(engine, by) {
        if directories.is_empty() {
            continue;
        }
        let shown: Vec<String> = directories.iter().map(|place| place.path.display().to_string()).collect();
        searched.push(if word.is_empty() { shown.join(", ") } else { format!("{word} {}", shown.join(", ")) });
        for directory in &directories {
            let place = directory.join(name);
            if place.path.as_os_str().len() > LONGEST {
                continue;
            }
            let path = directory.path.clone();
            let rule = match word {
                "RPATH" => Rule::Rpath(of.clone(), path),
                "--library-path" => Rule::LibraryPath(path),
                _ => Rule::Default(path),
            };
            if let Some(search) = taken(engine, &place, rule, &soname, &needed_by) {
                return search;
            }
        }
    }
    Search::Nowhere(searched)
}

/// The lists of directories in their order, each with its word and its owner.
fn lists(engine: &Engine<'_>, by: usize) -> Vec<(Vec<Place>, &'static str, String)> {
    let mut lists = vec![(engine.request.library_path.to_vec(), "--library-path", String::new())];
    for owner in std::iter::successors(Some(by), |index| engine.loaded[*index].parent) {
        lists.push((rpath(engine, owner), "RPATH", engine.called(owner)));
    }
    let defaults = engine.musl.as_ref().map(|settings| settings.directories.clone()).unwrap_or_default();
    lists.push((defaults.into_iter().map(Place::sysroot).collect(), "", String::new()));
    lists
}

/// DT_RUNPATH, else DT_RPATH; only `$ORIGIN` is known, and any other `$` takes the whole list away.
fn rpath(engine: &Engine<'_>, owner: usize) -> Vec<Place> {
    let object: &Object = engine.object(owner);
    let Some(list) = object.runpath.as_ref().or(object.rpath.as_ref()) else { return Vec::new() };
    let Some(origin) = &engine.loaded[owner].origin else { return Vec::new() };
    let mut text = Vec::new();
    let mut from_origin = false;
    let mut rest = list.as_slice();
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let Some(after) = rest.strip_prefix(b"${ORIGIN}").or_else(|| rest.strip_prefix(b"$ORIGIN")) else {
            return Vec::new();
        };
        text.extend_from_slice(origin.path.as_os_str().as_bytes());
        from_origin = true;
        rest = after;
    }
    text.extend_from_slice(rest);
    let parts = text.split(|byte| matches!(byte, b':' | b'\n')).filter(|part| part.starts_with(b"/"));
    let inside = origin.path.as_os_str().as_bytes();
    parts
        .map(|part| {
            let path = PathBuf::from(OsStr::from_bytes(part));
            if from_origin && part.starts_with(inside) {
                Place { path, ..origin.clone() }
            } else {
                Place::sysroot(path)
            }
        })
        .collect()
}

/// What is at a place: the first file that opens is the one, for better or worse; `None` where nothing opens.
fn taken(engine: &Engine<'_>, place: &Place, rule: Rule, soname: &str, needed_by: &str) -> Option<Search> {
    let own = engine.request.program.machine;
    let fatal = |why: String| {
        let (soname, needed_by) = (soname.to_owned(), needed_by.to_owned());
        Some(Search::Fatal(LoadError::Candidate { path: place.path.clone(), why, soname, needed_by }))
    };
    let walk = match engine.places.walk(place) {
        Ok(walk) => walk,
        Err(error) if is_loop(&error) => return fatal("it is a circle of links".to_owned()),
        Err(_) => return None,
    };
    let file = match open(&engine.places, place, &walk) {
        Ok(file) => file,
        Err(Look::Fatal(why)) => return fatal(why),
        Err(_) => return None,
    };
    match engine.request.known.objects.get_or(&walk.stat.identity, || elf::read(&*file).map(Rc::new)) {
        Err(error) => fatal(told(&error)),
        // musl does not compare the machine, and would crash.
        Ok(object) if !object.machine.has_form_of(own) || object.machine.machine != own.machine => {
            fatal("it is for another machine".to_owned())
        }
        Ok(object) if !matches!(object.kind, ET_EXEC | ET_DYN) => {
            fatal("it is neither a library nor a program".to_owned())
        }
        Ok(object) => Some(Search::Found(Box::new(Candidate { place: place.clone(), walk, object }), rule, Vec::new())),
    }
}
