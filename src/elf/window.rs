//! A file whose last pieces are kept: readers of headers and tables ask for many small ones near each other.

use crate::bytes::ReadAt;
use std::io;
use std::sync::{Mutex, PoisonError};

/// How many bytes are read at once: copying more takes longer than another call, where a name or two are wanted.
const BLOCK: usize = 8 << 10;

/// How many blocks are kept: symbols, their names, versions and hashes are read in turns.
const KEPT: usize = 8;

/// Reads `file` in blocks, and each block once as long as it is among the last ones.
///
/// What is larger than a block is read as it is asked for.
pub struct Window<'a> {
    file: &'a dyn ReadAt,
    /// Number and bytes of each block, the last one read first.
    blocks: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl<'a> Window<'a> {
    /// Nothing is read yet.
    pub fn new(file: &'a dyn ReadAt) -> Self {
        Self { file, blocks: Mutex::new(Vec::with_capacity(KEPT)) }
    }
}

impl ReadAt for Window<'_> {
    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if buffer.len() > BLOCK {
            return self.file.read_at(buffer, offset);
        }
        // A thread that panicked left whole blocks behind.
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut filled = 0;
        while filled < buffer.len() {
            let at = offset.saturating_add(filled as u64);
            let (number, skip) = (at / BLOCK as u64, usize::try_from(at % BLOCK as u64).expect("less than a block"));
            if let Some(known) = blocks.iter().position(|(other, _)| *other == number) {
                blocks[..=known].rotate_right(1);
            } else {
                let mut block = if blocks.len() < KEPT { Vec::new() } else { blocks.pop().expect("kept").1 };
                let start = number * BLOCK as u64;
                let there = self.size().saturating_sub(start).min(BLOCK as u64);
                block.resize(usize::try_from(there).expect("not more than a block"), 0);
                let read = self.file.read_at(&mut block, start)?;
                block.truncate(read);
                blocks.insert(0, (number, block));
            }
            let there = blocks[0].1.get(skip..).unwrap_or_default();
            let count = there.len().min(buffer.len() - filled);
            if count == 0 {
                break;
            }
            buffer[filled..filled + count].copy_from_slice(&there[..count]);
            filled += count;
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts how often it is read.
    struct Counted(Vec<u8>, AtomicUsize);

    impl ReadAt for Counted {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.read_at(buffer, offset)
        }
    }

    #[test]
    fn the_same_bytes_are_read_in_fewer_calls() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 100).map(|at| (at / 7 % 251).to_le_bytes()[0]).collect();
        let file = Counted(bytes.clone(), AtomicUsize::new(0));
        let window = Window::new(&file);
        let end = bytes.len();
        for offset in [0, 1, 40, BLOCK - 1, BLOCK, 2 * BLOCK - 3, 3 * BLOCK, end - 1, end, end + 1, usize::MAX] {
            for length in [0, 1, 10, 5000, BLOCK] {
                let expected = &bytes[offset.min(end)..offset.saturating_add(length).min(end)];
                assert_eq!(window.bytes_at(offset as u64, length).unwrap(), expected, "{offset}, {length}");
            }
        }
        assert_eq!(file.1.load(Ordering::Relaxed), 4, "each block once");
        assert_eq!(window.bytes_at(5, 2 * BLOCK).unwrap(), bytes[5..5 + 2 * BLOCK]);
        assert_eq!(file.1.load(Ordering::Relaxed), 5, "what is larger is read as it is");
    }

    #[test]
    fn blocks_that_are_gone_are_read_again() {
        let bytes: Vec<u8> = (0..(KEPT + 3) * BLOCK).map(|at| (at / BLOCK).to_le_bytes()[0]).collect();
        let window = Window::new(&bytes);
        for _ in 0..2 {
            for block in 0..KEPT + 3 {
                assert_eq!(window.bytes_at((block * BLOCK) as u64 + 9, 2).unwrap(), [block.to_le_bytes()[0]; 2]);
            }
        }
    }
}
