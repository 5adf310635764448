//! What bytes are written to: a file that appears whole or not at all, or a stream.
//!
//! A regular file is written under a temporary name beside its place, `.NAME.pack-XXXXXX`, held with a
//! lock, and renamed when it is whole. A process that dies leaves the temporary file, not the lock: the
//! next run to the same place removes what nobody holds.

use super::error::Error;
use super::target::Target;
use crate::temporary;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What a destination turned out to be.
pub enum OutputFile {
    /// A file that is not there yet, or is replaced.
    File(PendingFile),
    /// Something that takes bytes and keeps none to go back to: a pipe, a device, standard output.
    Stream(File),
}

/// A file that is being written.
pub struct PendingFile {
    file: NamedTempFile,
    to: PathBuf,
}

/// Opens `target` for writing. Links are followed.
pub fn open(target: &Target) -> Result<OutputFile, Error> {
    let Target::Path(path) = target else { return Ok(OutputFile::Stream(stdout()?)) };
    if is_open_already(path) {
        return stream(path);
    }
    let to = followed(path)?;
    match std::fs::metadata(&to) {
        Ok(there) if there.is_file() => pending(&to, path, Some(there.mode() & 0o7777)).map(OutputFile::File),
        Ok(there) if there.is_dir() => Err(Error::Directory { path: path.to_owned() }),
        Ok(_) => stream(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => pending(&to, path, None).map(OutputFile::File),
        Err(source) => Err(Error::Open { path: path.to_owned(), source }),
    }
}

/// A name of a file that somebody holds open: it is written to, whatever it is, and never renamed over.
pub fn is_open_already(path: &Path) -> bool {
    let names = ["/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc"];
    names.iter().any(|name| path.starts_with(name))
}

fn stream(path: &Path) -> Result<OutputFile, Error> {
    let file = OpenOptions::new().write(true).open(path);
    file.map(OutputFile::Stream).map_err(|source| Error::Open { path: path.to_owned(), source })
}

/// Standard output, but for a terminal: that would show bytes that are not text.
fn stdout() -> Result<File, Error> {
    if io::stdout().is_terminal() {
        return Err(Error::Terminal);
    }
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Where a link leads, also one that leads to nothing yet.
fn followed(path: &Path) -> Result<PathBuf, Error> {
    let mut to = path.to_owned();
    for _ in 0..crate::files::MAX_LINKS {
        match std::fs::read_link(&to) {
            Ok(target) => to = to.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(to),
        }
    }
    Err(Error::Open { path: path.to_owned(), source: rustix::io::Errno::LOOP.into() })
}

fn pending(to: &Path, asked: &Path, mode: Option<u32>) -> Result<PendingFile, Error> {
    let cannot = |source| Error::Open { path: asked.to_owned(), source };
    let directory = parent(to);
    if !directory.is_dir() {
        return Err(Error::NoDirectory { path: asked.to_owned(), directory: directory.to_owned() });
    }
    let prefix = prefix(to).ok_or_else(|| Error::Directory { path: asked.to_owned() })?;
    temporary::sweep(directory, &prefix);
    // As any program makes a file: the kernel takes the umask away.
    let file = temporary::file(directory, &prefix, &Permissions::from_mode(0o666)).map_err(cannot)?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(Permissions::from_mode(mode)).map_err(cannot)?;
    }
    Ok(PendingFile { file, to: to.to_owned() })
}

/// The directory that a path is in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What the names of temporary files for this destination begin with; `None` where it has no name.
pub fn prefix(path: &Path) -> Option<OsString> {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name()?);
    prefix.push(".pack-");
    Some(prefix)
}

impl PendingFile {
    /// The open file.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// The file is whole: it takes its place.
    pub fn keep(self) -> Result<(), Error> {
        let to = self.to;
        self.file.persist(&to).map(drop).map_err(|error| Error::Open { path: to, source: error.error })
    }
}
