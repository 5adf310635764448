//! `ld.so.cache`, read and written (glibc, sysdeps/generic/dl-cache.h).
//!
//! The format of glibc 2.2 and newer, in both byte orders, alone or behind the old one ("compat"), and the old one
//! alone (`ldconfig -c old`). A damaged cache is none, and an entry that leads outside of it neither: the loader
//! looks elsewhere then, and so do we.

use std::cmp::Ordering;

const OLD_MAGIC: &[u8] = b"ld.so-1.7.0";
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const HEADER: usize = 48;
const ENTRY: usize = 24;
const OLD_HEADER: usize = 16;
const OLD_ENTRY: usize = 12;
const EXTENSION_MAGIC: u32 = 0xEAA4_2174;
/// The extension that holds the names of glibc-hwcaps directories.
const TAG_HWCAPS: u32 = 1;
/// The bit that says that the low half of `hwcap` is an index into them.
const HWCAPS_BIT: u32 = 1 << 30;
/// Little endian and big endian in the header's flags; 0 is from before they were set.
const LITTLE: u8 = 2;
const BIG: u8 = 3;

/// The longest name that can be opened (`PATH_MAX`); so that many entries cannot share one long text.
const LONGEST: usize = 4096;

/// What an entry is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    /// Every processor.
    None,
    /// A glibc-hwcaps directory of this name.
    Named(Vec<u8>),
    /// The mask of before 2.33, which newer loaders skip.
    Legacy,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is found by.
    pub soname: Vec<u8>,
    /// Where the library is.
    pub path: Vec<u8>,
    /// Kind of library and machine.
    pub flags: u32,
    /// What it is for.
    pub capability: Capability,
}

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

/// Writes a cache for one machine from sonames and paths, as small as can be.
pub fn write(entries: &[(Vec<u8>, Vec<u8>)], flags: u32, big_endian: bool) -> Vec<u8> {
    let mut entries: Vec<_> = entries.to_vec();
    // The loader searches by halves, the largest name first.
    entries.sort_by(|a, b| compare(&b.0, &a.0).then_with(|| b.0.cmp(&a.0)));
    entries.dedup_by(|a, b| a.0 == b.0);
    let word = |value: usize| {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    };
    let mut strings = Vec::new();
    let mut table = Vec::new();
    let first = HEADER + entries.len() * ENTRY;
    for (soname, path) in &entries {
        table.extend(word(flags as usize));
        for text in [soname, path] {
            table.extend(word(first + strings.len()));
            strings.extend_from_slice(text);
            strings.push(0);
        }
        table.extend([0; 12]);
    }
    let mut cache = MAGIC.to_vec();
    cache.extend(word(entries.len()));
    cache.extend(word(strings.len()));
    cache.extend([if big_endian { BIG } else { LITTLE }, 0, 0, 0]);
    cache.extend([0; 16]);
    cache.extend(table);
    cache.extend(strings);
    cache
}

/// The order of a cache: runs of digits compare as numbers (glibc, elf/dl-cache.c `_dl_cache_libcmp`).
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            // As unsigned bytes, and a digit is above everything else.
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => match (x.is_ascii_digit(), y.is_ascii_digit()) {
                (true, true) => {
                    let (x, rest_a) = number(a);
                    let (y, rest_b) = number(b);
                    match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                        Ordering::Equal => (a, b) = (rest_a, rest_b),
                        other => return other,
                    }
                }
                (true, false) => return Ordering::Greater,
                (false, true) => return Ordering::Less,
                (false, false) if x == y => (a, b) = (&a[1..], &b[1..]),
                (false, false) => return x.cmp(y),
            },
        }
    }
}

/// The digits at the beginning, without leading zeros, and what follows.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|byte| **byte == b'0').count();
    (&text[zeros..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs() -> Vec<(Vec<u8>, Vec<u8>)> {
        ["liba.so.1", "liba.so.10", "liba.so.9", "libb.so"]
            .map(|name| (name.into(), format!("/x/{name}").into()))
            .to_vec()
    }

    #[test]
    fn what_is_written_is_read_back_in_either_byte_order() {
        for big_endian in [false, true] {
            let bytes = write(&pairs(), 0x303, big_endian);
            let entries = read(&bytes, big_endian).unwrap();
            let names: Vec<_> = entries.iter().map(|entry| String::from_utf8(entry.soname.clone()).unwrap()).collect();
            assert_eq!(names, ["libb.so", "liba.so.10", "liba.so.9", "liba.so.1"]);
            assert!(entries.iter().all(|entry| entry.flags == 0x303 && entry.capability == Capability::None));
            assert_eq!(read(&bytes, !big_endian), None, "for another byte order");
        }
    }

    #[test]
    fn one_behind_the_old_format_is_found() {
        let new = write(&pairs(), 0x303, false);
        let mut bytes = b"ld.so-1.7.0\0".to_vec();
        bytes.extend(1u32.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(new);
        assert_eq!(read(&bytes, false).unwrap().len(), 4);
    }

    #[test]
    fn a_damaged_one_is_none_and_never_a_panic() {
        let bytes = write(&pairs(), 0x303, false);
        for length in 0..bytes.len() {
            let _ = read(&bytes[..length], false);
        }
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut hostile = bytes.clone();
                hostile[at] = value;
                let _ = read(&hostile, false);
                let _ = read(&hostile, true);
            }
        }
        assert_eq!(read(b"garbage", false), None);
        assert_eq!(read(&bytes[..60], false), None);
    }
}
