//! The layers of an image made by several threads.
//!
//! The caller's reads and hashes the plain bytes, one layer after the other without a pause; others compress
//! parts, of whichever layer; one puts them in order, hashes and writes them. Slots go round, two more than there are
//! compressors (one is filled, one written), and each is free again when its part is written, so memory does not
//! depend on the layers, nor on who is slow.

use super::parts::{Buffer, Parts};
use super::pipeline::{Encoded, Job, Out, one};
use crate::blob::{Blob, BlobStore};
use crate::compress::{Compression, Encoder};
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

/// Room for a part, plain and compressed.
struct Slot {
    plain: Buffer,
    compressed: Vec<u8>,
}

/// Which layer, and which part of it.
type Place = (usize, usize);

/// What the writer is told.
enum Told {
    /// A part is compressed.
    Part(Place, io::Result<Slot>),
    /// A layer has this many parts, and this is its plain digest.
    End(usize, usize, Blob),
}

/// Makes the layers in their order, with `threads` compressors or as many as the system gives; `None` where it
/// gives too few, and nothing is written.
pub fn together<E: From<io::Error> + Send>(
    jobs: &[Job<'_, E>],
    compression: Compression,
    threads: usize,
    store: &mut dyn BlobStore,
) -> Option<Result<Vec<Encoded>, E>> {
    let (full_in, full_out) = channel();
    let (told_in, told_out) = channel();
    let (empty_in, empty_out) = channel();
    // Owned by the compressors alone: when the last one is gone, nobody waits for them.
    let full_out = Arc::new(Mutex::new(full_out));
    let compressors = if compression == Compression::None { 0 } else { threads };
    std::thread::scope(|scope| {
        let writer = || write(jobs, compression, told_out, empty_in, store);
        let writer = Builder::new().spawn_scoped(scope, writer).ok()?;
        let compressor = || {
            let (full, told) = (full_out.clone(), told_in.clone());
            Builder::new().spawn_scoped(scope, move || compress(compression, &full, &told)).is_ok()
        };
        let compressing = (0..compressors).take_while(|_| compressor()).count();
        drop(full_out);
        if compressing == 0 && compressors > 0 {
            return None;
        }
        let full = (compressors > 0).then_some(full_in);
        let mut reader = Reader { full, told: told_in, empty: empty_out, left: threads + 2, alone: false };
        let read = reader.layers(jobs, compression);
        let alone = reader.alone;
        drop(reader);
        let written = writer.join().expect("the writer gives its errors back");
        match read {
            // The writer has nothing to write then, and that is no news.
            Err(error) if !alone => Some(Err(error)),
            _ => Some(written),
        }
    })
}

/// Reads and hashes.
struct Reader {
    /// To the compressors, where there are any.
    full: Option<Sender<(Place, Slot)>>,
    told: Sender<Told>,
    empty: Receiver<Slot>,
    /// How many slots may still be made.
    left: usize,
    /// Nobody takes parts any more: the writer tells why.
    alone: bool,
}

impl Reader {
    fn layers<E: From<io::Error>>(&mut self, jobs: &[Job<'_, E>], compression: Compression) -> Result<(), E> {
        for (index, job) in jobs.iter().enumerate().filter(|(_, job)| job.kept.is_none()) {
            let size = compression.part_size(job.size);
            let Slot { plain, mut compressed } = self.slot(size)?;
            let mut number = 0;
            let mut take = |plain: Buffer| {
                self.send((index, number), Slot { plain, compressed: std::mem::take(&mut compressed) })?;
                number += 1;
                let next = self.slot(size)?;
                compressed = next.compressed;
                Ok(next.plain)
            };
            let mut parts = Parts::new(plain, &mut take);
            (job.produce)(&mut parts)?;
            let plain = parts.finish()?;
            self.told.send(Told::End(index, number, plain)).map_err(|_| self.gone())?;
        }
        Ok(())
    }

    fn send(&mut self, place: Place, slot: Slot) -> io::Result<()> {
        let sent = match &self.full {
            Some(full) => full.send((place, slot)).is_ok(),
            None => self.told.send(Told::Part(place, Ok(slot))).is_ok(),
        };
        if sent { Ok(()) } else { Err(self.gone()) }
    }

    fn slot(&mut self, size: usize) -> io::Result<Slot> {
        if let Ok(slot) = self.empty.try_recv() {
            return Ok(Slot { plain: slot.plain.of_size(size), ..slot });
        }
        if self.left > 0 {
            self.left -= 1;
            return Ok(Slot { plain: Buffer::new(size), compressed: Vec::new() });
        }
        let slot = self.empty.recv().map_err(|_| self.gone())?;
        Ok(Slot { plain: slot.plain.of_size(size), ..slot })
    }

    fn gone(&mut self) -> io::Error {
        self.alone = true;
        io::ErrorKind::BrokenPipe.into()
    }
}

fn compress(compression: Compression, full: &Mutex<Receiver<(Place, Slot)>>, told: &Sender<Told>) {
    let Some(mut encoder) = Encoder::new(compression) else { return };
    loop {
        let Some((place, mut slot)) = full.lock().ok().and_then(|full| full.recv().ok()) else { return };
        let part = encoder.part(slot.plain.used(), &mut slot.compressed).map(|()| slot);
        if told.send(Told::Part(place, part)).is_err() {
            return;
        }
    }
}

fn write<E: From<io::Error>>(
    jobs: &[Job<'_, E>],
    compression: Compression,
    told: Receiver<Told>,
    empty: Sender<Slot>,
    store: &mut dyn BlobStore,
) -> Result<Vec<Encoded>, E> {
    let mut writer = Writer { told, empty, early: BTreeMap::new(), ends: BTreeMap::new() };
    let layers = jobs.iter().enumerate().map(|(index, job)| {
        one(job, compression, store, |job, store| Ok(writer.layer(index, Out::begin(job, compression, store)?)?))
    });
    layers.collect()
}

/// Puts parts in order and writes them.
struct Writer {
    told: Receiver<Told>,
    empty: Sender<Slot>,
    early: BTreeMap<Place, Slot>,
    ends: BTreeMap<usize, (usize, Blob)>,
}

impl Writer {
    fn layer(&mut self, index: usize, mut out: Out<'_>) -> io::Result<Encoded> {
        let mut number = 0;
        loop {
            if let Some(slot) = self.early.remove(&(index, number)) {
                out.write(if out.is_plain() { slot.plain.used() } else { &slot.compressed })?;
                // The reader may have read all.
                let _ = self.empty.send(slot);
                number += 1;
                continue;
            }
            if let Some((_, plain)) = self.ends.get(&index).filter(|(parts, _)| *parts == number) {
                return out.finish(*plain);
            }
            match self.told.recv().map_err(|_| io::ErrorKind::BrokenPipe)? {
                Told::Part(place, slot) => drop(self.early.insert(place, slot?)),
                Told::End(layer, parts, plain) => drop(self.ends.insert(layer, (parts, plain))),
            }
        }
    }
}
