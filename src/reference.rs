//! Names of images, normalised as the field does (distribution's `reference` package): a name without a
//! registry is Docker Hub's, one of a single part is in `library`, and a tag left out is `latest`.

use crate::events::Diagnostic;
use std::ffi::{OsStr, OsString};
use std::ops::Range;

/// A name with a tag, whole: `docker.io/library/x:latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: String,
}

/// A text that is not the name of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an image name: {what}")]
pub struct Error {
    /// As it was given.
    pub given: String,
    /// The part that offends, in bytes.
    pub at: Range<usize>,
    /// What is wrong with it.
    pub what: &'static str,
    /// What to write in its place.
    pub hint: String,
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        "image-name"
    }

    fn details(&self) -> Vec<String> {
        let width = |text: &str| text.chars().count();
        let (before, at) = (&self.given[..self.at.start], &self.given[self.at.clone()]);
        vec![self.given.clone(), format!("{}{}", " ".repeat(width(before)), "^".repeat(width(at).max(1)))]
    }

    fn hint(&self) -> String {
        self.hint.clone()
    }

    fn is_usage_error(&self) -> bool {
        true
    }
}

const DOCKER_HUB: &str = "docker.io";
const DEFAULT_TAG: &str = "latest";
/// The longest name, without the tag.
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

impl Reference {
    /// Reads a name as people write it: `x`, `x:v1`, `ghcr.io/me/x:v1`, `localhost:5000/x`.
    pub fn parse(given: &str) -> Result<Self, Error> {
        let wrong = |at: Range<usize>, what, hint: &str| {
            Err(Error { given: given.to_owned(), at, what, hint: hint.to_owned() })
        };
        if given.is_empty() {
            return wrong(0..0, "it is empty", "write a name such as `app` or `ghcr.io/me/app:v1`");
        }
        if let Some(at) = given.find("://") {
            let name = given[at + 3..].trim_end_matches('/');
            return wrong(0..at + 3, "a name has no scheme", &format!("write `{name}`"));
        }
        if let Some(at) = given.find(',') {
            let names: Vec<String> = given.split(',').map(|name| format!("--tag {}", name.trim())).collect();
            let hint = format!("name each one: `{}`", names.join(" "));
            return wrong(at..at + 1, "names are not parted by commas", &hint);
        }
        if let Some(at) = given.find('@') {
            return wrong(
                at..given.len(),
                "a digest is not a tag",
                "an image that is made gets its digest; write `NAME:TAG`",
            );
        }
        let slash = given.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match given[slash..].find(':') {
            Some(at) => (&given[..slash + at], Some(slash + at + 1)),
            None => (given, None),
        };
        if let Some(start) = tag
            && let Some((at, what)) = wrong_tag(&given[start..])
        {
            return wrong(
                start + at.start..start + at.end,
                what,
                "a tag has letters, digits, `_`, `.` and `-`, such as `v1.2`",
            );
        }
        let start = registry_end(name);
        if start > 0
            && let Some(at) = wrong_registry(&name[..start - 1])
        {
            return wrong(
                at,
                "that is not a host name",
                "a registry is written as `HOST` or `HOST:PORT`, such as `localhost:5000`",
            );
        }
        if let Some((at, what)) = wrong_repository(&name[start..]) {
            let lower = given[..start].to_owned() + &given[start..].to_lowercase();
            let hint = if what == UPPER {
                format!("write `{lower}`")
            } else {
                "a name has lower-case letters and digits, parted by `.`, `_`, `-` or `/`".to_owned()
            };
            return wrong(start + at.start..start + at.end, what, &hint);
        }
        if name.len() > LONGEST_NAME {
            return wrong(LONGEST_NAME..name.len(), "it is longer than 255 bytes", "write a shorter name");
        }
        let registry = match &name[..start] {
            "" | "index.docker.io/" => DOCKER_HUB,
            registry => &registry[..start - 1],
        };
        let own = registry == DOCKER_HUB && !name[start..].contains('/');
        let repository = if own { format!("library/{}", &name[start..]) } else { name[start..].to_owned() };
        Ok(Self {
            registry: registry.to_owned(),
            repository,
            tag: tag.map_or(DEFAULT_TAG, |start| &given[start..]).to_owned(),
        })
    }

    /// The name of an image of the program with this file name.
    pub fn for_program(file_name: &[u8]) -> Self {
        let name = name_from_program(file_name);
        Self { registry: DOCKER_HUB.to_owned(), repository: format!("library/{name}"), tag: DEFAULT_TAG.to_owned() }
    }

    /// The whole name: `docker.io/library/x:v1`.
    pub fn full(&self) -> String {
        format!("{}/{}:{}", self.registry, self.repository, self.tag)
    }

    /// As people write it: `x:v1`.
    pub fn familiar(&self) -> String {
        if self.registry == DOCKER_HUB {
            let repository = self.repository.strip_prefix("library/").unwrap_or(&self.repository);
            format!("{repository}:{}", self.tag)
        } else {
            self.full()
        }
    }

