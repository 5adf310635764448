//! What reasons of evidence point to: the entry of the object that shows the need.

use super::placement::Placement;
use super::{Cause, Reason};
use crate::closure::Closure;
use crate::evidence::Item;
use crate::files::{Place, Root};
use crate::paths::ImagePath;
use std::path::Path;

/// The reason of what evidence brings, pointing to the object that shows the need.
pub fn shown_reason(item: &Item, closure: &Closure, placement: &Placement) -> Reason {
    let object = item.object.and_then(|id| object_path(closure.evidence.object(id), closure, placement));
    let entries = object.into_iter().collect();
    Reason { cause: Cause::Evidence(item.rule), text: item.because.as_str().into(), entries }
}

/// Where in the image the object is whose file is at `place`, at the end of all links.
fn object_path(place: &Place, closure: &Closure, placement: &Placement) -> Option<ImagePath> {
    let is_at_place = |root: Root, path: &Path| root == place.root && path == place.path;
    if is_at_place(closure.program.real.root, &closure.program.real.path) {
        return Some(placement.real.clone());
    }
    if closure.others.iter().any(|other| is_at_place(other.place.root, &other.place.path)) {
        return placement.in_image(place);
    }
    let resolutions = [&closure.resolution].into_iter().chain(closure.others.iter().map(|other| &other.resolution));
    let mut libraries = resolutions.flat_map(|resolution| &resolution.libraries);
    let library = libraries.find(|library| is_at_place(library.place.root, library.walk.real.as_path()))?;
    placement.library_in_image(library)
}
