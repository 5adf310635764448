//! The tree: entries by path, put in one by one so that what always holds in it does.

use super::entry::{Entry, Node, Part};
use super::reason::{Cause, Reason};
use crate::accounts::Runner;
use crate::bytes::ReadAt;
use crate::content::Content;
use crate::events::LeftOut;
use crate::file::{FileId, FileKind, Identity, Stat};
use crate::files::{Files, MAX_LINKS, walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The image's files, from path to entry. In path order a directory comes before what is in it.
#[derive(Debug, Clone, Default)]
pub struct Rootfs {
    /// The entries; `/` itself has none.
    entries: BTreeMap<ImagePath, Entry>,
    /// What was looked for and is not in, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// Two things that want one path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` would be two things")]
pub struct Conflict {
    /// The path.
    pub path: ImagePath,
    /// What is there, and why.
    pub there: String,
    /// What was to be put there, and why.
    pub wanted: String,
}

impl Rootfs {
    /// The entries; `/` itself has none.
    pub fn entries(&self) -> &BTreeMap<ImagePath, Entry> {
        &self.entries
    }

    /// Gives every name of a file other bytes: those of the file of the host that `identity` tells of, made smaller.
    pub fn replace(&mut self, identity: &Identity, content: &Content) {
        let is_name = |entry: &&mut Entry| entry.file().is_some_and(|other| other.inode() == identity.inode());
        for entry in self.entries.values_mut().filter(is_name) {
            entry.node = Node::File(content.clone());
        }
    }

    /// Lets a user, and whoever is of group 0, write in the directory at `path`, where it is there.
    pub fn make_writable(&mut self, path: &ImagePath, uid: u32) {
        // Everybody may write in /tmp already.
        if let Some(there) = self.entries.get_mut(path).filter(|there| there.mode != 0o1777) {
            (there.mode, there.uid, there.gid) = (0o775, uid, 0);
        }
    }

    /// Lets everybody enter the directory at `path`, and read what is in it, where something is in it.
    pub fn open_where_used(&mut self, path: &ImagePath) {
        let is_used = self.entries.range(path.clone()..).nth(1).is_some_and(|(other, _)| other.is_within(path));
        if let Some(there) = self.entries.get_mut(path).filter(|_| is_used) {
            there.mode |= 0o055;
        }
    }

    /// What keeps a user from reading the file at `path`, or from entering the directory there: the first directory on
    /// the way that the user may not enter, or the entry itself.
    pub fn barrier(&self, path: &ImagePath, runner: Runner) -> Option<(ImagePath, &Entry)> {
        let above = path.ancestors().filter(|above| !above.is_root()).map(|above| (above, 0o1));
        let is_directory = self.entries.get(path).is_some_and(|entry| entry.node == Node::Directory);
        let own = (path.clone(), if is_directory { 0o1 } else { 0o4 });
        let mut way = above.chain([own]).filter_map(|(path, rights)| Some((self.entries.get(&path)?, path, rights)));
        let barred = way.find(|(entry, _, rights)| !entry.allows(runner, *rights));
        barred.map(|(entry, path, _)| (path, entry))
    }

    /// Gives the directory at `path` the settings and reasons of another entry, where a directory is there: `None`;
    /// else gives the entry back.
    pub fn renew_directory(&mut self, path: &ImagePath, entry: Entry) -> Option<Entry> {
        let is_directory = |entry: &Entry| entry.node == Node::Directory;
        match self.entries.get_mut(path) {
            Some(there) if is_directory(there) && is_directory(&entry) => {
                *there = entry;
                None
            }
            _ => Some(entry),
        }
    }

    /// Takes the entry at `path` away, which must have nothing below it.
    pub fn remove(&mut self, path: &ImagePath) {
        self.entries.remove(path);
    }

    /// Gives each of these entries other reasons, where it is there and there are any.
    pub fn set_reasons(&mut self, reasons: BTreeMap<ImagePath, BTreeSet<Reason>>) {
        for (path, reasons) in reasons {
            if let Some(entry) = self.entries.get_mut(&path).filter(|_| !reasons.is_empty()) {
                entry.reasons = reasons;
            }
        }
    }

    /// The reasons of all entries.
    pub fn into_reasons(self) -> BTreeMap<ImagePath, BTreeSet<Reason>> {
        self.entries.into_iter().map(|(path, entry)| (path, entry.reasons)).collect()
    }

    /// Puts `entry` at `path`, or where the links among its directories lead, and gives the path that it has
    /// now. Directories that are missing are made, 0755. What is there already may be the same thing, which
    /// then has one more reason, or a directory for a directory; anything else is a conflict.
    pub fn insert(&mut self, path: &ImagePath, entry: Entry) -> Result<ImagePath, Conflict> {
        // The root is there without an entry.
        if path.is_root() && entry.node == Node::Directory {
            return Ok(path.clone());
        }
        let path = self.resolved(path, &entry)?;
        self.make_parents(&path, entry.part);
        match self.entries.get_mut(&path) {
            None => {
                self.entries.insert(path.clone(), entry);
            }
            Some(there) if there.node == entry.node => {
                let settings = |entry: &Entry| (entry.mode, entry.uid, entry.gid, entry.capability.clone());
                if there.is_parent() {
                    (there.mode, there.uid, there.gid) = (entry.mode, entry.uid, entry.gid);
                } else if there.node != Node::Directory && settings(there) != settings(&entry) {
                    return Err(Conflict { path, there: there.described(), wanted: entry.described() });
                }
                there.part = there.part.min(entry.part);
                there.reasons.extend(entry.reasons);
            }
            Some(there) => return Err(Conflict { path, there: there.described(), wanted: entry.described() }),
        }
        Ok(path)
    }

    /// Whether this very thing is at `path` already, whatever its mode: it then has one more reason.
    pub fn is_there_too(&mut self, path: &ImagePath, node: &Node, reason: &Reason) -> bool {
        let Some(real) = self.followed(path.as_path()) else { return false };
        let there = self.entries.get_mut(&real).filter(|there| there.node == *node);
        there.map(|there| there.reasons.insert(reason.clone())).is_some()
    }

    /// Puts what a walk through a sysroot met into the tree: its links, and its directories where a `..`
    /// left them again.
    pub fn insert_parents(
        &mut self,
        links: &[(ImagePath, PathBuf)],
        directories: &[ImagePath],
        to: &ImagePath,
        part: Part,
    ) -> Result<(), Conflict> {
        for (path, target) in links {
            let reason = Reason::towards(Cause::Link, "leads to", to);
            self.insert(path, Entry::new(Node::Link(target.clone()), 0o777, part, reason))?;
        }
        for path in directories.iter().filter(|path| !self.entries.contains_key(path)).collect::<Vec<_>>() {
            let reason = Reason::towards(Cause::Parent, "on the way to", to);
            self.insert(path, Entry::new(Node::Directory, 0o755, part, reason))?;
        }
        Ok(())
    }

    /// The bytes of all files, those of one inode once.
    pub fn size(&self) -> u64 {
        let mut seen = BTreeSet::new();
        let once = |entry: &&Entry| entry.file().is_none_or(|identity| seen.insert(identity.inode()));
        self.entries.values().filter(once).map(Entry::size).sum()
    }

    /// How many regular files there are.
    pub fn files(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry.node, Node::File(_))).count()
    }

    /// Where `path` is once the links among its directories are followed.
    fn resolved(&self, path: &ImagePath, entry: &Entry) -> Result<ImagePath, Conflict> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(path.clone()) };
        let blocked = parent.ancestors().chain([parent.clone()]).filter_map(|above| {
            let there = self.entries.get(&above)?;
            matches!(there.node, Node::File(_)).then(|| (above, there.described()))
        });
        if let Some((above, there)) = blocked.last() {
            let wanted = format!("a directory: holds `{path}`, {}", entry.described());
            return Err(Conflict { path: above, there, wanted });
        }
        let linked = parent
            .ancestors()
            .chain([parent.clone()])
            .any(|above| self.entries.get(&above).is_some_and(|there| matches!(there.node, Node::Link(_))));
        if !linked {
            return Ok(path.clone());
        }
        let real = self.followed(parent.as_path()).ok_or_else(|| Conflict {
            path: parent.clone(),
            there: "a link that leads in a circle".to_owned(),
            wanted: format!("a directory: holds `{path}`, {}", entry.described()),
        })?;
        Ok(real.join(name).expect("a name out of an image path"))
    }

    /// Where `path` leads in the tree; `None` where that is a circle, or through a file. What is not there yet is
    /// taken as it is written: it will be made so.
    fn followed(&self, path: &Path) -> Option<ImagePath> {
        let mut todo: VecDeque<Component<'_>> = path.components().collect();
        let (mut real, mut links) = (ImagePath::root(), 0);
        while let Some(component) = todo.pop_front() {
            match component {
                Component::RootDir => real = ImagePath::root(),
                Component::ParentDir => real = real.parent().unwrap_or_else(ImagePath::root),
                Component::CurDir | Component::Prefix(_) => {}
                Component::Normal(name) => {
                    let next = real.join(name).expect("a name has no `..`");
                    match self.entries.get(&next).map(|there| &there.node) {
                        Some(Node::File(_)) => return None,
                        Some(Node::Link(_)) if links == MAX_LINKS => return None,
                        Some(Node::Link(target)) => {
                            links += 1;
                            for component in target.components().rev() {
                                todo.push_front(component);
                            }
                        }
                        Some(Node::Directory) | None => real = next,
                    }
                }
            }
        }
        Some(real)
    }

    fn make_parents(&mut self, path: &ImagePath, part: Part) {
        for above in path.ancestors().filter(|above| !above.is_root()) {
            let reason = Reason::towards(Cause::Parent, "holds", path);
            match self.entries.get_mut(&above) {
                Some(there) if there.part <= part => return,
                Some(there) => there.part = part,
                None => {
                    self.entries.insert(above, Entry::new(Node::Directory, 0o755, part, reason));
                }
            }
        }
    }
}

