//! What the loader looks at in a file: header, program headers and the dynamic section.
//!
//! Sections are not looked at: a loader does not, and files without them run.

use super::dynamic::Entries;
use super::format::exact;
use super::memory::Memory;
use super::window::Window;
use super::{Bytes, Error, Header, Machine, NeededVersion, Segment, header, imports, segments, versions};
use crate::bytes::ReadAt;
use goblin::elf::dynamic::{DT_FLAGS, DT_FLAGS_1, DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP};

/// What the loader looks at in one file. Lists keep the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The machine it is for.
    pub machine: Machine,
    /// `e_type`: 2 `ET_EXEC`, 3 `ET_DYN`, …
    pub kind: u16,
    /// `e_ident[EI_OSABI]`.
    pub os_abi: u8,
    /// `e_ident[EI_ABIVERSION]`.
    pub abi_version: u8,
    /// `e_entry`.
    pub entry: u64,
    /// The program headers.
    pub segments: Vec<Segment>,
    /// PT_INTERP without its NUL: the loader that the kernel starts.
    pub loader: Option<Bytes>,
    /// Whether there is a PT_DYNAMIC.
    pub dynamic: bool,
    /// DT_NEEDED.
    pub needed: Vec<Bytes>,
    /// DT_SONAME.
    pub soname: Option<Bytes>,
    /// DT_RPATH, the last one, not split.
    pub rpath: Option<Bytes>,
    /// DT_RUNPATH, the last one, not split.
    pub runpath: Option<Bytes>,
    /// DT_FILTER: needed too, and before the others.
    pub filters: Vec<Bytes>,
    /// DT_AUXILIARY: loaded where found.
    pub auxiliaries: Vec<Bytes>,
    /// DT_AUDIT, not split.
    pub audit: Option<Bytes>,
    /// DT_DEPAUDIT, not split.
    pub depaudit: Option<Bytes>,
    /// DT_FLAGS.
    pub flags: u64,
    /// DT_FLAGS_1.
    pub flags_1: u64,
    /// DT_VERNEED: the versions that this file needs.
    pub versions_needed: Vec<NeededVersion>,
    /// DT_VERDEF: the versions that this file has; `None` where the table is absent.
    pub versions_defined: Option<Vec<Bytes>>,
    /// The names of undefined dynamic symbols, sorted, each once; none where they were not read.
    pub imports: Vec<Bytes>,
}

impl Object {
    /// Whether the kernel starts it, with a loader. A library that names one, as those of glibc do, has a soname.
    pub fn is_program(&self) -> bool {
        self.loader.is_some() && self.soname.is_none()
    }

    /// Whether it imports a symbol.
    pub fn has_import(&self, name: &str) -> bool {
        self.imports.binary_search_by(|import| import.as_slice().cmp(name.as_bytes())).is_ok()
    }
}

/// DF_1_NODEFLIB: default directories do not count for what this object needs.
pub const DF_1_NODEFLIB: u64 = 0x800;
/// DF_1_PIE: a program, not a library.
pub const DF_1_PIE: u64 = 0x0800_0000;

/// DT_AUXILIARY (Solaris' Linker and Libraries Guide; ld(1) `-f`).
const DT_AUXILIARY: u64 = 0x7fff_fffd;
/// DT_FILTER (ld(1) `-F`).
const DT_FILTER: u64 = 0x7fff_ffff;
/// DT_DEPAUDIT (ld(1) `--depaudit`).
const DT_DEPAUDIT: u64 = 0x6fff_fefb;
/// DT_AUDIT (ld(1) `--audit`).
const DT_AUDIT: u64 = 0x6fff_fefc;

/// How long the loader's path may be, its NUL included (PATH_MAX).
const MAX_LOADER: u64 = 4096;

/// Reads what the loader looks at.
///
/// What a loader would need and cannot get is an error, never something that is not there. Only the
/// pages that hold it are read.
pub fn read(file: &dyn ReadAt) -> Result<Object, Error> {
    let header = header::header(file)?;
    read_with_header(&Window::new(file), &header, true)
}

/// Reads what the loader looks at, of a file whose header is known and which is best read through a [`Window`]. Without
/// `imports`, whose tables are the largest by far, the list of them is empty.
pub fn read_with_header(file: &dyn ReadAt, header: &Header, imports: bool) -> Result<Object, Error> {
    let segments = segments::segments(file, header)?;
    segments::whole(&segments, file.size())?;
    read_with_segments(file, header, segments, imports)
}

/// Reads the rest where the program headers are known. All that they tell of must lie in the file ([`segments::whole`]).
pub(super) fn read_with_segments(
    file: &dyn ReadAt,
    header: &Header,
    segments: Vec<Segment>,
    imports: bool,
) -> Result<Object, Error> {
    let memory = Memory::new(file, header.format(), &segments);
    let entries = Entries::read(&memory, &segments)?;
    let strings = &mut entries.string_table(&memory)?;
    Ok(Object {
        machine: header.machine,
        kind: header.kind,
        os_abi: header.os_abi,
        abi_version: header.abi_version,
        entry: header.entry,
        loader: loader(file, &segments)?,
        dynamic: segments.iter().any(|segment| segment.kind == PT_DYNAMIC),
        needed: entries.all_strings(DT_NEEDED, "a DT_NEEDED", strings)?,
        soname: entries.last_string(DT_SONAME, "its DT_SONAME", strings)?,
        rpath: entries.last_string(DT_RPATH, "its DT_RPATH", strings)?,
        runpath: entries.last_string(DT_RUNPATH, "its DT_RUNPATH", strings)?,
        filters: entries.all_strings(DT_FILTER, "a DT_FILTER", strings)?,
        auxiliaries: entries.all_strings(DT_AUXILIARY, "a DT_AUXILIARY", strings)?,
        audit: entries.last_string(DT_AUDIT, "its DT_AUDIT", strings)?,
        depaudit: entries.last_string(DT_DEPAUDIT, "its DT_DEPAUDIT", strings)?,
        flags: entries.last(DT_FLAGS).unwrap_or(0),
        flags_1: entries.last(DT_FLAGS_1).unwrap_or(0),
        versions_needed: versions::needed(&memory, &entries, strings)?,
        versions_defined: versions::defined(&memory, &entries, strings)?,
        imports: if imports { imports::read(&memory, &entries, header.machine.machine, strings)? } else { Vec::new() },
        segments,
    })
}

/// The path in the first PT_INTERP, as the kernel reads it (`load_elf_binary` in fs/binfmt_elf.c).
fn loader(file: &dyn ReadAt, segments: &[Segment]) -> Result<Option<Bytes>, Error> {
    let Some(segment) = segments.iter().find(|segment| segment.kind == PT_INTERP) else { return Ok(None) };
    if !(2..=MAX_LOADER).contains(&segment.file_size) {
        let length = segment.file_size;
        return Err(Error::damaged(format!("the path of its loader has {length} bytes")));
    }
    let mut path = exact(file, segment.offset, segment.file_size, "the path of its loader")?;
    if path.last() != Some(&0) {
        return Err(Error::damaged("the path of its loader does not end in NUL"));
    }
    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
    path.truncate(end);
    Ok(Some(path))
}
