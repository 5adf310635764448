//! `--library-path`: from its text to places.

use super::error::Error;
use crate::file::FileKind;
use crate::files::{Place, Roots};
use crate::options::Search;
use crate::program::Program;
use crate::resolve::after_origin;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The directories of `--library-path`, as places; `=DIR` is one of the sysroot. `$ORIGIN` is the program's
/// directory, as in LD_LIBRARY_PATH (ld.so(8)).
pub fn library_path(program: &Program, search: &Search, roots: Roots<'_>) -> Result<Vec<Place>, Vec<Error>> {
    let origin = program.real.directory();
    let mut places = Vec::new();
    let mut errors = Vec::new();
    let parts = search.library_path.iter().flat_map(|list| list.as_bytes().split(|byte| matches!(byte, b':' | b';')));
    for part in parts {
        let path = |bytes| Path::new(OsStr::from_bytes(bytes));
        let place = match (after_origin(part), part.strip_prefix(b"=")) {
            (Some(below), _) => Some(Place { moves: false, ..origin.append(below) }),
            (None, Some(inside)) => Some(Place::sysroot(Path::new("/").join(path(inside)))),
            (None, None) => std::path::absolute(path(part)).ok().and_then(|path| on_host(&path, roots)),
        };
        let is_directory = |place: &Place| roots.walk(place).is_ok_and(|end| end.stat.kind == FileKind::Directory);
        match place.filter(is_directory) {
            Some(place) => places.push(place),
            None => errors.push(Error::NoDirectory { directory: path(part).to_owned() }),
        }
    }
    if errors.is_empty() { Ok(places) } else { Err(errors) }
}

/// The place of a host path that the user named; one below the sysroot is a place of the sysroot.
fn on_host(path: &Path, roots: Roots<'_>) -> Option<Place> {
    roots.find(path).ok().map(|found| found.named)
}
