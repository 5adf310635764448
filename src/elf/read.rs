//! Header, program headers and dynamic section to [`Object`].
//!
//! Everything is found as the kernel and the loader find it: program headers from the header, the rest by
//! addresses through PT_LOAD. Sections play no part. What cannot be resolved is an error, never left out: a
//! needed library that is dropped in silence is a program that does not start.

use super::{Bytes, Error, Machine, NeededVersion, Object, Segment};
use crate::sysroot::ReadAt;
use goblin::container::{Container, Ctx, Endian};
use goblin::elf::dynamic::{self as tags, Dynamic};
use goblin::elf::header::{ELFMAG, Header};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NULL, ProgramHeader};
use std::cell::OnceCell;

/// The longest string that a loader could use: a path is shorter (`PATH_MAX`), a list of paths may be longer.
const LONGEST_STRING: usize = 64 * 1024;
/// The largest dynamic section that is taken for one: a thousand times what a large library has.
const LARGEST_DYNAMIC: u64 = 4 * 1024 * 1024;
/// More versions than this no linker makes.
const MOST_VERSIONS: usize = 65_536;
/// A string table up to this size is read at once.
const SMALL_TABLE: u64 = 256 * 1024;

/// Reads the header alone: what a loader compares before it takes a file.
pub fn header(file: &dyn ReadAt) -> Result<(Header, Machine, Ctx), Error> {
    let bytes = file.bytes_at(0, 64)?;
    if !bytes.starts_with(ELFMAG) {
        return Err(Error::NotElf);
    }
    let (class, data) = match (bytes.get(4), bytes.get(5)) {
        (Some(class @ (1 | 2)), Some(data @ (1 | 2))) => (*class, *data),
        (Some(class), Some(data)) => {
            return Err(Error::Damaged(format!(
                "its class is {class} and its byte order {data}; only 1 and 2 have a meaning"
            )));
        }
        _ => return Err(Error::Truncated("the ELF header".to_owned())),
    };
    let is_64 = class == 2;
    if bytes.len() < if is_64 { 64 } else { 52 } {
        return Err(Error::Truncated("the ELF header".to_owned()));
    }
    let header = goblin::elf::Elf::parse_header(&bytes).map_err(|error| Error::Damaged(error.to_string()))?;
    let machine = Machine { is_64, big_endian: data == 2, machine: header.e_machine, flags: header.e_flags };
    let endian = if machine.big_endian { Endian::Big } else { Endian::Little };
    Ok((header, machine, Ctx::new(if is_64 { Container::Big } else { Container::Little }, endian)))
}

/// Reads what the loader looks at.
pub fn read(file: &dyn ReadAt) -> Result<Object, Error> {
    let (header, machine, ctx) = header(file)?;
    let segments = segments(file, &header, ctx)?;
    let mut object = Object {
        machine,
        kind: header.e_type,
        os_abi: header.e_ident[7],
        abi_version: header.e_ident[8],
        entry: header.e_entry,
        loader: None,
        dynamic: false,
        needed: Vec::new(),
        soname: None,
        rpath: None,
        runpath: None,
        filters: Vec::new(),
        auxiliaries: Vec::new(),
        audit: None,
        depaudit: None,
        flags: 0,
        flags_1: 0,
        versions_needed: Vec::new(),
        versions_defined: None,
        segments,
    };
    for segment in object.segments.iter().filter(|segment| segment.kind != PT_NULL && segment.file_size > 0) {
        if segment.offset.checked_add(segment.file_size).is_none_or(|end| end > file.size()) {
            return Err(Error::Truncated(outside(segment, file.size())));
        }
    }
    object.loader = loader(file, &object.segments)?;
    if let Some(segment) = object.segments.iter().find(|segment| segment.kind == PT_DYNAMIC).copied() {
        object.dynamic = true;
        Reader::new(file, &object.segments.clone(), ctx, &segment)?.fill(&mut object)?;
    }
    Ok(object)
}

/// The names of the undefined dynamic symbols, sorted, each once: what the object imports.
///
/// Apart from [`read`], because the tables are large where the need is rare.
pub fn imports(file: &dyn ReadAt, object: &Object) -> Result<Vec<Bytes>, Error> {
    let Some(segment) = object.segments.iter().find(|segment| segment.kind == PT_DYNAMIC) else {
        return Ok(Vec::new());
    };
    let container = if object.machine.is_64 { Container::Big } else { Container::Little };
    let endian = if object.machine.big_endian { Endian::Big } else { Endian::Little };
    Reader::new(file, &object.segments, Ctx::new(container, endian), segment)?.imports()
}

