//! Directories below `/run` and `/var` that a program names and that exist: they come in empty, and belong to the user
//! who runs it. The machine's own files in them are not taken.

use super::finding::NamedPath;
use super::intake::{Intake, ItemReason};
use super::item::ItemKind;
use crate::file::FileKind;
use crate::files::Place;
use std::path::Path;

/// The rule's name.
pub const RULE: &str = "state";

/// Directories below which programs have their own directories to write in (hier(7)).
const ROOTS: [&str; 8] =
    ["/var/lib", "/var/log", "/var/cache", "/var/spool", "/var/run", "/var/lock", "/run/lock", "/run"];

/// The directory that everybody may write in, as in `/tmp`.
pub const TEMPORARY: &str = "/var/tmp";

/// Whether a path is in a part of the tree where programs write.
pub fn is_state(path: &Path) -> bool {
    path.starts_with("/var") || path.starts_with("/run")
}

/// Takes the directory at `place`, else the one that the file at `place` would be in, empty. `named` is the constant.
pub fn bring(intake: &mut Intake<'_>, place: &Place, named: &NamedPath) {
    let because = format!("`{}` names `{}`", named.object, named.path);
    let reason = ItemReason { rule: RULE, what: "places to write", because, object: Some(named.object.clone()) };
    if place.path == Path::new(TEMPORARY) {
        intake.put(place.clone(), ItemKind::Directory { writable: true }, 0o1777, &reason);
        return;
    }
    let is_directory = |place: &Place| intake.walk(place).filter(|end| end.stat.kind == FileKind::Directory);
    let run = Path::new("/run");
    let is_root = |path: &Path| ROOTS.iter().any(|root| path == Path::new(root));
    let at = if is_directory(place).is_some() { place.clone() } else { place.directory() };
    let Some(end) = is_directory(&at) else { return };
    // `/run` itself counts only for a file in it, such as that of a process number.
    if is_root(&at.path) && end.real.as_path() != run || !ROOTS.iter().any(|root| at.path.starts_with(root)) {
        return;
    }
    if at.path == *run && at == *place {
        return;
    }
    intake.links(&at, &end, &reason);
    let real = at.at_end(&end);
    intake.put(real, ItemKind::Directory { writable: true }, 0o775, &reason);
}
