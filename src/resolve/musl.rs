//! musl's search (ldso/dynlink.c, `load_library`).
//!
//! Unlike glibc's: SONAMEs are not matched, DT_RPATH and DT_RUNPATH are one thing and inherited, the first file that
//! opens is taken whatever it is, and there is no cache.

use super::candidate::{Candidate, ET_DYN, ET_EXEC, NotTaken, open};
use super::expand::expand_as_musl;
use super::machine::musl_arch;
use super::outcome::{LoadError, Missing};
use super::roots::{CachedRoots, is_loop};
use super::rule::{FoundBy, SearchRule};
use super::skipped::SkipReason;
use super::step::{Asker, Lookup, Owner, SearchStep};
use super::trail::{StepOutcome, step_outcome};
use crate::elf::{self, Machine};
use crate::files::Place;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where libraries are looked up where no path file says otherwise.
const DEFAULTS: [&str; 3] = ["/lib", "/usr/local/lib", "/usr/lib"];
/// Names that are all the libc itself.
const OWN: [&[u8]; 7] = [b"c.", b"pthread.", b"rt.", b"m.", b"dl.", b"util.", b"xnet."];
/// The longest path that fits musl's buffer.
const LONGEST: usize = 510;
const LARGEST_PATH_FILE: usize = 1 << 20;

/// What the root says, read once.
pub struct Settings {
    machine: Machine,
    /// The directories that are searched last.
    directories: Vec<PathBuf>,
    /// The same as places.
    places: Rc<[Place]>,
    path_file: Option<PathBuf>,
}

impl Settings {
    /// Reads the path file of the loader, if there is one.
    pub fn read(roots: &CachedRoots<'_>, loader: Option<&[u8]>, machine: Machine) -> Self {
        let path_file = loader.and_then(path_file);
        let defaults = || DEFAULTS.iter().map(PathBuf::from).collect();
        let directories: Vec<PathBuf> = match path_file.as_ref().map(|path| read(roots, path)) {
            None => defaults(),
            Some(Ok(text)) => {
                let parts = text.split(|byte| matches!(byte, b':' | b'\n')).filter(|part| !part.is_empty());
                parts.map(|part| PathBuf::from(OsStr::from_bytes(part))).collect()
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => defaults(),
            // A file that is unreadable for another reason counts as empty.
            Some(Err(_)) => Vec::new(),
        };
        let places = directories.iter().map(Place::sysroot).collect();
        Self { machine, directories, places, path_file }
    }

    /// The directories that are searched last, and where the path file is or would be.
    pub fn places(&self) -> (Vec<PathBuf>, Option<PathBuf>) {
        (self.directories.clone(), self.path_file.clone())
    }

    /// The steps of the search for `name`, without a look at any file.
    pub fn search_path<'a>(&'a self, name: &[u8], asker: &'a Asker<'_>) -> Box<dyn Iterator<Item = SearchStep> + 'a> {
        if name.is_empty() || name.contains(&b'/') {
            return Box::new(std::iter::once(SearchStep::path(path(name, asker))));
        }
        let lists = asker.line.iter().filter_map(|owner| rpath(owner, asker.secure));
        let defaults = SearchStep::directories(SearchRule::Default, self.places.clone());
        Box::new(asker.library_path.iter().cloned().chain(lists).chain(defaults))
    }

    /// Looks for `name` in one directory after the other.
    pub fn look_in(
        &self,
        roots: &CachedRoots<'_>,
        name: &[u8],
        directories: &[Place],
        rule: &SearchRule,
    ) -> StepOutcome {
        for directory in directories {
            let place = directory.join(name);
            if place.path.as_os_str().len() > LONGEST {
                continue;
            }
            let found_by = || FoundBy { rule: rule.clone(), path: directory.path.clone() };
            if let Some(found) = step_outcome(self.look(roots, &place), place, found_by)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Looks at one file: the first that opens is the one, for better or worse.
    pub fn look(&self, roots: &CachedRoots<'_>, place: &Place) -> Result<Candidate, NotTaken> {
        let fatal = |why: &str| Err(NotTaken::Fatal(why.to_owned()));
        let walk = match roots.walk(place) {
            Ok(walk) => walk,
            Err(error) if is_loop(&error) => return fatal("its symbolic links form a loop"),
            Err(_) => return Err(NotTaken::SteppedOver),
        };
        let file = open(roots, place, &walk)?;
        let object = roots.known.objects.get_or(&walk.stat.identity, || elf::read(&*file).map(Rc::new))?;
        // musl does not compare the machine, and would crash.
        if !object.machine.has_form_of(self.machine) || object.machine.machine != self.machine.machine {
            return fatal("it is for another machine");
        }
        if !matches!(object.kind, ET_EXEC | ET_DYN) {
            return fatal("it is neither a library nor a program");
        }
        Ok(Candidate { place: place.clone(), walk, object })
    }
}

/// `PREFIX/etc/ld-musl-ARCH.path`, PREFIX being the loader's path without its last two parts.
fn path_file(loader: &[u8]) -> Option<PathBuf> {
    let arch = String::from_utf8_lossy(musl_arch(loader)?).into_owned();
    let prefix = Path::new(OsStr::from_bytes(loader)).parent()?.parent()?;
    Some(prefix.join(format!("etc/ld-musl-{arch}.path")))
}

fn read(roots: &CachedRoots<'_>, path: &Path) -> io::Result<Vec<u8>> {
    let place = Place::sysroot(path);
    let walk = roots.walk(&place)?;
    roots.files(&place).open(&walk.real)?.bytes_at(0, LARGEST_PATH_FILE)
}

/// What a name that is not searched for leads to: a path, in which no token counts, or nowhere.
fn path(name: &[u8], asker: &Asker<'_>) -> Lookup {
    let needed_by = asker.name();
    if name.starts_with(b"/") {
        Lookup::File(Place::sysroot(OsStr::from_bytes(name)))
    } else if name.is_empty() {
        Lookup::Stop(LoadError::Missing(Missing { needed_by: vec![needed_by], ..Missing::default() }))
    } else {
        Lookup::Stop(LoadError::Relative { soname: String::from_utf8_lossy(name).into_owned(), needed_by })
    }
}

/// Whether a name is the libc's own, for which there is no file.
pub fn is_own(name: &[u8]) -> bool {
    name.strip_prefix(b"lib").is_some_and(|rest| OWN.iter().any(|own| rest.starts_with(own)))
}

/// DT_RUNPATH, else DT_RPATH (`fixup_rpath`).
fn rpath(owner: &Owner<'_>, secure: bool) -> Option<SearchStep> {
    let list = owner.object.runpath.as_ref().or(owner.object.rpath.as_ref())?;
    let origin = owner.origin?;
    let rule = SearchRule::Rpath(owner.name.to_string());
    if secure && owner.is_program && list.contains(&b'$') {
        let list = String::from_utf8_lossy(list).into_owned();
        return Some(SearchStep::skip(rule, SkipReason::Untrusted(list)));
    }
    let inside = origin.path.as_os_str().as_bytes();
    let Some(text) = expand_as_musl(list, inside) else {
        return Some(SearchStep::skip(rule, SkipReason::UnknownToken));
    };
    let moves = list.contains(&b'$');
    let parts = text.split(|byte| matches!(byte, b':' | b'\n')).filter(|part| part.starts_with(b"/"));
    let places = parts.map(|part| {
        let path = PathBuf::from(OsStr::from_bytes(part));
        if moves && part.starts_with(inside) { Place { path, ..origin.clone() } } else { Place::sysroot(path) }
    });
    SearchStep::directories(rule, places.collect::<Vec<_>>())
}
