//! The tree of reasons: from the program to every file, each of them once.
//!
//! A directory that only holds other entries, and a link that only leads to one, are folded into those entries. The
//! tree is read off the entries' reasons.

use super::fold::{Fold, Folds};
use super::sum::Sum;
use super::words::{Paint, field, left_out, named, reasons};
use pack::facts::{Cause, Entry, Explained, ImagePath, Node, Reason, Rootfs};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::ffi::OsStrExt;

/// Which entry is told below which.
pub struct ReasonTree<'a> {
    rootfs: &'a Rootfs,
    /// Entries that are told below no other one, the program first.
    roots: Vec<&'a ImagePath>,
    below: BTreeMap<&'a ImagePath, Vec<&'a ImagePath>>,
    /// The reason by which each entry is told.
    why: BTreeMap<&'a ImagePath, &'a Reason>,
    /// The directories and links that are folded into an entry; one may be folded into several.
    folded: BTreeMap<&'a ImagePath, Vec<&'a ImagePath>>,
}

impl<'a> ReasonTree<'a> {
    /// Reads the tree off the entries' reasons: an entry is told below that one of its causes that is nearest to the
    /// program.
    pub fn new(rootfs: &'a Rootfs) -> Self {
        let mut tree =
            Self { rootfs, roots: Vec::new(), below: BTreeMap::new(), why: BTreeMap::new(), folded: BTreeMap::new() };
        let mut pointing: BTreeMap<&ImagePath, Vec<(&ImagePath, &Reason)>> = BTreeMap::new();
        let told = || rootfs.entries().iter().filter(|(_, entry)| !entry.is_parent_or_link());
        for (path, entry) in told() {
            for reason in &entry.reasons {
                for target in &reason.entries {
                    pointing.entry(target).or_default().push((path, reason));
                }
            }
        }
        let own = |entry: &'a Entry| entry.reasons.iter().find(|reason| reason.cause == Cause::Program);
        let programs = told().filter_map(|(path, entry)| Some((path, own(entry)?)));
        let alone =
            told().filter_map(|(path, entry)| Some((path, entry.reasons.iter().find(|one| one.entries.is_empty())?)));
        let (unknown, alone): (Vec<_>, Vec<_>) = alone.partition(|(_, reason)| reason.cause == Cause::Unknown);
        // Entries that are there for each other, and for nothing else.
        let circles = told().filter_map(|(path, entry)| Some((path, entry.reasons.first()?)));
        let circles = circles.filter(|(_, reason)| reason.cause != Cause::Unknown);
        for (path, reason) in programs.chain(alone).chain(circles).chain(unknown) {
            if !tree.why.contains_key(path) {
                tree.roots.push(path);
                tree.spread(path, reason, &pointing);
            }
        }
        for (path, _) in rootfs.entries().iter().filter(|(_, entry)| entry.is_parent_or_link()) {
            let ends = tree.ends(path);
            if ends.is_empty() {
                tree.roots.push(path);
            }
            for end in ends {
                tree.folded.entry(end).or_default().push(path);
            }
        }
        tree
    }

    fn spread(
        &mut self,
        root: &'a ImagePath,
        reason: &'a Reason,
        pointing: &BTreeMap<&ImagePath, Vec<(&'a ImagePath, &'a Reason)>>,
    ) {
        self.why.insert(root, reason);
        let mut queue = VecDeque::from([root]);
        while let Some(above) = queue.pop_front() {
            for (path, reason) in pointing.get(above).into_iter().flatten() {
                if !self.why.contains_key(path) {
                    self.why.insert(path, reason);
                    self.below.entry(above).or_default().push(path);
                    queue.push_back(path);
                }
            }
        }
    }

    /// The entries that a directory or a link is there for, in the end.
    fn ends(&self, way: &'a ImagePath) -> BTreeSet<&'a ImagePath> {
        let (mut ends, mut seen, mut todo) = (BTreeSet::new(), BTreeSet::from([way]), vec![way]);
        while let Some(path) = todo.pop() {
            for target in self.rootfs.entries()[path].reasons.iter().flat_map(|reason| &reason.entries) {
                if self.why.contains_key(target) {
                    ends.insert(target);
                } else if self.rootfs.entries().contains_key(target) && seen.insert(target) {
                    todo.push(target);
                }
            }
        }
        ends
    }

    /// What one line can tell: files beside each other in the tree, in one layer. What others are told below has a line of
    /// its own.
    fn folds(&self, explained: &Explained) -> Folds<'a> {
        let above: BTreeMap<&ImagePath, &ImagePath> =
            self.below.iter().flat_map(|(above, paths)| paths.iter().map(|path| (*path, *above))).collect();
        let told = self.why.keys().copied().filter(|path| !self.below.contains_key(path));
        Folds::new(self.rootfs, told, |path| (above.get(path).copied(), explained.layers.get(path).copied()))
    }

