//! The uncompressed tar of a layer, read piece by piece.

use super::bytes::ContentReader;
use super::error::Error;
use super::kept::PIECE;
use super::tar::{END, TarEntry};
use super::tree::{LayerTree, TarEntries};
use crate::blob::{Descriptor, Hasher};

/// A tar that is being read, from its first byte to its last.
pub struct TarReader<'a> {
    entries: TarEntries<'a>,
    next: Next<'a>,
}

/// What comes next.
enum Next<'a> {
    /// An entry, or the end.
    Entry,
    /// A header, how much of it was read, and what follows it.
    Head(Vec<u8>, usize, Option<ContentReader<'a>>, u64),
    /// The bytes of a file, and how many zeros follow.
    Bytes(ContentReader<'a>, u64),
    /// Zeros.
    Zeros(u64),
    /// The zeros at the end of all.
    End(u64),
}

impl<'a> TarReader<'a> {
    /// The tar of `tree`, before its first byte.
    pub fn new(tree: &'a LayerTree<'a>) -> Self {
        Self { entries: tree.tar_entries(), next: Next::Entry }
    }

    /// Reads the whole tar for its digest and length.
    pub fn digest(mut self) -> Result<Descriptor, Error> {
        let (mut hasher, mut buffer) = (Hasher::default(), vec![0; PIECE]);
        loop {
            let read = self.read(&mut buffer)?;
            hasher.update(&buffer[..read]);
            if read < buffer.len() {
                return Ok(hasher.finish());
            }
        }
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
        let Some(TarEntry { head, content, padding }) = self.entries.next() else { return Next::End(END as u64) };
        Next::Head(head, 0, content.map(ContentReader::new), padding)
    }
}

fn zeros(free: &mut [u8], left: u64) -> usize {
    let now = usize::try_from(left).unwrap_or(usize::MAX).min(free.len());
    free[..now].fill(0);
    now
}
