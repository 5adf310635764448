//! What is to be resolved.

use super::known::KnownFiles;
use crate::elf::{Bytes, Libc, Object};
use crate::files::{Place, Roots};

/// What is resolved, and where.
pub struct Request<'a> {
    /// What the program is called, for people.
    pub given: &'a str,
    /// What the loader looks at in the program.
    pub program: &'a Object,
    /// Where the program's file is, at the end of all links.
    pub place: Place,
    /// Which rules its loader follows.
    pub libc: Option<Libc>,
    /// Where all is looked up.
    pub roots: Roots<'a>,
    /// What takes the place of LD_LIBRARY_PATH.
    pub library_path: &'a [Place],
    /// Whether the kernel starts the program with `AT_SECURE`: setuid, setgid, or with file capabilities.
    pub secure: bool,
    /// What is opened when the program runs, in order.
    pub dlopens: &'a [Dlopen],
    /// What was read before.
    pub known: &'a KnownFiles,
}

/// A library that something opens by itself when it runs (dlopen(3)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dlopen {
    /// The name that is given to dlopen, or that the library is told by.
    pub name: Bytes,
    /// The soname of the object that opens it, whose paths count; `None`: the program.
    pub by: Option<Bytes>,
    /// Where the library is; `None`: it is searched for by its name.
    pub place: Option<Place>,
}
