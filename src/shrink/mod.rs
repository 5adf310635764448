//! Smaller files in the tree. Entries that are names of one file of the host stay names of one file.

pub mod strip;
mod upx;

use crate::bytes::ReadAt;
use crate::content::Content;
use crate::elf::{self, Inspected, Kind, Window};
use crate::events::{Diagnostic, Warning};
use crate::file::{FileId, HostFile, Identity, is_signed};
use crate::options::{Options, Strip};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::Program;
use crate::rootfs::{Cause, Entry, Node, Rootfs};
use crate::tools;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use strip::{Outcome, strip};
pub use upx::{Compared, refusal};

/// What was made smaller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shrunk {
    /// Where it was asked for.
    pub stripped: Option<Stripped>,
    /// The same of UPX.
    pub upx: Option<Compared>,
}

impl Shrunk {
    /// Whether the program is one that UPX packed, which has no symbols left.
    pub fn is_by_upx(&self) -> bool {
        self.upx.is_some_and(Compared::is_used)
    }
}

/// What came of strip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stripped {
    /// How many files got smaller.
    pub files: usize,
    /// Bytes that were dropped of them.
    pub bytes: u64,
    /// How many of these are zeros now: they compress to nothing, and the file is as long as it was.
    pub zeros: u64,
    /// Files that stay as they are, and why.
    pub as_it_is: Vec<(ImagePath, String)>,
}

/// Why a file cannot be made smaller.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where it is on the host.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is another one than when it was looked at.
    #[error("`{given}` changed while UPX packed it")]
    Changed {
        /// The program as it was given.
        given: String,
    },
    /// UPX would break it.
    #[error("`{given}` cannot be packed by UPX: {why}")]
    Refused {
        /// The program as it was given.
        given: String,
        /// Why, as a sentence.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// There is no UPX.
    #[error("cannot pack `{given}` with UPX: there is no `upx` in PATH")]
    NoUpx {
        /// The program as it was given.
        given: String,
    },
    /// UPX could not.
    #[error("cannot pack `{given}` with UPX")]
    Tool {
        /// The program as it was given.
        given: String,
        /// What it says.
        source: tools::Error,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Changed { .. } => "changed",
            Self::Refused { .. } => "upx-refused",
            Self::NoUpx { .. } => "no-upx",
            Self::Tool { .. } => "upx-failed",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "",
            Self::Changed { .. } => "wait until the build is done, and pack again",
            Self::Refused { hint, .. } => hint,
            Self::NoUpx { .. } => {
                "install it (`apt-get install upx-ucl` on Debian, where bookworm has it in its backports), \
                 or leave `--upx` out"
            }
            Self::Tool { source: tools::Error::Place { .. }, .. } => "name one that can be written to with TMPDIR",
            Self::Tool { .. } => "leave `--upx` out",
        }
        .to_owned()
    }
}

/// How many bytes strip drops of a program.
pub fn removable(program: &Program) -> u64 {
    removable_of(&*program.file, &program.inspected)
}

/// The same of a file wherever it is.
pub fn removable_of(file: &dyn ReadAt, inspected: &Inspected) -> u64 {
    if inspected.upx || inspected.linkage.is_none() && inspected.kind != Kind::Library {
        return 0;
    }
    match strip(&Window::new(file), Path::new(""), &Identity::constant(FileId::Made(0), 0)) {
        Ok(Outcome::Stripped { dropped, .. }) => dropped,
        _ => 0,
    }
}

/// What a file carries that nobody may move or drop, in words.
fn carries(file: &dyn ReadAt) -> Result<Option<String>, elf::Error> {
    if let Some(overlay) = elf::overlay(file)? {
        let kind = overlay.kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        return Ok(Some(format!("it has data behind its last section{kind}")));
    }
    let header = elf::header(file)?;
    let sections = elf::sections(file, &header).unwrap_or_default();
    let kind = elf::payload(file, &header, &elf::segments(file, &header)?, &sections)?;
    Ok(kind.map(|kind| format!("it carries data of its own ({kind})")))
}

/// Makes files of the tree smaller, as far as it is asked for.
///
/// `given` is the program as it was given, `platform` the one that its header tells.
pub fn shrink(
    rootfs: &mut Rootfs,
    given: &str,
    platform: &Platform,
    options: &Options,
) -> Result<(Shrunk, Vec<Warning>), Error> {
    let stripped = options.strip.map(|asked| strip_all(rootfs, asked)).transpose()?;
    let packed = options.upx.map(|level| upx::upx(rootfs, given, platform, level, options)).transpose()?;
    let (upx, warnings) = packed.unwrap_or_default();
    Ok((Shrunk { stripped, upx }, warnings))
}

fn strip_all(rootfs: &mut Rootfs, asked: Strip) -> Result<Stripped, Error> {
    let mut stripped = Stripped::default();
    for (path, identity, name) in files(rootfs, asked) {
        match strip_one(&path, &identity).map_err(|source| Error::Unreadable { path: path.clone(), source })? {
            Outcome::Nothing => {}
            Outcome::Kept(why) => stripped.as_it_is.push((name, why)),
            Outcome::Stripped { pieces, dropped, zeros } => {
                stripped.files += 1;
                stripped.bytes += dropped;
                stripped.zeros += zeros;
                rootfs.replace(&identity, &Content::Pieces(pieces));
            }
        }
    }
    stripped.as_it_is.sort();
    Ok(stripped)
}

fn strip_one(path: &Path, identity: &Identity) -> io::Result<Outcome> {
    let file = HostFile::open(path)?;
    // Whoever packs it tells that it changed.
    if file.stat.identity != *identity {
        return Ok(Outcome::Nothing);
    }
    Ok(match strip(&file, path, identity)? {
        Outcome::Stripped { .. } if is_signed(path) => Outcome::Kept("it is signed (`security.ima`)".to_owned()),
        outcome => outcome,
    })
}

/// The files of the host that are to be stripped, each with its first name in the image.
fn files(rootfs: &Rootfs, asked: Strip) -> Vec<(PathBuf, Identity, ImagePath)> {
    let mut files = BTreeMap::new();
    for (name, entry) in rootfs.entries().iter().filter(|(_, entry)| is_meant(entry, asked)) {
        if let Node::File(Content::Host { path, identity }) = &entry.node {
            files.entry(identity.inode()).or_insert_with(|| (path.clone(), *identity, name.clone()));
        }
    }
    files.into_values().collect()
}

/// What the user added is nobody else's to change, unless it is the very same file.
fn is_meant(entry: &Entry, asked: Strip) -> bool {
    entry.reasons.iter().any(|reason| match asked {
        Strip::Program => reason.cause == Cause::Program,
        Strip::All => reason.cause != Cause::Asked,
    })
}
