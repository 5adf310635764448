//! Hostile headers: whatever a file says of itself, strip gives a file that says the same of what is loaded, or
//! leaves it alone; it never panics, and never makes a file longer.

use super::*;
use crate::elf;
use crate::file::HostFile;
use std::collections::BTreeMap;

/// A file with some of its bytes changed.
struct Patched<'a> {
    file: &'a HostFile,
    bytes: BTreeMap<u64, u8>,
}

impl ReadAt for Patched<'_> {
    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.file.read_at(buffer, offset)?;
        for (at, byte) in self.bytes.range(offset..offset + read as u64) {
            buffer[usize::try_from(at - offset).unwrap()] = *byte;
        }
        Ok(read)
    }
}

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// The test's own program has symbols, debugging information and sections of every kind.
fn own() -> HostFile {
    HostFile::open(&std::env::current_exe().unwrap()).unwrap()
}

fn stripped(file: &dyn ReadAt) -> StripOutcome {
    strip(file).unwrap()
}

fn is_as_before(before: &dyn ReadAt, pieces: &Arc<[Piece]>) {
    let after = Joined::new(pieces.clone(), before);
    let header = elf::header(before).unwrap();
    let segments = elf::segments(before, &header).unwrap();
    assert!(after.size() <= before.size());
    assert_eq!(elf::segments(&after, &header).unwrap(), segments);
    for segment in segments.iter().filter(|segment| segment.is_in_file()) {
        // Both ends and the middle of what may be long; behind the header, which tells of the new table.
        let start = segment.offset.max(header.size());
        let end = (segment.offset + segment.file_size).max(start);
        for at in [start, start + (end - start) / 2, end.saturating_sub(4096).max(start)] {
            let length = usize::try_from(end - at).unwrap().min(4096);
            assert!(before.bytes_at(at, length).unwrap() == after.bytes_at(at, length).unwrap());
        }
    }
}

#[test]
fn symbols_and_debugging_information_go_and_nothing_that_is_loaded_changes() {
    let file = own();

    let StripOutcome::Stripped { pieces, dropped, zeros: 0 } = stripped(&file) else {
        panic!("tests are built with symbols")
    };

    assert_eq!(dropped, file.size() - Joined::new(pieces.clone(), &file).size());
    assert!(dropped > file.size() / 4);
    is_as_before(&file, &pieces);
    let again = Joined::new(pieces, &file);
    assert_eq!(stripped(&again), StripOutcome::Nothing, "there is nothing more to gain");
}

#[test]
fn no_change_of_a_few_bytes_of_the_headers_makes_strip_panic_or_move_what_is_loaded() {
    let file = own();
    let header = elf::header(&file).unwrap();
    let table = u64::from(header.section_count) * u64::from(header.section_size);
    let mut chance = Chance(1);
    let mut outcomes = BTreeMap::new();
    for round in 0..3000 {
        let mut bytes = BTreeMap::new();
        for _ in 0..=chance.below(3) {
            let (start, length) = match round % 3 {
                0 => (0, 64),
                1 => (header.program_headers, header.program_headers_end() - header.program_headers),
                _ => (header.sections, table),
            };
            let value = [0, 1, 0x7f, 0x80, 0xff, chance.below(256)][usize::try_from(chance.below(6)).unwrap()];
            bytes.insert(start + chance.below(length), u8::try_from(value).unwrap());
        }
        let patched = Patched { file: &file, bytes };

        let outcome = stripped(&patched);

        let name = match &outcome {
            StripOutcome::Stripped { pieces, .. } => {
                is_as_before(&patched, pieces);
                "stripped"
            }
            StripOutcome::Nothing => "nothing",
            StripOutcome::Kept(_) => "kept",
        };
        *outcomes.entry(name).or_insert(0) += 1;
    }
    assert!(outcomes.get("stripped") > Some(&500) && outcomes.get("kept") > Some(&500), "{outcomes:?}");
}
