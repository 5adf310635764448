//! What the user adds: files and trees of the host, as they are there.
//!
//! Links inside a tree stay links; modes, hard links and file capabilities are kept, owners are not. What is
//! neither a file, a directory nor a link is not packed. What ELF files among it need is the closure's business.

use super::{Cause, Conflict, Entry, Node, Part, Reason, Rootfs};
use crate::closure::Added;
use crate::events::{Diagnostic, LeftOut, Warning};
use crate::file::{FileId, FileKind, Stat};
use crate::files::{Files, Found, Place, Root, Roots};
use crate::options::Add;
use crate::paths::ImagePath;
use crate::suggest;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why something cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It, or something in it, cannot be read.
    #[error("cannot add `{}`", path.display())]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No path in the image can be made of its name.
    #[error("cannot add `{}`: it has no name for a place in the image", source_path.display())]
    Nameless {
        /// As it was given.
        source_path: PathBuf,
    },
    /// It is neither a file, a directory nor a link.
    #[error("cannot add `{}`: it is neither a file, a directory nor a link", path.display())]
    Special {
        /// What was named.
        path: PathBuf,
    },
    /// It is the file that is being written.
    #[error("cannot add `{}`: it is the file that is being written, and would be replaced", path.display())]
    Output {
        /// What was named.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("cannot add `{}` at `{}`, where something else is", path.display(), conflict.path)]
    Taken {
        /// What was to be added.
        path: PathBuf,
        /// What it meets.
        conflict: Conflict,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "cannot-add",
            Self::Nameless { .. } => "no-place",
            Self::Special { .. } => "no-file",
            Self::Output { .. } => "being-written",
            Self::Taken { .. } => "conflict",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Taken { conflict, .. } => vec![conflict.there.clone(), conflict.wanted.clone()],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { source, path } if source.kind() == io::ErrorKind::NotFound => {
                match suggest::beside(path) {
                    Some(closest) => format!("did you mean `{}`?", closest.display()),
                    None => {
                        "`--add SRC:DEST` takes a file or directory of this machine and a path in the image".to_owned()
                    }
                }
            }
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "whoever runs pack must be allowed to read what it packs".to_owned()
            }
            Self::Unreadable { .. } => String::new(),
            Self::Special { .. } => "write what it gives to a file first".to_owned(),
            Self::Output { .. } => "name another file with `--output`".to_owned(),
            Self::Nameless { source_path } => format!("say where it goes: `--add {}:/DEST`", source_path.display()),
            Self::Taken { path, .. } => format!("give it another place: `--add {}:/DEST`", path.display()),
        }
    }
}

/// Puts what `added` names into the tree. `output` is the file that is being written, which is no part of what
/// it holds.
pub fn add(
    rootfs: &mut Rootfs,
    added: &Added,
    roots: Roots<'_>,
    output: Option<FileId>,
    warnings: &mut Vec<Warning>,
) -> Result<(), Vec<Error>> {
    let path = || added.asked.source.clone();
    // The user means the file, not the link to it; below it links are part of the tree.
    let found = added.found.as_ref().map_err(|error| vec![Error::Unreadable { path: path(), source: again(error) }])?;
    let stat = &found.walk.stat;
    if !matches!(stat.kind, FileKind::File | FileKind::Directory) {
        return Err(vec![Error::Special { path: path() }]);
    }
    if output == Some(stat.identity.inode()) {
        return Err(vec![Error::Output { path: path() }]);
    }
    let to = destination(&added.asked, found).ok_or_else(|| vec![Error::Nameless { source_path: path() }])?;
    let why = format!("`--add {}`", added.asked.source.display()).into();
    let files = roots.files(&found.real);
    let mut tree = AddedTree { rootfs, files, roots, root: found.real.root, why, output, warnings, errors: Vec::new() };
    tree.one(&found.walk.real, &to, stat);
    if tree.errors.is_empty() { Ok(()) } else { Err(tree.errors) }
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// Where it goes: as asked; else an absolute source keeps its path, a relative one goes to `/NAME`.
pub fn destination(add: &Add, found: &Found) -> Option<ImagePath> {
    let is_directory = found.walk.stat.kind == FileKind::Directory;
    let name = || add.source.file_name().or_else(|| found.walk.real.file_name());
    match &add.destination {
        Some(path) if add.into_directory && !is_directory => path.join(name()?),
        Some(path) => Some(path.clone()),
        None if add.source.is_absolute() => ImagePath::new(&add.source).or_else(|| Some(found.walk.real.clone())),
        None => ImagePath::root().join(name()?),
    }
    .filter(|path| is_directory || !path.is_root())
}

/// A tree that the user adds, on its way into the image's.
struct AddedTree<'a> {
    rootfs: &'a mut Rootfs,
    files: &'a dyn Files,
    roots: Roots<'a>,
    root: Root,
    /// The one text of all reasons.
    why: Arc<str>,
    output: Option<FileId>,
    warnings: &'a mut Vec<Warning>,
    errors: Vec<Error>,
}

