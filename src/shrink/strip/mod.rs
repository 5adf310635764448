//! Strip: drops symbols and debugging information, and leaves every other byte as it is.
//!
//! Nothing that is loaded moves or changes, so that no rule of any machine needs to be known: up to the end of
//! what program headers tell of, the file stays; behind it come the sections that are kept, their names
//! and a new section table (`facts/elf.md` 5.2). The tools that people strip with lose what stands behind the
//! last section, some of them unknown sections and moved program headers too (5.1); we leave such a file alone.
//!
//! The result is ranges of the file with some bytes of ours, and is read again before it is believed.

mod place;
mod plan;
mod symbols;
mod table;
#[cfg(test)]
mod tests;

use super::carries;
use crate::bytes::ReadAt;
use crate::content::Pieces;
use crate::elf::{self, Header, Section, Segment};
use crate::file::Identity;
use goblin::elf::header::{ET_DYN, ET_EXEC};
use plan::Plan;
use std::io;
use std::path::Path;

/// What came of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It gets smaller, or compresses to less.
    Stripped {
        /// The new file.
        pieces: Pieces,
        /// How many bytes are gone.
        dropped: u64,
        /// How many of them are zeros now, because what follows may not move.
        zeros: u64,
    },
    /// Nothing of it can go.
    Nothing,
    /// It stays as it is, for this reason.
    Kept(String),
}

/// Strips `file`, which is at `path` on the host in the state `identity`.
pub fn strip(file: &dyn ReadAt, path: &Path, identity: &Identity) -> io::Result<Outcome> {
    match read(file) {
        Ok(Ok(facts)) => of_facts(file, &facts, path, identity),
        Ok(Err(why)) => Ok(Outcome::Kept(why)),
        Err(elf::Error::Io(error)) => Err(error),
        // A file of another kind has nothing that could go.
        Err(elf::Error::NotElf) => Ok(Outcome::Nothing),
        Err(error) => Ok(Outcome::Kept(format!("it {error}"))),
    }
}

/// What is read of a file before anything is decided.
struct Facts {
    header: Header,
    segments: Vec<Segment>,
    sections: Vec<Section>,
}

/// The inner error is a reason why the file stays as it is.
fn read(file: &dyn ReadAt) -> Result<Result<Facts, String>, elf::Error> {
    let kept = |why: &str| Ok(Err(why.to_owned()));
    let header = elf::header(file)?;
    if !matches!(header.kind, ET_EXEC | ET_DYN) {
        return kept("it is no program and no library");
    }
    if elf::is_upx(file, &header)? {
        return kept("it is packed by UPX");
    }
    let segments = elf::segments(file, &header)?;
    elf::whole(&segments, file.size())?;
    let sections = elf::sections(file, &header);
    if sections.is_none() && header.sections != 0 {
        return kept("its section table is damaged");
    }
    if let Some(why) = carries(file)? {
        return Ok(Err(why));
    }
    match sections {
        Some(sections) => Ok(Ok(Facts { header, segments, sections })),
        None => kept("it has no section table"),
    }
}

fn of_facts(file: &dyn ReadAt, facts: &Facts, path: &Path, identity: &Identity) -> io::Result<Outcome> {
    let Facts { header, segments, sections } = facts;
    let misfit = || Ok(Outcome::Kept("its sections do not fit together".to_owned()));
    let goes = elf::removable(header, sections);
    if !sections.iter().zip(&goes).any(|(section, goes)| *goes && section.is_in_file()) {
        return Ok(Outcome::Nothing);
    }
    let highest = symbols::highest(file, header, sections)?;
    let plan = Plan::new(header, segments, sections, &goes, file.size(), highest);
    let Some(mut plan) = plan else { return misfit() };
    let pieces = Pieces { path: path.to_owned(), identity: *identity, pieces: plan.pieces(file)?.into() };
    let (old, new, zeros) = (file.size(), pieces.size(), plan.blank());
    if new > old || new == old && zeros == 0 {
        return Ok(Outcome::Nothing);
    }
    if !is_sound(&pieces.over(file), facts, &plan.sections)? {
        return misfit();
    }
    Ok(Outcome::Stripped { pieces, dropped: old - new + zeros, zeros })
}

/// Whether the result, read anew, has the same header and program headers, and the sections that were meant.
fn is_sound(file: &dyn ReadAt, old: &Facts, sections: &[Section]) -> io::Result<bool> {
    match read(file) {
        Ok(Ok(new)) => {
            let Header { sections: table, section_count, section_names, .. } = new.header;
            Ok(new.header == Header { sections: table, section_count, section_names, ..old.header }
                && new.segments == old.segments
                && new.sections == sections)
        }
        Err(elf::Error::Io(error)) => Err(error),
        Ok(Err(_)) | Err(_) => Ok(false),
    }
}
