//! Addresses and strings, as the loader finds them: through PT_LOAD, never through sections.
//!
//! An address that no PT_LOAD fills from the file is an error and never taken for "not there": what a
//! loader would read, it would read at exactly this place.

use super::format::{ForwardReader, WordFormat};
use super::{Error, Segment};
use crate::bytes::ReadAt;
use goblin::elf::program_header::PT_LOAD;

/// A string of an ELF file: any bytes but NUL.
pub type Bytes = Vec<u8>;

/// How long one string may be. C++ names have tens of thousands of bytes at most.
const MAX_STRING: u64 = 1 << 20;

/// How many bytes all strings of one file may have together, so that a hostile table, whose strings
/// are each other's tails, costs bounded memory.
const MAX_STRINGS: u64 = 32 << 20;

/// The parts of a file that a loader maps.
pub(super) struct Memory<'a> {
    pub file: &'a dyn ReadAt,
    pub format: WordFormat,
    loads: Vec<Segment>,
}

impl<'a> Memory<'a> {
    pub fn new(file: &'a dyn ReadAt, format: WordFormat, segments: &[Segment]) -> Self {
        let loads = segments.iter().filter(|segment| segment.kind == PT_LOAD).copied().collect();
        Self { file, format, loads }
    }

    /// Where `address` is in the file, and where the segment that holds it ends there.
    pub fn locate(&self, address: u64, what: &str) -> Result<(u64, u64), Error> {
        // A later segment is mapped over an earlier one.
        let holds = |s: &&Segment| address >= s.address && address - s.address < s.file_size;
        let segment = self.loads.iter().rfind(holds);
        let place = segment.and_then(|s| {
            let offset = s.offset.checked_add(address - s.address)?;
            Some((offset, s.offset.checked_add(s.file_size)?.min(self.file.size())))
        });
        let place = place.filter(|(offset, end)| offset < end);
        place.ok_or_else(|| Error::damaged(format!("{what} is at {address:#x}, where nothing is loaded")))
    }

    /// Where the `length` bytes at `address` are in the file. One segment must hold all of them.
    pub fn range(&self, address: u64, length: u64, what: &str) -> Result<u64, Error> {
        if length == 0 {
            return Ok(0);
        }
        let (offset, end) = self.locate(address, what)?;
        if length > end - offset {
            return Err(Error::damaged(format!("{what} has {length} bytes and runs out of its segment")));
        }
        Ok(offset)
    }
}

/// The string table of the dynamic section.
pub(super) struct Strings<'a> {
    pieces: ForwardReader<'a>,
    /// Its place in the file, and the end of its segment; `None` where there is no table.
    place: Option<(u64, u64)>,
    /// How many bytes may still be read.
    left: u64,
}

impl<'a> Strings<'a> {
    /// The table at `address`; its size (DT_STRSZ) is nothing that a loader looks at.
    pub fn new(memory: &Memory<'a>, address: Option<u64>) -> Result<Self, Error> {
        let place = address.map(|address| memory.locate(address, "the string table")).transpose()?;
        Ok(Self { pieces: ForwardReader::new(memory.file), place, left: MAX_STRINGS })
    }

    /// The string at `index`, without its NUL.
    pub fn get(&mut self, index: u64, what: &str) -> Result<Bytes, Error> {
        let damaged = |how: &str| Error::damaged(format!("{what} {how}"));
        let (start, end) = self.place.ok_or_else(|| damaged("is a string, and there is no string table"))?;
        let mut offset = start.saturating_add(index);
        let mut string = Bytes::new();
        loop {
            if offset >= end {
                return Err(damaged("runs out of the string table"));
            }
            let piece = self.pieces.from(offset, 1)?;
            let there = usize::try_from(end - offset).unwrap_or(usize::MAX).min(piece.len());
            let piece = &piece[..there];
            let nul = piece.iter().position(|byte| *byte == 0);
            string.extend_from_slice(&piece[..nul.unwrap_or(there)]);
            if there == 0 {
                return Err(damaged("runs out of the file"));
            }
            if string.len() as u64 > self.left.min(MAX_STRING) {
                return Err(damaged("is longer than any name"));
            }
            if nul.is_some() {
                self.left -= string.len() as u64;
                return Ok(string);
            }
            offset += there as u64;
        }
    }

    /// One more copy of a string that was read, which counts like one that is read again.
    pub fn copy(&mut self, string: &Bytes, what: &str) -> Result<Bytes, Error> {
        let left = self.left.checked_sub(string.len() as u64);
        self.left = left.ok_or_else(|| Error::damaged(format!("{what} is longer than any name")))?;
        Ok(string.clone())
    }
}
