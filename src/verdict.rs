//! Will it run? Everything that speaks against it, together, before anything is written.
//!
//! What keeps a file from being packed at all is an [`Error`]; what may go wrong later, or only on some
//! ways through the program, is a warning. A plain program gets neither.

use crate::elf::{self, Inspected, Kind, Libc};
use crate::events::{Tell, Warning};
use crate::evidence::Finding;
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::Program;
use crate::rootfs::Assembled;
use crate::sysroot::{FileKind, walk};
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
    /// An image's configuration holds text, and the path is none.
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
    /// Engines mount something of their own there, or its user may not go there.
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
}

impl Tell for Error {
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
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Kind { details, .. } | Self::NoPlatform { details, .. } => details.clone(),
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
        }
    }

    fn asked_wrongly(&self) -> bool {
        matches!(
            self,
            Self::OtherPlatform { .. } | Self::SamePlatform { .. } | Self::SeveralRoots | Self::OverItself { .. }
        )
    }
}

/// The platform of the image for `program`: what `asked` says where the program runs on it, else the header.
pub fn platform(program: &Program, asked: Option<&Platform>) -> Result<Platform, Error> {
    let given = program.given.clone();
    match (&program.inspected.platform, asked) {
        (Some(own), Some(asked)) if asked.runs(own) => Ok(asked.clone()),
        (Some(own), Some(asked)) => Err(Error::OtherPlatform { given, asked: asked.clone(), own: own.clone() }),
        (Some(own), None) => Ok(own.clone()),
        (None, _) => {
            let machine = program.inspected.object.as_ref().map(|object| elf::machine_name(object.machine));
            let machine = machine.map(|name| format!("its header says: {name}"));
            Err(Error::NoPlatform {
                given,
                details: machine.into_iter().chain(program.inspected.evidence.clone()).collect(),
            })
        }
    }
}

/// What keeps the file from being packed as a program, by its kind.
pub fn of_kind(given: &OsString, inspected: &Inspected) -> Option<Error> {
    let (what, hint) = refusal(&given.to_string_lossy(), inspected)?;
    let details = match inspected.kind {
        Kind::NoLoader => sonames(inspected),
        _ => inspected.evidence.clone(),
    };
    Some(Error::Kind { given: given.clone(), kind: inspected.kind, what, details, hint })
}

fn refusal(given: &str, inspected: &Inspected) -> Option<(String, String)> {
    if let Some(os) = other_system(inspected) {
        let hint = "build it for Linux: `GOOS=linux CGO_ENABLED=0 go build`".to_owned();
        return Some((format!("is a program for {os}, not for Linux"), hint));
    }
    let (what, hint) = match inspected.kind {
        Kind::Static | Kind::StaticPie | Kind::Dynamic => return None,
        Kind::Library => (
            "is a shared library, not a program",
            "pack the program that uses it; a plugin comes into its image with `--add`".to_owned(),
        ),
        Kind::Object => ("is an object file, not a program", "link it into a program first".to_owned()),
        Kind::KernelModule => (
            "is a kernel module, not a program",
            "a container uses the kernel of its host; load the module there".to_owned(),
        ),
        Kind::Core => ("is the memory of a program that crashed", "pack the program itself".to_owned()),
        Kind::DebugOnly => (
            "holds the debugging information of a program, not its code",
            "pack the program that it was split from".to_owned(),
        ),
        Kind::NoLoader => (
            "needs libraries and names no loader: the kernel would start it without them, and it would crash",
            format!("link it as a program, without `-shared`; or static: {}", static_build(inspected)),
        ),
        Kind::Upx => (
            "is packed by UPX, which hides what it needs",
            format!("pack the program as it was before UPX; `upx -d -o unpacked {given}` makes one"),
        ),
        Kind::Truncated => {
            ("ends before its own headers say", "build or copy the program again: this file would not start".to_owned())
        }
        Kind::Script => return Some(script(given, inspected)),
        Kind::Pe => ("is a Windows program", "build it for Linux".to_owned()),
        Kind::MachO => ("is a macOS program", "build it for Linux, such as with `GOOS=linux go build`".to_owned()),
        Kind::JavaClass => (
            "is a Java class, not a program",
            "pack the `java` that runs it, and bring the class with `--add`".to_owned(),
        ),
        Kind::Archive => ("is a static library, not a program", "link it into a program first".to_owned()),
        Kind::Wasm => (
            "is a WebAssembly module, not a program",
            "pack the runtime that runs it, and bring the module with `--add`".to_owned(),
        ),
        Kind::Bitcode => ("is LLVM bitcode, not a program", "compile and link it first".to_owned()),
        Kind::Compressed => return Some(compressed(inspected)),
        Kind::Empty => ("is empty", "build or copy the program again".to_owned()),
        Kind::Unknown => ("is no program that Linux starts", "name the compiled program".to_owned()),
    };
    Some((what.to_owned(), hint))
}

