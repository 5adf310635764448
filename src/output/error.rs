//! Why an image cannot be written.

use super::target::Target;
use crate::events::Diagnostic;
use crate::{image, layer};
use std::io;
use std::path::{Path, PathBuf};

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
