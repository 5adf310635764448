//! What made a program, by the marks that compilers leave.
//!
//! `.comment` has a line for each compiler that made a part of it, libc's included. So the names are ranked:
//! what only a user's code can be made with comes before GCC, which made almost every libc.

use super::{GoBuild, Section, Toolchain};
use crate::bytes::ReadAt;

/// How many bytes of `.comment` are read. Real ones have some hundreds.
const MAX_COMMENT: usize = 64 << 10;

/// Compilers by what stands before their version in `.comment`, from the one that tells most.
const COMPILERS: [(&str, &str); 6] = [
    ("rustc version ", "rustc"),
    ("GHC ", "GHC"),
    ("ldc version ", "LDC"),
    ("flang version ", "flang"),
    ("clang version ", "clang"),
    ("GCC: ", "GCC"),
];

/// What the paths of Rust's own sources begin with, as they stand in panic messages; the commit follows.
pub(super) const RUST_PATH: &[u8] = b"/rustc/";

/// The lines of `.comment`, each once.
pub(super) fn comments(file: &dyn ReadAt, sections: Option<&[Section]>) -> Vec<String> {
    let named = |s: &&Section| s.name == b".comment" && s.is_in_file();
    let Some(section) = sections.unwrap_or_default().iter().find(named) else { return Vec::new() };
    let size = usize::try_from(section.size).unwrap_or(MAX_COMMENT).min(MAX_COMMENT);
    let bytes = file.bytes_at(section.offset, size).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for line in bytes.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let line = String::from_utf8_lossy(line).trim().to_owned();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Puts together what was found.
pub(super) fn describe(go: Option<GoBuild>, rust: bool, comments: Vec<String>) -> Toolchain {
    let by_go = go.as_ref().map(|go| match go.version.strip_prefix("go") {
        Some(version) => format!("Go {}", version.split(' ').next().unwrap_or(version)),
        None => format!("Go {}", go.version),
    });
    let by_comment = || compiler(&comments).filter(|name| !rust || name.starts_with("rustc"));
    let name = by_go.or_else(by_comment).or_else(|| rust.then(|| "rustc".to_owned()));
    let name = name.or_else(|| comments.first().cloned());
    Toolchain { name, go, rust, comments }
}

/// Whether `.comment` names rustc.
pub(super) fn names_rustc(comments: &[String]) -> bool {
    comments.iter().any(|line| line.starts_with("rustc version "))
}

/// Whether `bytes` begin with [`RUST_PATH`] and a commit: `/rustc/` alone is in every program that looks for it.
pub(super) fn is_rust_path(bytes: &[u8]) -> bool {
    let commit = bytes.strip_prefix(RUST_PATH).and_then(|rest| rest.split_at_checked(40));
    commit.is_some_and(|(commit, rest)| commit.iter().all(u8::is_ascii_hexdigit) && rest.first() == Some(&b'/'))
}

/// Name and version of the compiler that tells most; of several versions the newest.
fn compiler(comments: &[String]) -> Option<String> {
    COMPILERS.iter().find_map(|(mark, name)| {
        let versions = comments.iter().filter_map(|line| version(line, mark));
        versions.max_by_key(|version| numbers(version)).map(|version| format!("{name} {version}"))
    })
}

/// `GCC: (Debian 12.2.0-14) 12.2.0` has its version last, the others behind their mark, which may have a
/// vendor's name before it.
fn version<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let rest = &line[line.find(mark)? + mark.len()..];
    let rest = match (rest.starts_with('('), rest.rfind(") ")) {
        (true, Some(end)) => &rest[end + 2..],
        _ => rest,
    };
    rest.split([' ', ',']).next().filter(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

fn numbers(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}
