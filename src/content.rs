//! Where the bytes of a file come from: how many there are is known before any of them is read.
//!
//! No content holds a whole file of the host in memory, whatever was done to it: what strip makes is ranges
//! of the file with bytes of ours between them, what UPX makes is a file again.

use crate::bytes::ReadAt;
use crate::file::{FileId, HostFile, Identity};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the bytes of a file come from.
///
/// Entries with one [`FileId`] are one file: the first in path order carries the bytes, the others are hard links
/// to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file of the host, packed as it was when it was looked at.
    Host {
        /// Where it is.
        path: PathBuf,
        /// Which file it was and in which state.
        identity: Identity,
    },
    /// Ranges of a file of the host, with bytes of ours.
    Pieces(Pieces),
    /// A temporary file that another program made of a file of the host.
    Temporary(Temporary),
    /// Bytes that we made.
    Bytes(Arc<[u8]>),
    /// A range of an open file: of a layer that was read back.
    Range(Range),
}

/// A file that is put together from ranges of a file of the host and bytes of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// Where the file is.
    pub path: PathBuf,
    /// Which file it was and in which state.
    pub identity: Identity,
    /// What stands one after the other.
    pub pieces: Arc<[Piece]>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A range of the file of the host.
    Copy {
        /// Where it begins there.
        offset: u64,
        /// Bytes.
        length: u64,
    },
    /// Bytes of ours.
    Bytes(Arc<[u8]>),
    /// Zeros.
    Zeros(u64),
}

/// A file that has no name any more, and is gone with this value.
#[derive(Debug, Clone)]
pub struct Temporary {
    /// The open file.
    pub file: Arc<HostFile>,
    /// Which file of the host it was made of, and in which state that was.
    pub identity: Identity,
}

impl Content {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        match self {
            Self::Host { identity, .. } => identity.size,
            Self::Pieces(pieces) => pieces.size(),
            Self::Temporary(temporary) => temporary.file.size(),
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range(range) => range.size(),
        }
    }

    /// Which file this is, and in which state. What was made of a file of the host is that file still, in another form.
    pub fn identity(&self) -> Identity {
        match self {
            Self::Host { identity, .. } => *identity,
            Self::Pieces(pieces) => pieces.identity,
            Self::Temporary(temporary) => temporary.identity,
            Self::Range(range) => range.identity,
            Self::Bytes(bytes) => Identity::constant(FileId::Made(bytes.as_ptr().addr()), bytes.len() as u64),
        }
    }

    /// Where the file of the host is, where the bytes are its own.
    pub fn host_path(&self) -> Option<&Path> {
        match self {
            Self::Host { path, .. } => Some(path),
            _ => None,
        }
    }

    /// Opens it, whatever its bytes come from.
    pub fn open(&self) -> io::Result<Box<dyn ReadAt>> {
        Ok(match self {
            Self::Host { path, .. } => Box::new(HostFile::open(path)?),
            Self::Pieces(pieces) => Box::new(Joined::new(pieces.pieces.clone(), HostFile::open(&pieces.path)?)),
            Self::Temporary(temporary) => Box::new(temporary.file.clone()),
            Self::Bytes(bytes) => Box::new(bytes.to_vec()),
            Self::Range(range) => Box::new(range.clone()),
        })
    }
}

impl Pieces {
    /// A file of the host, with `bytes` in the place of its first ones.
    pub fn patched(path: &Path, identity: Identity, bytes: &[u8]) -> Self {
        let offset = bytes.len() as u64;
        let rest = Piece::Copy { offset, length: identity.size.saturating_sub(offset) };
        Self { path: path.to_owned(), identity, pieces: [Piece::Bytes(bytes.into()), rest].into() }
    }

    /// How many bytes they have together.
    pub fn size(&self) -> u64 {
        self.pieces.iter().map(Piece::size).sum()
    }
}

