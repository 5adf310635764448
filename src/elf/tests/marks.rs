//! What made a program, what it is linked with, and what its bytes are for.

use super::image::{ElfImage, LE64, Value};
use super::writer::{BASE, note, words};
use crate::elf::format::WordFormat;
use crate::elf::scan::read_only_ranges;
use crate::elf::{Libc, Note, Sizes, Tables, constant_ranges, inspect, notes, overlay, read};
use Value::Text;

const COMMIT: &[u8] = b"at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/fmt.rs";

fn comment(text: &str) -> (&'static str, u32, u64, Vec<u8>) {
    (".comment", 1, 0x30, text.as_bytes().to_vec())
}

fn abi_tag() -> Vec<u8> {
    note(LE64, b"GNU\0", 1, &[0; 16])
}

#[test]
fn loader_and_libraries_tell_the_libc_of_a_dynamic_program() {
    for (loader, soname, expected) in [
        (Some(&b"/lib64/ld-linux-x86-64.so.2\0"[..]), None, Some(Libc::Glibc)),
        (Some(b"/lib/ld64.so.1\0"), None, Some(Libc::Glibc)),
        (Some(b"/nix/store/x-glibc/lib/ld-linux-aarch64.so.1\0"), None, Some(Libc::Glibc)),
        (Some(b"/lib/ld-musl-x86_64.so.1\0"), Some(&b"libc.so"[..]), Some(Libc::Musl)),
        (Some(b"/system/bin/linker64\0"), Some(b"libc.so"), Some(Libc::Other)),
        (Some(b"/lib/ld-uClibc.so.0\0"), None, Some(Libc::Other)),
        (Some(b"/opt/x/loader\0"), Some(b"libc.so.6"), Some(Libc::Glibc)),
        (Some(b"/opt/x/loader\0"), None, None),
        (None, Some(b"libc.musl-x86_64.so.1"), Some(Libc::Musl)),
    ] {
        let dynamic = soname.map(|soname| (1, Text(soname))).into_iter().chain([(30, Value::Number(0))]).collect();
        let image = ElfImage { kind: 3, loader, dynamic, ..ElfImage::default() };
        assert_eq!(inspect(&image.build()).unwrap().libc, expected, "{loader:?} {soname:?}");
    }
}

#[test]
fn notes_and_strings_tell_the_libc_of_a_static_program() {
    let musl: &[u8] =
        b"No error information\0Illegal byte sequence\0Domain error\0Result not representable\0Not a tty\0";
    for (shows, notes, code, expected) in [
        ("glibc", abi_tag(), &b"x GLIBC_TUNABLES"[..], Some(Libc::Glibc)),
        ("a program that only names them", vec![], b"GLIBC_TUNABLES gconv-modules", None),
        ("another user of the note", abi_tag(), b"nothing", None),
        ("musl's messages", vec![], musl, Some(Libc::Musl)),
        ("musl's printf", vec![], b"-0X+0X 0X-0x+0x 0x\0", Some(Libc::Musl)),
        ("no libc", vec![], b"nothing", None),
    ] {
        let image = ElfImage { notes, code: code.to_vec(), ..ElfImage::default() };
        assert_eq!(inspect(&image.build()).unwrap().libc, expected, "{shows}");
    }
    let sections = vec![(".strtab", 3, 0, b"\0main\0__init_libc\0".to_vec())];
    assert_eq!(
        inspect(&ElfImage { sections, ..ElfImage::default() }.build()).unwrap().libc,
        Some(Libc::Musl),
        "symbols"
    );
}

#[test]
fn comments_and_paths_tell_the_compiler() {
    const GCC: &str = "GCC: (Debian 12.2.0-14) 12.2.0";
    for (lines, code, name, rust) in [
        (GCC.to_owned(), &b""[..], Some("GCC 12.2.0"), false),
        (format!("GCC: (GNU) 9.4.0\0{GCC}\0GCC: (GNU) 11.1.0\0"), b"", Some("GCC 12.2.0"), false),
        (format!("{GCC}\0Debian clang version 14.0.6\0"), b"", Some("clang 14.0.6"), false),
        (format!("{GCC}\0rustc version 1.95.0 (59807616e 2026-04-14)\0"), b"", Some("rustc 1.95.0"), true),
        (GCC.to_owned(), COMMIT, Some("rustc"), true),
        (GCC.to_owned(), b"/rustc/ and /rustc/59807616 are no commits", Some("GCC 12.2.0"), false),
        ("something 1.0".to_owned(), b"", Some("something 1.0"), false),
        ("\0".to_owned(), b"", None, false),
    ] {
        let image = ElfImage { code: code.to_vec(), sections: vec![comment(&lines)], ..ElfImage::default() };

        let toolchain = inspect(&image.build()).unwrap().toolchain;

        assert_eq!((toolchain.name.as_deref(), toolchain.rust), (name, rust), "{lines}");
        assert!(toolchain.go.is_none());
    }
}

