//! Looks at one object: compares its constants, its imports and its soname with every rule.

use super::finding::{Finding, NamedPath, SeenObject};
use super::rules::{Brings, Distance, Rule, Sign, is_part_of_libc};
use super::scan;
use super::table::{RULES, RUST};
use crate::bytes::ReadAt;
use crate::elf::{self, Object};
use crate::files::Place;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;

/// An object that was looked at, with what was found in it.
#[derive(Debug)]
pub struct Seen {
    /// Its name and number.
    pub object: SeenObject,
    /// The place of its file, at the end of all links.
    pub place: Place,
    /// Whether it is a program, not a library.
    pub is_program: bool,
    /// The language that it is written in, as far as that tells what its code does.
    pub language: Language,
    /// Whether it is a program that the user adds.
    pub is_added: bool,
    /// How far it is from the packed program.
    pub distance: Distance,
    /// Whether it is a part of the C library, which names everything and needs nothing of it.
    pub is_libc: bool,
    /// Its ELF header and dynamic section.
    pub elf: Rc<Object>,
    /// The ranges of its constants in the file, as offset and length in bytes.
    pub constants: Vec<(u64, u64)>,
    /// The rules whose signs it has.
    pub findings: Vec<Finding>,
    /// The ranges of its own strings in the file, without tables of linkers.
    pub literals: Vec<(u64, u64)>,
    /// The paths among its constants; none if they do not count.
    pub paths: BTreeSet<NamedPath>,
    /// The names of libraries among its constants.
    pub libraries: BTreeSet<String>,
}

impl Seen {
    /// Whether the object is the packed program, which is looked at first, or one that is added to it.
    pub fn is_packed(&self) -> bool {
        self.is_program && (self.object.id.is_first() || self.is_added)
    }
}

/// The language that an object is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Go.
    Go,
    /// Rust, with what starts programs linked in.
    Rust,
    /// Any other, or one that does not show.
    Other,
}

/// The role of an object: program or library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectRole<'a> {
    /// A program.
    Program {
        /// Whether Go made it: the paths among its constants are then those of its sources, and do not count.
        go: bool,
    },
    /// A library.
    Library {
        /// Its soname.
        soname: &'a str,
        /// Whether the program itself names it.
        near: bool,
    },
}

impl ObjectRole<'_> {
    /// How far the object is from the packed program.
    fn distance(self) -> Distance {
        match self {
            Self::Program { .. } => Distance::Program,
            Self::Library { near: true, .. } => Distance::Direct,
            Self::Library { near: false, .. } => Distance::Further,
        }
    }
}

/// Looks at the object in `file`, whose ELF header and dynamic section are `object`. `called` is its name and number,
/// `place` that of its file, at the end of all links.
///
/// Fails if `file` cannot be read.
pub fn look(
    file: &dyn ReadAt,
    object: &Rc<Object>,
    called: SeenObject,
    role: ObjectRole<'_>,
    place: Place,
) -> io::Result<Seen> {
    let (part_of_libc, paths) = match role {
        ObjectRole::Program { go } => (false, !go),
        ObjectRole::Library { soname, .. } => (is_part_of_libc(soname.as_bytes()), true),
    };
    let constants = elf::constant_ranges(file, object);
    let literals = elf::literal_ranges(file, object).unwrap_or_else(|| constants.clone());
    let searched = if paths && !part_of_libc { merge_ranges(&constants, &literals) } else { constants.clone() };
    let scanned = scan::scan(file, &searched, paths && !part_of_libc)?;
    let shows = |sign: &Sign| match sign {
        Sign::Text(text) => scanned.texts.contains(text).then_some(*text),
        Sign::Without(text) => (!scanned.texts.contains(text)).then_some(*text),
        Sign::Import(name) => object.has_import(name).then_some(*name),
        Sign::Soname(beginning) => {
            matches!(role, ObjectRole::Library { soname, .. } if soname.starts_with(beginning)).then_some(*beginning)
        }
    };
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| counts(rule, role)) {
        let all: Vec<&'static str> = rule.signs.iter().filter_map(shows).collect();
        let by_name = rule.signs.iter().any(|sign| matches!(sign, Sign::Soname(_)));
        // Texts and imports of the C library are in every dynamic program.
        if part_of_libc && !by_name || !rule.with.iter().all(|sign| shows(sign).is_some()) {
            continue;
        }
        let Some(first) = all.first().copied() else { continue };
        let x509 = matches!(role, ObjectRole::Program { go: true }) && rule.brings.contains(&Brings::Certificates);
        let known_as = x509.then_some("crypto/x509");
        findings.push(Finding { rule, object: called.clone(), shown: first, all, known_as });
    }
    let language = match role {
        ObjectRole::Program { go: true } => Language::Go,
        _ if findings.iter().any(|finding| finding.rule.name == RUST) => Language::Rust,
        _ => Language::Other,
    };
    let named = |path: &String| NamedPath { path: path.clone(), object: called.clone() };
    let paths = scanned.paths.iter().map(named).collect();
    let (is_program, distance) = (matches!(role, ObjectRole::Program { .. }), role.distance());
    let (elf, libraries) = (object.clone(), scanned.libraries);
    Ok(Seen {
        language,
        is_added: false,
        object: called,
        place,
        is_program,
        distance,
        is_libc: part_of_libc,
        elf,
        constants,
        literals,
        findings,
        paths,
        libraries,
    })
}

/// Whether a rule counts for this object.
fn counts(rule: &Rule, role: ObjectRole<'_>) -> bool {
    role.distance() <= rule.furthest
        && !matches!(role, ObjectRole::Library { soname, .. } if rule.excluding.iter().any(|name| soname.starts_with(name)))
}

/// Both lists of ranges as one.
fn merge_ranges(some: &[(u64, u64)], others: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let both = some.iter().chain(others).map(|(offset, length)| (*offset, offset.saturating_add(*length)));
    elf::merge(both.collect()).into_iter().map(|(from, to)| (from, to - from)).collect()
}
