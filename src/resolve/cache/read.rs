//! Bytes to entries. Nothing is believed that the bytes say of themselves.

use super::{
    BIG, Capability, ENTRY, EXTENSION_MAGIC, Entry, HEADER, HWCAPS_BIT, LITTLE, LONGEST, MAGIC, OLD_ENTRY, OLD_HEADER,
    OLD_MAGIC, TAG_HWCAPS,
};

/// Reads a cache made for a machine of this byte order; `None` where it is damaged or another's.
pub fn read(bytes: &[u8], big_endian: bool) -> Option<Vec<Entry>> {
    let reader = Reader { whole: bytes, big_endian };
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
        Some(Entry {
            soname: reader.string(start, reader.u32(at + 4)?)?,
            path: reader.string(start, reader.u32(at + 8)?)?,
            flags: reader.u32(at)?,
            capability: match (reader.u32(low)?, reader.u32(high)?) {
                (0, 0) => Capability::None,
                // The low ten bits of the high half are the ISA level.
                (index, high) if high & !0x3ff == HWCAPS_BIT => {
                    names.get(index as usize).map_or(Capability::Legacy, |name| Capability::Named(name.clone()))
                }
                _ => Capability::Legacy,
            },
        })
    });
    Some(entries.flatten().collect())
}

struct Reader<'a> {
    whole: &'a [u8],
    big_endian: bool,
}

impl Reader<'_> {
    fn u32(&self, at: usize) -> Option<u32> {
        let word: [u8; 4] = self.whole.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) })
    }

    fn string(&self, base: usize, offset: u32) -> Option<Vec<u8>> {
        let rest = self.whole.get(base.checked_add(offset as usize)?..)?;
        Some(rest[..rest.iter().take(LONGEST).position(|byte| *byte == 0)?].to_vec())
    }

    /// Where the entries of the old format end, and its strings begin.
    fn old_end(&self) -> Option<usize> {
        let count = self.u32(12)? as usize;
        let end = OLD_HEADER.checked_add(count.checked_mul(OLD_ENTRY)?)?;
        (end <= self.whole.len()).then_some(end)
    }

    /// The entries of the old format, which has none for some processors alone.
    fn old(&self) -> Option<Vec<Entry>> {
        let strings = self.old_end()?;
        let entries = (OLD_HEADER..strings).step_by(OLD_ENTRY).map(|at| {
            Some(Entry {
                soname: self.string(strings, self.u32(at + 4)?)?,
                path: self.string(strings, self.u32(at + 8)?)?,
                flags: self.u32(at)?,
                capability: Capability::None,
            })
        });
        Some(entries.flatten().collect())
    }

    /// Behind the old format the extensions, and the names they lead to, count from the beginning of the file.
    fn hwcaps(&self, start: usize) -> Vec<Vec<u8>> {
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