impl Piece {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        match self {
            Self::Copy { length, .. } | Self::Zeros(length) => *length,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// Pieces read as one file.
pub struct Joined<F> {
    file: F,
    pieces: Arc<[Piece]>,
    /// Where each piece ends.
    ends: Vec<u64>,
}

impl<F: ReadAt> Joined<F> {
    /// The pieces one after the other, the ranges taken out of `file`.
    pub fn new(pieces: Arc<[Piece]>, file: F) -> Self {
        let ends = pieces.iter().scan(0, |end, piece| {
            *end += piece.size();
            Some(*end)
        });
        Self { file, ends: ends.collect(), pieces }
    }
}

impl<F: ReadAt> ReadAt for Joined<F> {
    fn size(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        let first = self.ends.partition_point(|end| *end <= offset);
        for (piece, end) in self.pieces.iter().zip(&self.ends).skip(first) {
            if read == buffer.len() {
                break;
            }
            let skip = offset + read as u64 - (end - piece.size());
            let left = usize::try_from(piece.size() - skip).unwrap_or(usize::MAX);
            let length = left.min(buffer.len() - read);
            let place = &mut buffer[read..read + length];
            match piece {
                Piece::Copy { offset, .. } => {
                    let there = self.file.read_at(place, offset + skip)?;
                    if there < length {
                        return Ok(read + there);
                    }
                }
                Piece::Bytes(bytes) => {
                    bytes.read_at(place, skip)?;
                }
                Piece::Zeros(_) => place.fill(0),
            }
            read += length;
        }
        Ok(read)
    }
}

impl PartialEq for Temporary {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Eq for Temporary {}

/// Some bytes of an open file.
#[derive(Clone)]
pub struct Range {
    /// The file.
    pub file: Arc<dyn ReadAt>,
    /// Where the range begins.
    pub offset: u64,
    /// Which file of which layer the range is, and how many bytes it has.
    pub identity: Identity,
}

impl Range {
    /// The `size` bytes of `file`, the layer with the number `layer`, from `offset` on.
    pub fn new(file: Arc<dyn ReadAt>, layer: usize, offset: u64, size: u64) -> Self {
        Self { file, offset, identity: Identity::constant(FileId::Layer { layer, offset }, size) }
    }
}

impl ReadAt for Range {
    fn size(&self) -> u64 {
        self.identity.size
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let Some(start) = self.offset.checked_add(offset) else { return Ok(0) };
        self.file.read_at(&mut buffer[..length], start)
    }
}

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && (self.offset, self.identity) == (other.offset, other.identity)
    }
}

impl Eq for Range {}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {}", self.size(), self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_one_file_from_any_place() {
        let file = b"0123456789".to_vec();
        let pieces = Pieces {
            path: PathBuf::new(),
            identity: Identity::constant(FileId::Made(0), 10),
            pieces: [
                Piece::Copy { offset: 2, length: 3 },
                Piece::Bytes(b"".as_slice().into()),
                Piece::Zeros(2),
                Piece::Bytes(b"abc".as_slice().into()),
                Piece::Copy { offset: 8, length: 2 },
            ]
            .into(),
        };
        let whole = b"234\0\0abc89";
        let joined = Joined::new(pieces.pieces.clone(), file);
        assert_eq!((pieces.size(), joined.size()), (10, 10));
        for offset in 0..=11 {
            for length in 0..=11 {
                let start = offset.min(whole.len());
                let expected = &whole[start..(start + length).min(whole.len())];
                assert_eq!(joined.bytes_at(offset as u64, length).unwrap(), expected, "{offset} {length}");
            }
        }
    }

    #[test]
    fn two_made_files_are_two_files_even_with_the_same_bytes() {
        for text in ["", "same"] {
            let made = || Content::Bytes(text.as_bytes().into());
            let (one, other) = (made(), made());
            assert_eq!(one, other, "the same bytes");
            assert_ne!(one.identity(), other.identity(), "two files");
            assert_eq!(one.identity(), one.clone().identity(), "one file under two names");
        }
    }

    #[test]
    fn a_file_of_a_layer_is_told_by_the_layer_and_by_where_its_bytes_begin() {
        let layer: Arc<dyn ReadAt> = Arc::new(b"0123456789".to_vec());
        let file = |number, offset, size| Content::Range(Range::new(layer.clone(), number, offset, size)).identity();
        assert_eq!(file(1, 3, 4), file(1, 3, 4), "one file under two names");
        assert_ne!(file(1, 3, 0).inode(), file(1, 5, 0).inode(), "empty files too are two");
        assert_ne!(file(1, 3, 4).inode(), file(2, 3, 4).inode(), "at the same place in another layer");
        assert!(!file(1, 3, 4).is_on_host());
    }

    #[test]
    fn a_range_ends_where_it_ends() {
        let file: Arc<dyn ReadAt> = Arc::new(b"0123456789".to_vec());
        let range = Range::new(file.clone(), 0, 3, 4);
        assert_eq!(range.bytes_at(0, 100).unwrap(), b"3456");
        assert_eq!(range.bytes_at(2, 1).unwrap(), b"5");
        assert_eq!(range.bytes_at(4, 1).unwrap(), b"");
        assert_eq!(range.bytes_at(u64::MAX, 1).unwrap(), b"");
        assert_eq!(Range::new(file, 0, 8, 4).bytes_at(0, 4).unwrap(), b"89\0\0"[..2].to_vec());
    }
}
