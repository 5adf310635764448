//! Why an image's program will not start.

use crate::events::Diagnostic;
use crate::program;
use crate::resolve::LoadError;
use crate::verdict;

/// What keeps an image from running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither an entrypoint nor a command.
    #[error("the image names no program to start")]
    NoEntrypoint,
    /// There is no such file.
    #[error("the image starts `{word}`, which is not in it")]
    NotThere {
        /// As the configuration has it.
        word: String,
    },
    /// The same, for a name without a slash.
    #[error("the image starts `{word}`, which is in no directory of its PATH")]
    NotInPath {
        /// As the configuration has it.
        word: String,
        /// Where it was looked for.
        searched: Vec<String>,
    },
    /// It is there, and may not be started.
    #[error("the image starts `{word}`, and its user may not: {why}")]
    Denied {
        /// As the configuration has it.
        word: String,
        /// Why, as a sentence.
        why: String,
    },
    /// The loader may not read what it needs.
    #[error("user {uid} may not read `{path}`, whose mode is {mode:04o}")]
    Unreadable {
        /// The library, or the loader.
        path: String,
        /// Who runs the program.
        uid: u32,
        /// Its permission bits.
        mode: u32,
    },
    /// The user is a name that the image does not know.
    #[error("the image runs as `{given}`, a user that it does not have")]
    NoUser {
        /// As the configuration has it.
        given: String,
    },
    /// A script whose interpreter is not there.
    #[error("`{script}` is a script for `{interpreter}`, which is not in the image")]
    NoInterpreter {
        /// The script.
        script: String,
        /// What its first line names.
        interpreter: String,
    },
    /// The program cannot be read.
    #[error(transparent)]
    Program(#[from] program::Error),
    /// A file of another machine than the image says.
    #[error("`{path}` is for `{own}`, and the image says that it is for `{said}`")]
    OtherPlatform {
        /// The file.
        path: String,
        /// What its header says.
        own: String,
        /// What the configuration says.
        said: String,
    },
    /// It is none that the kernel starts.
    #[error(transparent)]
    Kind(#[from] verdict::Error),
    /// What the loader will not find or take.
    #[error("{0}")]
    Loader(LoadError),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NoEntrypoint => "no-entrypoint",
            Self::NotThere { .. } | Self::NotInPath { .. } => "no-program",
            Self::Denied { .. } => "not-startable",
            Self::Unreadable { .. } => "not-readable",
            Self::NoUser { .. } => "no-such-user",
            Self::NoInterpreter { .. } => "no-interpreter",
            Self::Program(error) => error.code(),
            Self::OtherPlatform { .. } => "wrong-platform",
            Self::Kind(error) => error.code(),
            Self::Loader(load_error) => load_error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::NotInPath { searched, .. } => vec![format!("searched: {}", searched.join(", "))],
            Self::Kind(error) => error.details(),
            Self::Loader(load_error) => load_error.details(),
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoEntrypoint => "name one when it is run: `docker run --entrypoint /PROGRAM IMAGE`".to_owned(),
            Self::NotThere { .. } | Self::NotInPath { .. } => {
                "put it into the image, or name another program as its entrypoint".to_owned()
            }
            Self::Denied { .. } => "give it an x bit for that user, or name another user".to_owned(),
            Self::Unreadable { .. } => "let others read it (`chmod o+r`), or name another user".to_owned(),
            Self::NoUser { .. } => "name the user by its number, or put it into `/etc/passwd`".to_owned(),
            Self::NoInterpreter { interpreter, .. } => {
                format!("put `{interpreter}` with what it needs into the image: `pack` does that for a program")
            }
            Self::Program(_) => "build the image again, from the program as it was".to_owned(),
            Self::OtherPlatform { own, .. } => format!("build the image for `{own}`, or the program for the other one"),
            Self::Kind(_) => "name a compiled program for Linux as the entrypoint".to_owned(),
            Self::Loader(_) => {
                "build the image again with what is missing: `pack` finds what a program needs".to_owned()
            }
        }
    }
}
