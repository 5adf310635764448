//! Layers made in memory: the same bytes whatever makes them, and what the cache is worth.

mod cached;
mod pieces;

use super::*;
use crate::blob::Hasher;
use crate::bytes::ReadAt;
use crate::content::{Piece, Pieces, Range};
use crate::file::{FileId, HostFile, Identity};
use crate::rootfs::{Cause, Entry, ImagePart, Reason};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Blobs in memory, and the one that was begun.
#[derive(Default)]
struct MemoryStore(Vec<Vec<u8>>, Vec<u8>);

impl BlobStore for MemoryStore {
    fn begin(&mut self) -> io::Result<()> {
        self.1.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.1.write_all(bytes)
    }

    fn finish(&mut self, blob: &Descriptor) -> io::Result<()> {
        let mut hasher = Hasher::default();
        hasher.update(&self.1);
        assert_eq!(hasher.finish(), *blob, "what was written is what is said of it");
        self.0.push(std::mem::take(&mut self.1));
        Ok(())
    }
}

/// Refuses all after some bytes, as a full disk does.
struct Full(usize);

impl BlobStore for Full {
    fn begin(&mut self) -> io::Result<()> {
        self.0 = 100_000;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }

    fn finish(&mut self, _: &Descriptor) -> io::Result<()> {
        Ok(())
    }
}

fn how(compression: Compression, threads: usize) -> How<'static> {
    let threads = NonZeroUsize::new(threads).unwrap();
    How { division: Division::Split, compression, threads, cache: None }
}

/// Bytes that do not compress to nothing, the same each time.
fn noise(size: usize) -> Vec<u8> {
    let mut state: u64 = 7;
    (0..size)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 60) as u8
        })
        .collect()
}

fn tree(size: usize) -> Rootfs {
    let mut rootfs = Rootfs::default();
    let file = Node::File(Content::Bytes(noise(size).into()));
    let entry = Entry::new(file, 0o755, ImagePart::Program, Reason::new(Cause::Program, "the program"));
    rootfs.insert(&ImagePath::known("/usr/bin/app"), entry).unwrap();
    rootfs
}

fn layer(rootfs: &Rootfs, compression: Compression, number: usize) -> (Layer, Vec<u8>) {
    let mut memory = MemoryStore::default();
    let layers = encode(&[rootfs], &how(compression, number), &mut memory).unwrap();
    let [Layers(layers)] = layers.as_slice() else { panic!("one image") };
    let [layer] = layers.as_slice() else { panic!("one layer") };
    (layer.clone(), memory.0.remove(0))
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    // The tar has 3 heads, the end, and these bytes: borders of parts at n-1, n, n+1.
    let around = |parts: usize| [0, 1, 2].map(|more| parts * 128 * 1024 - 5 * 512 - 1 + more);
    let sizes = [0, 1, 511, 512].into_iter().chain(around(1)).chain(around(2)).chain(around(3)).chain([3_000_000]);
    for size in sizes {
        let rootfs = tree(size);
        let (one, bytes) = layer(&rootfs, Compression::default(), 1);
        for number in [2, 3, 16] {
            let (other, others) = layer(&rootfs, Compression::default(), number);
            assert!(one == other && bytes == others, "{number} threads, {size} bytes");
        }
        let mut uncompressed = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut uncompressed).unwrap();
        assert_eq!((Digest::of(&uncompressed), uncompressed.len() as u64), (one.diff_id, one.size));
    }
}

#[test]
fn an_uncompressed_layer_is_its_own_blob() {
    let (layer, bytes) = layer(&tree(1_000_000), Compression::None, 2);
    assert_eq!((layer.diff_id, layer.size), (layer.blob.digest, layer.blob.size));
    let mut archive = ::tar::Archive::new(bytes.as_slice());
    let names: Vec<_> = archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
    assert_eq!(names, ["usr/", "usr/bin/", "usr/bin/app"].map(PathBuf::from));
}

#[test]
fn a_full_disk_is_an_error_and_no_hang() {
    for compression in [Compression::default(), Compression::None] {
        for number in [1, 2, 3] {
            let error = encode(&[&tree(5_000_000)], &how(compression, number), &mut Full(0)).unwrap_err();
            assert!(matches!(error, Error::Write(error) if error.kind() == io::ErrorKind::StorageFull));
        }
    }
}

