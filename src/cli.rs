//! Flags, and nothing else: the only user of clap, the only reader of the environment and the clock.
//!
//! Values are read here, all of them, so that everything that was asked wrongly is told together.

use crate::compress::Compression;
use crate::error::{Error, Problem};
use crate::options::{
    Add, Certs, Choice, Config, Contents, Destination, Division, DlopenPolicy, Format, Inspect, Options, Search, Strip,
    UpxLevel,
};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::reference::Reference;
use crate::report::OutputStyle;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Packs one compiled Linux program, and exactly what it needs, into a container image.
///
/// The image goes to NAME.tar, which `docker load`, `podman load`, `ctr images import` and `skopeo copy` take
/// as it is. No daemon, no root, no Dockerfile; the program is not run.
#[derive(Debug, Parser)]
#[command(name = "pack", version, max_term_width = 110, args_conflicts_with_subcommands = true)]
#[command(override_usage = "pack [OPTIONS] PROGRAM... [-- ARG...]\n       pack inspect FILE")]
#[command(after_help = "Examples:
  pack ./bin/helloworld && docker load -i helloworld.tar
  pack ./app -t ghcr.io/me/app:v1 --add config.toml:/etc/app.toml -- serve
  pack ./app -o - | docker load
  pack ./app-amd64 ./app-arm64 -t app:v1     one image for both platforms
  pack inspect ./app                         what is this file, and will it run?")]
struct Cli {
    #[command(subcommand)]
    command: Option<SubCommand>,
    #[command(flatten)]
    pack: Pack,
}

#[derive(Debug, Subcommand)]
enum SubCommand {
    /// Tell what a file is: a program, and whether it can be packed; an image, and whether its program starts
    /// (a program of this name: `pack ./inspect`)
    Inspect(InspectFlags),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, and they go together in any way")]
struct Pack {
    /// The program: a file, or a name that is looked up in PATH. Several for different platforms make one
    /// image for all of them
    #[arg(value_name = "PROGRAM", required_unless_present_any = ["completions", "manual"])]
    programs: Vec<OsString>,
    /// Default arguments of the program
    #[arg(last = true, value_name = "ARG")]
    arguments: Vec<OsString>,

