//! Files that contradict themselves: each ends in an error that says how, in bounded time and memory.

use super::image::{BE32, ElfImage, LE64, Value, patch};
use super::writer::{BASE, note, symbols, words};
use crate::bytes::ReadAt;
use crate::elf::{Kind, Tables, inspect, notes, overlay, read, sections};
use Value::{Number, Table, Text};
use std::io;
use std::time::{Duration, Instant};

/// Offsets in a 64-bit header.
const PHENTSIZE: usize = 54;
const PHNUM: usize = 56;

/// The beginning of another file.
struct Cut<'a>(&'a [u8]);

impl ReadAt for Cut<'_> {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

fn with(dynamic: Vec<(u64, Value)>) -> Vec<u8> {
    ElfImage { dynamic, ..ElfImage::default() }.build()
}

fn with_patch(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = with(vec![(1, Text(b"liba.so"))]);
    patch(&mut file, at, bytes);
    file
}

#[test]
fn what_the_loader_would_need_and_cannot_get_is_an_error() {
    let dynamic_header = 64;
    let huge = &(1_u64 << 40).to_le_bytes();
    let loader = |loader| ElfImage { loader: Some(loader), ..ElfImage::default() }.build();
    let versions = |record: &[u32]| with(vec![(0x6fff_fffe, Table(words(LE64, record)))]);
    let symbol = || (6, Table(symbols(LE64, &[(1, false)])));
    for (shows, file, message) in [
        ("no ELF file", b"\x7fELV".to_vec(), "is not an ELF file"),
        ("empty", Vec::new(), "is not an ELF file"),
        ("magic only", b"\x7fELF".to_vec(), "is cut off: the ELF header would end at byte 64, and the file has 4"),
        ("class 9", with_patch(4, &[9]), "is damaged: its class is 9, neither 32-bit (1) nor 64-bit (2)"),
        (
            "data 0",
            with_patch(5, &[0]),
            "is damaged: its byte order is 0, neither little-endian (1) nor big-endian (2)",
        ),
        ("phentsize", with_patch(PHENTSIZE, &[9, 0]), "is damaged: a program header has 9 bytes instead of 56"),
        ("phnum", with_patch(PHNUM, &[255; 2]), "is damaged: it has 65535 program headers, more than a kernel takes"),
        ("phoff", with_patch(32, huge), "is cut off: the program headers would end at byte 1099511627944"),
        ("dynamic size", with_patch(dynamic_header + 32, huge), "is cut off: its PT_DYNAMIC segment would end at byte"),
        (
            "dynamic address",
            with_patch(dynamic_header + 16, huge),
            "is damaged: the dynamic section is at 0x10000000000, where nothing is loaded",
        ),
        (
            "no DT_NULL",
            with_patch(dynamic_header + 32, &32_u64.to_le_bytes()),
            "is damaged: the dynamic section has no end",
        ),
        ("no string table", with_patch(dynamic_header + 32, &[0]), "is damaged: the dynamic section has no end"),
        ("a needed far off", with(vec![(1, Number(1 << 40))]), "is damaged: a DT_NEEDED runs out of the string table"),
        ("an overflow", with(vec![(14, Number(u64::MAX))]), "is damaged: its DT_SONAME runs out of the string table"),
        ("loader without NUL", loader(b"/lib/ld.so"), "is damaged: the path of its loader does not end in NUL"),
        ("loader too short", loader(b"\0"), "is damaged: the path of its loader has 1 bytes"),
        ("loader too long", loader(&[b'/'; 5000]), "is damaged: the path of its loader has 5000 bytes"),
        ("version 2", versions(&[2, 0, 16, 16]), "is damaged: the table of needed versions is of revision 2"),
        ("versions to nowhere", versions(&[1, 0, 1 << 20, 0]), "is damaged: the table of needed versions is at 0x110"),
        (
            "symbols nowhere",
            with(vec![(6, Number(5)), (4, Table(words(LE64, &[1, 1])))]),
            "is damaged: the table of dynamic symbols is at 0x5",
        ),
        (
            "too many symbols",
            with(vec![symbol(), (4, Table(words(LE64, &[1, u32::MAX])))]),
            "is damaged: the table of dynamic symbols has 103079215080 bytes and runs out of what is loaded",
        ),
        (
            "too many buckets",
            with(vec![symbol(), (0x6fff_fef5, Table(words(LE64, &[u32::MAX, 1, 1, 0])))]),
            "is damaged: DT_GNU_HASH",
        ),
        (
            "too many filters",
            with(vec![symbol(), (0x6fff_fef5, Table(words(LE64, &[1, 1, u32::MAX, 0])))]),
            "is damaged: DT_GNU_HASH is at",
        ),
        (
            "a name far off",
            with(vec![(6, Table(symbols(LE64, &[(1 << 30, false)]))), (4, Table(words(LE64, &[1, 2])))]),
            "is damaged: the name of a symbol runs out of the string table",
        ),
        (
            "relocations",
            with(vec![symbol(), (7, Number(BASE)), (8, Number(u64::MAX))]),
            "is damaged: a table of relocations has",
        ),
    ] {
        let error = read(&file).map(|_| ()).expect_err(shows).to_string();
        assert!(error.starts_with(message), "{shows}: {error}");
    }
}

