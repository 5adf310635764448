//! The program whose libraries are resolved: the packed one, or another that comes in with it.

use crate::elf::{Kind, Libc, Object};
use crate::files::{Place, Roots};
use crate::program::Program;
use crate::resolve::{Dlopen, KnownFiles, Request, Resolution, SearchSettings};
use std::rc::Rc;

/// A program that comes in beside the packed one.
#[derive(Debug)]
pub struct OtherProgram {
    /// Its path, for messages.
    pub called: String,
    /// The place of its file.
    pub place: Place,
    /// Its ELF header and dynamic section.
    pub object: Rc<Object>,
    /// The C library whose loader loads it; `None` if unknown.
    pub libc: Option<Libc>,
    /// Its loader and libraries.
    pub resolution: Resolution,
}

/// The program whose libraries are resolved.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its path as given, for messages.
    pub given: &'a str,
    /// Its ELF header and dynamic section.
    pub object: &'a Object,
    /// The C library whose loader loads it; `None` if unknown.
    pub libc: Option<Libc>,
    /// Whether the kernel starts it with `AT_SECURE`.
    pub secure: bool,
}

/// The request to resolve `subject`, at `place` of `roots`. Used for the sysroot, and again for the finished tree.
pub fn request<'a>(
    subject: Subject<'a>,
    place: Place,
    roots: Roots<'a>,
    settings: &'a SearchSettings,
    dlopens: &'a [Dlopen],
    known: &'a KnownFiles,
) -> Request<'a> {
    let Subject { given, object: program, libc, secure } = subject;
    Request { given, program, place, libc, roots, settings, secure, dlopens, known }
}

/// The packed program as a subject; `None` if no loader loads it.
pub fn subject<'a>(program: &'a Program, given: &'a str) -> Option<Subject<'a>> {
    Some(Subject {
        given,
        object: program.inspected.object.as_ref().filter(|_| program.inspected.kind == Kind::Dynamic)?,
        libc: program.inspected.libc,
        secure: program.is_secure(),
    })
}
