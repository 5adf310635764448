//! A layer that the cache keeps: copied, and hashed on the way, by two threads where it is large.

use crate::blob::{BlobStore, Descriptor, Hasher};
use crate::cache::CachedLayer;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc::channel;
use std::thread::Builder;

/// As many bytes as are copied at once: more than one system call costs, less than the nearest cache holds.
pub const PIECE: usize = 256 * 1024;

/// Hashing less than this takes no longer than starting a thread for it.
const SMALL: u64 = 512 * 1024;

/// How many pieces wait to be hashed: copying is faster, and memory has a bound.
const WAITING: usize = 4;

/// Copies a blob of the cache into `store`. Returns whether its bytes are those that the index tells; where they are
/// not, the store keeps nothing of them.
pub fn copy(known: &CachedLayer, file: &File, store: &mut dyn BlobStore) -> io::Result<bool> {
    if store.has(&known.blob)? {
        return Ok(true);
    }
    store.begin()?;
    let mut write = |bytes: &[u8]| store.write(bytes);
    let together = if known.blob.size < SMALL { None } else { together(file, &mut write) };
    let copied = together.unwrap_or_else(|| alone(file, &mut write))?;
    let same = copied == Some(known.blob);
    if same {
        store.finish(&known.blob)?;
    }
    Ok(same)
}

/// What was copied; `None` where the blob cannot be read.
type Copied = io::Result<Option<Descriptor>>;

fn alone(file: &File, write: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Copied {
    let mut hasher = Hasher::default();
    let whole = pieces(file, write, &mut |buffer, used| {
        hasher.update(&buffer[..used]);
        buffer
    });
    whole.map(|whole| whole.then(|| hasher.finish()))
}

/// Copies while another thread hashes. Returns `None`, before anything is written, where the system gives no thread.
fn together(file: &File, write: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Option<Copied> {
    let (full_in, full_out) = channel::<(Vec<u8>, usize)>();
    let (empty_in, empty_out) = channel();
    std::thread::scope(|scope| {
        let hash = move || {
            let mut hasher = Hasher::default();
            for (buffer, used) in full_out {
                hasher.update(&buffer[..used]);
                // Nobody wants the last buffers back.
                let _ = empty_in.send(buffer);
            }
            hasher.finish()
        };
        let hashing = Builder::new().spawn_scoped(scope, hash).ok()?;
        let mut more = WAITING;
        let whole = pieces(file, write, &mut |buffer, used| {
            full_in.send((buffer, used)).expect("it hashes until this end is gone");
            match empty_out.try_recv() {
                Ok(buffer) => buffer,
                Err(_) if more > 0 => {
                    more -= 1;
                    vec![0; PIECE]
                }
                Err(_) => empty_out.recv().expect("what was sent comes back"),
            }
        });
        drop(full_in);
        let hashed = hashing.join().expect("hashing does not fail");
        Some(whole.map(|whole| whole.then_some(hashed)))
    })
}

/// Shows the bytes of a file piece by piece: to `write`, and with the room they are in to `hash`, which gives room for
/// the next ones. Whether it could be read to its end.
fn pieces(
    file: &File,
    write: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    hash: &mut dyn FnMut(Vec<u8>, usize) -> Vec<u8>,
) -> io::Result<bool> {
    let (mut buffer, mut at) = (vec![0; PIECE], 0);
    loop {
        let Ok(read) = file.read_at(&mut buffer, at) else { return Ok(false) };
        if read == 0 {
            return Ok(true);
        }
        write(&buffer[..read])?;
        at += read as u64;
        buffer = hash(buffer, read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn both_ways_copy_and_hash_the_same() {
        let bytes: Vec<u8> = (0..7 * PIECE + 5).map(|at| (at / 3 % 251).to_le_bytes()[0]).collect();
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, bytes.len()] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes[..length]).unwrap();
            let mut expected = Hasher::default();
            expected.update(&bytes[..length]);
            let expected = expected.finish();
            let (mut first, mut second) = (Vec::new(), Vec::new());

            let one = alone(&file, &mut |piece| first.write_all(piece)).unwrap();
            let two = together(&file, &mut |piece| second.write_all(piece)).unwrap().unwrap();

            assert_eq!((one, two), (Some(expected), Some(expected)), "{length}");
            assert!(first == bytes[..length] && second == bytes[..length], "{length}");
        }
    }

    #[test]
    fn a_store_that_has_the_layer_is_not_sent_it() {
        struct Has;
        impl BlobStore for Has {
            fn has(&mut self, _: &Descriptor) -> io::Result<bool> {
                Ok(true)
            }
            fn begin(&mut self) -> io::Result<()> {
                unreachable!("nothing is begun")
            }
            fn write(&mut self, _: &[u8]) -> io::Result<()> {
                unreachable!("nothing is written")
            }
            fn finish(&mut self, _: &Descriptor) -> io::Result<()> {
                unreachable!("nothing is finished")
            }
        }
        let blob = Hasher::default().finish();
        let known = CachedLayer { uncompressed: blob, blob, settled: true };

        assert!(copy(&known, &tempfile::tempfile().unwrap(), &mut Has).unwrap());
    }

    #[test]
    fn who_cannot_write_is_told_so() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![1; 3 * PIECE]).unwrap();
        let mut left = 1;
        let mut full = |_: &[u8]| {
            left -= 1;
            if left < 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        };
        assert_eq!(together(&file, &mut full).unwrap().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
