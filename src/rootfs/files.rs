//! The tree, asked like any other root file system.

use super::{Node, Rootfs};
use crate::bytes::ReadAt;
use crate::content::Content;
use crate::file::{FileId, FileKind, Identity, Stat};
use crate::files::Files;
use crate::paths::ImagePath;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

impl Files for Rootfs {
    fn stat(&self, path: &ImagePath) -> io::Result<Stat> {
        let node = |address| Identity::constant(FileId::Node(address), 0);
        let (kind, mode, identity) = match self.entries().get_key_value(path) {
            None if path.is_root() => (FileKind::Directory, 0o755, node(0)),
            None => return Err(io::ErrorKind::NotFound.into()),
            Some((path, entry)) => match &entry.node {
                Node::File(content) => {
                    (FileKind::File, entry.mode, Identity { size: content.size(), ..content.identity() })
                }
                Node::Directory => (FileKind::Directory, entry.mode, node(path.as_bytes().as_ptr().addr())),
                Node::Link(_) => (FileKind::Link, entry.mode, node(path.as_bytes().as_ptr().addr())),
            },
        };
        Ok(Stat { kind, mode, uid: 0, gid: 0, links: 1, identity })
    }

    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf> {
        match self.entries().get(path).map(|entry| &entry.node) {
            Some(Node::Link(target)) => Ok(target.clone()),
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        match self.entries().get(path).map(|entry| &entry.node) {
            Some(Node::File(content)) => content.open(),
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Node::Link(_)) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn content(&self, path: &ImagePath, _: &Stat) -> Content {
        match self.entries().get(path).map(|entry| &entry.node) {
            Some(Node::File(content)) => content.clone(),
            _ => unreachable!("only a file is asked for its content"),
        }
    }

    fn capability(&self, path: &ImagePath) -> io::Result<Option<Vec<u8>>> {
        Ok(self.entries().get(path).and_then(|entry| entry.capability.clone()))
    }

    fn list(&self, path: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>> {
        let mut entries: Vec<(OsString, FileKind)> = self
            .entries()
            .range(path.clone()..)
            .take_while(|(below, _)| path.is_root() || below.as_bytes().starts_with(path.as_bytes()))
            .filter(|(below, _)| below.parent().as_ref() == Some(path))
            .filter_map(|(below, entry)| Some((below.file_name()?.to_owned(), entry.node.kind())))
            .collect();
        entries.sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cause, Entry, ImagePart, Reason};
    use super::*;
    use crate::files::walk;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_tree_can_be_asked_like_a_root_file_system() {
        let mut rootfs = Rootfs::default();
        let file = || Node::File(Content::Bytes(b"x".as_slice().into()));
        for (path, node) in [("/lib", Node::Link("usr/lib".into())), ("/usr/lib/x", file()), ("/usr/lib-y", file())] {
            let entry = Entry::new(node, 0o755, ImagePart::Added, Reason::new(Cause::Asked, "asked for"));
            rootfs.insert(&ImagePath::known(path), entry).unwrap();
        }

        let ids = ["/", "/usr", "/usr/lib", "/usr/lib/x", "/usr/lib-y", "/lib"]
            .map(|path| rootfs.stat(&ImagePath::known(path)).unwrap().identity.inode());
        assert_eq!(BTreeSet::from(ids).len(), ids.len(), "each is a file of its own");
        assert_eq!(walk(&rootfs, Path::new("/lib/x")).unwrap().real, ImagePath::known("/usr/lib/x"));
        let names = |path: &str| {
            let entries = rootfs.list(&ImagePath::known(path)).unwrap().into_iter();
            entries.map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("/usr"), ["lib", "lib-y"]);
        assert_eq!(names("/usr/lib"), ["x"]);
        assert_eq!(names("/"), ["lib", "usr"]);
    }
}
