//! What the values of flags mean: each is read, or refused with what would have been right.

use pack::error::{Error, Problem};
use pack::facts::{Compression, ImagePath, Platform};
use pack::options::{Add, Certs, Choice, UpxLevel};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Something that was asked wrongly.
pub fn misuse(message: String, hint: &str) -> Error {
    let (causes, details) = (Vec::new(), Vec::new());
    let problem = Problem { code: "usage", message, causes, details, hint: hint.to_owned(), is_usage_error: true };
    Error { problems: vec![problem], warnings: Vec::new() }
}

/// Reads each value; what is wrong with any of them is added to `wrong`.
pub fn all<'v, V, T, E: Into<Error>>(
    values: &'v [V],
    wrong: &mut Error,
    read: impl Fn(&'v V) -> Result<T, E>,
) -> Vec<T> {
    values.iter().filter_map(|value| wrong.take(read(value))).collect()
}

/// Reads a value that may be left out; what is wrong with it is added to `wrong`.
pub fn one<V, T>(value: Option<V>, wrong: &mut Error, read: impl Fn(V) -> Result<T, Error>) -> Option<T> {
    value.and_then(|value| wrong.take(read(value)))
}

/// `DIR`, or `PLATFORM=DIR`, where the architecture alone will do. A directory whose name has a `=` is written with a slash
/// before it.
pub fn sysroot(value: &OsString) -> Result<(Option<Platform>, PathBuf), Error> {
    let split = value.to_str().and_then(|text| text.split_once('='));
    let read = |word: &str| Platform::parse(word).or_else(|| platform_of_word(word));
    let (platform, root) = match split.map(|(platform, root)| (read(platform), root)) {
        Some((Some(platform), root)) => (Some(platform), PathBuf::from(root)),
        _ => (None, PathBuf::from(value)),
    };
    if root.is_dir() {
        return Ok((platform, root));
    }
    let hint = "name a directory that holds a root file system, such as one unpacked from packages";
    let shown = platform.map_or_else(|| value.display().to_string(), |_| root.display().to_string());
    Err(misuse(format!("`--sysroot {shown}` is not a directory"), hint))
}

/// A path in the image. The configuration, which is text, names that of some flags.
pub fn image_path(flag: &str, path: &Path) -> Result<ImagePath, Error> {
    let hint = "paths in the image begin with `/`, have no `..`, and name something below the root";
    let is_directory = flag == "--path" && path.as_os_str().as_bytes().ends_with(b"/");
    let is_named = !matches!(flag, "--volume" | "--workdir" | "--path") || path.to_str().is_some();
    ImagePath::new(path)
        .filter(|path| is_named && !is_directory && (flag == "--workdir" || !path.is_root()))
        .ok_or_else(|| misuse(format!("`{flag} {}` is not a path in the image", path.display()), hint))
}

/// `SRC`, or `SRC:DEST`: split at the last `:` before a `/`. A name without a slash that is no file here is looked up in
/// `path`, as the program is.
pub fn add(value: &OsString, path: Option<&OsStr>) -> Result<Add, Error> {
    let bytes = value.as_bytes();
    let (source, destination) = match bytes.windows(2).rposition(|pair| pair == b":/") {
        Some(at) => (&bytes[..at], Some(Path::new(OsStr::from_bytes(&bytes[at + 1..])))),
        None => (bytes, None),
    };
    if source.is_empty() {
        let hint = "write `--add SRC` or `--add SRC:/DEST`";
        return Err(misuse(format!("`--add {}` does not name a file", value.display()), hint));
    }
    let source = PathBuf::from(OsStr::from_bytes(source));
    // `conf:etc` would be a file of that name; where there is none, a slash is what lacks.
    if destination.is_none() && bytes.contains(&b':') && source.symlink_metadata().is_err() {
        let hint = "the place in the image begins with `/`: `--add SRC:/DEST`";
        return Err(misuse(format!("there is no file `{}` to add", source.display()), hint));
    }
    let into_directory = destination.is_some() && bytes.ends_with(b"/");
    let hint = "paths in the image begin with `/` and have no `..`";
    let wrong = || misuse(format!("`--add {}` does not name a path in the image", value.display()), hint);
    let destination = destination.map(|path| ImagePath::new(path).ok_or_else(wrong)).transpose()?;
    Ok(Add { source: in_path(&source, path).unwrap_or(source), destination, into_directory })
}

