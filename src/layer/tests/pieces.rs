//! The uncompressed tar and its parts: the same bytes in pieces of any size, and borders that depend on the position
//! alone.

use super::*;
use crate::layer::job::Job;
use crate::layer::key::survey;
use crate::layer::parts::{PartIndex, PartReader};

/// Files of every kind of content, around the size of a block, a link, a long name and a second name.
fn all_kinds(directory: &Path) -> Rootfs {
    let mut rootfs = tree(1_000);
    let mut put = |path: &str, node: Node| {
        let entry = Entry::new(node, 0o644, ImagePart::Added, Reason::new(Cause::Asked, "for a test"));
        rootfs.insert(&ImagePath::known(path), entry).unwrap();
    };
    for size in [0, 1, 511, 512, 513, 70_000] {
        let path = directory.join(format!("host{size}"));
        std::fs::write(&path, noise(size)).unwrap();
        let identity = HostFile::open(&path).unwrap().stat.identity;
        put(&format!("/srv/host{size}"), Node::File(Content::Host { path: path.clone(), identity }));
        put(&format!("/srv/zz{size}"), Node::File(Content::Host { path: path.clone(), identity }));
        put(&format!("/srv/bytes{size}"), Node::File(Content::Bytes(noise(size).into())));
        let half = size as u64 / 2;
        let pieces = [
            Piece::Zeros(size as u64),
            Piece::Copy { offset: half, length: half },
            Piece::Bytes(noise(size).into()),
            Piece::Copy { offset: 0, length: half },
            Piece::Zeros(0),
        ];
        // A file of its own, since two contents of one inode are two names.
        let made = directory.join(format!("made{size}"));
        std::fs::write(&made, noise(size)).unwrap();
        let identity = HostFile::open(&made).unwrap().stat.identity;
        let pieces = Pieces { path: made, identity, pieces: pieces.into() };
        put(&format!("/srv/pieces{size}"), Node::File(Content::Pieces(pieces)));
    }
    put("/srv/link", Node::Link("host1".into()));
    put(&format!("/srv/{}", "long/".repeat(60) + "name"), Node::File(Content::Bytes(noise(10).into())));
    rootfs
}

fn read_in(mut tar: TarReader<'_>, piece: usize) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![9; piece]);
    loop {
        let read = tar.read(&mut buffer).unwrap();
        all.extend(&buffer[..read]);
        if read < piece {
            assert_eq!(tar.read(&mut buffer).unwrap(), 0, "nothing comes behind the end");
            return all;
        }
    }
}

fn size(tree: &LayerTree<'_>) -> u64 {
    survey(tree, Compression::default(), false).size
}

fn job<'a>(tree: &'a LayerTree<'a>) -> Job<'a> {
    Job { size: size(tree), tree, kept: None, cache: None }
}

#[test]
fn pieces_of_any_size_are_the_same_tar() {
    let directory = tempfile::tempdir().unwrap();
    let rootfs = all_kinds(directory.path());
    let tree = LayerTree::new(rootfs.entries().iter().collect());
    let whole = read_in(TarReader::new(&tree), 8 << 20);
    assert_eq!(whole.len() as u64, size(&tree), "its length is known before");
    for piece in [1, 2, 7, 511, 512, 513, 4096, 65_536, 256 * 1024] {
        assert!(read_in(TarReader::new(&tree), piece) == whole, "pieces of {piece}");
    }

    let mut archive = ::tar::Archive::new(whole.as_slice());
    let mut files = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = ImagePath::known(format!("/{}", entry.path().unwrap().display()).trim_end_matches('/'));
        let Node::File(content) = &rootfs.entries()[&path].node else { continue };
        if entry.header().entry_type() == ::tar::EntryType::Link {
            assert!(path.to_string().contains("/zz"), "{path} is a second name");
            continue;
        }
        let (mut there, mut expected) = (Vec::new(), Vec::new());
        entry.read_to_end(&mut there).unwrap();
        content.open().unwrap().copy_to(&mut expected).unwrap();
        assert!(there == expected, "{path}");
        files += 1;
    }
    assert_eq!(files, 6 * 3 + 2);
}

#[test]
fn borders_of_parts_depend_on_the_position_alone() {
    let compression = Compression::default();
    let longest = compression.part_size(1);
    // Heads and the end take five blocks; the bytes of the file make the tar just so long.
    for tar in [longest - 512, longest, longest + 512, 2 * longest, 2 * longest + 512, 7 * longest] {
        let trees = [tree(tar - 5 * 512), tree(3_000), tree(tar - 5 * 512 - 1)];
        let trees = trees.each_ref().map(|tree| LayerTree::new(tree.entries().iter().collect()));
        let jobs = trees.each_ref().map(job);
        let uncompressed = trees.each_ref().map(|tree| read_in(TarReader::new(tree), 4096));
        let mut parts = PartReader::new(&jobs, compression);
        let (mut buffer, mut found) = (vec![7; 10], [const { Vec::<u8>::new() }; 3]);
        while let Some(part) = parts.next(&mut buffer).unwrap() {
            let PartIndex { layer, part: number } = part.index;
            assert_eq!(found[layer].len(), number * longest, "a part begins where the one before it ended");
            found[layer].extend(&buffer[..part.size]);
            let whole = found[layer].len() == uncompressed[layer].len();
            let blob = Descriptor { digest: Digest::of(&uncompressed[layer]), size: uncompressed[layer].len() as u64 };
            assert_eq!(part.end, whole.then_some(blob));
        }
        assert!(found == uncompressed, "a tar of {tar} bytes");
    }
}

#[test]
fn behind_a_file_that_cannot_be_read_there_are_no_parts() {
    let identity = Identity::constant(FileId::Host { device: 1, inode: 2 }, 2_000_000);
    let gone = Node::File(Content::Host { path: "/nonexistent/file".into(), identity });
    let mut rootfs = tree(10);
    rootfs
        .insert(&ImagePath::known("/a"), Entry::new(gone, 0o644, ImagePart::Added, Reason::new(Cause::Asked, "x")))
        .unwrap();
    let tree = LayerTree::new(rootfs.entries().iter().collect());
    let jobs = [job(&tree)];
    let mut parts = PartReader::new(&jobs, Compression::default());
    assert!(matches!(parts.next(&mut Vec::new()), Err(Error::Unreadable { .. })));
    assert!(parts.next(&mut Vec::new()).unwrap().is_none());
}
