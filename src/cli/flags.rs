//! The flags, as clap reads them and `--help` shows them.

use super::help;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::PathBuf;

/// Packs one compiled Linux program, and exactly what it needs, into a container image
#[derive(Debug, Parser)]
#[command(name = "pack", version, max_term_width = 110, args_conflicts_with_subcommands = true)]
#[command(override_usage = "pack [OPTIONS] PROGRAM... [-- ARG...]\n       pack inspect FILE")]
#[command(disable_help_flag = true, disable_version_flag = true, after_help = help::EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<SubCommand>,
    #[command(flatten)]
    pub pack: PackFlags,
}

#[derive(Debug, Subcommand)]
pub enum SubCommand {
    /// Tell what a file is: a program, and whether it can be packed; an image, and whether its program starts
    /// (a program of this name: `pack ./inspect`)
    #[command(before_help = help::INSPECT_EXAMPLES)]
    Inspect(InspectFlags),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, and they go together in any way")]
pub struct PackFlags {
    /// The program: a file, or a name that is looked up in PATH. Several for different platforms make one
    /// image for all of them
    #[arg(value_name = "PROGRAM", required_unless_present_any = ["completions", "manual", "summary"])]
    pub programs: Vec<OsString>,
    /// Default arguments of the program
    #[arg(last = true, value_name = "ARG")]
    pub arguments: Vec<OsString>,

    /// The image's name [default: the program's name, with the tag latest]; repeatable
    #[arg(short, long, value_name = "NAME[:TAG]", help_heading = "Result")]
    pub tag: Vec<String>,
    /// Where to write [default: NAME.tar or NAME.rootfs here]; `-` is standard output
    #[arg(short, long, value_name = "PATH", help_heading = "Result")]
    pub output: Option<PathBuf>,
    /// One file that every engine loads, or the plain root file system
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = FormatWord::Archive, help_heading = "Result")]
    pub format: FormatWord,
    #[command(flatten)]
    pub layers: LayerFlags,
    /// The image's date: RFC 3339, seconds since 1970, or `now` [default: SOURCE_DATE_EPOCH, else the commit
    /// that a Go program records, else 1970]
    #[arg(long, value_name = "TIME", help_heading = "Result")]
    pub created: Option<String>,
    /// Overrule the platform in the program's header, for one that runs it too
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", help_heading = "Result")]
    pub platform: Option<String>,

    /// Where the program stands in the image
    #[arg(long, value_name = "PATH", help_heading = "Contents")]
    pub path: Option<PathBuf>,
    /// Drop symbols and debugging information: of the program, or of its libraries too [default: all]
    #[arg(long, value_name = "program|all", value_enum, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "all", hide_possible_values = true, help_heading = "Contents")]
    pub strip: Option<StripWord>,
    /// Pack the program with UPX, which must be installed: static programs for amd64, 386, arm/v7 and arm64
    /// [LEVEL: 1 to 9, or best]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(help_heading = "Contents")]
    pub upx: Option<String>,
    /// Add a file or a tree; without DEST an absolute SRC keeps its path, a relative one goes to /NAME, and a
    /// directory's contents become DEST; repeatable
    #[arg(long, value_name = "SRC[:DEST]", help_heading = "Contents")]
    pub add: Vec<OsString>,
    /// Make an empty directory that the program may write in; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Contents")]
    pub dir: Vec<PathBuf>,
    /// The same, declared as a volume; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Contents")]
    pub volume: Vec<PathBuf>,
    /// CA certificates: `auto` (where the program is seen to need them), `always`, `never`, or a FILE whose
    /// certificates are added to them [default: auto]; repeatable
    #[arg(long, value_name = "auto|always|never|FILE", help_heading = "Contents")]
    pub certs: Vec<PathBuf>,
    /// Time zones, such as Europe/Paris,America/Lima; `all`, or `none` [default: the one that `-e TZ` names]
    #[arg(long, value_name = "NAME,...|all|none", help_heading = "Contents")]
    pub zones: Option<String>,
    /// Converters of character sets, such as EUC-JP,KOI8-R; `all`, or `none` [default: those that the program names]
    #[arg(long, value_name = "NAME,...|all|none", help_heading = "Contents")]
    pub gconv: Option<String>,
    /// Locales, such as de_DE.UTF-8; `all`, or `none` [default: those that `-e LANG` and `-e LC_*` name]
    #[arg(long, value_name = "NAME,...|all|none", help_heading = "Contents")]
    pub locale: Option<String>,
    /// A library that the program opens by name at run time, with what it needs; repeatable
    #[arg(long, value_name = "SONAME", help_heading = "Contents")]
    pub lib: Vec<String>,
    /// Which libraries go in, of those that programs and libraries declare to open at run time
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = DlopenWord::Recommended, help_heading = "Contents")]
    pub dlopen: DlopenWord,

    #[command(flatten)]
    pub search: SearchFlags,

    /// Who runs the program [default: nonroot, 65532:65532]
    #[arg(long, value_name = "NAME|UID[:GID]", help_heading = "Configuration")]
    pub user: Option<String>,
    /// Set an environment variable; repeatable
    #[arg(short, long, value_name = "K=V", help_heading = "Configuration")]
    pub env: Vec<String>,
    /// The working directory; made where it is not there
    #[arg(short, long, value_name = "PATH", help_heading = "Configuration")]
    pub workdir: Option<PathBuf>,
    /// Declare a port; repeatable
    #[arg(short = 'p', long, value_name = "PORT[/udp]", help_heading = "Configuration")]
    pub expose: Vec<String>,
    /// Set a label; repeatable
    #[arg(short, long, value_name = "K=V", help_heading = "Configuration")]
    pub label: Vec<String>,
    /// Set labels for revision, version and source, from what a Go program records, else from the git work tree that the
    /// program lies in
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = LabelsWord::None, help_heading = "Configuration")]
    pub labels: LabelsWord,
    /// Set an annotation of the manifest; repeatable
    #[arg(long, value_name = "K=V", help_heading = "Configuration")]
    pub annotation: Vec<String>,
    /// The signal that asks the program to stop
    #[arg(long, value_name = "SIGNAL", help_heading = "Configuration")]
    pub stop_signal: Option<String>,

    /// Tell what would be packed, and write nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// Tell why each file is there and which package it belongs to, and what was left out
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Treat warnings as errors
    #[arg(long, help_heading = "Output")]
    pub strict: bool,
    #[command(flatten)]
    pub style: StyleFlags,

    /// Print the flags that are used most, on one or two screens
    #[arg(short = 'h', id = "summary", help_heading = "Help")]
    pub summary: bool,
    /// Print all flags
    #[arg(long, action = ArgAction::HelpLong, help_heading = "Help")]
    pub help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "Help")]
    pub version: Option<bool>,
    /// Print the completions for a shell
    #[arg(long, value_name = "SHELL", value_enum, exclusive = true, help_heading = "Help")]
    pub completions: Option<Shell>,
    /// Print the manual page, for `man -l`
    #[arg(long, exclusive = true, help_heading = "Help")]
    pub manual: bool,
}

