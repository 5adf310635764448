//! Where a file is: in which root, and at which path of it.

use super::{Files, Walk, walk};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Which root a path is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The root where all is looked up.
    Sysroot,
    /// The host, outside the sysroot: the program's own surroundings, and what the user named.
    Host,
}

/// A path as the loader writes it, in one of the two roots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path: absolute, perhaps with `..` in it.
    pub path: PathBuf,
    /// The root that it is a path of.
    pub root: Root,
    /// Whether it was found from the program on, by `$ORIGIN` for one: where the program goes, it goes along.
    pub moves: bool,
}

impl Place {
    /// A path of the sysroot.
    pub fn sysroot(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), root: Root::Sysroot, moves: false }
    }

    /// The file `name` in this directory.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Self {
        Self { path: self.path.join(OsStr::from_bytes(name)), ..self.clone() }
    }

    /// The directory that the file is in.
    #[must_use]
    pub fn directory(&self) -> Self {
        Self { path: self.path.parent().unwrap_or(Path::new("/")).to_owned(), ..self.clone() }
    }
}

/// The two roots of a run.
#[derive(Clone, Copy)]
pub struct Roots<'a> {
    /// The root where all is looked up.
    pub sysroot: &'a dyn Files,
    /// The root of what the sysroot does not hold: the program's own surroundings, and what the user named.
    pub host: &'a dyn Files,
}

impl<'a> Roots<'a> {
    /// One root for all.
    pub fn one(files: &'a dyn Files) -> Self {
        Self { sysroot: files, host: files }
    }

    /// The root that `place` is in.
    pub fn files(&self, place: &Place) -> &'a dyn Files {
        match place.root {
            Root::Sysroot => self.sysroot,
            Root::Host => self.host,
        }
    }

    /// Follows the path of `place` in its root, as [`walk`] does.
    pub fn walk(&self, place: &Place) -> io::Result<Walk> {
        walk(self.files(place), &place.path)
    }
}
