//! `--library-path`, `--provided` and the image's LD_LIBRARY_PATH: from their text to places and names.

use super::error::Error;
use crate::file::FileKind;
use crate::files::{Place, Roots};
use crate::options::Search;
use crate::program::Program;
use crate::resolve::{SearchSettings, after_origin};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What `search` and the image's environment `env` say about the search for libraries.
pub fn search_settings(
    program: &Program,
    env: &[(String, String)],
    search: &Search,
    roots: Roots<'_>,
) -> Result<SearchSettings, Vec<Error>> {
    let library_path = library_path(program, search, roots)?;
    Ok(SearchSettings { environment: environment(env, roots), library_path, provided: search.provided.clone() })
}

/// The directories of LD_LIBRARY_PATH that exist in the root: what the user adds is not among them.
fn environment(env: &[(String, String)], roots: Roots<'_>) -> Vec<Place> {
    let list = env.iter().rev().find(|(key, _)| key == "LD_LIBRARY_PATH").map_or("", |(_, value)| value);
    let places = list.split([':', ';']).filter(|directory| directory.starts_with('/')).map(Place::sysroot);
    places.filter(|place| is_directory(place, roots)).collect()
}

fn is_directory(place: &Place, roots: Roots<'_>) -> bool {
    roots.walk(place).is_ok_and(|end| end.stat.kind == FileKind::Directory)
}

/// The directories of `--library-path`, as places; `=DIR` is one of the sysroot. `$ORIGIN` is the program's
/// directory, as in LD_LIBRARY_PATH (ld.so(8)).
fn library_path(program: &Program, search: &Search, roots: Roots<'_>) -> Result<Vec<Place>, Vec<Error>> {
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
        match place.filter(|place| is_directory(place, roots)) {
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