    /// Whether the name tells where the image is pushed to: a registry other than Docker Hub, which unqualified names have.
    /// Engines take `localhost` for images that are here.
    pub fn has_registry(&self) -> bool {
        self.registry != DOCKER_HUB && self.registry != "localhost"
    }

    /// The tag alone.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The last part of the name: `x`.
    pub fn last(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }
}

const UPPER: &str = "it must be lower case";

/// Where the repository begins: what stands before the first slash is a registry if it looks like a host.
fn registry_end(name: &str) -> usize {
    let Some(slash) = name.find('/') else { return 0 };
    let first = &name[..slash];
    let host = first.contains(['.', ':']) || first == "localhost" || first != first.to_lowercase();
    if host { slash + 1 } else { 0 }
}

fn wrong_registry(registry: &str) -> Option<Range<usize>> {
    let (host, port) = match registry.rfind(':').filter(|at| !registry[*at..].contains(']')) {
        Some(at) => (&registry[..at], Some(&registry[at + 1..])),
        None => (registry, None),
    };
    if let Some(port) = port
        && (port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Some(host.len()..registry.len());
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let plain = !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
        return (!plain).then_some(0..host.len());
    }
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    (!host.split('.').all(label)).then_some(0..host.len())
}

fn wrong_repository(repository: &str) -> Option<(Range<usize>, &'static str)> {
    let mut start = 0;
    for part in repository.split('/') {
        let inside = |at: Range<usize>, what| Some((start + at.start..start + at.end, what));
        if part.is_empty() {
            return inside(0..0, "a part of it is empty");
        }
        let odd = part.char_indices().find(|(_, c)| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-'));
        if let Some((at, c)) = odd {
            return inside(
                at..at + c.len_utf8(),
                if c.is_uppercase() { UPPER } else { "a name cannot have this character" },
            );
        }
        // Between letters and digits: one dot, one or two underscores, or any number of dashes.
        let mut at = 0;
        let separators = part.split(|c: char| c.is_ascii_alphanumeric()).filter(|run| {
            let place = part[at..].find(run).map_or(at, |found| at + found);
            at = place;
            !matches!(*run, "" | "." | "_" | "__") && !run.bytes().all(|byte| byte == b'-')
        });
        if separators.count() > 0 {
            return inside(0..part.len(), "its separators do not stand alone");
        }
        if !part.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !part.ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return inside(0..part.len(), "a part begins and ends with a letter or digit");
        }
        start += part.len() + 1;
    }
    // What looks like the identity of an image is not taken for a name.
    let identity = repository.len() == 64 && repository.bytes().all(|byte| byte.is_ascii_hexdigit());
    identity.then_some((0..64, "64 hexadecimal digits are an image's identity"))
}

