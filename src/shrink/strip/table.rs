//! The section table and the sections' names, written anew.

use crate::elf::{Machine, Section};
use std::collections::BTreeMap;

/// Integers in the width and byte order of a file.
pub struct FieldWriter {
    machine: Machine,
    pub bytes: Vec<u8>,
}

impl FieldWriter {
    /// Writes behind `bytes`, for files of this machine.
    pub fn new(machine: Machine, bytes: Vec<u8>) -> Self {
        Self { machine, bytes }
    }

    /// How many bytes an address has.
    pub fn word_size(machine: Machine) -> usize {
        if machine.is_64 { 8 } else { 4 }
    }

    /// How many bytes a section header has.
    pub fn header_size(machine: Machine) -> usize {
        if machine.is_64 { 64 } else { 40 }
    }

    /// A section's header (gabi, "Section Header"), its name at `name`.
    pub fn section(&mut self, section: &Section, name: u32) {
        self.short(name);
        self.short(section.kind);
        for word in [section.flags, section.address, section.offset, section.size] {
            self.word(word);
        }
        self.short(section.link);
        self.short(section.info);
        self.word(section.align);
        self.word(section.entry_size);
    }

    /// An integer of four bytes.
    fn short(&mut self, value: u32) {
        self.bytes.extend(if self.machine.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    fn word(&mut self, value: u64) {
        let bytes = self.word_bytes(value);
        self.bytes.extend(bytes);
    }

    fn word_bytes(&self, value: u64) -> Vec<u8> {
        let skip = 8 - Self::word_size(self.machine);
        // What was read from a file of this width fits into it.
        if self.machine.big_endian {
            value.to_be_bytes()[skip..].to_vec()
        } else {
            value.to_le_bytes()[..8 - skip].to_vec()
        }
    }

    /// Writes into the ELF header, which is what the bytes are, where the table is, how many sections it has and
    /// which one holds their names: `e_shoff`, `e_shnum`, `e_shstrndx`.
    pub fn table(&mut self, at: u64, count: usize, names: usize) {
        let (place, number) = if self.machine.is_64 { (40, 60) } else { (32, 48) };
        let at = self.word_bytes(at);
        self.bytes[place..place + at.len()].copy_from_slice(&at);
        for (place, value) in [(number, count), (number + 2, names)] {
            let value = u16::try_from(value).unwrap_or_default();
            let value = if self.machine.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
            self.bytes[place..place + 2].copy_from_slice(&value);
        }
    }
}

/// A table of strings in which a name that another one ends with has no place of its own, as linkers write it.
pub struct NameTable<'a> {
    pub bytes: Vec<u8>,
    places: BTreeMap<&'a [u8], u32>,
}

impl<'a> NameTable<'a> {
    /// The table of these names.
    pub fn new(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut sorted: Vec<&[u8]> = names.filter(|name| !name.is_empty()).collect();
        // From behind, the longest of those with one end first.
        sorted.sort_by(|a, b| b.iter().rev().cmp(a.iter().rev()));
        let mut made = Self { bytes: vec![0], places: BTreeMap::new() };
        let mut last: &[u8] = b"";
        for name in sorted {
            if !last.ends_with(name) {
                made.bytes.extend(name);
                made.bytes.push(0);
                last = name;
            }
            let place = made.bytes.len() - 1 - name.len();
            made.places.insert(name, u32::try_from(place).unwrap_or_default());
        }
        made
    }

    /// Where a name is.
    pub fn place(&self, name: &[u8]) -> u32 {
        self.places.get(name).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_their_ends_and_are_all_found() {
        let list: [&[u8]; 7] = [b".rela.plt", b"", b".plt", b".text", b".rela.text", b".plt", b"t"];
        let names = NameTable::new(list.into_iter());
        assert_eq!(names.bytes.len(), 1 + b".rela.plt\0.rela.text\0".len());
        for name in list {
            let place = names.place(name) as usize;
            assert_eq!(&names.bytes[place..place + name.len()], name);
            assert_eq!(names.bytes[place + name.len()], 0);
        }
    }
}