impl AddedTree<'_> {
    fn one(&mut self, from: &ImagePath, to: &ImagePath, stat: &Stat) {
        if self.output == Some(stat.identity.inode()) {
            self.skip(from, "being-written", "is the file that is being written");
            return;
        }
        match self.entry(from, stat) {
            Ok(Some(entry)) if to.is_root() && entry.node == Node::Directory => {}
            Ok(Some(entry)) => {
                if let Err(conflict) = self.rootfs.insert(to, entry) {
                    self.errors.push(Error::Taken { path: self.on_host(from), conflict });
                    return;
                }
            }
            Ok(None) => {
                self.skip(from, "no-file", "is neither a file, a directory nor a link");
                return;
            }
            Err(source) => {
                self.errors.push(Error::Unreadable { path: self.on_host(from), source });
                return;
            }
        }
        if stat.kind == FileKind::Directory
            && let Err(source) = self.below(from, to)
        {
            self.errors.push(Error::Unreadable { path: self.on_host(from), source });
        }
    }

    fn below(&mut self, from: &ImagePath, to: &ImagePath) -> io::Result<()> {
        for (name, _) in self.files.list(from)? {
            let invalid = || io::Error::from(io::ErrorKind::InvalidFilename);
            let (path, to) = (from.join(&name).ok_or_else(invalid)?, to.join(&name).ok_or_else(invalid)?);
            let stat = self.files.stat(&path)?;
            self.one(&path, &to, &stat);
        }
        Ok(())
    }

    fn entry(&self, from: &ImagePath, stat: &Stat) -> io::Result<Option<Entry>> {
        let node = match stat.kind {
            FileKind::Directory => Node::Directory,
            FileKind::Link => Node::Link(self.files.read_link(from)?),
            FileKind::File => {
                // Told now, with all that is wrong, and not when its turn comes in a half-written layer.
                self.files.check_readable(from)?;
                Node::File(self.files.content(from, stat))
            }
            FileKind::Fifo | FileKind::Socket | FileKind::Device => return Ok(None),
        };
        let mode = if stat.kind == FileKind::Link { 0o777 } else { stat.mode };
        let reason = Reason::new(Cause::Asked, self.why.clone());
        let mut entry = Entry::new(node, mode, Part::Added, reason);
        if stat.kind == FileKind::File {
            entry.capability = self.files.capability(from)?;
        }
        Ok(Some(entry))
    }

    /// Where a file of the tree is on the host, for people.
    fn on_host(&self, path: &ImagePath) -> PathBuf {
        self.roots.on_host(&Place { path: path.as_path().to_owned(), root: self.root, moves: false })
    }

    fn skip(&mut self, from: &ImagePath, code: &'static str, why: &str) {
        let host = self.on_host(from);
        self.rootfs.left_out.push(LeftOut { what: host.display().to_string(), why: format!("it {why}") });
        self.warnings.push(Warning {
            code,
            message: format!("`{}` is not packed: it {why}", host.display()),
            details: Vec::new(),
            hint: String::new(),
        });
    }
}
