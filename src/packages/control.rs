//! Paragraphs of `Field: value`, as dpkg keeps them (deb-control(5)), and what the fields mean.

use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// What a database says of a package, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub name: String,
    pub architecture: String,
    pub version: String,
    pub source: String,
    pub depends: Vec<String>,
    pub recommends: Vec<String>,
    pub suggests: Vec<String>,
    pub provides: String,
    /// Paths of settings, each with the MD5 sum of the file that the package brought.
    pub settings: Vec<(String, String)>,
    pub essential: bool,
    pub installed: bool,
}

/// Which package a paragraph is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading<'a> {
    pub name: Cow<'a, str>,
    pub architecture: Cow<'a, str>,
    pub installed: bool,
}

/// What the paragraphs of `text` are about, and where they are.
pub fn headings(text: &[u8]) -> Vec<(Heading<'_>, Range<usize>)> {
    let mut headings = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = memmem::find(&text[start..], b"\n\n").map_or(text.len(), |end| start + end + 1);
        let heading = heading(&text[start..end]);
        if !heading.name.is_empty() {
            headings.push((heading, start..end));
        }
        start = end + 1;
    }
    headings
}

fn heading(paragraph: &[u8]) -> Heading<'_> {
    let mut found = Heading { installed: true, ..Heading::default() };
    let mut rest = paragraph;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        if let Some(name) = line.strip_prefix(b"Package:") {
            found.name = String::from_utf8_lossy(name.trim_ascii());
        } else if let Some(architecture) = line.strip_prefix(b"Architecture:") {
            found.architecture = String::from_utf8_lossy(architecture.trim_ascii());
            // dpkg writes the description, most of a paragraph, behind these three.
            break;
        } else if let Some(status) = line.strip_prefix(b"Status:") {
            found.installed = is_installed(status);
        }
    }
    found
}

/// The records of the paragraphs of `text`.
pub fn records(text: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (record, after) = record(rest);
        rest = after;
        records.extend(record.filter(|record| !record.name.is_empty()));
    }
    records
}

/// The record of the first paragraph, and what stands behind it.
fn record(text: &[u8]) -> (Option<Record>, &[u8]) {
    let mut found = Record { installed: true, ..Record::default() };
    let mut rest = text;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        match line.first() {
            None => return (Some(found), rest),
            Some(b' ' | b'\t') => continue,
            Some(_) => {}
        }
        let Some(colon) = memchr(b':', line) else { continue };
        let (field, value) = (&line[..colon], &line[colon + 1..]);
        let text = |value: &[u8]| String::from_utf8_lossy(value.trim_ascii()).into_owned();
        // A relation may go on in lines that begin with a blank.
        let relation = || text(&folded(value, after));
        match field {
            b"Package" => found.name = text(value),
            b"Architecture" => found.architecture = text(value),
            b"Version" => found.version = text(value),
            // `NAME (VERSION)`, where the versions differ.
            b"Source" => found.source = text(value.trim_ascii().split(|byte| *byte == b' ').next().unwrap_or_default()),
            b"Essential" => found.essential = value.trim_ascii() == b"yes",
            b"Status" => found.installed = is_installed(value),
            b"Depends" | b"Pre-Depends" => found.depends.push(relation()),
            b"Recommends" => found.recommends.push(relation()),
            b"Suggests" => found.suggests.push(relation()),
            b"Provides" => found.provides = relation(),
            b"Conffiles" => found.settings = settings(&relation()),
            _ => {}
        }
    }
    (Some(found), rest)
}

/// The paths and sums of a list of settings; what was one in an older version is marked `obsolete` (deb-control(5)).
fn settings(list: &str) -> Vec<(String, String)> {
    let mut words = list.split_ascii_whitespace().filter(|word| !matches!(*word, "obsolete" | "remove-on-upgrade"));
    std::iter::from_fn(|| Some((words.next()?.to_owned(), words.next()?.to_owned()))).collect()
}

/// The value of a field with the lines that belong to it.
fn folded(value: &[u8], mut after: &[u8]) -> Vec<u8> {
    let mut whole = value.to_vec();
    while matches!(after.first(), Some(b' ' | b'\t'))
        && let Some((line, rest)) = next_line(after)
    {
        whole.extend_from_slice(line);
        after = rest;
    }
    whole
}

fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let (line, rest) = memchr(b'\n', text).map_or((text, &[][..]), |end| (&text[..end], &text[end + 1..]));
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest))
}

/// The third word is the state (dpkg-query(1)): a package that was removed has left its settings, and no more.
fn is_installed(status: &[u8]) -> bool {
    let state = status.trim_ascii().rsplit(|byte| *byte == b' ').next();
    !matches!(state, Some(b"config-files" | b"not-installed"))
}

/// The names of a relation (deb-control(5)): groups with commas between them, each with its alternatives. Versions,
/// architectures and profiles are left out.
pub fn relations(value: &str) -> Vec<Vec<&str>> {
    value.split(',').map(alternatives).filter(|group| !group.is_empty()).collect()
}

fn alternatives(group: &str) -> Vec<&str> {
    group.split('|').map(name).filter(|name| !name.is_empty()).collect()
}

fn name(alternative: &str) -> &str {
    let end = |byte: char| byte.is_ascii_whitespace() || matches!(byte, '(' | '[' | '<' | ':');
    alternative.trim().split(end).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_groups_of_alternatives() {
        for (value, expected) in [
            ("", vec![]),
            ("a", vec![vec!["a"]]),
            ("a (>= 1:2), b:any | c [amd64] <!nocheck>,d(=1)", vec![vec!["a"], vec!["b", "c"], vec!["d"]]),
            (" a ,, |b, ", vec![vec!["a"], vec!["b"]]),
            ("g++-12 (>> 12), libstdc++6:i386", vec![vec!["g++-12"], vec!["libstdc++6"]]),
        ] {
            assert_eq!(relations(value), expected, "{value}");
        }
    }

    #[test]
    fn a_paragraph_is_a_package() {
        let text = "Package: a\nStatus: install ok installed\nEssential: yes\nArchitecture: amd64\nVersion: 1:2\n\
            Source: src (1.0)\nPre-Depends: p\nDepends: b,\n c\n\td\nProvides: v (= 1)\nDescription: x\n Package: no\n\n\
            \n\nPackage: b\r\nStatus: deinstall ok config-files\r\nno colon\nRecommends: r\nSuggests: s\n\nVersion: 3\n\n\
            Package:c";
        let expected = [
            Record {
                name: "a".into(),
                architecture: "amd64".into(),
                version: "1:2".into(),
                source: "src".into(),
                depends: vec!["p".into(), "b, c\td".into()],
                provides: "v (= 1)".into(),
                essential: true,
                installed: true,
                ..Record::default()
            },
            Record { name: "b".into(), recommends: vec!["r".into()], suggests: vec!["s".into()], ..Record::default() },
            Record { name: "c".into(), installed: true, ..Record::default() },
        ];
        assert_eq!(records(text.as_bytes()), expected);
    }
}
