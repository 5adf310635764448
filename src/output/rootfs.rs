//! The plain root file system: a directory, or one plain tar.
//!
//! As root, owners and capabilities are set as in the image; else everything belongs to whoever runs pack,
//! because nobody else may give files away. The tar has them in any case.

use super::error::Error;
use super::file::{self, OutputFile};
use super::sink::TreeSink;
use super::target::Target;
use crate::content::Content;
use crate::layer::{self, first_names};
use crate::options::ENTRY_TIME;
use crate::paths::ImagePath;
use crate::rootfs::{Entry, Node, Rootfs};
use crate::temporary;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT, XattrFlags, utimensat};
use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::path::Path;

/// A directory, which must be absent or empty; a tar where the path ends in `.tar`, or something takes a stream.
pub struct RootfsSink {
    target: Target,
}

impl RootfsSink {
    /// A sink that writes to `target`.
    pub fn new(target: Target) -> Self {
        Self { target }
    }
}

impl TreeSink for RootfsSink {
    fn deliver(self: Box<Self>, rootfs: &Rootfs) -> Result<(), Error> {
        match self.target.path() {
            Some(path) if !is_tar(path) => directory(rootfs, path),
            _ => tar(rootfs, file::open(&self.target)?),
        }
    }
}

/// A path that ends in `.tar`, or where something takes a stream.
fn is_tar(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tar")
        || file::is_open_already(path)
        || std::fs::metadata(path).is_ok_and(|there| !there.is_dir() && !there.is_file())
}

fn tar(rootfs: &Rootfs, out: OutputFile) -> Result<(), Error> {
    match out {
        OutputFile::Stream(mut file) => Ok(layer::write_tar(rootfs, &mut file)?),
        OutputFile::File(pending) => {
            let mut file = pending.file();
            layer::write_tar(rootfs, &mut file)?;
            pending.keep()
        }
    }
}

fn directory(rootfs: &Rootfs, path: &Path) -> Result<(), Error> {
    let cannot = |source| Error::Open { path: path.to_owned(), source };
    match std::fs::read_dir(path) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(Error::NotEmpty { path: path.to_owned() });
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Error::NotEmpty { path: path.to_owned() });
        }
        Err(error) => return Err(cannot(error)),
    }
    let to = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = file::parent(&to);
    if !beside.is_dir() {
        return Err(Error::NoDirectory { path: path.to_owned(), directory: beside.to_owned() });
    }
    let prefix = file::prefix(&to).ok_or_else(|| Error::NotEmpty { path: path.to_owned() })?;
    let made = temporary::directory(beside, &prefix).map_err(cannot)?;
    fill(rootfs, made.path())?;
    std::fs::set_permissions(made.path(), Permissions::from_mode(0o755)).map_err(cannot)?;
    // An empty directory gives way.
    std::fs::rename(made.path(), &to).map_err(cannot)?;
    made.keep();
    Ok(())
}

fn fill(rootfs: &Rootfs, root: &Path) -> Result<(), Error> {
    let entries: BTreeMap<&ImagePath, &Entry> = rootfs.entries().iter().collect();
    let first = first_names(&entries);
    for (path, entry) in &entries {
        let to = path.below(root);
        // Nothing is written through a link, whatever the tree says.
        let held = path.parent().is_none_or(|parent| {
            parent.is_root() || rootfs.entries().get(&parent).is_some_and(|above| above.node == Node::Directory)
        });
        if !held {
            return Err(Error::Open { path: to, source: io::ErrorKind::NotADirectory.into() });
        }
        let cannot = |source| Error::Open { path: to.clone(), source };
        match (&entry.node, first.get(path)) {
            // Its own mode comes last: it may keep even its owner from writing into it.
            (Node::Directory, _) => std::fs::create_dir(&to).map_err(cannot)?,
            (Node::Link(target), _) => symlink(target, &to).map_err(cannot)?,
            (Node::File(_), Some(first)) => {
                std::fs::hard_link(first.below(root), &to).map_err(cannot)?;
                continue;
            }
            (Node::File(content), None) => write_file(content, &to)?,
        }
        if entry.node != Node::Directory {
            settle(entry, &to).map_err(cannot)?;
        }
    }
    for (path, entry) in entries.iter().rev().filter(|(_, entry)| entry.node == Node::Directory) {
        let to = path.below(root);
        settle(entry, &to).map_err(|source| Error::Open { path: to.clone(), source })?;
    }
    Ok(())
}

fn write_file(content: &Content, to: &Path) -> Result<(), Error> {
    let cannot = |source| Error::Open { path: to.to_owned(), source };
    let mut out = BufWriter::new(File::create_new(to).map_err(cannot)?);
    layer::write_file(content, &mut out)?;
    out.flush().map_err(cannot)
}

/// Owner, mode, capability, time: in this order, because a new owner takes the special bits away.
fn settle(entry: &Entry, to: &Path) -> io::Result<()> {
    let root = rustix::process::geteuid().is_root();
    if root {
        lchown(to, Some(entry.uid), Some(entry.gid))?;
    }
    if !matches!(entry.node, Node::Link(_)) {
        std::fs::set_permissions(to, Permissions::from_mode(entry.mode))?;
    }
    if let (Some(capability), true) = (&entry.capability, root) {
        rustix::fs::lsetxattr(to, "security.capability", capability, XattrFlags::empty())?;
    }
    let time = Timespec { tv_sec: ENTRY_TIME.into(), tv_nsec: 0 };
    let unset = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let times = Timestamps { last_access: unset, last_modification: time };
    utimensat(CWD, to, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(())
}
