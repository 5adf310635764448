//! What is loaded while a program is resolved: what is found first answers later requests.

use super::musl;
use super::resolution::{Library, Needer, Resolution};
use super::step::Owner;
use crate::elf::{Bytes, Note, Object};
use crate::file::FileId;
use crate::files::Place;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// An object that is loaded.
#[derive(Default)]
pub struct Loaded {
    /// The names that the object answers to, its SONAME aside.
    pub names: BTreeSet<Bytes>,
    /// Its SONAME.
    pub soname: Option<Bytes>,
    /// Device and inode.
    pub inode: Option<FileId>,
    /// Who first asked for it.
    pub parent: Option<usize>,
    /// The directory of its path; `None` for what has no file.
    pub origin: Option<Place>,
    /// What it is in the answer; `None`: the loader, the vDSO.
    pub id: Option<Needer>,
    /// Which of the request's `dlopens` brought it.
    pub dlopen: Option<usize>,
    /// Its notes, where they count.
    pub notes: OnceCell<Vec<Note>>,
}

/// Everything that is loaded, the program first.
pub struct LoadedObjects<'a> {
    /// What the program is called, for people.
    pub given: &'a str,
    /// The program.
    pub program: &'a Object,
    /// Whether the loader is musl's, to which a SONAME is not a name, and the C library is the loader.
    pub is_musl: bool,
    /// What is loaded, in order; the numbers are those of this list.
    pub all: Vec<Loaded>,
    /// What has been found.
    pub resolution: Resolution,
}

impl LoadedObjects<'_> {
    /// What the loader looks at in an object.
    pub fn object(&self, number: usize) -> &Object {
        self.library(number).map_or(self.program, |library| &library.object)
    }

    /// An object as a library of the answer.
    pub fn library(&self, number: usize) -> Option<&Library> {
        self.resolution.needing_library(self.all[number].id?)
    }

    /// The same, to change it.
    pub fn library_mut(&mut self, number: usize) -> Option<&mut Library> {
        self.resolution.needing_library_mut(self.all[number].id?)
    }

    /// An object as one who needs something.
    pub fn needer(&self, number: usize) -> Needer {
        self.all[number].id.unwrap_or(Needer::Program)
    }

    /// What an object is called for people.
    pub fn name(&self, number: usize) -> Cow<'_, str> {
        match self.library(number) {
            Some(library) => String::from_utf8_lossy(&library.soname),
            None => Cow::Borrowed(self.given),
        }
    }

    /// The object that answers to a name.
    pub fn answering(&self, name: &[u8]) -> Option<usize> {
        let answers =
            |loaded: &Loaded| loaded.names.contains(name) || !self.is_musl && loaded.soname.as_deref() == Some(name);
        let is_loader = |loaded: &Loaded| loaded.id.is_none() && loaded.origin.is_some();
        let own = || self.all.iter().position(is_loader).filter(|_| self.is_musl && musl::is_own(name));
        self.all.iter().position(answers).or_else(own)
    }

    /// Keeps that an object, which is a library or not, is needed by another, under this name.
    pub fn needs(&mut self, by: usize, number: usize, name: &[u8]) {
        self.all[number].names.insert(name.to_vec());
        let needer = self.needer(by);
        if let Some(library) = self.library_mut(number) {
            library.needed_by.insert(needer);
        }
    }

    /// An object, the one that asked for it, and so on up to the program.
    pub fn line(&self, number: usize) -> Vec<Owner<'_>> {
        let mut line: Vec<usize> = std::iter::successors(Some(number), |number| self.all[*number].parent).collect();
        if !line.contains(&0) {
            line.push(0);
        }
        let owner = |number: usize| Owner {
            name: self.name(number),
            object: self.object(number),
            origin: self.all[number].origin.as_ref(),
            is_program: number == 0,
        };
        line.into_iter().map(owner).collect()
    }
}
