//! What was read before, by the identity of each file.
//!
//! A library is looked at in each round of a closure, for each program that comes along, and once more in the finished
//! tree: it is read once. What has no file on the host (a file of an image that is read back, or one that was made) is not kept.

use super::cache::LdSoCache;
use super::loader::Defaults;
use crate::elf::Object;
use crate::file::Identity;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Files that were read.
#[derive(Debug, Default)]
pub struct KnownFiles {
    /// Whether nobody asks what the libraries import.
    pub(super) without_imports: bool,
    /// Libraries that glibc's loader takes, on a machine that fits.
    pub(super) libraries: Shelf<Rc<Object>>,
    /// What musl's loader reads: nothing was asked of these files but to be ELF.
    pub(super) objects: Shelf<Rc<Object>>,
    /// Loaders, and what they say of themselves.
    pub(super) loaders: Shelf<(Rc<Object>, Rc<Defaults>)>,
    /// Caches in either byte order; `None`: a damaged one.
    pub(super) caches: [Shelf<Option<Rc<LdSoCache>>>; 2],
}

impl KnownFiles {
    /// Nothing yet; `imports` tells whether anybody will ask what libraries import.
    pub fn new(imports: bool) -> Self {
        Self { without_imports: !imports, ..Self::default() }
    }
}

/// Things of one kind.
#[derive(Debug)]
pub(super) struct Shelf<T>(RefCell<HashMap<Identity, T>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> Shelf<T> {
    /// What a file is known as.
    pub fn get(&self, identity: &Identity) -> Option<T> {
        self.0.borrow().get(identity).cloned()
    }

    /// Keeps what a file is.
    pub fn put(&self, identity: &Identity, value: &T) {
        if identity.is_on_host() {
            self.0.borrow_mut().insert(*identity, value.clone());
        }
    }

    /// What a file is known as, or what `read` makes of it.
    pub fn get_or<E>(&self, identity: &Identity, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some(known) = self.get(identity) {
            return Ok(known);
        }
        let value = read()?;
        self.put(identity, &value);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::FileId;

    #[test]
    fn a_file_is_read_once_as_long_as_it_is_the_same() {
        let shelf = Shelf::default();
        let file = |mtime| Identity { mtime, ..Identity::constant(FileId::Host { device: 1, inode: 2 }, 0) };
        let read = |identity: &Identity, value: u8| shelf.get_or::<()>(identity, || Ok(value)).unwrap();
        assert_eq!(read(&file(1), 1), 1);
        assert_eq!(read(&file(1), 2), 1, "kept");
        assert_eq!(read(&file(3), 2), 2, "it has changed");
        let made = Identity::constant(FileId::Made(7), 0);
        assert_eq!((read(&made, 1), read(&made, 2)), (1, 2), "no file of the host");
        assert_eq!(shelf.get_or(&file(9), || Err("no")), Err("no"));
        assert_eq!(shelf.get(&file(9)), None);
    }
}
