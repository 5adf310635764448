//! Strip: drops symbols and debugging information, and leaves every other byte as it is.
//!
//! Nothing that is loaded moves or changes, so that no rule of any machine needs to be known: up to the end of
//! what program headers tell of, the file stays; behind it come the sections that are kept, their names
//! and a new section table. The tools that people strip with (binutils 2.40, elfutils 0.188, LLVM 14) lose what stands
//! behind the last section, some of them unknown sections and moved program headers too; such a file is left alone.
//!
//! The result is ranges of the file with some bytes of ours, and is read again before it is believed.

mod offsets;
mod plan;
mod symbols;
mod table;
#[cfg(test)]
mod tests;

use super::carried::carries;
use crate::bytes::ReadAt;
use crate::content::{Joined, Piece};
use crate::elf::{self, Header, Section, Segment, Tables};
use goblin::elf::header::{ET_DYN, ET_EXEC};
use plan::StripPlan;
use std::io;
use std::sync::Arc;

/// What came of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum StripOutcome {
    /// The file gets smaller, or compresses to less.
    Stripped {
        /// The new file: ranges of the old one, and bytes of ours.
        pieces: Arc<[Piece]>,
        /// How many bytes are gone.
        dropped: u64,
        /// How many of them are zeros now, because what follows may not move.
        zeros: u64,
    },
    /// Nothing of the file can go.
    Nothing,
    /// The file stays as it is, for this reason.
    Kept(String),
}

impl StripOutcome {
    /// How many bytes are gone.
    pub fn dropped(&self) -> u64 {
        if let Self::Stripped { dropped, .. } = self { *dropped } else { 0 }
    }
}

/// Works out what strip makes of `file`.
pub fn strip(file: &dyn ReadAt) -> io::Result<StripOutcome> {
    match read(file) {
        Ok(Ok(Tables { header, segments, sections: Some(sections) })) => {
            strip_sections(file, &header, &segments, &sections)
        }
        Ok(Ok(Tables { sections: None, .. })) => Ok(StripOutcome::Kept("it has no section table".to_owned())),
        Ok(Err(why)) => Ok(StripOutcome::Kept(why)),
        Err(elf::Error::Io(error)) => Err(error),
        // A file of another kind has nothing that could go.
        Err(elf::Error::NotElf) => Ok(StripOutcome::Nothing),
        Err(error) => Ok(StripOutcome::Kept(format!("it {error}"))),
    }
}

/// Reads what decides. The inner error is a reason why the file stays as it is.
fn read(file: &dyn ReadAt) -> Result<Result<Tables, String>, elf::Error> {
    let kept = |why: &str| Ok(Err(why.to_owned()));
    let header = elf::header(file)?;
    if !matches!(header.kind, ET_EXEC | ET_DYN) {
        return kept("it is neither a program nor a library");
    }
    if elf::is_upx(file, &header)? {
        return kept("it is packed by UPX");
    }
    let tables = Tables::behind(header, file)?;
    elf::whole(&tables.segments, file.size())?;
    if tables.sections.is_none() && header.sections != 0 {
        return kept("its section table is damaged");
    }
    Ok(match carries(file, &tables)? {
        Some(why) => Err(why),
        None => Ok(tables),
    })
}

fn strip_sections(
    file: &dyn ReadAt,
    header: &Header,
    segments: &[Segment],
    sections: &[Section],
) -> io::Result<StripOutcome> {
    let misfit = || Ok(StripOutcome::Kept("its sections do not fit together".to_owned()));
    let goes = elf::removable(header, sections);
    if !sections.iter().zip(&goes).any(|(section, goes)| *goes && section.is_in_file()) {
        return Ok(StripOutcome::Nothing);
    }
    let highest = symbols::highest(file, header, sections)?;
    let plan = StripPlan::new(header, segments, sections, &goes, file.size(), highest);
    let Some(mut plan) = plan else { return misfit() };
    let pieces: Arc<[Piece]> = plan.pieces(file)?.into();
    let stripped = Joined::new(pieces.clone(), file);
    let (old, new, zeros) = (file.size(), stripped.size(), plan.blank());
    if new > old || new == old && zeros == 0 {
        return Ok(StripOutcome::Nothing);
    }
    if !is_sound(&stripped, header, segments, &plan.sections)? {
        return misfit();
    }
    Ok(StripOutcome::Stripped { pieces, dropped: old - new + zeros, zeros })
}

/// Whether the result, read again, has the same header and program headers, and the sections that were meant.
fn is_sound(file: &dyn ReadAt, old: &Header, segments: &[Segment], sections: &[Section]) -> io::Result<bool> {
    match read(file) {
        Ok(Ok(new)) => {
            let Header { sections: table, section_count, section_names, .. } = new.header;
            Ok(new.header == Header { sections: table, section_count, section_names, ..*old }
                && new.segments == segments
                && new.sections.as_deref() == Some(sections))
        }
        Err(elf::Error::Io(error)) => Err(error),
        Ok(Err(_)) | Err(_) => Ok(false),
    }
}
