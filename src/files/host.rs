//! A directory of the host that is taken for the root.

use super::{Files, Roots};
use crate::bytes::ReadAt;
use crate::content::Content;
use crate::file::{FileKind, HostFile, Stat, capability};
use crate::paths::ImagePath;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A directory of the host that is taken for the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRoot {
    root: PathBuf,
}

impl HostRoot {
    /// Takes `root` for `/`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The path on the host of `path` in this root.
    pub fn host_path(&self, path: &ImagePath) -> PathBuf {
        path.below(&self.root)
    }
}

/// The roots of a run on this machine: a directory that is taken for the sysroot, and the host itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRoots {
    sysroot: HostRoot,
    host: HostRoot,
}

impl HostRoots {
    /// Takes the directory `sysroot` for the root where everything is looked up; links on the way to it are followed.
    pub fn new(sysroot: &Path) -> Self {
        let real = std::fs::canonicalize(sysroot).unwrap_or_else(|_| sysroot.to_owned());
        Self { sysroot: HostRoot::new(real), host: HostRoot::new("/") }
    }

    /// Whether the sysroot is the host's own root.
    pub fn is_host(&self) -> bool {
        self.sysroot == self.host
    }

    /// The two roots.
    pub fn roots(&self) -> Roots<'_> {
        Roots { sysroot: &self.sysroot, host: &self.host, directory: Some(&self.sysroot.root) }
    }
}

impl Files for HostRoot {
    fn stat(&self, path: &ImagePath) -> io::Result<Stat> {
        Ok(Stat::new(&std::fs::symlink_metadata(self.host_path(path))?))
    }

    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf> {
        std::fs::read_link(self.host_path(path))
    }

    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        Ok(Box::new(HostFile::open(&self.host_path(path))?))
    }

    fn open_again(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        Ok(Box::new(HostFile::open_again(&self.host_path(path))?))
    }

    fn content(&self, path: &ImagePath, stat: &Stat) -> Content {
        Content::Host { path: self.host_path(path), identity: stat.identity }
    }

    fn capability(&self, path: &ImagePath) -> io::Result<Option<Vec<u8>>> {
        capability(&self.host_path(path))
    }

    fn check_readable(&self, path: &ImagePath) -> io::Result<()> {
        Ok(rustix::fs::access(self.host_path(path), rustix::fs::Access::READ_OK)?)
    }

    fn list(&self, path: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>> {
        // A directory tells the kind of each entry, without a stat of the file.
        let entries = std::fs::read_dir(self.host_path(path))?.map(|entry| {
            let entry = entry?;
            Ok((entry.file_name(), FileKind::new(entry.file_type()?)))
        });
        let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
        Ok(entries)
    }
}
