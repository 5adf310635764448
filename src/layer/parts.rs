//! The plain bytes of all layers that are made, one after the other: read, hashed on their way, cut into parts.

use super::Error;
use super::kept::PIECE;
use super::pipeline::Job;
use super::plain::Plain;
use crate::blob::{Descriptor, Hasher};
use crate::compress::Compression;

/// Which layer, and which part of it.
pub type Place = (usize, usize);

/// Where the next part comes from.
pub struct Parts<'a> {
    jobs: &'a [Job<'a>],
    compression: Compression,
    layer: usize,
    /// The layer that is being read.
    open: Option<Open<'a>>,
}

struct Open<'a> {
    plain: Plain<'a>,
    hasher: Hasher,
    number: usize,
    left: u64,
}

/// A part that was read.
pub struct Part {
    /// Which one.
    pub place: Place,
    /// How many bytes it has.
    pub size: usize,
    /// Digest and length of the whole layer, where this is its last part.
    pub end: Option<Descriptor>,
}

impl<'a> Parts<'a> {
    /// Those of all `jobs` that no cache has.
    pub fn new(jobs: &'a [Job<'a>], compression: Compression) -> Self {
        Self { jobs, compression, layer: 0, open: None }
    }

    /// Reads the next part into `buffer`, which is made long enough and keeps its length; `None`: there is none, or
    /// one before it could not be read.
    pub fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Part>, Error> {
        let read = self.read(buffer);
        if read.is_err() {
            self.layer = self.jobs.len();
        }
        read
    }

    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Part>, Error> {
        while self.jobs.get(self.layer).is_some_and(|job| job.kept.is_some()) {
            self.layer += 1;
        }
        let Some(job) = self.jobs.get(self.layer) else { return Ok(None) };
        let begin = || Open { plain: job.plain(), hasher: Hasher::default(), number: 0, left: job.size };
        let open = self.open.get_or_insert_with(begin);
        let longest = self.compression.part_size(job.size);
        let size = usize::try_from(open.left).unwrap_or(usize::MAX).min(longest);
        if buffer.len() < size {
            // No byte of it is touched before it is read into.
            *buffer = vec![0; size];
        }
        // What was just read is in the nearest cache still when it is hashed.
        for piece in buffer[..size].chunks_mut(PIECE) {
            let read = open.plain.read(piece)?;
            assert_eq!(read, piece.len(), "the length of a layer is known before it is read");
            open.hasher.update(piece);
        }
        open.left -= size as u64;
        let place = (self.layer, open.number);
        open.number += 1;
        let end = if open.left == 0 { self.open.take().map(|open| open.hasher.finish()) } else { None };
        self.layer += usize::from(end.is_some());
        Ok(Some(Part { place, size, end }))
    }
}