fn segments(file: &dyn ReadAt, header: &Header, ctx: Ctx) -> Result<Vec<Segment>, Error> {
    if header.e_phnum == 0 {
        return Ok(Vec::new());
    }
    let size = if ctx.container.is_big() { 56 } else { 32 };
    if usize::from(header.e_phentsize) != size {
        return Err(Error::Damaged(format!(
            "its program headers have {} bytes each instead of {size}",
            header.e_phentsize
        )));
    }
    // PN_XNUM: the number stands in a section, and the kernel takes no such program.
    if header.e_phnum == 0xffff {
        return Err(Error::Damaged("it has more program headers than the kernel takes".to_owned()));
    }
    let length = usize::from(header.e_phnum) * size;
    let table = file.bytes_at(header.e_phoff, length)?;
    if table.len() < length {
        return Err(Error::Truncated("the table of program headers".to_owned()));
    }
    let headers = ProgramHeader::parse(&table, 0, header.e_phnum.into(), ctx)
        .map_err(|error| Error::Damaged(error.to_string()))?;
    Ok(headers
        .into_iter()
        .map(|header| Segment {
            kind: header.p_type,
            flags: header.p_flags,
            offset: header.p_offset,
            address: header.p_vaddr,
            file_size: header.p_filesz,
            memory_size: header.p_memsz,
            align: header.p_align,
        })
        .collect())
}

fn outside(segment: &Segment, size: u64) -> String {
    format!("segment {:#x}, {} bytes at {}, in a file of {size} bytes", segment.kind, segment.file_size, segment.offset)
}

fn loader(file: &dyn ReadAt, segments: &[Segment]) -> Result<Option<Bytes>, Error> {
    // The kernel takes the first (execve(2)).
    let Some(segment) = segments.iter().find(|segment| segment.kind == PT_INTERP) else { return Ok(None) };
    if segment.file_size == 0 {
        return Ok(None);
    }
    let length = usize::try_from(segment.file_size).unwrap_or(usize::MAX);
    if length > LONGEST_STRING {
        return Err(Error::Damaged(format!("the path of its loader has {length} bytes")));
    }
    let mut path = file.bytes_at(segment.offset, length)?;
    // The kernel refuses any other (binfmt_elf: ENOEXEC).
    if path.pop() != Some(0) {
        return Err(Error::Damaged(
            "the path of its loader does not end in NUL, and the kernel refuses such a file".to_owned(),
        ));
    }
    path.truncate(path.iter().position(|byte| *byte == 0).unwrap_or(path.len()));
    Ok(Some(path))
}

