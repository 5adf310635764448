//! Sources of Rust as the tests of the house read them: which there are, and their code without what is only text.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Every source file below `directory`, and its text, by path.
pub fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory).expect("a source directory is read") {
        let path = entry.expect("it is read").path();
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("it is read");
            sources.push((path, source));
        }
    }
    sources.sort();
    sources
}

/// The source with blanks in place of comments, strings and characters: each byte and each line stays where it is.
pub fn code(source: &str) -> String {
    let (mut code, mut rest) = (String::new(), source);
    while let Some(next) = rest.chars().next() {
        let text = if "/r\"'".contains(next) { text_at_start(rest) } else { 0 };
        if text == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            code.extend(rest[..text].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            rest = &rest[text..];
        }
    }
    code
}

/// How many bytes at the start are a comment, a string or a character.
fn text_at_start(rest: &str) -> usize {
    let until = |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until("*/", 2);
    }
    let raw = rest.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
    if let Some(hashes) = raw.filter(|hashes| rest[1 + hashes..].starts_with('"')) {
        return until(&format!("\"{}", "#".repeat(hashes)), hashes + 2);
    }
    match rest.as_bytes() {
        [b'"', ..] => escaped(rest, '"'),
        // Else a lifetime.
        [b'\'', b'\\', ..] => escaped(rest, '\''),
        [b'\'', ..] if rest.chars().nth(2) == Some('\'') => rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at),
        _ => 0,
    }
}

/// How many bytes stand between the first character, which is `quote`, and the end of the next one without a backslash.
fn escaped(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Where the braces, or brackets, that begin at or after `from` stand, with all that is in them.
pub fn block(code: &str, from: usize, [open, close]: [char; 2]) -> Range<usize> {
    let start = code[from..].find(open).map_or(code.len(), |at| from + at);
    let mut depth = 0;
    for (at, character) in code[start..].char_indices() {
        depth += i32::from(character == open) - i32::from(character == close);
        if depth == 0 {
            return start..start + at + 1;
        }
    }
    start..code.len()
}

#[test]
fn code_is_what_is_no_text() {
    for (source, expected) in [
        ("a(\"b \\\" c\") // d\ne", "a(        )     \ne"),
        ("r#\"a \" b\"# c", "           c"),
        ("('{', '\\'', &'a x)", "(   ,     , &'a x)"),
        ("/* { */ {", "        {"),
    ] {
        assert_eq!(code(source), expected);
    }
}
