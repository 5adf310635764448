//! Every kind of file, told apart by what a kernel, a linker or another system would see.

use super::image::{BE64, ElfImage, LE32, LE64, Value, patch};
use super::writer::{BASE, note, symbols, words};
use crate::elf::{DF_1_PIE, Kind, Linkage, Machine, Sizes, inspect, machine_name};
use Value::{Number, Table, Text};

/// DT_HASH and DT_SYMTAB of one undefined symbol, `puts`.
fn asks_for_puts() -> Vec<(u64, Value)> {
    vec![(6, Table(symbols(LE64, &[(1, false)]))), (4, Table(words(LE64, &[1, 2])))]
}

fn pie(dynamic: Vec<(u64, Value)>) -> ElfImage {
    ElfImage { kind: 3, dynamic, strings: b"\0puts\0", ..ElfImage::default() }
}

#[test]
fn program_headers_and_the_dynamic_section_tell_the_kind() {
    let is_pie = || (0x6fff_fffb, Number(DF_1_PIE));
    let needs = || (1, Text(b"libc.so.6"));
    let named = || (14, Text(b"libself.so.1"));
    let flags = || (30, Number(0));
    let loader = |image| ElfImage { loader: Some(b"/lib64/ld-linux-x86-64.so.2\0"), ..image };
    let no_entry = |image| ElfImage { entry: 0, ..image };
    let plugin = || {
        let mut dynamic = asks_for_puts();
        dynamic.push(needs());
        dynamic
    };
    for (shows, image, expected) in [
        ("nothing but code", ElfImage::default(), Kind::Static),
        ("static-pie", pie(vec![is_pie()]), Kind::StaticPie),
        ("static-pie of old linkers", pie(vec![flags()]), Kind::StaticPie),
        ("without a dynamic section", pie(vec![]), Kind::StaticPie),
        ("a loader and libraries", loader(pie(vec![needs(), is_pie()])), Kind::Dynamic),
        ("Go PIE: a loader, no libraries", loader(pie(vec![flags()])), Kind::Dynamic),
        ("at a fixed address", loader(ElfImage { dynamic: vec![needs()], ..ElfImage::default() }), Kind::Dynamic),
        ("a library that runs", loader(pie(vec![named(), needs()])), Kind::Dynamic),
        ("a library with a loader and no entry", no_entry(loader(pie(vec![named(), needs()]))), Kind::Library),
        ("a library", no_entry(pie(vec![named(), needs()])), Kind::Library),
        ("a library of old linkers, with an entry", pie(vec![named(), needs()]), Kind::Library),
        ("a plugin: no name, no entry", no_entry(pie(vec![needs()])), Kind::Library),
        ("a plugin of old linkers: an entry, and no start code", pie(plugin()), Kind::Library),
        ("a plugin that needs nothing", pie(asks_for_puts()), Kind::Library),
        ("needs libraries, no loader", pie(vec![needs(), is_pie()]), Kind::NoLoader),
        ("the same without DF_1_PIE", pie(vec![needs()]), Kind::NoLoader),
        ("the same at a fixed address", ElfImage { dynamic: vec![needs()], ..ElfImage::default() }, Kind::NoLoader),
        ("core", ElfImage { kind: 4, ..ElfImage::default() }, Kind::Core),
        ("object file", ElfImage { kind: 1, ..ElfImage::default() }, Kind::Object),
        ("another type", ElfImage { kind: 0xfe00, ..ElfImage::default() }, Kind::Unknown),
    ] {
        let inspected = inspect(&image.build()).unwrap();

        assert_eq!(inspected.kind, expected, "{shows}");
        let is_program = matches!(expected, Kind::Static | Kind::StaticPie | Kind::Dynamic);
        assert_eq!(inspected.linkage.map(Linkage::as_str), is_program.then(|| expected.as_str()), "{shows}");
    }
}

#[test]
fn sections_tell_a_kernel_module_and_contents_that_were_taken_out() {
    for (name, kind, file, expected) in [
        (".modinfo", 1, 1, Kind::KernelModule),
        (".gnu.linkonce.this_module", 1, 1, Kind::KernelModule),
        (".text", 1, 1, Kind::Object),
        (".text", 8, 2, Kind::DebugOnly),
        (".interp", 8, 3, Kind::DebugOnly),
        (".bss", 8, 2, Kind::Static),
    ] {
        let section = (name, kind, 2, b"contents".to_vec());
        let image = ElfImage { kind: file, sections: vec![section], ..ElfImage::default() };
        assert_eq!(inspect(&image.build()).unwrap().kind, expected, "{name} of type {kind}");
    }
}

