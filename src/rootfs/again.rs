//! The reasons of what is in an image already: its tree assembled once more, with everything at its own path.

use super::assemble::evidence;
use super::libraries::Placement;
use super::{Entry, Node, Part, Reason, Rootfs};
use crate::closure::Closure;
use crate::files::Roots;
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};

/// Why the files of an image are there that `closure` was found in: from path to reasons. `why` is the program's own.
///
/// What the closure would bring and the image does not have is among them.
pub fn reasons(closure: &Closure, roots: Roots<'_>, why: Reason) -> BTreeMap<ImagePath, BTreeSet<Reason>> {
    let Some(placement) = Placement::in_place(&closure.program) else { return BTreeMap::new() };
    let mut rootfs = Rootfs::default();
    // One path twice is a contradiction of the evidence, and the first reason stands.
    let _ = placement.put(&mut rootfs, closure, roots);
    placement.put_links(&mut rootfs, closure, roots);
    let program = Node::File(closure.program.content.clone());
    let _ = rootfs.insert(&placement.real, Entry::new(program, 0o755, Part::Program, why));
    evidence(&mut rootfs, closure, &placement, None);
    rootfs.settle_reasons();
    rootfs.into_reasons()
}
