//! Takes files and trees of the sysroot unchanged: with the links that lead to them, their modes, and a note of which
//! are programs or libraries, and so need more.
//!
//! Only files that everybody may read are taken, and none from directories that a machine keeps for itself (homes,
//! `/run`, caches, logs). A link of a file that a rule names is followed even there.

mod tree;

use super::finding::{ObjectId, SeenObject};
use super::item::{Item, ItemKind};
use super::scan;
use crate::bytes::ReadAt;
use crate::content::{Content, Pieces};
use crate::elf::{self, Object};
use crate::file::{FileKind, Stat};
use crate::files::{Files, Place, Roots, Walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Why a file is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemReason {
    /// The name of the rule, or of the flag.
    pub rule: &'static str,
    /// The kind of thing, for people: `CA certificates`.
    pub what: &'static str,
    /// The reason, as a phrase for people.
    pub because: String,
    /// The object that shows the need; `None`: the user asks for it.
    pub object: Option<SeenObject>,
}

/// An ELF file that was taken.
#[derive(Debug)]
pub struct ElfFile {
    /// Its place, at the end of all links.
    pub place: Place,
    /// Its ELF header and dynamic section.
    pub object: Rc<Object>,
    /// The reason, as a phrase for people.
    pub because: String,
    /// The name of the rule that brings it.
    pub rule: &'static str,
    /// The object that shows the need; `None`: the user asks for it.
    pub shown_by: Option<ObjectId>,
    /// Whether it was taken by itself, not with a directory.
    pub alone: bool,
    /// Its size in bytes.
    pub size: u64,
}

/// The result of taking a file or a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The file or tree is in.
    Yes,
    /// The file or tree does not exist, or not everybody may read it.
    No,
    /// The tree is larger than one that is taken unasked.
    TooLarge,
}

/// The items taken so far.
pub struct Intake<'a> {
    roots: Roots<'a>,
    /// The loader's default directories of libraries.
    pub library_directories: Vec<PathBuf>,
    /// Whether everything is taken, whatever its size and mode: the root is an image, which holds nothing by chance.
    pub takes_all: bool,
    /// Files, links and directories, in the order in which they were taken.
    pub items: Vec<Item>,
    /// Libraries among `items`, which a program opens by their paths.
    pub libraries: Vec<ElfFile>,
    /// Programs among `items`, which another program starts.
    pub programs: Vec<ElfFile>,
    /// The places of `items`.
    taken: BTreeSet<Place>,
    /// The result for each tree that was asked for, and the most bytes that it could have; none of the places moves.
    trees: BTreeMap<Place, (Taken, u64)>,
}

