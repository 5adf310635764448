//! What kind of file a user has named.
//!
//! The table of kinds, in order: what is no ELF file; what ends too early; what is no program by its type;
//! what has no code; UPX; and then, by loader, needed libraries and flags, the programs and libraries.

use super::notes::notes;
use super::sections::{Section, sections};
use super::{DF_1_PIE, Error, Inspected, Kind, Linkage, Machine, Object, Sizes, Toolchain};
use super::{foreign, golang, overlay, platform, read, sizes, toolchain};
use crate::sysroot::ReadAt;
use goblin::elf::header::{ET_CORE, ET_DYN, ET_EXEC, ET_REL, Header};
use goblin::elf::program_header::{PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD};
use std::fmt::Write as _;

/// Tells what `file` is. A file that is no program, or ends too early, is told as what it is.
///
/// # Errors
/// Where the file cannot be read, or is an ELF file whose parts contradict each other.
pub fn inspect(file: &dyn ReadAt) -> Result<Inspected, Error> {
    let (header, machine) = match read::header(file) {
        Ok((header, machine, _)) => (header, machine),
        Err(Error::NotElf) => return Ok(other(file)?),
        Err(Error::Truncated(what)) => return Ok(truncated("ELF", None, what)),
        Err(error) => return Err(error),
    };
    let format = format(&machine);
    match header.e_type {
        ET_EXEC | ET_DYN | ET_REL | ET_CORE => {}
        other => return Err(Error::Damaged(format!("its type is {other}, which is neither a program nor a library"))),
    }
    let object = match read(file) {
        Ok(object) => object,
        Err(Error::Truncated(what)) => {
            return Ok(truncated(&format, platform::of(&machine, None, None, file), what));
        }
        Err(error) => return Err(error),
    };
    let table = sections(file, machine.is_64);
    let listed = table.as_ref().map(|(sections, _)| sections.as_slice());
    let (kind, mut evidence) = kind(file, &header, &object, listed)?;
    let headers_end = header.e_phoff + u64::from(header.e_phnum) * u64::from(header.e_phentsize);
    let overlay = overlay::find(file, headers_end.max(header.e_ehsize.into()), &object.segments, table.as_ref())?;
    let notes = notes(file, &object)?;
    let go = golang::read(file, &object, listed);
    let libc = toolchain::libc(file, &object, go.is_some(), &notes)?;
    let platform = platform::of(&machine, go.as_ref(), listed, file);
    if platform.is_none() {
        evidence.push(platform::in_words(&machine));
    }
    Ok(Inspected {
        kind,
        file_format: format,
        platform,
        linkage: linkage(kind),
        libc,
        toolchain: toolchain::read(file, &object, listed, go, &notes)?,
        sizes: sizes::of(Some(&object), listed, overlay.as_ref(), file.size()),
        removable: sizes::removable(listed, overlay.as_ref()),
        object: Some(object),
        interpreter: None,
        evidence,
    })
}

fn format(machine: &Machine) -> String {
    let bits = if machine.is_64 { 64 } else { 32 };
    let order = if machine.big_endian { "big" } else { "little" };
    format!("ELF {bits}-bit {order}-endian")
}

fn plain(kind: Kind, format: &str) -> Inspected {
    Inspected {
        kind,
        file_format: format.to_owned(),
        platform: None,
        linkage: None,
        libc: None,
        toolchain: Toolchain::default(),
        object: None,
        sizes: Sizes::default(),
        removable: 0,
        interpreter: None,
        evidence: Vec::new(),
    }
}

