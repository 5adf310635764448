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

use crate::elf::{self, Inspected, Libc, Object};
use crate::events::{Tell, Warning};
use crate::options::Contents;
use crate::paths::ImagePath;
use crate::sysroot::{FileKind, Identity, ReadAt, Sysroot, walk};
use rules::{Brings, LIBC_PARTS, RULES, Rule, Sign};
use std::io;
use std::path::PathBuf;

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

/// What the program itself shows, by the rules.
pub fn look(file: &dyn ReadAt, inspected: &Inspected, called: &str) -> io::Result<Vec<Finding>> {
    let Some(object) = &inspected.object else { return Ok(Vec::new()) };
    let mut findings = of_object(file, object, called, None)?;
    for finding in &mut findings {
        let x509 = inspected.toolchain.go.is_some() && finding.rule.brings == Brings::Certificates;
        finding.known_as = x509.then_some("crypto/x509");
    }
    Ok(findings)
}

/// What a library shows; the parts of the C library show nothing.
pub fn look_at_library(file: &dyn ReadAt, object: &Object, soname: &str) -> io::Result<Vec<Finding>> {
    if LIBC_PARTS.iter().any(|part| soname.starts_with(part)) {
        return Ok(Vec::new());
    }
    of_object(file, object, soname, Some(soname))
}

fn of_object(file: &dyn ReadAt, object: &Object, called: &str, soname: Option<&str>) -> io::Result<Vec<Finding>> {
    let texts = scan::texts(file, &elf::read_only_ranges(object))?;
    let imports = |name: &str| object.imports.binary_search_by(|import| import.as_slice().cmp(name.as_bytes())).is_ok();
    let findings = RULES.iter().filter_map(|rule| {
        if soname.is_some_and(|soname| rule.excluding.iter().any(|excluded| soname.starts_with(excluded))) {
            return None;
        }
        let shown = rule.signs.iter().filter_map(|sign| match sign {
            Sign::Text(text) => texts.contains(text).then_some(*text),
            Sign::Import(name) => imports(name).then_some(*name),
        });
        let all: Vec<&'static str> = shown.collect();
        Some(Finding { rule, object: called.to_owned(), shown: all.first()?, all, known_as: None })
    });
    Ok(findings.collect())
}

/// Follows what `findings` show, and what the user asks for beside it. `libc` is the program's.
pub fn follow(
    findings: Vec<Finding>,
    contents: &Contents,
    env: &[(String, String)],
    libc: Option<Libc>,
    sysroot: &Sysroot,
) -> Result<Evidence, Vec<Error>> {
    let mut evidence = Evidence { findings, ..Evidence::default() };
    let mut errors = Vec::new();
    if let Err(error) = certificates::bring(&mut evidence, contents, sysroot) {
        errors.extend(error.into_iter().map(Error::from));
    }
    if let Err(error) = zones::bring(&mut evidence, &contents.zones, env, sysroot) {
        errors.extend(error.into_iter().map(Error::from));
    }
    // musl has its order built in.
    if libc != Some(Libc::Musl) {
        name_services(&mut evidence);
    }
    services(&mut evidence, sysroot);
    if errors.is_empty() { Ok(evidence) } else { Err(errors) }
}

/// The tables that getservbyname(3) and getprotobyname(3) read, where the machine has them.
fn services(evidence: &mut Evidence, sysroot: &Sysroot) {
    let Some(finding) = evidence.findings.iter().find(|finding| finding.rule.brings == Brings::Services).cloned()
    else {
        return;
    };
    for path in ["/etc/services", "/etc/protocols"] {
        let path = ImagePath::known(path);
        let file =
            walk(sysroot, path.as_path()).ok().filter(|end| end.stat.kind == FileKind::File && end.stat.is_public());
        match file {
            Some(end) => evidence.brought.push(Brought {
                path,
                source: Source::Host(sysroot.host_path(&end.real), end.stat.identity),
                rule: finding.rule.name,
                what: "services",
                because: finding.because(),
            }),
            None => evidence
                .left_out
                .push((path.to_string(), format!("{}, and it is not on this machine", finding.because()))),
        }
    }
}

/// Not the host's: that may name services (sss, systemd, ldap) that an image has not, and the order of
/// `files` and `dns` was wrong by default up to glibc 2.35.
const NSSWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
                        networks: files\nprotocols: files\nservices: files\n";

fn name_services(evidence: &mut Evidence) {
    let Some(finding) = evidence.findings.iter().find(|finding| finding.rule.brings == Brings::NameServices) else {
        return;
    };
    evidence.brought.push(Brought {
        path: ImagePath::known("/etc/nsswitch.conf"),
        source: Source::Made(NSSWITCH.as_bytes().to_vec()),
        rule: finding.rule.name,
        what: "name services",
        because: finding.because(),
    });
}
