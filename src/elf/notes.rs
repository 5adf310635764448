//! Notes (elf(5), PT_NOTE): small facts that linkers leave in a file, and that survive strip.

use super::{Bytes, Object, Segment};
use crate::sysroot::ReadAt;
use goblin::elf::program_header::PT_NOTE;
use std::io;

/// The largest segment of notes that is read: a thousand times what linkers make.
const LARGEST: u64 = 1 << 20;

/// One note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who defined it, without the NUL at the end: `GNU`, `Go`, `FDO`.
    pub name: Bytes,
    /// What it is, among those of that name.
    pub kind: u32,
    /// Its contents.
    pub contents: Bytes,
}

/// Linux ABI tag of the GNU C library (`NT_GNU_ABI_TAG`).
pub const GNU_ABI_TAG: u32 = 1;
/// Go's build ID (`cmd/link`).
pub const GO_BUILD_ID: u32 = 4;

/// All notes of an object, in the order of the file. One that does not fit its segment ends that segment.
pub fn notes(file: &dyn ReadAt, object: &Object) -> io::Result<Vec<Note>> {
    let mut notes = Vec::new();
    for segment in object.segments.iter().filter(|segment| segment.kind == PT_NOTE) {
        let length = usize::try_from(segment.file_size.min(LARGEST)).unwrap_or(0);
        let bytes = file.bytes_at(segment.offset, length)?;
        notes.extend(parse(&bytes, segment, object.machine.big_endian));
    }
    Ok(notes)
}

fn parse(bytes: &[u8], segment: &Segment, big_endian: bool) -> Vec<Note> {
    // `.note.gnu.property` is padded to 8 on 64-bit machines, all others to 4, whatever the alignment says
    // (glibc, elf_machine_note: only 8 is special).
    let align = if segment.align == 8 { 8 } else { 4 };
    let word = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let mut notes = Vec::new();
    let mut at = 0;
    while let (Some(name_size), Some(size), Some(kind)) = (word(at), word(at + 4), word(at + 8)) {
        let (name_size, size) = (name_size as usize, size as usize);
        let begin = (at + 12).saturating_add(name_size).checked_next_multiple_of(align).unwrap_or(usize::MAX);
        let end = begin.saturating_add(size);
        let (Some(name), Some(contents)) = (bytes.get(at + 12..at + 12 + name_size), bytes.get(begin..end)) else {
            break;
        };
        let name = name.strip_suffix(b"\0").unwrap_or(name).to_vec();
        notes.push(Note { name, kind, contents: contents.to_vec() });
        at = end.checked_next_multiple_of(align).unwrap_or(usize::MAX - 12);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(align: u64) -> Segment {
        Segment { kind: PT_NOTE, flags: 4, offset: 0, address: 0, file_size: 0, memory_size: 0, align }
    }

    #[test]
    fn notes_are_padded_as_their_segment_says() {
        let note = |name: &[u8], contents: &[u8], align: usize| {
            let mut bytes = Vec::new();
            for word in [name.len(), contents.len(), 7] {
                bytes.extend(u32::try_from(word).unwrap().to_le_bytes());
            }
            bytes.extend(name);
            bytes.resize(bytes.len().next_multiple_of(align), 0);
            bytes.extend(contents);
            bytes.resize(bytes.len().next_multiple_of(align), 0);
            bytes
        };
        for align in [4, 8] {
            let bytes = [note(b"FDO\0", b"hello", align), note(b"GNU\0", b"x", align)].concat();
            let notes = parse(&bytes, &segment(align as u64), false);
            let found: Vec<_> = notes.iter().map(|note| (note.name.as_slice(), note.contents.as_slice())).collect();
            assert_eq!(found, [(&b"FDO"[..], &b"hello"[..]), (b"GNU", b"x")], "{align}");
        }
    }

    #[test]
    fn a_note_that_does_not_fit_ends_the_notes() {
        for bytes in [&[0xff; 12][..], &[0xff; 64], &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], &[1, 2, 3]] {
            assert!(parse(bytes, &segment(4), false).is_empty());
        }
    }
}