#[test]
fn tables_that_go_round_or_lie_over_each_other_end() {
    // Each record says that the next stands one byte behind it: 1 is version, step and everything else.
    let steps = vec![(0x6fff_fffe, Table(vec![0; 1 << 20]))];
    let mut file = with(steps);
    let table = file.len() - (1 << 20) - 64;
    for record in file[table..].chunks_exact_mut(4) {
        record.copy_from_slice(&[1, 0, 0, 0]);
    }
    // A string table of a megabyte without NUL, whose tails are the names of all symbols.
    let tails: &[u8] = vec![b'x'; 1 << 20].leak();
    let table = symbols(LE64, &(1..60_000).map(|place| (place, false)).collect::<Vec<_>>());
    let dynamic = vec![(6, Table(table)), (4, Table(words(LE64, &[1, 60_000])))];
    let overlapping = ElfImage { strings: tails, dynamic, ..ElfImage::default() }.build();
    for (shows, file) in [("steps", file), ("tails", overlapping)] {
        let start = Instant::now();
        let outcome = read(&file);
        assert!(outcome.is_err(), "{shows}");
        assert!(start.elapsed() < Duration::from_secs(20), "{shows} takes {:?}", start.elapsed());
    }
}

#[test]
fn a_section_table_that_does_not_fit_counts_as_none() {
    let section = ("text", 1, 6, b"code".to_vec());
    let file = ElfImage { sections: vec![section], ..ElfImage::default() }.build();
    let header = crate::elf::header(&file).unwrap();
    let table = usize::try_from(header.sections).unwrap();
    assert_eq!(sections(&file, header.machine).unwrap().len(), 2);
    for (shows, at, bytes) in [
        ("e_shoff behind the end", 40, &(1_u64 << 40).to_le_bytes()[..]),
        ("e_shoff before the end", 40, &(file.len() as u64 - 1).to_le_bytes()),
        ("e_shentsize", 58, &[9, 0]),
        ("e_shnum too large", 60, &[0xff, 0xfe]),
        ("e_shnum in the first section, hostile", 60, &[0, 0]),
        ("e_shstrndx too large", 62, &[9, 0]),
        ("e_shstrndx none", 62, &[0, 0]),
        ("a name behind the end", table + 64, &[255; 4]),
        ("an offset behind the end", table + 64 + 24, &[255; 8]),
        ("a size behind the end", table + 64 + 32, &[255; 6]),
    ] {
        let mut damaged = file.clone();
        patch(&mut damaged, at, bytes);
        if at == 60 {
            patch(&mut damaged, table + 32, &u64::from(u32::MAX).to_le_bytes());
        }
        let header = crate::elf::header(&damaged).unwrap();
        assert_eq!(sections(&damaged, header.machine), None, "{shows}");
        assert_eq!(inspect(&damaged).unwrap().kind, Kind::Static, "{shows}");
    }
}

