//! What of a file nothing that runs it looks at: symbols that nothing loads, and debugging information.
//!
//! A list of what goes, never of what stays: an unknown section may be a program's payload (PyInstaller's `pydata`).

use super::{Header, Section, Segment};
use object::elf::{SHT_GROUP, SHT_REL, SHT_RELA, SHT_STRTAB, SHT_SYMTAB, SHT_SYMTAB_SHNDX};
use std::collections::BTreeSet;

/// For each section, in the order of the table, whether it goes.
pub fn removable(header: &Header, sections: &[Section]) -> Vec<bool> {
    let names = usize::from(header.section_names);
    let mut goes: Vec<bool> = sections.iter().map(goes_by_itself).collect();
    let gone = |goes: &[bool], number: u32| number > 0 && goes.get(number as usize - 1) == Some(&true);
    // What only told something about a section that goes: its relocations, its group.
    let first = goes.clone();
    for (section, goes) in sections.iter().zip(&mut goes).filter(|(section, _)| !section.is_loaded()) {
        let about = match section.kind {
            kind if kind == SHT_REL.0 || kind == SHT_RELA.0 => gone(&first, section.link) || gone(&first, section.info),
            kind if kind == SHT_GROUP.0 => gone(&first, section.link),
            _ => false,
        };
        *goes |= about;
    }
    // The strings of a table go with it, unless somebody else reads them.
    let (mut by_gone, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for (section, goes) in sections.iter().zip(&goes) {
        (if *goes { &mut by_gone } else { &mut kept }).insert(section.link as usize);
    }
    for (index, section) in sections.iter().enumerate() {
        let number = index + 1;
        if section.kind == SHT_STRTAB.0 && !section.is_loaded() && number != names {
            let about_symbols = section.is_symbols() || by_gone.contains(&number);
            goes[index] |= about_symbols && !kept.contains(&number);
        }
    }
    goes
}

fn goes_by_itself(section: &Section) -> bool {
    let symbols = [SHT_SYMTAB.0, SHT_SYMTAB_SHNDX.0].contains(&section.kind);
    !section.is_loaded() && (symbols || section.is_debug())
}

/// Where everything ends that is loaded or that program headers tell of: up to there nothing may move.
pub fn fixed_end(header: &Header, segments: &[Segment], sections: &[Section]) -> u64 {
    let segments = segments.iter().filter(|s| s.is_in_file()).map(|s| s.offset.saturating_add(s.file_size));
    let sections = sections.iter().filter(|s| s.is_in_file() && s.is_loaded()).map(|s| s.offset + s.size);
    let headers = [header.size(), header.program_headers_end()];
    segments.chain(sections).chain(headers).max().unwrap_or_default()
}
