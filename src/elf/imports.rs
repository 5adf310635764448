//! The undefined dynamic symbols of a file.
//!
//! Nothing says how many dynamic symbols there are. DT_HASH has one chain entry for each; DT_GNU_HASH
//! lists only those that others may use, which stand last, so the last of them ends the table. Where it
//! lists none (most programs), GNU ld's table does not even tell where they would begin; there the
//! relocations tell: a symbol that none of them names is looked up by nobody.

use super::dynamic::Entries;
use super::format::ForwardReader;
use super::memory::{Memory, Strings};
use super::{Bytes, Error};
use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_HASH, DT_JMPREL, DT_PLTREL, DT_PLTRELSZ, DT_REL, DT_RELA, DT_RELACOUNT, DT_RELASZ, DT_RELCOUNT,
    DT_RELSZ, DT_SYMTAB,
};
use goblin::elf::header::EM_S390;

/// How many undefined symbols a file may have. The largest libraries have some ten thousand.
const MAX_IMPORTS: usize = 1 << 18;

/// `e_machine` of Alpha (include/uapi/linux/elf-em.h).
const EM_ALPHA: u16 = 0x9026;

/// DT_MIPS_SYMTABNO: the number of dynamic symbols, where there is no DT_HASH (MIPS psABI, 5-10).
const DT_MIPS_SYMTABNO: u64 = 0x7000_0011;

