//! What the user adds: files and trees of the host, as they are there.
//!
//! Links inside a tree stay links; modes, hard links and file capabilities are kept, owners are not. What is
//! neither a file, a directory nor a link is not packed. What ELF files among it need is the closure's business.

use super::{Conflict, Entry, Node, Part, Reason, Rootfs};
use crate::content::Content;
use crate::events::{Diagnostic, Warning};
use crate::file::{FileKind, Stat, capability};
use crate::options::Add;
use crate::paths::ImagePath;
use crate::suggest;
use std::io;
use std::path::{Path, PathBuf};
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

/// Puts what `add` names into the tree. `output` is the file that is being written, which is no part of what
/// it holds.
pub fn add(
    rootfs: &mut Rootfs,
    add: &Add,
    output: Option<(u64, u64)>,
    warnings: &mut Vec<Warning>,
) -> Result<(), Vec<Error>> {
    let unreadable = |source| vec![Error::Unreadable { path: add.source.clone(), source }];
    // The user means the thing, not the link to it; below it links are part of the tree.
    let stat = Stat::of(&std::fs::metadata(&add.source).map_err(unreadable)?);
    if !matches!(stat.kind, FileKind::File | FileKind::Directory) {
        return Err(vec![Error::Special { path: add.source.clone() }]);
    }
    if output == Some(stat.identity.inode()) {
        return Err(vec![Error::Output { path: add.source.clone() }]);
    }
    let real = std::fs::canonicalize(&add.source).map_err(unreadable)?;
    let to = destination(add, &real).ok_or_else(|| vec![Error::Nameless { source_path: add.source.clone() }])?;
    let why = format!("`--add {}`", add.source.display()).into();
    let mut walk = Walk { rootfs, why, output, warnings, errors: Vec::new() };
    walk.one(&real, &to, &stat);
    if walk.errors.is_empty() { Ok(()) } else { Err(walk.errors) }
}

/// Where it goes: as asked; else an absolute source keeps its path, a relative one goes to `/NAME`.
pub fn destination(add: &Add, real: &Path) -> Option<ImagePath> {
    let is_directory = real.is_dir();
    match &add.destination {
        Some(path) if add.into_directory && !is_directory => path.join(add.source.file_name().or(real.file_name())?),
        Some(path) => Some(path.clone()),
        None if add.source.is_absolute() => ImagePath::new(&add.source).or_else(|| ImagePath::new(real)),
        None => ImagePath::root().join(add.source.file_name().or(real.file_name())?),
    }
    .filter(|path| is_directory || !path.is_root())
}

struct Walk<'a> {
    rootfs: &'a mut Rootfs,
    /// The one text of all reasons.
    why: Arc<str>,
    output: Option<(u64, u64)>,
    warnings: &'a mut Vec<Warning>,
    errors: Vec<Error>,
}

impl Walk<'_> {
    fn one(&mut self, host: &Path, to: &ImagePath, stat: &Stat) {
        if self.output == Some(stat.identity.inode()) {
            self.skip(host, "being-written", "is the file that is being written");
            return;
        }
        match self.entry(host, stat) {
            Ok(Some(entry)) if to.is_root() && entry.node == Node::Directory => {}
            Ok(Some(entry)) => {
                if let Err(conflict) = self.rootfs.insert(to, entry) {
                    self.errors.push(Error::Taken { path: host.to_owned(), conflict });
                    return;
                }
            }
            Ok(None) => {
                self.skip(host, "no-file", "is neither a file, a directory nor a link");
                return;
            }
            Err(source) => {
                self.errors.push(Error::Unreadable { path: host.to_owned(), source });
                return;
            }
        }
        if stat.kind == FileKind::Directory
            && let Err(source) = self.below(host, to)
        {
            self.errors.push(Error::Unreadable { path: host.to_owned(), source });
        }
    }

    fn below(&mut self, host: &Path, to: &ImagePath) -> io::Result<()> {
        let names = std::fs::read_dir(host)?.map(|entry| Ok(entry?.file_name()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        names.sort();
        for name in names {
            let path = host.join(&name);
            let stat = Stat::of(&std::fs::symlink_metadata(&path)?);
            let to = to.join(&name).ok_or(io::ErrorKind::InvalidFilename)?;
            self.one(&path, &to, &stat);
        }
        Ok(())
    }

    fn entry(&self, host: &Path, stat: &Stat) -> io::Result<Option<Entry>> {
        let node = match stat.kind {
            FileKind::Directory => Node::Directory,
            FileKind::Link => Node::Link(std::fs::read_link(host)?),
            FileKind::File => {
                // Told now, with all that is wrong, and not when its turn comes in a half-written layer.
                rustix::fs::access(host, rustix::fs::Access::READ_OK)?;
                Node::File(Content::Host { path: host.to_owned(), identity: stat.identity })
            }
            FileKind::Fifo | FileKind::Socket | FileKind::Device => return Ok(None),
        };
        let mode = if stat.kind == FileKind::Link { 0o777 } else { stat.mode };
        let reason = Reason::new("asked", self.why.clone());
        let mut entry = Entry::new(node, mode, Part::Added, reason);
        if stat.kind == FileKind::File {
            entry.capability = capability(host)?;
        }
        Ok(Some(entry))
    }

    fn skip(&mut self, host: &Path, code: &'static str, why: &str) {
        self.rootfs.left_out.push(super::LeftOut { what: host.display().to_string(), why: format!("it {why}") });
        self.warnings.push(Warning {
            code,
            message: format!("`{}` is not packed: it {why}", host.display()),
            details: Vec::new(),
            hint: String::new(),
        });
    }
}
