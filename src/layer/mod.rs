//! From [`Rootfs`] to layers: the division, the one true tar encoding, and its digests.
//!
//! Each file is read once, in one pass in which the plain bytes are hashed, compressed, and hashed again.
//! One whose identity is another than when it was looked at is not packed.

mod bytes;
mod divide;
mod pipeline;
mod tar;

use crate::blob::{Blob, BlobStore, Digest};
use crate::compress::Compression;
use crate::events::Tell;
use crate::options::Division;
use crate::paths::ImagePath;
use crate::rootfs::{Content, Entry, Node, Rootfs};
use divide::{Entries, divide, file};
use pipeline::Parts;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The layers of one image, from the lowest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers(pub Vec<Layer>);

/// One layer that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The digest of the plain tar.
    pub diff_id: Digest,
    /// Bytes of the plain tar.
    pub size: u64,
    /// The compressed blob.
    pub blob: Blob,
    /// image-spec media type.
    pub media_type: &'static str,
    /// One line for people, which the image's history shows.
    pub history: String,
    /// The entries, in the order of the tar.
    pub paths: Vec<ImagePath>,
}

/// Why a layer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where it is on the host.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is another than when it was looked at.
    #[error("`{}` changed while it was read", path.display())]
    Changed {
        /// Where it is on the host.
        path: PathBuf,
    },
    /// The destination does not take the bytes.
    #[error("cannot write the image")]
    Write(#[from] io::Error),
}

impl Tell for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Changed { .. } => "changed",
            Self::Write(_) => "cannot-write",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Changed { .. } => "wait until the build is done, and pack again".to_owned(),
            Self::Write(error) if error.kind() == io::ErrorKind::StorageFull => {
                "make room there, or name another place with `--output`".to_owned()
            }
            Self::Unreadable { .. } | Self::Write(_) => String::new(),
        }
    }
}

/// Writes the layers of `rootfs` into `store`, from the lowest, and compresses with `threads` threads. The
/// bytes are the same with any number of them.
pub fn encode(
    rootfs: &Rootfs,
    division: Division,
    compression: Compression,
    threads: NonZeroUsize,
    store: &mut dyn BlobStore,
) -> Result<Layers, Error> {
    let layers = divide(rootfs, division).into_iter().map(|entries| {
        let first = first_names(&entries);
        let size = size(&entries, &first);
        let encoded = pipeline::encode(size, compression, threads, store, |parts| produce(&entries, &first, parts))?;
        Ok(Layer {
            diff_id: encoded.plain.digest,
            size: encoded.plain.size,
            blob: encoded.blob,
            media_type: compression.media_type(),
            history: history(&entries),
            paths: entries.keys().map(|path| (*path).clone()).collect(),
        })
    });
    Ok(Layers(layers.collect::<Result<_, Error>>()?))
}

/// The number of the layer that each entry goes into, the lowest being 0.
pub fn numbers(rootfs: &Rootfs, division: Division) -> BTreeMap<ImagePath, usize> {
    let layers = divide(rootfs, division).into_iter().enumerate();
    layers.flat_map(|(number, entries)| entries.into_keys().map(move |path| (path.clone(), number))).collect()
}

/// Writes the whole tree as one plain tar.
pub fn write_tar(rootfs: &Rootfs, out: &mut dyn Write) -> Result<(), Error> {
    const PART: usize = 256 * 1024;
    let entries: Entries<'_> = rootfs.entries.iter().collect();
    let first = first_names(&entries);
    let mut take = |bytes: Vec<u8>| out.write_all(&bytes).map(|()| bytes);
    pipeline::run(PART, Vec::with_capacity(PART), &mut take, |parts| produce(&entries, &first, parts))?;
    Ok(out.flush()?)
}

/// Writes all bytes of one file.
pub fn write_file(content: &Content, out: &mut dyn Write) -> Result<(), Error> {
    const PIECE: usize = 256 * 1024;
    let mut take = |bytes: Vec<u8>| out.write_all(&bytes).map(|()| bytes);
    pipeline::run(PIECE, Vec::with_capacity(PIECE), &mut take, |parts| bytes::produce(content, parts)).map(drop)
}

/// Of each file with several names in these entries, the name that carries the bytes: the first one.
pub fn first_names<'a>(entries: &BTreeMap<&'a ImagePath, &'a Entry>) -> BTreeMap<&'a ImagePath, &'a ImagePath> {
    let mut seen = BTreeMap::new();
    let mut first = BTreeMap::new();
    for (path, entry) in entries {
        let Some(file) = file(entry) else { continue };
        match seen.get(&file) {
            Some(name) => {
                first.insert(*path, *name);
            }
            None => {
                seen.insert(file, *path);
            }
        }
    }
    first
}

type FirstNames<'a> = BTreeMap<&'a ImagePath, &'a ImagePath>;

/// How long the tar will be; its parts depend on that, so it is known before anything is read.
fn size(entries: &Entries<'_>, first: &FirstNames<'_>) -> u64 {
    let sizes = entries.iter().map(|(path, entry)| {
        let first = first.get(path).copied();
        let bytes = tar::content(entry, first).map_or(0, |content| content.size());
        tar::head(path, entry, first).len() as u64 + bytes + tar::padding(bytes)
    });
    sizes.sum::<u64>() + tar::END as u64
}

