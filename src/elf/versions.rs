//! Symbol versions: what a file needs (DT_VERNEED) and what it has (DT_VERDEF).
//!
//! Both tables are chains of records, and like the loader we follow the chains, not the counts that stand
//! beside them (`_dl_check_map_versions` in glibc). A chain only goes forwards, so it ends with its segment.

use super::dynamic::Entries;
use super::format::ForwardReader;
use super::memory::{Memory, Strings};
use super::{Bytes, Error};
use goblin::elf::dynamic::{DT_VERDEF, DT_VERNEED};

/// One needed symbol version (`Elf_Vernaux`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededVersion {
    /// The `vn_file` it is needed from.
    pub soname: Bytes,
    /// The version's name, such as `GLIBC_2.34`.
    pub version: Bytes,
    /// Whether it may be missing (`VER_FLG_WEAK`).
    pub weak: bool,
}

/// VER_FLG_WEAK: the version may be missing.
const WEAK: u16 = 2;

/// How many records one table may have. The largest real ones have some hundreds.
const MAX_RECORDS: usize = 1 << 16;

/// Reads DT_VERNEED (gABI extension of the LSB, "Version Requirements").
pub(super) fn needed(
    memory: &Memory<'_>,
    entries: &Entries,
    strings: &mut Strings<'_>,
) -> Result<Vec<NeededVersion>, Error> {
    const NAME: &str = "the table of needed versions";
    let Some(address) = entries.last(DT_VERNEED) else { return Ok(Vec::new()) };
    let format = memory.format;
    let mut table = Table::new(memory, NAME);
    let mut versions = Vec::new();
    let mut next = Some(address);
    while let Some(file) = next {
        let record: [u8; 16] = table.record(file)?;
        known(format.u16(&record, 0), NAME)?;
        let named = strings.get(format.u32(&record, 4).into(), "a file of needed versions")?;
        let mut version = Some(file.wrapping_add(format.u32(&record, 8).into()));
        while let Some(address) = version {
            let record: [u8; 16] = table.record(address)?;
            let name = strings.get(format.u32(&record, 8).into(), "a needed version")?;
            let weak = format.u16(&record, 4) & WEAK != 0;
            let soname = strings.copy(&named, "a file of needed versions")?;
            versions.push(NeededVersion { soname, version: name, weak });
            version = follow(address, format.u32(&record, 12));
        }
        next = follow(file, format.u32(&record, 12));
    }
    Ok(versions)
}

/// Reads DT_VERDEF (gABI extension of the LSB, "Version Definitions"); `None` where there is none.
pub(super) fn defined(
    memory: &Memory<'_>,
    entries: &Entries,
    strings: &mut Strings<'_>,
) -> Result<Option<Vec<Bytes>>, Error> {
    const NAME: &str = "the table of defined versions";
    let Some(address) = entries.last(DT_VERDEF) else { return Ok(None) };
    let format = memory.format;
    let mut table = Table::new(memory, NAME);
    let mut versions = Vec::new();
    let mut next = Some(address);
    while let Some(definition) = next {
        let record: [u8; 20] = table.record(definition)?;
        known(format.u16(&record, 0), NAME)?;
        // The first of its names is the version's own; the others are its predecessors.
        let name: [u8; 8] = table.record(definition.wrapping_add(format.u32(&record, 12).into()))?;
        versions.push(strings.get(format.u32(&name, 0).into(), "a defined version")?);
        next = follow(definition, format.u32(&record, 16));
    }
    Ok(Some(versions))
}

/// The loader refuses any revision of the tables but the first.
fn known(revision: u16, name: &str) -> Result<(), Error> {
    if revision == 1 { Ok(()) } else { Err(Error::damaged(format!("{name} is of revision {revision}"))) }
}

/// The next record of a chain; 0 ends it.
fn follow(address: u64, step: u32) -> Option<u64> {
    (step != 0).then(|| address.wrapping_add(step.into()))
}

/// Records read by address.
struct Table<'a, 'm> {
    memory: &'m Memory<'a>,
    pieces: ForwardReader<'a>,
    name: &'static str,
    left: usize,
}

impl<'a, 'm> Table<'a, 'm> {
    fn new(memory: &'m Memory<'a>, name: &'static str) -> Self {
        Self { memory, pieces: ForwardReader::new(memory.file), name, left: MAX_RECORDS }
    }

    fn record<const N: usize>(&mut self, address: u64) -> Result<[u8; N], Error> {
        let offset = self.memory.range(address, N as u64, self.name)?;
        self.left = self.left.checked_sub(1).ok_or_else(|| Error::damaged(format!("{} has no end", self.name)))?;
        let bytes = self.pieces.from(offset, N)?.first_chunk();
        bytes.copied().ok_or_else(|| Error::truncated(self.name, offset, N as u64, self.memory.file.size()))
    }
}
