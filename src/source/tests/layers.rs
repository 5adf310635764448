//! What layers come to, one over the other.

use super::{Layout, gzip, layer};
use crate::files::Files;
use crate::paths::ImagePath;
use crate::rootfs::Node;
use std::os::unix::ffi::OsStrExt;

/// The tree in words, as [`layer`] takes them.
fn shown(layout: &Layout) -> Vec<String> {
    let source = layout.read().unwrap();
    let entries = source.rootfs.entries().iter().map(|(path, entry)| match &entry.node {
        Node::Directory => format!("d {path}"),
        Node::Link(target) => format!("l {path} {}", target.display()),
        Node::File(_) => {
            let bytes = source.rootfs.open(path).unwrap().bytes_at(0, 100).unwrap();
            format!("f {path} {}", String::from_utf8(bytes).unwrap())
        }
    });
    entries.collect()
}

#[test]
fn layers_lie_over_each_other_as_the_specification_says() {
    for (shows, layers, expected) in [
        ("a later file counts", vec![vec!["f a 1"], vec!["f a 2"]], vec!["f /a 2"]),
        ("a directory keeps what is in it", vec![vec!["d d", "f d/a 1"], vec!["d d"]], vec!["d /d", "f /d/a 1"]),
        ("a file takes the place of a directory", vec![vec!["d d", "f d/a 1"], vec!["f d 2"]], vec!["f /d 2"]),
        (
            "a directory takes the place of a link",
            vec![vec!["d e", "l d e"], vec!["d d", "f d/a 1"]],
            vec!["d /d", "f /d/a 1", "d /e"],
        ),
        ("a whiteout takes away", vec![vec!["d d", "f d/a 1", "f d/b 2"], vec!["f d/.wh.a"]], vec!["d /d", "f /d/b 2"]),
        ("also a directory", vec![vec!["d d", "f d/a 1", "f d-a 2"], vec!["f .wh.d"]], vec!["f /d-a 2"]),
        (
            "an opaque directory loses what was in it, wherever that is said",
            vec![vec!["d d", "f d/a 1", "d d/e", "f d/e/a 1"], vec!["d d", "f d/b 2", "f d/.wh..wh..opq"]],
            vec!["d /d", "f /d/b 2"],
        ),
        ("a whiteout hides nothing of its own layer", vec![vec!["f a 1"], vec!["f a 2", "f .wh.a"]], vec!["f /a 2"]),
        (
            "what AUFS kept for itself is none",
            vec![vec!["f a 1"], vec!["f .wh..wh.aufs", "d .wh..wh.plnk"]],
            vec!["f /a 1"],
        ),
        ("a whiteout of nothing is nothing", vec![vec!["f a 1"], vec!["f x/y/.wh.z"]], vec!["f /a 1"]),
        (
            "a path leads through a link in the image",
            vec![vec!["d usr/lib", "l lib usr/lib"], vec!["f lib/a 1"]],
            vec!["l /lib usr/lib", "d /usr", "d /usr/lib", "f /usr/lib/a 1"],
        ),
        (
            "an absolute link stays in the image",
            vec![vec!["d etc", "l x /etc"], vec!["f x/passwd 1"]],
            vec!["d /etc", "f /etc/passwd 1", "l /x /etc"],
        ),
        (
            "a link out of the image stays in it too",
            vec![vec!["d etc", "l x ../../../etc"], vec!["f x/passwd 1"]],
            vec!["d /etc", "f /etc/passwd 1", "l /x ../../../etc"],
        ),
        ("a hard link is the same file", vec![vec!["f a 1"], vec!["h b a"]], vec!["f /a 1", "f /b 1"]),
        ("and stays when the other name goes", vec![vec!["f a 1", "h b a"], vec!["f .wh.a"]], vec!["f /b 1"]),
        (
            "names begin in every way",
            vec![vec!["d ./", "d ./d/", "f ./d//a 1", "f /b 2"]],
            vec!["f /b 2", "d /d", "f /d/a 1"],
        ),
        ("devices are left out", vec![vec!["f a 1"], vec!["c a", "c dev/null"]], vec![]),
    ] {
        let layers: Vec<&[&str]> = layers.iter().map(Vec::as_slice).collect();
        assert_eq!(shown(&Layout::uncompressed(&layers)), expected, "{shows}");
        let packed: Vec<_> = layers.iter().map(|entries| (gzip(&layer(entries)), layer(entries))).collect();
        assert_eq!(shown(&Layout::of(&packed)), expected, "compressed: {shows}");
    }
}

#[test]
fn an_entry_knows_its_layer_its_owner_and_its_other_names() {
    let layout = Layout::uncompressed(&[&["f a 1", "f b 2"], &["h c a", "f b 3"]]);
    let source = layout.read().unwrap();
    let origin = |path| source.origins[&ImagePath::known(path)];
    assert_eq!((origin("/a"), origin("/b"), origin("/c")), (0, 1, 1));
    let inode = |path| source.rootfs.stat(&ImagePath::known(path)).unwrap().identity.inode();
    assert_eq!(inode("/a"), inode("/c"));
    assert_ne!(inode("/a"), inode("/b"));
    assert_eq!(source.rootfs.size(), 2);
}

#[test]
fn long_names_come_in_two_ways() {
    let long = "d/".repeat(100) + &"n".repeat(120);
    for pax in [false, true] {
        let mut tar = ::tar::Builder::new(Vec::new());
        let mut header = ::tar::Header::new_gnu();
        header.set_size(1);
        header.set_mode(0o644);
        header.set_entry_type(::tar::EntryType::Regular);
        if pax {
            // A value with a line feed in it, before the name that counts.
            tar.append_pax_extensions([
                ("SCHILY.xattr.security.capability", b"\x01\n7 a=b\n".as_slice()),
                ("path", long.as_bytes()),
            ])
            .unwrap();
            header.set_path("short").unwrap();
            header.set_cksum();
            tar.append(&header, b"x".as_slice()).unwrap();
        } else {
            tar.append_data(&mut header, &long, b"x".as_slice()).unwrap();
        }
        let uncompressed = tar.into_inner().unwrap();
        let source = Layout::of(&[(uncompressed.clone(), uncompressed)]).read().unwrap();
        let (path, entry) = source.rootfs.entries().iter().next_back().unwrap();
        assert_eq!(path.as_path().as_os_str().as_bytes(), format!("/{long}").as_bytes(), "{pax}");
        assert_eq!(entry.capability.as_deref(), pax.then_some(b"\x01\n7 a=b\n".as_slice()));
    }
}
