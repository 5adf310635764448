//! What becomes of the sections of one file: their numbers, their places, the table that tells of them.

use super::offsets::{Offsets, joined};
use super::table::{FieldWriter, NameTable};
use crate::bytes::ReadAt;
use crate::content::Piece;
use crate::elf::{Header, Section, Segment};
use object::elf::{SHF_GROUP, SHF_INFO_LINK, SHN_LORESERVE, SHT_DYNSYM, SHT_REL, SHT_RELA};
use std::io;

/// The largest alignment of a section that nothing loads: a page.
const MAX_ALIGN: u64 = 4096;

/// What becomes of a file.
pub struct StripPlan<'a> {
    header: &'a Header,
    /// Every section that the new table has, as it will be.
    pub sections: Vec<Section>,
    /// Ranges of the file that move: to where, from where, how long.
    moves: Vec<(u64, u64, u64)>,
    /// The number of the section of names in the new table.
    names: usize,
    places: Offsets,
}

impl<'a> StripPlan<'a> {
    /// What becomes of a file of `size` bytes of whose sections go those that `goes` marks; `None` where they do not
    /// fit together. `highest` is the highest number of a loaded section that dynamic symbols name.
    pub fn new(
        header: &'a Header,
        segments: &[Segment],
        old: &[Section],
        goes: &[bool],
        size: u64,
        highest: u32,
    ) -> Option<Self> {
        let numbers = Numbers::new(old, goes, highest);
        let old_names = usize::from(header.section_names);
        let has_names = |index: usize| old.get(index).is_some_and(|names| !names.is_loaded()) && !goes[index];
        let fits = old_names.checked_sub(1).is_some_and(has_names) && !old.iter().any(is_odd);
        if !fits || numbers.count >= u32::from(SHN_LORESERVE) {
            return None;
        }
        let mut places = Offsets::new(header, segments, old, goes);
        let mut moves = Vec::new();
        let mut sections = Vec::new();
        for (index, section) in old.iter().enumerate().filter(|(index, _)| numbers.all[*index] > 0) {
            let mut new = if goes[index] { empty() } else { numbers.applied_to(section) };
            if !goes[index] && !section.is_loaded() && !places.is_fixed(section) && index + 1 != old_names {
                let length = if section.is_in_file() { section.size } else { 0 };
                new.offset = places.put(length, section.align.max(1));
                moves.push((new.offset, section.offset, length));
                // Sections that overlap may ask for more room than there ever was.
                if places.end() > size {
                    return None;
                }
            }
            sections.push(new);
        }
        let names = numbers.all[old_names - 1] as usize;
        Some(Self { header, sections, moves, names, places })
    }

    /// How many bytes become blank, because what follows may not move.
    pub fn blank(&self) -> u64 {
        self.places.blank()
    }

    /// The pieces of the new file.
    pub fn pieces(&mut self, file: &dyn ReadAt) -> io::Result<Vec<Piece>> {
        let machine = self.header.machine;
        let names = NameTable::new(self.sections.iter().map(|section| &section.name[..]));
        let name_places: Vec<u32> = self.sections.iter().map(|section| names.place(&section.name)).collect();
        let names = names.bytes;
        let names_at = self.places.put(names.len() as u64, 1);
        let own = &mut self.sections[self.names - 1];
        (own.offset, own.size, own.align) = (names_at, names.len() as u64, 1);
        let mut table = FieldWriter::new(machine, vec![0; FieldWriter::header_size(machine)]);
        for (section, name) in self.sections.iter().zip(name_places) {
            table.section(section, name);
        }
        let table_at = self.places.put(table.bytes.len() as u64, FieldWriter::word_size(machine) as u64);
        let start = self.header.size();
        let mut header = FieldWriter::new(machine, file.bytes_at(0, usize::try_from(start).unwrap_or_default())?);
        header.table(table_at, self.sections.len() + 1, self.names);
        let ours = [(0, header.bytes), (names_at, names), (table_at, table.bytes)];
        let ours = ours.into_iter().map(|(at, bytes)| (at, Piece::Bytes(bytes.into())));
        let moved =
            self.moves.iter().map(|(to, offset, length)| (*to, Piece::Copy { offset: *offset, length: *length }));
        Ok(joined(self.places.stays(start).into_iter().chain(ours).chain(moved).collect()))
    }
}

/// Whether a section that may move wants an alignment that no such section has.
fn is_odd(section: &Section) -> bool {
    !section.is_loaded() && (section.align > MAX_ALIGN || section.align > 0 && !section.align.is_power_of_two())
}

/// The sections' numbers in the new table.
struct Numbers<'a> {
    goes: &'a [bool],
    /// The new number of each section, from the old one at 1 on; 0 where the section goes.
    all: Vec<u32>,
    /// How many sections the new table has, the empty first one included.
    count: u32,
    /// The dynamic symbols.
    symbols: u32,
}

impl<'a> Numbers<'a> {
    fn new(old: &[Section], goes: &'a [bool], highest: u32) -> Self {
        let mut count = 1;
        let number = |(index, goes): (usize, &bool)| {
            // Dynamic symbols may not change: an empty section keeps the place of one that goes before those that they
            // name.
            let stays = !goes || index < highest as usize;
            count += u32::from(stays);
            if stays { count - 1 } else { 0 }
        };
        let all: Vec<u32> = goes.iter().enumerate().map(number).collect();
        let symbols = old.iter().position(|section| section.kind == SHT_DYNSYM.0).map_or(0, |index| all[index]);
        Self { goes, all, count, symbols }
    }

    /// The new number of the section with the old one; `None` where it goes.
    fn new_number(&self, old: u32) -> Option<u32> {
        let Some(index) = (old as usize).checked_sub(1).filter(|index| *index < self.all.len()) else {
            // Number 0, or one with a meaning of its own.
            return Some(old);
        };
        (!self.goes[index]).then_some(self.all[index])
    }

    /// A section that stays, with what it says of others put right.
    fn applied_to(&self, section: &Section) -> Section {
        let mut new = section.clone();
        let relocations = [SHT_REL.0, SHT_RELA.0].contains(&section.kind);
        // Relocations of a static program name no symbol, and yet linkers name the table; binutils takes the dynamic
        // one, or none.
        new.link = self.new_number(section.link).unwrap_or(if relocations { self.symbols } else { 0 });
        if relocations || section.flags & SHF_INFO_LINK.0 != 0 {
            new.info = self.new_number(section.info).unwrap_or_default();
        }
        // Groups go with their symbols.
        new.flags &= !SHF_GROUP.0;
        new
    }
}

fn empty() -> Section {
    Section {
        name: Vec::new(),
        kind: 0,
        flags: 0,
        address: 0,
        offset: 0,
        size: 0,
        link: 0,
        info: 0,
        align: 0,
        entry_size: 0,
    }
}
