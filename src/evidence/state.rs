//! Where a program writes: directories below `/run` and `/var` that it names and that are there, come in empty, and
//! the user who runs it may write in them. What the machine keeps in them is its own.

use super::finding::Named;
use super::intake::{Intake, Why};
use super::item::Source;
use crate::file::FileKind;
use crate::files::Place;
use std::path::Path;

/// The rule's name.
pub const RULE: &str = "state";

/// Where programs keep what they write (hier(7)). A directory of these itself is no program's.
const ROOTS: [&str; 8] =
    ["/var/lib", "/var/log", "/var/cache", "/var/spool", "/var/run", "/var/lock", "/run/lock", "/run"];

/// For everybody, as `/tmp` is.
pub const TEMPORARY: &str = "/var/tmp";

/// Whether a path is one of those where programs write.
pub fn is_state(path: &Path) -> bool {
    path.starts_with("/var") || path.starts_with("/run")
}

/// Brings the directory that `place` is, or that the file at `place` would be in.
pub fn bring(intake: &mut Intake<'_>, place: &Place, named: &Named) {
    let because = format!("`{}` names `{}`", named.object, named.path);
    let why = Why { rule: RULE, what: "places to write", because, object: Some(named.object.clone()) };
    if place.path == Path::new(TEMPORARY) {
        intake.put(place.clone(), Source::Directory { writable: true }, 0o1777, &why);
        return;
    }
    let is_directory = |place: &Place| intake.walk(place).filter(|end| end.stat.kind == FileKind::Directory);
    let run = Path::new("/run");
    let is_root = |path: &Path| ROOTS.iter().any(|root| path == Path::new(root));
    let at = if is_directory(place).is_some() { place.clone() } else { place.directory() };
    let Some(end) = is_directory(&at) else { return };
    // `/run` is for whoever puts a number of a process there.
    if is_root(&at.path) && end.real.as_path() != run || !ROOTS.iter().any(|root| at.path.starts_with(root)) {
        return;
    }
    if at.path == *run && at == *place {
        return;
    }
    intake.links(&at, &end, &why);
    let real = Place { path: end.real.as_path().to_owned(), ..at };
    intake.put(real, Source::Directory { writable: true }, 0o775, &why);
}
