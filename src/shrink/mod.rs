//! Smaller files in the tree. Entries that are names of one file of the host stay names of one file.

mod carried;
mod error;
pub mod strip;
mod tree;
mod upx;

pub use error::Error;
pub use upx::{Compared, refusal};

use crate::bytes::ReadAt;
use crate::content::{Content, Pieces};
use crate::elf::{Inspected, Kind, Window};
use crate::events::Warning;
use crate::file::{HostFile, is_signed};
use crate::options::{Options, Strip};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::rootfs::Rootfs;
use std::io;
use strip::{StripOutcome, strip};
use tree::{PackedFile, files};

/// What was made smaller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shrunk {
    /// Bytes that strip drops of the program, or would drop.
    pub removable: u64,
    /// What came of strip, where it was asked for.
    pub stripped: Option<Stripped>,
    /// What came of UPX, where it was asked for.
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
    /// How many of these bytes are zeros now: they compress to nothing, and the file is as long as it was.
    pub zeros: u64,
    /// Files that stay as they are, and why.
    pub as_it_is: Vec<(ImagePath, String)>,
}

/// How many bytes strip would drop of a file.
pub fn removable(file: &dyn ReadAt, inspected: &Inspected) -> u64 {
    if inspected.upx || inspected.linkage.is_none() && inspected.kind != Kind::Library {
        return 0;
    }
    strip(&Window::new(file)).map_or(0, |outcome| outcome.dropped())
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
    let (removable, stripped) = match options.strip {
        Some(asked) => strip_files(rootfs, asked).map(|(removable, stripped)| (removable, Some(stripped)))?,
        None => (program_removable(rootfs), None),
    };
    let packed = options.upx.map(|level| upx::upx(rootfs, given, platform, level, options)).transpose()?;
    let (upx, warnings) = packed.unwrap_or_default();
    Ok((Shrunk { removable, stripped, upx }, warnings))
}

/// Strips the files that are meant. The number is what goes, or could go, of the program.
fn strip_files(rootfs: &mut Rootfs, asked: Strip) -> Result<(u64, Stripped), Error> {
    let (mut removable, mut stripped) = (0, Stripped::default());
    for file in files(rootfs, asked) {
        let outcome = strip_file(&file).map_err(|source| Error::Unreadable { path: file.path.clone(), source })?;
        if file.is_program {
            removable = outcome.dropped();
        }
        match outcome {
            StripOutcome::Nothing => {}
            StripOutcome::Kept(why) => stripped.as_it_is.push((file.name, why)),
            StripOutcome::Stripped { .. } if is_signed(&file.path) => {
                stripped.as_it_is.push((file.name, "it is signed (`security.ima`)".to_owned()));
            }
            StripOutcome::Stripped { pieces, dropped, zeros } => {
                stripped.files += 1;
                stripped.bytes += dropped;
                stripped.zeros += zeros;
                let (path, identity) = (file.path, file.identity);
                rootfs.replace(&identity, &Content::Pieces(Pieces { path, identity, pieces }));
            }
        }
    }
    Ok((removable, stripped))
}

/// Bytes that strip would drop of the program; 0 where it cannot be read, which whoever packs it tells.
fn program_removable(rootfs: &Rootfs) -> u64 {
    let outcomes = files(rootfs, Strip::Program).into_iter().filter_map(|file| strip_file(&file).ok());
    outcomes.map(|outcome| outcome.dropped()).sum()
}

fn strip_file(packed: &PackedFile) -> io::Result<StripOutcome> {
    let file = HostFile::open(&packed.path)?;
    // Whoever packs it tells that it changed.
    if file.stat.identity != packed.identity {
        return Ok(StripOutcome::Nothing);
    }
    strip(&Window::new(&file))
}
