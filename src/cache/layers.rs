//! Compressed layers kept from run to run, so that nothing is compressed twice.
//!
//! An index, as git has one, leads from a key, which tells what a layer would be made of, to its digests; the
//! blob stands beside it under its own digest. An entry of the index carries a sum over itself, and whoever reads a
//! blob hashes it.

use super::directory::{CacheDirectory, by_use, new, touch};
use crate::blob::{Descriptor, Digest};
use crate::temporary;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// As many bytes of blobs as are kept; what was not used for the longest time goes first.
const BOUND: u64 = 2 * 1024 * 1024 * 1024;
/// As many entries as the index keeps.
const ENTRIES: usize = 4096;
/// What the names of unfinished files begin with.
const PREFIX: &str = ".layer.pack-";

/// A directory of layers.
#[derive(Debug)]
pub struct LayerCache {
    directory: PathBuf,
    bound: u64,
}

/// What the index says of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedLayer {
    /// The uncompressed tar.
    pub uncompressed: Descriptor,
    /// The compressed blob.
    pub blob: Descriptor,
    /// Whether every file was old enough when it was read: one that is written to twice within a tick of the
    /// file system's clock looks the same both times.
    pub settled: bool,
}

impl LayerCache {
    /// The cache in `directory`, which is made where it is not there. `None` where it is not ours alone:
    /// whoever can write into it decides what images hold.
    pub fn open(directory: &Path) -> Option<Self> {
        let cache = CacheDirectory::open(directory)?;
        let parts = ["blobs", "index"].into_iter().all(|part| cache.part(part).is_some());
        parts.then(|| Self { directory: directory.to_owned(), bound: BOUND })
    }

    /// The time, by which a file is too young to be told apart. No image depends on it.
    pub fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// What the index says of the layer with this key.
    pub fn look_up(&self, key: &Digest) -> Option<CachedLayer> {
        let path = self.entry(key);
        let known = parse(&std::fs::read_to_string(&path).ok()?, key)?;
        touch(&File::open(path).ok()?);
        Some(known)
    }

    /// The file that should hold a blob; whoever reads it hashes it.
    pub fn read(&self, blob: &Descriptor) -> Option<File> {
        let file = File::open(self.blob(&blob.digest)).ok()?;
        touch(&file);
        (file.metadata().ok()?.len() == blob.size).then_some(file)
    }

    /// Begins a blob.
    pub fn begin(&self) -> Filling {
        Filling { file: new(&self.directory.join("blobs"), PREFIX), size: 0, most: self.bound / 2 }
    }

    /// Keeps a blob that is whole, in place of a damaged one too, and what leads to it.
    pub fn keep(&self, filling: Filling, key: &Digest, known: &CachedLayer) {
        let Some(file) = filling.file.filter(|_| filling.size == known.blob.size) else { return };
        if file.persist(self.blob(&known.blob.digest)).is_ok() {
            self.index(key, known);
            self.tidy();
        }
    }

    /// Writes down what is known of the layer with this key.
    pub fn index(&self, key: &Digest, known: &CachedLayer) {
        let Some(mut file) = new(&self.directory.join("index"), PREFIX) else { return };
        if file.write_all(written(key, known).as_bytes()).is_ok() {
            let _ = file.persist(self.entry(key));
        }
    }

    /// Removes what was not used for the longest time, and what a run that died has left.
    fn tidy(&self) {
        let (blobs, index) = (self.directory.join("blobs"), self.directory.join("index"));
        let mut total = 0;
        for (size, path) in by_use(&blobs) {
            total += size;
            if total > self.bound {
                let _ = std::fs::remove_file(path);
            }
        }
        for (_, path) in by_use(&index).into_iter().skip(ENTRIES) {
            let _ = std::fs::remove_file(path);
        }
        for part in [blobs, index] {
            temporary::sweep(&part, OsStr::new(PREFIX));
        }
    }

    fn blob(&self, digest: &Digest) -> PathBuf {
        self.directory.join("blobs").join(digest.hex())
    }

    fn entry(&self, key: &Digest) -> PathBuf {
        self.directory.join("index").join(key.hex())
    }
}

/// A blob on its way into the cache.
pub struct Filling {
    file: Option<NamedTempFile>,
    size: u64,
    most: u64,
}

impl Filling {
    /// Takes more bytes. A blob that leaves no room for others, or that the disk has no room for, is given up.
    pub fn write(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        let written = self.file.as_mut().map(|file| file.write_all(bytes));
        if self.size > self.most || written.is_some_and(|written| written.is_err()) {
            self.file = None;
        }
    }
}

/// An entry of the index: two blobs, whether it is settled, and a sum over that and the key.
fn written(key: &Digest, known: &CachedLayer) -> String {
    let CachedLayer { uncompressed, blob, settled } = known;
    let text = format!("{} {}\n{} {}\n{settled}\n", uncompressed.digest, uncompressed.size, blob.digest, blob.size);
    let sum = sum(key, &text);
    text + &sum + "\n"
}

