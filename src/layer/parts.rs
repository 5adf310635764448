//! The plain bytes of a layer, hashed on their way and cut into parts.

use crate::blob::{Blob, Hasher};
use std::io;

/// Room for one part, and how much of it is used. It is never made shorter, so that nothing is wiped twice.
pub struct Buffer {
    bytes: Vec<u8>,
    used: usize,
}

impl Buffer {
    /// Room for `size` bytes, none of them used.
    pub fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], used: 0 }
    }

    /// The same room, made as long as this.
    pub fn of_size(mut self, size: usize) -> Self {
        self.bytes.resize(size, 0);
        self
    }

    /// The part.
    pub fn used(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    fn free(&mut self) -> &mut [u8] {
        &mut self.bytes[self.used..]
    }
}

/// Where the plain bytes of a layer go, part by part.
pub struct Parts<'a> {
    hasher: Hasher,
    /// `None` once nobody takes more of it.
    buffer: Option<Buffer>,
    take: &'a mut dyn FnMut(Buffer) -> io::Result<Buffer>,
}

impl<'a> Parts<'a> {
    /// Each part that is full goes to `take`, which gives room for the next one.
    pub fn new(buffer: Buffer, take: &'a mut dyn FnMut(Buffer) -> io::Result<Buffer>) -> Self {
        Self { hasher: Hasher::default(), buffer: Some(Buffer { used: 0, ..buffer }), take }
    }

    /// Takes bytes that are at hand.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let free = self.buffer()?.free();
            let (now, later) = bytes.split_at(bytes.len().min(free.len()));
            free[..now.len()].copy_from_slice(now);
            self.taken(now.len())?;
            bytes = later;
        }
        Ok(())
    }

    /// Takes `length` bytes that `read` gives from an offset on; fewer are an error of the kind `UnexpectedEof`.
    pub fn fill(&mut self, length: u64, mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>) -> io::Result<()> {
        let mut done = 0;
        while done < length {
            let free = self.buffer()?.free();
            let want = usize::try_from(length - done).unwrap_or(usize::MAX).min(free.len());
            if read(&mut free[..want], done)? < want {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.taken(want)?;
            done += want as u64;
        }
        Ok(())
    }

    /// The last part goes where the others went, also where it is not full; gives the digest of all.
    pub fn finish(mut self) -> io::Result<Blob> {
        if let Some(last) = self.buffer.take_if(|buffer| buffer.used > 0) {
            (self.take)(last)?;
        }
        Ok(self.hasher.finish())
    }

    fn buffer(&mut self) -> io::Result<&mut Buffer> {
        self.buffer.as_mut().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn taken(&mut self, length: usize) -> io::Result<()> {
        let Some(buffer) = &mut self.buffer else { return Ok(()) };
        let start = buffer.used;
        buffer.used += length;
        self.hasher.update(&buffer.bytes[start..buffer.used]);
        if let Some(full) = self.buffer.take_if(|buffer| buffer.used == buffer.bytes.len()) {
            self.buffer = Some(Buffer { used: 0, ..(self.take)(full)? });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Digest;

    /// The parts that `bytes` become where they come in pieces of this size.
    fn parts(bytes: &[u8], size: usize, piece: usize, filled: bool) -> (Vec<Vec<u8>>, Blob) {
        let mut parts = Vec::new();
        let mut take = |buffer: Buffer| {
            parts.push(buffer.used().to_vec());
            Ok(buffer)
        };
        let mut all = Parts::new(Buffer::new(size), &mut take);
        for piece in bytes.chunks(piece) {
            if filled {
                let read = |buffer: &mut [u8], at: u64| {
                    buffer.copy_from_slice(&piece[usize::try_from(at).unwrap()..][..buffer.len()]);
                    Ok(buffer.len())
                };
                all.fill(piece.len() as u64, read).unwrap();
            } else {
                all.write(piece).unwrap();
            }
        }
        let blob = all.finish().unwrap();
        (parts, blob)
    }

    #[test]
    fn borders_depend_on_the_position_alone() {
        const SIZE: usize = 1000;
        for length in [0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE - 1, 2 * SIZE, 2 * SIZE + 1, 5 * SIZE + 7] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let expected: Vec<Vec<u8>> = bytes.chunks(SIZE).map(<[u8]>::to_vec).collect();
            let blob = Blob { digest: Digest::of(&bytes), size: length as u64 };
            for piece in [1, 2, 7, SIZE - 1, SIZE, SIZE + 1, 3 * SIZE, 8 * 1024 * 1024] {
                for filled in [false, true] {
                    assert!(
                        parts(&bytes, SIZE, piece, filled) == (expected.clone(), blob),
                        "{length} bytes in pieces of {piece}"
                    );
                }
            }
        }
    }

    #[test]
    fn fewer_bytes_than_there_should_be_are_an_error() {
        let mut take = Ok;
        let mut parts = Parts::new(Buffer::new(10), &mut take);
        let error = parts.fill(7, |_, _| Ok(6)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn nothing_is_taken_once_nobody_takes_it() {
        let mut take = |_| Err(io::ErrorKind::StorageFull.into());
        let mut parts = Parts::new(Buffer::new(10), &mut take);
        assert_eq!(parts.write(&[0; 25]).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(parts.write(&[0]).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
