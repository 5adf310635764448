//! Names of files among the strings of an object: as a whole string, as the beginning of a relative path, or, where a
//! toolchain does not end its strings in NUL, as a part of any text.

use super::scan;
use crate::bytes::ReadAt;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeSet;
use std::io;

/// A name that stands among the strings of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The number of the name in the list that was searched for.
    pub name: usize,
    /// How the name stands there.
    pub form: MentionForm,
    /// What follows the name and a slash, without a slash at the end; empty if nothing does.
    pub rest: String,
}

/// How a name stands among strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MentionForm {
    /// A string begins with it: `data`, `./data/x`.
    Plain,
    /// A slash, or a directory that is filled in later, stands before it: `/data`, `%s/data`.
    Below,
    /// A directory above stands before it: `../data`.
    Above,
    /// Any other bytes stand around it.
    Text,
}

/// Number of bytes that are searched at once.
const PIECE: usize = 256 << 10;

/// The longest path that counts, in bytes.
const LONGEST: usize = 255;

/// Finds `names` in the `ranges` (offset and length) of `file`.
pub fn mentions(file: &dyn ReadAt, ranges: &[(u64, u64)], names: &[&str]) -> io::Result<BTreeSet<Mention>> {
    mentions_by(file, ranges, names, PIECE)
}

/// As [`mentions`], with pieces of `piece` bytes.
fn mentions_by(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    names: &[&str],
    piece: usize,
) -> io::Result<BTreeSet<Mention>> {
    // One name may be a part of another.
    let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(names);
    let automaton = automaton.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let longest = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut found = BTreeSet::new();
    scan::windows(file, ranges, (LONGEST, longest + LONGEST), piece, &mut |window, begin| {
        // A match that begins in the bytes before was seen in the window before.
        let own = begin..begin + piece;
        for hit in automaton.find_overlapping_iter(window).filter(|hit| own.contains(&hit.start())) {
            found.insert(mention(window, hit.start(), hit.end(), hit.pattern().as_usize()));
        }
    })?;
    Ok(found)
}

/// The mention of the name with number `name` that stands at `start..end` of `window`.
fn mention(window: &[u8], start: usize, end: usize, name: usize) -> Mention {
    let text = Mention { name, form: MentionForm::Text, rest: String::new() };
    let Some(form) = form(&window[..start]) else { return text };
    let after = &window[end..];
    match after.first() {
        Some(b'/') => Mention { name, form, rest: path(&after[1..]) },
        Some(byte) if !ends(*byte) => text,
        _ => Mention { name, form, rest: String::new() },
    }
}

/// How a name stands behind the bytes `before`; `None` if it is a part of another text.
fn form(mut before: &[u8]) -> Option<MentionForm> {
    let mut form = MentionForm::Plain;
    loop {
        if before.last().is_none_or(|byte| begins(*byte)) {
            return Some(form);
        }
        before = before.strip_suffix(b"/")?;
        if let Some(rest) = before.strip_suffix(b"..") {
            (form, before) = (MentionForm::Above, rest);
        } else if let Some(rest) = before.strip_suffix(b".") {
            before = rest;
        } else {
            form = form.max(MentionForm::Below);
            // The directory before it is one that the program works out: `%s/`, `{}/`, `${HOME}/`, `$ORIGIN/`.
            if let Some(rest) = before.strip_suffix(b"%s").or_else(|| before.strip_suffix(b"{}")) {
                before = rest;
            } else if matches!(before.last(), Some(b'}' | b')')) || before.ends_with(b"$ORIGIN") {
                return Some(form);
            }
        }
    }
}

/// Whether a string begins behind this byte.
fn begins(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\'' | b'`' | b':' | b';' | b',' | b'=')
}

/// Whether a string ends before this byte.
fn ends(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\'' | b'`' | b':' | b';' | b',')
}

/// The path that a text begins with.
fn path(text: &[u8]) -> String {
    let text = &text[..text.len().min(LONGEST)];
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b'@');
    let end = text.iter().position(|byte| !is_plain(byte)).unwrap_or(text.len());
    String::from_utf8_lossy(&text[..end]).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use MentionForm::{Above, Below, Plain, Text};

    #[test]
    fn a_name_is_a_string_a_part_of_a_path_or_a_part_of_a_text() {
        for (text, expected) in [
            (b"\0data\0".as_slice(), vec![(0, Plain, "")]),
            (b"\0data/a/b.c\0", vec![(0, Plain, "a/b.c")]),
            (b"\0./data/\0", vec![(0, Plain, "")]),
            (b"\0/data\0", vec![(0, Below, "")]),
            (b"\0%s/data\0", vec![(0, Below, "")]),
            (b"\0../data\0", vec![(0, Above, "")]),
            (b"\0/../data/x\0", vec![(0, Above, "x")]),
            (b"\0%s/../../data\0", vec![(0, Above, "")]),
            (b"\0$ORIGIN/data\0", vec![(0, Below, "")]),
            (b"\0a:data:b\0", vec![(0, Plain, "")]),
            (b"\0see data here\0", vec![(0, Text, "")]),
            (b"\0/usr/share/data\0", vec![(0, Text, "")]),
            (b"\0metadata\0", vec![(0, Text, "")]),
            (b"\0data.bin\0", vec![(0, Text, ""), (1, Plain, "")]),
            (b"xyzdata.binabc", vec![(0, Text, ""), (1, Text, "")]),
        ] {
            for piece in [1, 3, 1000] {
                let file = text.to_vec();
                let found = mentions_by(&file, &[(0, file.size())], &["data", "data.bin"], piece).unwrap();
                let found: Vec<_> = found.iter().map(|one| (one.name, one.form, one.rest.as_str())).collect();
                assert_eq!(found, expected, "{} {piece}", String::from_utf8_lossy(text));
            }
        }
    }
}
