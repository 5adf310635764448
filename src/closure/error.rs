//! Why there is no closure, as values that can be told.

use crate::events::Tell;
use crate::evidence;
use crate::likeness;
use crate::resolve::Trouble;
use std::path::PathBuf;

/// Why something that is needed is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the loader will not find or take.
    #[error("{trouble}")]
    Resolve {
        /// What it is.
        trouble: Trouble,
        /// What to do, where more is known than the rule knows.
        hint: Option<String>,
    },
    /// A directory of `--library-path` is not there.
    #[error("there is no directory `{}` to look for libraries in", directory.display())]
    NoDirectory {
        /// As it was given.
        directory: PathBuf,
    },
    /// What the evidence shows.
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
}

impl Tell for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Resolve { trouble, .. } => trouble.code(),
            Self::NoDirectory { .. } => "no-directory",
            Self::Evidence(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Resolve { trouble, .. } => trouble.details(),
            Self::NoDirectory { .. } => Vec::new(),
            Self::Evidence(error) => error.details(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Resolve { trouble, hint } => hint.clone().unwrap_or_else(|| trouble.hint()),
            Self::NoDirectory { directory } => match likeness::beside(directory) {
                Some(closest) => format!("did you mean `{}`?", closest.display()),
                None => "`--library-path DIR` takes a directory of this machine, `=DIR` one of the sysroot".to_owned(),
            },
            Self::Evidence(error) => error.hint(),
        }
    }

    fn asked_wrongly(&self) -> bool {
        matches!(self, Self::NoDirectory { .. })
    }
}
