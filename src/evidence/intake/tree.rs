//! Trees: a directory with all that is below it, unless it is larger than one that is taken unasked.

use super::{Intake, ItemReason, Taken, end_of};
use crate::evidence::item::ItemKind;
use crate::file::{FileId, FileKind, Stat};
use crate::files::{Place, Root, Walk};
use crate::paths::ImagePath;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Directories that a machine keeps for itself: links of a tree do not bring in files below them.
const OWN: [&str; 13] = [
    "/boot",
    "/dev",
    "/home",
    "/media",
    "/mnt",
    "/proc",
    "/root",
    "/run",
    "/srv",
    "/sys",
    "/tmp",
    "/var/cache",
    "/var/log",
];

/// The largest tree that is taken unasked, in bytes: programs keep less beside themselves; collections (compilers,
/// documentation, models) are larger.
const LARGEST_TREE: u64 = 128 << 20;

/// The largest tree that is taken of what lies beside a program, in bytes: it was put there for this program, and is as
/// large as a browser or a compiler.
const LARGEST_BUNDLE: u64 = 768 << 20;

/// The most entries of a tree that is taken unasked.
const MOST_ENTRIES: usize = 30_000;

/// A tree that is being listed.
struct Listing<'b> {
    /// The tree's root, at the end of all links.
    root: &'b ImagePath,
    /// Whether a path below the root is left out.
    skip: &'b dyn Fn(&Path) -> bool,
    /// The most bytes that may be taken.
    most: u64,
    /// The sizes of the files found so far, in bytes.
    bytes: u64,
    /// Files with several names that are counted in `bytes`.
    counted: BTreeSet<FileId>,
    /// Entries that may be taken; a link with its target.
    found: Vec<(Place, ImagePath, Stat, Option<PathBuf>)>,
}

