//! The plain tar of a layer, read piece by piece.

use super::bytes::Reading;
use super::divide::Entries;
use super::{Error, FirstNames, tar};
use crate::paths::ImagePath;
use crate::rootfs::Entry;
use std::collections::btree_map;

/// A tar that is being read, from its first byte to its last.
pub struct Plain<'a> {
    entries: btree_map::Iter<'a, &'a ImagePath, &'a Entry>,
    first: &'a FirstNames<'a>,
    next: Next<'a>,
}

/// What comes next.
enum Next<'a> {
    /// An entry, or the end.
    Entry,
    /// A header, how much of it was read, and what follows it.
    Head(Vec<u8>, usize, Option<Reading<'a>>, u64),
    /// The bytes of a file, and how many zeros follow.
    Bytes(Reading<'a>, u64),
    /// Zeros.
    Zeros(u64),
    /// The zeros at the end of all.
    End(u64),
}

impl<'a> Plain<'a> {
    /// The tar of `entries`, of which `first` tells where the bytes of files with several names are.
    pub fn new(entries: &'a Entries<'a>, first: &'a FirstNames<'a>) -> Self {
        Self { entries: entries.iter(), first, next: Next::Entry }
    }

    /// Fills `buffer`. Fewer bytes than fit are the last ones.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            let free = &mut buffer[filled..];
            filled += match std::mem::replace(&mut self.next, Next::Entry) {
                Next::Entry => {
                    self.next = self.entry();
                    0
                }
                Next::Head(head, at, content, padding) => {
                    let now = free.len().min(head.len() - at);
                    free[..now].copy_from_slice(&head[at..at + now]);
                    self.next = match content {
                        content if at + now < head.len() => Next::Head(head, at + now, content, padding),
                        Some(reading) => Next::Bytes(reading, padding),
                        None => Next::Entry,
                    };
                    now
                }
                Next::Bytes(mut reading, padding) => {
                    let read = reading.read(free)?;
                    let whole = read < free.len();
                    self.next = if whole { Next::Zeros(padding) } else { Next::Bytes(reading, padding) };
                    read
                }
                Next::Zeros(left) => {
                    let now = zeros(free, left);
                    self.next = if now as u64 == left { Next::Entry } else { Next::Zeros(left - now as u64) };
                    now
                }
                Next::End(left) => {
                    let now = zeros(free, left);
                    self.next = Next::End(left - now as u64);
                    if now == 0 {
                        break;
                    }
                    now
                }
            };
        }
        Ok(filled)
    }

    fn entry(&mut self) -> Next<'a> {
        let Some((path, entry)) = self.entries.next() else { return Next::End(tar::END as u64) };
        let first = self.first.get(path).copied();
        let content = tar::content(entry, first);
        let padding = content.map_or(0, |content| tar::padding(content.size()));
        Next::Head(tar::head(path, entry, first), 0, content.map(Reading::new), padding)
    }
}

fn zeros(free: &mut [u8], left: u64) -> usize {
    let now = usize::try_from(left).unwrap_or(usize::MAX).min(free.len());
    free[..now].fill(0);
    now
}