impl Rootfs {
    /// Makes each reason point to entries: a path through links to what it leads to.
    pub fn settle_reasons(&mut self) {
        let pointed = self.entries.values().flat_map(|entry| &entry.reasons).flat_map(|reason| &reason.entries);
        let elsewhere = pointed.filter(|path| !self.is_end(path));
        let real: BTreeMap<ImagePath, ImagePath> = elsewhere
            .filter_map(|path| Some((path.clone(), walk(self, path.as_path()).ok()?.real)))
            .filter(|(path, real)| path != real)
            .collect();
        if real.is_empty() {
            return;
        }
        for (own, entry) in &mut self.entries {
            let settled = std::mem::take(&mut entry.reasons).into_iter().map(|mut reason| {
                // What leads to a link keeps pointing to it.
                if !reason.cause.is_parent_or_link() {
                    reason.entries = reason.entries.iter().map(|path| real.get(path).unwrap_or(path).clone()).collect();
                    reason.entries.retain(|path| path != own);
                    reason.entries.dedup();
                }
                reason
            });
            entry.reasons = settled.collect();
        }
    }

    fn is_end(&self, path: &ImagePath) -> bool {
        self.entries.get(path).is_some_and(|entry| !matches!(entry.node, Node::Link(_)))
    }
}

impl Files for Rootfs {
    fn stat(&self, path: &ImagePath) -> io::Result<Stat> {
        let node = |address| Identity::constant(FileId::Node(address), 0);
        let (kind, mode, identity) = match self.entries.get_key_value(path) {
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
        match self.entries.get(path).map(|entry| &entry.node) {
            Some(Node::Link(target)) => Ok(target.clone()),
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        match self.entries.get(path).map(|entry| &entry.node) {
            Some(Node::File(content)) => content.open(),
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Node::Link(_)) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn content(&self, path: &ImagePath, _: &Stat) -> Content {
        match self.entries.get(path).map(|entry| &entry.node) {
            Some(Node::File(content)) => content.clone(),
            _ => unreachable!("only a file is asked for its content"),
        }
    }

    fn capability(&self, path: &ImagePath) -> io::Result<Option<Vec<u8>>> {
        Ok(self.entries.get(path).and_then(|entry| entry.capability.clone()))
    }

    fn list(&self, path: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>> {
        let mut entries: Vec<(OsString, FileKind)> = self
            .entries
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
    use super::*;

    fn file(text: &str, part: Part) -> Entry {
        let reason = Reason::new(Cause::Asked, format!("asked for: {text}"));
        Entry::new(Node::File(Content::Bytes(text.as_bytes().into())), 0o644, part, reason)
    }

    fn link(target: &str) -> Entry {
        Entry::new(Node::Link(target.into()), 0o777, Part::System, Reason::new(Cause::Link, "leads somewhere"))
    }

    fn paths(rootfs: &Rootfs) -> Vec<String> {
        rootfs.entries.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn every_entry_has_its_directories_in_the_lowest_part_that_needs_them() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/a/b/c"), file("c", Part::Program)).unwrap();
        rootfs.insert(&ImagePath::known("/a/d"), file("d", Part::System)).unwrap();

        assert_eq!(paths(&rootfs), ["/a", "/a/b", "/a/b/c", "/a/d"]);
        let part = |path| rootfs.entries[&ImagePath::known(path)].part;
        assert_eq!((part("/a"), part("/a/b")), (Part::System, Part::Program));
        assert_eq!(rootfs.entries[&ImagePath::known("/a")].mode, 0o755);
    }

    #[test]
    fn what_is_put_below_a_link_goes_where_the_link_leads() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/lib"), link("usr/lib")).unwrap();
        rootfs.insert(&ImagePath::known("/x"), link("/lib/../deep")).unwrap();

        rootfs.insert(&ImagePath::known("/lib/y/z"), file("z", Part::Added)).unwrap();
        let at = rootfs.insert(&ImagePath::known("/x/w"), file("w", Part::Added)).unwrap();

        assert_eq!(at, ImagePath::known("/usr/deep/w"));
        assert_eq!(
            paths(&rootfs),
            ["/lib", "/usr", "/usr/deep", "/usr/deep/w", "/usr/lib", "/usr/lib/y", "/usr/lib/y/z", "/x"]
        );
    }

    #[test]
    fn nothing_is_put_below_a_link_that_leads_nowhere_or_to_a_file() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/etc"), link("/etc")).unwrap();
        rootfs.insert(&ImagePath::known("/a"), link("/b")).unwrap();
        rootfs.insert(&ImagePath::known("/b"), link("a/../b")).unwrap();
        rootfs.insert(&ImagePath::known("/f"), file("f", Part::Added)).unwrap();
        rootfs.insert(&ImagePath::known("/l"), link("f")).unwrap();
        for path in ["/etc/passwd", "/a/x", "/b/x/y", "/l/x"] {
            assert!(rootfs.insert(&ImagePath::known(path), file("x", Part::Added)).is_err(), "{path}");
        }
    }

    #[test]
    fn two_things_at_one_path_are_a_conflict_that_names_both() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/a"), file("one", Part::Added)).unwrap();

        let same = rootfs.insert(&ImagePath::known("/a"), file("one", Part::Added));
        let other = rootfs.insert(&ImagePath::known("/a"), file("two", Part::Added)).unwrap_err();
        let below = rootfs.insert(&ImagePath::known("/a/b"), file("three", Part::Added)).unwrap_err();

        assert!(same.is_ok());
        assert_eq!((other.there.as_str(), other.wanted.as_str()), ("a file: asked for: one", "a file: asked for: two"));
        assert_eq!(below.path, ImagePath::known("/a"));
    }

    #[test]
    fn a_directory_asked_for_keeps_what_it_was_asked_with() {
        let mut rootfs = Rootfs::default();
        let asked = |mode| Entry::new(Node::Directory, mode, Part::Added, Reason::new(Cause::Asked, "asked for"));
        rootfs.insert(&ImagePath::known("/d/x"), file("x", Part::Added)).unwrap();
        rootfs.insert(&ImagePath::known("/d"), asked(0o700)).unwrap();
        rootfs.insert(&ImagePath::known("/d/y"), file("y", Part::Added)).unwrap();
        assert_eq!(rootfs.entries[&ImagePath::known("/d")].mode, 0o700);
    }

    #[test]
    fn the_tree_can_be_asked_like_a_root_file_system() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/lib"), link("usr/lib")).unwrap();
        rootfs.insert(&ImagePath::known("/usr/lib/x"), file("x", Part::Added)).unwrap();
        rootfs.insert(&ImagePath::known("/usr/lib-y"), file("y", Part::Added)).unwrap();

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
