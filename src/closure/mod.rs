//! The program with all that it needs: what its header names, and what the evidence shows.
//!
//! The one loop in the way of the data: what evidence brings may be a library, or a program, and what that needs
//! is resolved too, until nothing new appears.

mod added;
mod builder;
mod error;
mod load_errors;
mod opened;

pub use added::{Added, find as find_added};
pub use error::Error;
pub use load_errors::load_errors;

use crate::elf::{Kind, Libc, Object};
use crate::evidence::{Evidence, Finding};
use crate::file::FileKind;
use crate::files::{Place, Roots};
use crate::options::{Contents, Search};
use crate::program::Program;
use crate::resolve::{Dlopen, Known, Request, Resolution};
use builder::ClosureBuilder;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

/// A program and what it needs.
#[derive(Debug)]
pub struct Closure {
    /// The program.
    pub program: Program,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// What is opened later, when the program runs.
    pub later: Vec<Dlopen>,
    /// Programs that come in with it, each with a list of libraries of its own.
    pub others: Vec<Other>,
    /// What it opens beside that, and what shows it.
    pub evidence: Evidence,
    /// What the user adds.
    pub added: Vec<Added>,
    /// What was read.
    pub known: Known,
}

/// A program that comes in with the one that is packed.
#[derive(Debug)]
pub struct Other {
    /// For people: its path.
    pub called: String,
    /// Where it is.
    pub place: Place,
    /// What the loader looks at in it.
    pub object: Rc<Object>,
    /// Which rules its loader follows.
    pub libc: Option<Libc>,
    /// Its loader and libraries.
    pub resolution: Resolution,
}

/// The directories of `--library-path`, as places; `=DIR` is one of the sysroot. `$ORIGIN` is the program's
/// directory, as in LD_LIBRARY_PATH (ld.so(8)).
fn library_path(program: &Program, search: &Search, roots: Roots<'_>) -> Result<Vec<Place>, Vec<Error>> {
    let origin = program.real.directory();
    let mut places = Vec::new();
    let mut errors = Vec::new();
    let parts = search.library_path.iter().flat_map(|list| list.as_bytes().split(|byte| matches!(byte, b':' | b';')));
    for part in parts {
        let relative = part.strip_prefix(b"$ORIGIN").or_else(|| part.strip_prefix(b"${ORIGIN}"));
        let path = |bytes| Path::new(OsStr::from_bytes(bytes));
        let place = match (relative, part.strip_prefix(b"=")) {
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

/// Where a path of the host is that the user named; a path that leads into the sysroot is the sysroot's.
fn on_host(path: &Path, roots: Roots<'_>) -> Option<Place> {
    roots.find(path).ok().map(|found| found.named)
}

/// Who is resolved: the program, or one that comes in with it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// For people.
    pub given: &'a str,
    /// What the loader looks at.
    pub object: &'a Object,
    /// Which rules its loader follows.
    pub libc: Option<Libc>,
    /// Whether the kernel starts it with `AT_SECURE`.
    pub secure: bool,
}

/// How `subject` is resolved, once in the sysroot and once in the finished tree.
pub fn request<'a>(
    subject: Subject<'a>,
    place: Place,
    roots: Roots<'a>,
    library_path: &'a [Place],
    later: &'a [Dlopen],
    known: &'a Known,
) -> Request<'a> {
    let Subject { given, object: program, libc, secure } = subject;
    Request { given, program, place, libc, roots, library_path, secure, later, known }
}

/// The program of a closure, where a loader loads it.
pub fn subject<'a>(program: &'a Program, given: &'a str) -> Option<Subject<'a>> {
    Some(Subject {
        given,
        object: program.inspected.object.as_ref().filter(|_| program.inspected.kind == Kind::Dynamic)?,
        libc: program.inspected.libc,
        secure: program.is_secure(),
    })
}

/// Follows `program` through `roots` until nothing new appears. `env` is what the image sets.
pub fn close(
    program: Program,
    contents: &Contents,
    env: &[(String, String)],
    search: &Search,
    roots: Roots<'_>,
) -> Result<Closure, Vec<Error>> {
    let mut builder = ClosureBuilder::new(&program, contents, env, search, roots)?;
    builder.run()?;
    let ClosureBuilder {
        resolution,
        known,
        added,
        later,
        others,
        evidence,
        mut warnings,
        mut left_out,
        mut errors,
        ..
    } = builder;
    let evidence = evidence.finish(program.inspected.libc);
    errors.splice(0..0, load_errors(&resolution, &program, search, roots));
    for (number, load_error) in &resolution.unmet {
        later[*number].1.unmet(load_error, &mut warnings, &mut left_out, &mut errors);
    }
    let later = later.into_iter().map(|(later, _)| later).collect();
    match evidence {
        Ok(mut evidence) if errors.is_empty() => {
            evidence.warnings.extend(warnings);
            evidence.left_out.extend(left_out);
            Ok(Closure { program, resolution, later, others, evidence, added, known })
        }
        Ok(_) => Err(errors),
        Err(more) => Err(errors.into_iter().chain(more.into_iter().map(Error::from)).collect()),
    }
}

/// What `pack inspect` tells: what the program needs from the start, and what shows more.
pub fn needs(program: &Program, search: &Search, roots: Roots<'_>) -> Result<(Resolution, Vec<Finding>), Vec<Error>> {
    let contents = Contents::default();
    let mut builder = ClosureBuilder::new(program, &contents, &[], search, roots)?;
    builder.once()?;
    let findings = builder.evidence.findings().cloned().collect();
    Ok((builder.resolution, findings))
}
