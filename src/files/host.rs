//! A directory of the host that is taken for the root.

use super::Files;
use crate::bytes::ReadAt;
use crate::file::{HostFile, Stat};
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

    /// Where `path` is on the host.
    pub fn host_path(&self, path: &ImagePath) -> PathBuf {
        path.below(&self.root)
    }

    /// Where a path of the host is in the root; `None`: outside.
    pub fn inside(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.root).ok().map(|inside| Path::new("/").join(inside))
    }

    /// The directory that is taken for `/`.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Files for HostRoot {
    fn stat(&self, path: &ImagePath) -> io::Result<Stat> {
        Ok(Stat::of(&std::fs::symlink_metadata(self.host_path(path))?))
    }

    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf> {
        std::fs::read_link(self.host_path(path))
    }

    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        Ok(Box::new(HostFile::open(&self.host_path(path))?))
    }

    fn list(&self, path: &ImagePath) -> io::Result<Vec<OsString>> {
        let names = std::fs::read_dir(self.host_path(path))?.map(|entry| Ok(entry?.file_name()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        names.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        Ok(names)
    }
}
