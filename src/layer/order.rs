//! Parts that come in any order, written in theirs.
//!
//! Whoever brings a part writes it when its turn has come, and with it all that waited for it; meanwhile others go on.
//! Slots go round: there are a few more than threads, so memory does not depend on the layers, nor on who is slow.

use super::error::Error;
use super::job::Encoded;
use super::parts::PartIndex;
use super::slot::{ReadyPart, Slot};
use super::writer::LayerWriter;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Where the parts go.
pub struct Order<'a> {
    state: Mutex<OrderState<'a>>,
    /// A slot is free, or nothing will be any more.
    news: Condvar,
}

struct OrderState<'a> {
    /// Parts whose turn has not come.
    early: BTreeMap<PartIndex, ReadyPart>,
    free: Vec<Slot>,
    /// How many slots may still be made.
    left: usize,
    /// Taken by the one who writes.
    writer: Option<LayerWriter<'a>>,
    /// Nothing is written any more: something could not be done, or a thread panicked.
    stopped: bool,
    failed: Option<Error>,
}

impl OrderState<'_> {
    fn stop(&mut self, error: Option<Error>) {
        self.stopped = true;
        self.failed = self.failed.take().or(error);
    }
}

impl<'a> Order<'a> {
    /// Passes the parts on to `writer`, with room for `slots` of them.
    pub fn new(writer: LayerWriter<'a>, slots: usize) -> Self {
        let state = OrderState {
            early: BTreeMap::new(),
            free: Vec::new(),
            left: slots,
            writer: Some(writer),
            stopped: false,
            failed: None,
        };
        Self { state: Mutex::new(state), news: Condvar::new() }
    }

    /// Room for a part, as soon as there is some; `None`: the run has stopped.
    pub fn slot(&self) -> Option<Slot> {
        let mut state = self.lock();
        loop {
            if state.stopped {
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
    pub fn take(&self, ready: ReadyPart) {
        let mut state = self.lock();
        state.early.insert(ready.part.index, ready);
        self.write(state);
    }

    /// Stops the run, with an error where there is one. Nothing is written any more, and the first error counts.
    pub fn stop(&self, error: Option<Error>) {
        self.lock().stop(error);
        self.news.notify_all();
    }

    /// Stops the run if the thread that holds the guard panics. The slot and the part that the thread has are lost
    /// then, and the others would wait for them for ever.
    pub fn stop_on_panic(&self) -> StopOnPanic<'_, 'a> {
        StopOnPanic(self)
    }

    /// What the layers became.
    pub fn finish(self) -> Result<Vec<Encoded>, Error> {
        // What the cache has behind the last part that was made.
        self.write(self.lock());
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.failed {
            Some(error) => Err(error),
            None => Ok(state.writer.expect("nobody writes any more").finish()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, OrderState<'a>> {
        // No thread holds the lock while it does something that may panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes all whose turn has come, if nobody does so already.
    fn write<'s>(&'s self, mut state: MutexGuard<'s, OrderState<'a>>) {
        let Some(mut writer) = state.writer.take() else { return };
        while !state.stopped
            && let Some(turn) = writer.turn(&mut state.early)
        {
            drop(state);
            let written = writer.write(turn);
            state = self.lock();
            match written {
                Ok(slot) => state.free.extend(slot),
                Err(error) => state.stop(Some(error)),
            }
            self.news.notify_all();
        }
        state.writer = Some(writer);
    }
}

/// Held by a thread while it works.
pub struct StopOnPanic<'o, 'a>(&'o Order<'a>);

impl Drop for StopOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(None);
        }
    }
}