#[test]
fn every_byte_counts_once_by_section_and_by_segment() {
    let sections = vec![
        (".text", 1, 6, vec![1; 100]),
        (".rodata", 1, 2, vec![1; 50]),
        (".data", 1, 3, vec![1; 30]),
        (".bss", 8, 3, vec![1; 5]),
        (".symtab", 2, 0, vec![1; 24]),
        (".strtab", 3, 0, vec![1; 10]),
        (".debug_info", 1, 0, vec![1; 200]),
        (".debug_gdb_scripts", 1, 2, vec![1; 7]),
        (".zdebug_line", 1, 0, vec![1; 20]),
        ("pydata", 1, 0, vec![1; 70]),
    ];
    let whole = ElfImage { sections, ..ElfImage::default() };
    let with_overlay =
        ElfImage { overlay: b"payload".to_vec(), sections: whole.sections.clone(), ..ElfImage::default() };
    let without_sections = ElfImage { data: vec![1; 40], ..ElfImage::default() };
    for (shows, image, expected) in [
        ("sections", whole, (100, 57, 30, 34, 220, 0)),
        ("an overlay", with_overlay, (100, 57, 30, 34, 220, 7)),
        ("segments", without_sections, (180, 0, 40, 0, 0, 0)),
    ] {
        let file = image.build();

        let inspected = inspect(&file).unwrap();

        let Sizes { code, read_only, data, symbols, debug, overlay, other } = inspected.sizes;
        assert_eq!((code, read_only, data, symbols, debug, overlay), expected, "{shows}");
        assert_eq!(code + read_only + data + symbols + debug + overlay + other, file.len() as u64, "{shows}");
    }
}

#[test]
fn an_overlay_is_told_by_its_beginning_or_its_end() {
    let end = |magic: &[u8]| [&[1; 300][..], magic, &[0; 24]].concat();
    for (shows, tail, expected) in [
        ("none", vec![], None),
        ("zeros, as Go leaves them", vec![0; 192], None),
        ("unknown", b"payload".to_vec(), Some(None)),
        ("zip", [b"PK\x03\x04", &[1; 100][..]].concat(), Some(Some("zip file"))),
        ("a zip file with something before it", end(b"PK\x05\x06"), Some(Some("zip file"))),
        ("squashfs", b"hsqs".to_vec(), Some(Some("squashfs"))),
        ("Deno", end(b"d3n0l4nd"), Some(Some("Deno program"))),
        ("Bun", end(b"\n---- Bun! ----\n"), Some(Some("Bun program"))),
        ("PyInstaller", end(b"MEI\x0C\x0B\x0A\x0B\x0E"), Some(Some("PyInstaller program"))),
    ] {
        let file = ElfImage { overlay: tail.clone(), ..ElfImage::default() }.build();

        let found = overlay(&file, &Tables::read(&file).unwrap()).unwrap();

        assert_eq!(found.as_ref().map(|overlay| overlay.kind), expected, "{shows}");
        if let Some(found) = found {
            assert_eq!((found.offset + found.size, found.size), (file.len() as u64, tail.len() as u64), "{shows}");
        }
    }
}

#[test]
fn notes_are_padded_as_their_segment_says() {
    let first = note(LE64, b"FDO\0", 0x407c_0c0a, b"[]\0");
    let second = note(LE64, b"GNU\0", 3, &[7; 20]);
    let file = ElfImage { notes: [first, second, vec![9; 5]].concat(), ..ElfImage::default() }.build();

    let found = notes(&file, &read(&file).unwrap()).unwrap();

    let note = |owner: &str, kind, description: &[u8]| Note {
        owner: owner.to_owned(),
        kind,
        description: description.to_vec(),
    };
    assert_eq!(found, [note("FDO", 0x407c_0c0a, b"[]\0"), note("GNU", 3, &[7; 20])], "and a damaged one ends them");
    let eight = ElfImage { notes: property_then_other(LE64), ..ElfImage::default() };
    let mut file = eight.build();
    file[64 + 48] = 8;
    let found = notes(&file, &read(&file).unwrap()).unwrap();
    assert_eq!(found.iter().map(|note| note.kind).collect::<Vec<_>>(), [5, 6]);
}

/// Two notes padded to 8 bytes.
fn property_then_other(format: WordFormat) -> Vec<u8> {
    let mut bytes = words(format, &[4, 4, 5]);
    bytes.extend(b"GNU\0\x01\x02\x03\x04");
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(words(format, &[4, 0, 6]));
    bytes.extend(b"GNU\0");
    bytes
}

#[test]
fn constants_are_what_is_loaded_and_never_written() {
    let rodata = vec![1; 64];
    let sections = vec![(".text", 1, 6, vec![1; 16]), (".comment", 1, 0, vec![1; 16])];
    for (shows, image) in [
        ("no sections", ElfImage { data: rodata.clone(), ..ElfImage::default() }),
        ("sections outside of what is loaded", ElfImage { sections, ..ElfImage::default() }),
    ] {
        let file = image.build();
        let object = read(&file).unwrap();
        let text = object.segments.iter().find(|segment| segment.flags == 5).unwrap();

        assert_eq!(read_only_ranges(&object), [(0, text.file_size)], "{shows}");
        assert_eq!(constant_ranges(&file, &object), [(0, text.file_size)], "{shows}");
        assert_eq!(text.address, BASE);
    }
}
