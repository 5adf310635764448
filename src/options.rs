//! What is asked for, as plain data with the defaults filled in. No flag has a name here: a test or
//! another program asks for the same thing without writing a command line.

use crate::compress::Compression;
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::reference::Reference;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The time of every entry of an image, in seconds since the epoch. Not 0, which some programs take for "there is no such
/// file", and always the same, so that an unchanged library layer keeps its digest.
pub const ENTRY_TIME: u32 = 1;

/// PATH in an image: Debian's, of root and of others alike, and where engines look in one that has none.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// One image, or several for different platforms under one name.
#[derive(Debug, Clone)]
pub struct Options {
    /// The programs, as they were given; at least one.
    pub programs: Vec<OsString>,
    /// The image's names; empty: made from the first program's name.
    pub tags: Vec<Reference>,
    /// In which form the result is written.
    pub format: Format,
    /// Where it is written.
    pub destination: Destination,
    /// What goes in beside what the evidence shows.
    pub contents: Contents,
    /// Where things are looked up.
    pub search: Search,
    /// The image's configuration.
    pub config: Config,
    /// Whether symbols and debugging information go, and of which files.
    pub strip: Option<Strip>,
    /// Whether UPX packs the program, and how well.
    pub upx: Option<UpxLevel>,
    /// How layers are compressed.
    pub compression: Compression,
    /// Where compressed layers are kept from run to run; `None`: nowhere.
    pub cache: Option<PathBuf>,
    /// How entries are divided into layers.
    pub division: Division,
    /// Overrules the platform that the program's header tells.
    pub platform: Option<Platform>,
    /// Seconds since the epoch that the image says it was made at; `None`: what the program records, else 0.
    pub created: Option<i64>,
    /// Nothing is written.
    pub dry_run: bool,
    /// What is needed to tell more of each file is looked up too: its package.
    pub explain: bool,
    /// Warnings are errors.
    pub strict: bool,
}

/// What the verdict on one image depends on.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What goes in beside what the evidence shows.
    pub contents: &'a Contents,
    /// The image's configuration.
    pub config: &'a Config,
    /// Where things are looked up.
    pub search: &'a Search,
    /// Whether UPX is to pack the program.
    pub upx: bool,
}

impl Options {
    /// What the verdict on each of the images depends on.
    pub fn asked(&self) -> Asked<'_> {
        let Self { contents, config, search, upx, .. } = self;
        Asked { contents, config, search, upx: upx.is_some() }
    }
}

/// Whose symbols and debugging information go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strip {
    /// The program's.
    Program,
    /// The program's, and those of its libraries.
    All,
}

/// How well UPX packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpxLevel {
    /// As it does by itself.
    Usual,
    /// 1, the fastest, to 9.
    Number(u8),
    /// The smallest that it makes in sensible time.
    Best,
}

/// A file to be looked at, before it is known what that is.
#[derive(Debug, Clone, Default)]
pub struct Inspect {
    /// The file, as it was given.
    pub file: OsString,
    /// Where it, and a program's libraries, are looked up.
    pub search: Search,
    /// Which of several images in it.
    pub platform: Option<Platform>,
    /// More is told of each file, and what that needs is looked up: its package.
    pub explain: bool,
}

/// How a program is looked at.
#[derive(Debug, Clone)]
pub struct InspectProgram {
    /// Where its libraries are looked up.
    pub search: Search,
    /// The packages of its libraries are looked up too.
    pub explain: bool,
}

/// How an image is looked at.
#[derive(Debug, Clone)]
pub struct InspectImage {
    /// Which of several.
    pub platform: Option<Platform>,
    /// Read-only data is not searched for what its program opens: only what that links counts.
    pub without_evidence: bool,
    /// Sonames of libraries that whoever runs the image provides.
    pub provided: Vec<String>,
    /// The packages and layers of all its files are looked up too.
    pub explain: bool,
}

/// In which form the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A file that every engine loads.
    #[default]
    Archive,
    /// The plain root file system: a directory, or a tar where the destination ends in `.tar` or is a stream.
    Rootfs,
}

impl Format {
    /// What the names of files in this form end with, behind the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Archive => "tar",
            Self::Rootfs => "rootfs",
        }
    }

    /// Whether it has layers, and so compression, configurations, and room for several programs.
    pub fn has_layers(self) -> bool {
        match self {
            Self::Archive => true,
            Self::Rootfs => false,
        }
    }
}