    /// The image's name [default: the program's name, with the tag latest]; repeatable
    #[arg(short, long, value_name = "NAME[:TAG]", help_heading = "Result")]
    tag: Vec<String>,
    /// Where to write [default: NAME.tar or NAME.rootfs here]; `-` is standard output
    #[arg(short, long, value_name = "PATH", help_heading = "Result")]
    output: Option<PathBuf>,
    /// One file that every engine loads, or the plain root file system
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = FormatWord::Archive, help_heading = "Result")]
    format: FormatWord,
    #[command(flatten)]
    layers: LayerFlags,
    /// The image's date: RFC 3339, seconds since 1970, or `now` [default: SOURCE_DATE_EPOCH, else the commit
    /// that a Go program records, else 1970]
    #[arg(long, value_name = "TIME", help_heading = "Result")]
    created: Option<String>,
    /// Overrule the platform in the program's header, for one that runs it too
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", help_heading = "Result")]
    platform: Option<String>,

    /// Where the program stands in the image
    #[arg(long, value_name = "PATH", help_heading = "Contents")]
    path: Option<PathBuf>,
    /// Drop symbols and debugging information: of the program, or of its libraries too [default: all]
    #[arg(long, value_name = "program|all", value_enum, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "all", hide_possible_values = true, help_heading = "Contents")]
    strip: Option<StripWord>,
    /// Pack the program with UPX, which must be installed: static programs for amd64, 386, arm/v7 and arm64
    /// [LEVEL: 1 to 9, or best]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(help_heading = "Contents")]
    upx: Option<String>,
    /// Add a file or a tree; without DEST an absolute SRC keeps its path, a relative one goes to /NAME, and a
    /// directory's contents become DEST; repeatable
    #[arg(long, value_name = "SRC[:DEST]", help_heading = "Contents")]
    add: Vec<OsString>,
    /// Make an empty directory that the program may write in; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Contents")]
    dir: Vec<PathBuf>,
    /// The same, declared as a volume; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Contents")]
    volume: Vec<PathBuf>,
    /// CA certificates: `auto` (where the program is seen to need them), `always`, `never`, or a FILE whose
    /// certificates are added to them [default: auto]; repeatable
    #[arg(long, value_name = "auto|always|never|FILE", help_heading = "Contents")]
    certs: Vec<PathBuf>,
    /// Time zones, such as Europe/Paris,America/Lima; `all`, or `none` [default: the one that `-e TZ` names]
    #[arg(long, value_name = "NAME,...|all|none", help_heading = "Contents")]
    zones: Option<String>,
    /// Converters of character sets, such as EUC-JP,KOI8-R; `all`, or `none` [default: those that the program names]
    #[arg(long, value_name = "NAME,...|all|none", help_heading = "Contents")]
    gconv: Option<String>,
    /// Locales, such as de_DE.UTF-8; `all`, or `none` [default: those that `-e LANG` and `-e LC_*` name]
    #[arg(long, value_name = "NAME,...|all|none", help_heading = "Contents")]
    locale: Option<String>,
    /// A library that the program opens by its name when it runs, with what it needs; repeatable
    #[arg(long, value_name = "SONAME", help_heading = "Contents")]
    lib: Vec<String>,
    /// Which of the libraries go in that programs and libraries tell to open when they run
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = DlopenWord::Recommended, help_heading = "Contents")]
    dlopen: DlopenWord,

    #[command(flatten)]
    search: SearchFlags,

    /// Who runs the program [default: nonroot, 65532:65532]
    #[arg(long, value_name = "NAME|UID[:GID]", help_heading = "Configuration")]
    user: Option<String>,
    /// Set an environment variable; repeatable
    #[arg(short, long, value_name = "K=V", help_heading = "Configuration")]
    env: Vec<String>,
    /// The working directory; made where it is not there
    #[arg(short, long, value_name = "PATH", help_heading = "Configuration")]
    workdir: Option<PathBuf>,
    /// Declare a port; repeatable
    #[arg(short = 'p', long, value_name = "PORT[/udp]", help_heading = "Configuration")]
    expose: Vec<String>,
    /// Set a label; repeatable
    #[arg(short, long, value_name = "K=V", help_heading = "Configuration")]
    label: Vec<String>,
    /// Set an annotation of the manifest; repeatable
    #[arg(long, value_name = "K=V", help_heading = "Configuration")]
    annotation: Vec<String>,
    /// The signal that asks the program to stop
    #[arg(long, value_name = "SIGNAL", help_heading = "Configuration")]
    stop_signal: Option<String>,

    /// Tell what would be packed, and write nothing
    #[arg(long, help_heading = "What is said")]
    dry_run: bool,
    /// Tell of each file why it is there, whose it is, and what was left out
    #[arg(long, help_heading = "What is said")]
    explain: bool,
    /// Take warnings for errors
    #[arg(long, help_heading = "What is said")]
    strict: bool,
    #[command(flatten)]
    style: StyleFlags,

    /// Print the completions for a shell
    #[arg(long, value_name = "SHELL", value_enum, exclusive = true, help_heading = "Set-up")]
    completions: Option<Shell>,
    /// Print the manual page, for `man -l`
    #[arg(long, exclusive = true, help_heading = "Set-up")]
    manual: bool,
}

#[derive(Debug, Args)]
struct LayerFlags {
    /// How layers are compressed
    #[arg(long, value_name = "HOW", value_enum, default_value_t = CompressWord::Gzip, help_heading = "Result")]
    compress: CompressWord,
    /// How hard layers are compressed: gzip 1 to 12 [default: 4], zstd 1 to 19 [default: 3]; `max` is the last
    #[arg(long, value_name = "N|max", help_heading = "Result")]
    level: Option<String>,
    /// Compress again what an earlier run compressed, and keep nothing for the next one
    #[arg(long, help_heading = "Result")]
    no_cache: bool,
    /// Libraries and data, added files, and the program in layers of their own; or all in one
    #[arg(long, value_name = "HOW", value_enum, default_value_t = LayersWord::Split, help_heading = "Result")]
    layers: LayersWord,
}

