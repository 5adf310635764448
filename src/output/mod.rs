//! Where images go: sinks that take blobs, such as the archive that every engine loads, and sinks that take the tree
//! itself, such as the plain root file system. A new one is a file here, and a row of [`open`].
//!
//! Whatever happens on the way, what was at the destination before is there until the new one is whole.

mod archive;
mod file;
mod rootfs;

use crate::blob::{BlobStore, Digest};
use crate::events::Diagnostic;
use crate::file::{FileId, FileKind, Stat};
use crate::image::Image;
use crate::options::{Destination, Format};
use crate::reference::Reference;
use crate::rootfs::Rootfs;
use crate::{image, layer};
use std::io;
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

/// What takes an image, by what of it is taken.
pub enum Sink {
    /// Layers, configuration and manifest, as they are made.
    Blobs(Box<dyn BlobSink>),
    /// The tree of one program, of which nothing is encoded.
    Tree(Box<dyn TreeSink>),
}

/// A store of blobs that becomes the result when all of them are in it.
pub trait BlobSink: BlobStore {
    /// Writes what leads to `images`, whose blobs the store has, under each of `names`, and lets the result appear. Gives
    /// the digest of the manifest, or of the index where there are several images. What was written before stays invisible
    /// if this fails, or is not called.
    fn deliver(self: Box<Self>, images: &[Image], names: &[Reference]) -> Result<Digest, Error>;
}

/// What is made of a tree as it is.
pub trait TreeSink {
    /// Writes `rootfs`, whole or not at all.
    fn deliver(self: Box<Self>, rootfs: &Rootfs) -> Result<(), Error>;
}

/// Opens `target` for a result of this form.
pub fn open(format: Format, target: &Target) -> Result<Sink, Error> {
    Ok(match format {
        Format::Archive => Sink::Blobs(Box::new(archive::Archive::new(file::open(target)?))),
        Format::Rootfs => Sink::Tree(Box::new(rootfs::RootfsSink::new(target.clone()))),
    })
}

/// Why an image cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory of the destination is not there.
    #[error("cannot write `{}`: there is no directory `{}`", path.display(), directory.display())]
    NoDirectory {
        /// The destination.
        path: PathBuf,
        /// What is missing.
        directory: PathBuf,
    },
    /// The destination is a directory.
    #[error("cannot write `{}`: it is a directory", path.display())]
    Directory {
        /// The destination.
        path: PathBuf,
    },
    /// A root file system goes only where nothing is.
    #[error("cannot write `{}`: something is there already", path.display())]
    NotEmpty {
        /// The destination.
        path: PathBuf,
    },
    /// The destination cannot be opened or replaced.
    #[error("cannot write `{}`", path.display())]
    Open {
        /// The destination.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The destination does not take the bytes.
    #[error("cannot write the image")]
    Write(#[from] io::Error),
    /// A terminal would show bytes that are not text.
    #[error("standard output is a terminal, which cannot take an image")]
    Terminal,
    /// A layer cannot be made.
    #[error(transparent)]
    Layer(#[from] layer::Error),
    /// The image cannot be described.
    #[error(transparent)]
    Image(#[from] image::Error),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NoDirectory { .. } => "no-directory",
            Self::Directory { .. } => "is-directory",
            Self::NotEmpty { .. } => "not-empty",
            Self::Open { .. } | Self::Write(_) => "cannot-write",
            Self::Terminal => "terminal",
            Self::Layer(error) => error.code(),
            Self::Image(error) => error.code(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoDirectory { directory, .. } => format!("make it first: `mkdir -p {}`", directory.display()),
            Self::Directory { path } => format!("name a file in it: `--output {}`", path.join("image.tar").display()),
            Self::NotEmpty { .. } => {
                "a root file system goes to a path that is absent or an empty directory".to_owned()
            }
            Self::Open { .. } | Self::Write(_) => {
                "make room there, allow writing there, or name another place with `--output`".to_owned()
            }
            Self::Terminal => "pipe it on: `pack PROGRAM -o - | docker load`".to_owned(),
            Self::Layer(error) => error.hint(),
            Self::Image(error) => error.hint(),
        }
    }

    fn is_usage_error(&self) -> bool {
        matches!(self, Self::Terminal)
    }
}

impl Error {
    /// This error with the name of the destination, where the destination did not take the bytes.
    #[must_use]
    pub fn at(self, target: &Target) -> Self {
        let path = target.path().unwrap_or(Path::new("standard output")).to_owned();
        match self {
            Self::Write(source)
            | Self::Layer(layer::Error::Write(source))
            | Self::Image(image::Error::Write(source)) => Self::Open { path, source },
            other => other,
        }
    }
}