fn produce(entries: &Entries<'_>, first: &FirstNames<'_>, parts: &mut Parts<'_>) -> Result<(), Error> {
    const ZEROS: [u8; tar::END] = [0; tar::END];
    for (path, entry) in entries {
        let first = first.get(path).copied();
        parts.write(&tar::head(path, entry, first))?;
        let content = tar::content(entry, first);
        if let Some(content) = &content {
            bytes::produce(content, parts)?;
        }
        let size = content.map_or(0, |content| content.size());
        parts.write(&ZEROS[..usize::try_from(tar::padding(size)).expect("less than a block")])?;
    }
    Ok(parts.write(&ZEROS)?)
}

/// `pack: program /app, CA certificates, users`: what is in it, in the order of this table.
fn history(entries: &Entries<'_>) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("library", "libraries"),
        ("ca-certificates", "CA certificates"),
        ("name-services", "name services"),
        ("zones", "time zones"),
        ("users", "users"),
        ("always", "homes and /tmp"),
        ("asked", "added files"),
    ];
    let codes: BTreeSet<&str> = entries.values().flat_map(|entry| &entry.reasons).map(|reason| reason.code).collect();
    let program = entries.iter().find(|(_, entry)| {
        matches!(entry.node, Node::File(_)) && entry.reasons.iter().any(|reason| reason.code == "program")
    });
    let program = program.map(|(path, _)| format!("program {path}"));
    let others = WORDS.iter().filter(|(code, _)| codes.contains(code)).map(|(_, word)| (*word).to_owned());
    format!("pack: {}", program.into_iter().chain(others).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::{BlobWriter, Hasher};
    use crate::rootfs::{Part, Piece, Pieces, Reason};
    use crate::sysroot::HostFile;
    use std::io::Read;

    /// Blobs in memory.
    #[derive(Default)]
    struct Memory(Vec<Vec<u8>>);

    struct Open<'a>(&'a mut Memory, Vec<u8>);

    impl Write for Open<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl BlobWriter for Open<'_> {
        fn finish(self: Box<Self>, blob: &Blob) -> io::Result<()> {
            let mut hasher = Hasher::default();
            hasher.update(&self.1);
            assert_eq!(hasher.finish(), *blob, "what was written is what is said of it");
            self.0.0.push(self.1);
            Ok(())
        }
    }

    impl BlobStore for Memory {
        fn begin(&mut self) -> io::Result<Box<dyn BlobWriter + '_>> {
            Ok(Box::new(Open(self, Vec::new())))
        }
    }

    /// Refuses all after some bytes, as a full disk does.
    struct Full;

    struct Refusing(usize);

    impl Write for Refusing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl BlobWriter for Refusing {
        fn finish(self: Box<Self>, _: &Blob) -> io::Result<()> {
            Ok(())
        }
    }

    impl BlobStore for Full {
        fn begin(&mut self) -> io::Result<Box<dyn BlobWriter + '_>> {
            Ok(Box::new(Refusing(100_000)))
        }
    }

    fn threads(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
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
        let entry = Entry::new(file, 0o755, Part::Program, Reason::new("program", "the program"));
        rootfs.insert(&ImagePath::known("/usr/bin/app"), entry).unwrap();
        rootfs
    }

    fn layer(rootfs: &Rootfs, compression: Compression, number: usize) -> (Layer, Vec<u8>) {
        let mut memory = Memory::default();
        let layers = encode(rootfs, Division::Split, compression, threads(number), &mut memory).unwrap();
        let [layer] = layers.0.as_slice() else { panic!("one layer") };
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
            let mut plain = Vec::new();
            flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
            assert_eq!((Digest::of(&plain), plain.len() as u64), (one.diff_id, one.size));
        }
    }

    #[test]
    fn a_plain_layer_is_its_own_blob() {
        let (layer, bytes) = layer(&tree(1_000_000), Compression::None, 2);
        assert_eq!((layer.diff_id, layer.size), (layer.blob.digest, layer.blob.size));
        let mut archive = ::tar::Archive::new(bytes.as_slice());
        let names: Vec<_> =
            archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
        assert_eq!(names, ["usr/", "usr/bin/", "usr/bin/app"].map(PathBuf::from));
    }

    #[test]
    fn a_full_disk_is_an_error_and_no_hang() {
        for compression in [Compression::default(), Compression::None] {
            for number in [1, 2, 3] {
                let error =
                    encode(&tree(5_000_000), Division::Split, compression, threads(number), &mut Full).unwrap_err();
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
            let reason = Reason::new("library", "needed");
            let entry = Entry::new(Node::File(content.clone()), 0o644, Part::System, reason);
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
        assert_eq!((rootfs.size(), size(&rootfs.entries.iter().collect(), &BTreeMap::new()) % 512), (608, 0));
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
            .insert(&ImagePath::known("/app"), Entry::new(node, 0o755, Part::Program, Reason::new("program", "x")))
            .unwrap();
        let encode = || encode(&rootfs, Division::Split, Compression::default(), threads(2), &mut Memory::default());
        assert!(encode().is_ok());

        std::fs::write(&path, noise(999_999)).unwrap();

        assert!(matches!(encode().unwrap_err(), Error::Changed { .. }));
    }
}
