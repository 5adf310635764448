//! One pass over a layer's bytes: read, hash, compress, hash, write.
//!
//! The caller's thread reads and hashes the plain bytes, others compress parts, one puts them in order,
//! hashes and writes them. Buffers go round, two for each compressor and one more, so memory does not depend
//! on the layer. A layer of a part or two is done by the caller alone: starting threads would take longer.

use crate::blob::{Blob, BlobStore, Hasher};
use crate::compress::{Compression, Encoder};
use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};

/// What a layer became: the plain bytes, and the blob.
pub struct Encoded {
    /// Digest and number of the plain bytes.
    pub plain: Blob,
    /// What was written.
    pub blob: Blob,
}

/// Where the plain bytes of a layer go, part by part.
pub struct Parts<'a> {
    hasher: Hasher,
    buffer: Vec<u8>,
    size: usize,
    take: &'a mut dyn FnMut(Vec<u8>) -> io::Result<Vec<u8>>,
}

impl Parts<'_> {
    /// Takes bytes that are at hand.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(self.size - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            self.hasher.update(now);
            bytes = later;
            self.flush_if_full()?;
        }
        Ok(())
    }

    /// Takes `length` bytes that `read` gives from an offset on; fewer are an error of the kind `UnexpectedEof`.
    pub fn fill(&mut self, length: u64, mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>) -> io::Result<()> {
        let mut done = 0;
        while done < length {
            let start = self.buffer.len();
            let room = self.size - start;
            let want = usize::try_from(length - done).unwrap_or(room).min(room);
            self.buffer.resize(start + want, 0);
            if read(&mut self.buffer[start..], done)? < want {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.hasher.update(&self.buffer[start..]);
            done += want as u64;
            self.flush_if_full()?;
        }
        Ok(())
    }

    fn flush_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() < self.size {
            return Ok(());
        }
        let full = std::mem::take(&mut self.buffer);
        self.buffer = (self.take)(full)?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<Blob> {
        if !self.buffer.is_empty() {
            let rest = std::mem::take(&mut self.buffer);
            (self.take)(rest)?;
        }
        Ok(self.hasher.finish())
    }
}

