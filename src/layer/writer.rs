//! Layers written into the store, one after the other, each made of its parts or copied from the cache.

use super::error::Error;
use super::job::{Encoded, Job};
use super::kept::copy;
use super::parts::{PartIndex, PartReader};
use super::slot::{ReadyPart, Slot};
use crate::blob::{BlobStore, Descriptor, Hasher};
use crate::cache::{Filling, LayerCache};
use crate::compress::{Compression, Encoder};
use std::collections::BTreeMap;
use std::io;
use std::slice::from_ref;

/// Writes all layers, in their order.
pub struct LayerWriter<'a> {
    jobs: &'a [Job<'a>],
    compression: Compression,
    store: &'a mut dyn BlobStore,
    /// The layer that is being written.
    open: Option<BlobWriter>,
    /// Its next part.
    part: usize,
    /// The layers that are written.
    encoded: Vec<Encoded>,
}

/// What is written next.
pub enum Turn {
    /// A part.
    Part(ReadyPart),
    /// A layer that the cache has.
    Kept,
}

impl<'a> LayerWriter<'a> {
    /// Nothing is written yet.
    pub fn new(jobs: &'a [Job<'a>], compression: Compression, store: &'a mut dyn BlobStore) -> Self {
        Self { jobs, compression, store, open: None, part: 0, encoded: Vec::new() }
    }

    /// What can be written now, taken out of `early`; `None`: its turn has not come, or all is written.
    pub fn turn(&self, early: &mut BTreeMap<PartIndex, ReadyPart>) -> Option<Turn> {
        let layer = self.encoded.len();
        match self.jobs.get(layer)?.kept {
            Some(_) => Some(Turn::Kept),
            None => early.remove(&PartIndex { layer, part: self.part }).map(Turn::Part),
        }
    }

    /// Writes what [`LayerWriter::turn`] gave, and gives back the room that it was in.
    pub fn write(&mut self, turn: Turn) -> Result<Option<Slot>, Error> {
        let job = &self.jobs[self.encoded.len()];
        let Turn::Part(ready) = turn else {
            self.encoded.push(copy_or_make(job, self.compression, self.store)?);
            return Ok(None);
        };
        let mut open = match self.open.take() {
            Some(open) => open,
            None => BlobWriter::begin(job, self.compression, self.store)?,
        };
        open.write(ready.bytes(), self.store)?;
        self.part += 1;
        match ready.part.end {
            None => self.open = Some(open),
            Some(uncompressed) => {
                self.encoded.push(open.finish(uncompressed, self.store)?);
                self.part = 0;
            }
        }
        Ok(Some(ready.slot))
    }

    /// What the layers became.
    pub fn finish(self) -> Vec<Encoded> {
        self.encoded
    }
}

/// Copies a layer from the cache, or makes it where the cache's blob is damaged.
fn copy_or_make(job: &Job<'_>, compression: Compression, store: &mut dyn BlobStore) -> Result<Encoded, Error> {
    if let Some((known, file)) = &job.kept
        && copy(known, file, store)?
    {
        return Ok(Encoded { uncompressed: known.uncompressed, blob: known.blob, filling: None });
    }
    let again = Job { kept: None, ..*job };
    let (mut parts, mut encoder) = (PartReader::new(from_ref(&again), compression), Encoder::new(compression));
    let (mut open, mut slot) = (BlobWriter::begin(job, compression, store)?, Slot::default());
    loop {
        let part = parts.next(&mut slot.uncompressed)?.expect("the last part has an end");
        let ready = ReadyPart::new(part, slot, encoder.as_mut())?;
        open.write(ready.bytes(), store)?;
        match ready.part.end {
            Some(uncompressed) => return Ok(open.finish(uncompressed, store)?),
            None => slot = ready.slot,
        }
    }
}

/// A blob that is being written, to the store and to the cache.
struct BlobWriter {
    /// `None` where the blob is the uncompressed bytes, which are hashed already.
    hasher: Option<Hasher>,
    filling: Option<Filling>,
}

impl BlobWriter {
    fn begin(job: &Job<'_>, compression: Compression, store: &mut dyn BlobStore) -> io::Result<Self> {
        store.begin()?;
        let hasher = (compression != Compression::None).then(Hasher::default);
        Ok(Self { hasher, filling: job.cache.map(LayerCache::begin) })
    }

    fn write(&mut self, bytes: &[u8], store: &mut dyn BlobStore) -> io::Result<()> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        if let Some(filling) = &mut self.filling {
            filling.write(bytes);
        }
        store.write(bytes)
    }

    /// The blob is whole; `uncompressed` is what it was made of.
    fn finish(self, uncompressed: Descriptor, store: &mut dyn BlobStore) -> io::Result<Encoded> {
        let blob = self.hasher.map_or(uncompressed, Hasher::finish);
        store.finish(&blob)?;
        Ok(Encoded { uncompressed, blob, filling: self.filling })
    }
}
