//! `ld.so.cache`, read and written (glibc, sysdeps/generic/dl-cache.h).
//!
//! The format of glibc 2.2 and newer, in both byte orders, alone or behind the old one ("compat"), and the old one
//! alone (`ldconfig -c old`). A damaged cache is none, and an entry that leads outside of it neither: the loader
//! looks elsewhere then, and so do we.

mod read;
mod write;

pub use read::Cache;
pub use write::write;

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

impl Entry {
    /// For a file that is found by `soname`. In a directory of glibc-hwcaps it is for the processors that this names.
    pub fn new(soname: Vec<u8>, path: Vec<u8>, flags: u32) -> Self {
        let parts: Vec<_> = path.rsplit(|byte| *byte == b'/').collect();
        let capability = match parts[..] {
            [_, level, b"glibc-hwcaps", ..] => Capability::Named(level.to_vec()),
            _ => Capability::None,
        };
        Self { soname, path, flags, capability }
    }
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
    use super::read::read;
    use super::*;

    fn entry(soname: &str, path: &str) -> Entry {
        Entry::new(soname.into(), path.into(), 0x303)
    }

    fn entries() -> Vec<Entry> {
        let plain = ["liba.so.1", "liba.so.10", "liba.so.9", "libb.so"];
        plain.map(|name| entry(name, &format!("/x/{name}"))).to_vec()
    }

    #[test]
    fn what_is_written_is_read_back_in_either_byte_order() {
        for big_endian in [false, true] {
            let bytes = write(&entries(), big_endian);
            let order = [3, 1, 2, 0].map(|index| entries()[index].clone());
            assert_eq!(read(&bytes, big_endian).unwrap(), order);
            assert_eq!(read(&bytes, !big_endian), None, "for another byte order");
        }
    }

    #[test]
    fn files_for_newer_processors_stand_before_the_plain_one() {
        let named = |level: &str| entry("liba.so.9", &format!("/x/glibc-hwcaps/{level}/liba.so.9"));
        let all = [entries(), vec![named("x86-64-v3"), named("x86-64-v2")]].concat();
        for big_endian in [false, true] {
            let order = [&all[3], &all[1], &all[5], &all[4], &all[2], &all[0]].map(Clone::clone);
            assert_eq!(read(&write(&all, big_endian), big_endian).unwrap(), order);
        }
    }

    #[test]
    fn one_behind_the_old_format_is_found() {
        let new = write(&entries(), false);
        let mut bytes = b"ld.so-1.7.0\0".to_vec();
        bytes.extend(1u32.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(new);
        assert_eq!(read(&bytes, false).unwrap().len(), 4);
    }

    #[test]
    fn a_damaged_one_is_none_and_never_a_panic() {
        let bytes = write(&entries(), false);
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
