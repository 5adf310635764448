//! Layers from the cache: the same bytes, and never others.

use super::*;
use crate::cache::CachedLayer;
use std::os::unix::fs::MetadataExt;

/// A cache in a directory of its own, and its blobs by their inodes: one that was written again is another.
struct Kept {
    directory: tempfile::TempDir,
    cache: LayerCache,
}

impl Kept {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let cache = LayerCache::open(&directory.path().join("pack")).unwrap();
        Self { directory, cache }
    }

    fn files(&self, part: &str) -> BTreeMap<PathBuf, u64> {
        let files = std::fs::read_dir(self.directory.path().join("pack").join(part)).unwrap();
        files.map(|file| file.unwrap().path()).map(|path| (path.clone(), path.metadata().unwrap().ino())).collect()
    }

    fn encode(&self, rootfs: &Rootfs, compression: Compression) -> (Vec<Layers>, Vec<Vec<u8>>) {
        let mut memory = MemoryStore::default();
        let how = How { cache: Some(&self.cache), ..how(compression, 2) };
        let layers = encode(&[rootfs], &how, &mut memory).unwrap();
        (layers, memory.0)
    }
}

fn made(rootfs: &Rootfs, compression: Compression) -> (Vec<Layers>, Vec<Vec<u8>>) {
    let mut memory = MemoryStore::default();
    let layers = encode(&[rootfs], &how(compression, 2), &mut memory).unwrap();
    (layers, memory.0)
}

#[test]
fn the_second_run_gives_the_bytes_of_the_first_and_compresses_nothing() {
    for compression in [Compression::default(), Compression::Zstd { level: 3 }] {
        let (kept, rootfs) = (Kept::new(), tree(3_000_000));
        let first = kept.encode(&rootfs, compression);
        let blobs = kept.files("blobs");
        assert_eq!((blobs.len(), kept.files("index").len()), (1, 1));

        let second = kept.encode(&rootfs, compression);

        assert!(first == made(&rootfs, compression) && second == first, "{compression:?}");
        assert_eq!(kept.files("blobs"), blobs);
    }
}

#[test]
fn what_is_made_as_fast_as_it_is_found_is_not_kept() {
    for (compression, size) in [(Compression::None, 3_000_000), (Compression::default(), 100_000)] {
        let kept = Kept::new();
        kept.encode(&tree(size), compression);
        assert_eq!(kept.files("blobs").len(), 0, "{compression:?}, {size} bytes");
    }
}

#[test]
fn a_damaged_blob_is_made_again_and_replaced() {
    let (kept, rootfs) = (Kept::new(), tree(3_000_000));
    let first = kept.encode(&rootfs, Compression::default());
    let path = kept.files("blobs").into_keys().next().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    for damaged in [flipped(0), flipped(whole.len() / 2), flipped(whole.len() - 1), whole[1..].to_vec(), Vec::new()] {
        std::fs::write(&path, damaged).unwrap();
        assert!(kept.encode(&rootfs, Compression::default()) == first);
        assert!(std::fs::read(&path).unwrap() == whole, "it is whole again");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(kept.encode(&rootfs, Compression::default()) == first);
    assert!(std::fs::read(&path).unwrap() == whole);
}

#[test]
fn layers_that_are_kept_and_layers_that_are_made_stand_in_their_order() {
    let kept = Kept::new();
    let mut rootfs = tree(2_000_000);
    let library = Node::File(Content::Bytes(noise(1_000_000).into()));
    let entry = |node| Entry::new(node, 0o644, ImagePart::System, Reason::new(Cause::Library, "a library"));
    rootfs.insert(&ImagePath::known("/lib/libz.so"), entry(library)).unwrap();
    let first = kept.encode(&rootfs, Compression::default());
    for blob in kept.files("blobs").into_keys() {
        // One of the two is made again.
        std::fs::remove_file(blob).unwrap();
        let again = kept.encode(&rootfs, Compression::default());
        assert!(again == first);
        assert_eq!(kept.files("blobs").len(), 2);
    }
}

/// A tree with a file of the host as its program.
fn hosted(path: &Path) -> Rootfs {
    let identity = HostFile::open(path).unwrap().stat.identity;
    let node = Node::File(Content::Host { path: path.to_owned(), identity });
    let entry = Entry::new(node, 0o755, ImagePart::Program, Reason::new(Cause::Program, "the program"));
    let mut rootfs = Rootfs::default();
    rootfs.insert(&ImagePath::known("/app"), entry).unwrap();
    rootfs
}

#[test]
fn a_file_that_is_too_young_is_believed_by_its_bytes_alone() {
    let kept = Kept::new();
    let path = kept.directory.path().join("app");
    std::fs::write(&path, noise(1_000_000)).unwrap();
    let rootfs = hosted(&path);
    let first = kept.encode(&rootfs, Compression::default());
    let blobs = kept.files("blobs");

    assert!(kept.encode(&rootfs, Compression::default()) == first);
    assert_eq!(kept.files("blobs"), blobs, "its bytes are those of the blob");

    // What a second write within one tick of the clock would leave: the same key, other bytes.
    let tree = LayerTree::new(rootfs.entries().iter().collect());
    let key = key::survey(&tree, Compression::default(), true).key.unwrap();
    let known = kept.cache.look_up(&key).unwrap();
    assert!(!known.settled);
    let other = Descriptor { digest: Digest::of(b"other"), ..known.uncompressed };
    kept.cache.index(&key, &CachedLayer { uncompressed: other, ..known });
    assert!(kept.encode(&rootfs, Compression::default()) == first);
}

#[test]
fn a_file_with_other_bytes_and_the_old_size_and_time_is_another_layer() {
    let kept = Kept::new();
    let path = kept.directory.path().join("app");
    std::fs::write(&path, noise(1_000_000)).unwrap();
    let modified = path.metadata().unwrap().modified().unwrap();
    let first = kept.encode(&hosted(&path), Compression::default());
    // A tick of the clock of the file system.
    std::thread::sleep(std::time::Duration::from_millis(50));

    std::fs::write(&path, vec![7; 1_000_000]).unwrap();
    std::fs::File::open(&path).unwrap().set_modified(modified).unwrap();
    let second = kept.encode(&hosted(&path), Compression::default());

    assert!(second.0 != first.0 && second == made(&hosted(&path), Compression::default()));
}
