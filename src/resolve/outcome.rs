//! What resolving came to, as values that can be told: rules, what is missing, what stops the loader.

use crate::elf::Bytes;
use crate::events::Diagnostic;
use std::fmt;
use std::path::PathBuf;

/// The rule that found a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The name has a slash: it is the path.
    Path,
    /// DT_RPATH of an object, with the directory.
    Rpath(String, PathBuf),
    /// DT_RUNPATH of an object, with the directory.
    Runpath(String, PathBuf),
    /// `--library-path`, which has the place of LD_LIBRARY_PATH.
    LibraryPath(PathBuf),
    /// NixOS' note of an object, with the file or directory.
    Note(String, PathBuf),
    /// ld.so.cache.
    Cache(PathBuf),
    /// A directory of ld.so.conf, in a root without a cache.
    Conf(PathBuf),
    /// A default directory, or one of musl's path file.
    Default(PathBuf),
}

impl Rule {
    /// What scripts know it by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Rpath(..) => "rpath",
            Self::Runpath(..) => "runpath",
            Self::LibraryPath(_) => "library-path",
            Self::Note(..) => "nixos-note",
            Self::Cache(_) => "ld.so.cache",
            Self::Conf(_) => "ld.so.conf",
            Self::Default(_) => "default",
        }
    }

    /// Whether the loader finds it in the image only with a cache, or a path file, of the image's own.
    pub fn needs_cache(&self) -> bool {
        matches!(self, Self::LibraryPath(_) | Self::Cache(_) | Self::Conf(_))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => write!(f, "named by its path"),
            Self::Rpath(object, directory) => write!(f, "RPATH of {object}: {}", directory.display()),
            Self::Runpath(object, directory) => write!(f, "RUNPATH of {object}: {}", directory.display()),
            Self::LibraryPath(directory) => write!(f, "--library-path {}", directory.display()),
            Self::Note(object, path) => write!(f, "NixOS' note of {object}: {}", path.display()),
            Self::Cache(cache) => write!(f, "{}", cache.display()),
            Self::Conf(directory) => write!(f, "ld.so.conf: {}", directory.display()),
            Self::Default(directory) => write!(f, "default directory {}", directory.display()),
        }
    }
}

/// A library that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What was asked for.
    pub soname: Bytes,
    /// Who asked.
    pub needed_by: Vec<String>,
    /// Where it was looked for, for the first who asked.
    pub searched: Vec<String>,
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
    /// The file that is found first is none that the loader takes, and it looks no further.
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
    #[error("`{needed_by}` needs `{soname}`, a path that counts from wherever the program is started")]
    Relative {
        /// What was asked for.
        soname: String,
        /// Who asked.
        needed_by: String,
    },
    /// A version that the chosen library does not have.
    #[error("`{object}` needs version `{version}` of `{soname}`, and `{}` has it not", library.display())]
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
            Self::Missing(missing) if !missing.searched.is_empty() => {
                vec![format!("searched: {}", missing.searched.join("; "))]
            }
            Self::Candidate { soname, needed_by, .. } => {
                vec![format!(
                    "it is the first file found for `{soname}`, needed by `{needed_by}`, and the loader looks no further"
                )]
            }
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Missing(_) => "name the directory that holds it with `--library-path DIR`".to_owned(),
            Self::Loader { .. } => "install the C library that the program was built with, or name the root that has it with `--sysroot DIR`".to_owned(),
            Self::Candidate { .. } => "remove the file, or name another directory before it with `--library-path DIR`".to_owned(),
            Self::Relative { .. } => "link the program again, with the library's SONAME set".to_owned(),
            Self::Version { soname, .. } => {
                format!("pack on a machine whose `{soname}` is as new as the one it was built with, or build the program there")
            }
        }
    }
}
