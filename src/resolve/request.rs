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
    /// What is said about the search beside what the objects say.
    pub settings: &'a SearchSettings,
    /// Whether the kernel starts the program with `AT_SECURE`: setuid, setgid, or with file capabilities.
    pub secure: bool,
    /// What is opened when the program runs, in order.
    pub dlopens: &'a [Dlopen],
    /// What was read before.
    pub known: &'a KnownFiles,
}

/// What is said about the search for libraries beside what the objects say.
#[derive(Debug, Clone, Default)]
pub struct SearchSettings {
    /// Directories of the image's LD_LIBRARY_PATH.
    pub environment: Vec<Place>,
    /// Directories of `--library-path`, which are searched after them.
    pub library_path: Vec<Place>,
    /// Sonames of libraries that whoever runs the image provides; a `*` at the end stands for any text. They are not
    /// looked for.
    pub provided: Vec<String>,
}

impl SearchSettings {
    /// Which of `provided` names this soname.
    pub fn provider_of(&self, soname: &[u8]) -> Option<&str> {
        let names = |pattern: &&String| match pattern.strip_suffix('*') {
            Some(beginning) => soname.starts_with(beginning.as_bytes()),
            None => soname == pattern.as_bytes(),
        };
        self.provided.iter().find(names).map(String::as_str)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soname_is_provided_by_its_name_or_by_a_beginning() {
        let settings = SearchSettings {
            provided: vec!["libcuda.so.1".to_owned(), "libnvidia-*".to_owned()],
            ..SearchSettings::default()
        };
        for (soname, provided) in [
            ("libcuda.so.1", Some("libcuda.so.1")),
            ("libcuda.so", None),
            ("libcuda.so.1.1", None),
            ("libnvidia-ml.so.1", Some("libnvidia-*")),
            ("libnvidia", None),
        ] {
            assert_eq!(settings.provider_of(soname.as_bytes()), provided, "{soname}");
        }
    }
}