fn wrong_tag(tag: &str) -> Option<(Range<usize>, &'static str)> {
    if tag.is_empty() {
        return Some((0..0, "its tag is empty"));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let odd = tag.char_indices().find(|(at, c)| !(word(*c) || *at > 0 && matches!(c, '.' | '-')));
    if let Some((at, c)) = odd {
        return Some((at..at + c.len_utf8(), "a tag cannot have this character"));
    }
    (tag.len() > LONGEST_TAG).then_some((LONGEST_TAG..tag.len(), "its tag is longer than 128 characters"))
}

/// Words for machines: Go's, uname's, and the first word of Rust's targets.
const MACHINES: [&str; 36] = [
    "amd64",
    "386",
    "arm64",
    "arm",
    "armv5",
    "armv6",
    "armv7",
    "riscv64",
    "ppc64",
    "ppc64le",
    "s390x",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "x86_64",
    "x64",
    "i386",
    "i486",
    "i586",
    "i686",
    "aarch64",
    "armv5te",
    "armv6l",
    "armv7l",
    "armv8l",
    "armhf",
    "armel",
    "ppc64el",
    "riscv64gc",
    "powerpc64",
    "powerpc64le",
    "loongarch64",
    "mipsel",
    "mips64el",
];

/// The program's name as the name of an image: in lower case, what does not belong there a `-`, and without
/// the platform at its end (`app-linux-amd64`, `app_x86_64`, `app-x86_64-unknown-linux-musl`).
pub fn name_from_program(file_name: &[u8]) -> String {
    let name = String::from_utf8_lossy(file_name).to_lowercase();
    let name = without_platform(&name).unwrap_or(&name);
    let mut valid = String::new();
    for c in name.chars() {
        match c {
            'a'..='z' | '0'..='9' => valid.push(c),
            // A separator stands alone, and never at the beginning.
            _ if valid.is_empty() || !valid.ends_with(|last: char| last.is_ascii_alphanumeric()) => {}
            '.' | '_' => valid.push(c),
            _ => valid.push('-'),
        }
    }
    valid.truncate(LONGEST_TAG);
    let valid = valid.trim_end_matches(['.', '_', '-']);
    if valid.is_empty() { "program".to_owned() } else { valid.to_owned() }
}

/// A program's file name without the platform at its end: what the program is called in its image.
pub fn program_name(file_name: &OsStr) -> OsString {
    let text = file_name.to_str();
    // The platform is read in lower case; where that has another length, the name stays.
    let lower = text.map(str::to_lowercase).filter(|lower| lower.len() == file_name.len());
    let end = lower.as_deref().and_then(without_platform).map(str::len);
    text.zip(end).map_or_else(|| file_name.to_owned(), |(text, end)| text[..end].into())
}

fn without_platform(name: &str) -> Option<&str> {
    let separated = |text: &'_ str, word: &str| -> Option<usize> {
        let rest = text.strip_suffix(word)?;
        rest.ends_with(['-', '_', '.']).then(|| rest.len() - 1)
    };
    // A variant: `arm-v7`, `amd64_v1`.
    let mut rest = name;
    for variant in ["v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"] {
        if let Some(end) = separated(name, variant)
            && MACHINES.iter().any(|machine| separated(&name[..end], machine).is_some())
        {
            rest = &name[..end];
        }
    }
    // Rust's: the machine, perhaps a vendor, linux and the C library.
    for libc in ["-gnu", "-musl", "-gnueabihf", "-musleabihf", "-gnueabi", "-musleabi", "-gnuabi64", "-muslabi64"] {
        let linux = rest.strip_suffix(libc).and_then(|rest| rest.strip_suffix("-linux"));
        if let Some(linux) = linux {
            rest = linux.strip_suffix("-unknown").unwrap_or(linux);
        }
    }
    // The longest word first: `x86_64` ends in a word of its own.
    let end = MACHINES.iter().filter_map(|machine| separated(rest, machine)).min()?;
    let rest = &rest[..end];
    let rest = separated(rest, "linux").map_or(rest, |end| &rest[..end]);
    (!rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_whole() {
        for (given, full, familiar) in [
            ("x", "docker.io/library/x:latest", "x:latest"),
            ("x:v1", "docker.io/library/x:v1", "x:v1"),
            ("me/x", "docker.io/me/x:latest", "me/x:latest"),
            ("docker.io/x", "docker.io/library/x:latest", "x:latest"),
            ("index.docker.io/x", "docker.io/library/x:latest", "x:latest"),
            ("ghcr.io/me/x:v1", "ghcr.io/me/x:v1", "ghcr.io/me/x:v1"),
            ("localhost/x", "localhost/x:latest", "localhost/x:latest"),
            ("localhost:5000/a/b", "localhost:5000/a/b:latest", "localhost:5000/a/b:latest"),
            ("[::1]:5000/x:y", "[::1]:5000/x:y", "[::1]:5000/x:y"),
            ("a--b.c_d__e", "docker.io/library/a--b.c_d__e:latest", "a--b.c_d__e:latest"),
        ] {
            let name = Reference::parse(given).unwrap();
            assert_eq!((name.full().as_str(), name.familiar().as_str()), (full, familiar), "{given}");
        }
    }

    #[test]
    fn what_is_no_name_is_marked_where_it_offends() {
        for (given, marked) in [
            ("", "^"),
            ("Hello", "^"),
            ("ghcr.io/Me/x", "        ^"),
            ("x:", "  ^"),
            ("x:v 1", "   ^"),
            ("x:-v", "  ^"),
            ("a//b", "  ^"),
            ("a..b", "^^^^"),
            ("-a", "^^"),
            ("x@sha256:00", " ^^^^^^^^^^"),
            ("host:port/x", "    ^^^^^"),
            ("a b", " ^"),
        ] {
            let error = Reference::parse(given).expect_err(given);
            assert_eq!(error.details()[1], marked, "{given}: {error}");
        }
        assert!(Reference::parse(&"a".repeat(64)).is_err());
        assert!(Reference::parse(&"x".repeat(256)).is_err());
        assert!(Reference::parse(&format!("x:{}", "y".repeat(129))).is_err());
    }

    #[test]
    fn a_programs_name_becomes_a_name_without_its_platform() {
        for (program, expected) in [
            ("helloworld", "helloworld"),
            ("Hello World", "hello-world"),
            ("app-linux-amd64", "app"),
            ("app_linux_x86_64", "app"),
            ("app.linux-arm64", "app"),
            ("app-amd64", "app"),
            ("app-x86_64", "app"),
            ("app-x86_64-unknown-linux-musl", "app"),
            ("app-aarch64-linux-gnu", "app"),
            ("app-linux-arm-v7", "app"),
            ("app_linux_amd64_v1", "app"),
            ("my-arm", "my"),
            ("amd64", "amd64"),
            ("linux-amd64", "linux"),
            ("busybox.static", "busybox.static"),
            ("g++", "g"),
            ("__x__", "x"),
            ("a__b", "a_b"),
            ("++", "program"),
            ("app-v2", "app-v2"),
        ] {
            let name = name_from_program(program.as_bytes());
            assert_eq!(name, expected, "{program}");
            assert!(Reference::parse(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_program_is_called_by_its_file_without_the_platform() {
        for (program, expected) in [
            ("app", "app"),
            ("App-amd64", "App"),
            ("app-x86_64-unknown-linux-musl", "app"),
            ("Größe_Linux_ARM64", "Größe"),
            ("g++", "g++"),
            ("amd64", "amd64"),
        ] {
            assert_eq!(program_name(OsStr::new(program)), OsStr::new(expected), "{program}");
        }
    }
}
