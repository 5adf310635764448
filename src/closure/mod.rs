//! The program with all that it needs: what its header names, and what the evidence shows.
//!
//! The one loop in the way of the data: what evidence brings may be a library, or a program, and what that needs
//! is resolved too, until nothing new appears.

mod added;
mod builder;
mod error;
mod load_errors;
mod opened;

pub use error::Error;
pub use load_errors::load_errors;

use crate::elf::{Kind, Libc, Object};
use crate::evidence::{Evidence, Finding};
use crate::file::FileKind;
use crate::files::{HostRoot, Place, Root, Roots, walk};
use crate::options::{Config, Contents, Search};
use crate::platform::Platform;
use crate::program::Program;
use crate::resolve::{Dlopen, Known, Request, Resolution};
use builder::ClosureBuilder;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
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

/// The root that `search` names for a platform: its own, else the one for all, else `/`.
pub fn sysroot(search: &Search, platform: Option<&Platform>) -> HostRoot {
    let own = search.sysroots.iter().rev().find(|(of, _)| of.is_some() && of.as_ref() == platform);
    let any = || search.sysroots.iter().rev().find(|(of, _)| of.is_none());
    let root = own.or_else(any).map_or(Path::new("/"), |(_, root)| root);
    HostRoot::new(std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()))
}

/// A path of the host as a place: of the sysroot where it lies in there, else outside.
fn place(path: &Path, sysroot: &HostRoot, moves: bool) -> Place {
    let inside = sysroot.inside(path);
    let root = if inside.is_none() { Root::Host } else { Root::Sysroot };
    Place { root, path: inside.unwrap_or_else(|| path.to_owned()), moves }
}

/// The directories of `--library-path`, as places; `=DIR` is one of the sysroot. `$ORIGIN` is the program's
/// directory, as in LD_LIBRARY_PATH (ld.so(8)).
fn library_path(program: &Program, search: &Search, sysroot: &HostRoot) -> Result<Vec<Place>, Vec<Error>> {
    let origin = program.real.parent().unwrap_or(Path::new("/")).as_os_str().as_bytes();
    let mut places = Vec::new();
    let mut errors = Vec::new();
    let parts = search.library_path.iter().flat_map(|list| list.as_bytes().split(|byte| matches!(byte, b':' | b';')));
    for part in parts {
        let expanded = part.strip_prefix(b"$ORIGIN").or_else(|| part.strip_prefix(b"${ORIGIN}"));
        let text = expanded.map_or_else(|| part.to_vec(), |rest| [origin, rest].concat());
        let inside = text.strip_prefix(b"=").map(|inside| Path::new("/").join(OsStr::from_bytes(inside)));
        let found = match &inside {
            Some(inside) => walk(sysroot, inside).is_ok_and(|end| end.stat.kind == FileKind::Directory),
            None => Path::new(OsStr::from_bytes(&text)).is_dir(),
        };
        match (inside, std::path::absolute(OsStr::from_bytes(&text))) {
            (Some(inside), _) if found => places.push(Place::sysroot(inside)),
            (None, Ok(path)) if found => places.push(place(&path, sysroot, false)),
            _ => errors.push(Error::NoDirectory { directory: PathBuf::from(OsStr::from_bytes(part)) }),
        }
    }
    if errors.is_empty() { Ok(places) } else { Err(errors) }
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
        secure: program.stat.mode & 0o6000 != 0 || program.capability.is_some(),
    })
}

/// Follows `program` through `sysroot` until nothing new appears.
pub fn close(
    program: Program,
    contents: &Contents,
    config: &Config,
    search: &Search,
    sysroot: &HostRoot,
) -> Result<Closure, Vec<Error>> {
    let mut builder = ClosureBuilder::new(&program, contents, &config.env, search, sysroot)?;
    builder.run()?;
    let ClosureBuilder { resolution, known, later, others, evidence, mut warnings, mut left_out, mut errors, .. } =
        builder;
    let evidence = evidence.finish(program.inspected.libc);
    errors.splice(0..0, load_errors(&resolution, &program, search, sysroot));
    for (number, load_error) in &resolution.unmet {
        later[*number].1.unmet(load_error, &mut warnings, &mut left_out, &mut errors);
    }
    let later = later.into_iter().map(|(later, _)| later).collect();
    match evidence {
        Ok(mut evidence) if errors.is_empty() => {
            evidence.warnings.extend(warnings);
            evidence.left_out.extend(left_out);
            Ok(Closure { program, resolution, later, others, evidence, known })
        }
        Ok(_) => Err(errors),
        Err(more) => Err(errors.into_iter().chain(more.into_iter().map(Error::from)).collect()),
    }
}

/// What `pack inspect` tells: what the program needs from the start, and what shows more.
pub fn needs(program: &Program, search: &Search, sysroot: &HostRoot) -> Result<(Resolution, Vec<Finding>), Vec<Error>> {
    let contents = Contents::default();
    let mut builder = ClosureBuilder::new(program, &contents, &[], search, sysroot)?;
    builder.once()?;
    let findings = builder.evidence.findings().cloned().collect();
    Ok((builder.resolution, findings))
}
