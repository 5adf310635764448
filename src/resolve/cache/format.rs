//! What a cache is made of: its numbers, its entries, their order.

use std::cmp::Ordering;

pub const OLD_MAGIC: &[u8] = b"ld.so-1.7.0";
pub const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
pub const HEADER: usize = 48;
pub const ENTRY: usize = 24;
pub const OLD_HEADER: usize = 16;
pub const OLD_ENTRY: usize = 12;
pub const EXTENSION_MAGIC: u32 = 0xEAA4_2174;
/// The extension that holds the names of glibc-hwcaps directories.
pub const TAG_HWCAPS: u32 = 1;
/// The bit that says that the low half of `hwcap` is an index into them.
pub const HWCAPS_BIT: u32 = 1 << 30;
/// Little endian and big endian in the header's flags; 0 is from before they were set.
pub const LITTLE: u8 = 2;
pub const BIG: u8 = 3;

/// The longest name that can be opened (`PATH_MAX`); so that many entries cannot share one long text.
pub const LONGEST: usize = 4096;

/// Which processors an entry is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    /// Every processor.
    None,
    /// A glibc-hwcaps directory of this name.
    Named(Vec<u8>),
    /// The mask of before 2.33, which newer loaders skip.
    Legacy,
}

/// One entry of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdSoCacheEntry {
    /// The name that the library is found by.
    pub soname: Vec<u8>,
    /// Where the library is.
    pub path: Vec<u8>,
    /// Kind of library and machine.
    pub flags: u32,
    /// Which processors the entry is for.
    pub capability: Capability,
}

impl LdSoCacheEntry {
    /// An entry for a file that is found by `soname`; in a directory of glibc-hwcaps, for the processors that this names.
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
