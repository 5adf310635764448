//! One pass over the bytes of all layers: read, hash, compress, hash, write.
//!
//! What takes less time than starting threads is done by the caller alone, all else by several threads at once
//! (`threads`). A layer that a cache keeps is copied in its turn, hashed on the way, and made after all where it is damaged.

use super::kept::{PIECE, copy};
use super::parts::{Buffer, Parts};
use super::threads::together;
use crate::blob::{Blob, BlobStore, BlobWriter, Hasher};
use crate::cache::{Cache, Filling, Known};
use crate::compress::{Compression, Encoder};
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;

/// Gives the plain tar of a layer.
pub type Produce<'a, E> = dyn Fn(&mut Parts<'_>) -> Result<(), E> + Sync + 'a;

/// A layer that is wanted.
pub struct Job<'a, E> {
    /// How long the plain tar is.
    pub size: u64,
    /// Gives the plain tar.
    pub produce: Box<Produce<'a, E>>,
    /// The blob, where a cache has it.
    pub kept: Option<(Known, File)>,
    /// Where it is kept for the next time.
    pub cache: Option<&'a Cache>,
}

/// What a layer became.
pub struct Encoded {
    /// Digest and number of the plain bytes.
    pub plain: Blob,
    /// What was written.
    pub blob: Blob,
    /// The same on its way into the cache, where it was not there.
    pub filling: Option<Filling>,
}

/// Writes each layer into a blob of `store`, in their order.
///
/// An error of a layer's bytes is the error; where writing fails, what the store says is the error.
pub fn encode<E: From<io::Error> + Send>(
    jobs: &[Job<'_, E>],
    compression: Compression,
    threads: NonZeroUsize,
    store: &mut dyn BlobStore,
) -> Result<Vec<Encoded>, E> {
    let sizes = || jobs.iter().filter(|job| job.kept.is_none()).map(|job| job.size);
    let parts: u64 = sizes().map(|size| size.div_ceil(compression.part_size(size) as u64)).sum();
    // Compressing this takes as long as starting threads; writing it plain is faster still.
    let few = if compression == Compression::None { 2 * 1024 * 1024 } else { 256 * 1024 };
    if threads.get() > 1 && parts > 1 && sizes().sum::<u64>() > few {
        let threads = usize::try_from(parts).unwrap_or(usize::MAX).min(compression.threads(threads.get()));
        if let Some(encoded) = together(jobs, compression, threads, store) {
            return encoded;
        }
    }
    let alone = |job| one(job, compression, store, |job, store| alone(job, compression, store));
    jobs.iter().map(alone).collect()
}

/// Digest and length of a plain tar.
pub fn hash<E: From<io::Error>>(job: &Job<'_, E>) -> Result<Blob, E> {
    let mut again = Ok;
    let mut parts = Parts::new(Buffer::new(PIECE), &mut again);
    (job.produce)(&mut parts)?;
    Ok(parts.finish()?)
}

/// Copies a layer from the cache, or makes it.
pub fn one<E: From<io::Error>>(
    job: &Job<'_, E>,
    compression: Compression,
    store: &mut dyn BlobStore,
    make: impl FnOnce(&Job<'_, E>, &mut dyn BlobStore) -> Result<Encoded, E>,
) -> Result<Encoded, E> {
    match &job.kept {
        None => make(job, store),
        Some((known, file)) if copy(known, file, store)? => {
            Ok(Encoded { plain: known.plain, blob: known.blob, filling: None })
        }
        Some(_) => alone(job, compression, store),
    }
}

fn alone<E: From<io::Error>>(
    job: &Job<'_, E>,
    compression: Compression,
    store: &mut dyn BlobStore,
) -> Result<Encoded, E> {
    let mut encoder = Encoder::new(compression);
    let mut out = Out::begin(job, compression, store)?;
    let mut compressed = Vec::new();
    let mut take = |plain: Buffer| {
        match &mut encoder {
            Some(encoder) => {
                encoder.part(plain.used(), &mut compressed)?;
                out.write(&compressed)?;
            }
            None => out.write(plain.used())?,
        }
        Ok(plain)
    };
    let mut parts = Parts::new(Buffer::new(compression.part_size(job.size)), &mut take);
    (job.produce)(&mut parts)?;
    let plain = parts.finish()?;
    Ok(out.finish(plain)?)
}

/// A blob that is being written, to the store and to the cache.
pub struct Out<'s> {
    writer: Box<dyn BlobWriter + 's>,
    /// `None` where the blob is the plain bytes, which are hashed already.
    hasher: Option<Hasher>,
    filling: Option<Filling>,
}

impl<'s> Out<'s> {
    /// Begins a blob.
    pub fn begin<E>(job: &Job<'_, E>, compression: Compression, store: &'s mut dyn BlobStore) -> io::Result<Self> {
        let hasher = (compression != Compression::None).then(Hasher::default);
        Ok(Self { writer: store.begin()?, hasher, filling: job.cache.map(Cache::begin) })
    }

    /// Takes more of it.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        if let Some(filling) = &mut self.filling {
            filling.write(bytes);
        }
        self.writer.write_all(bytes)
    }

    /// Whether the blob is the plain bytes.
    pub fn is_plain(&self) -> bool {
        self.hasher.is_none()
    }

    /// It is whole; `plain` is what it was made of.
    pub fn finish(self, plain: Blob) -> io::Result<Encoded> {
        let blob = self.hasher.map_or(plain, Hasher::finish);
        self.writer.finish(&blob)?;
        Ok(Encoded { plain, blob, filling: self.filling })
    }
}
