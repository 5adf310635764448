//! The place of a file: a root, and a path in it.

use super::walk::names;
use super::{Files, MAX_LINKS, Nowhere, Walk, walk, walk_on};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The root that a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The root where everything is looked up.
    Sysroot,
    /// The host outside the sysroot: the program's own surroundings, and what the user named.
    Host,
}

/// A path as the loader writes it, in one of the two roots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path: absolute, perhaps with `..` in it.
    pub path: PathBuf,
    /// The root that the path belongs to.
    pub root: Root,
    /// Whether the file was found from the program on, by `$ORIGIN` for example: it goes where the program goes.
    pub moves: bool,
}

impl Place {
    /// A path of the sysroot.
    pub fn sysroot(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), root: Root::Sysroot, moves: false }
    }

    /// The file `name` in this directory.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Self {
        Self { path: self.path.join(OsStr::from_bytes(name)), ..self.clone() }
    }

    /// The path with `text` at its end, without a slash between them: `text` is what stands behind `$ORIGIN`.
    #[must_use]
    pub fn append(&self, text: &[u8]) -> Self {
        let path = [self.path.as_os_str().as_bytes(), text].concat();
        Self { path: PathBuf::from(OsStr::from_bytes(&path)), ..self.clone() }
    }

    /// The place at the end of all links, to which `end` is the walk from here.
    #[must_use]
    pub fn at_end(&self, end: &Walk) -> Self {
        Self { path: end.real.as_path().to_owned(), ..self.clone() }
    }

    /// The directory that the file is in; `/` for `/`.
    #[must_use]
    pub fn directory(&self) -> Self {
        Self { path: self.path.parent().unwrap_or(Path::new("/")).to_owned(), ..self.clone() }
    }
}

/// The two roots of a run.
#[derive(Clone, Copy)]
pub struct Roots<'a> {
    /// The root where everything is looked up.
    pub sysroot: &'a dyn Files,
    /// The root of what the sysroot does not hold: the program's own surroundings, and what the user named.
    pub host: &'a dyn Files,
    /// The directory of the host that is the sysroot, with no link on the way; `None` where the sysroot is an image.
    pub directory: Option<&'a Path>,
}

/// Where a path that the user named leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path by which the file is reached in its root, with the links as they are.
    pub named: Place,
    /// The file at the end of all links.
    pub real: Place,
    /// The way of the path to the file, from where it entered the root.
    pub walk: Walk,
}

impl<'a> Roots<'a> {
    /// One root for everything, and no host beside it.
    pub fn one(files: &'a dyn Files) -> Self {
        Self { sysroot: files, host: &Nowhere, directory: None }
    }

    /// Whether the sysroot is an image rather than a directory of the host.
    pub fn is_image(&self) -> bool {
        self.directory.is_none()
    }