#[derive(Debug, Args)]
struct InspectFlags {
    /// A program, or an image: an archive, or the directory of a layout
    #[arg(value_name = "FILE")]
    file: OsString,
    /// Do not look for what is opened at run time: tell the libraries only, faster
    #[arg(long, help_heading = "Search")]
    no_evidence: bool,
    #[command(flatten)]
    search: SearchFlags,
    /// Which image, where there are several [default: this machine's, else the first]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", help_heading = "Search")]
    platform: Option<String>,
    /// Tell of each file why it is there, and which package it belongs to
    #[arg(long, help_heading = "What is said")]
    explain: bool,
    #[command(flatten)]
    style: StyleFlags,
}

#[derive(Debug, Args)]
struct SearchFlags {
    /// The root where all is looked up; with a platform, for programs of that one [default: /]; repeatable
    #[arg(long, value_name = "[PLATFORM=]DIR", help_heading = "Search")]
    sysroot: Vec<OsString>,
    /// Search here for libraries too, where the loader would look in LD_LIBRARY_PATH; `=DIR` lies in the
    /// sysroot; repeatable
    #[arg(long, value_name = "DIR", help_heading = "Search")]
    library_path: Vec<OsString>,
}

impl SearchFlags {
    fn search(self, wrong: &mut impl FnMut(Problem)) -> Search {
        Search {
            programs: std::env::var_os("PATH"),
            environment: std::env::var_os("LD_LIBRARY_PATH").filter(|list| !list.is_empty()),
            sysroots: all(&self.sysroot, wrong, |value| sysroot(value)),
            library_path: self.library_path,
            without_evidence: false,
        }
    }
}

/// `DIR`, or `PLATFORM=DIR`. A directory whose name has a `=` is written with a slash before it.
fn sysroot(value: &OsStr) -> Result<(Option<Platform>, PathBuf), Problem> {
    let split = value.to_str().and_then(|text| text.split_once('='));
    let (of, root) = match split.map(|(of, root)| (Platform::parse(of), root)) {
        Some((Some(of), root)) => (Some(of), PathBuf::from(root)),
        _ => (None, PathBuf::from(value)),
    };
    if root.is_dir() {
        return Ok((of, root));
    }
    let hint = "name a directory that holds a root file system, such as one unpacked from packages";
    Err(asked(format!("`--sysroot {}` is no directory", value.display()), hint))
}

