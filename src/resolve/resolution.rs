//! What resolving came to: the loader, the libraries, and what was not found.

use super::outcome::{LoadError, Missing};
use super::request::Dlopen;
use super::rule::FoundBy;
use super::skipped::Skipped;
use crate::elf::{Bytes, Object};
use crate::events::Warning;
use crate::files::{Place, Walk};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

/// The loader, which the kernel maps.
#[derive(Debug, Clone)]
pub struct Loader {
    /// The path that the program names.
    pub path: PathBuf,
    /// Where it led.
    pub walk: Walk,
    /// Its SONAME.
    pub soname: Option<Bytes>,
}

/// A library of one [`Resolution`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LibraryId(usize);

/// Who needs a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needer {
    /// The program.
    Program,
    /// Another library.
    Library(LibraryId),
}

/// A library that the loader maps.
#[derive(Debug, Clone)]
pub struct Library {
    /// The name by which the library was asked for first.
    pub soname: Bytes,
    /// The path at which it was found, before links are followed.
    pub place: Place,
    /// Where that led.
    pub walk: Walk,
    /// What the loader looks at in it.
    pub object: Rc<Object>,
    /// Who asked for it.
    pub needed_by: BTreeSet<Needer>,
    /// The rule that found it, and where that led.
    pub found_by: FoundBy,
    /// What the search skipped before it was found.
    pub skipped: Vec<Skipped>,
    /// Other paths at which it was found: to the loader one file.
    pub aliases: Vec<(Bytes, Place, Walk)>,
    /// Files for newer processors that the loader may take in its place.
    pub hwcaps: Vec<(Place, Walk)>,
    /// Which of the request's `dlopens` brought it; `None`: it is there from the start.
    pub dlopen: Option<usize>,
}

/// A library that is needed, and that whoever runs the image provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// The name by which the library is asked for.
    pub soname: Bytes,
    /// Who asks for it, for people.
    pub needed_by: Vec<String>,
    /// The value of `--provided` that names it.
    pub flag: String,
    /// Whether it is opened when the program runs, and not needed at its start.
    pub is_opened: bool,
}

/// Everything that was found, and not found.
#[derive(Debug, Clone, Default)]
pub struct Resolution {
    /// The loader; `None` where the program names none, or it is not there.
    pub loader: Option<Loader>,
    /// The libraries, in the order in which they are loaded.
    pub libraries: Vec<Library>,
    /// What was not found.
    pub missing: Vec<Missing>,
    /// What was not looked for, because whoever runs the image provides it.
    pub provided: Vec<Provided>,
    /// What will make the loader give up.
    pub load_errors: Vec<LoadError>,
    /// What keeps something from being opened when the program runs, with its number in the request's `dlopens`.
    pub unmet: Vec<(usize, LoadError)>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// The default directories, and for musl those of its path file.
    pub directories: Vec<PathBuf>,
    /// Where glibc's cache, or musl's path file, is or would be.
    pub index: Option<PathBuf>,
}

impl Library {
    /// Its soname, for people.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.soname).into_owned()
    }

    /// Whether the program itself needs the library, from the start.
    pub fn is_direct(&self) -> bool {
        self.needed_by.contains(&Needer::Program) && self.dlopen.is_none()
    }
}

impl Resolution {
    /// Takes a library in, as the last one.
    pub(super) fn push(&mut self, library: Library) -> LibraryId {
        self.libraries.push(library);
        LibraryId(self.libraries.len() - 1)
    }

    /// The libraries that `needer` needs, in the order in which they are loaded.
    pub fn needed(&self, needer: Needer) -> impl Iterator<Item = (LibraryId, &Library)> {
        self.all().filter(move |(_, library)| library.needed_by.contains(&needer))
    }

    /// All libraries, in the order in which they are loaded.
    pub fn all(&self) -> impl Iterator<Item = (LibraryId, &Library)> {
        self.libraries.iter().enumerate().map(|(index, library)| (LibraryId(index), library))
    }

    /// A library of this resolution.
    pub fn library(&self, id: LibraryId) -> &Library {
        &self.libraries[id.0]
    }

    /// The library of this resolution that needs another; `None`: the program does.
    pub fn needing_library(&self, needer: Needer) -> Option<&Library> {
        match needer {
            Needer::Program => None,
            Needer::Library(id) => Some(&self.libraries[id.0]),
        }
    }

    /// The same, to change it.
    pub(super) fn needing_library_mut(&mut self, needer: Needer) -> Option<&mut Library> {
        match needer {
            Needer::Program => None,
            Needer::Library(id) => Some(&mut self.libraries[id.0]),
        }
    }

    /// What an object is called for people.
    pub fn called(&self, needer: Needer, program: &str) -> String {
        self.needing_library(needer).map_or_else(|| program.to_owned(), Library::name)
    }

    /// Who needs a library, for people.
    pub fn needing(&self, library: &Library, program: &str) -> Vec<String> {
        library.needed_by.iter().map(|needer| self.called(*needer, program)).collect()
    }

    /// The same as a phrase, which names some; `opened` is what brought the library, where it is opened at run time.
    pub fn why(&self, library: &Library, program: &str, opened: Option<&Dlopen>) -> String {
        const NAMED: usize = 3;
        let needing = self.needing(library, program);
        let names: Vec<String> = needing.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let more = needing.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let is_opened = opened.is_some_and(|opened| opened.name == library.soname);
        let verb = if is_opened { "opened later by" } else { "needed by" };
        format!("{verb} {}{more}", names.join(", "))
    }
}