/// The program of this name in the directories of `path`, where no file here has it.
fn in_path(name: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    let is_bare = name.components().count() == 1 && !name.as_os_str().as_bytes().contains(&b'/');
    if !is_bare || name.symlink_metadata().is_ok() {
        return None;
    }
    let is_program = |path: &PathBuf| {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    let directories = std::env::split_paths(path?).filter(|directory| directory.is_absolute());
    directories.map(|directory| directory.join(name)).find(is_program)
}

/// The level of gzip or zstd (`name`), `default` where none is given, at most `max`.
pub fn level(name: &str, given: Option<&str>, default: u8, max: u8) -> Result<u8, Error> {
    let Some(level) = given else { return Ok(default) };
    match level.parse() {
        _ if level == "max" => Ok(max),
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => {
            let hint = format!("levels of {name} are 1 to {max}, and `max`");
            Err(misuse(format!("`--level {level}` is not a level of {name}"), &hint))
        }
    }
}

/// No compression, which has no levels.
pub fn uncompressed(level: Option<&str>) -> Result<Compression, Error> {
    match level {
        None => Ok(Compression::None),
        Some(level) => {
            let message = format!("`--level {level}` means nothing with `--compress none`");
            Err(misuse(message, "leave one of the two out"))
        }
    }
}

/// One of the words of `--certs`; anything else is a file.
pub fn certs(word: &Path) -> Option<Certs> {
    match word.to_str()? {
        "auto" => Some(Certs::Auto),
        "always" => Some(Certs::Always),
        "never" => Some(Certs::Never),
        _ => None,
    }
}

/// A soname, or an absolute path, as programs give it to dlopen.
pub fn soname(text: &String) -> Result<String, Error> {
    if text.is_empty() || text.contains('/') && !text.starts_with('/') {
        let hint =
            "write its soname, such as `libssl.so.3`, or an absolute path; `--library-path DIR` says where it is";
        return Err(misuse(format!("`--lib {text}` is not a soname"), hint));
    }
    Ok(text.clone())
}

/// A soname, or the beginning of one with `*` behind it.
pub fn provided(text: &String) -> Result<String, Error> {
    let name = text.strip_suffix('*').unwrap_or(text);
    if name.is_empty() || name.contains(['/', '*']) {
        let hint = "write the name that programs ask for, such as `libcuda.so.1`, or its beginning: `libnvidia-*`";
        return Err(misuse(format!("`--provided {text}` is not a soname"), hint));
    }
    Ok(text.clone())
}

/// `NAME,...`, `all` or `none`.
pub fn choice(value: Option<&str>) -> Choice {
    match value {
        None => Choice::Evidence,
        Some("all") => Choice::All,
        Some("none") => Choice::None,
        Some(names) => {
            Choice::Names(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
        }
    }
}

/// `KEY=VALUE`.
pub fn key_value(flag: &str, pair: &str, hint: &str) -> Result<(String, String), Error> {
    match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(misuse(format!("`{flag} {pair}` is not a pair `KEY=VALUE`"), hint)),
    }
}

/// An argument of the program.
pub fn argument(argument: &OsString) -> Result<String, Error> {
    let message = || format!("the argument `{}` is not UTF-8", argument.display());
    let text = argument.to_str().map(str::to_owned);
    text.ok_or_else(|| misuse(message(), "an image's configuration holds text only"))
}

/// `PORT`, or `PORT/PROTOCOL`.
pub fn port(text: &str) -> Result<String, Error> {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let is_protocol = matches!(protocol, "tcp" | "udp" | "sctp");
    match number_of(port) {
        Some(number) if is_protocol => Ok(format!("{number}/{protocol}")),
        _ => Err(wrong_port(text)),
    }
}

fn number_of(port: &str) -> Option<u16> {
    let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|number| is_plain && *number > 0)
}

/// What is wrong with a port, in the words of what was probably meant.
fn wrong_port(text: &str) -> Error {
    let (ports, protocol) = text.find('/').map_or((text, ""), |at| text.split_at(at));
    if let Some(port) = ports.rsplit_once(':').and_then(|(_, port)| number_of(port)) {
        return misuse(
            format!("`--expose {text}` publishes a port, and an image only declares ports"),
            &format!("write `--expose {port}{protocol}`, and publish where the image runs: `docker run -p {text}`"),
        );
    }
    let each = |ports: &[&str]| {
        let flags: Option<Vec<String>> =
            ports.iter().map(|port| Some(format!("--expose {}{protocol}", number_of(port.trim())?))).collect();
        flags.map(|flags| flags.join(" "))
    };
    if let Some(flags) = ports.split_once('-').and_then(|(first, last)| each(&[first, last])) {
        let message = format!("`--expose {text}` is a range, and each port is declared by itself");
        return misuse(message, &format!("write `{flags}`, with those between them"));
    }
    let listed: Vec<&str> = ports.split(',').collect();
    if let Some(flags) = each(&listed).filter(|_| listed.len() > 1) {
        return misuse(
            format!("`--expose {text}` is a list, and each port is declared by itself"),
            &format!("write `{flags}`"),
        );
    }
    let message = format!("`--expose {text}` is not a port: a port is 1 to 65535");
    misuse(message, "write `--expose PORT`, or `--expose PORT/udp`")
}

