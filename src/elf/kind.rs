//! What kind of ELF file this is, as far as the kernel starts it (gABI, "Program Header"; Linux, fs/binfmt_elf.c).
//!
//! Program headers decide, because the kernel looks at nothing else. Sections are asked for two things
//! that only they tell: whether an object file is a kernel module, and whether contents were taken out.

use super::format::ForwardReader;
use super::inspected::Kind;
use super::{Bytes, DF_1_PIE, Error, Header, Object, Section, Segment, object, sections, segments};
use crate::bytes::ReadAt;
use ::object::elf::SHT_NOBITS;
use goblin::elf::header::{ET_CORE, ET_DYN, ET_EXEC, ET_REL};
use goblin::elf::program_header::{PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD};

/// What the headers make of a file.
pub(super) struct Classified {
    pub kind: Kind,
    /// What the loader looks at, where there is something.
    pub object: Option<Object>,
    /// Sentences that show the kind.
    pub evidence: Vec<String>,
}

impl Classified {
    fn new(kind: Kind, evidence: impl Into<String>) -> Self {
        Self { kind, object: None, evidence: vec![evidence.into()] }
    }
}

/// Finds the kind. A file that contradicts itself is an error.
pub(super) fn classify(file: &dyn ReadAt, header: &Header, sections: Option<&[Section]>) -> Result<Classified, Error> {
    if let Some(section) = sections.and_then(emptied) {
        let name = String::from_utf8_lossy(&section.name);
        return Ok(Classified::new(Kind::DebugOnly, format!("its section `{name}` has no contents")));
    }
    let segments = match segments::segments(file, header).and_then(|segments| {
        segments::whole(&segments, file.size())?;
        Ok(segments)
    }) {
        Ok(segments) => segments,
        Err(error @ Error::Truncated { .. }) => return Ok(Classified::new(Kind::Truncated, format!("it {error}"))),
        // A core file may have more segments than fit.
        Err(Error::Damaged { .. }) if header.kind == ET_CORE => Vec::new(),
        Err(error) => return Err(error),
    };
    match header.kind {
        ET_CORE => Ok(Classified::new(Kind::Core, "its type is ET_CORE")),
        ET_REL => Ok(relocatable(header, sections, file.size())),
        ET_EXEC | ET_DYN => loadable(file, header, segments),
        other => Ok(Classified::new(Kind::Unknown, format!("its type is {other}, which nothing loads"))),
    }
}

/// A section that every program fills, without contents: a debugger's copy. elfutils leaves the program
/// headers as they were, so that only sections tell.
fn emptied(sections: &[Section]) -> Option<&Section> {
    const FILLED: [&[u8]; 3] = [b".text", b".interp", b".dynamic"];
    sections.iter().find(|s| s.kind == SHT_NOBITS.0 && s.size > 0 && FILLED.contains(&&s.name[..]))
}

fn relocatable(header: &Header, sections: Option<&[Section]>, size: u64) -> Classified {
    let end = sections::end(header).unwrap_or(0);
    if end > size {
        let error = Error::Truncated { what: "its section table".to_owned(), end, size };
        return Classified::new(Kind::Truncated, format!("it {error}"));
    }
    let is_module = |s: &&Section| [&b".modinfo"[..], b".gnu.linkonce.this_module"].contains(&&s.name[..]);
    match sections.unwrap_or_default().iter().find(is_module) {
        Some(section) => {
            let name = String::from_utf8_lossy(&section.name);
            Classified::new(Kind::KernelModule, format!("its type is ET_REL, and it has a section `{name}`"))
        }
        None => Classified::new(Kind::Object, "its type is ET_REL: it is not linked yet"),
    }
}

fn loadable(file: &dyn ReadAt, header: &Header, segments: Vec<Segment>) -> Result<Classified, Error> {
    let has = |kind: u32| segments.iter().any(|segment| segment.kind == kind);
    if !has(PT_LOAD) {
        return Err(Error::damaged("nothing of it is loaded: it has no PT_LOAD"));
    }
    if is_emptied(&segments) {
        return Ok(Classified::new(Kind::DebugOnly, "its code has no contents"));
    }
    if is_upx(file, header)? {
        return Ok(Classified::new(Kind::Upx, "it has UPX's mark"));
    }
    let object = object::read_with_segments(file, header, segments, true)?;
    let (kind, evidence) = decide(&object);
    Ok(Classified { kind, object: Some(object), evidence })
}

