//! Who is resolved: the program, or one that comes in with it.

use crate::elf::{Kind, Libc, Object};
use crate::files::{Place, Roots};
use crate::program::Program;
use crate::resolve::{Dlopen, KnownFiles, Request, Resolution};
use std::rc::Rc;

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
    dlopens: &'a [Dlopen],
    known: &'a KnownFiles,
) -> Request<'a> {
    let Subject { given, object: program, libc, secure } = subject;
    Request { given, program, place, libc, roots, library_path, secure, dlopens, known }
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
