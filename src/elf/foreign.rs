//! Files that are no ELF files, told by their first bytes.

use super::{Bytes, Kind};

/// What a file is that does not begin with `\x7fELF`: its kind, its name for people, and of a script the
/// line after `#!`. `head` is its first bytes, at least 256 where there are so many.
pub fn recognise(head: &[u8]) -> (Kind, &'static str, Option<Bytes>) {
    let begins = |magic: &[u8]| head.starts_with(magic);
    if head.is_empty() {
        return (Kind::Empty, "empty", None);
    }
    if begins(b"#!") {
        return (Kind::Script, "script", Some(interpreter(head)));
    }
    if begins(&[0xca, 0xfe, 0xba, 0xbe]) || begins(&[0xbe, 0xba, 0xfe, 0xca]) {
        return fat(head);
    }
    let (kind, name) = match head {
        [b'M', b'Z', ..] => (Kind::Pe, "PE"),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => (Kind::MachO, "Mach-O"),
        _ if begins(b"!<arch>\n") || begins(b"!<thin>\n") => (Kind::Archive, "ar"),
        [0, b'a', b's', b'm', ..] => (Kind::Wasm, "WebAssembly"),
        [b'B', b'C', 0xc0, 0xde, ..] | [0xde, 0xc0, 0x17, 0x0b, ..] => (Kind::Bitcode, "LLVM bitcode"),
        [0x1f, 0x8b, ..] => (Kind::Compressed, "gzip"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => (Kind::Compressed, "xz"),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => (Kind::Compressed, "zip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => (Kind::Compressed, "zstd"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => (Kind::Compressed, "bzip2"),
        [0x04, 0x22, 0x4d, 0x18, ..] => (Kind::Compressed, "lz4"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => (Kind::Compressed, "7z"),
        [0x5d, 0, 0, ..] if head.len() > 13 => (Kind::Compressed, "lzma"),
        _ if head.get(257..262) == Some(b"ustar") => (Kind::Compressed, "tar"),
        _ if head.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace()) => (Kind::Unknown, "text"),
        _ => (Kind::Unknown, "unknown"),
    };
    (kind, name, None)
}

/// A fat Mach-O file has the number of its parts where a Java class has its version, and that is 45 or more.
fn fat(head: &[u8]) -> (Kind, &'static str, Option<Bytes>) {
    const FIRST_JAVA: u32 = 45;
    let word = head.get(4..8).and_then(|word| word.try_into().ok()).map_or(0, u32::from_be_bytes);
    let java = head.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) && word >= FIRST_JAVA;
    if java { (Kind::JavaClass, "Java class", None) } else { (Kind::MachO, "Mach-O", None) }
}

/// The line after `#!`, as far as the kernel reads it (execve(2): 255 bytes in all).
fn interpreter(head: &[u8]) -> Bytes {
    let line = &head[2..head.len().min(255)];
    let end = line.iter().position(|byte| *byte == b'\n' || *byte == 0).unwrap_or(line.len());
    line[..end].trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_known_by_its_first_bytes() {
        for (head, kind, name) in [
            (&b""[..], Kind::Empty, "empty"),
            (b"#!/bin/sh\n", Kind::Script, "script"),
            (b"MZ\x90\0", Kind::Pe, "PE"),
            (b"\xcf\xfa\xed\xfe\x07", Kind::MachO, "Mach-O"),
            (b"\xca\xfe\xba\xbe\0\0\0\x02", Kind::MachO, "Mach-O"),
            (b"\xca\xfe\xba\xbe\0\0\0\x3d", Kind::JavaClass, "Java class"),
            (b"!<arch>\n", Kind::Archive, "ar"),
            (b"!<thin>\n", Kind::Archive, "ar"),
            (b"\0asm\x01\0\0\0", Kind::Wasm, "WebAssembly"),
            (b"BC\xc0\xde", Kind::Bitcode, "LLVM bitcode"),
            (b"\x1f\x8b\x08", Kind::Compressed, "gzip"),
            (b"PK\x03\x04", Kind::Compressed, "zip"),
            (b"\x28\xb5\x2f\xfd", Kind::Compressed, "zstd"),
            (b"hello\n", Kind::Unknown, "text"),
            (b"\x7fEL", Kind::Unknown, "unknown"),
            (b"\x01", Kind::Unknown, "unknown"),
        ] {
            let (found, format, _) = recognise(head);
            assert_eq!((found, format), (kind, name), "{head:?}");
        }
    }

    #[test]
    fn a_script_tells_its_interpreter_line() {
        assert_eq!(recognise(b"#! /usr/bin/env -S x y \nrest").2.unwrap(), b"/usr/bin/env -S x y");
        assert_eq!(recognise(b"#!").2.unwrap(), b"");
    }
}
