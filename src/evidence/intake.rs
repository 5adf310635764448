//! Takes files and trees of the sysroot, as they are there: links and what they lead to, modes, and which of them
//! are programs or libraries and so need more.
//!
//! Only what everybody may read is taken, and nothing from where a machine keeps what is its own: homes, `/run`,
//! caches, logs. A link of something that a rule names is followed there.

use super::finding::SeenObject;
use super::item::{Item, Source};
use super::scan;
use crate::bytes::ReadAt;
use crate::content::{Content, Pieces};
use crate::elf::{self, Object};
use crate::file::{FileId, FileKind, Stat};
use crate::files::{Files, Place, Root, Roots, Walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What a machine keeps for itself: nothing of it comes in unless a rule names it.
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

/// The largest tree that is taken without being asked for: what programs keep beside themselves is below that;
/// collections (compilers, documentation, models) are above.
pub const LARGEST_TREE: u64 = 128 << 20;

/// And the most files in it.
const MOST_FILES: usize = 30_000;

/// Why something is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The rule, or the flag.
    pub rule: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// As a phrase for people.
    pub because: String,
    /// The object that shows it; `None`: the user asks for it.
    pub object: Option<SeenObject>,
}

/// An ELF file among what is taken.
#[derive(Debug)]
pub struct Elf {
    /// Where it is.
    pub place: Place,
    /// What a loader looks at in it.
    pub object: Rc<Object>,
    /// Why it is taken.
    pub because: String,
}

/// What came of asking for a file or a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is in.
    Yes,
    /// It is not there, or not for everybody.
    No,
    /// It is a tree larger than what is taken unasked.
    TooLarge,
}

/// What was taken so far.
pub struct Intake<'a> {
    roots: Roots<'a>,
    /// Whatever is there is taken, however large and for whomever: the root is an image, which holds nothing by chance.
    pub whole: bool,
    /// What comes in.
    pub brought: Vec<Item>,
    /// Libraries among it, which something opens by their path.
    pub libraries: Vec<Elf>,
    /// Programs among it, which something starts.
    pub programs: Vec<Elf>,
    taken: BTreeSet<Place>,
    trees: BTreeMap<Place, Taken>,
}

/// The part of a tree that is being looked at.
struct Branch<'b> {
    root: &'b ImagePath,
    skip: &'b dyn Fn(&Path) -> bool,
    most: u64,
    bytes: u64,
    inodes: BTreeSet<FileId>,
    found: Vec<(Place, Walk, Option<PathBuf>)>,
}

impl<'a> Intake<'a> {
    /// Takes from `roots`. What an image holds was put there to be used: of that, everything may be taken.
    pub fn new(roots: Roots<'a>) -> Self {
        Self {
            roots,
            whole: roots.is_image(),
            brought: Vec::new(),
            libraries: Vec::new(),
            programs: Vec::new(),
            taken: BTreeSet::new(),
            trees: BTreeMap::new(),
        }
    }