/// Writes the bytes that `produce` makes, `size` of them, into a blob of `store`.
///
/// An error of `produce` is the error; where writing fails, `produce` is told in its next call and what the
/// store says is the error.
pub fn encode<E: From<io::Error>>(
    size: u64,
    compression: Compression,
    threads: NonZeroUsize,
    store: &mut dyn BlobStore,
    produce: impl FnOnce(&mut Parts<'_>) -> Result<(), E>,
) -> Result<Encoded, E> {
    const WORTH_THREADS: u64 = 256 * 1024;
    let part = compression.part_size(size);
    let few = size <= WORTH_THREADS.max(part as u64);
    if compression == Compression::None || threads.get() == 1 || few {
        alone(part, Encoder::new(compression), store, produce)
    } else {
        together(part, compression, threads.get(), store, produce)
    }
}

fn alone<E: From<io::Error>>(
    part: usize,
    mut encoder: Option<Encoder>,
    store: &mut dyn BlobStore,
    produce: impl FnOnce(&mut Parts<'_>) -> Result<(), E>,
) -> Result<Encoded, E> {
    let mut writer = store.begin()?;
    let mut hasher = Hasher::default();
    let mut compressed = Vec::new();
    let plain = {
        let mut take = |plain: Vec<u8>| {
            match &mut encoder {
                Some(encoder) => {
                    encoder.part(&plain, &mut compressed)?;
                    hasher.update(&compressed);
                    writer.write_all(&compressed)?;
                }
                None => writer.write_all(&plain)?,
            }
            Ok(plain)
        };
        run(part, Vec::with_capacity(part), &mut take, produce)?
    };
    // Not compressed, the two are the same bytes, and are hashed once.
    let blob = if encoder.is_some() { hasher.finish() } else { plain };
    writer.finish(&blob)?;
    Ok(Encoded { plain, blob })
}

/// Cuts what `produce` makes into parts of `size` bytes, hashes them, and gives each to `take`.
pub fn run<E: From<io::Error>>(
    size: usize,
    buffer: Vec<u8>,
    take: &mut dyn FnMut(Vec<u8>) -> io::Result<Vec<u8>>,
    produce: impl FnOnce(&mut Parts<'_>) -> Result<(), E>,
) -> Result<Blob, E> {
    let mut parts = Parts { hasher: Hasher::default(), buffer, size, take };
    produce(&mut parts)?;
    Ok(parts.finish()?)
}

/// A part and its place in the stream.
type Numbered = (usize, Vec<u8>);

fn together<E: From<io::Error>>(
    part: usize,
    compression: Compression,
    threads: usize,
    store: &mut dyn BlobStore,
    produce: impl FnOnce(&mut Parts<'_>) -> Result<(), E>,
) -> Result<Encoded, E> {
    let buffers = 2 * threads + 1;
    let (full_in, full_out) = sync_channel::<Numbered>(buffers);
    let (empty_in, empty_out) = channel::<Vec<u8>>();
    let (done_in, done_out) = sync_channel::<io::Result<Numbered>>(buffers);
    let (spent_in, spent_out) = channel::<Vec<u8>>();
    // Owned by the compressors alone: when the last one is gone, nobody waits for them.
    let (full_out, spent_out) = (Arc::new(Mutex::new(full_out)), Arc::new(Mutex::new(spent_out)));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (full, spent) = (full_out.clone(), spent_out.clone());
            let (done, empty) = (done_in.clone(), empty_in.clone());
            scope.spawn(move || compress(compression, &full, &spent, &done, &empty));
        }
        drop((full_out, spent_out, done_in, empty_in));
        let writer = scope.spawn(move || write(store, &done_out, &spent_in));
        let mut made = 1;
        let mut next = 0;
        let mut take = |plain: Vec<u8>| {
            // Whoever takes it is gone only where writing failed, and that is told below.
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            full_in.send((next, plain)).map_err(|_| gone())?;
            next += 1;
            if let Ok(buffer) = empty_out.try_recv() {
                return Ok(buffer);
            }
            if made < buffers {
                made += 1;
                return Ok(Vec::with_capacity(part));
            }
            empty_out.recv().map_err(|_| gone())
        };
        let plain = run(part, Vec::with_capacity(part), &mut take, produce);
        drop(full_in);
        match (plain, writer.join().expect("the writer gives its errors back")) {
            (Ok(plain), Ok((writer, blob))) => {
                writer.finish(&blob)?;
                Ok(Encoded { plain, blob })
            }
            (Err(error), Ok(_)) => Err(error),
            (_, Err(error)) => Err(error.into()),
        }
    })
}

fn compress(
    compression: Compression,
    full: &Mutex<Receiver<Numbered>>,
    spent: &Mutex<Receiver<Vec<u8>>>,
    done: &SyncSender<io::Result<Numbered>>,
    empty: &Sender<Vec<u8>>,
) {
    let Some(mut encoder) = Encoder::new(compression) else { return };
    loop {
        let Some((number, plain)) = full.lock().ok().and_then(|full| full.recv().ok()) else { return };
        let mut out = spent.lock().ok().and_then(|spent| spent.try_recv().ok()).unwrap_or_default();
        let part = encoder.part(&plain, &mut out).map(|()| (number, out));
        // The reader may have all it needs already.
        let _ = empty.send(plain);
        if done.send(part).is_err() {
            return;
        }
    }
}

type Written<'s> = (Box<dyn crate::blob::BlobWriter + 's>, Blob);

fn write<'s>(
    store: &'s mut dyn BlobStore,
    done: &Receiver<io::Result<Numbered>>,
    spent: &Sender<Vec<u8>>,
) -> io::Result<Written<'s>> {
    let mut writer = store.begin()?;
    let mut hasher = Hasher::default();
    let mut early = BTreeMap::new();
    let mut next = 0;
    for part in done {
        let (number, bytes) = part?;
        early.insert(number, bytes);
        while let Some(bytes) = early.remove(&next) {
            hasher.update(&bytes);
            writer.write_all(&bytes)?;
            let _ = spent.send(bytes);
            next += 1;
        }
    }
    Ok((writer, hasher.finish()))
}
