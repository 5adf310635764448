//! Root file systems, and how paths lead through them.
//!
//! [`Files`] is what a root file system can be asked, whatever stands behind it: a directory of the
//! host ([`HostRoot`]), the image that is being made, an image that was read back, or several roots one over the other
//! ([`Overlay`]). [`walk()`] follows links in it as the kernel would after `chroot` (path_resolution(7)): absolute ones
//! start again at the root, and `..` stops there. So nothing outside the root is ever opened on the way.

mod host;
mod overlay;
mod place;
mod walk;

pub use host::{HostRoot, HostRoots};
pub use overlay::{Overlay, OverlayLayer};
pub use place::{Found, Place, Root, Roots};
pub use walk::{MAX_LINKS, Walk, walk, walk_on};

use crate::bytes::ReadAt;
use crate::content::Content;
use crate::file::{FileKind, Stat};
use crate::paths::ImagePath;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// A root file system that can be asked what is in it.
///
/// Callers follow links, with [`walk()`]: a path that is passed here has no link among its directories. For another path
/// the answer may be an error, or be about the wrong file.
pub trait Files: Sync {
    /// Kind, mode and identity of what is at `path`; of a link, those of the link itself.
    fn stat(&self, path: &ImagePath) -> io::Result<Stat>;

    /// The target of the link at `path`, as it is written.
    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf>;

    /// Opens the regular file at `path`.
    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>>;

    /// As [`Files::open`], where [`Files::stat`] or [`Files::list`] told of a regular file before.
    fn open_again(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        self.open(path)
    }

    /// Where the bytes of the regular file at `path` come from. `stat` is what [`Files::stat`] told of the file, which must
    /// be there.
    fn content(&self, path: &ImagePath, stat: &Stat) -> Content;

    /// The `security.capability` of the file at `path` (capabilities(7)); `None` where there is none.
    fn capability(&self, path: &ImagePath) -> io::Result<Option<Vec<u8>>>;

    /// An error where the bytes of the file at `path` may not be read.
    fn check_readable(&self, _: &ImagePath) -> io::Result<()> {
        Ok(())
    }

    /// The names in the directory at `path`, sorted by bytes, each with the kind of file.
    fn list(&self, path: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>>;
}

/// A root with nothing in it, not even `/`.
pub struct Nowhere;

impl Files for Nowhere {
    fn stat(&self, _: &ImagePath) -> io::Result<Stat> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read_link(&self, _: &ImagePath) -> io::Result<PathBuf> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn open(&self, _: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn content(&self, _: &ImagePath, _: &Stat) -> Content {
        unreachable!("there is no file whose content could be asked for")
    }

    fn capability(&self, _: &ImagePath) -> io::Result<Option<Vec<u8>>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn list(&self, _: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>> {
        Err(io::ErrorKind::NotFound.into())
    }
}
