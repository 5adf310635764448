//! What kind of file a user has named, as values.

use super::{Bytes, Object};
use crate::platform::Platform;
use std::rc::Rc;

/// What kind of file a user has named. `as_str` gives the word of `--json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A program that needs no loader.
    Static,
    /// A program that needs no loader and is loaded at any address.
    StaticPie,
    /// A program with a loader, also one without any library (Go PIE), and a library that runs.
    Dynamic,
    /// A shared library or plugin.
    Library,
    /// ET_REL.
    Object,
    /// ET_REL with `.modinfo`.
    KernelModule,
    /// ET_CORE.
    Core,
    /// `--only-keep-debug`.
    DebugOnly,
    /// DT_NEEDED without PT_INTERP, and no library.
    NoLoader,
    /// Packed by UPX.
    Upx,
    /// Something that a header promises lies behind the end of the file.
    Truncated,
    /// `#!`.
    Script,
    /// Windows.
    Pe,
    /// macOS.
    MachO,
    /// Java class.
    JavaClass,
    /// Static library (`ar`).
    Archive,
    /// WebAssembly.
    Wasm,
    /// LLVM bitcode.
    Bitcode,
    /// gzip, xz, zip, zstd, bzip2, …
    Compressed,
    /// No byte in it.
    Empty,
    /// Anything else.
    Unknown,
}

impl Kind {
    /// The word of `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::StaticPie => "static-pie",
            Self::Dynamic => "dynamic",
            Self::Library => "library",
            Self::Object => "object",
            Self::KernelModule => "kernel-module",
            Self::Core => "core",
            Self::DebugOnly => "debug-only",
            Self::NoLoader => "no-loader",
            Self::Upx => "upx",
            Self::Truncated => "truncated",
            Self::Script => "script",
            Self::Pe => "pe",
            Self::MachO => "mach-o",
            Self::JavaClass => "java-class",
            Self::Archive => "archive",
            Self::Wasm => "wasm",
            Self::Bitcode => "bitcode",
            Self::Compressed => "compressed",
            Self::Empty => "empty",
            Self::Unknown => "unknown",
        }
    }
}

/// How the program gets its libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Linkage {
    /// No loader, fixed address.
    Static,
    /// No loader, any address.
    StaticPie,
    /// A loader.
    Dynamic,
}

impl Linkage {
    /// The word of `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::StaticPie => "static-pie",
            Self::Dynamic => "dynamic",
        }
    }
}

/// Which C library a program is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Libc {
    /// The GNU C library.
    Glibc,
    /// musl.
    Musl,
    /// Android, uClibc, …
    Other,
}

impl Libc {
    /// The word of `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::Other => "other",
        }
    }
}

/// What made the program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Toolchain {
    /// For people: `Go 1.24.4`, `rustc 1.95.0`, `GCC 12.2.0`.
    pub name: Option<String>,
    /// Go's build information.
    pub go: Option<GoBuild>,
    /// Whether rustc made it.
    pub rust: bool,
    /// The lines of `.comment`.
    pub comments: Vec<String>,
}

/// Go's build information (`go version -m`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoBuild {
    /// Such as `go1.24.4`.
    pub version: String,
    /// The main package's path.
    pub path: Option<String>,
    /// The main module: path and version.
    pub module: Option<(String, String)>,
    /// Modules it was built with: path and version, replacements applied.
    pub dependencies: Vec<(String, String)>,
    /// `build KEY=VALUE`: GOARM, CGO_ENABLED, vcs.time, …
    pub settings: Vec<(String, String)>,
    /// `vcs.time` in seconds since the epoch.
    pub commit_time: Option<i64>,
}

impl GoBuild {
    /// The value of a build setting, such as `GOARM`.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Bytes of the file by what they are for; together the file's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// Machine code.
    pub code: u64,
    /// Constants, tables and the like, loaded and never written.
    pub read_only: u64,
    /// Initial values of variables.
    pub data: u64,
    /// Symbol tables that nothing loads.
    pub symbols: u64,
    /// Debugging information.
    pub debug: u64,
    /// What stands behind the last section.
    pub overlay: u64,
    /// Headers, gaps, and sections of no known kind.
    pub other: u64,
}

/// What a file is that a user has named as a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Its kind.
    pub kind: Kind,
    /// `ELF 64-bit little-endian`, `script`, …: `file_format` of `--json`.
    pub file_format: String,
    /// What the header says; `None` where the file is not an ELF file or an unknown machine's.
    pub platform: Option<Platform>,
    /// `None` where the file is not a program.
    pub linkage: Option<Linkage>,
    /// `None` where nothing shows it.
    pub libc: Option<Libc>,
    /// What made it.
    pub toolchain: Toolchain,
    /// What the loader looks at; `None` where the file is not an ELF file or too damaged.
    pub object: Option<Rc<Object>>,
    /// Bytes by kind.
    pub sizes: Sizes,
    /// The interpreter line of a script, without `#!`.
    pub interpreter: Option<Bytes>,
    /// Whether UPX packed it, and all but the sizes tells of what is inside.
    pub upx: bool,
    /// What speaks against taking it for a program, in words: the evidence of the kind.
    pub evidence: Vec<String>,
}

impl Inspected {
    /// A file of which nothing else is known yet.
    pub(super) fn new(kind: Kind, file_format: &str) -> Self {
        Self {
            kind,
            file_format: file_format.to_owned(),
            platform: None,
            linkage: None,
            libc: None,
            toolchain: Toolchain::default(),
            object: None,
            sizes: Sizes::default(),
            interpreter: None,
            upx: false,
            evidence: Vec::new(),
        }
    }
}
