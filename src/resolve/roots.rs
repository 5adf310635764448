//! The roots where files are looked up, fast: a directory is walked once, however many names are looked for in it.

use super::known::KnownFiles;
use crate::file::FileKind;
use crate::files::{Files, Place, Roots, Walk, walk, walk_on};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::rc::Rc;

/// An error that can be given again.
struct WalkError {
    kind: io::ErrorKind,
    number: Option<i32>,
}

impl WalkError {
    fn new(error: &io::Error) -> Self {
        Self { kind: error.kind(), number: error.raw_os_error() }
    }

    fn again(&self) -> io::Error {
        self.number.map_or_else(|| self.kind.into(), io::Error::from_raw_os_error)
    }
}

/// The two roots, and the directories of them that were walked.
pub struct CachedRoots<'a> {
    roots: Roots<'a>,
    /// What was read before.
    pub known: &'a KnownFiles,
    directories: RefCell<HashMap<Place, Rc<Result<Walk, WalkError>>>>,
}

impl<'a> CachedRoots<'a> {
    /// Looks in `roots`.
    pub fn new(roots: Roots<'a>, known: &'a KnownFiles) -> Self {
        Self { roots, known, directories: RefCell::default() }
    }

    /// The root that a place is in.
    pub fn files(&self, place: &Place) -> &'a dyn Files {
        self.roots.files(place)
    }

    /// Follows a place's path to its end.
    pub fn walk(&self, place: &Place) -> io::Result<Walk> {
        let Some(name) = place.path.file_name() else { return walk(self.files(place), &place.path) };
        let directory = self.directory(&place.directory());
        let directory = match &*directory {
            Ok(directory) => directory,
            Err(error) => return Err(error.again()),
        };
        walk_on(self.files(place), directory.clone(), Path::new(name))
    }

    /// Whether a directory is there.
    pub fn has_directory(&self, place: &Place) -> bool {
        matches!(&*self.directory(place), Ok(walk) if walk.stat.kind == FileKind::Directory)
    }

    fn directory(&self, place: &Place) -> Rc<Result<Walk, WalkError>> {
        if let Some(known) = self.directories.borrow().get(place) {
            return known.clone();
        }
        let walked = Rc::new(walk(self.files(place), &place.path).map_err(|error| WalkError::new(&error)));
        self.directories.borrow_mut().insert(place.clone(), walked.clone());
        walked
    }
}

/// Whether an error is ELOOP, whose kind has no stable name.
pub fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}
