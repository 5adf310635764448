//! Several roots, one over the other, as a container would see them.
//!
//! A directory over a directory shows what both hold; anything else hides what it stands over, with all that is below.
//! In a layer that has whiteouts (image-spec, layer.md), `.wh.NAME` hides NAME in the layers below, and `.wh..wh..opq`
//! in a directory hides all that they have there.
//!
//! Links are not followed here: [`walk`](super::walk()) does that in the whole, so that a link of one layer leads through
//! the directories of another.

use super::Files;
use crate::bytes::ReadAt;
use crate::content::Content;
use crate::file::{FileKind, Stat};
use crate::paths::ImagePath;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The beginning of the name of a whiteout.
const WHITEOUT: &[u8] = b".wh.";

/// The name in a directory that hides all that lower layers have there.
const OPAQUE: &str = ".wh..wh..opq";

/// A root of an overlay.
#[derive(Clone, Copy)]
pub struct OverlayLayer<'a> {
    /// The root.
    pub files: &'a dyn Files,
    /// Whether names that begin with `.wh.` hide what lower layers have, and are not files themselves.
    pub has_whiteouts: bool,
}

/// Roots that lie one over the other.
pub struct Overlay<'a> {
    /// The roots, the uppermost first.
    layers: Vec<OverlayLayer<'a>>,
}

/// What a layer shows at a path.
enum Sight {
    /// A file, directory or link.
    There(Stat),
    /// What lower layers have.
    Through,
    /// Nothing, whatever lower layers have.
    Hidden(io::ErrorKind),
}

impl OverlayLayer<'_> {
    /// What the layer shows at `path`.
    fn sight(&self, path: &ImagePath) -> io::Result<Sight> {
        // From the top: what hides a directory hides all that is below.
        let mut above: Vec<ImagePath> = path.ancestors().collect();
        above.reverse();
        for above in above {
            match self.stat(&above)? {
                Some(stat) if stat.kind == FileKind::Directory && self.is_opaque(&above)? => {
                    let own = self.stat(path)?;
                    return Ok(own.map_or(Sight::Hidden(io::ErrorKind::NotFound), Sight::There));
                }
                Some(stat) if stat.kind != FileKind::Directory => {
                    return Ok(Sight::Hidden(io::ErrorKind::NotADirectory));
                }
                Some(_) => {}
                None if self.is_whiteout(&above)? => return Ok(Sight::Hidden(io::ErrorKind::NotFound)),
                // Nothing of the path is in this layer.
                None => return Ok(Sight::Through),
            }
        }
        match self.stat(path)? {
            Some(stat) => Ok(Sight::There(stat)),
            None if self.is_whiteout(path)? => Ok(Sight::Hidden(io::ErrorKind::NotFound)),
            None => Ok(Sight::Through),
        }
    }

    /// What the layer has at `path`, whose directories are not links; `None` for nothing and for a whiteout.
    fn stat(&self, path: &ImagePath) -> io::Result<Option<Stat>> {
        if self.has_whiteouts && path.file_name().is_some_and(|name| name.as_bytes().starts_with(WHITEOUT)) {
            return Ok(None);
        }
        present(self.files.stat(path))
    }

    fn is_whiteout(&self, path: &ImagePath) -> io::Result<bool> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(false) };
        let hidden = [WHITEOUT, name.as_bytes()].concat();
        let whiteout = parent.join(std::ffi::OsStr::from_bytes(&hidden)).filter(|_| self.has_whiteouts);
        Ok(whiteout.map(|path| present(self.files.stat(&path))).transpose()?.flatten().is_some())
    }

    fn is_opaque(&self, directory: &ImagePath) -> io::Result<bool> {
        let mark = directory.join(OPAQUE).filter(|_| self.has_whiteouts);
        Ok(mark.map(|path| present(self.files.stat(&path))).transpose()?.flatten().is_some())
    }

    /// The entries of a directory that are not whiteouts.
    fn list(&self, directory: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>> {
        let mut entries = self.files.list(directory)?;
        entries.retain(|(name, _)| !self.has_whiteouts || !name.as_bytes().starts_with(WHITEOUT));
        Ok(entries)
    }
}

