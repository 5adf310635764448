//! The section table: what linkers and debuggers know of a file, and no loader needs.
//!
//! The table may be absent, wrong or hostile, and the program runs all the same. So a table that does not fit
//! the file counts as none, whatever is wrong with it, and every user of sections has a way without.

use super::format::ForwardReader;
use super::{Bytes, Error, Header, Machine};
use crate::bytes::ReadAt;
use object::elf::{
    FileHeader32, FileHeader64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS, SHT_NULL, SHT_STRTAB, SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
};
use object::endian::Endianness;
use object::read::elf::{FileHeader, SectionHeader};
use object::read::{ReadCache, ReadCacheOps};

/// How many sections are read. Object files with a section for each function have some ten thousand.
const MAX_SECTIONS: u32 = 1 << 18;

/// How many bytes the names of all sections may have together.
const MAX_NAMES: usize = 4 << 20;

/// One section (elf(5)), widened to 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: Bytes,
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// Where it begins in memory.
    pub address: u64,
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes, in the file unless it is `SHT_NOBITS`.
    pub size: u64,
    /// `sh_link`: another section, by its number.
    pub link: u32,
    /// `sh_info`: another section's number, or something else.
    pub info: u32,
    /// `sh_addralign`.
    pub align: u64,
    /// `sh_entsize`.
    pub entry_size: u64,
}

impl Section {
    /// Whether it has bytes in the file.
    pub fn is_in_file(&self) -> bool {
        self.kind != SHT_NOBITS.0 && self.kind != SHT_NULL.0 && self.size > 0
    }

    /// Whether a loader maps it.
    pub fn is_loaded(&self) -> bool {
        self.flags & SHF_ALLOC.0 != 0
    }

    /// Whether the program may write to it.
    pub fn is_writable(&self) -> bool {
        self.flags & SHF_WRITE.0 != 0
    }

    /// Whether it holds machine code.
    pub fn is_code(&self) -> bool {
        self.flags & SHF_EXECINSTR.0 != 0
    }

    /// Whether it is a symbol table that nothing loads, or that table's strings.
    pub fn is_symbols(&self) -> bool {
        let named = [&b".symtab"[..], b".strtab", b".symtab_shndx"].contains(&&self.name[..]);
        let kinds = [SHT_SYMTAB.0, SHT_STRTAB.0, SHT_SYMTAB_SHNDX.0];
        named && kinds.contains(&self.kind) && !self.is_loaded()
    }

    /// Whether it is debugging information that nothing loads.
    pub fn is_debug(&self) -> bool {
        const BEGINNINGS: [&[u8]; 5] = [b".debug_", b".zdebug_", b".gdb_index", b".gnu.lto_", b".stab"];
        !self.is_loaded() && BEGINNINGS.iter().any(|beginning| self.name.starts_with(beginning))
    }
}

/// Reads the section table but for its first entry, which is empty: the section at 0 has the number 1. `None`
/// where there is no table that fits the file.
pub fn sections(file: &dyn ReadAt, machine: Machine) -> Option<Vec<Section>> {
    let data = ReadCache::new(Cursor { pieces: ForwardReader::new(file), position: 0, size: file.size() });
    let sections =
        if machine.is_64 { table::<FileHeader64<Endianness>>(&data) } else { table::<FileHeader32<Endianness>>(&data) };
    let sections = sections.ok().filter(|sections| !sections.is_empty())?;
    let fits = |s: &Section| !s.is_in_file() || s.offset.checked_add(s.size).is_some_and(|end| end <= file.size());
    sections.iter().all(fits).then_some(sections)
}

fn table<Elf: FileHeader<Endian = Endianness>>(data: &ReadCache<Cursor<'_>>) -> object::read::Result<Vec<Section>> {
    let header = Elf::parse(data)?;
    let endian = header.endian()?;
    // Asked before the table is read: a hostile file may claim as many as it has bytes for.
    if header.shnum(endian, data)? > MAX_SECTIONS {
        return Ok(Vec::new());
    }
    let table = header.sections(endian, data)?;
    let mut sections = Vec::new();
    let mut left = MAX_NAMES;
    for section in table.iter().skip(1) {
        let name = table.section_name(endian, section)?.to_vec();
        let Some(rest) = left.checked_sub(name.len()) else { return Ok(Vec::new()) };
        left = rest;
        sections.push(Section {
            name,
            kind: section.sh_type(endian).0,
            flags: section.sh_flags(endian).0,
            address: section.sh_addr(endian).into(),
            offset: section.sh_offset(endian).into(),
            size: section.sh_size(endian).into(),
            link: section.sh_link(endian),
            info: section.sh_info(endian),
            align: section.sh_addralign(endian).into(),
            entry_size: section.sh_entsize(endian).into(),
        });
    }
    Ok(sections)
}

/// Where the section table ends, if the header tells of one; it may lie behind the end of the file.
pub(super) fn end(header: &Header) -> Option<u64> {
    let length = u64::from(header.section_count) * u64::from(header.section_size);
    (header.sections != 0).then(|| header.sections.saturating_add(length))
}

/// A file as `object` wants to read it.
struct Cursor<'a> {
    pieces: ForwardReader<'a>,
    position: u64,
    size: u64,
}

impl ReadCacheOps for Cursor<'_> {
    fn len(&mut self) -> Result<u64, ()> {
        Ok(self.size)
    }

    fn seek(&mut self, position: u64) -> Result<u64, ()> {
        self.position = position;
        Ok(position)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ()> {
        let piece = self.pieces.from(self.position, buffer.len()).map_err(|_: Error| ())?;
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece[..length]);
        self.position += length as u64;
        Ok(length)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        if self.read(buffer)? == buffer.len() { Ok(()) } else { Err(()) }
    }
}
