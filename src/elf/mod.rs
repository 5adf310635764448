//! What an ELF file says of itself, read from its bytes and never by running it.
//!
//! Two readers share the parsers below: [`read`] gives what the loader looks at ([`Object`]), for the
//! program and for every library; [`inspect`] tells what kind of file a user has named
//! ([`Inspected`]), with platform, toolchain and sizes.
//!
//! Header, program headers and the dynamic section are goblin's parts; strings are ours, as bytes and
//! through PT_LOAD, because goblin drops what it cannot read (`facts/elf.md` 2.4).

mod foreign;
mod golang;
mod inspect;
mod notes;
mod overlay;
mod platform;
mod read;
mod sections;
mod sizes;
mod toolchain;

pub use inspect::inspect;
pub use notes::{Note, notes};
pub use read::{header, imports, read};

use crate::events::Tell;
use crate::platform::Platform;
use std::io;

/// A string of an ELF file: any bytes but NUL.
pub type Bytes = Vec<u8>;

/// Which machine a file is for: what a loader compares before it takes a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Machine {
    /// 64-bit (`ELFCLASS64`) or 32-bit.
    pub is_64: bool,
    /// Big-endian (`ELFDATA2MSB`) or little-endian.
    pub big_endian: bool,
    /// `e_machine`.
    pub machine: u16,
    /// `e_flags`: ABI variants of arm, mips, ppc64 and riscv.
    pub flags: u32,
}

/// A program header (elf(5)), widened to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// `p_type`.
    pub kind: u32,
    /// `p_flags`: 1 execute, 2 write, 4 read.
    pub flags: u32,
    /// Where it begins in the file.
    pub offset: u64,
    /// Where it begins in memory.
    pub address: u64,
    /// Bytes in the file.
    pub file_size: u64,
    /// Bytes in memory.
    pub memory_size: u64,
    /// `p_align`.
    pub align: u64,
}

/// One needed symbol version (`Elf_Vernaux`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededVersion {
    /// The `vn_file` it is needed from.
    pub soname: Bytes,
    /// The version's name, such as `GLIBC_2.34`.
    pub version: Bytes,
    /// Whether it may be missing (`VER_FLG_WEAK`).
    pub weak: bool,
}

/// What the loader looks at in one file. Lists keep the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The machine it is for.
    pub machine: Machine,
    /// `e_type`: 2 `ET_EXEC`, 3 `ET_DYN`, …
    pub kind: u16,
    /// `e_ident[EI_OSABI]`.
    pub os_abi: u8,
    /// `e_ident[EI_ABIVERSION]`.
    pub abi_version: u8,
    /// `e_entry`.
    pub entry: u64,
    /// The program headers.
    pub segments: Vec<Segment>,
    /// PT_INTERP without its NUL: the loader that the kernel starts.
    pub loader: Option<Bytes>,
    /// Whether there is a PT_DYNAMIC.
    pub dynamic: bool,
    /// DT_NEEDED.
    pub needed: Vec<Bytes>,
    /// DT_SONAME.
    pub soname: Option<Bytes>,
    /// DT_RPATH, the last one, not split.
    pub rpath: Option<Bytes>,
    /// DT_RUNPATH, the last one, not split.
    pub runpath: Option<Bytes>,
    /// DT_FILTER: needed too, and before the others.
    pub filters: Vec<Bytes>,
    /// DT_AUXILIARY: loaded where found.
    pub auxiliaries: Vec<Bytes>,
    /// DT_AUDIT, not split.
    pub audit: Option<Bytes>,
    /// DT_DEPAUDIT, not split.
    pub depaudit: Option<Bytes>,
    /// DT_FLAGS.
    pub flags: u64,
    /// DT_FLAGS_1.
    pub flags_1: u64,
    /// DT_VERNEED: the versions that this file needs.
    pub versions_needed: Vec<NeededVersion>,
    /// DT_VERDEF: the versions that this file has; `None` where the table is absent.
    pub versions_defined: Option<Vec<Bytes>>,
}

/// Why a file cannot be read as an ELF file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not begin as one.
    #[error("it is no ELF file")]
    NotElf,
    /// It ends before something that a header promises.
    #[error("it ends before {0}")]
    Truncated(String),
    /// Its parts contradict each other.
    #[error("{0}")]
    Damaged(String),
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Tell for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotElf => "not-elf",
            Self::Truncated(_) => "truncated",
            Self::Damaged(_) => "damaged",
            Self::Io(_) => "unreadable",
        }
    }
}

/// The ranges of the file (offset and length) that are loaded and never written: where an object's
/// constants stand. In order, none touching another.
pub fn read_only_ranges(object: &Object) -> Vec<(u64, u64)> {
    const WRITE: u32 = 2;
    let loaded = object.segments.iter().filter(|segment| {
        segment.kind == goblin::elf::program_header::PT_LOAD && segment.flags & WRITE == 0 && segment.file_size > 0
    });
    let mut ranges: Vec<(u64, u64)> = loaded.map(|segment| (segment.offset, segment.file_size)).collect();
    ranges.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (offset, length) in ranges {
        match merged.last_mut() {
            Some((start, there)) if offset <= start.saturating_add(*there) => {
                *there = (*there).max(offset.saturating_add(length) - *start);
            }
            _ => merged.push((offset, length)),
        }
    }
    merged
}

/// DF_1_NODEFLIB: default directories do not count for what this object needs.
pub const DF_1_NODEFLIB: u64 = 0x800;
/// DF_1_PIE: a program, not a library.
pub const DF_1_PIE: u64 = 0x0800_0000;

/// What kind of file a user has named. `as_str` gives the word of `--json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A program that needs no loader.
    Static,
    /// The same, at any address.
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
    /// The word of `--json`; never changed, only added to.
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
            Self::Archive => "static-library",
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
    /// What the header says; `None` where the file is no ELF file or an unknown machine's.
    pub platform: Option<Platform>,
    /// `None` where it is no program.
    pub linkage: Option<Linkage>,
    /// `None` where nothing shows it.
    pub libc: Option<Libc>,
    /// What made it.
    pub toolchain: Toolchain,
    /// What the loader looks at; `None` where the file is no ELF file or too damaged.
    pub object: Option<Object>,
    /// Bytes by kind.
    pub sizes: Sizes,
    /// Bytes that strip would drop.
    pub removable: u64,
    /// The interpreter line of a script, without `#!`.
    pub interpreter: Option<Bytes>,
    /// What speaks against taking it for a program, in words: the evidence of the kind.
    pub evidence: Vec<String>,
}
