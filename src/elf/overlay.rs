//! What stands behind the last part that any header names: archives, scripts and images that a program
//! carries with it, and finds by the file's end.

use super::Segment;
use super::sections::Section;
use crate::sysroot::ReadAt;
use std::io;

/// Bytes behind the end of everything that a header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlay {
    /// Where it begins.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
    /// What it is, for people.
    pub what: &'static str,
}

/// The overlay of a file; `None` where there is none. A tail of zeros is none: Go's linker leaves one.
pub fn find(
    file: &dyn ReadAt,
    headers_end: u64,
    segments: &[Segment],
    sections: Option<&(Vec<Section>, u64)>,
) -> io::Result<Option<Overlay>> {
    let loaded = segments.iter().map(|segment| segment.offset.saturating_add(segment.file_size));
    let listed = sections.into_iter().flat_map(|(sections, end)| {
        sections.iter().map(|section| section.offset.saturating_add(section.file_size())).chain([*end])
    });
    let end = loaded.chain(listed).fold(headers_end, u64::max);
    if end >= file.size() || is_zero(file, end)? {
        return Ok(None);
    }
    let size = file.size() - end;
    Ok(Some(Overlay { offset: end, size, what: kind(file, end, size)? }))
}

fn is_zero(file: &dyn ReadAt, from: u64) -> io::Result<bool> {
    const PIECE: usize = 64 * 1024;
    let mut at = from;
    loop {
        let bytes = file.bytes_at(at, PIECE)?;
        if bytes.is_empty() {
            return Ok(true);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += bytes.len() as u64;
    }
}

fn kind(file: &dyn ReadAt, offset: u64, size: u64) -> io::Result<&'static str> {
    // A zip is found by its end, which a comment of up to 64 KiB may follow.
    const TAIL: u64 = 66 * 1024;
    let head = file.bytes_at(offset, 64)?;
    let tail = file.bytes_at(file.size() - size.min(TAIL), usize::try_from(TAIL).unwrap_or(0))?;
    let holds = |needle: &[u8]| memchr::memmem::find(&tail, needle).is_some();
    let app_image = file.bytes_at(8, 3)?.starts_with(b"AI\x02");
    Ok(match () {
        () if app_image => "an AppImage",
        () if head.starts_with(b"hsqs") => "a squashfs image",
        () if holds(b"MEI\x0c\x0b\x0a\x0b\x0e") => "a PyInstaller archive",
        () if holds(b"d3n0l4nd") => "a Deno program",
        () if holds(b"---- Bun! ----") => "a Bun program",
        () if holds(b"PK\x05\x06") || head.starts_with(b"PK\x03\x04") => "a zip archive",
        () if head.starts_with(b"#!") => "a script",
        () if head.starts_with(&[0x1f, 0x8b]) => "a gzip archive",
        () => "data of an unknown kind",
    })
}