#[derive(Debug, Args)]
struct StyleFlags {
    /// Print the result as JSON
    #[arg(long, help_heading = "What is said")]
    json: bool,
    /// Say only what is wrong
    #[arg(short, long, help_heading = "What is said")]
    quiet: bool,
    /// Say more: each file with its reason, each step with its time
    #[arg(short, long, conflicts_with = "quiet", help_heading = "What is said")]
    verbose: bool,
    /// Colour: on terminals unless NO_COLOR is set, always, or never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorWord::Auto, help_heading = "What is said")]
    color: ColorWord,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatWord {
    Archive,
    Rootfs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DlopenWord {
    None,
    Required,
    Recommended,
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CompressWord {
    Gzip,
    Zstd,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LayersWord {
    Split,
    One,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StripWord {
    Program,
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorWord {
    Auto,
    Always,
    Never,
}

/// What was asked for.
#[derive(Debug)]
pub enum Command {
    /// An image.
    Pack(Box<Options>),
    /// To tell what a file is.
    Inspect(Box<Inspect>),
    /// A text that is known before anything is read: completions, the manual page.
    Text(Vec<u8>),
}

/// Reads the command line and the environment: what is asked for, and how the answer is wanted. Prints the
/// help, or what clap has to say against the words, and exits.
pub fn read() -> (Result<Command, Error>, OutputStyle) {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return (Err(misspelt(&error)), words_manner()),
    };
    if let Some(SubCommand::Inspect(inspect)) = cli.command {
        let style = inspect.style.style();
        return (inspect.options().map(|asked| Command::Inspect(Box::new(asked))), style);
    }
    let style = cli.pack.style.style();
    if let Some(text) = cli.pack.text() {
        return (Ok(Command::Text(text)), style);
    }
    (cli.pack.options().map(|options| Command::Pack(Box::new(options))), style)
}

/// The style, where the words as a whole cannot be read.
fn words_manner() -> OutputStyle {
    let words: Vec<OsString> = std::env::args_os().take_while(|word| word != "--").collect();
    let color = |value: &str| {
        let together = format!("--color={value}");
        words.iter().any(|word| *word == *together)
            || words.windows(2).any(|two| two[0] == "--color" && two[1] == *value)
    };
    let color = if color("never") {
        ColorWord::Never
    } else if color("always") {
        ColorWord::Always
    } else {
        ColorWord::Auto
    };
    let json = words.iter().any(|word| word == "--json");
    StyleFlags { json, quiet: false, verbose: false, color }.style()
}

/// What clap has to say, in our words. Prints the help or the version, which are no errors, and exits.
fn misspelt(error: &clap::Error) -> Error {
    if !error.use_stderr() {
        error.exit();
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let word = context(ContextKind::InvalidArg);
    if let (ErrorKind::UnknownArgument, Some(word)) = (error.kind(), &word) {
        let hint = match closest_flag(word) {
            Some(flag) => format!("did you mean `{flag}`?"),
            None => "`pack --help` lists the flags; what is meant for the program comes behind `--`".to_owned(),
        };
        return usage(format!("there is no flag `{word}`"), &hint);
    }
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return usage(
            "nothing is named that could be packed".to_owned(),
            "`pack PROGRAM` makes an image of it; `pack --help` tells more",
        );
    }
    let text = error.to_string();
    let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ").trim_end_matches(':');
    let details: Vec<String> = text
        .lines()
        .skip(1)
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty())
        .map(|line| line.replace('\'', "`"))
        .collect();
    let mut told = usage(sentence.replace('\'', "`"), "`pack --help` tells how it is used");
    told.problems[0].details = details;
    told
}

fn usage(message: String, hint: &str) -> Error {
    Error { problems: vec![asked(message, hint)], warnings: Vec::new() }
}

/// The flag that is most like `word`.
fn closest_flag(word: &str) -> Option<String> {
    let name = word.trim_start_matches('-').split('=').next().unwrap_or(word);
    let command = Cli::command();
    let flags = command.get_arguments().chain(command.get_subcommands().flat_map(clap::Command::get_arguments));
    let flags: Vec<&str> = flags.filter_map(clap::Arg::get_long).chain(["help", "version"]).collect();
    // A flag with more or less behind it is that flag.
    let longer =
        flags.iter().filter(|flag| name.starts_with(**flag) || flag.starts_with(name)).max_by_key(|flag| flag.len());
    if let (Some(flag), true) = (longer, name.len() > 2) {
        return Some(format!("--{flag}"));
    }
    // Two letters changed places count as one mistake; a third of the word may be wrong.
    let far = |flag: &str| strsim::osa_distance(name, flag);
    let best = flags.into_iter().min_by_key(|flag| far(flag))?;
    (word.starts_with("--") && far(best) <= name.len().div_ceil(3).min(3)).then(|| format!("--{best}"))
}

impl StyleFlags {
    fn style(&self) -> OutputStyle {
        let color = match self.color {
            ColorWord::Auto => None,
            ColorWord::Always => Some(true),
            ColorWord::Never => Some(false),
        };
        // Any value but none at all (no-color.org).
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        OutputStyle {
            json: self.json,
            quiet: self.quiet,
            verbose: self.verbose,
            color: color.or((!wanted || dumb).then_some(false)),
        }
    }
}

impl InspectFlags {
    fn options(self) -> Result<Inspect, Error> {
        let mut failed = Error::default();
        let mut wrong = |problem: Problem| failed.problems.push(problem);
        let asked = Inspect {
            platform: one(self.platform.as_ref(), &mut wrong, |text| platform(text)),
            search: Search { without_evidence: self.no_evidence, ..self.search.search(&mut wrong) },
            file: self.file,
            explain: self.explain,
        };
        failed.or(asked)
    }
}

impl Pack {
    fn text(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        if let Some(shell) = self.completions {
            clap_complete::generate(shell, &mut Cli::command(), "pack", &mut text);
        } else if self.manual {
            clap_mangen::Man::new(Cli::command()).render(&mut text).expect("a Vec takes all bytes");
        } else {
            return None;
        }
        Some(text)
    }

    fn options(self) -> Result<Options, Error> {
        let mut failed = Error::default();
        let mut wrong = |problem: Problem| failed.problems.push(problem);
        let wants_stdout = [(self.style.json, "--json"), (self.explain, "--explain")];
        let output = self.output.as_deref().filter(|path| is_stdout(path));
        if let (Some(output), Some((_, flag))) = (output, wants_stdout.iter().find(|(wanted, _)| *wanted)) {
            wrong(asked(
                format!("`{flag}` and `--output {}` both want standard output", output.display()),
                &format!("write the image to a file, or leave `{flag}` out"),
            ));
        }
        let options = Options {
            tags: all(&self.tag, &mut wrong, |tag| Reference::parse(tag).map_err(Problem::from)),
            format: match self.format {
                FormatWord::Archive => Format::Archive,
                FormatWord::Rootfs => Format::Rootfs,
            },
            destination: match self.output {
                None => Destination::Here,
                Some(path) if path == Path::new("-") => Destination::Stdout,
                Some(path) => Destination::Path(path),
            },
            contents: Contents {
                path: one(self.path.as_deref(), &mut wrong, |path| image_path("--path", path)),
                add: all(&self.add, &mut wrong, |value| add(value)),
                directories: all(&self.dir, &mut wrong, |path| image_path("--dir", path)),
                volumes: all(&self.volume, &mut wrong, |path| image_path("--volume", path)),
                certs: certs(&self.certs),
                certificates: self.certs.iter().filter(|word| certs_word(word).is_none()).cloned().collect(),
                zones: choice(self.zones.as_deref()),
                converters: choice(self.gconv.as_deref()),
                locales: choice(self.locale.as_deref()),
                libraries: all(&self.lib, &mut wrong, |soname| soname_of(soname)),
                dlopen: match self.dlopen {
                    DlopenWord::None => DlopenPolicy::None,
                    DlopenWord::Required => DlopenPolicy::Required,
                    DlopenWord::Recommended => DlopenPolicy::Recommended,
                    DlopenWord::All => DlopenPolicy::All,
                },
            },
            search: self.search.search(&mut wrong),
            config: Config {
                arguments: all(&self.arguments, &mut wrong, |argument| {
                    let text = argument.to_str().map(str::to_owned);
                    text.ok_or_else(|| {
                        asked(
                            format!("the argument `{}` is not UTF-8", argument.display()),
                            "an image's configuration holds text only",
                        )
                    })
                }),
                user: self.user,
                env: all(&self.env, &mut wrong, |pair| {
                    key_value("--env", pair, "give its value too: what is set where pack runs stays there")
                }),
                workdir: one(self.workdir.as_deref(), &mut wrong, |path| image_path("--workdir", path)),
                ports: all(&self.expose, &mut wrong, |port| expose(port)),
                labels: all(&self.label, &mut wrong, |pair| key_value("--label", pair, "write `--label KEY=VALUE`")),
                annotations: all(&self.annotation, &mut wrong, |pair| {
                    key_value("--annotation", pair, "write `--annotation KEY=VALUE`")
                }),
                stop_signal: one(self.stop_signal.as_ref(), &mut wrong, |name| signal(name)),
            },
            strip: self.strip.map(|word| match word {
                StripWord::Program => Strip::Program,
                StripWord::All => Strip::All,
            }),
            upx: one(self.upx.as_deref(), &mut wrong, upx_level),
            compression: compression(self.layers.compress, self.layers.level.as_deref(), &mut wrong),
            cache: if self.layers.no_cache { None } else { cache() },
            division: match self.layers.layers {
                LayersWord::Split => Division::Split,
                LayersWord::One => Division::One,
            },
            platform: one(self.platform.as_ref(), &mut wrong, |text| platform(text)),
            created: created(self.created.as_deref(), &mut wrong),
            dry_run: self.dry_run,
            explain: self.explain,
            strict: self.strict,
            programs: self.programs,
        };
        failed.or(options)
    }
}

fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

fn asked(message: String, hint: &str) -> Problem {
    Problem {
        code: "usage",
        message,
        causes: Vec::new(),
        details: Vec::new(),
        hint: hint.to_owned(),
        is_usage_error: true,
    }
}

/// Reads each value; what cannot be read is told.
fn all<'v, V, T>(
    values: &'v [V],
    wrong: &mut impl FnMut(Problem),
    read: impl Fn(&'v V) -> Result<T, Problem>,
) -> Vec<T> {
    values.iter().filter_map(|value| read(value).map_err(&mut *wrong).ok()).collect()
}

fn one<V, T>(value: Option<V>, wrong: &mut impl FnMut(Problem), read: impl Fn(V) -> Result<T, Problem>) -> Option<T> {
    value.and_then(|value| read(value).map_err(&mut *wrong).ok())
}

fn image_path(flag: &str, path: &Path) -> Result<ImagePath, Problem> {
    let hint = "paths in the image begin with `/`, have no `..`, and name something below the root";
    let end = if flag == "--path" && path.as_os_str().as_bytes().ends_with(b"/") { None } else { Some(path) };
    // The configuration, which is text, names these three.
    let text = !matches!(flag, "--volume" | "--workdir" | "--path") || path.to_str().is_some();
    end.filter(|_| text)
        .and_then(ImagePath::new)
        .filter(|path| flag == "--workdir" || flag.starts_with("--add") || !path.is_root())
        .ok_or_else(|| asked(format!("`{flag} {}` is no path in the image", path.display()), hint))
}

/// Splits at the last `:` before a `/`.
fn add(value: &OsStr) -> Result<Add, Problem> {
    let bytes = value.as_bytes();
    let split = bytes.windows(2).rposition(|pair| pair == b":/");
    let (source, destination) = match split {
        Some(at) => (&bytes[..at], Some(Path::new(OsStr::from_bytes(&bytes[at + 1..])))),
        None => (bytes, None),
    };
    if source.is_empty() {
        return Err(asked(
            format!("`--add {}` names no file", value.display()),
            "write `--add SRC` or `--add SRC:/DEST`",
        ));
    }
    let source = PathBuf::from(OsStr::from_bytes(source));
    // `conf:etc` would be a file of that name; where there is none, a slash is what lacks.
    if destination.is_none() && bytes.contains(&b':') && source.symlink_metadata().is_err() {
        let hint = "the place in the image begins with `/`: `--add SRC:/DEST`";
        return Err(asked(format!("there is no file `{}` to add", source.display()), hint));
    }
    let into_directory = destination.is_some() && bytes.ends_with(b"/");
    let hint = "paths in the image begin with `/` and have no `..`";
    let place = |path: &Path| {
        ImagePath::new(path)
            .ok_or_else(|| asked(format!("`--add {}` names no path in the image", value.display()), hint))
    };
    let destination = destination.map(place).transpose()?;
    Ok(Add { source, destination, into_directory })
}

fn compression(how: CompressWord, level: Option<&str>, wrong: &mut impl FnMut(Problem)) -> Compression {
    let levels = match how {
        CompressWord::None => None,
        CompressWord::Gzip => Some(("gzip", Compression::GZIP_DEFAULT, Compression::GZIP_MAX)),
        CompressWord::Zstd => Some(("zstd", Compression::ZSTD_DEFAULT, Compression::ZSTD_MAX)),
    };
    let Some((name, default, max)) = levels else {
        if let Some(level) = level {
            let message = format!("`--level {level}` means nothing with `--compress none`");
            wrong(asked(message, "leave one of the two out"));
        }
        return Compression::None;
    };
    let level = one(level, wrong, |level| match level.parse::<u8>() {
        _ if level == "max" => Ok(max),
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => {
            let hint = format!("levels of {name} are 1 to {max}, and `max`");
            Err(asked(format!("`--level {level}` is no level of {name}"), &hint))
        }
    });
    let level = level.unwrap_or(default);
    if matches!(how, CompressWord::Gzip) { Compression::Gzip { level } } else { Compression::Zstd { level } }
}

/// Where users' caches are (XDG base directory specification: a path that is not absolute is none).
fn cache() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("pack"))
}

fn certs_word(word: &Path) -> Option<Certs> {
    match word.to_str()? {
        "auto" => Some(Certs::Auto),
        "always" => Some(Certs::Always),
        "never" => Some(Certs::Never),
        _ => None,
    }
}

fn certs(words: &[PathBuf]) -> Certs {
    words.iter().rev().find_map(|word| certs_word(word)).unwrap_or_default()
}

/// A soname, or an absolute path, as programs give it to dlopen.
fn soname_of(text: &str) -> Result<String, Problem> {
    if text.is_empty() || text.contains('/') && !text.starts_with('/') {
        let hint =
            "write its soname, such as `libssl.so.3`, or an absolute path; `--library-path DIR` says where it is";
        return Err(asked(format!("`--lib {text}` is no soname"), hint));
    }
    Ok(text.to_owned())
}

fn choice(value: Option<&str>) -> Choice {
    match value {
        None => Choice::Evidence,
        Some("all") => Choice::All,
        Some("none") => Choice::None,
        Some(names) => {
            Choice::Names(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
        }
    }
}

fn key_value(flag: &str, pair: &str, hint: &str) -> Result<(String, String), Problem> {
    match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(asked(format!("`{flag} {pair}` is no pair `KEY=VALUE`"), hint)),
    }
}

fn expose(text: &str) -> Result<String, Problem> {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let known = matches!(protocol, "tcp" | "udp" | "sctp");
    let plain = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(number) if known && plain && number > 0 => Ok(format!("{number}/{protocol}")),
        _ => Err(asked(format!("`--expose {text}` is no port"), "write a number from 1 to 65535, perhaps with `/udp`")),
    }
}

/// Names of signal(7) without `SIG`; SIGRTMIN and SIGRTMAX count on from there.
const SIGNALS: [&str; 31] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "KILL", "PIPE", "PROF", "PWR", "QUIT",
    "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH",
    "XCPU", "XFSZ",
];