impl<'a> Intake<'a> {
    /// An empty intake from `roots`.
    pub fn new(roots: Roots<'a>) -> Self {
        Self {
            roots,
            library_directories: Vec::new(),
            takes_all: roots.is_image(),
            items: Vec::new(),
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

    /// Whether a file may be taken: everybody may read it, or its root is an image.
    fn is_open(&self, stat: &Stat) -> bool {
        self.takes_all || stat.is_public()
    }

    /// The walk to the end of all links; `None` if `place` does not exist.
    pub fn walk(&self, place: &Place) -> Option<Walk> {
        self.roots.walk(place).ok()
    }

    /// Whether `place` leads to a directory.
    pub fn is_directory(&self, place: &Place) -> bool {
        self.walk(place).is_some_and(|end| end.stat.kind == FileKind::Directory)
    }

    /// The file at the end of all links; `None` if it cannot be opened.
    pub fn open(&self, place: &Place) -> Option<Box<dyn ReadAt>> {
        self.files(place).open(&self.walk(place)?.real).ok()
    }

    fn open_public(&self, place: &Place) -> Option<Box<dyn ReadAt>> {
        let end = self.walk(place).filter(|end| end.stat.kind == FileKind::File && self.is_open(&end.stat))?;
        self.files(place).open(&end.real).ok()
    }

    /// The bytes of a file that may be taken, 16 MiB at most; `None` if it cannot be read.
    pub fn read(&self, place: &Place) -> Option<Vec<u8>> {
        const LARGEST: usize = 16 << 20;
        self.open_public(place)?.bytes_at(0, LARGEST).ok()
    }

    /// Whether a file that may be taken contains `text`, whatever its size.
    pub fn contains(&self, place: &Place, text: &str) -> bool {
        self.open_public(place).is_some_and(|file| scan::contains(&*file, &[(0, file.size())], text).unwrap_or(false))
    }

    /// The names in a directory, sorted; none if it does not exist.
    pub fn list(&self, place: &Place) -> Vec<PathBuf> {
        let end = self.walk(place).filter(|end| end.stat.kind == FileKind::Directory);
        let names = end.and_then(|end| self.files(place).list(&end.real).ok());
        names.into_iter().flatten().map(|(name, _)| PathBuf::from(name)).collect()
    }

    /// Takes one file, with the links that lead to it.
    pub fn file(&mut self, place: &Place, reason: &ItemReason) -> Taken {
        let Some(end) = self.walk(place) else { return Taken::No };
        if end.stat.kind != FileKind::File || !self.is_open(&end.stat) {
            return Taken::No;
        }
        self.links(place, &end, reason);
        self.real(place, &end, reason, true);
        Taken::Yes
    }

    /// Takes the links on the way from `place` to `end`.
    pub fn links(&mut self, place: &Place, end: &Walk, reason: &ItemReason) {
        for (path, target) in &end.links {
            let at = Place { path: path.as_path().to_owned(), ..place.clone() };
            self.put(at, ItemKind::Link(target.clone()), 0o777, reason);
        }
    }

    fn directory(&mut self, place: &Place, real: &ImagePath, reason: &ItemReason) {
        let at = Place { path: real.as_path().to_owned(), ..place.clone() };
        self.put(at, ItemKind::Directory { writable: false }, 0o755, reason);
    }

    /// Takes the file at `end`, and notes whether it is a library or a program. `alone`: no directory is taken with it.
    fn real(&mut self, place: &Place, end: &Walk, reason: &ItemReason, alone: bool) {
        let at = end_of(place, end);
        let mode = if end.stat.mode & 0o111 == 0 { 0o644 } else { 0o755 };
        let files = self.files(place);
        let content = files.content(&end.real, &end.stat);
        if self.put(at.clone(), ItemKind::File(content), mode, reason)
            && let Some(object) = loadable(files, end)
        {
            let because = reason.because.clone();
            let shown_by = reason.object.as_ref().map(|object| object.id);
            let is_program = object.is_program() && end.stat.mode & 0o111 != 0;
            let list = if is_program { &mut self.programs } else { &mut self.libraries };
            list.push(ElfFile {
                place: at,
                object: Rc::new(object),
                because,
                rule: reason.rule,
                shown_by,
                alone,
                size: end.stat.identity.size,
            });
        }
    }

    /// Adds an item; returns `false` if its place is taken already.
    pub fn put(&mut self, place: Place, kind: ItemKind, mode: u32, reason: &ItemReason) -> bool {
        if !self.taken.insert(place.clone()) {
            return false;
        }
        let ItemReason { rule, what, because, object } = reason.clone();
        self.items.push(Item { place, kind, mode, rule, what, because, object: object.map(|object| object.id) });
        true
    }

    /// Adds an item, or puts it in the place of one of bytes of ours that was there.
    pub fn put_anew(&mut self, place: Place, kind: ItemKind, mode: u32, reason: &ItemReason) {
        let is_made = |item: &&mut Item| item.place == place && matches!(item.kind, ItemKind::File(Content::Bytes(_)));
        match self.items.iter_mut().find(is_made) {
            Some(item) => item.kind = kind,
            None => drop(self.put(place, kind, mode, reason)),
        }
    }

    /// Replaces the first `length` bytes of each file that was taken below `place` by those that `change` returns for
    /// them. A file stays as it is if it is shorter, or if `change` returns `None`.
    pub fn patch(&mut self, place: &Place, length: usize, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) {
        for item in &mut self.items {
            let ItemKind::File(content @ Content::Host { path, identity }) = &item.kind else { continue };
            if item.place.root != place.root || !item.place.path.starts_with(&place.path) {
                continue;
            }
            let head = content.open().and_then(|file| file.bytes_at(0, length)).unwrap_or_default();
            if let Some(bytes) = Some(head).filter(|head| head.len() == length).and_then(|head| change(&head)) {
                item.kind = ItemKind::File(Content::Pieces(Pieces::patched(path, *identity, &bytes)));
            }
        }
    }

    /// Whether something at or below `place` was taken that is neither a program nor a library.
    pub fn has_data_below(&self, place: &Place) -> bool {
        let below = self.taken.range(place.clone()..).take_while(|next| next.path.starts_with(&place.path));
        let is_elf = |at: &Place| self.programs.iter().chain(&self.libraries).any(|file| file.place == *at);
        below.filter(|at| at.root == place.root).any(|at| !is_elf(at))
    }

    /// Whether an item at `place` was taken.
    pub fn has(&self, place: &Place) -> bool {
        self.taken.contains(place)
    }
}

/// The place at the end of all links. A file moves with the program only where the links that lead to it do: an absolute
/// one leads to the same path wherever it is, and what the system has installed stays.
fn end_of(place: &Place, end: &Walk) -> Place {
    const SYSTEM: [&str; 9] = ["/usr", "/etc", "/var", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];
    let top = |path: &Path| SYSTEM.iter().position(|top| path.starts_with(top));
    let real = end.real.as_path();
    let is_elsewhere = top(real).is_some() && top(real) != top(&place.path);
    let is_absolute = end.links.iter().any(|(_, target)| target.is_absolute());
    Place { path: real.to_owned(), root: place.root, moves: place.moves && !is_elsewhere && !is_absolute }
}

/// The ELF header and dynamic section of a library or dynamic program; `None` for every other file.
fn loadable(files: &dyn Files, end: &Walk) -> Option<Object> {
    /// The size of the header of a 32-bit ELF file, in bytes; the larger one has 64.
    const HEADER: u64 = 52;
    let file = (end.stat.identity.size >= HEADER).then(|| files.open_again(&end.real).ok()).flatten()?;
    elf::read(&*file).ok().filter(|object| matches!(object.kind, 2 | 3) && object.dynamic)
}

/// The place of a path in the sysroot.
pub fn inside(path: impl AsRef<OsStr>) -> Place {
    Place::sysroot(PathBuf::from(OsStr::from_bytes(path.as_ref().as_bytes())))
}