#[test]
fn a_real_program_that_is_cut_at_any_block_is_told_to_be_cut() {
    let path = std::env::current_exe().unwrap();
    let program = std::fs::read(path).unwrap();
    let whole = inspect(&program).unwrap();
    let end = whole.object.unwrap().segments.iter().map(|s| s.offset + s.file_size).max().unwrap();
    let end = usize::try_from(end).unwrap();
    for length in (512..end).step_by(512) {
        let cut = inspect(&Cut(&program[..length])).unwrap();
        assert_eq!(cut.kind, Kind::Truncated, "{length} bytes");
        assert!(!cut.evidence.is_empty(), "{length} bytes");
    }
    // What is left is all that a kernel looks at: the program runs, but somebody lost a part of it.
    for length in (end..program.len()).step_by(1 << 20) {
        let cut = inspect(&Cut(&program[..length])).unwrap();
        assert_eq!(cut.kind, whole.kind, "{length} bytes");
        assert!(cut.evidence[0].starts_with("its section table would end at"), "{length} bytes");
    }
    for length in 1..512 {
        let cut = inspect(&Cut(&program[..length])).unwrap();
        assert_eq!(cut.kind, if length < 4 { Kind::Unknown } else { Kind::Truncated }, "{length} bytes");
    }
}

#[test]
fn no_change_of_a_few_bytes_makes_a_reader_panic() {
    for (seed, format) in [(1, LE64), (2, BE32)] {
        let dynamic = vec![
            (1, Text(b"liba.so")),
            (14, Text(b"libself.so")),
            (29, Text(b"/lib")),
            (6, Table(symbols(format, &[(1, false), (6, true)]))),
            (0x6fff_fef5, Table(words(format, &[1, 2, 1, 0, 0, 2, 1, 1]))),
            (0x6fff_fffe, Table(words(format, &[0x0001_0001, 1, 16, 0, 0, 0, 6, 0]))),
            (0x6fff_fffc, Table(words(format, &[1, 1, 0, 20, 0, 1, 0]))),
        ];
        let sections = vec![
            (".text", 1, 6, b"code".to_vec()),
            (".comment", 1, 0, b"GCC: (x) 1.2\0".to_vec()),
            (".go.buildinfo", 1, 3, [&b"\xff Go buildinf:\x08\x02"[..], &[0; 16], b"\x06go1.20\x00"].concat()),
            (".ARM.attributes", 0x7000_0003, 0, b"A\x11\0\0\0aeabi\0\x01\x07\0\0\0\x06\x0a".to_vec()),
        ];
        let notes_of = note(format, b"GNU\0", 1, &[0; 16]);
        let image = ElfImage {
            kind: 3,
            strings: b"\0puts\0main\0",
            dynamic,
            sections,
            notes: notes_of,
            machine: 40,
            ..ElfImage::new(format)
        };
        change(&image.build(), seed);
    }
}

/// Runs every reader over copies with up to four changed bytes, most of them in the headers.
fn change(file: &[u8], seed: u64) {
    let mut state = seed;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let start = Instant::now();
    for round in 0..30_000 {
        let mut changed = file.to_vec();
        for _ in 0..=random(4) {
            let at = if random(2) == 0 { random(400.min(file.len())) } else { random(file.len()) };
            changed[at] = [0, 1, 0x7f, 0x80, 0xff, changed[at] ^ (1 << random(8))][random(6)];
        }
        if round % 16 == 0 {
            changed.truncate(random(file.len()));
        }
        let _ = inspect(&changed);
        let _ = Tables::read(&changed).map(|tables| overlay(&changed, &tables));
        if let Ok(object) = read(&changed) {
            let _ = notes(&changed, &object);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(120), "30 000 small files take {:?}", start.elapsed());
}
