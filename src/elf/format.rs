//! Word size and byte order of one file, and the integers and pieces read with them.

use super::{Error, Machine};
use crate::bytes::ReadAt;
use goblin::container::{Container, Ctx, Endian};

/// How many bytes are read at once where a table is walked.
const PIECE: usize = 4 << 10;

/// Word size and byte order (`e_ident[EI_CLASS]`, `e_ident[EI_DATA]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WordFormat {
    /// 64-bit words.
    pub is_64: bool,
    /// Big-endian.
    pub big_endian: bool,
}

impl WordFormat {
    pub fn new(machine: Machine) -> Self {
        Self { is_64: machine.is_64, big_endian: machine.big_endian }
    }

    /// Word size and byte order as goblin takes them.
    pub fn context(self) -> Ctx {
        let container = if self.is_64 { Container::Big } else { Container::Little };
        Ctx::new(container, if self.big_endian { Endian::Big } else { Endian::Little })
    }

    /// The integer of two bytes at `at`, which must be there.
    pub fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let bytes = bytes[at..at + 2].try_into().expect("two bytes");
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    /// The integer of four bytes at `at`, which must be there.
    pub fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let bytes = bytes[at..at + 4].try_into().expect("four bytes");
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// The integer of eight bytes at `at`, which must be there.
    pub fn u64(self, bytes: &[u8], at: usize) -> u64 {
        let bytes = bytes[at..at + 8].try_into().expect("eight bytes");
        if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
    }

    /// The address at `at`, which must be there.
    pub fn word(self, bytes: &[u8], at: usize) -> u64 {
        if self.is_64 { self.u64(bytes, at) } else { self.u32(bytes, at).into() }
    }

    /// How many bytes an address has.
    pub fn word_size(self) -> usize {
        if self.is_64 { 8 } else { 4 }
    }
}

/// The `length` bytes at `offset`, all of them.
pub(super) fn exact(file: &dyn ReadAt, offset: u64, length: u64, what: &str) -> Result<Vec<u8>, Error> {
    let truncated = || Error::truncated(what, offset, length, file.size());
    // Asked before anything is allocated: a length is what a hostile file says it is.
    let end = offset.checked_add(length).filter(|end| *end <= file.size()).ok_or_else(truncated)?;
    let length = usize::try_from(end - offset).map_err(|_| truncated())?;
    let bytes = file.bytes_at(offset, length)?;
    if bytes.len() < length { Err(truncated()) } else { Ok(bytes) }
}

/// A file read forwards, one piece in memory at a time.
pub(super) struct ForwardReader<'a> {
    file: &'a dyn ReadAt,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> ForwardReader<'a> {
    pub fn new(file: &'a dyn ReadAt) -> Self {
        Self { file, start: 0, bytes: Vec::new() }
    }

    /// What the piece at hand has from `offset` on: at least `length` bytes, at most 4 KiB,
    /// and fewer only where the file ends.
    pub fn from(&mut self, offset: u64, length: usize) -> Result<&[u8], Error> {
        let end = self.start + self.bytes.len() as u64;
        if offset < self.start || offset.saturating_add(length as u64) > end {
            self.bytes = self.file.bytes_at(offset, PIECE.max(length))?;
            self.start = offset;
        }
        let skip = usize::try_from(offset - self.start).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(&self.bytes[skip..])
    }
}
