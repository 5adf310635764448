//! Bytes that can be read from any place: what a file is to those who only read it.

use std::io::{self, Write};
use std::sync::Arc;

/// Bytes that can be read from any place. Reads past the end give fewer bytes, never an error.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills `buffer` from `offset` on, as far as there are bytes, and tells how many were read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The `length` bytes at `offset`, fewer where the file ends before.
    fn bytes_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let there = self.size().saturating_sub(offset);
        let length = usize::try_from(there).unwrap_or(usize::MAX).min(length);
        let mut buffer = vec![0; length];
        let read = self.read_at(&mut buffer, offset)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    /// Writes all bytes to `out`, one piece in memory at a time.
    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut buffer = vec![0; 256 << 10];
        let mut offset = 0;
        loop {
            let read = self.read_at(&mut buffer, offset)?;
            if read == 0 {
                return Ok(());
            }
            out.write_all(&buffer[..read])?;
            offset += read as u64;
        }
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let length = buffer.len().min(self.len() - start);
        buffer[..length].copy_from_slice(&self[start..start + length]);
        Ok(length)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }
}

/// Reads from the first byte to the last.
pub struct SequentialReader<F> {
    file: F,
    at: u64,
}

impl<F: ReadAt> SequentialReader<F> {
    /// A reader at the first byte.
    pub fn new(file: F) -> Self {
        Self { file, at: 0 }
    }
}

impl<F: ReadAt> io::Read for SequentialReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}