/// The system that Go built it for, where that is another one.
fn other_system(inspected: &Inspected) -> Option<&str> {
    let settings = &inspected.toolchain.go.as_ref()?.settings;
    let (_, system) = settings.iter().find(|(key, _)| key == "GOOS")?;
    (system != "linux").then_some(system)
}

fn compressed(inspected: &Inspected) -> (String, String) {
    let what = format!("is a {} file, not a program", inspected.file_format);
    (what, "unpack it first, and name the program in it".to_owned())
}

fn script(given: &str, inspected: &Inspected) -> (String, String) {
    let line = inspected.interpreter.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let interpreter = interpreter(&line);
    let name = given.rsplit('/').next().unwrap_or(given);
    let hint =
        format!("pack the interpreter and bring the script: `pack {interpreter} --add {given}:/{name} -- /{name}`");
    (format!("is a script for `{interpreter}`"), hint)
}

/// The program that a script's first line asks for: of `env [-S] [NAME=VALUE] PROGRAM` the program.
fn interpreter(line: &str) -> &str {
    let mut words = line.split_ascii_whitespace();
    let first = words.next().unwrap_or("/bin/sh");
    if first.rsplit('/').next() != Some("env") {
        return first;
    }
    words.find(|word| !word.starts_with('-') && !word.contains('=')).unwrap_or(first)
}

fn sonames(inspected: &Inspected) -> Vec<String> {
    let Some(object) = &inspected.object else { return Vec::new() };
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let mut lines = Vec::new();
    if let Some(loader) = &object.loader {
        lines.push(format!("loader: {}", text(loader)));
    }
    let needed: Vec<String> = object.needed.iter().map(text).collect();
    lines.push(if needed.is_empty() {
        "libraries: none".to_owned()
    } else {
        format!("libraries: {}", needed.join(", "))
    });
    lines
}

/// How the compiler that made the program makes a static one.
fn static_build(inspected: &Inspected) -> String {
    if let Some(go) = &inspected.toolchain.go {
        let pie = go.settings.iter().any(|(key, value)| key == "-buildmode" && value == "pie");
        return if pie { "`CGO_ENABLED=0 go build -buildmode=exe`" } else { "`CGO_ENABLED=0 go build`" }.to_owned();
    }
    if inspected.toolchain.rust {
        let architecture = inspected.platform.as_ref().map_or("amd64", |platform| &platform.architecture);
        return format!("`cargo build --release --target {}`", rust_target(architecture));
    }
    match inspected.libc {
        Some(Libc::Musl) => "link it with `-static`".to_owned(),
        _ => "link it with `-static`, or build it with `musl-gcc -static`".to_owned(),
    }
}

