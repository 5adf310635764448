//! What a file is that is not an ELF file, by its first bytes.

use super::inspected::{Inspected, Kind};
use super::script;
use crate::bytes::ReadAt;
use std::io;

/// Formats by their magic numbers. `CAFEBABE` and scripts need a closer look and stand apart.
const MAGIC: [(&[u8], Kind, &str); 25] = [
    (b"MZ", Kind::Pe, "Windows program (PE)"),
    (b"\xFE\xED\xFA\xCE", Kind::MachO, MACH_O),
    (b"\xCE\xFA\xED\xFE", Kind::MachO, MACH_O),
    (b"\xFE\xED\xFA\xCF", Kind::MachO, MACH_O),
    (b"\xCF\xFA\xED\xFE", Kind::MachO, MACH_O),
    (b"\xCA\xFE\xBA\xBF", Kind::MachO, MACH_O),
    (b"!<arch>\ndebian-binary", Kind::Archive, "Debian package"),
    (b"!<arch>\n", Kind::Archive, "static library (ar)"),
    (b"!<thin>\n", Kind::Archive, "thin static library (ar)"),
    (b"\0asm", Kind::Wasm, "WebAssembly"),
    (b"BC\xC0\xDE", Kind::Bitcode, "LLVM bitcode"),
    (b"\xDE\xC0\x17\x0B", Kind::Bitcode, "LLVM bitcode"),
    (b"\x1F\x8B", Kind::Compressed, "gzip"),
    (b"\xFD7zXZ\0", Kind::Compressed, "xz"),
    (b"PK\x03\x04", Kind::Compressed, "zip"),
    (b"PK\x05\x06", Kind::Compressed, "zip"),
    (b"\x28\xB5\x2F\xFD", Kind::Compressed, "zstd"),
    (b"BZh", Kind::Compressed, "bzip2"),
    (b"\x04\x22\x4D\x18", Kind::Compressed, "lz4"),
    (b"\x89LZO\0\r\n\x1A\n", Kind::Compressed, "lzop"),
    (b"LZIP", Kind::Compressed, "lzip"),
    (b"7z\xBC\xAF\x27\x1C", Kind::Compressed, "7-Zip"),
    (b"\x1F\x9D", Kind::Compressed, "compress"),
    (b"\xED\xAB\xEE\xDB", Kind::Unknown, "RPM package"),
    (b"\xEF\xBB\xBF#!", Kind::Unknown, "script behind a byte order mark, which no kernel runs"),
];

const MACH_O: &str = "macOS program (Mach-O)";

/// What the file is. Anything goes, so only reading can fail.
pub(super) fn inspect(file: &dyn ReadAt) -> io::Result<Inspected> {
    let bytes = file.bytes_at(0, 512)?;
    let (kind, format) = recognise(&bytes);
    let mut inspected = Inspected::new(kind, format);
    inspected.sizes.other = file.size();
    inspected.interpreter = script::line(&bytes).map(<[u8]>::to_vec);
    Ok(inspected)
}

fn recognise(bytes: &[u8]) -> (Kind, &'static str) {
    if bytes.is_empty() {
        return (Kind::Empty, "empty");
    }
    if bytes.starts_with(b"#!") {
        return (Kind::Script, "script");
    }
    if bytes.starts_with(b"\xCA\xFE\xBA\xBE") {
        return cafe_babe(bytes);
    }
    match MAGIC.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        Some((_, kind, format)) => (*kind, format),
        None if bytes.get(257..262) == Some(b"ustar") => (Kind::Unknown, "tar archive"),
        None if is_text(bytes) => (Kind::Unknown, "text"),
        None => (Kind::Unknown, "data"),
    }
}

/// A Mach-O file for several machines, or a Java class. The next number is how many machines the first
/// is for, or the second's version, and no class file has one below 45 (JVM specification, 4.1).
fn cafe_babe(bytes: &[u8]) -> (Kind, &'static str) {
    match bytes.get(4..8) {
        Some([0, 0, 0, machines]) if *machines < 45 => (Kind::MachO, MACH_O),
        _ => (Kind::JavaClass, "Java class"),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' '..=0x7E | 0x80..))
}
