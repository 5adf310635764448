//! Where a result goes.

use crate::file::{FileId, FileKind, Stat};
use crate::options::{Destination, Format};
use std::path::{Path, PathBuf};

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A path of the host.
    Path(PathBuf),
}

impl Target {
    /// What `destination` comes to for an image of this name.
    pub fn new(destination: &Destination, format: Format, name: &str) -> Self {
        match destination {
            Destination::Stdout => Self::Stdout,
            Destination::Path(path) => Self::Path(path.clone()),
            Destination::Here => Self::Path(format!("{name}.{}", format.suffix()).into()),
        }
    }

    /// The path of the host; `None`: standard output.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::Path(path) => Some(path),
        }
    }

    /// The device and inode of the regular file that is there now.
    pub fn inode(&self) -> Option<FileId> {
        let stat = Stat::new(&std::fs::metadata(self.path()?).ok()?);
        (stat.kind == FileKind::File).then(|| stat.identity.inode())
    }
}
