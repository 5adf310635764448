//! What all texts for people are made of: fields, sizes, colours, problems.

use super::wrap::{columns, wrapped};
use pack::error::Problem;
use pack::events::LeftOut;
use pack::facts::{Entry, Inspected, Linkage, Node, Reason, Resolution};
use std::fmt::Write as _;

/// What the stream that a text goes to can show.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether there are colours.
    pub on: bool,
    /// How many columns a line may have; `None`: any number, because no terminal shows it.
    pub width: Option<usize>,
}

impl Paint {
    /// Neither colours nor an end of the line.
    #[cfg(test)]
    pub const PLAIN: Self = Self { on: false, width: None };

    /// What went wrong.
    pub fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// What may go wrong.
    pub fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// What a line is about.
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// What a part is about.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Each problem: the sentence, what led to it, the evidence, the way out. `color` is that of `word`.
pub fn problems(problems: &[Problem], word: &str, color: fn(Paint, &str) -> String, paint: Paint) -> Vec<u8> {
    let said = |word: &str, rest: &str| wrapped(&printable(rest), columns(word) + 2, 2, paint.width);
    let mut text = String::new();
    for problem in problems {
        line(&mut text, format_args!("{}: {}", color(paint, word), said(word, &problem.message)));
        for cause in &problem.causes {
            line(&mut text, format_args!("  caused by: {}", said("  caused by", cause)));
        }
        for detail in &problem.details {
            line(&mut text, format_args!("  {}", wrapped(&printable(detail), 2, 4, paint.width)));
        }
        if !problem.hint.is_empty() {
            line(&mut text, format_args!("\n{}: {}\n", paint.bold("hint"), said("hint", &problem.hint)));
        }
    }
    text.into_bytes()
}

/// Names of files may hold anything, and a terminal would obey it: what [`steers`] it is written as `\u{1b}`.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { printable.extend(c.escape_default()) } else { printable.push(c) }
    }
    printable
}

/// Whether a terminal would not show this character but do something: a control character (C0, DEL, C1), or one that
/// turns the direction of what stands around it (Unicode's `Bidi_Control`), so that a name looks like another one.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A path with the entry that is there.
pub fn named(path: &str, entry: &Entry) -> String {
    match &entry.node {
        Node::Directory => format!("{path}/"),
        Node::Link(target) => format!("{path} -> {}", target.display()),
        Node::File(content) => format!("{path}, {}", size(content.size())),
    }
}

/// The reasons for which an entry itself is there; of one that only leads to others, the reasons of that.
pub fn own_reasons(entry: &Entry) -> impl Iterator<Item = &Reason> {
    let leads = entry.is_parent_or_link();
    entry.reasons.iter().filter(move |reason| leads || !reason.cause.is_parent_or_link())
}

/// The entry's own reasons; of more than `most`, the first ones. `--json` has them all.
pub fn reasons(entry: &Entry, most: usize) -> String {
    let mut reasons: Vec<&str> = own_reasons(entry).take(most).map(|reason| &*reason.text).collect();
    let more = format!("and {} more", own_reasons(entry).count().saturating_sub(most));
    if own_reasons(entry).count() > most {
        reasons.push(&more);
    }
    reasons.join("; ")
}

/// Files that were looked for and not packed, with the reason of each.
pub fn left_out(text: &mut String, left_out: &[LeftOut], paint: Paint) {
    for left in left_out {
        field(text, paint, "left out", &format!("{}: {}", left.what, left.why));
    }
}

/// The libraries that are not there, and those that whoever runs the image provides.
pub fn missing(text: &mut String, resolution: &Resolution, paint: Paint) {
    for missing in &resolution.missing {
        let soname = String::from_utf8_lossy(&missing.soname);
        field(text, paint, "missing", &format!("{soname}, needed by {}", missing.needed_by.join(", ")));
    }
    for provided in &resolution.provided {
        let soname = String::from_utf8_lossy(&provided.soname);
        field(text, paint, "provided", &format!("{soname}, needed by {}", provided.needed_by.join(", ")));
    }
}

/// Words of a command; those with blanks or quotation marks in them are quoted.
pub fn words(list: &[String]) -> String {
    let quoted = |word: &String| {
        if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "\"'\\".contains(c)) {
            format!("{word:?}")
        } else {
            word.clone()
        }
    };
    list.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// `static`, `static-pie`, `dynamic`; of what is not a program, its kind.
pub fn linkage(inspected: &Inspected) -> &'static str {
    inspected.linkage.map_or(inspected.kind.as_str(), Linkage::as_str)
}

