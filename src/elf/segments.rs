//! The program headers: what the kernel and the loader map, and how.

use super::format::exact;
use super::{Error, Header};
use crate::bytes::ReadAt;
use goblin::elf::program_header::{PT_GNU_RELRO, PT_NULL, ProgramHeader, pt_to_str};

/// How many bytes of program headers the kernel takes (`load_elf_phdrs` in fs/binfmt_elf.c).
const MAX_PROGRAM_HEADERS: u64 = 65536;

/// A program header (elf(5)), widened to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// `p_type`.
    pub kind: u32,
    /// `p_flags`: 1 execute, 2 write, 4 read.
    pub flags: u32,
    /// Where it begins in the file.
    pub offset: u64,
    /// Where it begins in memory.
    pub address: u64,
    /// Bytes in the file.
    pub file_size: u64,
    /// Bytes in memory.
    pub memory_size: u64,
    /// `p_align`.
    pub align: u64,
}

impl Segment {
    /// Whether it has bytes in the file. PT_GNU_RELRO tells of memory alone: its end is rounded up to a page, and the
    /// file may end before.
    pub fn is_in_file(&self) -> bool {
        self.kind != PT_NULL && self.kind != PT_GNU_RELRO && self.file_size > 0
    }
}

/// Reads the program headers. A file without any has an empty list.
pub fn segments(file: &dyn ReadAt, header: &Header) -> Result<Vec<Segment>, Error> {
    let context = header.format().context();
    let (count, size) = (usize::from(header.program_header_count), ProgramHeader::size(context));
    if count == 0 {
        return Ok(Vec::new());
    }
    if usize::from(header.program_header_size) != size {
        let said = header.program_header_size;
        return Err(Error::damaged(format!("a program header has {said} bytes instead of {size}")));
    }
    let length = (count * size) as u64;
    if length > MAX_PROGRAM_HEADERS {
        return Err(Error::damaged(format!("it has {count} program headers, more than a kernel takes")));
    }
    let bytes = exact(file, header.program_headers, length, "the program headers")?;
    let headers = ProgramHeader::parse(&bytes, 0, count, context)
        .map_err(|error| Error::damaged(format!("its program headers: {error}")))?;
    Ok(headers.iter().map(segment).collect())
}

fn segment(raw: &ProgramHeader) -> Segment {
    Segment {
        kind: raw.p_type,
        flags: raw.p_flags,
        offset: raw.p_offset,
        address: raw.p_vaddr,
        file_size: raw.p_filesz,
        memory_size: raw.p_memsz,
        align: raw.p_align,
    }
}

/// The first segment that has bytes behind the end of a file with `size` bytes, as an error.
pub fn whole(segments: &[Segment], size: u64) -> Result<(), Error> {
    let outside = |s: &&Segment| s.is_in_file() && s.offset.checked_add(s.file_size).is_none_or(|end| end > size);
    match segments.iter().find(outside) {
        Some(s) => Err(Error::truncated(format!("its {} segment", name(s.kind)), s.offset, s.file_size, size)),
        None => Ok(()),
    }
}

/// What elf(5) calls a kind of segment.
fn name(kind: u32) -> String {
    match pt_to_str(kind) {
        "UNKNOWN_PT" => format!("{kind:#x}"),
        known => known.to_owned(),
    }
}
