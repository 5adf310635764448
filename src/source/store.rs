//! Where the files of an image are: a directory, or a tar, which may itself be compressed.
//!
//! A tar is looked through once, for where each of its files begins; none is read for that. A compressed one
//! is unpacked to a file without a name first.

use super::error::Error;
use super::spool::{Budget, Method, spool};
use super::tar::{Fault, MemberKind, Members, is_header};
use crate::blob::Digest;
use crate::bytes::ReadAt;
use crate::content::Range;
use crate::file::HostFile;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of an image, by their names in it.
pub enum Store {
    /// An OCI layout.
    Directory(PathBuf),
    /// An archive.
    Tar(BTreeMap<Vec<u8>, ArchiveEntry>),
}

/// What a tar has under a name.
pub enum ArchiveEntry {
    /// Bytes.
    File(Range),
    /// Another name: `docker save` wrote each layer once, and links to it.
    Link(Vec<u8>),
}

/// How many files an archive may have.
const MOST_FILES: usize = 100_000;
/// How many links may lead to one layer.
const MOST_LINKS: usize = 8;
/// How many bytes a document may have.
const LARGEST_DOCUMENT: u64 = 8 << 20;

/// Opens what is at `path` if it is an image by its form: a directory with an `oci-layout`, a tar with an
/// `index.json` or a `manifest.json`.
pub fn open(path: &Path) -> Result<Option<Store>, Error> {
    if path.join("oci-layout").is_file() {
        return Ok(Some(Store::Directory(path.to_owned())));
    }
    // What cannot be opened is told by whoever looks at it as a program.
    let Ok(file) = HostFile::open(path) else { return Ok(None) };
    let shown = format!("`{}`", path.display());
    let unreadable = |source| Error::Unreadable { what: shown.clone(), source };
    let head = file.bytes_at(0, 512).map_err(unreadable)?;
    let file: Arc<dyn ReadAt> = if is_header(&head) {
        Arc::new(file)
    } else {
        match Method::detect(&head) {
            Some(method) if method.begins_with_a_tar(&file) => {
                let size = file.size();
                Arc::new(spool(&Range::new(Arc::new(file), 0, 0, size), method, &mut Budget::default(), &shown)?.file)
            }
            _ => return Ok(None),
        }
    };
    let files = files(&file, &shown)?;
    let is_image = [b"index.json".as_slice(), b"manifest.json"].iter().any(|name| files.contains_key(*name));
    Ok(is_image.then_some(Store::Tar(files)))
}

fn files(file: &Arc<dyn ReadAt>, shown: &str) -> Result<BTreeMap<Vec<u8>, ArchiveEntry>, Error> {
    let mut files = BTreeMap::new();
    for member in Members::new(&**file) {
        let member = member.map_err(|fault| named_fault(fault, shown))?;
        let name = normalized(&member.name);
        match member.kind {
            MemberKind::File => {
                files.insert(name, ArchiveEntry::File(Range::new(file.clone(), 0, member.offset, member.size)));
            }
            MemberKind::HardLink => {
                files.insert(name, ArchiveEntry::Link(normalized(&member.link)));
            }
            MemberKind::Link => {
                let link = beside(&name, &member.link);
                files.insert(name, ArchiveEntry::Link(link));
            }
            MemberKind::Directory | MemberKind::Special(_) => {}
        }
        if files.len() > MOST_FILES {
            return Err(Error::TooLarge { what: shown.to_owned(), why: format!("has more than {MOST_FILES} files") });
        }
    }
    Ok(files)
}

/// What is wrong with a tar, with its name.
pub fn named_fault(fault: Fault, what: &str) -> Error {
    match fault {
        Fault::Read(source) => Error::Unreadable { what: what.to_owned(), source },
        Fault::Form(why) => Error::Malformed { what: what.to_owned(), why },
    }
}

/// A name in an archive without `./` and doubled slashes.
fn normalized(name: &[u8]) -> Vec<u8> {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    parts.collect::<Vec<_>>().join(&b'/')
}

/// Where a symbolic link in an archive leads.
fn beside(name: &[u8], link: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = name.split(|byte| *byte == b'/').collect();
    parts.pop();
    for part in link.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}

impl Store {
    /// The file of this name. A directory is asked only for names that we make.
    fn file(&self, name: &str) -> Result<Option<Range>, Error> {
        match self {
            Self::Directory(root) => {
                let path = root.join(name);
                match HostFile::open(&path) {
                    Ok(file) => {
                        let size = file.size();
                        Ok(Some(Range::new(Arc::new(file), 0, 0, size)))
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(source) => Err(Error::Unreadable { what: format!("`{}`", path.display()), source }),
                }
            }
            Self::Tar(files) => {
                let mut name = normalized(name.as_bytes());
                for _ in 0..MOST_LINKS {
                    match files.get(&name) {
                        Some(ArchiveEntry::File(range)) => return Ok(Some(range.clone())),
                        Some(ArchiveEntry::Link(link)) => name.clone_from(link),
                        None => return Ok(None),
                    }
                }
                Ok(None)
            }
        }
    }

    /// A file that a document of docker's names; only archives have such documents.
    pub fn named(&self, name: &str) -> Result<Option<Range>, Error> {
        if matches!(self, Self::Directory(_)) { Ok(None) } else { self.file(name) }
    }

    /// The blob of this digest.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Range>, Error> {
        self.file(&format!("blobs/sha256/{}", digest.hex()))
    }

    /// A document at the top: `index.json`, `manifest.json`.
    pub fn document(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error> {
        self.file(name)?.map(|range| read(&range, &format!("`{name}`"))).transpose()
    }
}

/// All bytes of a document.
pub fn read(range: &Range, what: &str) -> Result<Vec<u8>, Error> {
    if range.size() > LARGEST_DOCUMENT {
        let why = format!("has {} bytes, which no such document has", range.size());
        return Err(Error::TooLarge { what: what.to_owned(), why });
    }
    let size = usize::try_from(range.size()).expect("a document is small");
    range.bytes_at(0, size).map_err(|source| Error::Unreadable { what: what.to_owned(), source })
}

/// A name as people see it.
pub fn shown(name: &[u8]) -> String {
    OsStr::from_bytes(name).display().to_string()
}
