//! One pass over the bytes of all layers: read, hash, compress, hash, write.
//!
//! Each thread does all of it: it reads and hashes the next part, under a lock, since a hash is one chain; compresses
//! it; and writes it when its turn has come. So no thread waits for another to be fed, and a part stays near the core
//! that read it. A layer that a cache keeps is copied in its turn, hashed on the way, and made after all where it is
//! damaged.

use super::divide::Entries;
use super::kept::{PIECE, copy};
use super::order::{Order, Ready};
use super::parts::Parts;
use super::plain::Plain;
use super::{Error, FirstNames};
use crate::blob::{BlobStore, Descriptor, Hasher};
use crate::cache::{Cache, Filling, Known};
use crate::compress::{Compression, Encoder};
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::slice::from_ref;
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// A layer that is wanted.
pub struct Job<'a> {
    /// How long the plain tar is.
    pub size: u64,
    /// What is in it.
    pub entries: &'a Entries<'a>,
    /// Where the bytes of files with several names are.
    pub first: &'a FirstNames<'a>,
    /// The blob, where a cache has it.
    pub kept: Option<(Known, File)>,
    /// Where it is kept for the next time.
    pub cache: Option<&'a Cache>,
}

impl<'a> Job<'a> {
    /// The plain tar.
    pub fn plain(&self) -> Plain<'a> {
        Plain::new(self.entries, self.first)
    }
}

/// What a layer became.
pub struct Encoded {
    /// Digest and number of the plain bytes.
    pub plain: Descriptor,
    /// What was written.
    pub blob: Descriptor,
    /// The same on its way into the cache, where it was not there.
    pub filling: Option<Filling>,
}

/// Writes each layer into a blob of `store`, in their order.
pub fn encode(
    jobs: &[Job<'_>],
    compression: Compression,
    threads: NonZeroUsize,
    store: &mut dyn BlobStore,
) -> Result<Vec<Encoded>, Error> {
    let sizes = || jobs.iter().filter(|job| job.kept.is_none()).map(|job| job.size);
    let parts: u64 = sizes().map(|size| size.div_ceil(compression.part_size(size) as u64)).sum();
    // Compressing this takes as long as starting a thread; writing it plain is faster still.
    let few = if compression == Compression::None { 2 * 1024 * 1024 } else { 128 * 1024 };
    let most = if sizes().sum::<u64>() > few { compression.threads(threads.get()) } else { 1 };
    let threads = usize::try_from(parts).unwrap_or(usize::MAX).clamp(1, most);
    let parts = Mutex::new(Parts::new(jobs, compression));
    // One thread may be ahead of another by a part, and of sixteen some by several.
    let order = Order::new(jobs, compression, threads + 1 + threads / 4, store);
    std::thread::scope(|scope| {
        let work = || work(&parts, &order, compression);
        // This one waits: a thread that it starts may have to wait behind it for milliseconds, while another core has
        // nothing to do. It works where nobody else does.
        let wanted = if threads > 1 { threads } else { 0 };
        let others = (0..wanted).map_while(|_| Builder::new().spawn_scoped(scope, work).ok()).count();
        if others == 0 {
            work();
        }
    });
    order.finish()
}

/// Does part after part, until there is none or something has failed.
fn work(parts: &Mutex<Parts<'_>>, order: &Order<'_>, compression: Compression) {
    let mut encoder = Encoder::new(compression);
    while let Some(mut slot) = order.slot() {
        let next = parts.lock().unwrap_or_else(PoisonError::into_inner).next(&mut slot.plain);
        let ready = match next {
            Ok(None) => return,
            Ok(Some(part)) => {
                let plain = &slot.plain[..part.size];
                let compressed = encoder.as_mut().map(|encoder| encoder.part(plain, &mut slot.compressed));
                compressed.transpose().map(|compressed| Ready { part, slot, compressed }).map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        match ready {
            Ok(ready) => order.take(ready),
            Err(error) => return order.fail(error),
        }
    }
}

/// Digest and length of a plain tar.
pub fn hash(job: &Job<'_>) -> Result<Descriptor, Error> {
    let (mut plain, mut hasher, mut buffer) = (job.plain(), Hasher::default(), vec![0; PIECE]);
    loop {
        let read = plain.read(&mut buffer)?;
        hasher.update(&buffer[..read]);
        if read < buffer.len() {
            return Ok(hasher.finish());
        }
    }
}

/// Copies a layer from the cache, or makes it where it is damaged.
pub fn one(job: &Job<'_>, compression: Compression, store: &mut dyn BlobStore) -> Result<Encoded, Error> {
    if let Some((known, file)) = &job.kept
        && copy(known, file, store)?
    {
        return Ok(Encoded { plain: known.plain, blob: known.blob, filling: None });
    }
    let again = Job { kept: None, ..*job };
    let encoded = encode(from_ref(&again), compression, NonZeroUsize::MIN, store)?;
    Ok(encoded.into_iter().next().expect("one layer for one job"))
}

/// A blob that is being written, to the store and to the cache.
pub struct Out {
    /// `None` where the blob is the plain bytes, which are hashed already.
    hasher: Option<Hasher>,
    filling: Option<Filling>,
}

impl Out {
    /// Begins a blob.
    pub fn begin(job: &Job<'_>, compression: Compression, store: &mut dyn BlobStore) -> io::Result<Self> {
        store.begin()?;
        let hasher = (compression != Compression::None).then(Hasher::default);
        Ok(Self { hasher, filling: job.cache.map(Cache::begin) })
    }

    /// Takes more of it.
    pub fn write(&mut self, bytes: &[u8], store: &mut dyn BlobStore) -> io::Result<()> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        if let Some(filling) = &mut self.filling {
            filling.write(bytes);
        }
        store.write(bytes)
    }

    /// It is whole; `plain` is what it was made of.
    pub fn finish(self, plain: Descriptor, store: &mut dyn BlobStore) -> io::Result<Encoded> {
        let blob = self.hasher.map_or(plain, Hasher::finish);
        store.finish(&blob)?;
        Ok(Encoded { plain, blob, filling: self.filling })
    }
}
