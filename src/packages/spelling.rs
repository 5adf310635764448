//! The two names of a directory that many roots have in `/usr`, with a link to it at the top (Debian's usr-merge):
//! databases name files by either.

use crate::file::FileKind;
use crate::files::{Files, walk};
use crate::paths::ImagePath;
use std::borrow::Cow;

/// Directories that may have two names.
const MERGED: [&str; 7] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"];

/// Which directories have two names in a root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spelling {
    merged: Vec<&'static str>,
}

impl Spelling {
    /// As the links at the top of `root` say.
    pub fn new(root: &dyn Files) -> Self {
        Self { merged: MERGED.into_iter().filter(|name| is_merged(root, name)).collect() }
    }

    /// The names of the directories, for what depends on them.
    pub fn merged(&self) -> &[&'static str] {
        &self.merged
    }

    /// `path` by its name in `/usr`.
    pub fn canonical<'a>(&self, path: &'a [u8]) -> Cow<'a, [u8]> {
        if self.is_below(path) { Cow::Owned([b"/usr", path].concat()) } else { Cow::Borrowed(path) }
    }

    /// Whether the path is that of the link at the top. Every package with a file there names the link, as the
    /// directory that it stands for.
    pub fn is_link(&self, path: &[u8]) -> bool {
        path.strip_prefix(b"/").is_some_and(|name| self.merged.iter().any(|merged| merged.as_bytes() == name))
    }

    fn is_below(&self, path: &[u8]) -> bool {
        let Some(path) = path.strip_prefix(b"/") else { return false };
        let is_in = |name: &str| {
            path.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
        };
        matches!(path.first(), Some(b'b' | b'l' | b's')) && self.merged.iter().any(|name| is_in(name))
    }
}

/// Whether `/NAME` is a link to `/usr/NAME`.
fn is_merged(root: &dyn Files, name: &str) -> bool {
    let (top, usr) = (ImagePath::root().join(name), ImagePath::known("/usr").join(name));
    let links = top.as_ref().is_some_and(|top| root.stat(top).is_ok_and(|stat| stat.kind == FileKind::Link));
    links && top.and_then(|top| walk(root, top.as_path()).ok()).map(|end| end.real) == usr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_canonical_name() {
        let spelling = Spelling { merged: vec!["lib", "lib64"] };
        for (path, canonical) in [
            ("/lib/a", "/usr/lib/a"),
            ("/usr/lib/a", "/usr/lib/a"),
            ("/lib", "/usr/lib"),
            ("/lib64/ld", "/usr/lib64/ld"),
            ("/libx", "/libx"),
            ("/bin/a", "/bin/a"),
            ("/usr/bin/a", "/usr/bin/a"),
            ("/", "/"),
            ("lib/a", "lib/a"),
        ] {
            assert_eq!(spelling.canonical(path.as_bytes()), canonical.as_bytes(), "{path}");
        }
        assert!(spelling.is_link(b"/lib") && !spelling.is_link(b"/usr/lib") && !spelling.is_link(b"/lib/a"));
    }
}
