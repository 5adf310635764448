//! What else the program opens, beside itself and what its header names, and what shows it.
//!
//! "The usual files" are not copied: each file comes in because something in an object shows the need
//! ([`rules`]), and the image can tell which. What the user asks for by a flag has its place here too where
//! it is of the same kind: certificates and time zones.
//!
//! Nothing of the builder's own settings is taken: not its zone, its locale, or its `nsswitch.conf`.

pub mod certificates;
pub mod rules;
mod scan;
pub mod zones;

use crate::elf::{self, Inspected};
use crate::events::{Tell, Warning};
use crate::options::Contents;
use crate::paths::ImagePath;
use crate::sysroot::{Identity, ReadAt, Sysroot};
use rules::{Brings, RULES, Rule, Sign};
use std::io;
use std::path::PathBuf;

/// One rule that one object has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What was found, the first of the rule's signs that is there.
    pub shown: &'static str,
    /// All of the rule's signs that are there.
    pub all: Vec<&'static str>,
    /// What people know it by, where it is more than the text that was found: `crypto/x509`.
    pub known_as: Option<&'static str>,
}

impl Finding {
    /// Why, as a phrase for people; `object` is the name of what shows it.
    pub fn because(&self, object: &str) -> String {
        match self.known_as {
            Some(part) => format!("{part} is linked into `{object}`"),
            None if self.shown.starts_with('/') => format!("`{object}` names `{}`", self.shown),
            None => format!("`{object}` {}", self.rule.because),
        }
    }
}

/// A file that comes into the image for a reason other than that the user or the loader names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Where it goes.
    pub path: ImagePath,
    /// Its bytes.
    pub source: Source,
    /// The rule, or the flag, that brings it.
    pub rule: &'static str,
    /// For people, in one or two words: `CA certificates`.
    pub what: &'static str,
    /// Why, as a phrase for people.
    pub because: String,
}

/// Where the bytes of a brought file come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of the host.
    Host(PathBuf, Identity),
    /// Made here.
    Made(Vec<u8>),
}

/// What the evidence brings, and what it has to say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What the objects show.
    pub findings: Vec<Finding>,
    /// What comes in.
    pub brought: Vec<Brought>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What was looked for and is not there, or was shown and is not wanted: what, and why.
    pub left_out: Vec<(String, String)>,
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
    Zones(#[from] zones::Error),
}

impl Tell for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Certificates(error) => error.code(),
            Self::Zones(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } => Vec::new(),
            Self::Certificates(error) => error.details(),
            Self::Zones(error) => error.details(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => String::new(),
            Self::Certificates(error) => error.hint(),
            Self::Zones(error) => error.hint(),
        }
    }
}

/// What the read-only data of one object show, by the rules.
pub fn look(file: &dyn ReadAt, inspected: &Inspected) -> io::Result<Vec<Finding>> {
    let Some(object) = &inspected.object else { return Ok(Vec::new()) };
    let texts = scan::texts(file, &elf::read_only_ranges(object))?;
    let go = inspected.toolchain.go.is_some();
    let findings = RULES.iter().filter_map(|rule| {
        let all: Vec<&'static str> =
            rule.signs.iter().map(|Sign::Text(text)| *text).filter(|text| texts.contains(text)).collect();
        let known_as = (go && rule.brings == Brings::Certificates).then_some("crypto/x509");
        Some(Finding { rule, shown: all.first()?, all, known_as })
    });
    Ok(findings.collect())
}

/// Follows what `findings` show in the program called `object`, and what the user asks for beside it.
pub fn follow(
    findings: Vec<Finding>,
    object: &str,
    contents: &Contents,
    env: &[(String, String)],
    sysroot: &Sysroot,
) -> Result<Evidence, Vec<Error>> {
    let mut evidence = Evidence { findings, ..Evidence::default() };
    let mut errors = Vec::new();
    if let Err(error) = certificates::bring(&mut evidence, object, contents, sysroot) {
        errors.extend(error.into_iter().map(Error::from));
    }
    if let Err(error) = zones::bring(&mut evidence, &contents.zones, env, sysroot) {
        errors.extend(error.into_iter().map(Error::from));
    }
    name_services(&mut evidence, object);
    if errors.is_empty() { Ok(evidence) } else { Err(errors) }
}

/// Not the host's: that may name services (sss, systemd, ldap) that an image has not, and the order of
/// `files` and `dns` was wrong by default up to glibc 2.35.
const NSSWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
                        networks: files\nprotocols: files\nservices: files\n";

fn name_services(evidence: &mut Evidence, object: &str) {
    let Some(finding) = evidence.findings.iter().find(|finding| finding.rule.brings == Brings::NameServices) else {
        return;
    };
    evidence.brought.push(Brought {
        path: ImagePath::known("/etc/nsswitch.conf"),
        source: Source::Made(NSSWITCH.as_bytes().to_vec()),
        rule: finding.rule.name,
        what: "name services",
        because: finding.because(object),
    });
}
