//! Which sections the dynamic symbols name. They are loaded, so the numbers in them may not change.

use crate::bytes::ReadAt;
use crate::elf::{Header, Section};
use object::elf::{SHN_LORESERVE, SHT_DYNSYM};
use std::io;

/// The highest number of a loaded section that a dynamic symbol names (`st_shndx`); 0 where none is named.
pub fn highest(file: &dyn ReadAt, header: &Header, sections: &[Section]) -> io::Result<u32> {
    const PIECE: usize = 3 << 12;
    let (entry, place) = if header.machine.is_64 { (24, 6) } else { (16, 14) };
    let is_loaded = |number: u16| {
        number < SHN_LORESERVE && sections.get(usize::from(number).wrapping_sub(1)).is_some_and(Section::is_loaded)
    };
    // There is one such table at most (gabi, "Sections").
    let is_table = |section: &&Section| section.kind == SHT_DYNSYM.0 && section.is_in_file();
    let Some(table) = sections.iter().find(is_table) else { return Ok(0) };
    let mut highest = 0;
    let (mut at, end) = (table.offset, table.offset + table.size);
    while at < end {
        let piece = file.bytes_at(at, PIECE.min(usize::try_from(end - at).unwrap_or(PIECE)))?;
        for symbol in piece.chunks_exact(entry) {
            let bytes = [symbol[place], symbol[place + 1]];
            let number = if header.machine.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
            if is_loaded(number) {
                highest = highest.max(number);
            }
        }
        at += PIECE as u64;
    }
    Ok(highest.into())
}