    /// What each reason brought; directories and links that are folded count as `parent` and `link`.
    pub fn sums(&self) -> BTreeMap<&'static str, Sum> {
        let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
        let mut inodes = BTreeSet::new();
        for (path, entry) in self.rootfs.entries() {
            let reason = self.why.get(path).copied().or(entry.reasons.first());
            let Some(reason) = reason else { continue };
            let is_again = entry.file().is_some_and(|identity| !inodes.insert(identity.inode()));
            sums.entry(reason.cause.code()).or_default().add(entry, is_again);
        }
        sums
    }
}

/// Deeper than this a line has no room.
const DEEPEST: usize = 24;

/// The tree, the sums, and what was left out. `all`: each file on a line, where files of a directory would share one.
pub fn text(rootfs: &Rootfs, explained: &Explained, all: bool, text: &mut String, paint: Paint) {
    let tree = ReasonTree::new(rootfs);
    let folds = if all { Folds::default() } else { tree.folds(explained) };
    let mut todo: Vec<(&ImagePath, usize)> = tree.roots.iter().rev().map(|path| (*path, 0)).collect();
    let mut shown = BTreeSet::new();
    let mut name = "files";
    while let Some((path, depth)) = todo.pop() {
        todo.extend(tree.below.get(path).into_iter().flatten().rev().map(|below| (*below, depth + 1)));
        let indent = "  ".repeat(depth.min(DEEPEST));
        let (line, end, members) = match folds.of(path) {
            Some(fold) if !fold.begins_with(path) => continue,
            Some(fold) => (fold_line(fold, rootfs, explained), &fold.directory, fold.members.clone()),
            None => (line(path, rootfs, explained), path, vec![path]),
        };
        field(text, paint, std::mem::take(&mut name), &format!("{indent}{line}"));
        let folded = members.iter().flat_map(|path| tree.folded.get(path).into_iter().flatten());
        // What leads to a fold from inside it is in the fold.
        let outside = |path: &&&ImagePath| folds.of(members[0]).is_none() || !path.is_within(end) && **path != end;
        let folded: BTreeSet<&ImagePath> =
            folded.filter(|path| shown.insert(**path)).filter(outside).copied().collect();
        for way in ways(end, folded.into_iter(), rootfs) {
            field(text, paint, "", &format!("{indent}    {way}"));
        }
    }
    let mut name = "reasons";
    for (code, sum) in tree.sums() {
        field(text, paint, std::mem::take(&mut name), &format!("{code}: {}", sum.text()));
    }
    left_out(text, &rootfs.left_out, paint);
}

/// `/lib/libz.so.1.2, 121 kB, layer 1, zlib1g 1:1.2: needed by …`
fn line(path: &ImagePath, rootfs: &Rootfs, explained: &Explained) -> String {
    let entry = &rootfs.entries()[path];
    let mut words = vec![named(&path.to_string(), entry)];
    words.extend(explained.layers.get(path).map(|layer| format!("layer {}", layer + 1)));
    words.extend(explained.packages.get(path).map(ToString::to_string));
    format!("{}: {}", words.join(", "), reasons(entry, MOST_REASONS))
}

/// `/usr/lib/python3.11/, 1309 files, 24 MB, layer 1, libpython3.11-stdlib 3.11.2: …`
fn fold_line(fold: &Fold<'_>, rootfs: &Rootfs, explained: &Explained) -> String {
    const MOST_PACKAGES: usize = 2;
    let first = fold.members[0];
    let packages = fold.members.iter().filter_map(|path| explained.packages.get(*path)).map(ToString::to_string);
    let packages: BTreeSet<String> = packages.collect();
    let mut words = vec![fold.named(rootfs)];
    words.extend(explained.layers.get(first).map(|layer| format!("layer {}", layer + 1)));
    if packages.len() > MOST_PACKAGES {
        words.push(format!("{} packages", packages.len()));
    } else {
        words.extend(packages);
    }
    format!("{}: {}", words.join(", "), reasons(&rootfs.entries()[first], MOST_REASONS))
}

/// How many reasons of one entry are told.
const MOST_REASONS: usize = 4;

/// The links that lead to an entry, and the directories that hold it and them, in a line each.
fn ways<'a>(to: &ImagePath, folded: impl Iterator<Item = &'a ImagePath>, rootfs: &Rootfs) -> Vec<String> {
    let (mut links, mut directories) = (Vec::new(), Vec::new());
    for path in folded {
        match &rootfs.entries()[path].node {
            Node::Link(target) if path.parent() == to.parent() && target.as_os_str().as_bytes() == name(to) => {
                links.push(String::from_utf8_lossy(name(path)).into_owned());
            }
            Node::Link(target) => links.push(format!("{path} -> {}", target.display())),
            _ => directories.push(format!("{path}/")),
        }
    }
    let ways = [("by", links), ("in", directories)].into_iter().filter(|(_, paths)| !paths.is_empty());
    ways.map(|(word, paths)| format!("{word} {}", paths.join(", "))).collect()
}

fn name(path: &ImagePath) -> &[u8] {
    path.file_name().map(OsStrExt::as_bytes).unwrap_or_default()
}
