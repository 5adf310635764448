//! One pass over the bytes of all layers: read, hash, compress, hash, write.
//!
//! Each thread does all of it: it reads and hashes the next part, under a lock, since a hash is one chain; compresses
//! it; and writes it when its turn has come. So no thread waits for another to be fed, and a part stays near the core
//! that read it. A layer that a cache keeps is copied in its turn, hashed on the way, and made after all where it is
//! damaged.

use super::error::Error;
use super::job::{Encoded, Job};
use super::order::Order;
use super::parts::PartReader;
use super::slot::ReadyPart;
use super::writer::LayerWriter;
use crate::blob::BlobStore;
use crate::compress::{Compression, Encoder};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread::Builder;

/// Writes each layer into a blob of `store`, in their order.
///
/// # Panics
/// If a thread does. The others end as well.
pub fn encode(
    jobs: &[Job<'_>],
    compression: Compression,
    threads: NonZeroUsize,
    store: &mut dyn BlobStore,
) -> Result<Vec<Encoded>, Error> {
    let sizes = || jobs.iter().filter(|job| job.kept.is_none()).map(|job| job.size);
    let parts: u64 = sizes().map(|size| size.div_ceil(compression.part_size(size) as u64)).sum();
    // Compressing this takes as long as starting a thread; writing it uncompressed is faster still.
    let few = if compression == Compression::None { 2 * 1024 * 1024 } else { 128 * 1024 };
    let most = if sizes().sum::<u64>() > few { compression.threads(threads.get()) } else { 1 };
    let threads = usize::try_from(parts).unwrap_or(usize::MAX).clamp(1, most);
    let parts = Mutex::new(PartReader::new(jobs, compression));
    // One thread may be ahead of another by a part, and of sixteen some by several.
    let order = Order::new(LayerWriter::new(jobs, compression, store), threads + 1 + threads / 4);
    std::thread::scope(|scope| {
        let work = || work(&parts, &order, compression);
        // This thread waits: one that it starts may be scheduled behind it for milliseconds, while another core has
        // nothing to do. It works only where no other thread could be started.
        let wanted = if threads > 1 { threads } else { 0 };
        let others = (0..wanted).map_while(|_| Builder::new().spawn_scoped(scope, work).ok()).count();
        if others == 0 {
            work();
        }
    });
    order.finish()
}

/// Does part after part, until there is none or the run has stopped.
fn work(parts: &Mutex<PartReader<'_>>, order: &Order<'_>, compression: Compression) {
    let _stop = order.stop_on_panic();
    let mut encoder = Encoder::new(compression);
    while let Some(mut slot) = order.slot() {
        // Whoever panicked while reading has stopped the run.
        let Ok(mut reader) = parts.lock() else { return };
        let next = reader.next(&mut slot.uncompressed);
        drop(reader);
        let ready = match next {
            Ok(None) => return,
            Ok(Some(part)) => ReadyPart::new(part, slot, encoder.as_mut()).map_err(Error::from),
            Err(error) => Err(error),
        };
        match ready {
            Ok(ready) => order.take(ready),
            Err(error) => return order.stop(Some(error)),
        }
    }
}