fn rust_target(architecture: &str) -> &'static str {
    match architecture {
        "386" => "i686-unknown-linux-musl",
        "arm64" => "aarch64-unknown-linux-musl",
        "arm" => "armv7-unknown-linux-musleabihf",
        "riscv64" => "riscv64gc-unknown-linux-musl",
        "ppc64le" => "powerpc64le-unknown-linux-musl",
        "s390x" => "s390x-unknown-linux-musl",
        "loong64" => "loongarch64-unknown-linux-musl",
        _ => "x86_64-unknown-linux-musl",
    }
}

/// Directories and files that engines mount over, whatever an image has there.
const MOUNTED: [&str; 6] = ["/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// Whether the user who runs the program gets to it, and into the working directory.
pub fn reachable(assembled: &Assembled, workdir: Option<&ImagePath>) -> Vec<Error> {
    let program = [("the program's place", assembled.program.clone(), "give it another place with `--path PATH`")];
    let workdir = workdir.map(|path| {
        (
            "the working directory",
            path.clone(),
            "name another one with `--workdir PATH`, or say who runs the program with `--user`",
        )
    });
    let both = program.into_iter().chain(workdir);
    both.filter_map(|(what, path, hint)| {
        let why = mounted(&path).or_else(|| barred(assembled, &path, what == "the working directory"))?;
        Some(Error::Unreachable { what, path, why, hint })
    })
    .collect()
}

fn mounted(path: &ImagePath) -> Option<String> {
    let over = MOUNTED.iter().map(|over| ImagePath::known(over)).find(|over| path.is_within(over))?;
    Some(format!("engines mount their own `{over}`"))
}

/// A directory on the way that the user may not enter, or an end that is none.
fn barred(assembled: &Assembled, path: &ImagePath, directory: bool) -> Option<String> {
    let account = &assembled.account;
    let Ok(end) = walk(&assembled.rootfs, path.as_path()) else { return Some("it is not there".to_owned()) };
    if directory && end.stat.kind != FileKind::Directory {
        return Some("it is no directory".to_owned());
    }
    let last = directory.then_some(end.real.clone());
    let on_the_way = end.real.ancestors().filter(|above| !above.is_root()).chain(last);
    let closed = on_the_way.filter_map(|above| assembled.rootfs.entries.get(&above).map(|entry| (above, entry)));
    let mut closed = closed.filter(|(_, entry)| !entry.allows(account.uid, account.gid, 0o1));
    closed
        .next()
        .map(|(above, entry)| format!("user {} may not enter `{above}`, whose mode is {:04o}", account.uid, entry.mode))
}

/// What may keep a program of ours from its work, by what the evidence shows.
pub fn judge(program: &Program, findings: &[Finding]) -> Vec<Warning> {
    let shows = |name: &str| findings.iter().any(|finding| finding.rule.name == name);
    let is_static = matches!(program.inspected.kind, Kind::Static | Kind::StaticPie);
    let mut warnings = Vec::new();
    if is_static && program.inspected.libc == Some(Libc::Glibc) && shows("nss-modules") && !shows("nss-built-in") {
        let given = program.given.to_string_lossy();
        warnings.push(Warning {
            code: "static-name-services",
            message: format!(
                "`{given}` will not find hosts or users by name: its glibc opens name services at run time"
            ),
            details: vec![
                "it is static and names `libnss_*` modules, and has none built in (glibc before 2.34)".to_owned(),
                "modules of another glibc would crash it, so none are packed".to_owned(),
            ],
            hint: "link it with glibc 2.34 or newer, or with musl (`musl-gcc -static`)".to_owned(),
        });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_its_interpreter() {
        for (line, expected) in [
            ("/bin/sh", "/bin/sh"),
            (" /usr/bin/python3 -u", "/usr/bin/python3"),
            ("/usr/bin/env python3", "python3"),
            ("/usr/bin/env -S deno run", "deno"),
            ("/usr/bin/env -S A=b node", "node"),
            ("/usr/bin/env", "/usr/bin/env"),
            ("", "/bin/sh"),
        ] {
            assert_eq!(interpreter(line), expected, "{line}");
        }
    }
}
