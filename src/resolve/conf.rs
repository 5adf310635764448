//! `ld.so.conf`, for a root without a cache (ldconfig(8); glibc, elf/ldconfig.c).
//!
//! The loader itself never reads the file, so what is found by its directories needs a cache in the image.

use super::cache::compare;
use crate::elf;
use crate::file::{FileId, FileKind};
use crate::files::{Files, MAX_LINKS, walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The largest file that is read as configuration.
const LARGEST: usize = 1 << 20;
/// More files than this no configuration includes.
const MOST_FILES: usize = 1000;

/// The directories that the configuration names, in order, each once.
pub fn directories(files: &dyn Files, conf: &Path) -> Vec<PathBuf> {
    let mut reader = ConfReader { files, seen: BTreeSet::new(), directories: Vec::new(), read: 0 };
    reader.file(conf, 0);
    reader.directories
}

struct ConfReader<'a> {
    files: &'a dyn Files,
    seen: BTreeSet<FileId>,
    directories: Vec<PathBuf>,
    read: usize,
}

impl ConfReader<'_> {
    fn file(&mut self, path: &Path, depth: usize) {
        self.read += 1;
        if depth > MAX_LINKS || self.read > MOST_FILES {
            return;
        }
        let Some(bytes) = read(self.files, path) else { return };
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = line.split(|byte| *byte == b'#').next().unwrap_or(line).trim_ascii();
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            match words.next() {
                None | Some(b"hwcap") => {}
                Some(b"include") => {
                    for pattern in words {
                        for included in self.matching(path, pattern) {
                            self.file(&included, depth + 1);
                        }
                    }
                }
                Some(_) => self.directory(line),
            }
        }
    }

    fn directory(&mut self, text: &[u8]) {
        // `DIR=libc6` once named a kind of library (glibc, elf/ldconfig.c `add_dir_1`).
        let text = text.split(|byte| *byte == b'=').next().unwrap_or(text).trim_ascii();
        let path = Path::new(OsStr::from_bytes(text));
        if !path.is_absolute() {
            return;
        }
        let Ok(end) = walk(self.files, path) else { return };
        if end.stat.kind == FileKind::Directory && self.seen.insert(end.stat.identity.inode()) {
            // Without a slash at its end, as ldconfig writes it.
            self.directories.push(path.components().collect());
        }
    }

    /// The files that a pattern of `include` matches, sorted; a relative one counts from the including file.
    fn matching(&self, including: &Path, pattern: &[u8]) -> Vec<PathBuf> {
        let pattern = including.parent().unwrap_or(Path::new("/")).join(OsStr::from_bytes(pattern));
        let mut paths = vec![PathBuf::from("/")];
        for part in pattern.components().skip(1) {
            let part = part.as_os_str().as_bytes();
            paths = paths.into_iter().flat_map(|path| self.below(&path, part)).collect();
        }
        paths
    }

    fn below(&self, directory: &Path, pattern: &[u8]) -> Vec<PathBuf> {
        if !pattern.iter().any(|byte| b"*?[".contains(byte)) {
            return vec![directory.join(OsStr::from_bytes(pattern))];
        }
        let Ok(end) = walk(self.files, directory) else { return Vec::new() };
        let names = self.files.list(&end.real).unwrap_or_default();
        let fits = |(name, _): &&(OsString, FileKind)| {
            let name = name.as_bytes();
            (pattern[0] == b'.' || name[0] != b'.') && glob(pattern, name)
        };
        names.iter().filter(fits).map(|(name, _)| directory.join(name)).collect()
    }
}

fn read(files: &dyn Files, path: &Path) -> Option<Vec<u8>> {
    let end = walk(files, path).ok().filter(|end| end.stat.kind == FileKind::File)?;
    files.open(&end.real).ok()?.bytes_at(0, LARGEST).ok()
}

