//! Root file systems, and how paths lead through them.
//!
//! [`Files`] is what a root file system can be asked, whatever stands behind it: a directory of the
//! host ([`HostRoot`]), the image that is being made, an image that was read back, or a map in a test. [`walk`]
//! follows links in it as the kernel would after `chroot` (path_resolution(7)): absolute ones start again at the
//! root, and `..` stops there. So nothing outside the root is ever opened on the way.

mod host;
mod place;
mod walk;

pub use host::HostRoot;
pub use place::{Place, Root, Roots};
pub use walk::{MAX_LINKS, Walk, walk, walk_on};

use crate::bytes::ReadAt;
use crate::file::Stat;
use crate::paths::ImagePath;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// A root file system that can be asked what is in it.
///
/// Paths are taken as they are: no link on the way is followed, [`walk`] does that. A path
/// with a link among its directories is an error or another file, never one outside the root.
pub trait Files {
    /// What stands at `path`; of a link, the link itself.
    fn stat(&self, path: &ImagePath) -> io::Result<Stat>;

    /// Where the link at `path` points to, as it is written there.
    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf>;

    /// Opens the regular file at `path`.
    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>>;

    /// The names in the directory at `path`, sorted by bytes.
    fn list(&self, path: &ImagePath) -> io::Result<Vec<OsString>>;
}
