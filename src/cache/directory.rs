//! The directory that the cache is, and small files that are kept in it.

use crate::blob::Digest;
use crate::bytes::ReadAt;
use crate::file::{HostFile, Identity};
use crate::temporary;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{DirBuilder, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// As many indexes as are kept: one for each root that somebody works with, and those of its earlier states.
const INDEXES: usize = 8;
/// What the names of unfinished indexes begin with.
const PREFIX: &str = ".index.pack-";
/// A file that is written to twice within a tick of the file system's clock looks the same both times.
const TICK: Duration = Duration::from_secs(2);

/// A directory that is ours alone.
#[derive(Debug, Clone)]
pub struct CacheDirectory {
    path: PathBuf,
}

/// What an index was made from, in which state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKey {
    /// The digest of all of it.
    pub digest: Digest,
    /// The last change of any of the files, in nanoseconds since the epoch.
    changed: i128,
}

impl IndexKey {
    /// The key of an index of `subject` that is made from files of these identities. `None` where one of them is not
    /// a file of the host: nothing tells the state of others.
    pub fn new(subject: &str, files: &[Option<Identity>]) -> Option<Self> {
        let mut text = subject.to_owned();
        let mut changed = i128::MIN;
        for file in files {
            if let Some(file) = file {
                file.is_on_host().then_some(())?;
                changed = changed.max(file.mtime).max(file.ctime);
            }
            write!(text, "\n{file:?}").expect("a String takes all text");
        }
        Some(Self { digest: Digest::of(text.as_bytes()), changed })
    }

    /// Whether every file was old enough for its identity to tell its state.
    fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i128::try_from(now.saturating_sub(TICK).as_nanos()).is_ok_and(|then| self.changed < then)
    }
}

impl CacheDirectory {
    /// The cache in the directory `path`, which is made where it is not there. `None` where it is not ours alone:
    /// whoever can write into it decides what images hold.
    pub fn open(path: &Path) -> Option<Self> {
        let there = made(path)?;
        let ours = there.uid() == rustix::process::geteuid().as_raw() && there.mode() & 0o022 == 0;
        ours.then(|| Self { path: path.to_owned() })
    }

    /// The directory of this name in the cache, which is made where it is not there.
    pub fn part(&self, name: &str) -> Option<PathBuf> {
        let part = self.path.join(name);
        made(&part).map(|_| part)
    }

    /// The index with this key, for whoever compares what it says with the sum in it.
    pub fn index(&self, part: &str, key: &IndexKey) -> Option<Box<dyn ReadAt>> {
        let file = File::open(self.path.join(part).join(key.digest.hex())).ok()?;
        touch(&file);
        Some(Box::new(HostFile::new(file).ok()?))
    }

    /// Keeps an index, unless its files may still be written to, and removes those that were not used for the longest
    /// time.
    pub fn keep_index(&self, part: &str, key: &IndexKey, bytes: &[u8]) {
        let Some(part) = self.part(part).filter(|_| key.is_settled()) else { return };
        let Some(mut file) = new(&part, PREFIX) else { return };
        if file.write_all(bytes).is_ok() && file.persist(part.join(key.digest.hex())).is_ok() {
            for (_, path) in by_use(&part).into_iter().skip(INDEXES) {
                let _ = std::fs::remove_file(path);
            }
            temporary::sweep(&part, OsStr::new(PREFIX));
        }
    }
}

fn made(directory: &Path) -> Option<std::fs::Metadata> {
    let _ = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    std::fs::metadata(directory).ok().filter(std::fs::Metadata::is_dir)
}

/// A file in `directory` that has a name of its own until it is whole.
pub(super) fn new(directory: &Path, prefix: &str) -> Option<NamedTempFile> {
    temporary::file(directory, OsStr::new(prefix), &Permissions::from_mode(0o600)).ok()
}

/// The time of the last use is the time of the last change, which file systems keep even where they do not
/// write down who reads.
pub(super) fn touch(file: &File) {
    let _ = file.set_modified(SystemTime::now());
}

/// Size and path of the finished files in a directory, from the one used last.
pub(super) fn by_use(directory: &Path) -> Vec<(u64, PathBuf)> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let finished = entries.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    let mut files: Vec<_> = finished
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    files.sort_by(|one, other| other.cmp(one));
    files.into_iter().map(|(_, size, path)| (size, path)).collect()
}
