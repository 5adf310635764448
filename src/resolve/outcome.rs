//! What keeps a program from being loaded, as values that can be told.

use super::skipped::Skipped;
use crate::elf::Bytes;
use crate::events::Diagnostic;
use std::path::PathBuf;

/// A library that is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// What was asked for.
    pub soname: Bytes,
    /// Who asked.
    pub needed_by: Vec<String>,
    /// Where the loader looks for it, for the first who asked.
    pub searched: Vec<String>,
    /// Where the loader does not look for it, for the first who asked.
    pub skipped: Vec<Skipped>,
}

/// What makes the loader, or the kernel, give up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// There is no such library.
    #[error("cannot find `{}`, needed by {}", String::from_utf8_lossy(&.0.soname), names(&.0.needed_by))]
    Missing(Missing),
    /// The program's loader.
    #[error("`{program}` asks for the loader `{}`, {why}", loader.display())]
    Loader {
        /// The program.
        program: String,
        /// The path it names.
        loader: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file that is found first cannot be loaded, and the loader looks no further.
    #[error("the loader stops at `{}`: {why}", path.display())]
    Candidate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What was asked for.
        soname: String,
        /// Who asked.
        needed_by: String,
    },
    /// The name depends on where the program is started.
    #[error("`{needed_by}` needs `{soname}`, a path relative to the directory that the program is started in")]
    Relative {
        /// What was asked for.
        soname: String,
        /// Who asked.
        needed_by: String,
    },
    /// A version that the chosen library does not have.
    #[error("`{object}` needs version `{version}` of `{soname}`, which `{}` does not have", library.display())]
    Version {
        /// Who needs it.
        object: String,
        /// The version.
        version: String,
        /// Of what.
        soname: String,
        /// The file that was chosen.
        library: PathBuf,
    },
}

impl Missing {
    /// Where the loader looks, and where it does not: a line each, if any.
    fn search(&self) -> Vec<String> {
        let skipped: Vec<String> = self.skipped.iter().map(ToString::to_string).collect();
        let lines = [("searched", &self.searched), ("skipped", &skipped)].into_iter();
        lines
            .filter(|(_, rungs)| !rungs.is_empty())
            .map(|(word, rungs)| format!("{word}: {}", rungs.join("; ")))
            .collect()
    }
}

impl LoadError {
    /// What cannot be loaded: a soname, or the path of a loader.
    pub fn subject(&self) -> String {
        match self {
            Self::Missing(missing) => String::from_utf8_lossy(&missing.soname).into_owned(),
            Self::Loader { loader, .. } => loader.display().to_string(),
            Self::Candidate { soname, .. } | Self::Relative { soname, .. } | Self::Version { soname, .. } => {
                soname.clone()
            }
        }
    }
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Diagnostic for LoadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-library",
            Self::Loader { .. } => "no-loader",
            Self::Candidate { .. } => "unusable-library",
            Self::Relative { .. } => "relative-library",
            Self::Version { .. } => "missing-version",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Missing(missing) => missing.search(),
            Self::Candidate { soname, needed_by, .. } => {
                vec![format!(
                    "it is the first file that is found for `{soname}`, needed by `{needed_by}`: the loader looks no further"
                )]
            }
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Missing(_) => "name the directory that holds it with `--library-path DIR`".to_owned(),
            Self::Loader { .. } => "install the C library that the program was built with, or name the root that has it with `--sysroot DIR`".to_owned(),
            Self::Candidate { .. } => "remove the file, or name a directory that is searched before it with `--library-path DIR`".to_owned(),
            Self::Relative { .. } => "link the program again, with a SONAME in the library".to_owned(),
            Self::Version { soname, .. } => {
                format!("pack on a machine whose `{soname}` is as new as the one it was built with, or build the program there")
            }
        }
    }
}
