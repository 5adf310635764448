//! Notes: small records that tools leave for tools, found through PT_NOTE and so also in stripped files.
//!
//! A segment says in `p_align` how its notes are padded: `.note.gnu.property` to 8 bytes, all others to 4.
//! A damaged note ends its segment's list and nothing else: no loader depends on any that we read.

use super::format::{WordFormat, exact};
use super::{Bytes, Error, Object};
use crate::bytes::ReadAt;
use goblin::elf::note::NoteDataIterator;
use goblin::elf::program_header::PT_NOTE;

/// NT_GNU_ABI_TAG, by the owner `GNU`: for which system and which version of it libc was built.
pub const NT_GNU_ABI_TAG: u32 = 1;

/// How many bytes of one file's notes are read. Real ones have some hundreds.
const MAX_SIZE: u64 = 4 << 20;

/// One note (elf(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who defines the kinds, without NUL: `GNU`, `Go`, `FDO`, …
    pub owner: String,
    /// `n_type`.
    pub kind: u32,
    /// What it says.
    pub description: Bytes,
}

/// The notes of `object`, in order. `file` is the one that `object` was read from.
pub fn notes(file: &dyn ReadAt, object: &Object) -> Result<Vec<Note>, Error> {
    let format = WordFormat::new(object.machine);
    let mut notes = Vec::new();
    let mut left = MAX_SIZE;
    for segment in object.segments.iter().filter(|segment| segment.kind == PT_NOTE) {
        let Some(rest) = left.checked_sub(segment.file_size) else { break };
        left = rest;
        let bytes = exact(file, segment.offset, segment.file_size, "a PT_NOTE segment")?;
        let align = if segment.align == 8 { 8 } else { 4 };
        let context = (align, format.context());
        let found = NoteDataIterator { data: &bytes, size: bytes.len(), offset: 0, ctx: context };
        notes.extend(found.map_while(Result::ok).map(|note| Note {
            owner: note.name.trim_end_matches('\0').to_owned(),
            kind: note.n_type,
            description: note.desc.to_vec(),
        }));
    }
    Ok(notes)
}