/// The dynamic section, and what its addresses lead to.
struct Reader<'a> {
    file: &'a dyn ReadAt,
    segments: &'a [Segment],
    ctx: Ctx,
    entries: Vec<(u64, u64)>,
    strings: Option<u64>,
    table: OnceCell<Vec<u8>>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a dyn ReadAt, segments: &'a [Segment], ctx: Ctx, segment: &Segment) -> Result<Self, Error> {
        if segment.file_size > LARGEST_DYNAMIC {
            return Err(Error::Damaged(format!("its dynamic section has {} bytes", segment.file_size)));
        }
        let bytes = file.bytes_at(segment.offset, usize::try_from(segment.file_size).unwrap_or(usize::MAX))?;
        // A header of its own, so that goblin reads these bytes and no others.
        let own = ProgramHeader { p_type: PT_DYNAMIC, p_filesz: bytes.len() as u64, ..ProgramHeader::default() };
        let section = Dynamic::parse(&bytes, &[own], ctx).map_err(|error| Error::Damaged(error.to_string()))?;
        let entries: Vec<_> =
            section.into_iter().flat_map(|section| section.dyns).map(|entry| (entry.d_tag, entry.d_val)).collect();
        let strings = last(&entries, tags::DT_STRTAB);
        Ok(Self { file, segments, ctx, entries, strings, table: OnceCell::new() })
    }

    fn fill(&self, object: &mut Object) -> Result<(), Error> {
        object.needed = self.all(tags::DT_NEEDED)?;
        object.filters = self.all(DT_FILTER)?;
        object.auxiliaries = self.all(DT_AUXILIARY)?;
        object.soname = self.one(tags::DT_SONAME)?;
        // Of several the last one counts, for glibc and musl.
        object.rpath = self.one(tags::DT_RPATH)?;
        object.runpath = self.one(tags::DT_RUNPATH)?;
        object.audit = self.one(tags::DT_AUDIT)?;
        object.depaudit = self.one(tags::DT_DEPAUDIT)?;
        object.flags = self.value(tags::DT_FLAGS).unwrap_or(0);
        object.flags_1 = self.value(tags::DT_FLAGS_1).unwrap_or(0);
        object.versions_needed = self.versions_needed()?;
        object.versions_defined = self.versions_defined()?;
        Ok(())
    }

    fn value(&self, tag: u64) -> Option<u64> {
        last(&self.entries, tag)
    }

    fn all(&self, tag: u64) -> Result<Vec<Bytes>, Error> {
        self.entries.iter().filter(|(other, _)| *other == tag).map(|(_, offset)| self.string(*offset, tag)).collect()
    }

    fn one(&self, tag: u64) -> Result<Option<Bytes>, Error> {
        self.value(tag).map(|offset| self.string(offset, tag)).transpose()
    }

    /// The string at `offset` of the string table.
    fn string(&self, offset: u64, tag: u64) -> Result<Bytes, Error> {
        let table =
            self.strings.ok_or_else(|| Error::Damaged("it names strings and has no string table".to_owned()))?;
        if let Some(bytes) = self.small_table()?.get(usize::try_from(offset).unwrap_or(usize::MAX)..)
            && let Some(end) = bytes.iter().position(|byte| *byte == 0)
        {
            return Ok(bytes[..end].to_vec());
        }
        let nowhere =
            || Error::Damaged(format!("the string of its dynamic entry {tag:#x} lies outside the file's segments"));
        let (start, there) = self.place(table.wrapping_add(offset)).ok_or_else(nowhere)?;
        let most = usize::try_from(there).unwrap_or(usize::MAX).min(LONGEST_STRING);
        // Most strings are short, and a page is read at no more cost than a byte.
        for length in [most.min(4096), most] {
            let mut bytes = self.file.bytes_at(start, length)?;
            if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
                bytes.truncate(end);
                return Ok(bytes);
            }
        }
        Err(Error::Damaged(format!("the string of its dynamic entry {tag:#x} has no end")))
    }

    /// The string table, where it is small; else nothing.
    fn small_table(&self) -> Result<&[u8], Error> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let place = self.strings.and_then(|address| self.place(address));
        let bytes = match (place, self.value(tags::DT_STRSZ)) {
            (Some((start, there)), Some(size)) if size.min(there) <= SMALL_TABLE => {
                self.file.bytes_at(start, usize::try_from(size.min(there)).unwrap_or(0))?
            }
            _ => Vec::new(),
        };
        Ok(self.table.get_or_init(|| bytes))
    }

    /// Where in the file an address is, and how many bytes of its segment follow.
    fn place(&self, address: u64) -> Option<(u64, u64)> {
        let holds = |segment: &&Segment| {
            segment.kind == PT_LOAD
                && address.checked_sub(segment.address).is_some_and(|inside| inside < segment.file_size)
        };
        let segment = self.segments.iter().find(holds)?;
        let inside = address - segment.address;
        Some((segment.offset + inside, segment.file_size - inside))
    }

    /// Exactly `length` bytes at an address.
    fn bytes(&self, address: u64, length: usize, what: &str) -> Result<Vec<u8>, Error> {
        let nowhere = || Error::Damaged(format!("its {what} lies outside the file's segments"));
        let (start, there) = self.place(address).ok_or_else(nowhere)?;
        if there < length as u64 {
            return Err(nowhere());
        }
        let bytes = self.file.bytes_at(start, length)?;
        if bytes.len() < length { Err(nowhere()) } else { Ok(bytes) }
    }

    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let pair = [bytes[at], bytes[at + 1]];
        if self.ctx.le.is_little() { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if self.ctx.le.is_little() { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }
    }

    /// DT_VERNEED: `Elf_Verneed` (16 bytes) with its `Elf_Vernaux` (16 bytes), the same in both classes.
    fn versions_needed(&self) -> Result<Vec<NeededVersion>, Error> {
        const WHAT: &str = "table of needed versions";
        let Some(mut at) = self.value(tags::DT_VERNEED) else { return Ok(Vec::new()) };
        let mut versions = Vec::new();
        loop {
            let record = self.bytes(at, 16, WHAT)?;
            let soname = self.string(self.u32(&record, 4).into(), tags::DT_VERNEED)?;
            let mut aux = at.wrapping_add(self.u32(&record, 8).into());
            for _ in 0..self.u16(&record, 2) {
                let entry = self.bytes(aux, 16, WHAT)?;
                let version = self.string(self.u32(&entry, 8).into(), tags::DT_VERNEED)?;
                versions.push(NeededVersion { soname: soname.clone(), version, weak: self.u16(&entry, 4) & 2 != 0 });
                if versions.len() > MOST_VERSIONS {
                    return Err(Error::Damaged(format!("its {WHAT} has no end")));
                }
                match self.u32(&entry, 12) {
                    0 => break,
                    next => aux = aux.wrapping_add(next.into()),
                }
            }
            match self.u32(&record, 12) {
                0 => return Ok(versions),
                // A record without entries would not count, and could lead in a circle.
                _ if self.u16(&record, 2) == 0 => {
                    return Err(Error::Damaged(format!("its {WHAT} has an empty record")));
                }
                next => at = at.wrapping_add(next.into()),
            }
        }
    }

    /// DT_VERDEF: `Elf_Verdef` (20 bytes), whose first `Elf_Verdaux` (8 bytes) has the name.
    fn versions_defined(&self) -> Result<Option<Vec<Bytes>>, Error> {
        const WHAT: &str = "table of defined versions";
        let Some(mut at) = self.value(tags::DT_VERDEF) else { return Ok(None) };
        let mut versions = Vec::new();
        loop {
            let record = self.bytes(at, 20, WHAT)?;
            let name = self.bytes(at.wrapping_add(self.u32(&record, 12).into()), 8, WHAT)?;
            versions.push(self.string(self.u32(&name, 0).into(), tags::DT_VERDEF)?);
            if versions.len() > MOST_VERSIONS {
                return Err(Error::Damaged(format!("its {WHAT} has no end")));
            }
            match self.u32(&record, 16) {
                0 => return Ok(Some(versions)),
                next => at = at.wrapping_add(next.into()),
            }
        }
    }

    fn imports(&self) -> Result<Vec<Bytes>, Error> {
        const WHAT: &str = "table of symbols";
        let (Some(symbols), Some(strings)) = (self.value(tags::DT_SYMTAB), self.strings) else { return Ok(Vec::new()) };
        let size = if self.ctx.container.is_big() { 24 } else { 16 };
        let count = self.undefined_symbols(symbols, strings, size)?;
        let table = self.bytes(symbols, count * size, WHAT)?;
        let mut names = Vec::new();
        for symbol in table.chunks_exact(size) {
            let section = self.u16(symbol, if size == 24 { 6 } else { 14 });
            let name = self.u32(symbol, 0);
            if section == 0 && name != 0 {
                names.push(self.string(name.into(), tags::DT_SYMTAB)?);
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// How many symbols must be looked at to see all undefined ones. With DT_GNU_HASH these stand before
    /// the first hashed one; with DT_HASH alone the number of chains is that of symbols; with neither the
    /// string table, which follows by custom, ends them.
    fn undefined_symbols(&self, symbols: u64, strings: u64, size: usize) -> Result<usize, Error> {
        const WHAT: &str = "hash table";
        let (_, there) = self
            .place(symbols)
            .ok_or_else(|| Error::Damaged("its table of symbols lies outside the file's segments".to_owned()))?;
        let most = usize::try_from(there).unwrap_or(usize::MAX) / size;
        let by_custom = usize::try_from(strings.saturating_sub(symbols)).unwrap_or(usize::MAX) / size;
        let count = if let Some(hash) = self.value(tags::DT_GNU_HASH) {
            // Where nothing is exported GNU ld writes 1 whatever the number is.
            match self.u32(&self.bytes(hash, 16, WHAT)?, 4) as usize {
                0 | 1 => by_custom,
                first => first,
            }
        } else if let Some(hash) = self.value(tags::DT_HASH) {
            self.u32(&self.bytes(hash, 8, WHAT)?, 4) as usize
        } else {
            by_custom
        };
        Ok(count.min(most))
    }
}

/// elf.h has these two, goblin has not.
const DT_AUXILIARY: u64 = 0x7fff_fffd;
const DT_FILTER: u64 = 0x7fff_ffff;

fn last(entries: &[(u64, u64)], tag: u64) -> Option<u64> {
    entries.iter().rev().find(|(other, _)| *other == tag).map(|(_, value)| *value)
}
