//! Where a file is: in which root, and at which path of it.

use super::walk::names;
use super::{Files, MAX_LINKS, Nowhere, Walk, walk, walk_on};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Which root a path is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The root where all is looked up.
    Sysroot,
    /// The host, outside the sysroot: the program's own surroundings, and what the user named.
    Host,
}

/// A path as the loader writes it, in one of the two roots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path: absolute, perhaps with `..` in it.
    pub path: PathBuf,
    /// The root that it is a path of.
    pub root: Root,
    /// Whether it was found from the program on, by `$ORIGIN` for one: where the program goes, it goes along.
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

    /// The path with `text` at its end, whatever that begins with: what stands behind `$ORIGIN`.
    #[must_use]
    pub fn append(&self, text: &[u8]) -> Self {
        let path = [self.path.as_os_str().as_bytes(), text].concat();
        Self { path: PathBuf::from(OsStr::from_bytes(&path)), ..self.clone() }
    }

    /// The directory that the file is in.
    #[must_use]
    pub fn directory(&self) -> Self {
        Self { path: self.path.parent().unwrap_or(Path::new("/")).to_owned(), ..self.clone() }
    }
}

/// The two roots of a run.
#[derive(Clone, Copy)]
pub struct Roots<'a> {
    /// The root where all is looked up.
    pub sysroot: &'a dyn Files,
    /// The root of what the sysroot does not hold: the program's own surroundings, and what the user named.
    pub host: &'a dyn Files,
    /// Where the sysroot is in the host, with no link on the way; `None`: nowhere.
    pub directory: Option<&'a Path>,
}

/// Where a path that the user named leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path by which it is reached in its root, the links in it not followed.
    pub named: Place,
    /// The file at the end of all links.
    pub real: Place,
    /// How the path led there, from where it entered the root.
    pub walk: Walk,
}

impl<'a> Roots<'a> {
    /// One root for all, and nothing beside it.
    pub fn one(files: &'a dyn Files) -> Self {
        Self { sysroot: files, host: &Nowhere, directory: None }
    }

    /// Whether the sysroot is an image, which is no directory of the host.
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

    /// Where `place` is on the host, for people.
    pub fn on_host(&self, place: &Place) -> PathBuf {
        match (place.root, self.directory) {
            (Root::Sysroot, Some(directory)) => directory.join(place.path.strip_prefix("/").unwrap_or(&place.path)),
            _ => place.path.clone(),
        }
    }

    /// A path of the host as a place, by its words alone: of the sysroot where it lies below its directory.
    pub fn place(&self, path: &Path) -> Place {
        let inside = self.directory.and_then(|directory| path.strip_prefix(directory).ok());
        match inside {
            Some(inside) => Place::sysroot(Path::new("/").join(inside)),
            None => Place { path: path.to_owned(), root: Root::Host, moves: false },
        }
    }

    /// Follows a path of the host, absolute, to its end. From where the path enters the sysroot's directory on, what it
    /// leads through is the sysroot's: an absolute link there starts again at the top of the sysroot, and no link
    /// leads out. A `..` of the path itself does.
    ///
    /// # Errors
    /// As `walk`.
    pub fn find(&self, path: &Path) -> io::Result<Found> {
        let mut finding = Finding::new(*self)?;
        let mut directories: VecDeque<OsString> = names(path).collect();
        let last = directories.pop_back();
        finding.follow(directories)?;
        // A link outside is the user's own, wherever it leads.
        let named = match finding.root {
            Root::Host => Place { path: path.to_owned(), root: Root::Host, moves: false },
            Root::Sysroot => Place::sysroot(last.iter().fold(finding.named.clone(), |named, name| named.join(name))),
        };
        finding.follow(last.into_iter().collect())?;
        let Finding { root, walk, .. } = finding;
        Ok(Found { named, real: Place { path: walk.real.as_path().to_owned(), root, moves: false }, walk })
    }
}

/// A path of the host that is followed, and how far that has come.
struct Finding<'a> {
    roots: Roots<'a>,
    root: Root,
    /// The path so far from the top of the root, as it is written.
    named: PathBuf,
    walk: Walk,
    /// Links of the host that were followed.
    links: usize,
}

impl<'a> Finding<'a> {
    fn new(roots: Roots<'a>) -> io::Result<Self> {
        let walk = walk(roots.host, Path::new("/"))?;
        let mut finding = Self { roots, root: Root::Host, named: PathBuf::from("/"), walk, links: 0 };
        finding.enter()?;
        Ok(finding)
    }

    /// Whether the walk has come to the sysroot, which it then goes on in.
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
            // Its words are followed like the user's: they may lead into the sysroot.
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
