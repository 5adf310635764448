//! Command lines among the constants of an object that gives commands to a shell.
//!
//! A string is one if it begins with the name of a program, and goes on as no sentence does: with an option, a path, a
//! redirection, or a pipe to another program. Texts that tell how a program is called are none.

use super::scan::{PhraseSet, windows};
use super::shell;
use super::written::LONGEST;
use crate::bytes::ReadAt;
use memchr::memchr_iter;
use std::collections::BTreeMap;
use std::io;

/// Number of bytes that are searched at once.
const PIECE: usize = 64 * 1024;

/// The `names` that command lines in the ranges run, each with the first such line.
pub fn commands<'t>(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    names: &[&'t str],
) -> io::Result<BTreeMap<&'t str, String>> {
    let phrases = PhraseSet::new(names);
    let mut found = BTreeMap::new();
    windows(file, ranges, (1, LONGEST), PIECE, &mut |window, of_last| {
        let is_first = of_last == 0;
        let mut begin = 0;
        for end in memchr_iter(0, window) {
            // A string that is cut by the beginning of a window was whole in the window before.
            if begin > 0 || is_first {
                let line = window[begin..end].trim_ascii();
                for name in run(line, &phrases) {
                    found.entry(name).or_insert_with(|| String::from_utf8_lossy(line).into_owned());
                }
            }
            begin = end + 1;
        }
    })?;
    Ok(found)
}

/// The names that a string runs.
fn run<'t>(line: &[u8], phrases: &PhraseSet<'t>) -> Vec<&'t str> {
    if line.len() > LONGEST {
        return Vec::new();
    }
    let has_sign = line.iter().any(|byte| matches!(byte, b'|' | b'&' | b'>' | b';'));
    let is_of_shell = has_sign && OF_SHELLS.iter().any(|sign| memchr::memmem::find(line, sign).is_some());
    let blank = memchr::memchr(b' ', &line[..line.len().min(phrases.longest + LONGEST_DIRECTORY + 1)]);
    let first = blank.and_then(|blank| Some((phrases.get(last_name(&line[..blank]))?, &line[blank + 1..])));
    let begins = |byte: &u8| byte.is_ascii_alphanumeric() || b"/({\"'_[".contains(byte);
    // Most strings end here.
    if !is_of_shell && first.is_none() || !line.first().is_some_and(begins) || !is_text(line) || is_usage(line) {
        return Vec::new();
    }
    if is_of_shell && !is_comparison(line) && has_arguments(line) {
        let commands = shell::read(line).commands;
        let names: Vec<&str> =
            commands.iter().filter_map(|command| phrases.get(last_name(command.as_bytes()))).collect();
        // In a sentence a word behind a semicolon is rarely a program.
        if names.len() == commands.len() {
            return names;
        }
    }
    first.filter(|(_, rest)| is_argument(rest)).map(|(name, _)| name).into_iter().collect()
}

/// What stands in no sentence, and tells that a shell reads a line.
const OF_SHELLS: [&[u8]; 9] =
    [b"2>", b">/dev/null", b"> /dev/null", b"</dev/null", b" | ", b"| ", b" && ", b"; ", b" > "];

/// The name of a program, whose command may be its path.
fn last_name(command: &[u8]) -> &[u8] {
    let directories = [&b"/bin/"[..], b"/sbin/", b"/usr/bin/", b"/usr/sbin/"];
    directories.iter().find_map(|directory| command.strip_prefix(*directory)).unwrap_or(command)
}

/// The length of the longest of these directories, in bytes.
const LONGEST_DIRECTORY: usize = 10;

/// Whether a text begins as an option or an absolute path does.
fn is_argument(text: &[u8]) -> bool {
    let begins = |text: &[u8]| text.first().is_some_and(u8::is_ascii_alphanumeric);
    let option = text.strip_prefix(b"--").or_else(|| text.strip_prefix(b"-"));
    option.or_else(|| text.strip_prefix(b"/")).is_some_and(begins) && !is_told_of(text)
}

