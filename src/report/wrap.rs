//! Lines that fit a terminal: broken between words, with every following line indented.

/// The narrowest room that is used: in less than this, words alone would fill the lines.
const NARROWEST: usize = 40;

/// Units of [`size`](super::words::size): a number is not parted from one.
const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

/// `text` in lines of at most `width` columns, of which `used` are taken on the first line. The lines that follow begin
/// with `hang` blanks, and those of the text itself. `None`: one line, however long.
///
/// A word that is longer than the room, such as a digest, stays whole: it moves to the left as far as it must. What stands
/// between backticks stays on one line where it can, so that a command can be copied.
pub fn wrapped(text: &str, used: usize, hang: usize, width: Option<usize>) -> String {
    let Some(width) = width.map(|width| width.max(NARROWEST)) else { return text.to_owned() };
    if used + columns(text) <= width {
        return text.to_owned();
    }
    let lead = text.len() - text.trim_start_matches(' ').len();
    // Where the text is indented far already, the lines that follow are not.
    let hang = (hang + lead).min(width / 2);
    let (mut lines, mut column) = (text[..lead].to_owned(), used + lead);
    let mut is_first = true;
    for word in words(&text[lead..], width - hang) {
        let long = columns(word);
        let blank = usize::from(!is_first);
        let fits = column + blank + long <= width;
        // A word that fits nowhere is as well here as on a line of its own.
        if fits || (is_first && long + 2 > width) {
            lines.push_str(&" ".repeat(blank));
            column += blank + long;
        } else {
            let indent = hang.min(width.saturating_sub(long)).max(2);
            let line = lines.trim_end_matches(' ').len();
            lines.truncate(line);
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent + long;
        }
        lines.push_str(word);
        is_first = false;
    }
    lines
}

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The parts of a text between which a line may end.
fn words(text: &str, room: usize) -> Vec<&str> {
    let (mut words, mut start, mut at) = (Vec::new(), 0, 0);
    // What stands between these backticks is too long for a line.
    let mut broken_to = 0;
    while let Some(next) = text[at..].find([' ', '`']).map(|next| at + next) {
        at = next + 1;
        if text[next..].starts_with(' ') {
            if !is_unit(&text[at..]) {
                words.push(&text[start..next]);
                start = at;
            }
        } else if let Some(close) = text[at..].find('`').filter(|_| next >= broken_to) {
            let end = at + close + 1;
            if columns(&text[next..end]) <= room { at = end } else { broken_to = end }
        }
    }
    words.push(&text[start..]);
    words
}

fn is_unit(rest: &str) -> bool {
    let word = rest.split([' ', ',', ':', ';']).next().unwrap_or_default();
    UNITS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_go_on_below_what_they_tell() {
        for (text, used, hang, expected) in [
            ("short", 13, 15, "short"),
            (
                "program, loader, 31 libraries, services",
                13,
                15,
                "program, loader, 31\n               libraries, services",
            ),
            // A size is one word, and so is a command.
            ("one two three fourths 283 kB, five", 13, 15, "one two three fourths\n               283 kB, five"),
            (
                "nothing said: `pack app --strip` does it",
                13,
                15,
                "nothing said:\n               `pack app --strip` does\n               it",
            ),
            // The text's own indentation is kept.
            ("  /usr/lib/x: needed by the loader", 13, 15, "  /usr/lib/x: needed by the\n                 loader"),
            // What fits no line is whole, as far to the left as needed.
            (
                "a, sha256:aaaaaaaaaaaaaaaaaaaaaaaaa, b",
                13,
                15,
                "a,\n       sha256:aaaaaaaaaaaaaaaaaaaaaaaaa,\n               b",
            ),
            (
                "/a/path/that/is/longer/than/any/line/of/forty x",
                2,
                4,
                "/a/path/that/is/longer/than/any/line/of/forty\n    x",
            ),
            // An open quotation is no quotation.
            ("`is not closed and goes on, on and on", 13, 15, "`is not closed and goes on,\n               on and on"),
        ] {
            assert_eq!(wrapped(text, used, hang, Some(40)), expected, "{text}");
            assert_eq!(wrapped(text, used, hang, None), text);
        }
    }

    #[test]
    fn no_line_is_longer_than_the_room_and_no_word_is_lost() {
        let text = "`pack app --add \"$(command -v sh)\":/bin/sh` adds it, 1.2 MB; or leave it out: see `x`";
        for width in 40..120 {
            let lines = wrapped(text, 13, 15, Some(width));
            assert!(lines.lines().enumerate().all(|(at, line)| columns(line) + if at == 0 { 13 } else { 0 } <= width));
            assert_eq!(lines.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
        }
    }
}
