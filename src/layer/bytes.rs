//! The bytes of one file, from wherever they come. A file of the host that changed since it was looked at is not
//! packed, whole or in pieces.

use super::error::Error;
use crate::bytes::ReadAt;
use crate::content::{Content, Piece};
use crate::file::{HostFile, Identity};
use std::path::Path;

/// A file that is being read, from its first byte to its last.
pub struct ContentReader<'a> {
    content: &'a Content,
    /// The file of the host, once it is open.
    open: Option<HostFile>,
    /// Which piece is next, and how much of it was read.
    piece: usize,
    at: u64,
}

/// What a content is made of.
enum Step<'a> {
    Bytes(&'a [u8]),
    Zeros(u64),
    /// Offset and length in the file that it is made from.
    Copy(u64, u64),
}

impl Step<'_> {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(length) | Self::Copy(_, length) => *length,
        }
    }
}

impl<'a> ContentReader<'a> {
    /// Before its first byte. Nothing is opened yet.
    pub fn new(content: &'a Content) -> Self {
        Self { content, open: None, piece: 0, at: 0 }
    }

    /// Fills `buffer`. Fewer bytes than fit are the last ones, and then the file is what it was.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.open()?;
        let mut filled = 0;
        while let Some(step) = self.step() {
            let left = step.length() - self.at;
            if left == 0 {
                (self.piece, self.at) = (self.piece + 1, 0);
                continue;
            }
            let free = &mut buffer[filled..];
            if free.is_empty() {
                return Ok(filled);
            }
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(free.len());
            let free = &mut free[..now];
            match step {
                Step::Bytes(bytes) => {
                    let start = usize::try_from(self.at).expect("it is in memory");
                    free.copy_from_slice(&bytes[start..start + now]);
                }
                Step::Zeros(_) => free.fill(0),
                Step::Copy(offset, _) => self.copy(offset + self.at, free)?,
            }
            filled += now;
            self.at += now as u64;
        }
        self.unchanged()?;
        Ok(filled)
    }

    fn step(&self) -> Option<Step<'a>> {
        let only = |step| Some(step).filter(|_| self.piece == 0);
        match self.content {
            Content::Bytes(bytes) => only(Step::Bytes(bytes)),
            Content::Pieces(made) => made.pieces.get(self.piece).map(|piece| match piece {
                Piece::Copy { offset, length } => Step::Copy(*offset, *length),
                Piece::Bytes(bytes) => Step::Bytes(bytes),
                Piece::Zeros(length) => Step::Zeros(*length),
            }),
            content => only(Step::Copy(0, content.size())),
        }
    }

    /// Where it is on the host, and what it was when it was looked at.
    fn host(&self) -> Option<(&'a Path, &'a Identity)> {
        match self.content {
            Content::Host { path, identity } => Some((path, identity)),
            Content::Pieces(made) => Some((&made.path, &made.identity)),
            _ => None,
        }
    }

    fn open(&mut self) -> Result<(), Error> {
        let Some((path, identity)) = self.host().filter(|_| self.open.is_none()) else { return Ok(()) };
        let file = HostFile::open_again(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        if file.stat.identity != *identity {
            return Err(Error::Changed { path: path.to_owned() });
        }
        self.open = Some(file);
        Ok(())
    }

    fn copy(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        let (path, file): (&Path, &dyn ReadAt) = match (self.content, &self.open) {
            (Content::Range(range), _) => (Path::new("a layer"), range),
            (Content::Temporary(made), _) => (Path::new("a temporary file"), &*made.file),
            (_, Some(file)) => (self.host().expect("it is open").0, file),
            (_, None) => unreachable!("what has no file is not copied"),
        };
        let read = file.read_at(buffer, offset);
        match read.map_err(|source| Error::Unreadable { path: path.to_owned(), source })? {
            read if read < buffer.len() => Err(Error::Changed { path: path.to_owned() }),
            _ => Ok(()),
        }
    }

    fn unchanged(&self) -> Result<(), Error> {
        let (Some((path, identity)), Some(file)) = (self.host(), &self.open) else { return Ok(()) };
        let now = file.stat_now().map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        // Files of /proc say that they have no bytes, and have some.
        let has_more = identity.size == 0 && file.read_at(&mut [0], 0).is_ok_and(|read| read > 0);
        if now.identity == *identity && !has_more { Ok(()) } else { Err(Error::Changed { path: path.to_owned() }) }
    }
}
