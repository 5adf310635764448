//! A range of a file that is open already: a file in a layer that was read back.

use crate::sysroot::{Identity, ReadAt};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Some bytes of an open file.
#[derive(Clone)]
pub struct Range {
    /// The file.
    pub file: Arc<dyn ReadAt>,
    /// Where the range begins.
    pub offset: u64,
    /// Which file it is among its like, and how many bytes it has: equal for two names of one file.
    pub identity: Identity,
}

impl Range {
    /// The bytes of `file` from `offset` on; `device` tells files apart.
    pub fn new(file: Arc<dyn ReadAt>, device: u64, offset: u64, size: u64) -> Self {
        let identity = Identity { device, inode: offset, size, mtime: 0, ctime: 0 };
        Self { file, offset, identity }
    }
}

impl ReadAt for Range {
    fn size(&self) -> u64 {
        self.identity.size
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let Some(start) = self.offset.checked_add(offset) else { return Ok(0) };
        self.file.read_at(&mut buffer[..length], start)
    }
}

impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && (self.offset, self.identity) == (other.offset, other.identity)
    }
}

impl Eq for Range {}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {}", self.size(), self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_where_it_ends() {
        let file: Arc<dyn ReadAt> = Arc::new(b"0123456789".to_vec());
        let range = Range::new(file.clone(), 0, 3, 4);
        assert_eq!(range.bytes_at(0, 100).unwrap(), b"3456");
        assert_eq!(range.bytes_at(2, 1).unwrap(), b"5");
        assert_eq!(range.bytes_at(4, 1).unwrap(), b"");
        assert_eq!(range.bytes_at(u64::MAX, 1).unwrap(), b"");
        assert_eq!(Range::new(file, 0, 8, 4).bytes_at(0, 4).unwrap(), b"89\0\0"[..2].to_vec());
    }
}
