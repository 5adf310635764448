//! Layers over each other, as engines unpack them (image-spec, layer.md): what a layer has takes the place of
//! what is below it, and a whiteout takes away.
//!
//! Nothing is unpacked: a file is a range of its layer. Names are held inside the tree: one with a `..` is an
//! error, and links among the directories of a path are followed in the tree alone.

use super::tar::{Fault, Member, MemberKind, Members};
use crate::bytes::ReadAt;
use crate::content::{Content, Range};
use crate::events::LeftOut;
use crate::file::FileKind;
use crate::files::walk;
use crate::paths::ImagePath;
use crate::rootfs::{Cause, Entry, ImagePart, Node, Reason, Rootfs};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

/// The tree of an image while its layers are read.
#[derive(Debug, Default)]
pub struct LayeredTree {
    /// All files so far.
    pub rootfs: Rootfs,
    /// The layer that each entry comes from, the lowest being 0.
    pub origins: BTreeMap<ImagePath, usize>,
    /// Bytes of names, as a measure of memory.
    weight: usize,
    /// Entries of layers, those too that another one took the place of.
    members: usize,
    /// Bytes of links that were followed and directories that were gone through, as a measure of time.
    followed: usize,
}

/// More entries than any image has that an engine takes in reasonable time.
const MOST_ENTRIES: usize = 1_000_000;
/// How many entries all layers together may have, hidden ones included.
const MOST_MEMBERS: usize = 2 * MOST_ENTRIES;
/// All names together.
const HEAVIEST: usize = 200 << 20;
/// What finding the places of all entries may cost: links at the top of a root are short, trees are flat.
const LONGEST_WAY: usize = 50 << 20;
/// Directories above one file; each is looked at for every file in it.
const DEEPEST: usize = 256;
/// What is left out of an image is told, but not a million times.
const MOST_LEFT_OUT: usize = 100;

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
/// What the names of AUFS's own files begin with.
const AUFS: &[u8] = b".wh..wh.";

impl LayeredTree {
    /// Puts a layer, an uncompressed tar, over what is there.
    pub fn apply(&mut self, tar: &Arc<dyn ReadAt>, number: usize) -> Result<(), Fault> {
        // A whiteout hides what is below its layer, wherever it stands in it.
        for member in Members::new(&**tar) {
            self.whiteout(&member?)?;
        }
        for member in Members::new(&**tar) {
            self.put(member?, tar, number)?;
            self.members += 1;
            if self.members > MOST_MEMBERS
                || self.rootfs.entries().len() > MOST_ENTRIES
                || self.weight > HEAVIEST
                || self.followed > LONGEST_WAY
            {
                return Err(too_many());
            }
        }
        Ok(())
    }

    fn whiteout(&mut self, member: &Member) -> Result<(), Fault> {
        let path = path(&member.name)?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
        let Some(hidden) = name.as_bytes().strip_prefix(WHITEOUT) else { return Ok(()) };
        let Ok(end) = walk(&self.rootfs, parent.as_path()) else {
            self.followed += 4096;
            return if self.followed > LONGEST_WAY { Err(too_many()) } else { Ok(()) };
        };
        if name.as_bytes() == OPAQUE {
            // A directory that takes the place of a link has nothing below it yet.
            let own = self.place(&parent).unwrap_or_else(ImagePath::root);
            if self.rootfs.entries().get(&own).is_none_or(|there| there.node == Node::Directory) {
                self.remove_below(&own);
            }
        } else if !name.as_bytes().starts_with(AUFS)
            && let Some(hidden) = end.real.join(OsStr::from_bytes(hidden))
        {
            self.remove(&hidden);
        }
        Ok(())
    }

