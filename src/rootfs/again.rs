//! The reasons of the files of an image that was read back: its tree is assembled once more, with everything at its own
//! path.

use super::assemble::put_evidence;
use super::libraries::{put_libraries, put_links};
use super::placement::Placement;
use super::{Entry, ImagePart, Node, Reason, Rootfs};
use crate::closure::Closure;
use crate::files::Roots;
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};

/// Why the files of the image are there in which `closure` was found: from path to reasons. `why` is the program's own.
///
/// Paths that the closure would bring and the image does not have are among them.
pub fn reasons(closure: &Closure, roots: Roots<'_>, why: Reason) -> BTreeMap<ImagePath, BTreeSet<Reason>> {
    let Some(placement) = Placement::in_place(&closure.program) else { return BTreeMap::new() };
    let mut rootfs = Rootfs::default();
    // Two things at one path contradict each other, and the first reason stands.
    let _ = put_libraries(&mut rootfs, closure, &placement, roots);
    put_links(&mut rootfs, closure, &placement, roots);
    let program = Node::File(closure.program.content.clone());
    let _ = rootfs.insert(&placement.real, Entry::new(program, 0o755, ImagePart::Program, why));
    put_evidence(&mut rootfs, closure, &placement, None);
    rootfs.settle_reasons();
    rootfs.into_reasons()
}
