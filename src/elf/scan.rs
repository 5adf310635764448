//! Where constant strings of a program are, and a search through them that holds one piece in memory.
//!
//! A string that the program may write to (`char path[] = "…"` in C) is not found; compilers put all
//! others into segments that are not writable, with sections and without.

use super::ranges::merge;
use super::window::Window;
use super::{Object, Section, Segment, sections};
use crate::bytes::ReadAt;
use goblin::elf::program_header::{PF_W, PF_X, PT_LOAD};
use memchr::memmem;
use object::elf::SHT_PROGBITS;
use std::io;
use std::ops::ControlFlow;

/// How many bytes are searched at once.
const PIECE: usize = 64 << 10;

/// How many bytes behind the beginning of a match are shown, where the range has them.
pub(super) const SHOWN: usize = 64;

/// The file ranges that are loaded and never written, sorted, as offset and length.
///
/// A segment that is writable and executable at once (`ld -N`, packers) counts too: it holds the code,
/// and constants with it.
pub fn read_only_ranges(object: &Object) -> Vec<(u64, u64)> {
    let constant = |s: &&Segment| s.kind == PT_LOAD && (s.flags & PF_W == 0 || s.flags & PF_X != 0);
    merged(object.segments.iter().filter(constant).map(|s| (s.offset, s.file_size)))
}

/// Ranges as offset and length, merged.
fn merged(ranges: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let merged = merge(ranges.map(|(offset, length)| (offset, offset + length)).collect());
    merged.into_iter().map(|(from, to)| (from, to - from)).collect()
}

/// The file ranges of [`read_only_ranges`] without machine code, where a section table tells what is code.
pub fn constant_ranges(file: &dyn ReadAt, object: &Object) -> Vec<(u64, u64)> {
    let sections = sections(&Window::new(file), object.machine);
    sections.map_or_else(|| read_only_ranges(object), |sections| without_code(&sections, object))
}

/// The file ranges of an object's own strings: its constants without the tables that linkers make and the data of
/// unwinding, and with its initialised variables, in which some compilers keep all literals (OCaml, Nim). `None` where no
/// section table tells them apart.
pub fn literal_ranges(file: &dyn ReadAt, object: &Object) -> Option<Vec<(u64, u64)>> {
    const TABLES: [&[u8]; 6] = [b".eh_frame", b".gcc_except_table", b".interp", b".got", b".gopclntab", b".init"];
    let is_table = |s: &Section| TABLES.iter().any(|table| s.name.starts_with(table));
    let counts = |s: &&Section| !s.is_writable() || s.name == b".data" || s.name.starts_with(b".data.rel.ro");
    let sections = sections(&Window::new(file), object.machine)?;
    let literals =
        sections.iter().filter(|s| s.kind == SHT_PROGBITS.0 && s.is_loaded() && !s.is_code() && !is_table(s));
    Some(merged(literals.filter(counts).map(|s| (s.offset, s.size))))
}

/// [`constant_ranges`] by sections that are known already.
pub(super) fn without_code(sections: &[Section], object: &Object) -> Vec<(u64, u64)> {
    let all = read_only_ranges(object);
    let constant = |s: &&Section| s.is_in_file() && s.is_loaded() && !s.is_code() && !s.is_writable();
    let found = sections.iter().filter(constant).map(|s| (s.offset, s.size));
    // Bytes that the loader does not map are not part of the program, whatever their section says.
    let mapped = |range: &(u64, u64)| {
        let before = all.partition_point(|(offset, _)| *offset <= range.0);
        before.checked_sub(1).is_some_and(|index| range.0 + range.1 <= all[index].0 + all[index].1)
    };
    let found = merged(found.filter(mapped));
    if found.is_empty() { all } else { found }
}

/// Looks for `patterns` in `ranges` and shows each match to `found`: which pattern, and the bytes from
/// its beginning on. A match may be shown twice. Ends early where `found` breaks.
pub(super) fn search(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    patterns: &[&[u8]],
    found: &mut dyn FnMut(usize, &[u8]) -> ControlFlow<()>,
) -> io::Result<()> {
    let finders: Vec<_> = patterns.iter().map(memmem::Finder::new).collect();
    let mut buffer = vec![0; PIECE];
    for &(start, length) in ranges {
        let end = start + length;
        let mut offset = start;
        while offset < end {
            let wanted = usize::try_from(end - offset).unwrap_or(PIECE).min(PIECE);
            let read = file.read_at(&mut buffer[..wanted], offset)?;
            for (number, finder) in finders.iter().enumerate() {
                for at in finder.find_iter(&buffer[..read]) {
                    if found(number, &buffer[at..read]).is_break() {
                        return Ok(());
                    }
                }
            }
            if read < PIECE {
                break;
            }
            // A match that the end of this piece cuts is whole in the next.
            offset += (read - SHOWN) as u64;
        }
    }
    Ok(())
}