    fn put(&mut self, member: Member, tar: &Arc<dyn ReadAt>, number: usize) -> Result<(), Fault> {
        let path = path(&member.name)?;
        let Some(name) = path.file_name() else { return Ok(()) };
        if name.as_bytes().starts_with(WHITEOUT) {
            return Ok(());
        }
        let shown = || format!("`{path}`");
        let at = self
            .place(&path)
            .ok_or_else(|| Fault::Form(format!("puts {} below something that is not a directory", shown())))?;
        let node = match member.kind {
            MemberKind::Directory => Node::Directory,
            MemberKind::Link => Node::Link(PathBuf::from(OsStr::from_bytes(&member.link))),
            MemberKind::File => Node::File(Content::Range(Range::new(tar.clone(), number, member.offset, member.size))),
            MemberKind::HardLink => return self.hard_link(&at, &member, number),
            MemberKind::Special(what) => {
                if self.rootfs.left_out.len() < MOST_LEFT_OUT {
                    let why = format!("it is {what}");
                    self.rootfs.left_out.push(LeftOut { what: path.to_string(), why });
                }
                self.remove(&at);
                return Ok(());
            }
        };
        let reason = Reason::new(Cause::Unknown, "no reason found");
        let mode = if member.kind == MemberKind::Link { 0o777 } else { member.mode };
        let mut entry = Entry::new(node, mode, ImagePart::System, reason);
        (entry.uid, entry.gid, entry.capability) = (member.uid, member.gid, member.capability);
        self.insert(&at, entry, number)
    }

    fn hard_link(&mut self, at: &ImagePath, member: &Member, number: usize) -> Result<(), Fault> {
        let target = path(&member.link)?;
        let there = self.place(&target).and_then(|real| self.rootfs.entries().get(&real));
        match there {
            Some(there) if there.node != Node::Directory => {
                let entry = there.clone();
                self.insert(at, entry, number)
            }
            _ => Err(Fault::Form(format!("has a hard link `{at}` to `{target}`, which is not a file"))),
        }
    }

    fn insert(&mut self, at: &ImagePath, entry: Entry, number: usize) -> Result<(), Fault> {
        if let Some(entry) = self.rootfs.renew_directory(at, entry) {
            if self.rootfs.entries().contains_key(at) {
                self.remove(at);
            }
            let before = self.rootfs.entries().len();
            let inserted = self.rootfs.insert(at, entry);
            inserted.map_err(|conflict| Fault::Form(format!("has two things at `{}`", conflict.path)))?;
            self.weight += (self.rootfs.entries().len() - before) * at.as_bytes().len();
        }
        self.origins.insert(at.clone(), number);
        Ok(())
    }

    /// Where a path of a layer is once the links among its directories are followed; directories that are not
    /// there are taken as they are written. `None` where something on the way is not a directory.
    fn place(&mut self, path: &ImagePath) -> Option<ImagePath> {
        let mut missing = vec![path.file_name()?.to_owned()];
        for above in path.ancestors() {
            match walk(&self.rootfs, above.as_path()) {
                Ok(end) if end.stat.kind == FileKind::Directory => {
                    let links = end.links.iter().map(|(_, target)| target.as_os_str().len()).sum::<usize>();
                    self.followed += links + end.directories.len().pow(2) / 16;
                    return missing.iter().rev().try_fold(end.real, |path, name| path.join(name));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    // Nothing can be put below a link that leads nowhere.
                    let dangles = |above: &ImagePath| self.rootfs.entries().contains_key(above);
                    if dangles(&above) {
                        return None;
                    }
                    missing.push(above.file_name()?.to_owned());
                }
                _ => return None,
            }
        }
        None
    }

    fn remove(&mut self, path: &ImagePath) {
        self.remove_below(path);
        self.rootfs.remove(path);
        self.origins.remove(path);
    }

    fn remove_below(&mut self, directory: &ImagePath) {
        // No name is less: what is in a directory stands together, from here on.
        let Some(first) = directory.join(OsStr::from_bytes(&[1])) else { return };
        let below = self.rootfs.entries().range(first..).map(|(path, _)| path);
        let below: Vec<ImagePath> = below.take_while(|path| path.is_within(directory)).cloned().collect();
        for path in below {
            self.rootfs.remove(&path);
            self.origins.remove(&path);
        }
    }
}

fn too_many() -> Fault {
    Fault::Form("has more files and links than any image".to_owned())
}

/// The path that a name in a layer stands for.
fn path(name: &[u8]) -> Result<ImagePath, Fault> {
    if name.split(|byte| *byte == b'/').count() > DEEPEST {
        return Err(Fault::Form(format!("has a file below more than {DEEPEST} directories")));
    }
    let path = ImagePath::new(OsStr::from_bytes(&[b"/", name].concat()));
    path.ok_or_else(|| {
        Fault::Form(format!("has the name `{}`, which leads out of the image", super::store::shown(name)))
    })
}
