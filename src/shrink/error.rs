//! Why a file cannot be made smaller.

use crate::events::Diagnostic;
use crate::tools;
use std::io;
use std::path::PathBuf;

/// Why a file cannot be made smaller.
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
    /// The program changed since it was looked at.
    #[error("`{given}` changed while UPX packed it")]
    Changed {
        /// The program as it was given.
        given: String,
    },
    /// UPX would break the program.
    #[error("`{given}` cannot be packed by UPX: {why}")]
    Refused {
        /// The program as it was given.
        given: String,
        /// Why, as a sentence.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// UPX is not installed.
    #[error("cannot pack `{given}` with UPX: there is no `upx` in PATH")]
    NoUpx {
        /// The program as it was given.
        given: String,
    },
    /// UPX failed.
    #[error("cannot pack `{given}` with UPX")]
    Tool {
        /// The program as it was given.
        given: String,
        /// What it says.
        source: tools::Error,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Changed { .. } => "changed",
            Self::Refused { .. } => "upx-refused",
            Self::NoUpx { .. } => "no-upx",
            Self::Tool { .. } => "upx-failed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "",
            Self::Changed { .. } => "wait until the build is done, and pack again",
            Self::Refused { hint, .. } => hint,
            Self::NoUpx { .. } => {
                "install it (`apt-get install upx-ucl` on Debian, where bookworm has it in its backports), \
                 or leave `--upx` out"
            }
            Self::Tool { source: tools::Error::Place { .. }, .. } => "name one that can be written to with TMPDIR",
            Self::Tool { .. } => "leave `--upx` out",
        }
        .to_owned()
    }
}