/// Whether `name` matches a pattern of glob(7), whose parts are single names.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    // Where the last `*` was, and how far the name was then: enough to go back to.
    let (mut p, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => class(&pattern[p..], name[n]),
            Some(byte) if *byte == name[n] => Some(1),
            _ => None,
        };
        match (step, back) {
            (Some(length), _) => (p, n) = (p + length, n + 1),
            (None, Some((star, at))) => {
                back = Some((star, at + 1));
                (p, n) = (star + 1, at + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The length of a class like `[a-c]` that `byte` is in; `None` where it is not.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let end = pattern.iter().skip(2).position(|byte| *byte == b']')? + 2;
    let (not, inner) = match &pattern[1..end] {
        [b'!' | b'^', inner @ ..] => (true, inner),
        inner => (false, inner),
    };
    let mut is_in = false;
    let mut rest = inner;
    while let Some((first, after)) = rest.split_first() {
        if let [b'-', last, after @ ..] = after {
            is_in |= (*first..=*last).contains(&byte);
            rest = after;
        } else {
            is_in |= *first == byte;
            rest = after;
        }
    }
    (is_in != not).then_some(end + 1)
}

/// What ldconfig would find in `directory`: from the key to the name of the file, for libraries whose header
/// `fits`. The key is the SONAME and not the file name; of several files with one the real file comes before
/// a link, then the higher version.
pub fn index(files: &dyn Files, directory: &Path, fits: &dyn Fn(&elf::Header) -> bool) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut index: BTreeMap<Vec<u8>, (bool, Vec<u8>)> = BTreeMap::new();
    let Ok(end) = walk(files, directory) else { return BTreeMap::new() };
    for (name, _) in files.list(&end.real).unwrap_or_default() {
        let name = name.as_bytes().to_vec();
        if !is_library_name(&name) {
            continue;
        }
        if let Some((key, link)) = key(files, &end.real, &name, fits) {
            let better = index.get(&key).is_none_or(|(other_link, other)| {
                (*other_link && !link) || (*other_link == link && compare(&name, other).is_gt())
            });
            if better {
                index.insert(key, (link, name.clone()));
            }
        }
    }
    index.into_iter().map(|(key, (_, name))| (key, name)).collect()
}

/// `lib*.so*`, `ld-*.so*`, `ld.so.*`, `ld64.so.*`.
fn is_library_name(name: &[u8]) -> bool {
    let shared = name.windows(3).any(|part| part == b".so");
    (name.starts_with(b"lib") || name.starts_with(b"ld-")) && shared
        || name.starts_with(b"ld.so.")
        || name.starts_with(b"ld64.so.")
}

/// What a file is found by, and whether that is the name of a link: of one called by the SONAME, or of one for
/// linkers, such as `libx.so`.
fn key(
    files: &dyn Files,
    directory: &ImagePath,
    name: &[u8],
    fits: &dyn Fn(&elf::Header) -> bool,
) -> Option<(Vec<u8>, bool)> {
    let path = directory.join(OsStr::from_bytes(name))?;
    let link = files.stat(&path).ok()?.kind == FileKind::Link;
    let end = walk(files, path.as_path()).ok().filter(|end| end.stat.kind == FileKind::File)?;
    let file = files.open(&end.real).ok()?;
    if !elf::header(&*file).is_ok_and(|header| fits(&header)) {
        return None;
    }
    let soname = elf::read(&*file).ok()?.soname.unwrap_or_else(|| name.to_vec());
    // Any other link counts like a file (glibc, elf/ldconfig.c `search_dir`).
    let link = link && (name == soname || name.ends_with(b".so") && soname.starts_with(name));
    Some((if link { name.to_vec() } else { soname }, link))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_glob_7() {
        for (pattern, name, fits) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "conf", false),
            ("a*b*c", "aXbXbc", true),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[!a-c]x", "dx", true),
            ("*", "", true),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), fits, "{pattern} {name}");
        }
    }
}
