//! What reasons of evidence point to: the entry of the object that shows it.

use super::libraries::Placement;
use super::{Cause, Reason};
use crate::closure::Closure;
use crate::evidence::Item;
use crate::files::{Place, Root};
use crate::paths::ImagePath;
use std::path::Path;

/// The reason of what evidence brings, with the object that shows it.
pub fn shown(item: &Item, closure: &Closure, placement: &Placement) -> Reason {
    let object = item.object.and_then(|id| object(closure.evidence.object(id), closure, placement));
    let entries = object.into_iter().collect();
    Reason { cause: Cause::Evidence(item.rule), text: item.because.as_str().into(), entries }
}

/// Where the object goes whose file is at `place`, at the end of all links.
fn object(place: &Place, closure: &Closure, placement: &Placement) -> Option<ImagePath> {
    let is_it = |root: Root, path: &Path| root == place.root && path == place.path;
    if is_it(closure.program.real.root, &closure.program.real.path) {
        return Some(placement.real.clone());
    }
    if closure.others.iter().any(|other| is_it(other.place.root, &other.place.path)) {
        return placement.of_place(place);
    }
    let of_others = closure.others.iter().map(|other| &other.resolution);
    let mut libraries = [&closure.resolution].into_iter().chain(of_others).flat_map(|found| &found.libraries);
    let library = libraries.find(|library| is_it(library.place.root, library.walk.real.as_path()))?;
    placement.of_library(library)
}