fn other(file: &dyn ReadAt) -> std::io::Result<Inspected> {
    let head = file.bytes_at(0, 512)?;
    let (kind, name, interpreter) = foreign::recognise(&head);
    let mut evidence = Vec::new();
    if matches!(kind, Kind::Unknown | Kind::Compressed) {
        let mut text = if name == "unknown" || name == "text" {
            "it begins with".to_owned()
        } else {
            format!("{name}, begins with")
        };
        for byte in head.iter().take(8) {
            write!(text, " {byte:02x}").expect("a String takes all text");
        }
        evidence.push(text);
    }
    Ok(Inspected {
        interpreter,
        evidence,
        sizes: Sizes { other: file.size(), ..Sizes::default() },
        ..plain(kind, name)
    })
}

fn truncated(format: &str, platform: Option<crate::platform::Platform>, what: String) -> Inspected {
    Inspected { platform, evidence: vec![format!("it ends before {what}")], ..plain(Kind::Truncated, format) }
}

fn linkage(kind: Kind) -> Option<Linkage> {
    match kind {
        Kind::Static => Some(Linkage::Static),
        Kind::StaticPie => Some(Linkage::StaticPie),
        Kind::Dynamic => Some(Linkage::Dynamic),
        _ => None,
    }
}

fn kind(
    file: &dyn ReadAt,
    header: &Header,
    object: &Object,
    sections: Option<&[Section]>,
) -> Result<(Kind, Vec<String>), Error> {
    let named = |name: &[u8]| sections.into_iter().flatten().any(|section| section.name == name);
    if object.kind == ET_CORE {
        return Ok((Kind::Core, Vec::new()));
    }
    if object.kind == ET_REL {
        let module = named(b".modinfo") || named(b".gnu.linkonce.this_module");
        return Ok((if module { Kind::KernelModule } else { Kind::Object }, Vec::new()));
    }
    if !object.segments.iter().any(|segment| segment.kind == PT_LOAD) {
        return Err(Error::Damaged("it has nothing that is loaded".to_owned()));
    }
    if has_no_code(object) {
        return Ok((Kind::DebugOnly, vec!["its segments have no bytes in the file".to_owned()]));
    }
    if is_upx(file, header)? {
        return Ok((Kind::Upx, vec!["it carries the mark `UPX!` behind its program headers".to_owned()]));
    }
    Ok((linked(object), Vec::new()))
}

/// `objcopy --only-keep-debug` keeps the program headers and drops what they lead to.
fn has_no_code(object: &Object) -> bool {
    object.segments.iter().any(|segment| {
        let dropped = segment.file_size == 0 && segment.memory_size > 0;
        let code = segment.kind == PT_LOAD && segment.flags & PF_X != 0;
        dropped && (code || segment.kind == PT_INTERP || segment.kind == PT_DYNAMIC)
    })
}

/// UPX puts its `l_info` (checksum, then `UPX!`) right behind the program headers, and has no sections.
fn is_upx(file: &dyn ReadAt, header: &Header) -> Result<bool, Error> {
    const NEAR: usize = 512;
    let behind = header.e_phoff.saturating_add(u64::from(header.e_phnum) * u64::from(header.e_phentsize));
    let bytes = file.bytes_at(behind, NEAR)?;
    let at_once = bytes.get(4..8) == Some(b"UPX!");
    Ok(at_once || header.e_shnum == 0 && memchr::memmem::find(&bytes, b"UPX!").is_some())
}

fn linked(object: &Object) -> Kind {
    let pie = object.flags_1 & DF_1_PIE != 0;
    match object {
        // Also with no library at all, as Go's PIE, and with a name of its own, as a libc that runs.
        Object { loader: Some(_), .. } => Kind::Dynamic,
        Object { soname: Some(_), .. } => Kind::Library,
        Object { needed, .. } if !needed.is_empty() => {
            if pie || object.kind == ET_EXEC || object.entry != 0 {
                Kind::NoLoader
            } else {
                Kind::Library
            }
        }
        Object { kind: ET_EXEC, .. } => Kind::Static,
        // Linkers before 2018 did not mark a static-pie; it has an entry, and a library has none.
        _ if pie || object.entry != 0 => Kind::StaticPie,
        _ => Kind::Library,
    }
}
