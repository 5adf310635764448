//! Whether two runs did the same, leaving out what differs from run to run on one machine: two runs there tell what.

use super::sandbox::Outcome;
use std::collections::BTreeMap;

/// How much of a text is compared.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Whole,
    /// Words with digits count as one: times, process numbers, identifiers.
    Masked,
    /// Another text each time.
    Nothing,
}

/// What a run on this machine must give again.
pub struct Expectation {
    first: Outcome,
    stdout: Mode,
    stderr: Mode,
    /// By the masked name of the file.
    written: BTreeMap<String, (Vec<u8>, Mode)>,
}

fn mode(first: &str, second: &str) -> Mode {
    match () {
        () if first == second => Mode::Whole,
        () if masked(first) == masked(second) => Mode::Masked,
        () => Mode::Nothing,
    }
}

/// The text with the program's name here for its name in the image, where that stands as a word.
fn renamed(text: &str, (there, here): (&str, &str)) -> String {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || "/_-.".contains(c));
    let (mut result, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(there) {
        let (before, after) = (&rest[..at], &rest[at + there.len()..]);
        let is_word = !is_part(before.chars().next_back()) && !is_part(after.chars().next());
        result += before;
        result += if is_word { here } else { there };
        rest = after;
    }
    result + rest
}

/// The text with `N` for each word that has a digit.
fn masked(text: &str) -> String {
    let mut result = String::new();
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    for part in words {
        let (word, end) = match part.char_indices().last() {
            Some((at, last)) if !last.is_ascii_alphanumeric() => part.split_at(at),
            _ => (part, ""),
        };
        result += if word.contains(|c: char| c.is_ascii_digit()) { "N" } else { word };
        result += end;
    }
    result
}

/// Files by masked name.
fn by_masked_name(written: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, &Vec<u8>> {
    written.iter().map(|(name, bytes)| (masked(name), bytes)).collect()
}

impl Expectation {
    /// From two runs on one machine.
    pub fn new(first: Outcome, second: &Outcome) -> Self {
        let again = by_masked_name(&second.written);
        let mode_of = |name: &String, bytes: &Vec<u8>| match again.get(name) {
            Some(other) if *other == bytes => Mode::Whole,
            _ => Mode::Nothing,
        };
        let written = by_masked_name(&first.written);
        let written = written.iter().map(|(name, bytes)| (name.clone(), ((*bytes).clone(), mode_of(name, bytes))));
        let written = written.filter(|(name, _)| again.contains_key(name)).collect();
        let (stdout, stderr) = (mode(&first.stdout, &second.stdout), mode(&first.stderr, &second.stderr));
        Self { first, stdout, stderr, written }
    }

    /// The exit code on this machine.
    pub fn code(&self) -> Option<i32> {
        self.first.code
    }

    /// What the first run printed as errors, for who asks why it failed.
    pub fn stderr(&self) -> &str {
        &self.first.stderr
    }

    /// Whether the run printed or wrote anything.
    pub fn is_visible(&self) -> bool {
        !(self.first.stdout.trim().is_empty() && self.first.stderr.trim().is_empty() && self.written.is_empty())
    }

    /// In a few words, how a run from an image differs. `names` are what the program is called there and here.
    pub fn difference(&self, there: &Outcome, names: (&str, &str), asks: bool) -> Option<String> {
        if there.code != self.first.code {
            let told = if there.stderr.trim().is_empty() { &there.stdout } else { &there.stderr };
            let code = there.code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
            return Some(format!("{code}: {}", told.trim().chars().take(300).collect::<String>()));
        }
        // What a server prints meanwhile is nothing that its clients see.
        let streams = [("stdout", self.stdout, &self.first.stdout, &there.stdout)];
        let errors = [("stderr", self.stderr, &self.first.stderr, &there.stderr)];
        for (stream, mode, here, there) in streams.into_iter().chain(errors.into_iter().filter(|_| !asks)) {
            let there = renamed(there, names);
            let same = match mode {
                Mode::Whole => *here == there,
                Mode::Masked => masked(here) == masked(&there),
                Mode::Nothing => true,
            };
            if !same {
                let line = there.lines().find(|line| !here.contains(line)).unwrap_or("less than here");
                return Some(format!("{stream}: {}", line.chars().take(300).collect::<String>()));
            }
        }
        let found = by_masked_name(&there.written);
        if let Some(name) = self.written.keys().find(|name| !found.contains_key(*name)) {
            return Some(format!("does not write {name}"));
        }
        if let Some(name) = found.keys().find(|name| !self.written.contains_key(*name)) {
            return Some(format!("also writes {name}"));
        }
        let differs =
            |(name, (bytes, mode)): &(&String, &(Vec<u8>, Mode))| *mode == Mode::Whole && found[*name] != bytes;
        self.written.iter().find(differs).map(|(name, _)| format!("writes {name} otherwise"))
    }
}

#[test]
fn words_with_digits_are_masked() {
    for (text, expected) in [
        ("took 12 ms", "took N ms"),
        ("a.b-1f3 c", "a.b-N c"),
        ("no digits", "no digits"),
        ("2024-01-02T03:04", "N-N-N:N"),
    ] {
        assert_eq!(masked(text), expected, "{text}");
    }
}

#[test]
fn the_name_of_the_program_counts_as_a_word() {
    assert_eq!(renamed("/a: no /usr/a/b, /a", ("/a", "/x/a")), "/x/a: no /usr/a/b, /x/a");
}