#[test]
fn a_segment_without_contents_is_a_debuggers_copy() {
    let dynamic = || vec![(1, Text(b"libc.so.6"))];
    let image = ElfImage { loader: Some(b"/lib/ld.so\0"), dynamic: dynamic(), ..ElfImage::default() };
    for (shows, index) in [("PT_INTERP", 0), ("PT_DYNAMIC", 1), ("code", 2)] {
        let mut file = image.build();
        patch(&mut file, 64 + 56 * index + 32, &[0; 8]);
        assert_eq!(inspect(&file).unwrap().kind, Kind::DebugOnly, "{shows}");
    }
}

#[test]
fn upx_is_known_by_its_mark_and_a_program_that_knows_upx_is_not() {
    let mark = b"\0\0\0\0UPX!\x04\x08\x0e\x16".to_vec();
    for (shows, format) in [("64-bit", LE64), ("32-bit", LE32), ("big-endian", BE64)] {
        let mut packed = ElfImage::new(format).build();
        let after = if format.is_64 { 64 + 2 * 56 } else { 52 + 2 * 32 };
        // Behind the headers, where the builder put the code.
        packed.splice(after..after, mark.iter().copied().chain([0; 4]));
        assert_eq!(inspect(&packed).unwrap().kind, Kind::Upx, "{shows}");
    }
    let code = [&[0; 4], &mark[..]].concat();
    let twice = ElfImage { code: code.clone(), overlay: mark.clone(), ..ElfImage::default() };
    assert_eq!(inspect(&twice.build()).unwrap().kind, Kind::Upx, "near the beginning and near the end");
    let sections = vec![(".data", 1, 3, mark)];
    let constant = ElfImage { code, sections, ..ElfImage::default() };
    assert_eq!(inspect(&constant.build()).unwrap().kind, Kind::Static, "constants");
}

#[test]
fn a_promise_behind_the_end_is_truncated_before_anything_else() {
    for kind in [1, 2, 3, 4] {
        let dynamic = vec![(1, Text(b"libc.so.6"))];
        let mut file = ElfImage { kind, dynamic, data: vec![1; 9], ..ElfImage::default() }.build();
        file.truncate(file.len() - 5);

        let inspected = inspect(&file).unwrap();

        assert_eq!(inspected.kind, Kind::Truncated, "type {kind}");
        assert!(inspected.evidence[0].contains("PT_LOAD segment would end at byte"), "{:?}", inspected.evidence);
        assert_eq!(inspected.platform.unwrap().to_string(), "linux/amd64");
        assert_eq!(inspected.sizes, Sizes { other: file.len() as u64, ..Sizes::default() });
    }
    let sections = vec![(".text", 1, 6, b"code".to_vec())];
    let mut object = ElfImage { kind: 1, sections, ..ElfImage::default() }.build();
    object.truncate(object.len() - 1);
    assert_eq!(inspect(&object).unwrap().kind, Kind::Truncated, "an object file without its section table");
}

#[test]
fn a_core_file_with_more_segments_than_fit_is_a_core_file() {
    let mut file = ElfImage { kind: 4, ..ElfImage::default() }.build();
    patch(&mut file, 56, &[255; 2]);
    assert_eq!(inspect(&file).unwrap().kind, Kind::Core);
}

#[test]
fn a_file_of_which_nothing_is_loaded_is_damaged() {
    let mut file = ElfImage::default().build();
    patch(&mut file, 56, &[0; 2]);
    assert_eq!(inspect(&file).unwrap_err().to_string(), "is damaged: nothing of it is loaded: it has no PT_LOAD");
}

#[test]
fn other_formats_are_known_by_their_first_bytes() {
    let tar = [&[b'x'; 257][..], b"ustar\0", &[0; 249]].concat();
    for (bytes, kind, format) in [
        (&b""[..], "empty", "empty"),
        (b"#!/bin/sh\n", "script", "script"),
        (b"MZ\x90\0", "pe", "Windows program (PE)"),
        (b"\xFE\xED\xFA\xCE", "mach-o", "macOS program (Mach-O)"),
        (b"\xCF\xFA\xED\xFE\x07", "mach-o", "macOS program (Mach-O)"),
        (b"\xCA\xFE\xBA\xBE\0\0\0\x02", "mach-o", "macOS program (Mach-O)"),
        (b"\xCA\xFE\xBA\xBE\0\0\0\x34", "java-class", "Java class"),
        (b"\xCA\xFE\xBA\xBE\0\x03\0\x2D", "java-class", "Java class"),
        (b"!<arch>\n/ ", "archive", "static library (ar)"),
        (b"!<thin>\n/ ", "archive", "thin static library (ar)"),
        (b"!<arch>\ndebian-binary  ", "archive", "Debian package"),
        (b"\0asm\x01", "wasm", "WebAssembly"),
        (b"BC\xC0\xDE", "bitcode", "LLVM bitcode"),
        (b"\x1F\x8B\x08", "compressed", "gzip"),
        (b"\xFD7zXZ\0", "compressed", "xz"),
        (b"PK\x03\x04", "compressed", "zip"),
        (b"\x28\xB5\x2F\xFD", "compressed", "zstd"),
        (b"BZh9", "compressed", "bzip2"),
        (b"\x04\x22\x4D\x18", "compressed", "lz4"),
        (b"hello\n", "unknown", "text"),
        (b"\0\x01\x02", "unknown", "data"),
        (b"\x7fEL", "unknown", "data"),
        (&tar, "unknown", "tar archive"),
    ] {
        let inspected = inspect(&bytes.to_vec()).unwrap();
        assert_eq!((inspected.kind.as_str(), inspected.file_format.as_str()), (kind, format), "{bytes:?}");
        assert_eq!((inspected.platform, inspected.object), (None, None));
    }
}

