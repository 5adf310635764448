//! The bytes of a file by what they are for, and how many of them nothing loads.

use super::Sizes;
use super::overlay::Overlay;
use super::sections::{EXECUTE, Section, WRITE};
use super::{Object, Segment};
use goblin::elf::program_header::PT_LOAD;

/// Sizes by kind of section; by segments where there are no sections.
pub fn of(object: Option<&Object>, sections: Option<&[Section]>, overlay: Option<&Overlay>, file: u64) -> Sizes {
    let mut sizes = Sizes::default();
    match (sections, object) {
        (Some(sections), _) => sections.iter().for_each(|section| add_section(&mut sizes, section)),
        (None, Some(object)) => object.segments.iter().for_each(|segment| add_segment(&mut sizes, segment)),
        (None, None) => {}
    }
    sizes.overlay = overlay.map_or(0, |overlay| overlay.size);
    let known = [sizes.code, sizes.read_only, sizes.data, sizes.symbols, sizes.debug, sizes.overlay];
    // Sections of a hostile file may lie upon each other.
    sizes.other = known.iter().fold(file, |rest, size| rest.saturating_sub(*size));
    sizes
}

fn add_section(sizes: &mut Sizes, section: &Section) {
    let bytes = section.file_size();
    let sum = match (section.is_loaded(), section.flags) {
        (true, flags) if flags & EXECUTE != 0 => &mut sizes.code,
        (true, flags) if flags & WRITE != 0 => &mut sizes.data,
        (true, _) => &mut sizes.read_only,
        (false, _) if is_symbols(section) => &mut sizes.symbols,
        (false, _) if is_removable(section) => &mut sizes.debug,
        (false, _) => return,
    };
    *sum = sum.saturating_add(bytes);
}

fn add_segment(sizes: &mut Sizes, segment: &Segment) {
    let sum = match segment.flags {
        _ if segment.kind != PT_LOAD => return,
        flags if flags & 1 != 0 => &mut sizes.code,
        flags if flags & 2 != 0 => &mut sizes.data,
        _ => &mut sizes.read_only,
    };
    *sum = sum.saturating_add(segment.file_size);
}

/// `SHT_SYMTAB`.
const SYMTAB: u32 = 2;

fn is_symbols(section: &Section) -> bool {
    section.kind == SYMTAB || matches!(section.name.as_slice(), b".symtab" | b".strtab" | b".symtab_shndx")
}

/// Whether strip drops a section: symbols and debugging information, and of these only what nothing loads.
/// What is not known stays: it may be what a program looks for in its own file.
pub fn is_removable(section: &Section) -> bool {
    const BEGINNINGS: [&[u8]; 4] = [b".debug_", b".zdebug_", b".gnu.lto_", b".stab"];
    let named = section.name == b".gdb_index" || BEGINNINGS.iter().any(|begin| section.name.starts_with(begin));
    !section.is_loaded() && (named || is_symbols(section))
}

/// Bytes that strip would drop. None where something stands behind the last section: programs find that by
/// its distance from the end, or it would be lost.
pub fn removable(sections: Option<&[Section]>, overlay: Option<&Overlay>) -> u64 {
    if overlay.is_some() {
        return 0;
    }
    sections.into_iter().flatten().filter(|section| is_removable(section)).map(Section::file_size).sum()
}
