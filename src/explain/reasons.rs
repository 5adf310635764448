//! Reasons that are found for files of a tree that has none, until they are all given at once.

use super::start::below;
use crate::files::{Walk, walk};
use crate::paths::ImagePath;
use crate::rootfs::{Cause, Reason, Rootfs};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Why, and because of which entries.
#[derive(Debug, Clone)]
pub struct Why<'a> {
    /// What kind of reason it is.
    pub cause: Cause,
    /// One phrase for people.
    pub text: &'a str,
    /// The entries that show it.
    pub entries: &'a [ImagePath],
}

impl<'a> Why<'a> {
    /// Because of no entry.
    pub fn alone(cause: Cause, text: &'a str) -> Self {
        Self { cause, text, entries: &[] }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Reasons(BTreeMap<ImagePath, BTreeSet<Reason>>);

/// As many files of one directory are worth a reason each.
const MOST_BELOW: usize = 20_000;

impl Reasons {
    /// A reason for what `path` leads to, and for the links and directories on the way; gives where it leads.
    pub fn give(&mut self, rootfs: &Rootfs, path: &Path, why: &Why<'_>) -> Option<ImagePath> {
        let walk = walk(rootfs, path).ok().filter(|walk| !walk.real.is_root())?;
        self.give_walk(&walk, why);
        Some(walk.real)
    }

    /// The same for all that is below it too; gives the files among that.
    pub fn give_all(&mut self, rootfs: &Rootfs, path: &Path, why: &Why<'_>) -> Vec<ImagePath> {
        let Some(real) = self.give(rootfs, path, why) else { return Vec::new() };
        let below = below(rootfs, &real).into_iter().take(MOST_BELOW);
        below.filter_map(|path| self.give(rootfs, path.as_path(), why)).collect()
    }

    /// The same for a way that was walked.
    pub fn give_walk(&mut self, walk: &Walk, why: &Why<'_>) {
        let real = &walk.real;
        for (link, _) in &walk.links {
            let text = format!("leads to `{real}`");
            self.add(link, Reason { cause: Cause::Link, text: text.into(), entries: vec![real.clone()] });
        }
        for directory in walk.directories.iter().filter(|directory| *directory != real) {
            self.hold(directory, real, "on the way to");
        }
        let entries = why.entries.iter().filter(|path| *path != real).cloned().collect();
        self.add(real, Reason { cause: why.cause, text: why.text.into(), entries });
    }

    fn add(&mut self, path: &ImagePath, reason: Reason) {
        self.0.entry(path.clone()).or_default().insert(reason);
    }

    fn hold(&mut self, directory: &ImagePath, path: &ImagePath, word: &str) {
        let reasons = self.0.entry(directory.clone()).or_default();
        if reasons.is_empty() {
            reasons.insert(Reason {
                cause: Cause::Parent,
                text: format!("{word} `{path}`").into(),
                entries: vec![path.clone()],
            });
        }
    }

    /// Takes what the tree says that is assembled from a closure.
    pub fn absorb(&mut self, found: BTreeMap<ImagePath, BTreeSet<Reason>>) {
        for (path, reasons) in found {
            self.0.entry(path).or_default().extend(reasons);
        }
    }

    /// Gives the entries what was found, and the directories above them a reason too.
    pub fn settle(mut self, rootfs: &mut Rootfs) {
        for path in self.0.keys().cloned().collect::<Vec<_>>() {
            for above in path.ancestors().filter(|above| !above.is_root()) {
                self.hold(&above, &path, "holds");
            }
        }
        rootfs.set_reasons(self.0);
    }
}
