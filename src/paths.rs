//! Paths inside the image, kept apart from paths of the host.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// A path inside the image: absolute, free of `.`, `..` and doubled slashes.
///
/// Not a `PathBuf`, because a host path in its place compiles, works while the
/// sysroot is `/`, and packs the wrong file on the day it is not.
///
/// Ordered by bytes, which is the order of the entries in a layer: a directory
/// comes before what is in it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImagePath(Vec<u8>);

impl ImagePath {
    /// `None` if the path is relative, has a `..` or a NUL byte. Where `..` leads depends
    /// on the links before it, and only the sysroot can see those.
    pub fn new(path: impl AsRef<Path>) -> Option<Self> {
        let path = path.as_ref();
        if !path.is_absolute() || path.as_os_str().as_bytes().contains(&0) {
            return None;
        }
        let mut bytes = Vec::with_capacity(path.as_os_str().len());
        for component in path.components() {
            match component {
                Component::RootDir | Component::CurDir => {}
                Component::Normal(name) => {
                    bytes.push(b'/');
                    bytes.extend_from_slice(name.as_bytes());
                }
                Component::ParentDir | Component::Prefix(_) => return None,
            }
        }
        if bytes.is_empty() {
            bytes.push(b'/');
        }
        Some(Self(bytes))
    }

    /// A path that is written in the source.
    ///
    /// # Panics
    /// If the text is not such a path: every use is a constant of ours.
    pub fn known(path: &str) -> Self {
        Self::new(path).expect("a path written in the source is absolute and plain")
    }

    /// The root directory, `/`.
    pub fn root() -> Self {
        Self(vec![b'/'])
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0 == b"/"
    }

    /// The path of `name` in this directory. `name` is one file name, or several
    /// joined by slashes, without `..`.
    pub fn join(&self, name: impl AsRef<OsStr>) -> Option<Self> {
        Self::new(self.as_path().join(Path::new(name.as_ref())))
    }

    /// The directory that holds this path; `None` for `/`.
    pub fn parent(&self) -> Option<Self> {
        let parent = self.as_path().parent()?;
        Some(Self(parent.as_os_str().as_bytes().to_vec()))
    }

    /// Every directory above this path, nearest first, `/` last.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// The last component; `None` for `/`.
    pub fn file_name(&self) -> Option<&OsStr> {
        self.as_path().file_name()
    }

    /// As a path, absolute.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// As bytes, beginning with a slash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Relative to `/`, as an entry of a layer is named; empty for `/`.
    pub fn relative(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0[1..]))
    }

    /// Whether this path is `directory` or lies below it.
    pub fn is_within(&self, directory: &Self) -> bool {
        self.as_path().starts_with(directory.as_path())
    }

    /// Where this path is on the host when `root` stands for `/`. Links are not looked at.
    pub fn below(&self, root: &Path) -> PathBuf {
        let mut bytes = root.as_os_str().as_bytes().to_vec();
        while bytes.last() == Some(&b'/') {
            bytes.pop();
        }
        bytes.extend_from_slice(&self.0);
        PathBuf::from(OsString::from_vec(bytes))
    }
}

impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().display().fmt(f)
    }
}

impl fmt::Debug for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_and_plain_or_none() {
        for (given, expected) in [
            ("/", Some("/")),
            ("/a/b", Some("/a/b")),
            ("//a/./b//", Some("/a/b")),
            ("a", None),
            ("", None),
            ("/a/../b", None),
            ("/a\0b", None),
        ] {
            let path = ImagePath::new(given);
            assert_eq!(path.as_ref().map(|p| p.as_path().to_str().unwrap()), expected, "{given}");
        }
    }

    #[test]
    fn a_directory_comes_before_what_is_in_it() {
        let mut paths: Vec<_> = ["/b", "/a/b", "/", "/a-b", "/a"].map(ImagePath::known).into();
        paths.sort();
        assert_eq!(paths, ["/", "/a", "/a-b", "/a/b", "/b"].map(ImagePath::known));
    }

    #[test]
    fn a_path_knows_its_directories_and_its_place_on_the_host() {
        let path = ImagePath::known("/usr/lib/libz.so");

        let above: Vec<_> = path.ancestors().collect();

        assert_eq!(above, ["/usr/lib", "/usr", "/"].map(ImagePath::known));
        assert_eq!(path.below(Path::new("/")), Path::new("/usr/lib/libz.so"));
        assert_eq!(path.below(Path::new("/root/")), Path::new("/root/usr/lib/libz.so"));
        assert_eq!(path.relative(), Path::new("usr/lib/libz.so"));
        assert!(path.is_within(&ImagePath::known("/usr")));
        assert!(!path.is_within(&ImagePath::known("/us")));
    }
}
