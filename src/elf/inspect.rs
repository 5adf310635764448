//! Tells what kind of file a user has named, for which machine, and what made it.
//!
//! A file that is not a program is not an error: the answer is what it is instead. An error is a file that cannot be
//! read, or contradicts itself.

use super::inspected::{Inspected, Kind, Libc, Linkage};
use super::kind::{Classified, classify};
use super::window::Window;
use super::{Error, GoBuild, Header, Machine, Note, Object, Section};
use super::{foreign, golang, header, libc, notes, overlay, platform, scan, sections, sizes, system, toolchain};
use crate::bytes::ReadAt;
use std::ops::ControlFlow;
use std::rc::Rc;

/// How many bytes of `.ARM.attributes` are read. Real ones have less than a hundred.
const MAX_ATTRIBUTES: usize = 4096;

/// Tells what `file`, a regular file, is.
pub fn inspect(file: &dyn ReadAt) -> Result<Inspected, Error> {
    let file: &dyn ReadAt = &Window::new(file);
    match header::header(file) {
        Ok(header) => inspect_elf(file, &header),
        Err(Error::NotElf) => Ok(foreign::inspect(file)?),
        Err(error @ Error::Truncated { .. }) => {
            let mut inspected = Inspected::new(Kind::Truncated, "ELF");
            inspected.sizes.other = file.size();
            inspected.evidence = vec![format!("it {error}")];
            Ok(inspected)
        }
        Err(error) => Err(error),
    }
}

fn inspect_elf(file: &dyn ReadAt, header: &Header) -> Result<Inspected, Error> {
    let sections = sections::sections(file, header.machine);
    let sections = sections.as_deref();
    let Classified { kind, object, evidence } = classify(file, header, sections)?;
    let mut inspected = Inspected::new(kind, &file_format(header.machine));
    inspected.evidence = evidence;
    inspected.linkage = linkage(kind);
    let notes = object.as_ref().map(|object| notes::notes(file, object)).transpose()?.unwrap_or_default();
    let go = object.as_ref().and_then(|object| golang::read(file, object, sections));
    let go_arm = go.as_ref().and_then(|go| go.setting("GOARM"));
    inspected.platform = platform::platform(header.machine, go_arm, arm_attributes(file, sections)?.as_deref());
    let comments = toolchain::comments(file, sections);
    let marks = match &object {
        Some(object) => Marks::find(file, kind, object, &notes, go.as_ref(), &comments, sections)?,
        None => Marks::default(),
    };
    inspected.libc = marks.libc;
    let rust = marks.rust || toolchain::names_rustc(&comments);
    inspected.toolchain = toolchain::describe(go, rust, comments);
    measure(&mut inspected, file, header, object.as_ref(), sections)?;
    speak_against(&mut inspected, file, header, sections, &notes);
    inspected.object = object.map(Rc::new);
    Ok(inspected)
}

/// `ELF 64-bit little-endian`.
fn file_format(machine: Machine) -> String {
    let bits = if machine.is_64 { 64 } else { 32 };
    let order = if machine.big_endian { "big" } else { "little" };
    format!("ELF {bits}-bit {order}-endian")
}

fn linkage(kind: Kind) -> Option<Linkage> {
    match kind {
        Kind::Static => Some(Linkage::Static),
        Kind::StaticPie => Some(Linkage::StaticPie),
        Kind::Dynamic => Some(Linkage::Dynamic),
        _ => None,
    }
}

fn arm_attributes(file: &dyn ReadAt, sections: Option<&[Section]>) -> Result<Option<Vec<u8>>, Error> {
    let named = |s: &&Section| s.name == b".ARM.attributes" && s.is_in_file();
    let Some(section) = sections.unwrap_or_default().iter().find(named) else { return Ok(None) };
    let size = usize::try_from(section.size).unwrap_or(MAX_ATTRIBUTES).min(MAX_ATTRIBUTES);
    Ok(Some(file.bytes_at(section.offset, size)?))
}

fn measure(
    inspected: &mut Inspected,
    file: &dyn ReadAt,
    header: &Header,
    object: Option<&Object>,
    sections: Option<&[Section]>,
) -> Result<(), Error> {
    let segments = object.map_or(&[][..], |object| &object.segments);
    // Without segments nothing tells where a file that has them ends.
    let overlay = object.map(|_| overlay::find(file, header, segments, sections)).transpose()?.flatten();
    inspected.sizes = sizes::divide(file.size(), segments, sections, overlay.as_ref());
    Ok(())
}

/// Adds to the evidence what else does not fit a program for Linux.
fn speak_against(
    inspected: &mut Inspected,
    file: &dyn ReadAt,
    header: &Header,
    sections: Option<&[Section]>,
    notes: &[Note],
) {
    if let Some(system) = system::foreign(header.os_abi, notes) {
        inspected.platform = None;
        inspected.evidence.push(format!("it is made for {system}"));
    }
    let end = sections::end(header).unwrap_or(0);
    if sections.is_none() && inspected.kind != Kind::Truncated && end > file.size() {
        let size = file.size();
        inspected.evidence.push(format!("its section table would end at byte {end}, and the file has {size}"));
    }
}

/// What the strings of a program show.
#[derive(Default)]
struct Marks {
    libc: Option<Libc>,
    rust: bool,
}

impl Marks {
    /// Searches for what nothing cheaper has told, and stops when all is found.
    fn find(
        file: &dyn ReadAt,
        kind: Kind,
        object: &Object,
        notes: &[Note],
        go: Option<&GoBuild>,
        comments: &[String],
        sections: Option<&[Section]>,
    ) -> Result<Self, Error> {
        let mut marks = Self { libc: libc::linked_libc(object), rust: toolchain::names_rustc(comments) };
        let is_static = matches!(kind, Kind::Static | Kind::StaticPie);
        // Go's own linker adds no comment; without one no C compiler made a part of the program.
        let no_c = go.is_some() && sections.is_some() && comments.is_empty();
        let candidate = match is_static && marks.libc.is_none() && !no_c {
            true if libc::has_glibc_note(notes) => Some(Libc::Glibc),
            true => Some(Libc::Musl),
            false => None,
        };
        if candidate == Some(Libc::Musl) && libc::has_musl_symbols(file, sections.unwrap_or_default())? {
            marks.libc = candidate;
        }
        marks.search(file, candidate, go.is_none(), object, sections)?;
        Ok(marks)
    }

    fn search(
        &mut self,
        file: &dyn ReadAt,
        candidate: Option<Libc>,
        maybe_rust: bool,
        object: &Object,
        sections: Option<&[Section]>,
    ) -> Result<(), Error> {
        let strings = candidate.map_or(&[][..], libc::strings);
        let patterns: Vec<&[u8]> = strings.iter().copied().chain([toolchain::RUST_PATH]).collect();
        let is_settled = |marks: &Self| (marks.rust || !maybe_rust) && (marks.libc.is_some() || candidate.is_none());
        if is_settled(self) {
            return Ok(());
        }
        let ranges = match sections {
            Some(sections) => scan::without_code(sections, object),
            None => scan::read_only_ranges(object),
        };
        scan::search(file, &ranges, &patterns, &mut |pattern, bytes| {
            if pattern < strings.len() {
                self.libc = candidate;
            } else {
                self.rust |= toolchain::is_rust_path(bytes);
            }
            if is_settled(self) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(())
    }
}
