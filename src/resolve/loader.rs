//! What a loader says of itself: its default directories, the value of `$LIB`, where its cache is. Read out of
//! its bytes, because distributions build it each in their own way.

use super::machine;
use crate::bytes::ReadAt;
use crate::elf::{self, Machine, Object};
use memchr::{memmem, memrchr};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Where libraries are looked up last, and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// The default directories, in order, without a slash at the end.
    pub directories: Vec<PathBuf>,
    /// The value of `$LIB`.
    pub lib: Vec<u8>,
    /// Where the cache is.
    pub cache: PathBuf,
    /// Whether it looks into subdirectories of glibc-hwcaps, as glibc 2.33 and newer.
    pub hwcaps: bool,
    /// Whether it looks into subdirectories such as `tls`, as glibc up to 2.36.
    pub legacy: bool,
}

/// The largest loader that is read: they have 0.2 to 1.5 MB.
const LARGEST: u64 = 16 << 20;
const CACHE: &[u8] = b"/ld.so.cache";

/// Reads them from a loader; where it does not tell, those common for the machine.
pub fn defaults(file: Option<(&dyn ReadAt, &Object)>, machine: Machine) -> Defaults {
    let bytes = file.map(|(file, object)| constants(file, object)).unwrap_or_default();
    let directories = directories(&bytes);
    let directories = if directories.is_empty() {
        machine::default_directories(machine).iter().map(PathBuf::from).collect()
    } else {
        directories
    };
    // The words of its `--help`; before 2.33 it had neither.
    let says = |text: &[u8]| memmem::find(&bytes, text).is_some();
    let hwcaps = bytes.is_empty() || says(b"glibc-hwcaps");
    let legacy = !hwcaps || says(b"Legacy HWCAP subdirectories");
    let lib = directories.first().map(|first| first.as_os_str().as_bytes()).unwrap_or_default();
    let lib = lib.strip_prefix(b"/usr").unwrap_or(lib);
    Defaults { lib: lib.strip_prefix(b"/").unwrap_or(lib).to_vec(), cache: cache(&bytes), directories, hwcaps, legacy }
}

fn constants(file: &dyn ReadAt, object: &Object) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (offset, length) in elf::constant_ranges(file, object) {
        let length = usize::try_from(length.min(LARGEST)).unwrap_or(0);
        bytes.extend(file.bytes_at(offset, length).unwrap_or_default());
        // What ends here does not go on there.
        bytes.push(1);
    }
    bytes
}

/// The list stands as strings one after the other, each absolute and with a slash at its end. A list of one
/// is told from other paths by its last part, `lib` or a word that begins so.
fn directories(bytes: &[u8]) -> Vec<PathBuf> {
    let mut best: Vec<&[u8]> = Vec::new();
    let mut run: Vec<&[u8]> = Vec::new();
    let mut behind = None;
    // Strings that end in a slash.
    for end in memmem::find_iter(bytes, b"/\0").map(|slash| slash + 1) {
        let start = memrchr(0, &bytes[..end]).map_or(0, |nul| nul + 1);
        let text = &bytes[start..end];
        let follows = !run.is_empty() && behind == Some(start);
        behind = Some(end + 1);
        // Only the first string of a run may have other bytes before it.
        if follows && is_directory(text) {
            run.push(text);
        } else {
            take(&mut best, &run);
            run = tail(text).into_iter().collect();
        }
    }
    take(&mut best, &run);
    best.iter().map(|text| PathBuf::from(OsStr::from_bytes(&text[..text.len() - 1]))).collect()
}

fn take<'a>(best: &mut Vec<&'a [u8]>, run: &[&'a [u8]]) {
    let plausible = run
        .iter()
        .all(|text| last_part(text).starts_with(b"lib") || last_part(text).ends_with(b"-gnu") || run.len() > 1);
    let library = run.iter().any(|text| text.windows(4).any(|part| part == b"/lib"));
    if plausible && library && run.len() > best.len() {
        *best = run.to_vec();
    }
}

fn last_part(text: &[u8]) -> &[u8] {
    text[..text.len() - 1].rsplit(|byte| *byte == b'/').next().unwrap_or(text)
}

/// A directory at the end of a text.
fn tail(text: &[u8]) -> Option<&[u8]> {
    let start = text.iter().rposition(|byte| !byte.is_ascii_graphic()).map_or(0, |at| at + 1);
    Some(&text[start..]).filter(|text| is_directory(text))
}

fn is_directory(text: &[u8]) -> bool {
    (4..=256).contains(&text.len())
        && text.starts_with(b"/")
        && text.ends_with(b"/")
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(byte))
}

fn cache(bytes: &[u8]) -> PathBuf {
    let whole = bytes.split(|byte| *byte == 0).find_map(|text| {
        let start = text.iter().rposition(|byte| !byte.is_ascii_graphic()).map_or(0, |at| at + 1);
        Some(&text[start..]).filter(|text| text.starts_with(b"/") && text.ends_with(CACHE))
    });
    PathBuf::from(OsStr::from_bytes(whole.unwrap_or(b"/etc/ld.so.cache")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_directories_are_a_run_of_strings() {
        let list = |parts: &[&str]| parts.join("\0").into_bytes();
        for (bytes, expected) in [
            (list(&["x", "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/", "y"]), 4),
            (list(&["\u{1}\u{2}/lib64/", "/usr/lib64/", "", "/proc/self/"]), 2),
            (list(&["/usr/lib/", "x", "/proc/self/fd/"]), 1),
            (list(&["/proc/sys/", "nothing"]), 0),
            (Vec::new(), 0),
        ] {
            assert_eq!(directories(&bytes).len(), expected);
        }
        assert_eq!(cache(b"x\0/etc/ld.so.cache\0"), PathBuf::from("/etc/ld.so.cache"));
        assert_eq!(cache(b"\x01/nix/glibc/etc/ld.so.cache\0"), PathBuf::from("/nix/glibc/etc/ld.so.cache"));
    }
}
