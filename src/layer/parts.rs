//! The uncompressed bytes of all layers that are made, one after the other: read, hashed on their way, cut into parts.

use super::error::Error;
use super::job::Job;
use super::kept::PIECE;
use super::reader::TarReader;
use crate::blob::{Descriptor, Hasher};
use crate::compress::Compression;

/// Which layer, and which part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartIndex {
    /// Number of the layer among the jobs.
    pub layer: usize,
    /// Number of the part in the layer.
    pub part: usize,
}

/// A part that was read.
pub struct TarPart {
    /// Which one.
    pub index: PartIndex,
    /// How many bytes it has.
    pub size: usize,
    /// Digest and length of the whole layer, where this is its last part.
    pub end: Option<Descriptor>,
}

/// Where the next part comes from.
pub struct PartReader<'a> {
    jobs: &'a [Job<'a>],
    compression: Compression,
    layer: usize,
    /// The layer that is being read.
    open: Option<OpenLayer<'a>>,
}

struct OpenLayer<'a> {
    tar: TarReader<'a>,
    hasher: Hasher,
    part: usize,
    left: u64,
}

impl<'a> PartReader<'a> {
    /// Reads all `jobs` that no cache has.
    pub fn new(jobs: &'a [Job<'a>], compression: Compression) -> Self {
        Self { jobs, compression, layer: 0, open: None }
    }

    /// Reads the next part into `buffer`.
    ///
    /// The buffer is grown to the part's size and never shrunk, so that a slot can be used again. Returns `None` after
    /// the last part, and after an error: what stands behind a file that cannot be read is not made.
    pub fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<TarPart>, Error> {
        let read = self.read(buffer);
        if read.is_err() {
            self.layer = self.jobs.len();
        }
        read
    }

    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<Option<TarPart>, Error> {
        while self.jobs.get(self.layer).is_some_and(|job| job.kept.is_some()) {
            self.layer += 1;
        }
        let Some(job) = self.jobs.get(self.layer) else { return Ok(None) };
        let begin = || OpenLayer { tar: TarReader::new(job.tree), hasher: Hasher::default(), part: 0, left: job.size };
        let open = self.open.get_or_insert_with(begin);
        let longest = self.compression.part_size(job.size);
        let size = usize::try_from(open.left).unwrap_or(usize::MAX).min(longest);
        if buffer.len() < size {
            // Zeros of the allocator are not touched before they are read into.
            *buffer = vec![0; size];
        }
        // What was just read is in the nearest cache still when it is hashed.
        for piece in buffer[..size].chunks_mut(PIECE) {
            let read = open.tar.read(piece)?;
            assert_eq!(read, piece.len(), "the length of a layer is known before it is read");
            open.hasher.update(piece);
        }
        open.left -= size as u64;
        let index = PartIndex { layer: self.layer, part: open.part };
        open.part += 1;
        let end = if open.left == 0 { self.open.take().map(|open| open.hasher.finish()) } else { None };
        self.layer += usize::from(end.is_some());
        Ok(Some(TarPart { index, size, end }))
    }
}
