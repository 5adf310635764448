//! Which C library a program is linked with.
//!
//! A dynamic program tells by its loader and libraries. In a static one glibc leaves a note; musl leaves
//! nothing of its own but the texts of its error messages and a constant of `printf`, and a stripped
//! program that uses neither shows no libc at all. Go's own programs have none.

use super::inspected::Libc;
use super::notes::{NT_GNU_ABI_TAG, Note};
use super::{Bytes, Object, Section, scan};
use crate::bytes::ReadAt;
use std::io;
use std::ops::ControlFlow;

/// Strings that every static glibc program has, besides the note (elf/dl-tunables.c, iconv/gconv_conf.c).
const GLIBC: [&[u8]; 2] = [b"GLIBC_TUNABLES", b"gconv-modules"];

/// The beginning of musl's error messages (src/errno/__strerror.h), and the prefixes of numbers in its
/// `printf` (`fmt_fp` in src/stdio/vfprintf.c).
const MUSL: [&[u8]; 2] =
    [b"Illegal byte sequence\0Domain error\0Result not representable\0Not a tty\0", b"-0X+0X 0X-0x+0x 0x\0"];

/// Strings of which a static program that is linked with `libc` has at least one.
pub(super) fn strings(libc: Libc) -> &'static [&'static [u8]] {
    match libc {
        Libc::Glibc => &GLIBC,
        Libc::Musl => &MUSL,
        Libc::Other => &[],
    }
}

/// The C library by the loader and libraries that a program names; `None` where there are none, or none that is known.
pub fn linked_libc(object: &Object) -> Option<Libc> {
    let by_loader = object.loader.as_deref().and_then(libc_by_loader);
    by_loader.or_else(|| object.needed.iter().find_map(libc_by_soname))
}

fn libc_by_loader(path: &[u8]) -> Option<Libc> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let starts = |beginnings: &[&[u8]]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    if starts(&[b"ld-musl-"]) {
        Some(Libc::Musl)
    } else if path.starts_with(b"/system/bin/linker") || starts(&[b"ld-uClibc", b"ld64-uClibc"]) {
        Some(Libc::Other)
    } else if starts(&[b"ld-linux", b"ld64.so.", b"ld.so.1", b"ld-2."]) {
        Some(Libc::Glibc)
    } else {
        None
    }
}

fn libc_by_soname(soname: &Bytes) -> Option<Libc> {
    match &soname[..] {
        b"libc.so.6" | b"libc.so.6.1" => Some(Libc::Glibc),
        b"libc.so.0" | b"libc.so.1" => Some(Libc::Other),
        // musl's own name; bionic's too, whose programs name their loader.
        b"libc.so" => Some(Libc::Musl),
        name if name.starts_with(b"libc.musl-") => Some(Libc::Musl),
        _ => None,
    }
}

/// Whether glibc's note is there: `GNU`, for Linux.
pub(super) fn has_glibc_note(notes: &[Note]) -> bool {
    let is_tag = |note: &Note| note.owner == "GNU" && note.kind == NT_GNU_ABI_TAG;
    notes.iter().any(|note| is_tag(note) && note.description.get(..4) == Some(&[0; 4]))
}

/// Whether symbols show musl, in a program that was not stripped: its start code's function.
pub(super) fn has_musl_symbols(file: &dyn ReadAt, sections: &[Section]) -> io::Result<bool> {
    let tables = sections.iter().filter(|s| s.name == b".strtab" && s.is_symbols() && s.is_in_file());
    let ranges: Vec<_> = tables.map(|s| (s.offset, s.size)).collect();
    let mut found = false;
    scan::search(file, &ranges, &[b"\0__init_libc\0"], &mut |_, _| {
        found = true;
        ControlFlow::Break(())
    })?;
    Ok(found)
}