fn signal(name: &str) -> Result<String, Problem> {
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = ["RTMIN", "RTMAX"].iter().any(|base| {
        short.strip_prefix(base).is_some_and(|rest| {
            let count = rest.strip_prefix(['+', '-']);
            rest.is_empty() || count.is_some_and(|count| count.parse::<u8>().is_ok_and(|count| count < 32))
        })
    });
    if SIGNALS.contains(&short) || real_time {
        Ok(format!("SIG{short}"))
    } else if name.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number)) {
        Ok(name.to_owned())
    } else {
        let like = |known: &&&str| strsim::jaro_winkler(known, short);
        let best = SIGNALS.iter().max_by(|a, b| like(a).total_cmp(&like(b))).filter(|best| like(best) > 0.7);
        let hint = best.map_or("write a name such as `SIGINT`, or a number".to_owned(), |best| {
            format!("did you mean `SIG{best}`?")
        });
        Err(asked(format!("`--stop-signal {name}` is no signal"), &hint))
    }
}

fn upx_level(text: &str) -> Result<UpxLevel, Problem> {
    match (text, text.parse::<u8>()) {
        ("", _) => Ok(UpxLevel::Usual),
        ("best", _) => Ok(UpxLevel::Best),
        (_, Ok(number @ 1..=9)) if text.len() == 1 => Ok(UpxLevel::Number(number)),
        _ => Err(asked(format!("`--upx={text}` is no level of UPX"), "write a number from 1 to 9, or `best`")),
    }
}

