//! `ld.so.cache`, read and written (glibc, sysdeps/generic/dl-cache.h).
//!
//! The format of glibc 2.2 and newer, in both byte orders, alone or behind the old one ("compat"), and the old one
//! alone (`ldconfig -c old`). A damaged cache does not count, nor does an entry that leads outside of the cache: the
//! loader looks elsewhere then, and so do we.

mod format;
mod read;
mod write;

pub use format::{Capability, LdSoCacheEntry, compare};
pub use read::LdSoCache;
pub use write::write;

#[cfg(test)]
mod tests {
    use super::read::read;
    use super::*;

    fn entry(soname: &str, path: &str) -> LdSoCacheEntry {
        LdSoCacheEntry::new(soname.into(), path.into(), 0x303)
    }

    fn entries() -> Vec<LdSoCacheEntry> {
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
