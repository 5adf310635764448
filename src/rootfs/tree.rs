//! The tree: entries by path, put in one by one so that what always holds in it does.

use super::entry::{Entry, ImagePart, Node};
use super::reason::{Cause, Reason};
use crate::accounts::Runner;
use crate::content::Content;
use crate::events::LeftOut;
use crate::file::Identity;
use crate::files::{MAX_LINKS, walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path, PathBuf};

/// The image's files, from path to entry. In path order a directory comes before what is in it.
#[derive(Debug, Clone, Default)]
pub struct Rootfs {
    /// The entries; `/` itself has none.
    entries: BTreeMap<ImagePath, Entry>,
    /// Files that were looked for and are not in the tree, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// Two different things want one path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` would be two things")]
pub struct Conflict {
    /// The path that both want.
    pub path: ImagePath,
    /// The entry that is there, with its reasons.
    pub there: String,
    /// The entry that was to be put there, with its reasons.
    pub wanted: String,
}

impl Rootfs {
    /// The entries; `/` itself has none.
    pub fn entries(&self) -> &BTreeMap<ImagePath, Entry> {
        &self.entries
    }

    /// Gives every name of the file with this identity other bytes, `content`: the same file, made smaller.
    pub fn replace(&mut self, identity: &Identity, content: &Content) {
        let is_name = |entry: &&mut Entry| entry.file().is_some_and(|other| other.inode() == identity.inode());
        for entry in self.entries.values_mut().filter(is_name) {
            entry.node = Node::File(content.clone());
        }
    }

    /// Lets the user `uid`, and every user of group 0, write in the directory at `path`, if there is one.
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

    /// What keeps `runner` from reading the file at `path`, or from entering the directory there: the first directory on
    /// the way from `/` that `runner` may not enter, or the entry itself.
    pub fn barrier(&self, path: &ImagePath, runner: Runner) -> Option<(ImagePath, &Entry)> {
        let mut above: Vec<_> = path.ancestors().filter(|above| !above.is_root()).map(|above| (above, 0o1)).collect();
        above.reverse();
        let is_directory = self.entries.get(path).is_some_and(|entry| entry.node == Node::Directory);
        let own = (path.clone(), if is_directory { 0o1 } else { 0o4 });
        let mut way =
            above.into_iter().chain([own]).filter_map(|(path, rights)| Some((self.entries.get(&path)?, path, rights)));
        let barred = way.find(|(entry, _, rights)| !entry.allows(runner, *rights));
        barred.map(|(entry, path, _)| (path, entry))
    }

    /// Puts `entry` in the place of the directory at `path`, and returns `None`. Gives the entry back where either of the
    /// two is not a directory.
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

    /// Takes the entry at `path` away. Nothing may be below it.
    pub fn remove(&mut self, path: &ImagePath) {
        self.entries.remove(path);
    }

    /// Replaces the reasons of each of these entries; one that is not in the tree, or gets no reasons, is left as it is.
    pub fn set_reasons(&mut self, reasons: BTreeMap<ImagePath, BTreeSet<Reason>>) {
        for (path, reasons) in reasons {
            if let Some(entry) = self.entries.get_mut(&path).filter(|_| !reasons.is_empty()) {
                entry.reasons = reasons;
            }
        }
    }

    /// All entries below a directory.
    pub fn below<'r>(&'r self, directory: &'r ImagePath) -> impl Iterator<Item = (&'r ImagePath, &'r Entry)> {
        // Between a directory and what is in it, names may stand that begin like it: `/a`, `/a-b`, `/a/c`.
        let near = self.entries.range(directory.clone()..);
        let near = near.take_while(|(path, _)| path.as_bytes().starts_with(directory.as_bytes()));
        near.filter(move |(path, _)| *path != directory && path.is_within(directory))
    }

    /// The reasons of all entries, by path.
    pub fn into_reasons(self) -> BTreeMap<ImagePath, BTreeSet<Reason>> {
        self.entries.into_iter().map(|(path, entry)| (path, entry.reasons)).collect()
    }

    /// Puts `entry` at `path`, or where the links among its directories lead, and returns the path that it has
    /// now. Missing directories are made, with mode 0755.
    ///
    /// # Errors
    /// A conflict where something else is at the path. The same file or link with the same settings, or a directory
    /// for a directory, is no conflict: the entry there gets the reasons of the new one too.
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

    /// Whether `node` is at `path` already, whatever its mode; if so, the entry there gets `reason` too.
    pub fn is_there_too(&mut self, path: &ImagePath, node: &Node, reason: &Reason) -> bool {
        let Some(real) = self.followed(path.as_path()) else { return false };
        let there = self.entries.get_mut(&real).filter(|there| there.node == *node);
        there.map(|there| there.reasons.insert(reason.clone())).is_some()
    }

