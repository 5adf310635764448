//! Files of one directory that are there for the same reasons: one line tells them all.

use super::sum::Sum;
use super::words::own_reasons;
use pack::facts::{Cause, Entry, ImagePath, Node, Rootfs};
use std::collections::BTreeMap;

/// Fewer files than these have a line each.
const FEW: usize = 3;

/// Entries that one line tells.
#[derive(Debug)]
pub struct Fold<'a> {
    /// The directory that holds them all.
    pub directory: ImagePath,
    /// The entries, the directory too where it is there for the same reasons; in the order of their paths.
    pub members: Vec<&'a ImagePath>,
}

impl Fold<'_> {
    /// Whether the line of the fold stands where this entry would.
    pub fn begins_with(&self, path: &ImagePath) -> bool {
        self.members.first() == Some(&path)
    }

    /// `/usr/lib/python3.11/, 1309 files, 24 MB`.
    pub fn named(&self, rootfs: &Rootfs) -> String {
        let entries = self.members.iter().filter_map(|path| rootfs.entries().get(*path));
        let sum = Sum { directories: 0, ..Sum::of(entries) };
        format!("{}/, {}", self.directory, sum.text())
    }
}

/// What is folded in a tree.
#[derive(Debug, Default)]
pub struct Folds<'a> {
    folds: Vec<Fold<'a>>,
    by_member: BTreeMap<&'a ImagePath, usize>,
}

impl<'a> Folds<'a> {
    /// Folds the entries of `told`. Entries go together where one directory holds them, their reasons are the same, and so
    /// is what `beside` tells of them. Libraries never do: their names are what people look for.
    ///
    /// A directory that has these reasons itself is such a directory. So is any other in which hardly anything has other
    /// reasons.
    pub fn new<B: Ord>(
        rootfs: &'a Rootfs,
        told: impl Iterator<Item = &'a ImagePath>,
        beside: impl Fn(&'a ImagePath) -> B,
    ) -> Self {
        let mut total: BTreeMap<ImagePath, usize> = BTreeMap::new();
        let mut keys: BTreeMap<&ImagePath, Key<'a, B>> = BTreeMap::new();
        let told = told.filter_map(|path| rootfs.entries().get_key_value(path));
        for (path, entry) in told.filter(|(_, entry)| !entry.is_parent_or_link()) {
            above(path).for_each(|above| *total.entry(above).or_default() += 1);
            if !has_a_name_of_its_own(entry) {
                keys.insert(path, (own_reasons(entry).map(|reason| &*reason.text).collect(), beside(path)));
            }
        }
        let mut groups: BTreeMap<(ImagePath, &Key<'a, B>), Vec<&'a ImagePath>> = BTreeMap::new();
        let (mut others, mut below) = (Vec::new(), BTreeMap::new());
        for (path, key) in &keys {
            match own_directory(path, &keys, rootfs) {
                Some(directory) => groups.entry((directory, key)).or_default().push(path),
                None => others.push((*path, key)),
            }
        }
        for (path, key) in &others {
            above(path).for_each(|above| *below.entry((above, *key)).or_insert(0) += 1);
        }
        for (path, key) in others {
            let is_most = |above: &ImagePath| {
                let same: usize = below[&(above.clone(), key)];
                same >= FEW && same * 4 >= total[above] * 3
            };
            if let Some(directory) = above(path).filter(is_most).last() {
                groups.entry((directory, key)).or_default().push(path);
            }
        }
        let mut found = Self::default();
        for (_, members) in groups {
            let files = members.iter().filter(|path| !is_directory(rootfs, path)).count();
            if let (Some(directory), true) = (common_directory(&members, rootfs), files >= FEW) {
                found.by_member.extend(members.iter().map(|path| (*path, found.folds.len())));
                found.folds.push(Fold { directory, members });
            }
        }
        found
    }

    /// What an entry is folded into.
    pub fn of(&self, path: &ImagePath) -> Option<&Fold<'a>> {
        self.by_member.get(path).map(|number| &self.folds[*number])
    }
}

/// Why an entry is there, and what is told of it beside that.
type Key<'a, B> = (Vec<&'a str>, B);

/// The directories above a path but `/`, the nearest first.
fn above(path: &ImagePath) -> impl Iterator<Item = ImagePath> + use<> {
    path.ancestors().filter(|above| !above.is_root())
}

/// The highest directory at or above `path` that has the same key.
fn own_directory<B: Ord>(
    path: &ImagePath,
    keys: &BTreeMap<&ImagePath, Key<'_, B>>,
    rootfs: &Rootfs,
) -> Option<ImagePath> {
    let same = above(path).filter(|above| keys.get(above).is_some_and(|key| *key == keys[path])).last();
    same.or_else(|| Some(path.clone()).filter(|path| is_directory(rootfs, path)))
}

/// The lowest directory that holds all of these entries, or is one of them.
fn common_directory(members: &[&ImagePath], rootfs: &Rootfs) -> Option<ImagePath> {
    let (first, last) = (members.first()?, members.last()?);
    let own = Some((*first).clone()).filter(|first| is_directory(rootfs, first));
    let holds = |above: &ImagePath| members.iter().all(|member| *member == above || member.is_within(above));
    own.into_iter().chain(above(first)).find(|above| last.is_within(above) && holds(above))
}

fn is_directory(rootfs: &Rootfs, path: &ImagePath) -> bool {
    rootfs.entries().get(path).is_some_and(|entry| entry.node == Node::Directory)
}

/// Whether people look for this entry by its name, whatever lies beside it; or it only leads to others.
fn has_a_name_of_its_own(entry: &Entry) -> bool {
    let is_named =
        |cause| matches!(cause, Cause::Program | Cause::Loader | Cause::Library | Cause::Users | Cause::Always);
    entry.is_parent_or_link() || entry.reasons.iter().any(|reason| is_named(reason.cause))
}