#[test]
fn a_file_in_pieces_is_one_file_under_all_its_names_and_is_not_packed_when_it_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app");
    std::fs::write(&path, "0123456789").unwrap();
    let identity = HostFile::open(&path).unwrap().stat.identity;
    let pieces = [
        Piece::Bytes(b"head".as_slice().into()),
        Piece::Copy { offset: 7, length: 3 },
        Piece::Zeros(600),
        Piece::Copy { offset: 0, length: 1 },
    ];
    let content = Content::Pieces(Pieces { path: path.clone(), identity, pieces: pieces.into() });
    let mut rootfs = Rootfs::default();
    for name in ["/a", "/b"] {
        let reason = Reason::new(Cause::Library, "needed");
        let entry = Entry::new(Node::File(content.clone()), 0o644, ImagePart::System, reason);
        rootfs.insert(&ImagePath::known(name), entry).unwrap();
    }
    let mut tar = Vec::new();

    write_tar(&rootfs, &mut tar).unwrap();

    let mut archive = ::tar::Archive::new(tar.as_slice());
    let mut entries = archive.entries().unwrap().map(Result::unwrap);
    let mut bytes = Vec::new();
    entries.next().unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [b"head789".as_slice(), &[0; 600], b"0"].concat());
    assert_eq!(entries.next().unwrap().link_name().unwrap().unwrap(), PathBuf::from("a"));
    assert_eq!((rootfs.size(), tar.len() % 512), (608, 0));
    std::fs::write(&path, "012345678x").unwrap();
    assert!(matches!(write_tar(&rootfs, &mut Vec::new()), Err(Error::Changed { .. })));
}

#[test]
fn a_file_that_changed_is_not_packed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app");
    std::fs::write(&path, noise(1_000_000)).unwrap();
    let identity = HostFile::open(&path).unwrap().stat.identity;
    let mut rootfs = Rootfs::default();
    let node = Node::File(Content::Host { path: path.clone(), identity });
    rootfs
        .insert(
            &ImagePath::known("/app"),
            Entry::new(node, 0o755, ImagePart::Program, Reason::new(Cause::Program, "x")),
        )
        .unwrap();
    let encode = || encode(&[&rootfs], &how(Compression::default(), 2), &mut MemoryStore::default());
    assert!(encode().is_ok());

    std::fs::write(&path, noise(999_999)).unwrap();

    assert!(matches!(encode().unwrap_err(), Error::Changed { .. }));
}

#[test]
fn several_layers_of_several_images_are_the_same_with_any_number_of_threads() {
    let mut both = tree(1_500_000);
    let library = Node::File(Content::Bytes(noise(700_000).into()));
    let entry = Entry::new(library, 0o644, ImagePart::System, Reason::new(Cause::Library, "a library"));
    both.insert(&ImagePath::known("/lib/libz.so"), entry).unwrap();
    let (one, images) = (tree(10), [both, tree(400_000)]);
    let images = [&images[0], &one, &images[1]];
    for compression in [Compression::None, Compression::default(), Compression::Zstd { level: 3 }] {
        let made = |number| {
            let mut memory = MemoryStore::default();
            (encode(&images, &how(compression, number), &mut memory).unwrap(), memory.0)
        };
        let alone = made(1);
        assert_eq!(alone.0.iter().map(|image| image.0.len()).collect::<Vec<_>>(), [2, 1, 1]);
        for number in [2, 3, 16] {
            assert!(made(number) == alone, "{compression:?}, {number} threads");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_the_error_whatever_the_number_of_threads() {
    let mut rootfs = tree(3_000_000);
    let identity = Identity::constant(FileId::Host { device: 1, inode: 2 }, 2_000_000);
    let gone = Node::File(Content::Host { path: "/nonexistent/file".into(), identity });
    let entry = Entry::new(gone, 0o644, ImagePart::Added, Reason::new(Cause::Asked, "for a test"));
    rootfs.insert(&ImagePath::known("/srv/file"), entry).unwrap();
    for compression in [Compression::None, Compression::default()] {
        for number in [1, 2, 16] {
            let error = encode(&[&rootfs], &how(compression, number), &mut MemoryStore::default()).unwrap_err();
            assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        }
    }
}

/// Panics once so many bytes were written, as a broken promise of a store would.
struct Panics(usize);

impl BlobStore for Panics {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 = self.0.checked_sub(bytes.len()).expect("a promise is broken");
        Ok(())
    }

    fn finish(&mut self, _: &Descriptor) -> io::Result<()> {
        Ok(())
    }
}

/// A file that cannot be read without a panic.
struct Unread;

impl ReadAt for Unread {
    fn size(&self) -> u64 {
        3_000_000
    }

    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        panic!("a promise is broken")
    }
}

#[test]
fn a_thread_that_panics_ends_the_run_and_no_other_waits_for_it() {
    for number in [1, 2, 3, 16] {
        for unread in [false, true] {
            let (ended, end) = std::sync::mpsc::channel();
            let run = std::thread::spawn(move || {
                let mut rootfs = tree(5_000_000);
                if unread {
                    let file = Content::Range(Range::new(Arc::new(Unread), 0, 0, Unread.size()));
                    let entry = Entry::new(
                        Node::File(file),
                        0o644,
                        ImagePart::Program,
                        Reason::new(Cause::Asked, "for a test"),
                    );
                    rootfs.insert(&ImagePath::known("/usr/bin/z"), entry).unwrap();
                }
                let mut store = Panics(if unread { usize::MAX } else { 100_000 });
                let encode = || encode(&[&rootfs], &how(Compression::default(), number), &mut store).is_ok();
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(encode));
                ended.send(outcome.is_err()).unwrap();
            });
            let panicked = end.recv_timeout(std::time::Duration::from_secs(60));
            assert_eq!(panicked, Ok(true), "{number} threads, {}", if unread { "reading" } else { "writing" });
            run.join().unwrap();
        }
    }
}
