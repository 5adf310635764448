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

/// The smallest page of any machine: what is mapped with it is mapped with a larger one too.
const PAGE: u64 = 4096;

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

/// The addresses at which bytes of the file stand because of one segment.
struct Mapping {
    start: u64,
    end: u64,
}

impl Mapping {
    /// Whole pages are mapped, at both ends of the segment; behind the file's part of a segment that is longer in memory,
    /// the loader writes zeros (glibc, elf/dl-map-segments.h; the kernel, fs/binfmt_elf.c). `None`: the segment has no
    /// bytes in the file, or ends behind the last address.
    fn new(segment: &Segment) -> Option<Self> {
        let end = segment.address.checked_add(segment.file_size).filter(|_| segment.file_size > 0)?;
        let is_filled = segment.memory_size > segment.file_size;
        // The file has bytes before the segment only as far as it begins behind its own start.
        let before = (segment.address % PAGE).min(segment.offset);
        let end = if is_filled { end } else { end.checked_next_multiple_of(PAGE)? };
        Some(Self { start: segment.address - before, end })
    }

    fn holds(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

impl<'a> Memory<'a> {
    pub fn new(file: &'a dyn ReadAt, format: WordFormat, segments: &[Segment]) -> Self {
        let loads = segments.iter().filter(|segment| segment.kind == PT_LOAD).copied().collect();
        Self { file, format, loads }
    }

    /// Where `address` is in the file, and where the bytes end that follow it there as they do in memory: with the
    /// last page of its segment, or further where the next segment goes on with the same bytes of the file.
    pub fn locate(&self, address: u64, what: &str) -> Result<(u64, u64), Error> {
        // A later segment is mapped over an earlier one.
        let holds = |s: &&Segment| Mapping::new(s).is_some_and(|mapping| mapping.holds(address));
        let found = self.loads.iter().enumerate().rfind(|(_, segment)| holds(segment));
        let place = found.and_then(|(number, segment)| {
            let offset = segment.offset.wrapping_add(address.wrapping_sub(segment.address));
            let end = self.end(number, segment)?;
            Some((offset, offset.checked_add(end - address)?.min(self.file.size())))
        });
        let place = place.filter(|(offset, end)| offset < end);
        place.ok_or_else(|| Error::damaged(format!("{what} is at {address:#x}, where nothing is loaded")))
    }

    /// The address of the byte at `offset` of the file, in the first segment that has it; `None` where none has.
    pub fn address(&self, offset: u64) -> Option<u64> {
        let holds = |s: &&Segment| s.offset <= offset && offset < s.offset.saturating_add(s.file_size);
        self.loads.iter().find(holds).map(|segment| segment.address.wrapping_add(offset - segment.offset))
    }

    /// The address at which the bytes end that follow those of a segment in memory as they do in the file.
    fn end(&self, number: usize, segment: &Segment) -> Option<u64> {
        let bias = |segment: &Segment| segment.offset.wrapping_sub(segment.address);
        let mut end = Mapping::new(segment)?.end;
        for next in &self.loads[number + 1..] {
            let mapping = Mapping::new(next).filter(|mapping| mapping.start <= end && end < mapping.end);
            if let Some(mapping) = mapping.filter(|_| bias(next) == bias(segment)) {
                end = mapping.end;
            }
        }
        Some(end)
    }

    /// Where the `length` bytes at `address` are in the file, one behind the other.
    pub fn range(&self, address: u64, length: u64, what: &str) -> Result<u64, Error> {
        if length == 0 {
            return Ok(0);
        }
        let (offset, end) = self.locate(address, what)?;
        if length > end - offset {
            return Err(Error::damaged(format!("{what} has {length} bytes and runs out of what is loaded")));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment of `offset`, `address`, bytes in the file and in memory.
    fn segment((offset, address, file_size, memory_size): (u64, u64, u64, u64)) -> Segment {
        Segment { kind: PT_LOAD, flags: 4, offset, address, file_size, memory_size, align: PAGE }
    }

    #[test]
    fn whole_pages_are_mapped_and_segments_go_on_in_each_other() {
        let file = vec![0; 0x3800];
        for (shows, segments, address, expected) in [
            ("in a segment", vec![(0, 0x10000, 0x100, 0x100)], 0x10010, Some((0x10, 0x1000))),
            ("behind it, in its last page", vec![(0, 0x10000, 0x100, 0x100)], 0x10fff, Some((0xfff, 0x1000))),
            ("behind its last page", vec![(0, 0x10000, 0x100, 0x100)], 0x11000, None),
            ("before it, in its first page", vec![(0x1200, 0x11200, 0x100, 0x100)], 0x11010, Some((0x1010, 0x2000))),
            ("before the file's first byte", vec![(0x10, 0x10200, 0x100, 0x100)], 0x10100, None),
            ("behind it, where zeros are written", vec![(0, 0x10000, 0x100, 0x200)], 0x10100, None),
            ("as far as the file goes", vec![(0x3000, 0x10000, 0x100, 0x100)], 0x10700, Some((0x3700, 0x3800))),
            (
                "on in the next segment",
                vec![(0, 0x10000, 0x1000, 0x1000), (0x1000, 0x11000, 0x800, 0x900)],
                0x10800,
                Some((0x800, 0x1800)),
            ),
            (
                "not on in one of other bytes",
                vec![(0, 0x10000, 0x1000, 0x1000), (0x2000, 0x11000, 0x800, 0x900)],
                0x10800,
                Some((0x800, 0x1000)),
            ),
            (
                "a later segment lies over an earlier one",
                vec![(0, 0x10000, 0x1800, 0x1800), (0x2000, 0x11000, 0x800, 0x800)],
                0x11010,
                Some((0x2010, 0x3000)),
            ),
            ("the last page of all", vec![(0, u64::MAX - 0x10, 0x10, 0x10)], u64::MAX - 8, None),
        ] {
            let segments: Vec<Segment> = segments.into_iter().map(segment).collect();
            let memory = Memory::new(&file, WordFormat { is_64: true, big_endian: false }, &segments);
            assert_eq!(memory.locate(address, "it").ok(), expected, "{shows}");
        }
    }
}