/// The names of undefined dynamic symbols, sorted, each once.
pub(super) fn read(
    memory: &Memory<'_>,
    entries: &Entries,
    machine: u16,
    strings: &mut Strings<'_>,
) -> Result<Vec<Bytes>, Error> {
    let Some(table) = entries.last(DT_SYMTAB) else { return Ok(Vec::new()) };
    let count = count(memory, entries, machine)?;
    // In the table's order the string table is read forwards.
    let mut indices = undefined(memory, table, count)?;
    indices.sort_unstable();
    indices.dedup();
    let names = indices.into_iter().map(|index| strings.get(index.into(), "the name of a symbol"));
    let mut names = names.collect::<Result<Vec<Bytes>, Error>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Where the names of undefined symbols are in the string table.
fn undefined(memory: &Memory<'_>, table: u64, count: u64) -> Result<Vec<u32>, Error> {
    let format = memory.format;
    let (size, section) = if format.is_64 { (24, 6) } else { (16, 14) };
    let mut walk = RecordReader::new(memory, table, count, size, "the table of dynamic symbols")?;
    let mut names = Vec::new();
    while let Some(symbol) = walk.next()? {
        let name = format.u32(symbol, 0);
        if name != 0 && format.u16(symbol, section) == 0 {
            names.push(name);
        }
        if names.len() > MAX_IMPORTS {
            return Err(Error::damaged(format!("it has more than {MAX_IMPORTS} undefined symbols")));
        }
    }
    Ok(names)
}

/// How many dynamic symbols there are.
fn count(memory: &Memory<'_>, entries: &Entries, machine: u16) -> Result<u64, Error> {
    if let Some(address) = entries.last(DT_HASH) {
        return hash_count(memory, address, machine);
    }
    if let Some(count) = entries.last(DT_MIPS_SYMTABNO) {
        return Ok(count);
    }
    let hashed = entries.last(DT_GNU_HASH).map(|address| gnu_hash_count(memory, address)).transpose()?;
    match hashed.flatten() {
        Some(count) => Ok(count),
        None => relocated_count(memory, entries),
    }
}

/// The second word of DT_HASH: the number of chain entries (gABI, "Hash Table").
fn hash_count(memory: &Memory<'_>, address: u64, machine: u16) -> Result<u64, Error> {
    // Two psABIs have 64-bit words here.
    let wide = memory.format.is_64 && matches!(machine, EM_ALPHA | EM_S390);
    let size = if wide { 8 } else { 4 };
    let mut walk = RecordReader::new(memory, address, 2, size, "DT_HASH")?;
    let mut last = 0;
    while let Some(word) = walk.next()? {
        last = if wide { memory.format.u64(word, 0) } else { memory.format.u32(word, 0).into() };
    }
    Ok(last)
}

/// One more than the last symbol in a bucket's chain; `None` where there is no such symbol.
fn gnu_hash_count(memory: &Memory<'_>, address: u64) -> Result<Option<u64>, Error> {
    const NAME: &str = "DT_GNU_HASH";
    let format = memory.format;
    let mut words = RecordReader::new(memory, address, 3, 4, NAME)?;
    let mut head = [0; 3];
    for word in &mut head {
        *word = words.next()?.map_or(0, |bytes| u64::from(format.u32(bytes, 0)));
    }
    let [buckets, first, filters] = head;
    let buckets_at = address.saturating_add(16 + filters * format.word_size() as u64);
    let mut walk = RecordReader::new(memory, buckets_at, buckets, 4, NAME)?;
    let mut last = 0;
    while let Some(bucket) = walk.next()? {
        last = last.max(u64::from(format.u32(bucket, 0)));
    }
    let Some(position) = last.checked_sub(first).filter(|_| last > 0) else { return Ok(None) };
    let chain = buckets_at.saturating_add(4 * (buckets + position));
    let (offset, end) = memory.locate(chain, NAME)?;
    let mut walk = RecordReader::at(memory, offset, (end - offset) / 4, 4, NAME);
    while let Some(hash) = walk.next()? {
        // The lowest bit marks the end of a chain.
        if format.u32(hash, 0) & 1 == 1 {
            return Ok(Some(last + 1));
        }
        last += 1;
    }
    Err(Error::damaged(format!("{NAME} has no end")))
}

/// One more than the highest symbol that a relocation names.
fn relocated_count(memory: &Memory<'_>, entries: &Entries) -> Result<u64, Error> {
    let plt = entries.last(DT_PLTREL).unwrap_or(DT_RELA);
    let mut count = 0;
    for (table, size, with_addend, relative) in [
        (DT_RELA, DT_RELASZ, true, DT_RELACOUNT),
        (DT_REL, DT_RELSZ, false, DT_RELCOUNT),
        (DT_JMPREL, DT_PLTRELSZ, plt == DT_RELA, 0),
    ] {
        let (Some(address), Some(size)) = (entries.last(table), entries.last(size)) else { continue };
        let word = memory.format.word_size() as u64;
        let entry = word * if with_addend { 3 } else { 2 };
        // Those that only shift with the file stand first and name no symbol.
        let skipped = if relative == 0 { 0 } else { entries.last(relative).unwrap_or(0).min(size / entry) };
        let address = address.saturating_add(skipped * entry);
        count = count.max(highest(memory, address, size / entry - skipped, entry)?);
    }
    Ok(count)
}

fn highest(memory: &Memory<'_>, address: u64, count: u64, entry: u64) -> Result<u64, Error> {
    let format = memory.format;
    let entry = usize::try_from(entry).unwrap_or(usize::MAX);
    let mut walk = RecordReader::new(memory, address, count, entry, "a table of relocations")?;
    let mut highest = 0;
    while let Some(relocation) = walk.next()? {
        let info = format.word(relocation, format.word_size());
        let symbol = if format.is_64 { info >> 32 } else { info >> 8 };
        highest = highest.max(if symbol == 0 { 0 } else { symbol + 1 });
    }
    Ok(highest)
}

/// Goes through a table of equal records, one piece of it in memory.
struct RecordReader<'a> {
    pieces: ForwardReader<'a>,
    offset: u64,
    left: u64,
    size: usize,
    name: &'static str,
    end: u64,
}

impl<'a> RecordReader<'a> {
    /// The `count` records of `size` bytes at `address`, which one segment must hold.
    fn new(memory: &Memory<'a>, address: u64, count: u64, size: usize, name: &'static str) -> Result<Self, Error> {
        let length = count.saturating_mul(size as u64);
        let offset = memory.range(address, length, name)?;
        Ok(Self::at(memory, offset, count, size, name))
    }

    fn at(memory: &Memory<'a>, offset: u64, left: u64, size: usize, name: &'static str) -> Self {
        Self { pieces: ForwardReader::new(memory.file), offset, left, size, name, end: memory.file.size() }
    }

    fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let (offset, size) = (self.offset, self.size);
        self.left -= 1;
        self.offset += size as u64;
        let record = self.pieces.from(offset, size)?.get(..size);
        record.map(Some).ok_or_else(|| Error::truncated(self.name, offset, size as u64, self.end))
    }
}
