//! What reasons point to: always entries of the tree, so that a chain of them can be followed from any file
//! to the program.

use super::libraries::Placement;
use super::{Reason, Rootfs};
use crate::closure::Closure;
use crate::evidence::Item;
use crate::files::walk;
use crate::paths::ImagePath;
use std::collections::BTreeMap;

/// The reason of what evidence brings, with the object that shows it.
pub fn shown(brought: &Item, closure: &Closure, placement: &Placement) -> Reason {
    let object = brought.object.iter().filter_map(|name| object(name, closure, placement));
    Reason { code: brought.rule, text: brought.because.as_str().into(), entries: object.collect() }
}

/// Where an object goes that evidence knows by its name.
fn object(name: &str, closure: &Closure, placement: &Placement) -> Option<ImagePath> {
    if name == closure.program.given.to_string_lossy() {
        return Some(placement.real.clone());
    }
    if let Some(other) = closure.others.iter().find(|other| other.called == name) {
        return placement.of_place(&other.place);
    }
    let of_others = closure.others.iter().map(|other| &other.resolution);
    let mut libraries = [&closure.resolution].into_iter().chain(of_others).flat_map(|found| &found.libraries);
    placement.of_library(libraries.find(|library| library.soname == name.as_bytes())?)
}

impl Rootfs {
    /// Makes each reason point to entries: a path through links to what it leads to.
    pub(super) fn settle_reasons(&mut self) {
        let pointed = self.entries.values().flat_map(|entry| &entry.reasons).flat_map(|reason| &reason.entries);
        let elsewhere = pointed.filter(|path| !self.is_end(path));
        let real: BTreeMap<ImagePath, ImagePath> = elsewhere
            .filter_map(|path| Some((path.clone(), walk(self, path.as_path()).ok()?.real)))
            .filter(|(path, real)| path != real)
            .collect();
        if real.is_empty() {
            return;
        }
        for (own, entry) in &mut self.entries {
            let settled = std::mem::take(&mut entry.reasons).into_iter().map(|mut reason| {
                // What leads to a link keeps pointing to it.
                if !matches!(reason.code, "parent" | "link") {
                    reason.entries = reason.entries.iter().map(|path| real.get(path).unwrap_or(path).clone()).collect();
                    reason.entries.retain(|path| path != own);
                    reason.entries.dedup();
                }
                reason
            });
            entry.reasons = settled.collect();
        }
    }

    fn is_end(&self, path: &ImagePath) -> bool {
        self.entries.get(path).is_some_and(|entry| !matches!(entry.node, super::Node::Link(_)))
    }
}
