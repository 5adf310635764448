//! Where things stand in a stripped file: what is fixed stays, what was freed between it is blank, and the rest
//! comes behind, or into the largest of the freed ranges where it fits.
//!
//! Ranges are freed before the fixed end where a tool has moved a segment behind the sections, as patchelf does.

use crate::content::Piece;
use crate::elf::{ByteRange, Header, Section, Segment, fixed_end, merge, without};

/// Offsets that are given away one after the other.
pub struct Offsets {
    /// Where everything ends that may not move.
    fixed: u64,
    /// What is free before that.
    freed: Vec<ByteRange>,
    /// What is left of the largest of those.
    hole: ByteRange,
    /// How much of it is taken.
    filled: u64,
    /// Where the file ends by now.
    end: u64,
}

impl Offsets {
    /// Of a file in which the sections that `goes` marks go, and the table and the names are made anew.
    pub fn new(header: &Header, segments: &[Segment], sections: &[Section], goes: &[bool]) -> Self {
        let fixed = fixed_end(header, segments, sections);
        let names = usize::from(header.section_names);
        let range = |s: &Section| (s.offset, s.offset + s.size);
        let in_file = || sections.iter().zip(goes).enumerate().filter(|(_, (s, _))| s.is_in_file());
        let is_free = |index: usize, goes: bool| goes || index + 1 == names;
        let table = u64::from(header.section_count) * u64::from(header.section_size);
        let free = in_file().filter(|(index, (_, goes))| is_free(*index, **goes)).map(|(_, (s, _))| range(s));
        let free = free.chain([(header.sections, header.sections.saturating_add(table))]);
        let used = in_file().filter(|(index, (_, goes))| !is_free(*index, **goes)).map(|(_, (s, _))| range(s));
        let used = used.chain(
            segments.iter().filter(|s| s.is_in_file()).map(|s| (s.offset, s.offset.saturating_add(s.file_size))),
        );
        let used = used.chain([(0, header.size()), (header.program_headers, header.program_headers_end())]);
        let free = merge(free.map(|(from, to)| (from.min(fixed), to.min(fixed))).collect());
        let freed = without(&free, &merge(used.collect()));
        let hole = freed.iter().copied().max_by_key(|(from, to)| to - from).unwrap_or_default();
        Self { fixed, freed, hole, filled: 0, end: fixed }
    }

    /// How many bytes before the fixed end are free and have nothing in them.
    pub fn blank(&self) -> u64 {
        self.freed.iter().map(|(from, to)| to - from).sum::<u64>() - self.filled
    }

    /// Where the file ends by now.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Whether a section may not move.
    pub fn is_fixed(&self, section: &Section) -> bool {
        section.offset.saturating_add(section.size) <= self.fixed
    }

    /// A place for `size` bytes. `align` is a power of two and small.
    pub fn put(&mut self, size: u64, align: u64) -> u64 {
        let inside = self.hole.0.next_multiple_of(align);
        if size > 0 && inside.saturating_add(size) <= self.hole.1 {
            self.hole.0 = inside + size;
            self.filled += size;
            return inside;
        }
        let at = self.end.next_multiple_of(align);
        self.end = at.saturating_add(size);
        at
    }

    /// What stays in its place, from `start` on.
    pub fn stays(&self, start: u64) -> Vec<(u64, Piece)> {
        let stays = without(&[(start, self.fixed)], &self.freed);
        stays.into_iter().map(|(from, to)| (from, Piece::Copy { offset: from, length: to - from })).collect()
    }
}

/// Pieces at their places as one file, with zeros between them.
pub fn joined(mut placed: Vec<(u64, Piece)>) -> Vec<Piece> {
    placed.retain(|(_, piece)| piece.size() > 0);
    placed.sort_by_key(|(at, _)| *at);
    let mut pieces = Vec::new();
    let mut end = 0;
    for (at, piece) in placed {
        if at > end {
            pieces.push(Piece::Zeros(at - end));
        }
        end = at + piece.size();
        pieces.push(piece);
    }
    pieces
}