fn parse(text: &str, key: &Digest) -> Option<CachedLayer> {
    let (about, last) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    if sum(key, &format!("{about}\n")) != last {
        return None;
    }
    let mut lines = about.lines();
    let mut blob = || {
        let (digest, size) = lines.next()?.split_once(' ')?;
        Some(Descriptor { digest: Digest::parse(digest)?, size: size.parse().ok()? })
    };
    let (uncompressed, blob) = (blob()?, blob()?);
    Some(CachedLayer { uncompressed, blob, settled: lines.next()?.parse().ok()? })
}

fn sum(key: &Digest, text: &str) -> String {
    Digest::of(format!("{key}\n{text}").as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    fn blob(bytes: &[u8]) -> Descriptor {
        Descriptor { digest: Digest::of(bytes), size: bytes.len() as u64 }
    }

    fn known(bytes: &[u8]) -> CachedLayer {
        CachedLayer { uncompressed: blob(b"uncompressed"), blob: blob(bytes), settled: true }
    }

    fn keep(cache: &LayerCache, key: &str, bytes: &[u8]) {
        let mut filling = cache.begin();
        filling.write(bytes);
        cache.keep(filling, &Digest::of(key.as_bytes()), &known(bytes));
    }

    fn holds(cache: &LayerCache, key: &str) -> Option<Vec<u8>> {
        let known = cache.look_up(&Digest::of(key.as_bytes()))?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut cache.read(&known.blob)?, &mut bytes).ok()?;
        Some(bytes)
    }

    fn cache() -> (tempfile::TempDir, LayerCache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = LayerCache::open(&directory.path().join("a/pack")).unwrap();
        (directory, cache)
    }

    /// Makes a file look as if it had not been used for `seconds`.
    fn age(path: &Path, seconds: u64) {
        let then = SystemTime::now() - std::time::Duration::from_secs(seconds);
        File::open(path).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn what_was_kept_is_found_again() {
        let (_directory, cache) = cache();
        assert_eq!(holds(&cache, "one"), None);

        keep(&cache, "one", b"bytes");

        assert_eq!(cache.look_up(&Digest::of(b"one")), Some(known(b"bytes")));
        assert_eq!(holds(&cache, "one").unwrap(), b"bytes");
        assert_eq!(holds(&cache, "two"), None);
    }

    #[test]
    fn an_entry_of_the_index_that_is_damaged_is_none() {
        let (_directory, cache) = cache();
        keep(&cache, "one", b"bytes");
        let path = cache.entry(&Digest::of(b"one"));
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(holds(&cache, "one"), None, "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(holds(&cache, "one"), None, "{at} bytes");
        }
        // Nor does one answer for another.
        std::fs::write(cache.entry(&Digest::of(b"two")), whole).unwrap();
        assert_eq!(holds(&cache, "two"), None);
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let (_directory, mut cache) = cache();
        cache.bound = 30;
        for (name, seconds) in [("old", 30), ("used", 20), ("young", 10)] {
            keep(&cache, name, name.as_bytes());
            age(&cache.blob(&Digest::of(name.as_bytes())), seconds);
        }
        assert!(holds(&cache, "old").is_some());

        keep(&cache, "new", &[0; 15]);
        keep(&cache, "newer", &[1; 8]);

        let there = ["old", "used", "young", "new", "newer"].map(|name| holds(&cache, name).is_some());
        assert_eq!(there, [true, false, false, true, true]);
    }

    #[test]
    fn one_blob_does_not_take_the_whole_room() {
        let (_directory, mut cache) = cache();
        cache.bound = 30;
        keep(&cache, "small", b"bytes");
        keep(&cache, "large", &[0; 16]);
        assert!(holds(&cache, "small").is_some() && holds(&cache, "large").is_none());
    }

    #[test]
    fn what_a_run_left_that_died_is_removed_and_what_another_holds_stays() {
        let (_directory, cache) = cache();
        let left = cache.directory.join("blobs").join(".layer.pack-left");
        std::fs::write(&left, "half").unwrap();
        let held = cache.begin();
        let held_at = held.file.as_ref().unwrap().path().to_owned();

        keep(&cache, "one", b"bytes");

        assert!(!left.exists() && held_at.exists());
    }

    #[test]
    fn a_directory_that_others_may_write_in_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let shared = directory.path().join("shared");
        std::fs::create_dir(&shared).unwrap();
        for (mode, used) in [(0o700, true), (0o755, true), (0o775, false), (0o777, false)] {
            std::fs::set_permissions(&shared, Permissions::from_mode(mode)).unwrap();
            assert_eq!(LayerCache::open(&shared).is_some(), used, "{mode:o}");
        }
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(LayerCache::open(&file).is_none() && LayerCache::open(&file.join("below")).is_none());
    }
}
