//! Integers and small tables, written in the byte order of a file.

use crate::elf::format::WordFormat;

/// Where the first byte of the file is in memory.
pub(super) const BASE: u64 = 0x1_0000;

/// Integers in the byte order of a file.
pub(super) struct ElfWriter {
    pub format: WordFormat,
    pub bytes: Vec<u8>,
}

impl ElfWriter {
    pub fn new(format: WordFormat) -> Self {
        Self { format, bytes: Vec::new() }
    }

    pub fn u16(&mut self, value: u16) {
        self.bytes.extend(if self.format.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes.extend(if self.format.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    pub fn word(&mut self, value: u64) {
        if !self.format.is_64 {
            self.u32(u32::try_from(value).unwrap());
        } else if self.format.big_endian {
            self.bytes.extend(value.to_be_bytes());
        } else {
            self.bytes.extend(value.to_le_bytes());
        }
    }

    /// A program header.
    pub fn header(&mut self, kind: u32, flags: u32, offset: u64, size: u64) {
        self.u32(kind);
        if self.format.is_64 {
            self.u32(flags);
        }
        for word in [offset, BASE + offset, BASE + offset, size, size] {
            self.word(word);
        }
        if !self.format.is_64 {
            self.u32(flags);
        }
        self.word(4);
    }
}

/// The integers one behind the other.
pub(super) fn words(format: WordFormat, words: &[u32]) -> Vec<u8> {
    let mut writer = ElfWriter::new(format);
    for word in words {
        writer.u32(*word);
    }
    writer.bytes
}

/// A table of dynamic symbols: the place of each name, and whether it is defined.
pub(super) fn symbols(format: WordFormat, symbols: &[(u32, bool)]) -> Vec<u8> {
    let mut writer = ElfWriter::new(format);
    for (name, defined) in [(0, false)].iter().chain(symbols) {
        writer.u32(*name);
        if format.is_64 {
            writer.bytes.extend([0x12, 0]);
            writer.u16(u16::from(*defined));
            writer.bytes.extend([0; 16]);
        } else {
            writer.bytes.extend([0; 10]);
            writer.u16(u16::from(*defined));
        }
    }
    writer.bytes
}

/// One note, padded to 4 bytes.
pub(super) fn note(format: WordFormat, owner: &[u8], kind: u32, description: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap();
    let mut bytes = words(format, &[length(owner), length(description), kind]);
    for part in [owner, description] {
        bytes.extend(part);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}
