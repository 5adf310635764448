//! Errors of a closure.

use crate::events::Diagnostic;
use crate::evidence;
use crate::resolve::LoadError;
use crate::suggest;
use std::path::PathBuf;

/// Why a program has no closure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The loader does not find a library, or rejects it.
    #[error("{load_error}")]
    Resolve {
        /// The loader's reason.
        load_error: LoadError,
        /// A better hint than the load error's own; `None`: that one.
        hint: Option<String>,
    },
    /// A directory of `--library-path` does not exist.
    #[error("there is no directory `{}` to look for libraries in", directory.display())]
    NoDirectory {
        /// The directory as the user gave it.
        directory: PathBuf,
    },
    /// Evidence cannot be followed.
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Resolve { load_error, .. } => load_error.code(),
            Self::NoDirectory { .. } => "no-directory",
            Self::Evidence(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Resolve { load_error, .. } => load_error.details(),
            Self::NoDirectory { .. } => Vec::new(),
            Self::Evidence(error) => error.details(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Resolve { load_error, hint } => hint.clone().unwrap_or_else(|| load_error.hint()),
            Self::NoDirectory { directory } => match suggest::beside(directory) {
                Some(closest) => format!("did you mean `{}`?", closest.display()),
                None => "`--library-path DIR` takes a directory of this machine, `=DIR` one of the sysroot".to_owned(),
            },
            Self::Evidence(error) => error.hint(),
        }
    }

    fn is_usage_error(&self) -> bool {
        matches!(self, Self::NoDirectory { .. })
    }
}
