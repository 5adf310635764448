//! Why a layer cannot be made.

use crate::events::Diagnostic;
use std::io;
use std::path::PathBuf;

/// Why a layer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where it is on the host.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file changed since it was looked at.
    #[error("`{}` changed while it was read", path.display())]
    Changed {
        /// Where it is on the host.
        path: PathBuf,
    },
    /// The destination does not take the bytes.
    #[error("cannot write the image")]
    Write(#[from] io::Error),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Changed { .. } => "changed",
            Self::Write(_) => "cannot-write",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Changed { .. } => "wait until the build is done, and pack again".to_owned(),
            Self::Write(error) if error.kind() == io::ErrorKind::StorageFull => {
                "make room there, or name another place with `--output`".to_owned()
            }
            Self::Unreadable { .. } | Self::Write(_) => String::new(),
        }
    }
}
