//! Reasons that are found for the entries of a tree without reasons, and are given to them all at once.

use super::start::below;
use crate::files::{Walk, walk};
use crate::paths::ImagePath;
use crate::rootfs::{Cause, Node, Reason, Rootfs};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A reason whose parts are borrowed: one is given to many entries.
#[derive(Debug, Clone)]
pub struct ReasonRef<'a> {
    /// The kind of reason.
    pub cause: Cause,
    /// The reason for people, one phrase.
    pub text: &'a str,
    /// The entries that the reason points to.
    pub entries: &'a [ImagePath],
}

impl<'a> ReasonRef<'a> {
    /// A reason that points to no entry.
    pub fn alone(cause: Cause, text: &'a str) -> Self {
        Self { cause, text, entries: &[] }
    }
}

/// The reasons that were found so far, by path.
#[derive(Debug, Default)]
pub struct Reasons(BTreeMap<ImagePath, BTreeSet<Reason>>);

/// How many files below a directory get a reason each.
const MAX_BELOW: usize = 20_000;

impl Reasons {
    /// Gives a reason to the entry that `path` leads to, and to the links and directories on the way. Returns the path of
    /// that entry; `None` where there is none.
    pub fn give(&mut self, rootfs: &Rootfs, path: &Path, why: &ReasonRef<'_>) -> Option<ImagePath> {
        let walk = walk(rootfs, path).ok().filter(|walk| !walk.real.is_root())?;
        self.give_walk(&walk, why);
        Some(walk.real)
    }

    /// As [`Reasons::give`], for everything below that entry too. Returns the files among what got the reason.
    pub fn give_all(&mut self, rootfs: &Rootfs, path: &Path, why: &ReasonRef<'_>) -> Vec<ImagePath> {
        let Some(real) = self.give(rootfs, path, why) else { return Vec::new() };
        let below = below(rootfs, &real).into_iter().take(MAX_BELOW);
        below.filter_map(|path| self.give(rootfs, path.as_path(), why)).collect()
    }

    /// As [`Reasons::give`], for a path that was followed already.
    pub fn give_walk(&mut self, walk: &Walk, why: &ReasonRef<'_>) {
        let real = &walk.real;
        for (link, _) in &walk.links {
            self.add(link, Reason::towards(Cause::Link, "leads to", real));
        }
        for directory in walk.directories.iter().filter(|directory| *directory != real) {
            self.hold(directory, real, "on the way to");
        }
        let entries = why.entries.iter().filter(|path| *path != real).cloned().collect();
        self.add(real, Reason { cause: why.cause, text: why.text.into(), entries });
    }

    /// Whether an entry has a reason so far.
    pub fn has(&self, path: &ImagePath) -> bool {
        self.0.contains_key(path)
    }

    /// Gives a reason to an entry.
    pub fn add(&mut self, path: &ImagePath, reason: Reason) {
        self.0.entry(path.clone()).or_default().insert(reason);
    }

    /// The reason of a directory that would have none: it leads to `path`.
    fn hold(&mut self, directory: &ImagePath, path: &ImagePath, word: &str) {
        let reasons = self.0.entry(directory.clone()).or_default();
        if reasons.is_empty() {
            reasons.insert(Reason::towards(Cause::Parent, word, path));
        }
    }

    /// Gives a reason to links without one that lead to what has one.
    fn hold_links(&mut self, rootfs: &Rootfs) {
        let links = rootfs.entries().iter().filter(|(_, entry)| matches!(entry.node, Node::Link(_)));
        for (link, _) in links {
            let end = walk(rootfs, link.as_path()).ok().filter(|_| !self.has(link));
            if let Some(end) = end.filter(|end| self.has(&end.real) || self.holds(&end.real)) {
                self.add(link, Reason::towards(Cause::Link, "leads to", &end.real));
            }
        }
    }

    /// Whether something below a directory has a reason.
    fn holds(&self, directory: &ImagePath) -> bool {
        let near = self.0.range(directory.clone()..).skip_while(|(path, _)| *path == directory);
        let mut near = near.take_while(|(path, _)| path.as_bytes().starts_with(directory.as_bytes()));
        near.any(|(path, _)| path.is_within(directory))
    }

    /// Adds reasons that were found elsewhere.
    pub fn absorb(&mut self, found: BTreeMap<ImagePath, BTreeSet<Reason>>) {
        for (path, reasons) in found {
            self.0.entry(path).or_default().extend(reasons);
        }
    }

    /// Gives the entries of `rootfs` the reasons that were found, and the directories above them a reason too. A directory
    /// that holds only what has no reason holds that.
    pub fn settle(mut self, rootfs: &mut Rootfs) {
        self.hold_links(rootfs);
        let without = rootfs.entries().iter().filter(|(path, entry)| !self.has(path) && entry.node != Node::Directory);
        let without = without.map(|(path, _)| path.clone());
        for path in self.0.keys().cloned().chain(without).collect::<Vec<_>>() {
            for above in path.ancestors().filter(|above| !above.is_root()) {
                self.hold(&above, &path, "holds");
            }
        }
        rootfs.set_reasons(self.0);
    }
}
