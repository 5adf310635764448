//! What the user adds: files and trees of the host, as they are there.
//!
//! Links inside a tree stay links; modes, hard links and file capabilities are kept, owners are not. What is
//! neither a file, a directory nor a link is not packed. What ELF files among it need is the closure's business.

use super::merged::put_link_of_source;
use super::{Cause, Conflict, Entry, ImagePart, Node, Reason, Rootfs};
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
    /// The source, or something below it, cannot be read.
    #[error("cannot add `{}`", path.display())]
    Unreadable {
        /// The file or directory that cannot be read, on the host.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The name of the source gives no path in the image.
    #[error("cannot add `{}`: its name gives no path in the image", source_path.display())]
    Nameless {
        /// The source as it was given.
        source_path: PathBuf,
    },
    /// The source is neither a file, a directory nor a link.
    #[error("cannot add `{}`: it is neither a file, a directory nor a link", path.display())]
    Special {
        /// The source as it was given.
        path: PathBuf,
    },
    /// The source is the file that is being written.
    #[error("cannot add `{}`: it is the file that is being written, and would be replaced", path.display())]
    Output {
        /// The source as it was given.
        path: PathBuf,
    },
    /// The path in the image is that of something else.
    #[error("cannot add `{}` at `{}`, because something else is there", path.display(), conflict.path)]
    Taken {
        /// The file or directory that was to be added, on the host.
        path: PathBuf,
        /// Both things that want the path in the image.
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
            Self::Special { .. } => "write its content to a file first".to_owned(),
            Self::Output { .. } => "name another file with `--output`".to_owned(),
            Self::Nameless { source_path } => format!("say where it goes: `--add {}:/DEST`", source_path.display()),
            Self::Taken { path, .. } => format!("give it another place: `--add {}:/DEST`", path.display()),
        }
    }
}

/// Puts the file or tree that `added` names into the tree of the image. `output` is the file that is being written, which
/// is never added to itself.
///
/// # Errors
/// Every error of the tree; what could be added is in the tree of the image all the same.
pub fn add(
    rootfs: &mut Rootfs,
    added: &Added,
    roots: Roots<'_>,
    output: Option<FileId>,
    warnings: &mut Vec<Warning>,
) -> Result<(), Vec<Error>> {
    let path = || added.asked.source.clone();
    // The user means the file, not the link to it; below it links are part of the tree.
    let found =
        added.found.as_ref().map_err(|error| vec![Error::Unreadable { path: path(), source: clone_error(error) }])?;
    let stat = &found.walk.stat;
    if !matches!(stat.kind, FileKind::File | FileKind::Directory) {
        return Err(vec![Error::Special { path: path() }]);
    }
    if output == Some(stat.identity.inode()) {
        return Err(vec![Error::Output { path: path() }]);
    }
    let to = destination(&added.asked, found).ok_or_else(|| vec![Error::Nameless { source_path: path() }])?;
    put_link_of_source(rootfs, &added.asked, found);
    let why = format!("`--add {}`", added.asked.source.display()).into();
    let files = roots.files(&found.real);
    let mut tree = AddedTree { rootfs, files, roots, root: found.real.root, why, output, warnings, errors: Vec::new() };
    tree.add(&found.walk.real, &to, stat);
    if tree.errors.is_empty() { Ok(()) } else { Err(tree.errors) }
}

/// An error of the same kind and number: [`io::Error`] is not `Clone`.
fn clone_error(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// The path in the image of what is added: the destination that was asked for; else an absolute source keeps its path, and
/// a relative one goes to `/NAME`. `None` where the name gives no path, or a file would be `/`.
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

/// A tree that the user adds, on its way into the tree of the image.
struct AddedTree<'a> {
    rootfs: &'a mut Rootfs,
    /// The root that the tree is in, and its name among `roots`.
    files: &'a dyn Files,
    root: Root,
    roots: Roots<'a>,
    /// The text that all reasons share.
    why: Arc<str>,
    /// The file that is being written, if there is one.
    output: Option<FileId>,
    warnings: &'a mut Vec<Warning>,
    errors: Vec<Error>,
}

impl AddedTree<'_> {
    /// Puts what is at `from` to `to`, with all below it. `stat` is that of `from`.
    fn add(&mut self, from: &ImagePath, to: &ImagePath, stat: &Stat) {
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
            && let Err(source) = self.add_children(from, to)
        {
            self.errors.push(Error::Unreadable { path: self.on_host(from), source });
        }
    }

    fn add_children(&mut self, from: &ImagePath, to: &ImagePath) -> io::Result<()> {
        for (name, _) in self.files.list(from)? {
            let invalid = || io::Error::from(io::ErrorKind::InvalidFilename);
            let (path, to) = (from.join(&name).ok_or_else(invalid)?, to.join(&name).ok_or_else(invalid)?);
            let stat = self.files.stat(&path)?;
            self.add(&path, &to, &stat);
        }
        Ok(())
    }

    /// The entry for what is at `from`; `None` where it is neither a file, a directory nor a link.
    fn entry(&self, from: &ImagePath, stat: &Stat) -> io::Result<Option<Entry>> {
        let node = match stat.kind {
            FileKind::Directory => Node::Directory,
            FileKind::Link => Node::Link(self.files.read_link(from)?),
            FileKind::File => {
                // An unreadable file is told now, with all that is wrong, and not in the middle of a layer.
                self.files.check_readable(from)?;
                Node::File(self.files.content(from, stat))
            }
            FileKind::Fifo | FileKind::Socket | FileKind::Device => return Ok(None),
        };
        let mode = if stat.kind == FileKind::Link { 0o777 } else { stat.mode };
        let reason = Reason::new(Cause::Asked, self.why.clone());
        let mut entry = Entry::new(node, mode, ImagePart::Added, reason);
        if stat.kind == FileKind::File {
            entry.capability = self.files.capability(from)?;
        }
        Ok(Some(entry))
    }

    /// The path of a file of the tree on the host, for people.
    fn on_host(&self, path: &ImagePath) -> PathBuf {
        self.roots.on_host(&Place { path: path.as_path().to_owned(), root: self.root, moves: false })
    }

    /// Leaves out what is at `from`, with a warning: "it" and `why` are a sentence.
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
