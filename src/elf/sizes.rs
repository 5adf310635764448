//! Which bytes of a file are for what.

use super::inspected::Sizes;
use super::overlay::AppendedData;
use super::{Section, Segment};
use goblin::elf::program_header::{PF_W, PF_X, PT_LOAD};

/// What a range of the file is for.
#[derive(Clone, Copy)]
enum Use {
    Code,
    ReadOnly,
    Data,
    Symbols,
    Debug,
    Other,
}

/// Divides a file of `size` bytes, by sections or, where there are none, by segments.
///
/// Each byte counts once, whatever overlaps.
pub(super) fn divide(
    size: u64,
    segments: &[Segment],
    sections: Option<&[Section]>,
    overlay: Option<&AppendedData>,
) -> Sizes {
    let mut ranges: Vec<(u64, u64, Use)> = match sections {
        Some(sections) => sections.iter().filter(|s| s.is_in_file()).map(section_use).collect(),
        None => segments.iter().filter(|s| s.kind == PT_LOAD).map(segment_use).collect(),
    };
    ranges.sort_by_key(|(offset, ..)| *offset);
    let overlay = overlay.map_or(0, |overlay| overlay.size);
    let mut sizes = Sizes { overlay, ..Sizes::default() };
    let (mut end, mut counted) = (0, overlay);
    for (offset, length, purpose) in ranges {
        let until = offset.saturating_add(length).min(size - overlay);
        let bytes = until.saturating_sub(offset.max(end));
        end = end.max(until);
        counted += bytes;
        *sizes.bytes_for(purpose) += bytes;
    }
    sizes.other += size - counted;
    sizes
}

impl Sizes {
    fn bytes_for(&mut self, purpose: Use) -> &mut u64 {
        match purpose {
            Use::Code => &mut self.code,
            Use::ReadOnly => &mut self.read_only,
            Use::Data => &mut self.data,
            Use::Symbols => &mut self.symbols,
            Use::Debug => &mut self.debug,
            Use::Other => &mut self.other,
        }
    }
}

fn section_use(section: &Section) -> (u64, u64, Use) {
    let purpose = match section {
        s if s.is_symbols() => Use::Symbols,
        s if s.is_debug() => Use::Debug,
        s if !s.is_loaded() => Use::Other,
        s if s.is_code() => Use::Code,
        s if s.is_writable() => Use::Data,
        _ => Use::ReadOnly,
    };
    (section.offset, section.size, purpose)
}

fn segment_use(segment: &Segment) -> (u64, u64, Use) {
    let purpose = match segment.flags {
        flags if flags & PF_X != 0 => Use::Code,
        flags if flags & PF_W != 0 => Use::Data,
        _ => Use::ReadOnly,
    };
    (segment.offset, segment.file_size, purpose)
}
