//! The packages and layers of files.

use crate::content::Content;
use crate::files::{Root, Roots};
use crate::packages::{Package, PackageDatabase};
use crate::paths::ImagePath;
use crate::resolve::Resolution;
use crate::rootfs::{Entry, Node, Rootfs};
use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Packages and layers of the entries of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// The package of each entry that belongs to one.
    pub packages: BTreeMap<ImagePath, Package>,
    /// The layer of each entry, the lowest being 0; empty for a tree that was not read back.
    pub layers: BTreeMap<ImagePath, usize>,
}

/// Packages and layers of the entries of an image that was read back, by the databases that are in it.
pub fn explain_source(source: &Source, packages: &PackageDatabase<'_>) -> Explained {
    let files = source.rootfs.entries().iter().filter(|(_, entry)| entry.node != Node::Directory);
    let wanted = files.map(|(path, _)| path.clone()).collect();
    Explained { packages: packages.owners(&wanted), layers: source.origins.clone() }
}

/// The packages of the entries that came from the sysroot.
pub fn packages_of_files(
    rootfs: &Rootfs,
    roots: Roots<'_>,
    packages: &PackageDatabase<'_>,
) -> BTreeMap<ImagePath, Package> {
    let origins: Vec<(&ImagePath, ImagePath)> =
        rootfs.entries().iter().filter_map(|(path, entry)| Some((path, origin(path, entry, roots)?))).collect();
    let wanted: BTreeSet<ImagePath> = origins.iter().map(|(_, origin)| origin.clone()).collect();
    let owners = packages.owners(&wanted);
    origins.into_iter().filter_map(|(path, origin)| Some((path.clone(), owners.get(&origin)?.clone()))).collect()
}

/// The path of an entry in the sysroot that it came from; `None` where it came from elsewhere. A symlink whose target
/// differs from the sysroot's was created by pack.
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
pub fn packages_of_libraries(resolution: &Resolution, packages: &PackageDatabase<'_>) -> BTreeMap<ImagePath, Package> {
    let inside = resolution.libraries.iter().filter(|library| library.place.root == Root::Sysroot);
    let loader = resolution.loader.iter().map(|loader| loader.walk.real.clone());
    let wanted = inside.map(|library| library.walk.real.clone()).chain(loader).collect();
    packages.owners(&wanted)
}