/// Where the result is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Destination {
    /// A path in the working directory, made from the image's name and the format.
    #[default]
    Here,
    /// A path of the host.
    Path(PathBuf),
    /// Standard output.
    Stdout,
}

/// What goes into the image beside what the evidence shows.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Where the program stands in the image.
    pub path: Option<ImagePath>,
    /// Files and trees of the host.
    pub add: Vec<Add>,
    /// Empty directories that the user may write in.
    pub directories: Vec<ImagePath>,
    /// Empty directories that are declared as volumes.
    pub volumes: Vec<ImagePath>,
    /// When the bundle of CA certificates goes in.
    pub certs: Certs,
    /// Files whose certificates are added to the bundle.
    pub certificates: Vec<PathBuf>,
    /// Time zones.
    pub zones: Choice,
    /// Converters of character sets.
    pub converters: Choice,
    /// Locales.
    pub locales: Choice,
    /// Sonames of libraries that are opened by name at run time.
    pub libraries: Vec<String>,
    /// Which of the libraries that `.note.dlopen` tells of.
    pub dlopen: DlopenPolicy,
}

impl Contents {
    /// Whether the user adds what is at `path`, or a directory above it, under its own path.
    pub fn adds(&self, path: &Path) -> bool {
        self.add.iter().any(|add| match &add.destination {
            Some(destination) => path.starts_with(destination.as_path()),
            None => path.starts_with(&add.source),
        })
    }
}

/// Which of the libraries go in that an object tells to open at run time (UAPI.12, `.note.dlopen`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum DlopenPolicy {
    /// None.
    None,
    /// Libraries without which the object does not work.
    Required,
    /// Required libraries, and those that most installations have.
    #[default]
    Recommended,
    /// All.
    All,
}

/// A file or tree of the host that goes into the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Add {
    /// Where it is on the host.
    pub source: PathBuf,
    /// Where it goes; `None`: an absolute source keeps its path, a relative one goes to `/NAME`.
    pub destination: Option<ImagePath>,
    /// The destination was written with a slash at its end: a file goes into it under its own name.
    pub into_directory: bool,
}

/// When the bundle of CA certificates goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Certs {
    /// Where the program is seen to need it.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never.
    Never,
}

/// Which of a family of data files (time zones, converters, locales) go in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// The files that the evidence names.
    #[default]
    Evidence,
    /// The files that are named here.
    Names(Vec<String>),
    /// All files of the family.
    All,
    /// None.
    None,
}

/// Where things are looked up.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Directories that are searched for a program named without a slash, as in PATH.
    pub programs: Option<OsString>,
    /// The roots where all is looked up, each for one platform or for every one; none: `/`.
    pub sysroots: Vec<(Option<Platform>, PathBuf)>,
    /// The builder's own LD_LIBRARY_PATH, which never counts: only for a hint.
    pub environment: Option<OsString>,
    /// Directories that are searched for libraries where the loader would look in
    /// `LD_LIBRARY_PATH`, in order; as they were given: `=DIR` means inside the sysroot.
    pub library_path: Vec<OsString>,
    /// Sonames of libraries that whoever runs the image provides: they stay out although they are needed. A `*` at the
    /// end stands for any text.
    pub provided: Vec<String>,
    /// Read-only data is not searched for what the program and its libraries open: only what they link counts.
    pub without_evidence: bool,
}

/// How entries are divided into layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Division {
    /// Libraries and data, added files, and the program with its private libraries, apart.
    #[default]
    Split,
    /// All in one layer.
    One,
}

/// What an image's configuration says beside what the contents decide (image-spec, config.md).
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Default arguments of the program.
    pub arguments: Vec<String>,
    /// Who runs it: `NAME|UID[:GROUP|GID]` as given; `None`: nonroot.
    pub user: Option<String>,
    /// Environment variables, in the order in which they were given.
    pub env: Vec<(String, String)>,
    /// The working directory.
    pub workdir: Option<ImagePath>,
    /// Exposed ports: `PORT/tcp` or `PORT/udp`.
    pub ports: Vec<String>,
    /// Labels of the configuration.
    pub labels: Vec<(String, String)>,
    /// Whether labels are added that the program, or the work tree that it lies in, shows; those of `labels` count more.
    pub shown_labels: bool,
    /// Annotations of the manifest.
    pub annotations: Vec<(String, String)>,
    /// The signal that asks the program to stop, such as `SIGINT`.
    pub stop_signal: Option<String>,
}