fn platform(text: &str) -> Result<Platform, Problem> {
    let hint = "write `linux/ARCH` or `linux/ARCH/VARIANT`, such as `linux/arm/v7`";
    Platform::parse(text).ok_or_else(|| asked(format!("`--platform {text}` is no platform of Linux"), hint))
}

/// Seconds since the epoch: what `--created` says, else what SOURCE_DATE_EPOCH says
/// (reproducible-builds.org/specs/source-date-epoch: a malformed value is an error).
fn created(value: Option<&str>, wrong: &mut impl FnMut(Problem)) -> Option<i64> {
    let environment = std::env::var_os("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty());
    match (value, environment) {
        (Some(text), _) => one(Some(text), wrong, |text| {
            let hint = "write a date such as `2026-01-31T12:00:00Z`, seconds since 1970, or `now`";
            time(text).ok_or_else(|| asked(format!("`--created {text}` is no time"), hint))
        }),
        (None, Some(value)) => one(Some(value), wrong, |value| {
            let plain = value.as_bytes().iter().all(u8::is_ascii_digit);
            let seconds = value.to_str().filter(|_| plain).and_then(time);
            let hint = "it is a number of seconds since 1970; unset it, or say `--created`";
            seconds.ok_or_else(|| asked(format!("SOURCE_DATE_EPOCH is `{}`, which is no time", value.display()), hint))
        }),
        (None, None) => None,
    }
}

/// The last that is year 9999 everywhere on earth, and the last that RFC 3339 can write.
const LAST: i64 = 253_402_207_200;

/// Seconds since the epoch; nothing before it makes sense for an image.
fn time(text: &str) -> Option<i64> {
    if text == "now" {
        return Some(jiff::Timestamp::now().as_second());
    }
    let seconds = text.parse::<i64>().ok();
    let date = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    seconds.or_else(date).filter(|seconds| (0..=LAST).contains(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_addition_is_split_at_the_last_colon_before_a_slash() {
        for (value, source, destination, into) in [
            ("conf", "conf", None, false),
            ("conf:/etc/x", "conf", Some("/etc/x"), false),
            ("a:b:/c", "a:b", Some("/c"), false),
            ("a:/b:/c", "a:/b", Some("/c"), false),
            ("conf:/etc/", "conf", Some("/etc"), true),
        ] {
            let read = add(OsStr::new(value)).unwrap();
            let expected = destination.map(ImagePath::known);
            assert_eq!(
                (read.source.to_str().unwrap(), read.destination, read.into_directory),
                (source, expected, into)
            );
        }
        assert!(add(OsStr::new(":/x")).is_err());
        assert!(add(OsStr::new("conf:/etc/../x")).is_err());
        assert!(add(OsStr::new("no such file:etc")).is_err());
    }

    #[test]
    fn ports_signals_and_times_are_read_as_people_write_them() {
        for (text, expected) in [
            ("80", Some("80/tcp")),
            ("53/udp", Some("53/udp")),
            ("0", None),
            ("70000", None),
            ("80/x", None),
            ("+80", None),
        ] {
            assert_eq!(expose(text).ok().as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("SIGINT", Some("SIGINT")),
            ("int", Some("SIGINT")),
            ("9", Some("9")),
            ("rtmin+3", Some("SIGRTMIN+3")),
            ("SIGINTT", None),
            ("99", None),
        ] {
            assert_eq!(signal(text).ok().as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("0", Some(0)),
            ("2026-01-31T12:00:00Z", Some(1_769_860_800)),
            ("2026-01-31T12:00:00+01:00", Some(1_769_857_200)),
            ("yesterday", None),
            ("-5", None),
            ("99999999999999", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }
}
