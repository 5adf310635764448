//! Parts that come in any order, written in theirs.
//!
//! Whoever brings a part writes it when its turn has come, and with it all that waited for it; meanwhile others go on.
//! Slots go round: there are a few more than threads, so memory does not depend on the layers, nor on who is slow.

use super::Error;
use super::parts::{Part, Place};
use super::pipeline::{Encoded, Job, Out, one};
use crate::blob::BlobStore;
use crate::compress::Compression;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Room for a part, plain and compressed. Neither is made shorter, so that nothing is wiped twice.
#[derive(Default)]
pub struct Slot {
    /// The plain bytes.
    pub plain: Vec<u8>,
    /// What they became.
    pub compressed: Vec<u8>,
}

/// A part that can be written.
pub struct Ready {
    /// Which one.
    pub part: Part,
    /// The bytes.
    pub slot: Slot,
    /// How many of the compressed bytes there are; `None`: the plain ones are written.
    pub compressed: Option<usize>,
}

/// Where the parts go.
pub struct Order<'a> {
    state: Mutex<State<'a>>,
    /// A slot is free, or nothing will be any more.
    news: Condvar,
}

struct State<'a> {
    /// Parts whose turn has not come.
    early: BTreeMap<Place, Ready>,
    free: Vec<Slot>,
    /// How many slots may still be made.
    left: usize,
    /// Taken by the one who writes.
    writer: Option<Writer<'a>>,
    failed: Option<Error>,
}

impl<'a> Order<'a> {
    /// Writes `jobs` into `store`, with room for `slots` parts.
    pub fn new(jobs: &'a [Job<'a>], compression: Compression, slots: usize, store: &'a mut dyn BlobStore) -> Self {
        let writer = Writer { jobs, compression, store, out: None, number: 0, encoded: Vec::new() };
        let state = State { early: BTreeMap::new(), free: Vec::new(), left: slots, writer: Some(writer), failed: None };
        Self { state: Mutex::new(state), news: Condvar::new() }
    }

    /// Room for a part, as soon as there is some; `None`: something has failed.
    pub fn slot(&self) -> Option<Slot> {
        let mut state = self.lock();
        loop {
            if state.failed.is_some() {
                return None;
            }
            if let Some(slot) = state.free.pop() {
                return Some(slot);
            }
            if state.left > 0 {
                state.left -= 1;
                return Some(Slot::default());
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes a part, and writes whatever can be written now.
    pub fn take(&self, ready: Ready) {
        let mut state = self.lock();
        state.early.insert(ready.part.place, ready);
        self.write(state);
    }

    /// What could not be done; nothing is written any more.
    pub fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.news.notify_all();
    }

    /// What the layers became.
    pub fn finish(self) -> Result<Vec<Encoded>, Error> {
        // What the cache has behind the last part that was made.
        self.write(self.lock());
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.failed {
            Some(error) => Err(error),
            None => Ok(state.writer.expect("nobody writes any more").encoded),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        // Whoever panics holds no lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes all whose turn has come, if nobody does so already.
    fn write<'s>(&'s self, mut state: MutexGuard<'s, State<'a>>) {
        let Some(mut writer) = state.writer.take() else { return };
        while state.failed.is_none()
            && let Some(turn) = writer.turn(&mut state.early)
        {
            drop(state);
            let written = writer.write(turn);
            state = self.lock();
            match written {
                Ok(slot) => state.free.extend(slot),
                Err(error) => drop(state.failed.get_or_insert(error)),
            }
            self.news.notify_all();
        }
        state.writer = Some(writer);
    }
}

/// The one who writes.
struct Writer<'a> {
    jobs: &'a [Job<'a>],
    compression: Compression,
    store: &'a mut dyn BlobStore,
    /// The layer that is being written.
    out: Option<Out>,
    /// Its next part.
    number: usize,
    /// The layers that are written.
    encoded: Vec<Encoded>,
}

/// What is written next.
enum Turn {
    /// A part.
    Part(Ready),
    /// A layer that the cache has.
    Kept,
}

impl Writer<'_> {
    fn turn(&self, early: &mut BTreeMap<Place, Ready>) -> Option<Turn> {
        let layer = self.encoded.len();
        match self.jobs.get(layer)?.kept {
            Some(_) => Some(Turn::Kept),
            None => early.remove(&(layer, self.number)).map(Turn::Part),
        }
    }

    fn write(&mut self, turn: Turn) -> Result<Option<Slot>, Error> {
        let job = &self.jobs[self.encoded.len()];
        let Turn::Part(Ready { part, slot, compressed }) = turn else {
            self.encoded.push(one(job, self.compression, self.store)?);
            return Ok(None);
        };
        let mut out = match self.out.take() {
            Some(out) => out,
            None => Out::begin(job, self.compression, self.store)?,
        };
        out.write(compressed.map_or(&slot.plain[..part.size], |used| &slot.compressed[..used]), self.store)?;
        self.number += 1;
        match part.end {
            None => self.out = Some(out),
            Some(plain) => {
                self.encoded.push(out.finish(plain, self.store)?);
                self.number = 0;
            }
        }
        Ok(Some(slot))
    }
}
