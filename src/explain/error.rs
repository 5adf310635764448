//! Why an image's program will not start.

use crate::events::Diagnostic;
use crate::program;
use crate::resolve::LoadError;
use crate::verdict;

/// A reason why an image cannot run its program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration has neither an entrypoint nor a command.
    #[error("the image names no program to start")]
    NoEntrypoint,
    /// The file that the image starts is not in it.
    #[error("the image starts `{word}`, which is not in it")]
    NotThere {
        /// The program as the configuration has it.
        word: String,
    },
    /// A name without a slash is in none of the directories of PATH.
    #[error("the image starts `{word}`, which is in no directory of its PATH")]
    NotInPath {
        /// The program as the configuration has it.
        word: String,
        /// The directories that were searched.
        searched: Vec<String>,
    },
    /// The file is there, but the user of the image may not start it.
    #[error("the image starts `{word}`, which user {uid} may not start: {why}")]
    Denied {
        /// The program as the configuration has it.
        word: String,
        /// The user's number.
        uid: u32,
        /// The mode that forbids it, as a sentence.
        why: String,
    },
    /// The loader, which runs as the user of the image, may not read a file.
    #[error("user {uid} may not read `{path}`{}", because(path, barrier, *mode))]
    Unreadable {
        /// The library, or the loader.
        path: String,
        /// Who runs the program.
        uid: u32,
        /// The directory above that is closed, or the file itself.
        barrier: String,
        /// The permission bits of that.
        mode: u32,
    },
    /// The user is a name that the image does not know.
    #[error("the image runs as `{given}`, a user that it does not have")]
    NoUser {
        /// The user as the configuration has it.
        given: String,
    },
    /// The interpreter of a script is not in the image.
    #[error("`{script}` is a script for `{interpreter}`, which is not in the image")]
    NoInterpreter {
        /// The path of the script.
        script: String,
        /// The interpreter that the first line of the script names.
        interpreter: String,
    },
    /// The program that a script becomes is not in the image.
    #[error("`{script}` runs `{command}`, which is not in the image")]
    NoCommand {
        /// The path of the script.
        script: String,
        /// The command as the script has it.
        command: String,
    },
    /// The program cannot be read.
    #[error(transparent)]
    Program(#[from] program::Error),
    /// A file of another machine than the image says.
    #[error("`{path}` is for `{own}`, but the image says that it is for `{said}`")]
    OtherPlatform {
        /// The path of the file.
        path: String,
        /// The platform that the header of the file tells.
        own: String,
        /// The platform of the configuration.
        said: String,
    },
    /// The program is not one that the kernel starts.
    #[error(transparent)]
    Kind(#[from] verdict::Error),
    /// A library or loader that would not be found, or not be taken.
    #[error("{0}")]
    Loader(LoadError),
}

/// Why a file cannot be read: its own mode, or that of a directory above.
fn because(path: &str, barrier: &str, mode: u32) -> String {
    if path == barrier { format!(", whose mode is {mode:04o}") } else { format!(": `{barrier}` has mode {mode:04o}") }
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NoEntrypoint => "no-entrypoint",
            Self::NotThere { .. } | Self::NotInPath { .. } | Self::NoCommand { .. } => "no-program",
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
            Self::NoEntrypoint => {
                "name one when you run the image: `docker run --entrypoint /PROGRAM IMAGE`".to_owned()
            }
            Self::NoCommand { command, .. } => {
                format!("put `{command}` with what it needs into the image: `pack` does that for a program")
            }
            Self::NotThere { .. } | Self::NotInPath { .. } => {
                "put it into the image, or name another program as its entrypoint".to_owned()
            }
            Self::Denied { .. } => "give the file an x bit for that user, or name another user".to_owned(),
            Self::Unreadable { .. } => {
                "let others read it and enter the directories above (`chmod o+rX`), or name another user".to_owned()
            }
            Self::NoUser { .. } => "name the user by its number, or put it into `/etc/passwd`".to_owned(),
            Self::NoInterpreter { interpreter, .. } => {
                format!("put `{interpreter}` with what it needs into the image: `pack` does that for a program")
            }
            Self::Program(_) => "build the image again, with a program that is whole".to_owned(),
            Self::OtherPlatform { own, .. } => format!("build the image for `{own}`, or the program for the other one"),
            Self::Kind(_) => "name a compiled program for Linux as the entrypoint".to_owned(),
            Self::Loader(_) => {
                "build the image again with what is missing: `pack` finds what a program needs".to_owned()
            }
        }
    }
}
