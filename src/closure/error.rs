//! Why there is no closure, as values that can be told.

use crate::events::Diagnostic;
use crate::evidence;
use crate::resolve::LoadError;
use crate::suggest;
use std::path::PathBuf;

/// Why something that is needed is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The loader will not find a file, or not take it.
    #[error("{load_error}")]
    Resolve {
        /// Why not.
        load_error: LoadError,
        /// What to do, where more is known here than to the rule.
        hint: Option<String>,
    },
    /// A directory of `--library-path` is not there.
    #[error("there is no directory `{}` to look for libraries in", directory.display())]
    NoDirectory {
        /// The directory, as it was given.
        directory: PathBuf,
    },
    /// What the evidence shows.
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
