//! The rules by which a loader finds a library.

use std::fmt;
use std::path::PathBuf;

/// A rule of a loader's search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchRule {
    /// The name has a slash: the name is the path.
    Path,
    /// DT_RPATH of this object.
    Rpath(String),
    /// DT_RUNPATH of this object.
    Runpath(String),
    /// `--library-path`, which has the place of LD_LIBRARY_PATH.
    LibraryPath,
    /// LD_LIBRARY_PATH, which an image that is read back sets.
    Environment,
    /// NixOS' note of this object.
    Note(String),
    /// ld.so.cache.
    Cache,
    /// ld.so.conf, in a root without a cache.
    Conf,
    /// The default directories, or those of musl's path file.
    Default,
}

impl SearchRule {
    /// What scripts know the rule by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Rpath(_) => "rpath",
            Self::Runpath(_) => "runpath",
            Self::LibraryPath => "library-path",
            Self::Environment => "environment",
            Self::Note(_) => "nixos-note",
            Self::Cache => "ld.so.cache",
            Self::Conf => "ld.so.conf",
            Self::Default => "default",
        }
    }

    /// What stands before the directories where a search says where it looked; empty where they speak for themselves.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Path | Self::Cache | Self::Default => "",
            Self::Rpath(_) => "RPATH",
            Self::Runpath(_) => "RUNPATH",
            Self::LibraryPath => "--library-path",
            Self::Environment => "LD_LIBRARY_PATH",
            Self::Note(_) => "NixOS' note",
            Self::Conf => "ld.so.conf",
        }
    }
}

/// As a noun: ``RUNPATH of `app` ``.
impl fmt::Display for SearchRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("path"),
            Self::Rpath(object) | Self::Runpath(object) | Self::Note(object) => {
                write!(f, "{} of `{object}`", self.word())
            }
            Self::LibraryPath | Self::Environment => f.write_str(self.word()),
            Self::Cache => f.write_str("ld.so.cache"),
            Self::Conf => f.write_str("ld.so.conf"),
            Self::Default => f.write_str("default directories"),
        }
    }
}

/// The rule that found a library, and where it led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBy {
    /// The rule.
    pub rule: SearchRule,
    /// The directory, as the rule names it; the file of a path or a note; the cache.
    pub path: PathBuf,
}

impl fmt::Display for FoundBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, path) = (self.rule.word(), self.path.display());
        match &self.rule {
            SearchRule::Path => f.write_str("named by its path"),
            SearchRule::Rpath(object) | SearchRule::Runpath(object) | SearchRule::Note(object) => {
                write!(f, "{word} of {object}: {path}")
            }
            SearchRule::LibraryPath => write!(f, "{word} {path}"),
            SearchRule::Cache => write!(f, "{path}"),
            SearchRule::Environment | SearchRule::Conf => write!(f, "{word}: {path}"),
            SearchRule::Default => write!(f, "default directory {path}"),
        }
    }
}
