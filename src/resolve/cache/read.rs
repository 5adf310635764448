//! Bytes to entries. Nothing is believed that the bytes say of themselves.

use super::format::{
    BIG, Capability, ENTRY, EXTENSION_MAGIC, HEADER, HWCAPS_BIT, LITTLE, LONGEST, LdSoCacheEntry, MAGIC, OLD_ENTRY,
    OLD_HEADER, OLD_MAGIC, TAG_HWCAPS,
};
use memchr::memchr;
use std::ops::Range;

/// A cache that was read.
#[derive(Debug)]
pub struct LdSoCache {
    bytes: Vec<u8>,
    /// Sorted by soname, those of one soname in their order.
    entries: Vec<Located>,
}

/// An entry, whose texts are where they are.
#[derive(Debug)]
struct Located {
    soname: Range<usize>,
    path: Range<usize>,
    flags: u32,
    capability: Capability,
}

impl LdSoCache {
    /// Reads a cache made for a machine of this byte order; `None` where it is damaged or another's.
    pub fn read(bytes: Vec<u8>, big_endian: bool) -> Option<Self> {
        let mut entries = entries(&bytes, big_endian)?;
        entries.sort_by(|a, b| bytes[a.soname.clone()].cmp(&bytes[b.soname.clone()]));
        Some(Self { bytes, entries })
    }

    /// The entries for a soname, in their order: plain ones and those for newer processors, of all machines.
    pub fn named<'a>(&'a self, soname: &'a [u8]) -> impl Iterator<Item = LdSoCacheEntry> + 'a {
        let first = self.entries.partition_point(|entry| &self.bytes[entry.soname.clone()] < soname);
        let named = self.entries[first..].iter().take_while(move |entry| &self.bytes[entry.soname.clone()] == soname);
        named.map(|entry| entry.whole(&self.bytes))
    }
}

impl Located {
    fn whole(&self, bytes: &[u8]) -> LdSoCacheEntry {
        let text = |range: &Range<usize>| bytes[range.clone()].to_vec();
        let (soname, path) = (text(&self.soname), text(&self.path));
        LdSoCacheEntry { soname, path, flags: self.flags, capability: self.capability.clone() }
    }
}

/// All entries, in their order.
#[cfg(test)]
pub fn read(bytes: &[u8], big_endian: bool) -> Option<Vec<LdSoCacheEntry>> {
    Some(entries(bytes, big_endian)?.iter().map(|entry| entry.whole(bytes)).collect())
}

fn entries(bytes: &[u8], big_endian: bool) -> Option<Vec<Located>> {
    let reader = CacheReader { whole: bytes, big_endian };
    let start = if bytes.starts_with(OLD_MAGIC) { reader.old_end()?.next_multiple_of(8) } else { 0 };
    let cache = bytes.get(start..).unwrap_or_default();
    if !cache.starts_with(MAGIC) {
        return if start == 0 { None } else { reader.old() };
    }
    let count = reader.u32(start + 20)? as usize;
    let order = *bytes.get(start + 28)? & 3;
    if order != 0 && order != if big_endian { BIG } else { LITTLE } {
        return None;
    }
    if cache.len() < HEADER.checked_add(count.checked_mul(ENTRY)?)? {
        return None;
    }
    let names = reader.hwcaps(start);
    let entries = (0..count).map(|index| {
        let at = start + HEADER + index * ENTRY;
        let (low, high) = if big_endian { (at + 20, at + 16) } else { (at + 16, at + 20) };
        Some(Located {
            soname: reader.string(start, reader.u32(at + 4)?)?,
            path: reader.string(start, reader.u32(at + 8)?)?,
            flags: reader.u32(at)?,
            capability: match (reader.u32(low)?, reader.u32(high)?) {
                (0, 0) => Capability::None,
                // The low ten bits of the high half are the ISA level.
                (index, high) if high & !0x3ff == HWCAPS_BIT => names
                    .get(index as usize)
                    .map_or(Capability::Legacy, |name| Capability::Named(bytes[name.clone()].to_vec())),
                _ => Capability::Legacy,
            },
        })
    });
    Some(entries.flatten().collect())
}

struct CacheReader<'a> {
    whole: &'a [u8],
    big_endian: bool,
}

impl CacheReader<'_> {
    fn u32(&self, at: usize) -> Option<u32> {
        let word: [u8; 4] = self.whole.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) })
    }

    fn string(&self, base: usize, offset: u32) -> Option<Range<usize>> {
        let start = base.checked_add(offset as usize)?;
        let rest = self.whole.get(start..)?;
        Some(start..start + memchr(0, &rest[..rest.len().min(LONGEST)])?)
    }

    /// Where the entries of the old format end, and its strings begin.
    fn old_end(&self) -> Option<usize> {
        let count = self.u32(12)? as usize;
        let end = OLD_HEADER.checked_add(count.checked_mul(OLD_ENTRY)?)?;
        (end <= self.whole.len()).then_some(end)
    }

    /// The entries of the old format, which has none for some processors alone.
    fn old(&self) -> Option<Vec<Located>> {
        let strings = self.old_end()?;
        let entries = (OLD_HEADER..strings).step_by(OLD_ENTRY).map(|at| {
            Some(Located {
                soname: self.string(strings, self.u32(at + 4)?)?,
                path: self.string(strings, self.u32(at + 8)?)?,
                flags: self.u32(at)?,
                capability: Capability::None,
            })
        });
        Some(entries.flatten().collect())
    }

    /// Behind the old format the extensions, and the names they lead to, count from the beginning of the file.
    fn hwcaps(&self, start: usize) -> Vec<Range<usize>> {
        let find = || {
            let at = self.u32(start + 32)? as usize;
            if at == 0 || self.u32(at)? != EXTENSION_MAGIC {
                return None;
            }
            let sections = (0..self.u32(at + 4)?.min(64) as usize).map(|index| at + 8 + index * 16);
            let section = sections.into_iter().find(|section| self.u32(*section) == Some(TAG_HWCAPS))?;
            let (offset, size) = (self.u32(section + 8)? as usize, self.u32(section + 12)? as usize);
            (0..(size / 4).min(4096)).map(|index| self.string(0, self.u32(offset + index * 4)?)).collect()
        };
        find().unwrap_or_default()
    }
}
