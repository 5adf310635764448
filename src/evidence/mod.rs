//! What else the program opens, beside itself and what its header names, and what shows it.
//!
//! "The usual files" are not copied: each file comes in because something in an object shows the need
//! ([`rules`]), and the image can tell which. What the user asks for by a flag has its place here too where
//! it is of the same kind: certificates and time zones.
//!
//! Nothing of the builder's own settings is taken: not its zone, its locale, or its `nsswitch.conf`.

pub mod accounts;
pub mod certificates;
mod collector;
mod gconv;
pub mod intake;
mod java;
pub mod locales;
pub mod named;
mod postgres;
mod python;
pub mod rules;
mod scan;
pub mod starts;
mod state;
pub mod table;
pub mod terminfo;
pub mod tzdata;

pub use collector::EvidenceCollector;

use crate::bytes::ReadAt;
use crate::content::Content;
use crate::elf::{self, Object};
use crate::events::{Diagnostic, Warning};
use crate::files::Place;
use accounts::Account;
use named::Named;
use rules::{Brings, Counts, LIBC_PARTS, Rule, Sign};
use starts::Starts;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use table::RULES;

/// One rule that one object has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The object, for people.
    pub object: String,
    /// What was found, the first of the rule's signs that is there.
    pub shown: &'static str,
    /// All of the rule's signs that are there.
    pub all: Vec<&'static str>,
    /// What people know it by, where it is more than the text that was found: `crypto/x509`.
    pub known_as: Option<&'static str>,
}

impl Finding {
    /// Why, as a phrase for people.
    pub fn because(&self) -> String {
        match self.known_as {
            Some(part) => format!("{part} is linked into `{}`", self.object),
            None if self.shown.starts_with('/') => format!("`{}` names `{}`", self.object, self.shown),
            None => format!("`{}` {}", self.object, self.rule.because),
        }
    }
}

/// Something that comes into the image for a reason other than that the user or the loader names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is, and goes, unless the program moves and it with it.
    pub place: Place,
    /// What it is.
    pub source: Source,
    /// Its mode.
    pub mode: u32,
    /// The rule, or the flag, that brings it.
    pub rule: &'static str,
    /// For people, in one or two words: `CA certificates`.
    pub what: &'static str,
    /// Why, as a phrase for people.
    pub because: String,
    /// The object that shows it, by its name for people; `None`: the user asks for it.
    pub object: Option<String>,
}

/// What an item is, and where its bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(Content),
    /// A link, and what is written in it.
    Link(PathBuf),
    /// A directory; `writable` for the user who runs the program.
    Directory {
        /// Whether that user may write in it.
        writable: bool,
    },
}

impl Source {
    /// A file with these bytes.
    pub fn made(bytes: &[u8]) -> Self {
        Self::File(Content::Bytes(bytes.into()))
    }
}

/// What the evidence brings, and what it has to say about it.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What the objects show.
    pub findings: Vec<Finding>,
    /// What comes in.
    pub brought: Vec<Item>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What was looked for and is not there, or was shown and is not wanted: what, and why.
    pub left_out: Vec<(String, String)>,
    /// What the user may want to add, a sentence each.
    pub hints: Vec<String>,
    /// Other programs that the program starts.
    pub starts: Starts,
    /// Users of the machine that the program names.
    pub accounts: Vec<Account>,
}

/// Why evidence cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object cannot be read.
    #[error("cannot read `{object}`")]
    Unreadable {
        /// Its name.
        object: String,
        /// What the system says.
        source: io::Error,
    },
    /// About certificates.
    #[error(transparent)]
    Certificates(#[from] certificates::Error),
    /// About time zones.
    #[error(transparent)]
    Zones(#[from] tzdata::Error),
    /// About locales.
    #[error(transparent)]
    Locales(#[from] locales::NoLocale),
    /// About converters.
    #[error(transparent)]
    Converters(#[from] gconv::NoConverter),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Certificates(error) => error.code(),
            Self::Zones(error) => error.code(),
            Self::Locales(error) => error.code(),
            Self::Converters(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } | Self::Locales(_) | Self::Converters(_) => Vec::new(),
            Self::Certificates(error) => error.details(),
            Self::Zones(error) => error.details(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => String::new(),
            Self::Certificates(error) => error.hint(),
            Self::Zones(error) => error.hint(),
            Self::Locales(error) => error.hint(),
            Self::Converters(error) => error.hint(),
        }
    }
}

/// What one object shows.
#[derive(Debug)]
pub struct Seen {
    /// The object, for people.
    pub object: String,
    /// Where its file is, at the end of all links.
    pub place: Place,
    /// It is a program.
    pub own: bool,
    /// What the loader looks at in it.
    pub facts: Rc<Object>,
    /// Where its constants are in the file, as offset and length.
    pub constants: Vec<(u64, u64)>,
    /// The rules that it shows.
    pub findings: Vec<Finding>,
    /// The paths among its constants.
    pub paths: BTreeSet<Named>,
}

/// Who is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// A program, and whether Go made it: its strings do not end, and the paths in it are those of its sources.
    Program {
        /// Made by Go.
        go: bool,
    },
    /// A library with this soname.
    Library {
        /// The soname.
        soname: &'a str,
        /// The program names it itself.
        near: bool,
    },
}

/// What an object shows. `called` is its name for people, `place` where its file is.
pub fn look(file: &dyn ReadAt, object: &Rc<Object>, called: &str, who: Who<'_>, place: Place) -> io::Result<Seen> {
    let (part_of_libc, paths) = match who {
        Who::Program { go } => (false, !go),
        Who::Library { soname, near } => {
            (LIBC_PARTS.iter().any(|part| soname.starts_with(part)), near && named::speaks(soname))
        }
    };
    let constants = elf::constant_ranges(file, object);
    let scanned = scan::scan(file, &constants, paths && !part_of_libc)?;
    let shows = |sign: &Sign| match sign {
        Sign::Text(text) => scanned.texts.contains(text).then_some(*text),
        Sign::Without(text) => (!scanned.texts.contains(text)).then_some(*text),
        Sign::Import(name) => object.has_import(name).then_some(*name),
        Sign::Soname(beginning) => {
            matches!(who, Who::Library { soname, .. } if soname.starts_with(beginning)).then_some(*beginning)
        }
    };
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| counts(rule, who)) {
        let all: Vec<&'static str> = rule.signs.iter().filter_map(shows).collect();
        let by_name = rule.signs.iter().any(|sign| matches!(sign, Sign::Soname(_)));
        // What is true of every program shows nothing.
        if part_of_libc && !by_name || !rule.with.iter().all(|sign| shows(sign).is_some()) {
            continue;
        }
        let Some(first) = all.first().copied() else { continue };
        let x509 = matches!(who, Who::Program { go: true }) && rule.brings.contains(&Brings::Certificates);
        let known_as = x509.then_some("crypto/x509");
        findings.push(Finding { rule, object: called.to_owned(), shown: first, all, known_as });
    }
    let named = |path: &String| Named { path: path.clone(), object: called.to_owned() };
    let paths = scanned.paths.iter().map(named).collect();
    let own = matches!(who, Who::Program { .. });
    Ok(Seen { object: called.to_owned(), place, own, facts: object.clone(), constants, findings, paths })
}

/// Whether a rule counts for this object.
fn counts(rule: &Rule, who: Who<'_>) -> bool {
    match who {
        Who::Program { .. } => true,
        Who::Library { soname, near } => {
            let close = rule.counts == Counts::Anywhere || rule.counts == Counts::Near && near;
            close && !rule.excluding.iter().any(|excluded| soname.starts_with(excluded))
        }
    }
}