/// `None` where there is nothing; an error where that cannot be told.
fn present(stat: io::Result<Stat>) -> io::Result<Option<Stat>> {
    match stat {
        Ok(stat) => Ok(Some(stat)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

impl<'a> Overlay<'a> {
    /// Lays `layers` one over the other, the first one uppermost.
    pub fn new(layers: Vec<OverlayLayer<'a>>) -> Self {
        Self { layers }
    }

    /// The uppermost layer that shows something at `path`, and what that is.
    fn find(&self, path: &ImagePath) -> io::Result<(usize, Stat)> {
        for (number, layer) in self.layers.iter().enumerate() {
            match layer.sight(path)? {
                Sight::There(stat) => return Ok((number, stat)),
                Sight::Through => {}
                Sight::Hidden(kind) => return Err(kind.into()),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn holder(&self, path: &ImagePath) -> io::Result<&'a dyn Files> {
        Ok(self.layers[self.find(path)?.0].files)
    }
}

impl Files for Overlay<'_> {
    fn stat(&self, path: &ImagePath) -> io::Result<Stat> {
        Ok(self.find(path)?.1)
    }

    fn read_link(&self, path: &ImagePath) -> io::Result<PathBuf> {
        self.holder(path)?.read_link(path)
    }

    fn open(&self, path: &ImagePath) -> io::Result<Box<dyn ReadAt>> {
        self.holder(path)?.open(path)
    }

    fn content(&self, path: &ImagePath, stat: &Stat) -> Content {
        self.holder(path).expect("the file was seen in one of the layers").content(path, stat)
    }

    fn capability(&self, path: &ImagePath) -> io::Result<Option<Vec<u8>>> {
        self.holder(path)?.capability(path)
    }

    fn check_readable(&self, path: &ImagePath) -> io::Result<()> {
        self.holder(path)?.check_readable(path)
    }

    fn list(&self, path: &ImagePath) -> io::Result<Vec<(OsString, FileKind)>> {
        let (first, stat) = self.find(path)?;
        if stat.kind != FileKind::Directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let mut entries: BTreeMap<OsString, FileKind> = BTreeMap::new();
        let mut hidden: Vec<OsString> = Vec::new();
        for layer in &self.layers[first..] {
            match layer.sight(path)? {
                Sight::There(stat) if stat.kind == FileKind::Directory => {}
                Sight::Through => continue,
                Sight::There(_) | Sight::Hidden(_) => break,
            }
            let own = layer.list(path)?;
            let seen = own.into_iter().filter(|(name, _)| !entries.contains_key(name) && !hidden.contains(name));
            let seen: Vec<_> = seen.collect();
            let marks = if layer.has_whiteouts { layer.files.list(path)? } else { Vec::new() };
            let hidden_name = |(name, _): &(OsString, FileKind)| {
                let name = name.as_bytes().strip_prefix(WHITEOUT)?;
                Some(std::ffi::OsStr::from_bytes(name).to_owned())
            };
            hidden.extend(marks.iter().filter_map(hidden_name));
            entries.extend(seen);
            if layer.is_opaque(path)? {
                break;
            }
        }
        let mut entries: Vec<(OsString, FileKind)> = entries.into_iter().collect();
        entries.sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{HostRoot, walk};
    use super::*;
    use std::fs;
    use std::path::Path;

    /// A directory made from lines: `d PATH`, `f PATH` (which holds the layer's name), `l PATH TARGET`.
    fn layer(name: &str, lines: &[&str]) -> (tempfile::TempDir, HostRoot) {
        let directory = tempfile::tempdir().unwrap();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let path = directory.path().join(words[1]);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match words[0] {
                "d" => fs::create_dir_all(&path).unwrap(),
                "f" => fs::write(&path, name).unwrap(),
                _ => std::os::unix::fs::symlink(words[2], &path).unwrap(),
            }
        }
        let root = HostRoot::new(directory.path());
        (directory, root)
    }

    /// What is read at each path in `upper`, which has whiteouts, over `lower`: a file's bytes, `/` for a directory, an
    /// empty text where nothing is found.
    fn seen(upper: &[&str], lower: &[&str], path: &str) -> String {
        let ((_one, upper), (_other, lower)) = (layer("upper", upper), layer("lower", lower));
        let overlay = Overlay::new(vec![
            OverlayLayer { files: &upper, has_whiteouts: true },
            OverlayLayer { files: &lower, has_whiteouts: false },
        ]);
        let Ok(end) = walk(&overlay, Path::new(path)) else {
            // Asked without a walk, too: what hides a directory hides what is below.
            let stat = overlay.stat(&ImagePath::known(path));
            assert!(stat.is_err() || stat.is_ok_and(|stat| stat.kind == FileKind::Link), "{path}");
            return String::new();
        };
        if end.stat.kind == FileKind::Directory {
            let names = overlay.list(&end.real).unwrap();
            return names.iter().flat_map(|(name, _)| ["/", name.to_str().unwrap()]).collect();
        }
        let bytes = overlay.open(&end.real).unwrap().bytes_at(0, 99).unwrap();
        assert_eq!(overlay.content(&end.real, &end.stat).open().unwrap().bytes_at(0, 99).unwrap(), bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_above_hides_what_is_below() {
        for (shows, upper, lower, path, expected) in [
            ("a file over a file", vec!["f a"], vec!["f a"], "/a", "upper"),
            ("below alone", vec!["f a"], vec!["f b"], "/b", "lower"),
            ("directories are one", vec!["f d/a"], vec!["f d/b"], "/d", "/a/b"),
            ("from below in a common directory", vec!["f d/a"], vec!["f d/b"], "/d/b", "lower"),
            ("a whiteout", vec!["f .wh.a"], vec!["f a", "f b"], "/a", ""),
            ("a whiteout is not a name", vec!["f .wh.a"], vec!["f a", "f b"], "/", "/b"),
            ("a whiteout of a directory", vec!["f .wh.d"], vec!["f d/a"], "/d/a", ""),
            ("a whiteout, and the name again", vec!["f .wh.a", "f a"], vec!["f a"], "/a", "upper"),
            ("an opaque directory", vec!["f d/.wh..wh..opq", "f d/a"], vec!["f d/b"], "/d/b", ""),
            ("an opaque directory, listed", vec!["f d/.wh..wh..opq", "f d/a"], vec!["f d/b"], "/d", "/a"),
            ("an opaque directory above", vec!["f d/.wh..wh..opq"], vec!["f d/e/b"], "/d/e/b", ""),
            ("in an opaque directory", vec!["f d/.wh..wh..opq", "f d/e/a"], vec!["f d/e/b"], "/d/e/a", "upper"),
            ("a file over a directory", vec!["f d"], vec!["f d/a"], "/d/a", ""),
            ("a directory over a file", vec!["f d/a"], vec!["f d"], "/d/a", "upper"),
            ("a directory over a file, listed", vec!["f d/a"], vec!["f d"], "/d", "/a"),
            ("without whiteouts the name is a file", vec!["f a"], vec!["f .wh.b"], "/.wh.b", "lower"),
        ] {
            assert_eq!(seen(&upper, &lower, path), expected, "{shows}");
        }
    }

    #[test]
    fn links_lead_across_roots() {
        for (shows, upper, lower, path, expected) in [
            ("down", vec!["l a d/b"], vec!["f d/b"], "/a", "lower"),
            ("up", vec!["f d/b"], vec!["l a /d/b"], "/a", "upper"),
            ("through a directory of the other", vec!["f usr/lib/x"], vec!["l lib usr/lib"], "/lib/x", "upper"),
            ("and back", vec!["f usr/lib/x"], vec!["l lib usr/lib", "f usr/lib/y"], "/lib/y", "lower"),
            ("a directory over a link", vec!["f lib/x"], vec!["l lib usr/lib", "f usr/lib/y"], "/lib", "/x"),
            ("what the link led to is hidden", vec!["f lib/x"], vec!["l lib usr/lib", "f usr/lib/y"], "/lib/y", ""),
            ("a link over a directory", vec!["l lib usr/lib"], vec!["f lib/x", "f usr/lib/y"], "/lib", "/y"),
            ("below the link", vec!["l lib usr/lib"], vec!["f lib/x", "f usr/lib/y"], "/lib/x", ""),
            ("out of the root", vec!["l a ../../d/b"], vec!["f d/b"], "/a", "lower"),
            ("in a circle", vec!["l a b"], vec!["l b a"], "/a", ""),
            ("a link that a whiteout hides", vec!["f .wh.a"], vec!["l a b", "f b"], "/a", ""),
            ("to what a whiteout hides", vec!["f .wh.b"], vec!["l a b", "f b"], "/a", ""),
        ] {
            assert_eq!(seen(&upper, &lower, path), expected, "{shows}");
        }
    }

    #[test]
    fn three_roots_are_one() {
        let (image, base, host) =
            (layer("image", &["f a"]), layer("base", &["f .wh.c", "f b"]), layer("host", &["f c", "f d"]));
        let plain = |files| OverlayLayer { files, has_whiteouts: false };
        let base = OverlayLayer { files: &base.1, has_whiteouts: true };
        let overlay = Overlay::new(vec![plain(&image.1), base, plain(&host.1)]);
        let names: Vec<_> = overlay.list(&ImagePath::root()).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "d"]);
        assert!(overlay.list(&ImagePath::known("/a")).is_err());
    }
}