impl Intake<'_> {
    /// Takes the directory at `place` and all that is below it, except the relative paths that `skip` selects.
    ///
    /// Takes nothing if the tree is too large to be taken unasked.
    pub fn tree(&mut self, place: &Place, reason: &ItemReason, skip: &dyn Fn(&Path) -> bool) -> Taken {
        self.tree_up_to(LARGEST_TREE, place, reason, skip)
    }

    /// Takes a tree as [`tree`](Self::tree) does, without a limit for its bytes.
    pub fn large_tree(&mut self, place: &Place, reason: &ItemReason, skip: &dyn Fn(&Path) -> bool) -> Taken {
        self.tree_up_to(u64::MAX, place, reason, skip)
    }

    /// Takes a tree as [`tree`](Self::tree) does, with the limit of what lies beside a program.
    pub fn bundle(&mut self, place: &Place, reason: &ItemReason, skip: &dyn Fn(&Path) -> bool) -> Taken {
        self.tree_up_to(LARGEST_BUNDLE, place, reason, skip)
    }

    /// Takes a tree of at most `most` bytes, as [`tree`](Self::tree) does, once.
    pub fn tree_up_to(&mut self, most: u64, place: &Place, reason: &ItemReason, skip: &dyn Fn(&Path) -> bool) -> Taken {
        // A tree is the same whether or not it moves with the program.
        let known = Place { moves: false, ..place.clone() };
        let most = if self.takes_all { u64::MAX } else { most };
        if let Some((taken, before)) = self.trees.get(&known)
            && (*taken != Taken::TooLarge || most <= *before)
        {
            return *taken;
        }
        let taken = self.take_tree(most, place, reason, skip);
        self.trees.insert(known, (taken, most));
        taken
    }

    fn take_tree(&mut self, most: u64, place: &Place, reason: &ItemReason, skip: &dyn Fn(&Path) -> bool) -> Taken {
        let Some(end) = self.walk(place).filter(|end| end.stat.kind == FileKind::Directory) else { return Taken::No };
        let mut listing =
            Listing { root: &end.real, skip, most, bytes: 0, counted: BTreeSet::new(), found: Vec::new() };
        let root = &end_of(place, &end);
        if self.list_below(&mut listing, &end.real, root).is_none() {
            return Taken::TooLarge;
        }
        let found = listing.found;
        self.links(place, &end, reason);
        self.directory(root, &end.real, reason);
        let mut outside = Vec::new();
        for (at, real, stat, target) in found {
            match (stat.kind, target) {
                (FileKind::Directory, None) => self.directory(&at, &real, reason),
                (FileKind::File, None) => {
                    let end = Walk { real, stat, links: Vec::new(), directories: Vec::new() };
                    self.real(&at, &end, reason, false);
                }
                (_, Some(target)) => outside.extend(self.link(&at, &real, target, &end.real, reason)),
                _ => {}
            }
        }
        for (at, end) in outside {
            if end.stat.kind == FileKind::Directory {
                self.tree_up_to(most, &end_of(&at, &end), reason, skip);
            } else {
                self.links(&at, &end, reason);
                self.real(&at, &end, reason, false);
            }
        }
        Taken::Yes
    }

    /// The bytes of the files below the directory at `place`, counted until there are `most`.
    pub fn size_below(&self, place: &Place, most: u64) -> u64 {
        let Some(end) = self.walk(place).filter(|end| end.stat.kind == FileKind::Directory) else { return 0 };
        let (root, skip) = (&end.real, &|_: &Path| false);
        let mut listing = Listing { root, skip, most, bytes: 0, counted: BTreeSet::new(), found: Vec::new() };
        let is_whole = self.list_below(&mut listing, root, &end_of(place, &end)).is_some();
        if is_whole { listing.bytes } else { most }
    }

    /// Lists everything below `real`; `None` as soon as it is more than may be taken.
    fn list_below(&self, listing: &mut Listing<'_>, real: &ImagePath, place: &Place) -> Option<()> {
        let files = self.files(place);
        for (name, _) in files.list(real).unwrap_or_default() {
            let Some(path) = real.join(&name) else { continue };
            let relative = path.as_path().strip_prefix(listing.root.as_path()).unwrap_or(path.as_path());
            let Ok(stat) = files.stat(&path) else { continue };
            if !self.takes_all && (listing.skip)(relative) {
                continue;
            }
            let at = Place { path: path.as_path().to_owned(), ..place.clone() };
            let target = (stat.kind == FileKind::Link).then(|| files.read_link(&path).ok()).flatten();
            let public = self.is_open(&stat);
            match stat.kind {
                FileKind::Directory if public => {
                    listing.found.push((at, path.clone(), stat, None));
                    self.list_below(listing, &path, place)?;
                }
                FileKind::File if public => {
                    // Several names of one file are one file.
                    let again = stat.links > 1 && !listing.counted.insert(stat.identity.inode());
                    listing.bytes += if again { 0 } else { stat.identity.size };
                    listing.found.push((at, path, stat, None));
                }
                FileKind::Link => listing.found.push((at, path, stat, target)),
                _ => {}
            }
            if listing.bytes > listing.most || listing.found.len() > MOST_ENTRIES && !self.takes_all {
                return None;
            }
        }
        Some(())
    }

    /// Takes a link of the tree at `root`. Returns where it leads if that is outside the tree and is to be taken too.
    fn link(
        &mut self,
        at: &Place,
        path: &ImagePath,
        target: PathBuf,
        root: &ImagePath,
        reason: &ItemReason,
    ) -> Option<(Place, Walk)> {
        let end = self.walk(at)?;
        let inside = end.real.is_within(root);
        let public = self.is_open(&end.stat) && matches!(end.stat.kind, FileKind::File | FileKind::Directory);
        if !inside && (!public || at.root == Root::Host || !self.takes_all && is_own(&end.real)) {
            return None;
        }
        let own = Place { path: path.as_path().to_owned(), ..at.clone() };
        self.put(own.clone(), ItemKind::Link(target), 0o777, reason);
        // A link may lead back into the tree by one outside, as those of update-alternatives do.
        if inside && at.root == Root::Sysroot {
            self.links(at, &end, reason);
        }
        (!inside).then_some((own, end))
    }
}

/// Whether a path is below a directory of [`OWN`]. `/var/lib` does not count: what a link of installed data leads to
/// there was put there by the same package.
fn is_own(path: &ImagePath) -> bool {
    OWN.iter().any(|own| path.is_within(&ImagePath::known(own)))
}