/// Bytes in the units of SI, with two digits that count: `8.4 MB`, `762 kB`, `12 B`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes;
    let mut rest = 0;
    let mut unit = 0;
    // Tenths are rounded before the unit is chosen: 999,960 bytes are 1.0 MB.
    while value >= 1000 || (unit > 0 && value == 999 && rest >= 950) {
        rest = value % 1000;
        value /= 1000;
        unit += 1;
    }
    let tenths = value * 10 + (rest + 50) / 100;
    if unit == 0 || tenths >= 100 {
        format!("{} {}", if unit == 0 { value } else { (tenths + 5) / 10 }, UNITS[unit.min(4)])
    } else {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit.min(4)])
    }
}

/// Two sizes that are compared, in one unit and with the digits that tell them apart.
pub fn distinct(one: u64, other: u64) -> (String, String) {
    let (unit, name) = if one.max(other) < 1_000_000 { (1_000, "kB") } else { (1_000_000, "MB") };
    let written = |bytes: u64, digits: u32| {
        let scale = 10_u64.pow(digits);
        let scaled = (bytes * scale + unit / 2) / unit;
        format!("{}.{:0width$} {name}", scaled / scale, scaled % scale, width = digits as usize)
    };
    let digits = (1..=3).find(|digits| written(one, *digits) != written(other, *digits)).unwrap_or(1);
    (written(one, digits), written(other, digits))
}

/// A line: what it is about, in a column of its own, and what there is to say.
pub fn field(text: &mut String, paint: Paint, name: &str, value: &str) {
    let pad = COLUMN.saturating_sub(name.len());
    let used = 3 + name.len() + pad;
    let value = wrapped(&printable(value), used, COLUMN + 5, paint.width);
    line(text, format_args!("  {}{:pad$} {value}", paint.dim(name), ""));
}

/// A command below what it is about. Where it is too long for the line, a line ends behind `&&`, where a shell goes on to
/// read.
pub fn command(text: &mut String, paint: Paint, command: &str) {
    let fits = |words: &str| paint.width.is_none_or(|width| COLUMN + 3 + columns(words) <= width);
    let (mut rest, mut lines) = (command, Vec::new());
    while let Some((first, others)) = rest.split_once(" && ").filter(|_| !fits(rest)) {
        lines.push(format!("{first} &&"));
        rest = others;
    }
    lines.push(rest.to_owned());
    for words in lines {
        let indent = paint.width.map_or(COLUMN + 3, |width| width.saturating_sub(columns(&words)).clamp(2, COLUMN + 3));
        line(text, format_args!("{:indent$}{}", "", paint.dim(&printable(&words))));
    }
}

/// How wide the column is that tells what a line is about.
const COLUMN: usize = 10;

/// Adds a line.
pub fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a String takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_digits_that_count() {
        for (bytes, expected) in [
            (0, "0 B"),
            (12, "12 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1449, "1.4 kB"),
            (9960, "10 kB"),
            (762_424, "762 kB"),
            (8_449_000, "8.4 MB"),
            (42_791_888, "43 MB"),
            (1_000_000_000, "1.0 GB"),
        ] {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn sizes_that_are_compared_can_be_told_apart() {
        for (one, other, expected) in [
            (12_212_000, 12_346_000, ("12.2 MB", "12.3 MB")),
            (1_097_801, 1_083_667, ("1.10 MB", "1.08 MB")),
            (4826, 2058, ("4.8 kB", "2.1 kB")),
            (7, 7, ("0.0 kB", "0.0 kB")),
        ] {
            assert_eq!(distinct(one, other), (expected.0.to_owned(), expected.1.to_owned()));
        }
    }

    #[test]
    fn what_would_steer_a_terminal_is_written_out_and_nothing_else() {
        for (text, expected) in [
            ("naïve 名前 😀 عربي", "naïve 名前 😀 عربي"),
            ("a\tb\n\u{1b}[31m", "a\\tb\\n\\u{1b}[31m"),
            ("\u{7f}\u{80}\u{9b}2J", "\\u{7f}\\u{80}\\u{9b}2J"),
            ("\u{202a}\u{202e}fdp.exe", "\\u{202a}\\u{202e}fdp.exe"),
            ("\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}", "\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}"),
            // Neither turns anything: a zero-width joiner belongs into names, and U+2065 is nothing.
            ("\u{200d}\u{2065}", "\u{200d}\u{2065}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn a_problem_is_a_sentence_then_the_evidence_then_what_to_do() {
        let problem = Problem {
            code: "x",
            message: "cannot read `a\x1b[31m`".to_owned(),
            causes: vec!["Permission denied".to_owned()],
            details: vec!["searched: /a, /b".to_owned()],
            hint: "do this".to_owned(),
            is_usage_error: false,
        };
        let text = String::from_utf8(problems(&[problem], "error", Paint::red, Paint::PLAIN)).unwrap();
        assert_eq!(
            text,
            "error: cannot read `a\\u{1b}[31m`\n  caused by: Permission denied\n  searched: /a, /b\n\nhint: do this\n\n"
        );
    }
}