    /// The root that a place is in.
    pub fn files(&self, place: &Place) -> &'a dyn Files {
        self.roots.files(place)
    }

    /// Whether a file may be taken: everybody may read it.
    fn is_open(&self, stat: &Stat) -> bool {
        self.whole || stat.is_public()
    }

    /// Where `place` leads, if something is there.
    pub fn walk(&self, place: &Place) -> Option<Walk> {
        self.roots.walk(place).ok()
    }

    /// The file at the end of all links.
    pub fn open(&self, place: &Place) -> Option<Box<dyn ReadAt>> {
        self.files(place).open(&self.walk(place)?.real).ok()
    }

    fn open_public(&self, place: &Place) -> Option<Box<dyn ReadAt>> {
        let end = self.walk(place).filter(|end| end.stat.kind == FileKind::File && self.is_open(&end.stat))?;
        self.files(place).open(&end.real).ok()
    }

    /// The bytes of a small file.
    pub fn read(&self, place: &Place) -> Option<Vec<u8>> {
        const LARGEST: usize = 16 << 20;
        self.open_public(place)?.bytes_at(0, LARGEST).ok()
    }

    /// Whether `text` stands in a file, however large it is.
    pub fn holds(&self, place: &Place, text: &str) -> bool {
        self.open_public(place).is_some_and(|file| scan::holds(&*file, &[(0, file.size())], text).unwrap_or(false))
    }

    /// The names in a directory, sorted; none where there is no directory.
    pub fn list(&self, place: &Place) -> Vec<PathBuf> {
        let end = self.walk(place).filter(|end| end.stat.kind == FileKind::Directory);
        let names = end.and_then(|end| self.files(place).list(&end.real).ok());
        names.into_iter().flatten().map(|(name, _)| PathBuf::from(name)).collect()
    }

    /// Takes one file, with the links that lead to it.
    pub fn file(&mut self, place: &Place, why: &Why) -> Taken {
        let Some(end) = self.walk(place) else { return Taken::No };
        if end.stat.kind != FileKind::File || !self.is_open(&end.stat) {
            return Taken::No;
        }
        self.links(place, &end, why);
        self.real(place, &end, why);
        Taken::Yes
    }

    /// Takes the directory at `place` and all that is in it, but for what `skip` names by its path below it.
    /// Where it is larger than what is taken unasked, nothing of it is.
    pub fn tree(&mut self, place: &Place, why: &Why, skip: &dyn Fn(&Path) -> bool) -> Taken {
        self.up_to(if self.whole { u64::MAX } else { LARGEST_TREE }, place, why, skip)
    }

    /// The same of a tree that is known to be large and needed whole.
    pub fn large_tree(&mut self, place: &Place, why: &Why, skip: &dyn Fn(&Path) -> bool) -> Taken {
        self.up_to(u64::MAX, place, why, skip)
    }

    fn up_to(&mut self, most: u64, place: &Place, why: &Why, skip: &dyn Fn(&Path) -> bool) -> Taken {
        // Whether it moves with the program does not make it another one.
        let known = Place { moves: false, ..place.clone() };
        if let Some(taken) = self.trees.get(&known) {
            return *taken;
        }
        let taken = self.whole(most, place, why, skip);
        self.trees.insert(known, taken);
        taken
    }

    fn whole(&mut self, most: u64, place: &Place, why: &Why, skip: &dyn Fn(&Path) -> bool) -> Taken {
        let Some(end) = self.walk(place).filter(|end| end.stat.kind == FileKind::Directory) else { return Taken::No };
        let mut branch = Branch { root: &end.real, skip, most, bytes: 0, inodes: BTreeSet::new(), found: Vec::new() };
        if self.below(&mut branch, &end.real, place).is_none() {
            return Taken::TooLarge;
        }
        let found = branch.found;
        self.links(place, &end, why);
        self.directory(place, &end.real, why);
        let mut more = Vec::new();
        for (at, walk, target) in found {
            match (walk.stat.kind, target) {
                (FileKind::Directory, None) => self.directory(&at, &walk.real, why),
                (FileKind::File, None) => self.real(&at, &walk, why),
                (_, Some(target)) => more.extend(self.link(&at, &walk.real, target, &end.real, why)),
                _ => {}
            }
        }
        for (at, end) in more {
            if end.stat.kind == FileKind::Directory {
                let real = Place { path: end.real.as_path().to_owned(), ..at.clone() };
                self.up_to(most, &real, why, skip);
            } else {
                self.file(&at, why);
            }
        }
        Taken::Yes
    }

    /// Looks at everything below `real`; `None` where that is more than is taken unasked.
    fn below(&self, branch: &mut Branch<'_>, real: &ImagePath, place: &Place) -> Option<()> {
        let files = self.files(place);
        for (name, _) in files.list(real).unwrap_or_default() {
            let Some(path) = real.join(&name) else { continue };
            let relative = path.as_path().strip_prefix(branch.root.as_path()).unwrap_or(path.as_path());
            let Ok(stat) = files.stat(&path) else { continue };
            if !self.whole && (branch.skip)(relative) {
                continue;
            }
            let at = Place { path: path.as_path().to_owned(), ..place.clone() };
            let target = (stat.kind == FileKind::Link).then(|| files.read_link(&path).ok()).flatten();
            let public = self.is_open(&stat);
            let walk = Walk { real: path.clone(), stat, links: Vec::new(), directories: Vec::new() };
            match stat.kind {
                FileKind::Directory if public => {
                    branch.found.push((at, walk, None));
                    self.below(branch, &path, place)?;
                }
                FileKind::File if public => {
                    // Several names of one file are one file.
                    let again = stat.links > 1 && !branch.inodes.insert(stat.identity.inode());
                    branch.bytes += if again { 0 } else { stat.identity.size };
                    branch.found.push((at, walk, None));
                }
                FileKind::Link => branch.found.push((at, walk, target)),
                _ => {}
            }
            if branch.bytes > branch.most || branch.found.len() > MOST_FILES && !self.whole {
                return None;
            }
        }
        Some(())
    }

    /// Takes a link of the tree at `root`; gives what is to be taken with it, where it leads out of the tree.
    fn link(
        &mut self,
        at: &Place,
        path: &ImagePath,
        target: PathBuf,
        root: &ImagePath,
        why: &Why,
    ) -> Option<(Place, Walk)> {
        let end = self.walk(at)?;
        let inside = end.real.is_within(root);
        let public = self.is_open(&end.stat) && matches!(end.stat.kind, FileKind::File | FileKind::Directory);
        if !inside && (!public || at.root == Root::Host || !self.whole && is_own(&end.real)) {
            return None;
        }
        let own = Place { path: path.as_path().to_owned(), ..at.clone() };
        self.put(own.clone(), Source::Link(target), 0o777, why);
        (!inside).then_some((own, end))
    }

    /// Takes the links on the way to what is at `place`.
    pub fn links(&mut self, place: &Place, end: &Walk, why: &Why) {
        for (path, target) in &end.links {
            let at = Place { path: path.as_path().to_owned(), ..place.clone() };
            self.put(at, Source::Link(target.clone()), 0o777, why);
        }
    }

    fn directory(&mut self, place: &Place, real: &ImagePath, why: &Why) {
        let at = Place { path: real.as_path().to_owned(), ..place.clone() };
        self.put(at, Source::Directory { writable: false }, 0o755, why);
    }

    /// Takes the file at the end of all links, and looks whether it needs more.
    fn real(&mut self, place: &Place, end: &Walk, why: &Why) {
        let at = Place { path: end.real.as_path().to_owned(), ..place.clone() };
        let mode = if end.stat.mode & 0o111 == 0 { 0o644 } else { 0o755 };
        let files = self.files(place);
        let content = files.content(&end.real, &end.stat);
        if self.put(at.clone(), Source::File(content), mode, why)
            && let Some(object) = object(files, end)
        {
            let because = why.because.clone();
            let is_program = object.is_program() && end.stat.mode & 0o111 != 0;
            let list = if is_program { &mut self.programs } else { &mut self.libraries };
            list.push(Elf { place: at, object: Rc::new(object), because });
        }
    }

    /// Adds one entry; `false` where it is in already.
    pub fn put(&mut self, place: Place, source: Source, mode: u32, why: &Why) -> bool {
        if !self.taken.insert(place.clone()) {
            return false;
        }
        let Why { rule, what, because, object } = why.clone();
        self.brought.push(Item { place, source, mode, rule, what, because, object: object.map(|object| object.id) });
        true
    }

    /// Puts other bytes in the place of the first `length` of each file that was taken below `place`, where `change`
    /// makes some of them.
    pub fn patch(&mut self, place: &Place, length: usize, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) {
        for brought in &mut self.brought {
            let Source::File(content @ Content::Host { path, identity }) = &brought.source else { continue };
            if brought.place.root != place.root || !brought.place.path.starts_with(&place.path) {
                continue;
            }
            let head = content.open().and_then(|file| file.bytes_at(0, length)).unwrap_or_default();
            if let Some(bytes) = Some(head).filter(|head| head.len() == length).and_then(|head| change(&head)) {
                brought.source = Source::File(Content::Pieces(Pieces::patched(path, *identity, &bytes)));
            }
        }
    }

    /// Whether something at this place, or a tree around it, is in already.
    pub fn has(&self, place: &Place) -> bool {
        self.taken.contains(place)
    }
}

/// Whether a path is of those that a machine keeps for itself. What a link of installed data leads to in
/// `/var/lib` was put there by the same package.
fn is_own(path: &ImagePath) -> bool {
    OWN.iter().any(|own| path.is_within(&ImagePath::known(own)))
}

/// What a loader looks at in a file, where it is an ELF file for a machine.
fn object(files: &dyn Files, end: &Walk) -> Option<Object> {
    const HEADER: u64 = 52;
    let file = (end.stat.identity.size >= HEADER).then(|| files.open_again(&end.real).ok()).flatten()?;
    elf::read(&*file).ok().filter(|object| matches!(object.kind, 2 | 3) && object.dynamic)
}

/// A place of the sysroot.
pub fn inside(path: impl AsRef<OsStr>) -> Place {
    Place::sysroot(PathBuf::from(OsStr::from_bytes(path.as_ref().as_bytes())))
}