#[test]
fn a_script_tells_its_interpreter_as_the_kernel_reads_it() {
    let long = [b"#!/", &[b'x'; 400][..]].concat();
    for (script, expected) in [
        (&b"#!/bin/sh"[..], &b"/bin/sh"[..]),
        (b"#! \t/usr/bin/env  -S python3 -u \t\nprint(1)\n", b"/usr/bin/env  -S python3 -u"),
        (b"#!/bin/sh\r\n", b"/bin/sh\r"),
        (b"#!\n", b""),
        (b"#!", b""),
        (&long, &long[2..256]),
    ] {
        assert_eq!(inspect(&script.to_vec()).unwrap().interpreter.as_deref(), Some(expected));
    }
}

#[test]
fn the_header_tells_the_platform_and_a_machine_has_a_name() {
    for (machine, is_64, big_endian, flags, platform, name) in [
        (62, true, false, 0, "linux/amd64", "64-bit x86"),
        (62, false, false, 0, "", "x32 (64-bit x86 with 32-bit pointers)"),
        (3, false, false, 0, "linux/386", "32-bit x86"),
        (183, true, false, 0, "linux/arm64", "64-bit ARM"),
        (183, true, true, 0, "linux/arm64be", "64-bit ARM (big-endian)"),
        (40, false, false, 0x0500_0400, "linux/arm/v7", "32-bit ARM"),
        (40, false, false, 0x0500_0200, "linux/arm/v5", "32-bit ARM"),
        (243, true, false, 5, "linux/riscv64", "64-bit RISC-V"),
        (21, true, false, 2, "linux/ppc64le", "64-bit PowerPC (little-endian)"),
        (21, true, true, 1, "linux/ppc64", "64-bit PowerPC"),
        (22, true, true, 0, "linux/s390x", "IBM Z"),
        (258, true, false, 0, "linux/loong64", "64-bit LoongArch"),
        (8, true, false, 0, "linux/mips64le", "64-bit MIPS (little-endian)"),
        (8, true, true, 0, "linux/mips64", "64-bit MIPS"),
        (8, false, true, 0, "linux/mips", "32-bit MIPS"),
        (8, false, false, 0, "linux/mipsle", "32-bit MIPS (little-endian)"),
        (8, false, true, 0x20, "linux/mips64p32", "32-bit MIPS"),
        (43, true, true, 0, "linux/sparc64", "SPARC"),
        (50, true, false, 0, "", "Itanium"),
        (999, true, false, 0, "", "machine 999"),
    ] {
        let format = crate::elf::format::WordFormat { is_64, big_endian };
        let image = ElfImage { machine, flags, ..ElfImage::new(format) };

        let found = inspect(&image.build()).unwrap().platform.map(|platform| platform.to_string());

        assert_eq!(found.unwrap_or_default(), platform, "{name}");
        assert_eq!(machine_name(Machine { is_64, big_endian, machine, flags }), name);
    }
}

#[test]
fn a_program_for_another_system_has_no_platform_here() {
    let abi_tag = |system: u32| note(LE64, b"GNU\0", 1, &words(LE64, &[system, 3, 2, 0]));
    for (shows, os_abi, notes, expected) in [
        ("Linux", 0, abi_tag(0), None),
        ("Linux by its number", 3, vec![], None),
        ("FreeBSD by its number", 9, vec![], Some("it is made for FreeBSD")),
        ("OpenBSD by its note", 0, note(LE64, b"OpenBSD\0", 1, &[0; 4]), Some("it is made for OpenBSD")),
        ("the Hurd by glibc's note", 0, abi_tag(1), Some("it is made for the Hurd")),
    ] {
        let inspected = inspect(&ElfImage { os_abi, notes, ..ElfImage::default() }.build()).unwrap();

        assert_eq!(inspected.evidence.first().map(String::as_str), expected, "{shows}");
        assert_eq!(inspected.platform.is_some(), expected.is_none(), "{shows}");
    }
}

#[test]
fn addresses_of_the_builder_are_those_of_the_file() {
    let object = crate::elf::read(&ElfImage::default().build()).unwrap();
    assert_eq!((object.entry, object.segments[0].address), (BASE, BASE));
}
