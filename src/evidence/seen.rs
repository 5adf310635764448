//! One object looked at: its constants, its imports and its name, held against every rule.

use super::finding::{Finding, Named, SeenObject};
use super::rules::{Brings, Counts, LIBC_PARTS, Rule, Sign};
use super::table::RULES;
use super::{named, scan};
use crate::bytes::ReadAt;
use crate::elf::{self, Object};
use crate::files::Place;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;

/// What one object shows.
#[derive(Debug)]
pub struct Seen {
    /// The object.
    pub object: SeenObject,
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

/// What an object shows. `called` is what it is known as, `place` where its file is.
pub fn look(
    file: &dyn ReadAt,
    object: &Rc<Object>,
    called: SeenObject,
    who: Who<'_>,
    place: Place,
) -> io::Result<Seen> {
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
        findings.push(Finding { rule, object: called.clone(), shown: first, all, known_as });
    }
    let named = |path: &String| Named { path: path.clone(), object: called.clone() };
    let paths = scanned.paths.iter().map(named).collect();
    let own = matches!(who, Who::Program { .. });
    Ok(Seen { object: called, place, own, facts: object.clone(), constants, findings, paths })
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
