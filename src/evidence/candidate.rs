//! Candidates: things that an object shows, that exist in the root, and of which one table (`judgement`) decides whether
//! they come in.

use super::finding::SeenObject;
pub use super::rules::Distance;
use crate::files::Place;
use std::fmt;

/// A thing that an object shows and that exists in the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its place; the links on the way are not followed.
    pub place: Place,
    /// The kind of thing.
    pub kind: CandidateKind,
    /// The object that shows it.
    pub object: SeenObject,
    /// How far that object is from the program.
    pub distance: Distance,
    /// What the object and the thing have to do with each other.
    pub bond: Bond,
    /// How the object shows it.
    pub shown: Shown,
    /// Its size in bytes; of a directory, that of all files below it as far as it was measured.
    pub bytes: u64,
}

/// The kind of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateKind {
    /// A library that is opened by its name or path.
    Module,
    /// A file of data, or a directory of files.
    Data,
    /// A directory that the package of an object holds, and that the object mentions by its name or that of a file in it.
    PackageData,
    /// A directory that the package of the program holds, and that the program does not mention.
    PackageRest,
    /// A file below `/var` that a package put there.
    StateFile,
    /// A program whose path an object has.
    Program,
    /// A program that a command line of an object runs.
    Command,
    /// The shell of the system.
    Shell,
    /// A program whose name alone an object has, which may be any word.
    ProgramName,
    /// A program for helpers alone, in a directory of a library or program (`libexec`).
    Helper,
    /// The program that a script is for, which comes in.
    Interpreter,
    /// A program that a shell script runs, which comes in.
    ScriptCommand,
    /// A file of `/etc` that is as its package brought it.
    Default,
    /// Another file of `/etc`.
    Setting,
    /// A directory of `/etc` whose files name modules.
    Registry,
    /// A directory that many packages fill, and that the program searches.
    SharedDirectory,
    /// A directory of modules of a language that other packages brought, for a library that runs its programs.
    Site,
    /// Headers for compilers, or manuals for readers.
    Reading,
}

impl CandidateKind {
    /// The kinds of things that are started.
    pub const PROGRAMS: [Self; 7] = [
        Self::Program,
        Self::Command,
        Self::Shell,
        Self::ProgramName,
        Self::Helper,
        Self::Interpreter,
        Self::ScriptCommand,
    ];

    /// Whether things of this kind are started.
    pub fn is_program(self) -> bool {
        Self::PROGRAMS.contains(&self)
    }

    /// The kind in one or two words, for documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Data => "data",
            Self::PackageData => "directory of its package, mentioned",
            Self::PackageRest => "directory of its package, not mentioned",
            Self::StateFile => "file of /var",
            Self::Program => "program",
            Self::Command => "command line",
            Self::Shell => "shell of the system",
            Self::ProgramName => "name of a program",
            Self::Helper => "helper program",
            Self::Interpreter => "interpreter of a script",
            Self::ScriptCommand => "command of a script",
            Self::Default => "setting as it was installed",
            Self::Setting => "setting",
            Self::Registry => "registry of modules",
            Self::SharedDirectory => "directory that other packages fill",
            Self::Site => "modules of a language, from other packages",
            Self::Reading => "headers, manuals",
        }
    }
}

/// What an object and a thing that it shows have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// The thing is named after the object, or one source package made both.
    Own,
    /// The object's package depends on the thing's.
    Needed,
    /// The thing is another package's.
    Foreign,
    /// No package database tells.
    Unknown,
}

impl Bond {
    /// The bond in a word or two, for documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Needed => "needed by its package",
            Self::Foreign => "another package's",
            Self::Unknown => "unknown",
        }
    }
}

/// How an object shows a candidate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// This constant is its path, absolute or from the prefix on.
    Path(String),
    /// This constant is its name, as a whole string.
    Name(String),
    /// This constant is a command line that begins with its name.
    Command(String),
    /// The code of the object passes this name or path to a function that starts programs.
    Passed(String),
    /// The object imports this function, which opens it.
    Import(String),
    /// A package that the object is of, or needs, holds it: the name of that package.
    Package(String),
}

impl Shown {
    /// The text that shows the candidate.
    pub fn text(&self) -> &str {
        match self {
            Self::Path(text)
            | Self::Name(text)
            | Self::Command(text)
            | Self::Passed(text)
            | Self::Import(text)
            | Self::Package(text) => text,
        }
    }
}

impl fmt::Display for Candidate {
    /// The reason, as a phrase for people: `` `convert` names `/usr/share/x` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = &self.object;
        match &self.shown {
            Shown::Path(text) | Shown::Name(text) => write!(f, "`{object}` names `{text}`"),
            Shown::Passed(text) => write!(f, "`{object}` starts `{text}`"),
            Shown::Command(text) => write!(f, "`{object}` runs `{text}` through a shell"),
            Shown::Import(function) => {
                write!(f, "`{object}` imports `{function}`, which runs commands through a shell")
            }
            Shown::Package(package) => write!(f, "the package `{package}` of `{object}` holds it"),
        }
    }
}
