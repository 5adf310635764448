//! The section table, where there is a good one. Nothing that runs needs it: it may be absent, cut off or
//! hostile, and then there is none.

use super::Bytes;
use crate::sysroot::ReadAt;
use object::Endianness;
use object::elf::{FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use object::read::{ReadCache, ReadCacheOps};

/// The largest table, and the largest table of names, that is read: files with a hundred thousand sections
/// have 6 MB of them.
const LARGEST: usize = 64 << 20;

/// `SHT_NOBITS`: no bytes in the file.
pub const NOBITS: u32 = 8;
/// `SHF_ALLOC`: it is loaded.
pub const ALLOC: u64 = 2;
/// `SHF_WRITE`.
pub const WRITE: u64 = 1;
/// `SHF_EXECINSTR`.
pub const EXECUTE: u64 = 4;

/// One section header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name; empty where that cannot be read.
    pub name: Bytes,
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes, in the file unless its type is [`NOBITS`].
    pub size: u64,
}

impl Section {
    /// Whether it is loaded.
    pub fn is_loaded(&self) -> bool {
        self.flags & ALLOC != 0
    }

    /// Bytes in the file.
    pub fn file_size(&self) -> u64 {
        if self.kind == NOBITS { 0 } else { self.size }
    }
}

/// The sections of a file, and where their table ends; `None` where there is no table, or one that does
/// not fit the file.
pub fn sections(file: &dyn ReadAt, is_64: bool) -> Option<(Vec<Section>, u64)> {
    let cache = ReadCache::new(Whole { file, at: 0 });
    let (sections, end) =
        if is_64 { all::<FileHeader64<Endianness>>(&cache) } else { all::<FileHeader32<Endianness>>(&cache) }?;
    let fits =
        |section: &Section| section.offset.checked_add(section.file_size()).is_some_and(|end| end <= file.size());
    (!sections.is_empty() && end <= file.size() && sections.iter().all(fits)).then_some((sections, end))
}

fn all<'a, H>(cache: &'a ReadCache<Whole<'a>>) -> Option<(Vec<Section>, u64)>
where
    H: FileHeader<Endian = Endianness>,
{
    let header = H::parse(cache).ok()?;
    let endian = header.endian().ok()?;
    let table = header.sections(endian, cache).ok()?;
    let end = header.e_shoff(endian).into().checked_add(table.len() as u64 * u64::from(header.e_shentsize(endian)))?;
    let sections = table.iter().map(|section| Section {
        name: table.section_name(endian, section).map(<[u8]>::to_vec).unwrap_or_default(),
        kind: section.sh_type(endian).0,
        flags: section.sh_flags(endian).0,
        offset: section.sh_offset(endian).into(),
        size: section.sh_size(endian).into(),
    });
    // The first one is always empty, and may hold the number of sections in its size.
    Some((sections.skip(1).collect(), end))
}

/// A file as the `object` crate reads it.
#[derive(Debug)]
struct Whole<'a> {
    file: &'a dyn ReadAt,
    at: u64,
}

impl std::fmt::Debug for dyn ReadAt + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a file of {} bytes", self.size())
    }
}

impl ReadCacheOps for Whole<'_> {
    fn len(&mut self) -> Result<u64, ()> {
        Ok(self.file.size())
    }

    fn seek(&mut self, at: u64) -> Result<u64, ()> {
        self.at = at;
        Ok(at)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ()> {
        let read = self.file.read_at(buffer, self.at).map_err(drop)?;
        self.at += read as u64;
        Ok(read)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        if buffer.len() > LARGEST || self.read(buffer)? < buffer.len() {
            return Err(());
        }
        Ok(())
    }
}
