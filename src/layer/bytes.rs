//! The bytes of one file, from wherever they come. A file of the host that is another than when it was looked
//! at is not packed, whole or in pieces.

use super::Error;
use super::parts::Parts;
use crate::rootfs::{Content, Piece};
use crate::sysroot::{HostFile, Identity, ReadAt};
use std::io;
use std::path::Path;
use std::slice;

/// Gives all bytes of `content` to `parts`.
pub fn produce(content: &Content, parts: &mut Parts<'_>) -> Result<(), Error> {
    match content {
        Content::Bytes(bytes) => Ok(parts.write(bytes)?),
        Content::Host { path, identity } => {
            let whole = Piece::Copy { offset: 0, length: identity.size };
            pieces(path, identity, slice::from_ref(&whole), parts)
        }
        Content::Range(range) => copy(range, 0, range.size(), Path::new("a layer"), parts),
        Content::Pieces(made) => pieces(&made.path, &made.identity, &made.pieces, parts),
        Content::Temporary(made) => copy(&*made.file, 0, made.file.size(), Path::new("a temporary file"), parts),
    }
}

fn pieces(path: &Path, identity: &Identity, pieces: &[Piece], parts: &mut Parts<'_>) -> Result<(), Error> {
    let file = open(path, identity)?;
    for piece in pieces {
        match piece {
            Piece::Copy { offset, length } => copy(&file, *offset, *length, path, parts)?,
            Piece::Bytes(bytes) => parts.write(bytes)?,
            Piece::Zeros(length) => parts.fill(*length, |buffer, _| {
                buffer.fill(0);
                Ok(buffer.len())
            })?,
        }
    }
    // Files of /proc say that they have no bytes, and have some.
    if identity.size == 0 && file.read_at(&mut [0], 0).is_ok_and(|read| read > 0) {
        return Err(Error::Changed { path: path.to_owned() });
    }
    unchanged(&file, path, identity)
}

fn copy(file: &dyn ReadAt, offset: u64, length: u64, path: &Path, parts: &mut Parts<'_>) -> Result<(), Error> {
    let mut failed = None;
    let filled = parts.fill(length, |buffer, at| {
        file.read_at(buffer, offset + at).map_err(|error| {
            let kind = error.kind();
            failed = Some(error);
            kind.into()
        })
    });
    match (filled, failed) {
        (_, Some(source)) => Err(Error::Unreadable { path: path.to_owned(), source }),
        (Err(error), None) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(Error::Changed { path: path.to_owned() })
        }
        (Err(error), None) => Err(error.into()),
        (Ok(()), None) => Ok(()),
    }
}

fn open(path: &Path, identity: &Identity) -> Result<HostFile, Error> {
    let file = HostFile::open(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    if file.stat.identity == *identity { Ok(file) } else { Err(Error::Changed { path: path.to_owned() }) }
}

fn unchanged(file: &HostFile, path: &Path, identity: &Identity) -> Result<(), Error> {
    let now = file.stat_now().map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    if now.identity == *identity { Ok(()) } else { Err(Error::Changed { path: path.to_owned() }) }
}
