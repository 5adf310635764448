//! The files of a tree with their reasons, in the order of their paths.

use super::fold::Folds;
use super::sum::count;
use super::words::{Paint, field, named, reasons};
use pack::facts::{Cause, Entry, Node, Rootfs};

/// How many reasons of one entry are told.
const MOST_REASONS: usize = 2;

/// The files that have a reason. `all`: each entry on a line; else those of a directory that share their reasons have one
/// line, and links and directories that only lead to others are counted.
pub fn text(rootfs: &Rootfs, all: bool, text: &mut String, paint: Paint) {
    let mut name = "files";
    let entries = || rootfs.entries().iter().filter(|(_, entry)| !is_unknown(entry));
    let told = || entries().filter(|(_, entry)| all || !entry.is_parent_or_link());
    let folds = if all { Folds::default() } else { Folds::new(rootfs, told().map(|(path, _)| path), |_| ()) };
    for (path, entry) in told() {
        let what = match folds.of(path) {
            Some(fold) if !fold.begins_with(path) => continue,
            Some(fold) => fold.named(rootfs),
            None => named(&path.to_string(), entry),
        };
        field(text, paint, std::mem::take(&mut name), &format!("{what}: {}", reasons(entry, MOST_REASONS)));
    }
    if let Some(way) = (!all).then(|| ways(entries().map(|(_, entry)| entry))).flatten() {
        field(text, paint, "", &format!("and {way} on the way to them, which `-v` lists"));
    }
}

/// How many links and directories only lead to others.
fn ways<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<String> {
    let (links, directories): (Vec<_>, Vec<_>) =
        entries.filter(|entry| entry.is_parent_or_link()).partition(|entry| matches!(entry.node, Node::Link(_)));
    let parts = [count(links.len(), "link", "links"), count(directories.len(), "directory", "directories")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Whether nothing shows why the entry is there.
pub fn is_unknown(entry: &Entry) -> bool {
    entry.reasons.iter().all(|reason| reason.cause == Cause::Unknown)
}