#[derive(Debug, Args)]
pub struct LayerFlags {
    /// How layers are compressed
    #[arg(long, value_name = "HOW", value_enum, default_value_t = CompressWord::Gzip, help_heading = "Result")]
    pub compress: CompressWord,
    /// How hard layers are compressed: gzip 1 to 12 [default: 4], zstd 1 to 19 [default: 3]; `max` is the last
    #[arg(long, value_name = "N|max", help_heading = "Result")]
    pub level: Option<String>,
    /// Compress again what an earlier run compressed, and keep nothing for the next one
    #[arg(long, help_heading = "Result")]
    pub no_cache: bool,
    /// Libraries and data, added files, and the program in layers of their own; or all in one
    #[arg(long, value_name = "HOW", value_enum, default_value_t = LayersWord::Split, help_heading = "Result")]
    pub layers: LayersWord,
}

#[derive(Debug, Args)]
pub struct InspectFlags {
    /// A program, or an image: an archive, or the directory of a layout
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Tell the libraries only, and not what is opened at run time: faster
    #[arg(long, help_heading = "Search")]
    pub no_evidence: bool,
    #[command(flatten)]
    pub search: SearchFlags,
    /// Which image, where there are several [default: this machine's, else the first]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", help_heading = "Search")]
    pub platform: Option<String>,
    /// Tell why each file is there and which package it belongs to
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    #[command(flatten)]
    pub style: StyleFlags,
    /// Print this help
    #[arg(short, long, action = ArgAction::Help, help_heading = "Help")]
    pub help: Option<bool>,
}

#[derive(Debug, Args)]
pub struct SearchFlags {
    /// The root where all is looked up; with a platform, for programs of that one [default: /]; repeatable
    #[arg(long, value_name = "[PLATFORM=]DIR", help_heading = "Search")]
    pub sysroot: Vec<OsString>,
    /// Search here for libraries too, where the loader would look in LD_LIBRARY_PATH; `=DIR` lies in the
    /// sysroot; repeatable
    #[arg(long, value_name = "DIR", help_heading = "Search")]
    pub library_path: Vec<OsString>,
    /// A library that whoever runs the image provides, such as libcuda.so.1: it stays out although it is needed; a `*`
    /// at the end stands for any text; repeatable
    #[arg(long, value_name = "SONAME", help_heading = "Search")]
    pub provided: Vec<String>,
}

#[derive(Debug, Args)]
pub struct StyleFlags {
    /// Print the result as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Say only what is wrong
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Say more: each file with its reason, each step with its time
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,
    /// Colour: on terminals unless NO_COLOR is set, always, or never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWord::Auto, help_heading = "Output")]
    pub color: ColorWord,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatWord {
    Archive,
    Rootfs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DlopenWord {
    None,
    Required,
    Recommended,
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LabelsWord {
    None,
    Auto,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CompressWord {
    Gzip,
    Zstd,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LayersWord {
    Split,
    One,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StripWord {
    Program,
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ColorWord {
    Auto,
    Always,
    Never,
}
