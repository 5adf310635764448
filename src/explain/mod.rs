//! What is known of the files of a tree beside what the tree says itself: their packages and layers; and of an
//! image that was read back, why they are there.
//!
//! Packages are looked up only where that is asked for, because their databases are large and everything else in
//! pack does without them.

mod analysis;
mod error;
mod reasons;
mod start;

pub use analysis::{Analysis, analyse};
pub use error::Error;

use crate::content::Content;
use crate::files::{Root, Roots};
use crate::packages::{self, Package};
use crate::paths::ImagePath;
use crate::resolve::Resolution;
use crate::rootfs::{Entry, Node, Rootfs};
use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// What is known beside the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// The packages that entries belong to.
    pub packages: BTreeMap<ImagePath, Package>,
    /// The layers that entries are in, the lowest being 0; empty where there are none.
    pub layers: BTreeMap<ImagePath, usize>,
}

/// The same of an image that was read back, by the databases that are in it.
pub fn explain_source(source: &Source) -> Explained {
    let files = source.rootfs.entries().iter().filter(|(_, entry)| entry.node != Node::Directory);
    let wanted = files.map(|(path, _)| path.clone()).collect();
    Explained { packages: packages::owners(&source.rootfs, &wanted), layers: source.origins.clone() }
}

/// The packages of what came from the sysroot.
pub fn packages_of_files(rootfs: &Rootfs, roots: Roots<'_>) -> BTreeMap<ImagePath, Package> {
    let origins: Vec<(&ImagePath, ImagePath)> =
        rootfs.entries().iter().filter_map(|(path, entry)| Some((path, origin(path, entry, roots)?))).collect();
    let wanted: BTreeSet<ImagePath> = origins.iter().map(|(_, origin)| origin.clone()).collect();
    let owners = packages::owners(roots.sysroot, &wanted);
    origins.into_iter().filter_map(|(path, origin)| Some((path.clone(), owners.get(&origin)?.clone()))).collect()
}

/// Where an entry is in the sysroot that it came from. A link that is another one there is ours.
fn origin(path: &ImagePath, entry: &Entry, roots: Roots<'_>) -> Option<ImagePath> {
    match &entry.node {
        Node::File(Content::Host { path, .. }) => {
            let place = roots.place(path);
            ImagePath::new(&place.path).filter(|_| place.root == Root::Sysroot)
        }
        Node::Link(target) => roots.sysroot.read_link(path).is_ok_and(|there| there == *target).then(|| path.clone()),
        Node::File(_) | Node::Directory => None,
    }
}

/// The packages of the loader and the libraries of a program, by their paths in the sysroot.
pub fn packages_of_libraries(resolution: &Resolution, roots: Roots<'_>) -> BTreeMap<ImagePath, Package> {
    let inside = resolution.libraries.iter().filter(|library| library.place.root == Root::Sysroot);
    let loader = resolution.loader.iter().map(|loader| loader.walk.real.clone());
    let wanted = inside.map(|library| library.walk.real.clone()).chain(loader).collect();
    packages::owners(roots.sysroot, &wanted)
}