    /// Puts into the tree what a walk to `to` has met: links with their targets, and directories, also those that a `..`
    /// left again.
    pub fn insert_parents(
        &mut self,
        links: &[(ImagePath, PathBuf)],
        directories: &[ImagePath],
        to: &ImagePath,
        part: ImagePart,
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

    /// The bytes of all files; a file with several names counts once.
    pub fn size(&self) -> u64 {
        let mut seen = BTreeSet::new();
        let once = |entry: &&Entry| entry.file().is_none_or(|identity| seen.insert(identity.inode()));
        self.entries.values().filter(once).map(Entry::size).sum()
    }

    /// How many entries are regular files.
    pub fn files(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry.node, Node::File(_))).count()
    }

    /// Where `path` is once the links among its directories are followed. `entry` is what is to go there, for errors.
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

    /// Where `path` leads in the tree; `None` where its links form a circle, or it leads through a file. Names that are
    /// not there yet count as directories, which will be made.
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

    fn make_parents(&mut self, path: &ImagePath, part: ImagePart) {
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
    /// Replaces each path in a reason that leads through links by the path of the entry that it leads to.
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
                // A directory or link that leads to a link keeps pointing to that link.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, part: ImagePart) -> Entry {
        let reason = Reason::new(Cause::Asked, format!("asked for: {text}"));
        Entry::new(Node::File(Content::Bytes(text.as_bytes().into())), 0o644, part, reason)
    }

    fn link(target: &str) -> Entry {
        Entry::new(Node::Link(target.into()), 0o777, ImagePart::System, Reason::new(Cause::Link, "leads somewhere"))
    }

    fn paths(rootfs: &Rootfs) -> Vec<String> {
        rootfs.entries.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn every_entry_has_its_directories_in_the_lowest_part_that_needs_them() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/a/b/c"), file("c", ImagePart::Program)).unwrap();
        rootfs.insert(&ImagePath::known("/a/d"), file("d", ImagePart::System)).unwrap();

        assert_eq!(paths(&rootfs), ["/a", "/a/b", "/a/b/c", "/a/d"]);
        let part = |path| rootfs.entries[&ImagePath::known(path)].part;
        assert_eq!((part("/a"), part("/a/b")), (ImagePart::System, ImagePart::Program));
        assert_eq!(rootfs.entries[&ImagePath::known("/a")].mode, 0o755);
    }

    #[test]
    fn what_is_put_below_a_link_goes_where_the_link_leads() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/lib"), link("usr/lib")).unwrap();
        rootfs.insert(&ImagePath::known("/x"), link("/lib/../deep")).unwrap();

        rootfs.insert(&ImagePath::known("/lib/y/z"), file("z", ImagePart::Added)).unwrap();
        let at = rootfs.insert(&ImagePath::known("/x/w"), file("w", ImagePart::Added)).unwrap();

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
        rootfs.insert(&ImagePath::known("/f"), file("f", ImagePart::Added)).unwrap();
        rootfs.insert(&ImagePath::known("/l"), link("f")).unwrap();
        for path in ["/etc/passwd", "/a/x", "/b/x/y", "/l/x"] {
            assert!(rootfs.insert(&ImagePath::known(path), file("x", ImagePart::Added)).is_err(), "{path}");
        }
    }

    #[test]
    fn two_things_at_one_path_are_a_conflict_that_names_both() {
        let mut rootfs = Rootfs::default();
        rootfs.insert(&ImagePath::known("/a"), file("one", ImagePart::Added)).unwrap();

        let same = rootfs.insert(&ImagePath::known("/a"), file("one", ImagePart::Added));
        let other = rootfs.insert(&ImagePath::known("/a"), file("two", ImagePart::Added)).unwrap_err();
        let below = rootfs.insert(&ImagePath::known("/a/b"), file("three", ImagePart::Added)).unwrap_err();

        assert!(same.is_ok());
        assert_eq!((other.there.as_str(), other.wanted.as_str()), ("a file: asked for: one", "a file: asked for: two"));
        assert_eq!(below.path, ImagePath::known("/a"));
    }

    #[test]
    fn a_directory_asked_for_keeps_what_it_was_asked_with() {
        let mut rootfs = Rootfs::default();
        let asked = |mode| Entry::new(Node::Directory, mode, ImagePart::Added, Reason::new(Cause::Asked, "asked for"));
        rootfs.insert(&ImagePath::known("/d/x"), file("x", ImagePart::Added)).unwrap();
        rootfs.insert(&ImagePath::known("/d"), asked(0o700)).unwrap();
        rootfs.insert(&ImagePath::known("/d/y"), file("y", ImagePart::Added)).unwrap();
        assert_eq!(rootfs.entries[&ImagePath::known("/d")].mode, 0o700);
    }
}
