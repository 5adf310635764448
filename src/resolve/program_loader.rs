//! The loader that a program names, found and read.

use super::loader::{Defaults, defaults};
use super::outcome::LoadError;
use super::request::Request;
use super::resolution::Loader;
use super::roots::CachedRoots;
use crate::bytes::ReadAt;
use crate::elf::{self, Window};
use crate::file::FileKind;
use crate::files::{Place, Walk};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;

/// Finds the loader of the request's program, with what it says of itself. What keeps the kernel from starting it is
/// added to `load_errors`.
pub fn find(
    request: &Request<'_>,
    roots: &CachedRoots<'_>,
    load_errors: &mut Vec<LoadError>,
) -> Option<(Loader, Rc<Defaults>)> {
    let path = PathBuf::from(OsStr::from_bytes(request.program.loader.as_ref()?));
    let program = request.given.to_owned();
    let load_error = |why: String| LoadError::Loader { program: program.clone(), loader: path.clone(), why };
    let walk = match walk(&path, roots) {
        Ok(walk) => walk,
        Err(why) => {
            load_errors.push(load_error(why));
            return None;
        }
    };
    // execve(2) wants an x bit of the loader; of a library only that it can be read.
    if walk.stat.mode & 0o111 == 0 {
        load_errors.push(load_error("which is not executable".to_owned()));
    }
    let read = || {
        let file = request.roots.sysroot.open(&walk.real)?;
        let file: &dyn ReadAt = &Window::new(&*file);
        let object = Rc::new(elf::read_with_header(file, &elf::header(file)?, false)?);
        let defaults = defaults(Some((file, &object)), request.program.machine);
        Ok((object, Rc::new(defaults)))
    };
    let known: Result<_, elf::Error> = roots.known.loaders.get_or(&walk.stat.identity, read);
    match known {
        Ok((object, defaults)) => Some((Loader { path, walk, soname: object.soname.clone() }, defaults)),
        Err(error) => {
            load_errors.push(load_error(format!("which {error}")));
            None
        }
    }
}

/// Where the loader's path leads, or why not to a file.
fn walk(path: &PathBuf, roots: &CachedRoots<'_>) -> Result<Walk, String> {
    if !path.is_absolute() {
        return Err("a path relative to the directory that the program is started in".to_owned());
    }
    let walk = roots.walk(&Place::sysroot(path)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "which does not exist".to_owned(),
        _ => format!("which cannot be reached: {error}"),
    })?;
    if walk.stat.kind == FileKind::File { Ok(walk) } else { Err("which is not a regular file".to_owned()) }
}
