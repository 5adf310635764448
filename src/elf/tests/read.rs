//! What the loader looks at, in every word size and byte order.

use super::image::{BE32, BE64, ElfImage, LE32, LE64, Value};
use super::writer::{ElfWriter, symbols, words};
use crate::elf::format::WordFormat;
use crate::elf::{Bytes, NeededVersion, read};
use Value::{Number, Table, Text};

/// DT_HASH of `count` symbols: one bucket, and a chain for each symbol.
fn hash(format: WordFormat, count: u32) -> Vec<u8> {
    words(format, &[1, count, 0])
}

/// DT_GNU_HASH with one bucket that begins at symbol `first`, and chains up to `last`.
fn gnu_hash(format: WordFormat, first: u32, last: u32) -> Vec<u8> {
    let mut table = words(format, &[1, first, 1, 0]);
    table.extend(vec![0; format.word_size()]);
    table.extend(words(format, &[first]));
    table.extend((first..=last).flat_map(|symbol| words(format, &[u32::from(symbol == last)])));
    table
}

fn names(names: &[&str]) -> Vec<Bytes> {
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}

#[test]
fn every_word_size_and_byte_order_reads_the_same() {
    for format in [LE64, BE64, LE32, BE32] {
        let image = ElfImage {
            kind: 3,
            loader: Some(b"/lib/ld.so\0"),
            strings: b"\0libz.so.1\0puts\0abort\0kept\0",
            dynamic: vec![
                (1, Text(b"libb.so")),
                (1, Text(b"liba.so")),
                (14, Text(b"libself.so.2")),
                (15, Text(b"/first")),
                (15, Text(b"/last")),
                (29, Text(b"$ORIGIN/../lib:/x")),
                (0x7fff_ffff, Text(b"filter.so")),
                (0x7fff_fffd, Text(b"auxiliary.so")),
                (0x6fff_fefc, Text(b"audit.so")),
                (0x6fff_fefb, Text(b"depaudit.so")),
                (30, Number(8)),
                (0x6fff_fffb, Number(0x0800_0800)),
                (6, Table(symbols(format, &[(11, false), (22, true), (16, false), (11, false)]))),
                (4, Table(hash(format, 5))),
            ],
            ..ElfImage::new(format)
        };

        let object = read(&image.build()).unwrap();

        assert_eq!((object.machine.is_64, object.machine.big_endian), (format.is_64, format.big_endian));
        assert_eq!(object.loader.as_deref(), Some(&b"/lib/ld.so"[..]));
        assert_eq!(object.needed, names(&["libb.so", "liba.so"]), "in the order of the file");
        assert_eq!(object.soname.as_deref(), Some(&b"libself.so.2"[..]));
        assert_eq!(object.rpath.as_deref(), Some(&b"/last"[..]), "the last one counts");
        assert_eq!(object.runpath.as_deref(), Some(&b"$ORIGIN/../lib:/x"[..]));
        assert_eq!(object.filters, names(&["filter.so"]));
        assert_eq!(object.auxiliaries, names(&["auxiliary.so"]));
        assert_eq!(object.audit.as_deref(), Some(&b"audit.so"[..]));
        assert_eq!(object.depaudit.as_deref(), Some(&b"depaudit.so"[..]));
        assert_eq!((object.flags, object.flags_1), (8, 0x0800_0800));
        assert_eq!(object.imports, names(&["abort", "puts"]), "sorted, each once");
        assert_eq!(object.versions_defined, None);
    }
}

#[test]
fn the_number_of_symbols_is_told_by_whatever_table_there_is() {
    let table = || symbols(LE64, &[(1, false), (6, false), (12, true), (17, true)]);
    let relocations = || {
        let mut writer = ElfWriter::new(LE64);
        for symbol in [0, 0, 1, 2] {
            for word in [0x2_0000, symbol << 32 | 6, 0] {
                writer.word(word);
            }
        }
        Table(writer.bytes)
    };
    for (shows, tags, expected) in [
        ("DT_HASH", vec![(4, Table(hash(LE64, 5)))], &["abort", "puts"][..]),
        ("DT_GNU_HASH", vec![(0x6fff_fef5, Table(gnu_hash(LE64, 3, 4)))], &["abort", "puts"]),
        ("DT_MIPS_SYMTABNO", vec![(0x7000_0011, Number(2))], &["puts"]),
        (
            "relocations, where GNU ld hashes no symbol",
            vec![
                (0x6fff_fef5, Table(words(LE64, &[1, 1, 1, 0, 0, 0, 0]))),
                (7, relocations()),
                (8, Number(96)),
                (0x6fff_fff9, Number(2)),
            ],
            &["abort", "puts"],
        ),
        ("relocations of the PLT", vec![(23, relocations()), (2, Number(72)), (20, Number(7))], &["puts"]),
        ("none", vec![], &[]),
    ] {
        let mut dynamic = vec![(6, Table(table()))];
        dynamic.extend(tags);
        let image = ElfImage { strings: b"\0puts\0abort\0main\0more\0", dynamic, ..ElfImage::default() };

        assert_eq!(read(&image.build()).unwrap().imports, names(expected), "{shows}");
    }
}

