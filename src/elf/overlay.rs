//! What stands behind everything that an ELF file tells of: an overlay.
//!
//! Self-extracting programs and bundlers keep their payload there and find it from the end of the file, so
//! whoever shortens or moves anything breaks them, without any message. Some have it in a section or note of
//! its own instead ([`payload`]).

use super::{Header, Section, Segment, Tables, scan, sections};
use crate::bytes::ReadAt;
use goblin::elf::program_header::{PT_GNU_RELRO, PT_NOTE};
use std::io;
use std::ops::ControlFlow;

/// How many bytes of the end are looked at: as far as a zip file's directory may stand from it.
const END: usize = 22 + (64 << 10);

/// Bytes behind everything that headers tell of: an overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendedData {
    /// Where it begins.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
    /// What it is, where that is known: `zip file`, `AppImage`, …
    pub kind: Option<&'static str>,
}

/// The overlay of `file`; `None` where there is none.
pub fn overlay(file: &dyn ReadAt, tables: &Tables) -> io::Result<Option<AppendedData>> {
    find(file, &tables.header, &tables.segments, tables.sections.as_deref())
}

/// What a bundler has put into a section or note: bytes that its program finds in ways of its own.
pub fn payload(file: &dyn ReadAt, tables: &Tables) -> io::Result<Option<&'static str>> {
    let Tables { header, segments, sections } = tables;
    let named =
        |name: &[u8]| sections.iter().flatten().find(move |section| section.name == name && section.is_in_file());
    if named(b"pydata").is_some() {
        return Ok(Some("PyInstaller program"));
    }
    // Bun itself has the section too, without the mark at its end.
    if let Some(section) = named(b".bun") {
        let from = section.offset.saturating_add(section.size.saturating_sub(LAST as u64));
        if has(&file.bytes_at(from, LAST)?, BUN) {
            return Ok(Some("Bun program"));
        }
    }
    if let Some(section) = named(b".rodata") {
        let start = file.bytes_at(section.offset, 64)?;
        if NUITKA.iter().any(|magic| has(&start, magic)) && is_nuitka(file, section)? {
            return Ok(Some("Nuitka program"));
        }
    }
    let node = segments.iter().filter(|segment| segment.kind == PT_NOTE).map(|notes| has_node(file, header, notes));
    Ok(node.collect::<io::Result<Vec<bool>>>()?.contains(&true).then_some("Node.js program"))
}

/// The mark at the end of what Bun embeds.
const BUN: &[u8] = b"---- Bun! ----";

/// As far from the end as marks of the end stand, in bytes.
const LAST: usize = 256;

/// The beginning of what a single file of Nuitka unpacks, as it is and compressed.
const NUITKA: [&[u8]; 2] = [b"KAX", b"KAY"];

/// Whether `constants` have the variable by which a single file of Nuitka tells the unpacked program of itself.
fn is_nuitka(file: &dyn ReadAt, constants: &Section) -> io::Result<bool> {
    let mut found = false;
    scan::search(file, &[(constants.offset, constants.size)], &[b"NUITKA_ONEFILE_PARENT"], &mut |_, _| {
        found = true;
        ControlFlow::Break(())
    })?;
    Ok(found)
}

fn has(place: &[u8], magic: &[u8]) -> bool {
    memchr::memmem::find(place, magic).is_some()
}

/// Whether one of the notes is Node's. Their contents are not read: such a payload has many megabytes.
fn has_node(file: &dyn ReadAt, header: &Header, notes: &Segment) -> io::Result<bool> {
    const MOST: usize = 1000;
    let align = if notes.align == 8 { 8 } else { 4 };
    let end = notes.offset.saturating_add(notes.file_size);
    let mut at = notes.offset;
    for _ in 0..MOST {
        let head = file.bytes_at(at, 12 + NODE.len())?;
        if at >= end || head.len() < 12 + NODE.len() {
            break;
        }
        let [owner, contents] = [0, 4].map(|place| u64::from(header.format().u32(&head, place)));
        if owner == NODE.len() as u64 && head.ends_with(NODE) {
            return Ok(true);
        }
        at = at.saturating_add((12 + owner).next_multiple_of(align)).saturating_add(contents.next_multiple_of(align));
    }
    Ok(false)
}

