//! Paths followed as the kernel follows them (path_resolution(7)).

use super::Files;
use crate::file::{FileKind, Stat};
use crate::paths::ImagePath;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How many links one path may lead through, as many as the kernel follows (path_resolution(7)).
pub const MAX_LINKS: usize = 40;

/// The end of a path, and what the path has led through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The file at the end; neither the file nor any directory above it is a link.
    pub real: ImagePath,
    /// The kind, mode and identity of that file.
    pub stat: Stat,
    /// Every link on the way with its target as it is written, in the order in which they were met.
    pub links: Vec<(ImagePath, PathBuf)>,
    /// Every directory on the way but `/`, also those that a `..` left again: the kernel needs each of them.
    pub directories: Vec<ImagePath>,
}

/// Follows `path` from the root of `files` as the kernel does (path_resolution(7)): a relative link goes on from its
/// directory, an absolute one from the root; the `..` of the root is the root.
///
/// `path` is absolute, and may have `.`, `..` and doubled slashes.
///
/// # Errors
/// Those of the kernel: `NotFound`, `NotADirectory` for a name below something else, `FilesystemLoop` (`ELOOP`) for more
/// than [`MAX_LINKS`] links, `PermissionDenied`.
pub fn walk(files: &dyn Files, path: &Path) -> io::Result<Walk> {
    let real = ImagePath::root();
    let stat = files.stat(&real)?;
    walk_on(files, Walk { real, stat, links: Vec::new(), directories: Vec::new() }, path)
}

/// Follows a relative path from where `walk` has led; the links of both count together. Errors as for [`walk()`].
pub fn walk_on(files: &dyn Files, mut walk: Walk, path: &Path) -> io::Result<Walk> {
    let mut todo: VecDeque<OsString> = names(path).collect();
    while let Some(name) = todo.pop_front() {
        if walk.stat.kind != FileKind::Directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if name == "." {
            continue;
        }
        if name == ".." {
            walk.real = walk.real.parent().unwrap_or_else(ImagePath::root);
            walk.stat = files.stat(&walk.real)?;
            continue;
        }
        let next = walk.real.join(&name).ok_or(io::ErrorKind::NotFound)?;
        let stat = files.stat(&next)?;
        match stat.kind {
            FileKind::Link => {
                if walk.links.len() == MAX_LINKS {
                    return Err(rustix::io::Errno::LOOP.into());
                }
                let target = files.read_link(&next)?;
                for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
                    todo.push_front(name);
                }
                if target.is_absolute() {
                    walk.real = ImagePath::root();
                    walk.stat = files.stat(&walk.real)?;
                }
                walk.links.push((next, target));
            }
            kind => {
                if kind == FileKind::Directory && !walk.directories.contains(&next) {
                    walk.directories.push(next.clone());
                }
                walk.real = next;
                walk.stat = stat;
            }
        }
    }
    Ok(walk)
}

/// The names in a path. A slash at its end asks for a directory, as `.` does.
pub(super) fn names(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    let bytes = path.as_os_str().as_bytes();
    let end = (bytes.len() > 1 && bytes.ends_with(b"/")).then(|| OsString::from("."));
    let parts = bytes.split(|byte| *byte == b'/').filter(|name| !name.is_empty());
    parts.map(|name| OsStr::from_bytes(name).to_owned()).chain(end)
}