#[test]
fn the_hash_table_of_s390x_has_64_bit_words() {
    let mut count = ElfWriter::new(BE64);
    for word in [1, 2, 0] {
        count.word(word);
    }
    let dynamic = vec![(6, Table(symbols(BE64, &[(1, false)]))), (4, Table(count.bytes))];
    let image = ElfImage { machine: 22, strings: b"\0puts\0", dynamic, ..ElfImage::new(BE64) };

    assert_eq!(read(&image.build()).unwrap().imports, names(&["puts"]));
}

#[test]
fn versions_are_read_along_their_chains() {
    for format in [LE64, BE32] {
        let record = |halves: [u16; 2], rest: &[u32]| {
            let mut writer = ElfWriter::new(format);
            writer.u16(halves[0]);
            writer.u16(halves[1]);
            [writer.bytes, words(format, rest)].concat()
        };
        // Two files; the first with two versions, of which the second is weak. The counts are wrong on purpose.
        let needed = [
            record([1, 9], &[1, 16, 48]),
            record_of_aux(format, 0, 11, 16),
            record_of_aux(format, 2, 22, 0),
            record([1, 0], &[33, 16, 0]),
            record_of_aux(format, 0, 11, 0),
        ];
        let defined = [
            record([1, 1], &[0x0001_0001, 0, 20, 28]),
            words(format, &[1, 0]),
            record([1, 0], &[0x0002_0002, 0, 20, 0]),
            words(format, &[22, 0]),
        ];
        let image = ElfImage {
            strings: b"\0libc.so.6\0GLIBC_2.34\0GLIBC_2.36\0libm.so.6\0",
            dynamic: vec![(0x6fff_fffe, Table(needed.concat())), (0x6fff_fffc, Table(defined.concat()))],
            ..ElfImage::new(format)
        };

        let object = read(&image.build()).unwrap();

        let version = |soname: &str, version: &str, weak| NeededVersion {
            soname: soname.as_bytes().to_vec(),
            version: version.as_bytes().to_vec(),
            weak,
        };
        assert_eq!(
            object.versions_needed,
            [
                version("libc.so.6", "GLIBC_2.34", false),
                version("libc.so.6", "GLIBC_2.36", true),
                version("libm.so.6", "GLIBC_2.34", false),
            ]
        );
        assert_eq!(object.versions_defined, Some(names(&["libc.so.6", "GLIBC_2.36"])));
    }
}

/// `Elf_Vernaux`: hash, flags, other, name, next.
fn record_of_aux(format: WordFormat, flags: u16, name: u32, next: u32) -> Vec<u8> {
    let mut writer = ElfWriter::new(format);
    writer.u32(0);
    writer.u16(flags);
    writer.u16(2);
    writer.u32(name);
    writer.u32(next);
    writer.bytes
}

#[test]
fn strings_are_bytes_and_may_be_empty() {
    let dynamic = vec![(1, Text(b"lib\xff\xfe.so")), (1, Text(b"")), (29, Text(b"/caf\xe9"))];

    let object = read(&ElfImage { dynamic, ..ElfImage::default() }.build()).unwrap();

    assert_eq!(object.needed, [b"lib\xff\xfe.so".to_vec(), Vec::new()]);
    assert_eq!(object.runpath.as_deref(), Some(&b"/caf\xe9"[..]));
}

#[test]
fn a_file_without_a_dynamic_section_needs_nothing() {
    let object = read(&ElfImage::default().build()).unwrap();

    assert!(!object.dynamic);
    assert_eq!((object.loader, object.needed, object.imports), (None, vec![], vec![]));
}