/// The owner of the note in which Node.js looks for a program (nodejs.org, "Single executable applications").
const NODE: &[u8] = b"NODE_SEA_BLOB\0";

/// Finds the overlay where the headers are known.
///
/// A tail of zeros does not count: Go's linker leaves one behind when it drops symbols.
pub(super) fn find(
    file: &dyn ReadAt,
    header: &Header,
    segments: &[Segment],
    sections: Option<&[Section]>,
) -> io::Result<Option<AppendedData>> {
    let offset = end(header, segments, sections);
    let size = file.size().saturating_sub(offset);
    if is_zero(file, offset)? {
        return Ok(None);
    }
    Ok(Some(AppendedData { offset, size, kind: kind(file, offset)? }))
}

/// Where everything ends that headers tell of.
fn end(header: &Header, segments: &[Segment], sections: Option<&[Section]>) -> u64 {
    let segments = segments.iter().filter(|s| s.kind != PT_GNU_RELRO).map(|s| s.offset.saturating_add(s.file_size));
    let table = sections.and_then(|_| sections::end(header));
    let sections = sections.unwrap_or_default().iter().filter(|s| s.is_in_file()).map(|s| s.offset + s.size);
    let ends = segments.chain(sections).chain(table).chain([header.size(), header.program_headers_end()]);
    ends.max().unwrap_or_default()
}

/// A longer tail of zeros is data of its own, such as a file made sparse: no linker leaves so much.
const LONGEST_PADDING: u64 = 1 << 20;

fn is_zero(file: &dyn ReadAt, mut offset: u64) -> io::Result<bool> {
    let mut buffer = [0; 16 << 10];
    if file.size().saturating_sub(offset) > LONGEST_PADDING {
        return Ok(false);
    }
    loop {
        let read = file.read_at(&mut buffer, offset)?;
        if read == 0 {
            return Ok(true);
        }
        if buffer[..read].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        offset += read as u64;
    }
}

/// The kind of an overlay by its beginning or end. Each magic is the one that the format's own reader looks for
/// (PKWARE's APPNOTE for zip files, AppImage's specification, Linux' fs/squashfs, the bootloaders of the others).
fn kind(file: &dyn ReadAt, offset: u64) -> io::Result<Option<&'static str>> {
    // AppImages write their name over unused bytes of the ELF header.
    if matches!(file.bytes_at(8, 3)?[..], [b'A', b'I', 1 | 2]) {
        return Ok(Some("AppImage"));
    }
    let beginning = file.bytes_at(offset, 16)?;
    let end = file.bytes_at(file.size().saturating_sub(END as u64).max(offset), END)?;
    let last = &end[end.len().saturating_sub(LAST)..];
    Ok(if beginning.starts_with(b"hsqs") {
        Some("squashfs")
    } else if has(last, b"d3n0l4nd") {
        Some("Deno program")
    } else if has(last, b"<nexe~~sentinel>") {
        Some("nexe program")
    } else if last.ends_with(b"\nPAR.pm\n") {
        Some("PAR program")
    } else if NUITKA.iter().any(|magic| beginning.starts_with(magic)) {
        Some("Nuitka program")
    } else if has(last, BUN) {
        Some("Bun program")
    } else if has(last, b"CAXACAXACAXA") || has(&beginning, b"CAXACAXACAXA") {
        Some("caxa program")
    } else if has(&end, b"MEI\x0C\x0B\x0A\x0B\x0E") {
        Some("PyInstaller program")
    } else if last.ends_with(b"\n})") && has(&end, b"\"/snapshot/") {
        Some("pkg program")
    } else if beginning.starts_with(b"PK\x03\x04") || has(&end, b"PK\x05\x06") {
        Some("zip file")
    } else {
        None
    })
}
