//! Why a program is not packed, as values that can be told.

use crate::elf::Kind;
use crate::events::Diagnostic;
use crate::paths::ImagePath;
use crate::platform::Platform;
use std::ffi::OsString;
use std::path::PathBuf;

/// Why a file cannot be packed as a program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not of a kind that the kernel starts, or not alone.
    #[error("`{}` {what}", given.display())]
    Kind {
        /// As it was given.
        given: OsString,
        /// Its kind.
        kind: Kind,
        /// In words, with a verb: `is a shared library, not a program`.
        what: String,
        /// Lines of evidence.
        details: Vec<String>,
        /// What to do.
        hint: String,
    },
    /// No image has a name for its machine.
    #[error("`{}` is for a machine that images have no name for", given.display())]
    NoPlatform {
        /// As it was given.
        given: OsString,
        /// Lines of evidence.
        details: Vec<String>,
    },
    /// `--platform` asks for a machine that does not run it.
    #[error("a machine of `{asked}` does not run `{}`, which is for `{own}`", given.display())]
    OtherPlatform {
        /// As it was given.
        given: OsString,
        /// What `--platform` says.
        asked: Platform,
        /// What the header says.
        own: Platform,
    },
    /// Two programs for one platform.
    #[error("`{}` and `{}` are both for `{platform}`", first.display(), second.display())]
    SamePlatform {
        /// The first one, as it was given.
        first: OsString,
        /// The second one.
        second: OsString,
        /// What both are for.
        platform: Platform,
    },
    /// An image's configuration holds text, and the path is not UTF-8.
    #[error("the path of `{}` in the image is not UTF-8, which a configuration cannot hold", given.display())]
    NoText {
        /// As it was given.
        given: OsString,
    },
    /// Several programs, and a form that holds one.
    #[error("a root file system holds one program, and several were given")]
    SeveralRoots,
    /// The destination is what goes in.
    #[error("`{}` is {what} and would be replaced", destination.display())]
    OverItself {
        /// The destination.
        destination: PathBuf,
        /// What it is: `the program itself`.
        what: &'static str,
    },
    /// Engines mount something of their own over the path, or the image's user may not go there.
    #[error("{what} cannot be `{path}`: {why}")]
    Unreachable {
        /// `the program's place`, `the working directory`.
        what: &'static str,
        /// The path.
        path: ImagePath,
        /// Why, as the end of a sentence.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// The user who runs the program may not read a file that it needs.
    #[error("user {uid} may not read `{path}`{}", via(path, barrier))]
    Unreadable {
        /// Who runs the program.
        uid: u32,
        /// The file.
        path: ImagePath,
        /// The directory above that is closed, or the file itself.
        barrier: ImagePath,
        /// The permission bits of that.
        mode: u32,
        /// Why the file is in the image.
        reason: String,
    },
    /// Parts of glibc from several places.
    #[error("the glibc of `{given}` would come from two places, and crash")]
    TwoLibcs {
        /// The program.
        given: String,
        /// The parts, a line for each place.
        details: Vec<String>,
    },
}

fn via(path: &ImagePath, barrier: &ImagePath) -> String {
    if path == barrier { String::new() } else { format!(", and may not enter `{barrier}` above it") }
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Kind { kind, .. } => kind.as_str(),
            Self::NoPlatform { .. } => "unknown-machine",
            Self::OtherPlatform { .. } => "other-platform",
            Self::SamePlatform { .. } => "same-platform",
            Self::NoText { .. } => "path-not-utf8",
            Self::SeveralRoots => "several-roots",
            Self::OverItself { .. } => "over-itself",
            Self::Unreachable { .. } => "unreachable",
            Self::Unreadable { .. } => "not-readable-by-user",
            Self::TwoLibcs { .. } => "two-libcs",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Kind { details, .. } | Self::NoPlatform { details, .. } | Self::TwoLibcs { details, .. } => {
                details.clone()
            }
            Self::Unreadable { barrier, mode, reason, .. } => {
                vec![format!("`{barrier}` has mode {mode:04o}"), reason.clone()]
            }
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Kind { hint, .. } => hint.clone(),
            Self::NoPlatform { .. } => "build it for Linux, on a machine that container engines run on".to_owned(),
            Self::OtherPlatform { own, .. } => {
                format!("leave `--platform` out: the image is then for `{own}`; or build the program for the other one")
            }
            Self::SamePlatform { .. } => {
                "an image has one program for each platform; pack the other one under a name of its own".to_owned()
            }
            Self::NoText { .. } => "say where it goes: `--path /app`".to_owned(),
            Self::SeveralRoots => "write one for each program, or leave `--format rootfs` out".to_owned(),
            Self::OverItself { .. } => "name another file with `--output`".to_owned(),
            Self::Unreachable { hint, .. } => (*hint).to_owned(),
            Self::Unreadable { barrier, .. } => {
                format!("open `{barrier}` to others (`chmod o+rX`) before it is added, or run as root: `--user 0`")
            }
            Self::TwoLibcs { .. } => {
                "leave the private copies of glibc out of the program's directories, or pack from the root that they \
                 belong to: `--sysroot DIR`"
                    .to_owned()
            }
        }
    }

    fn is_usage_error(&self) -> bool {
        matches!(
            self,
            Self::OtherPlatform { .. } | Self::SamePlatform { .. } | Self::SeveralRoots | Self::OverItself { .. }
        )
    }
}