/// Whether a text tells of an option: a colon or words of a sentence stand behind it.
fn is_told_of(text: &[u8]) -> bool {
    let mut words = text.split(|byte| *byte == b' ');
    let is_before_colon = words.next().is_some_and(|word| word.ends_with(b":"));
    let is_word = |word: &&[u8]| word.len() > 1 && word.iter().all(u8::is_ascii_lowercase);
    let plain = words.clone().take_while(is_word).count();
    is_before_colon || plain >= SENTENCE && plain == words.count()
}

/// As many plain words behind an option, and nothing else, are a sentence.
const SENTENCE: usize = 3;

/// Whether a part of a line is an option, a redirection to nowhere or of errors, or what is filled in.
fn has_arguments(line: &[u8]) -> bool {
    let has_option = line.windows(3).any(|three| three[0] == b' ' && is_argument(&three[1..]));
    let is_filled = |sign: &&[u8]| memchr::memmem::find(line, sign).is_some();
    has_option || [&b"2>"[..], b"/dev/null", b" %s", b"'%s'", b"\"%s\""].iter().any(is_filled)
}

fn is_text(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n'))
}

/// Whether a line tells how a program is called: `x [-a] <file>...`.
fn is_usage(line: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
    let is_named = |at: usize| {
        let name = line[at + 1..].iter().take_while(|byte| byte.is_ascii_alphabetic() || b"-_ ".contains(byte)).count();
        name > 0 && line.get(at + 1 + name) == Some(&b'>') && line[at + 1] != b' '
    };
    let is_optional = |at: usize| {
        let name =
            line[at + 1..].iter().take_while(|byte| byte.is_ascii_alphabetic() || b"-_<>= ".contains(byte)).count();
        name > 1 && line.get(at + 1 + name) == Some(&b']')
    };
    has(b"...") || memchr_iter(b'<', line).any(is_named) || memchr_iter(b'[', line).any(is_optional)
}

/// Whether a line compares values, as assertions in programs do.
fn is_comparison(line: &[u8]) -> bool {
    [&b"=="[..], b"!=", b">=", b"<="].iter().any(|sign| memchr::memmem::find(line, sign).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 9] = ["sort", "head", "gzip", "uname", "dot", "view", "size", "cat", "file"];

    #[test]
    fn any_bytes_end() {
        let line = b"sort -r | ( ` $ { ' \" << ;; > ) \\ $( ${ $((";
        for from in 0..line.len() {
            let file = [b"\0sort -u | ", &line[from..], b"\0"].concat();
            commands(&file, &[(0, file.size())], &NAMES).unwrap();
        }
    }

    #[test]
    fn a_command_line_names_the_programs_that_it_runs() {
        for (line, expected) in [
            ("sort -u", &["sort"][..]),
            ("sort /etc/x", &["sort"]),
            ("/usr/bin/sort -u", &["sort"]),
            ("/opt/bin/sort -u", &[]),
            ("sort -r %s | head -n 1", &["head", "sort"]),
            ("gzip -dc %s 2>/dev/null", &["gzip"]),
            ("/usr/bin/gzip -c '%s' > '%s.gz'", &["gzip"]),
            ("LC_ALL=C sort %s >/dev/null", &["sort"]),
            ("cat %s ; uname", &["cat", "uname"]),
            ("gzip -dc %s failed; not installed or not in PATH?", &["gzip"]),
            ("size == 2 || size == 4 && size", &[]),
            ("sort --unique no longer supported", &[]),
            ("sort --check: this option is for others", &[]),
            ("sort -k two", &["sort"]),
            ("sort order of %s", &[]),
            ("file not found; sort it", &[]),
            ("sort [-u] file", &[]),
            ("sort -u <file>", &[]),
            ("sort -u FILE...", &[]),
            ("sort -r [selection]", &[]),
            ("&sort -n; size -x", &[]),
            ("sort", &[]),
            ("write | sort %s", &[]),
        ] {
            let file = format!("x\0{line}\0").into_bytes();
            let found = commands(&file, &[(0, file.size())], &NAMES).unwrap();
            assert_eq!(found.keys().copied().collect::<Vec<_>>(), expected, "{line}");
            assert!(found.values().all(|shown| shown == line), "{line}");
        }
    }
}