    /// The root that `place` is in.
    pub fn files(&self, place: &Place) -> &'a dyn Files {
        self.root(place.root)
    }

    fn root(&self, root: Root) -> &'a dyn Files {
        match root {
            Root::Sysroot => self.sysroot,
            Root::Host => self.host,
        }
    }

    /// Follows the path of `place` in its root, as `walk` does.
    pub fn walk(&self, place: &Place) -> io::Result<Walk> {
        walk(self.files(place), &place.path)
    }

    /// The path of `place` on the host, for people.
    pub fn on_host(&self, place: &Place) -> PathBuf {
        match (place.root, self.directory) {
            (Root::Sysroot, Some(directory)) => directory.join(place.path.strip_prefix("/").unwrap_or(&place.path)),
            _ => place.path.clone(),
        }
    }

    /// The place of a path of the host, whose links are not followed: a path below the directory of the sysroot is one of
    /// the sysroot.
    pub fn place(&self, path: &Path) -> Place {
        let inside = self.directory.and_then(|directory| path.strip_prefix(directory).ok());
        match inside {
            Some(inside) => Place::sysroot(Path::new("/").join(inside)),
            None => Place { path: path.to_owned(), root: Root::Host, moves: false },
        }
    }

    /// Follows an absolute path of the host to its end. Behind the directory of the sysroot the path is followed inside the
    /// sysroot: an absolute link there starts again at the top of the sysroot, and no link leads out of it. A `..` of the
    /// path itself does. Where the sysroot is an image, the path is one of the image.
    ///
    /// # Errors
    /// As `walk`.
    pub fn find(&self, path: &Path) -> io::Result<Found> {
        if self.is_image() {
            let (named, walk) = (Place::sysroot(path), walk(self.sysroot, path)?);
            return Ok(Found { named, real: Place::sysroot(walk.real.as_path()), walk });
        }
        let mut host_walk = HostWalk::new(*self)?;
        let mut directories: VecDeque<OsString> = names(path).collect();
        let last = directories.pop_back();
        host_walk.follow(directories)?;
        // A link outside the sysroot is the user's own, wherever it leads.
        let named = match host_walk.root {
            Root::Host => Place { path: path.to_owned(), root: Root::Host, moves: false },
            Root::Sysroot => Place::sysroot(last.iter().fold(host_walk.named.clone(), |named, name| named.join(name))),
        };
        host_walk.follow(last.into_iter().collect())?;
        let HostWalk { root, walk, .. } = host_walk;
        Ok(Found { named, real: Place { path: walk.real.as_path().to_owned(), root, moves: false }, walk })
    }
}

/// A path of the host that is being followed, and how far it has led.
struct HostWalk<'a> {
    roots: Roots<'a>,
    root: Root,
    /// The path so far, from the top of the root, with the links as they are.
    named: PathBuf,
    walk: Walk,
    /// How many links of the host were followed.
    links: usize,
}

impl<'a> HostWalk<'a> {
    fn new(roots: Roots<'a>) -> io::Result<Self> {
        let walk = walk(roots.host, Path::new("/"))?;
        let mut host_walk = Self { roots, root: Root::Host, named: PathBuf::from("/"), walk, links: 0 };
        host_walk.enter()?;
        Ok(host_walk)
    }

    /// Goes on in the sysroot where the walk has come to its directory.
    fn enter(&mut self) -> io::Result<()> {
        if self.root == Root::Host && self.roots.directory == Some(self.walk.real.as_path()) {
            self.root = Root::Sysroot;
            self.named = PathBuf::from("/");
            self.walk = walk(self.roots.sysroot, Path::new("/"))?;
        }
        Ok(())
    }

    fn follow(&mut self, mut todo: VecDeque<OsString>) -> io::Result<()> {
        while let Some(name) = todo.pop_front() {
            self.step(&name, &mut todo)?;
        }
        Ok(())
    }

    fn step(&mut self, name: &OsStr, todo: &mut VecDeque<OsString>) -> io::Result<()> {
        if self.root == Root::Sysroot {
            let top = self.roots.directory.filter(|_| name == ".." && self.walk.real.is_root());
            if let Some(above) = top.and_then(Path::parent) {
                self.root = Root::Host;
                self.walk = walk(self.roots.host, above)?;
                return Ok(());
            }
            self.walk = walk_on(self.roots.sysroot, self.walk.clone(), Path::new(name))?;
            self.named.push(name);
            return Ok(());
        }
        let next = self.walk.real.join(name);
        let link = next.and_then(|next| self.roots.host.read_link(&next).ok());
        match link {
            Some(_) if self.links == MAX_LINKS => return Err(rustix::io::Errno::LOOP.into()),
            // The names in a link are followed like the user's own: they may lead into the sysroot.
            Some(target) => {
                self.links += 1;
                for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
                    todo.push_front(name);
                }
                if target.is_absolute() {
                    self.walk = walk(self.roots.host, Path::new("/"))?;
                }
            }
            None => self.walk = walk_on(self.roots.host, self.walk.clone(), Path::new(name))?,
        }
        self.enter()
    }
}
