//! Temporary files with names, held with a lock while they are made. A process that dies leaves the file, not the
//! lock: the next run to the same place removes what nobody holds.

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tempfile::{NamedTempFile, TempDir};

/// A directory that is gone with this value, unless it is kept.
#[derive(Debug)]
pub struct Directory {
    directory: TempDir,
    _lock: File,
}

/// Makes a directory in `place`, in which earlier ones with this prefix are removed.
pub fn directory(place: &Path, prefix: &OsStr) -> io::Result<Directory> {
    sweep(place, prefix);
    loop {
        let directory = tempfile::Builder::new().prefix(prefix).tempdir_in(place)?;
        let Ok(lock) = File::open(directory.path()) else { continue };
        if is_ours(&lock, directory.path())? {
            return Ok(Directory { directory, _lock: lock });
        }
    }
}

/// Makes a file in `place`, with a name that begins with `prefix`.
pub fn file(place: &Path, prefix: &OsStr, permissions: &Permissions) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix(prefix).permissions(permissions.clone()).tempfile_in(place)?;
        if is_ours(file.as_file(), file.path())? {
            return Ok(file);
        }
    }
}

/// Holds a temporary file, so that no other run takes it for a left one.
fn hold(file: &File) -> io::Result<()> {
    Ok(flock(file, FlockOperation::NonBlockingLockExclusive)?)
}

/// Holds what was just made at `path`. Between its making and its lock another run may have taken it for a left one: it
/// holds it then, or has removed it.
fn is_ours(made: &File, path: &Path) -> io::Result<bool> {
    match hold(made) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
        held => held?,
    }
    let open = made.metadata()?;
    let named = std::fs::symlink_metadata(path);
    Ok(named.is_ok_and(|named| (open.dev(), open.ino()) == (named.dev(), named.ino())))
}

/// Removes what earlier runs to the same place left.
pub fn sweep(directory: &Path, prefix: &OsStr) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().as_bytes().starts_with(prefix.as_bytes())) {
        // Where others may write as well, a fifo must not hang us, nor a link lead away.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = rustix::fs::open(entry.path(), flags, Mode::empty()).map(File::from);
        let held = open.map_err(io::Error::from).and_then(|file| hold(&file).map(|()| file));
        // A file that cannot be opened or removed belongs to somebody else.
        if let Ok(file) = held {
            let _ = match file.metadata() {
                Ok(what) if what.is_dir() => std::fs::remove_dir_all(entry.path()),
                _ => std::fs::remove_file(entry.path()),
            };
        }
    }
}

impl Directory {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Keeps the directory, which was renamed by now.
    pub fn keep(self) {
        let _ = self.directory.keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_run_takes_for_a_left_one_is_made_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("made");
        let made = File::create(&path).unwrap();
        // The other run holds it, removes it, and lets it go.
        let other = File::open(&path).unwrap();
        hold(&other).unwrap();
        assert!(!is_ours(&made, &path).unwrap());
        std::fs::remove_file(&path).unwrap();
        drop(other);
        assert!(!is_ours(&made, &path).unwrap());

        let again = File::create(&path).unwrap();
        assert!(is_ours(&again, &path).unwrap());
    }

    #[test]
    fn what_nobody_holds_is_removed_by_the_next_run() {
        let place = tempfile::tempdir().unwrap();
        let prefix = OsStr::new(".x.pack-");
        std::fs::create_dir(place.path().join(".x.pack-left")).unwrap();
        std::fs::write(place.path().join(".x.pack-left/file"), "").unwrap();
        std::fs::write(place.path().join(".y.pack-other"), "").unwrap();

        let held = directory(place.path(), prefix).unwrap();
        let other = directory(place.path(), prefix).unwrap();

        assert!(held.path().is_dir() && other.path().is_dir());
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 3);
        drop((held, other));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