/// Whether contents were taken out, as [`emptied`] tells, where objcopy changed the program headers too.
fn is_emptied(segments: &[Segment]) -> bool {
    let of_kind = |kind: u32| segments.iter().filter(move |segment| segment.kind == kind);
    let mut code = of_kind(PT_LOAD).filter(|segment| segment.flags & PF_X != 0).peekable();
    let no_code = code.peek().is_some() && code.all(|segment| segment.file_size == 0);
    no_code || of_kind(PT_INTERP).chain(of_kind(PT_DYNAMIC)).any(|segment| segment.file_size == 0)
}

/// UPX writes its mark behind the program headers, and once more near the end. Packed files have no
/// sections, so neither of them is a constant of a program that only knows about UPX.
pub fn is_upx(file: &dyn ReadAt, header: &Header) -> Result<bool, Error> {
    const MARK: &[u8] = b"UPX!";
    let mut pieces = ForwardReader::new(file);
    if pieces.from(header.program_headers_end().saturating_add(4), 4)?.starts_with(MARK) {
        return Ok(true);
    }
    let marked = |bytes: &[u8]| bytes.windows(4).any(|window| window == MARK);
    let end = file.bytes_at(file.size().saturating_sub(128), 128)?;
    Ok(header.section_count == 0 && marked(&end) && marked(&file.bytes_at(0, 1024)?))
}

/// The rows of the table about whole programs and libraries.
fn decide(object: &Object) -> (Kind, Vec<String>) {
    let is_pie = object.flags_1 & DF_1_PIE != 0;
    let fixed = object.kind == ET_EXEC;
    let needs = !object.needed.is_empty();
    let is_plugin = !fixed && !is_pie && (object.entry == 0 || asks_for_a_host(&object.imports));
    match (&object.loader, &object.soname) {
        // A library that runs has an entry; one that was given a loader by accident has none.
        (Some(_), Some(_)) if object.entry == 0 && !fixed => (Kind::Library, library(object)),
        (Some(_), Some(soname)) => (Kind::Dynamic, vec![format!("it is the library {} and runs too", quote(soname))]),
        (Some(_), None) => (Kind::Dynamic, Vec::new()),
        (None, Some(_)) if !fixed && !is_pie => (Kind::Library, library(object)),
        (None, _) if is_plugin => (Kind::Library, library(object)),
        (None, _) if needs => {
            (Kind::NoLoader, vec!["it needs libraries, and names no loader that would load them".to_owned()])
        }
        (None, _) if fixed => (Kind::Static, Vec::new()),
        (None, _) => (Kind::StaticPie, Vec::new()),
    }
}

fn library(object: &Object) -> Vec<String> {
    let name = object.soname.as_ref().map(|soname| format!("it is the library {}", quote(soname)));
    let loader = object.loader.is_none().then(|| "it names no loader".to_owned());
    let entry = (object.entry == 0).then(|| "it has no entry point".to_owned());
    [name, loader, entry].into_iter().flatten().collect()
}

/// Whether somebody else must define symbols for it. A program would have its start code among what it
/// asks for, and a static one asks for nothing. Older linkers gave plugins an entry point, so that alone
/// does not tell.
fn asks_for_a_host(imports: &[Bytes]) -> bool {
    const START: [&[u8]; 3] = [b"__libc_start_main", b"__uClibc_main", b"__libc_init"];
    /// May be undefined in anything: weak symbols of the compiler's start files.
    const WEAK: [&[u8]; 4] =
        [b"_ITM_deregisterTMCloneTable", b"_ITM_registerTMCloneTable", b"__gmon_start__", b"_Jv_RegisterClasses"];
    let is_one_of = |names: &[&[u8]], name: &Bytes| names.contains(&&name[..]);
    imports.iter().any(|name| !is_one_of(&WEAK, name)) && !imports.iter().any(|name| is_one_of(&START, name))
}

fn quote(name: &Bytes) -> String {
    format!("`{}`", String::from_utf8_lossy(name))
}