/// `1` to `9`, `best`, or nothing.
pub fn upx_level(text: &str) -> Result<UpxLevel, Error> {
    match (text, text.parse::<u8>()) {
        ("", _) => Ok(UpxLevel::Usual),
        ("best", _) => Ok(UpxLevel::Best),
        (_, Ok(number @ 1..=9)) if text.len() == 1 => Ok(UpxLevel::Number(number)),
        _ => Err(misuse(format!("`--upx={text}` is not a level of UPX"), "write a number from 1 to 9, or `best`")),
    }
}

/// `OS/ARCH`, or `OS/ARCH/VARIANT`; the architecture alone, in Go's word or the kernel's.
pub fn platform(text: &String) -> Result<Platform, Error> {
    let hint = "write `linux/ARCH` or `linux/ARCH/VARIANT`, such as `linux/arm/v7`";
    let wrong = || misuse(format!("`--platform {text}` is not a platform of Linux"), hint);
    Platform::parse(text).or_else(|| platform_of_word(text)).ok_or_else(wrong)
}

/// Go's words for architectures that run Linux.
const ARCHITECTURES: [&str; 14] = [
    "amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "ppc64", "s390x", "loong64", "mips", "mipsle", "mips64",
    "mips64le", "sparc64",
];

/// The kernel's words where they differ.
const KERNEL_WORDS: [(&str, &str); 6] = [
    ("x86_64", "amd64"),
    ("aarch64", "arm64"),
    ("i386", "386"),
    ("i686", "386"),
    ("armv7l", "arm/v7"),
    ("loongarch64", "loong64"),
];

/// The platform of an architecture that is named without its system: `arm64`, `arm/v7`, `aarch64`.
fn platform_of_word(word: &str) -> Option<Platform> {
    let word = KERNEL_WORDS.iter().find(|(kernel, _)| *kernel == word).map_or(word, |(_, word)| word);
    let architecture = word.split('/').next().unwrap_or(word);
    ARCHITECTURES.contains(&architecture).then(|| Platform::parse(&format!("linux/{word}"))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_addition_is_split_at_the_last_colon_before_a_slash() {
        for (value, source, destination, into) in [
            ("conf", "conf", None, false),
            ("conf:/etc/x", "conf", Some("/etc/x"), false),
            ("a:b:/c", "a:b", Some("/c"), false),
            ("a:/b:/c", "a:/b", Some("/c"), false),
            ("conf:/etc/", "conf", Some("/etc"), true),
        ] {
            let read = add(&value.into(), None).unwrap();
            let expected = destination.map(ImagePath::known);
            assert_eq!(
                (read.source.to_str().unwrap(), read.destination, read.into_directory),
                (source, expected, into)
            );
        }
        assert!(add(&":/x".into(), None).is_err());
        assert!(add(&"conf:/etc/../x".into(), None).is_err());
        assert!(add(&"no such file:etc".into(), None).is_err());
    }

    #[test]
    fn ports_are_read_as_people_write_them() {
        for (text, expected) in [
            ("80", Some("80/tcp")),
            ("53/udp", Some("53/udp")),
            ("0", None),
            ("70000", None),
            ("80/x", None),
            ("+80", None),
        ] {
            assert_eq!(port(text).ok().as_deref(), expected, "{text}");
        }
        for (text, hint) in [
            ("8085:80", "write `--expose 80`, and publish where the image runs: `docker run -p 8085:80`"),
            (
                "127.0.0.1:53:53/udp",
                "write `--expose 53/udp`, and publish where the image runs: `docker run -p 127.0.0.1:53:53/udp`",
            ),
            ("80-90", "write `--expose 80 --expose 90`, with those between them"),
            ("80,443", "write `--expose 80 --expose 443`"),
            ("http", "write `--expose PORT`, or `--expose PORT/udp`"),
            ("80:http", "write `--expose PORT`, or `--expose PORT/udp`"),
        ] {
            assert_eq!(port(text).unwrap_err().problems[0].hint, hint, "{text}");
        }
    }

    #[test]
    fn a_platform_is_named_by_its_architecture_too() {
        for (text, expected) in [
            ("linux/arm64", Some("linux/arm64")),
            ("arm64", Some("linux/arm64")),
            ("arm/v7", Some("linux/arm/v7")),
            ("aarch64", Some("linux/arm64")),
            ("x86_64", Some("linux/amd64")),
            ("windows/amd64", None),
            ("root", None),
            ("", None),
        ] {
            let read = platform(&text.to_owned()).ok().map(|platform| platform.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        let root = |value: &str| sysroot(&value.into()).ok().map(|(platform, _)| platform.map(|one| one.to_string()));
        assert_eq!(root("arm64=/"), Some(Some("linux/arm64".to_owned())));
        assert_eq!(root("linux/arm64=/"), Some(Some("linux/arm64".to_owned())));
        assert_eq!(root("/"), Some(None));
        assert_eq!(root("arm64=/no-such-directory"), None);
    }
}
