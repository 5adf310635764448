//! Paths and names of libraries as they are written among the constants of an object.
//!
//! A path begins where the byte before cannot be part of one: at the beginning of a string, of a part of a list, behind a
//! quotation mark, `=`, `@` or a bracket. One behind a blank is part of a sentence, unless the whole string is a list of
//! paths. A path ends where its string or its part of a list ends. Where a pattern begins in a path (`%s`, `*`), the
//! directory before counts, or what is in it and begins so: `/usr/lib/x*`.

/// The longest path or name that counts, in bytes.
pub const LONGEST: usize = 255;

/// The most paths that alternatives in braces stand for.
const MOST_ALTERNATIVES: usize = 16;

/// Whether a byte ends a path.
fn ends(byte: u8) -> bool {
    matches!(
        byte,
        0 | b':' | b';' | b',' | b'"' | b'\'' | b'`' | b')' | b']' | b'>' | b'<' | b'|' | b'&' | b'\n' | b'\t'
    )
}

/// The last byte of a table of jumps, whose offsets are negative: compilers put strings behind it.
const OF_JUMPS: u8 = 0xff;

/// Whether a path may begin behind a byte.
fn begins_behind(byte: u8) -> bool {
    ends(byte)
        || byte == OF_JUMPS
        || matches!(byte, b'@' | b'{' | b'}' | b'=' | b'(' | b'[' | b'!')
        || byte.is_ascii_control()
}

/// The paths that begin at offset `at` of `window`: none if it is the middle of a word or of a sentence, several if there
/// are alternatives in braces. `is_first`: a string begins where the window begins.
pub fn paths_at(window: &[u8], at: usize, is_first: bool) -> Vec<String> {
    let begins = at.checked_sub(1).map_or(is_first, |before| begins_behind(window[before]));
    let is_list = is_list_of_paths(window, at);
    if !(begins || is_list && is_blank(window[at - 1])) {
        return Vec::new();
    }
    let rest = &window[at..window.len().min(at + LONGEST + 1)];
    let mut in_braces = false;
    let end = rest.iter().position(|byte| {
        let was_in_braces = in_braces;
        in_braces = *byte == b'{' || in_braces && *byte != b'}';
        is_list && is_blank(*byte) || ends(*byte) && !(in_braces && *byte == b',') || *byte == b'}' && !was_in_braces
    });
    let Some(path) = end.map(|end| &rest[..end]) else { return Vec::new() };
    if !path.iter().all(|byte| matches!(byte, 0x21..=0x7e)) {
        return Vec::new();
    }
    let path = String::from_utf8_lossy(path);
    alternatives(&path).iter().filter_map(|path| fixed_part(path)).collect()
}

/// Whether the string around offset `at` is a list of absolute paths with blanks between them.
fn is_list_of_paths(window: &[u8], at: usize) -> bool {
    let begin = window[..at].iter().rev().take(LONGEST).position(|byte| *byte == 0).map(|back| at - back);
    let end = window[at..].iter().take(LONGEST).position(|byte| *byte == 0).map(|end| at + end);
    let (Some(begin), Some(end)) = (begin, end) else { return false };
    let words = || window[begin..end].split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
    words().count() > 1 && words().all(|word| word.starts_with(b"/"))
}

/// Whether a byte may stand between the paths of a list.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// The paths that `a/{b,c}/d` stands for; the path itself without braces.
fn alternatives(path: &str) -> Vec<String> {
    let mut whole = vec![String::new()];
    let mut rest = path;
    while let Some((before, (among, behind))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        let all = whole.iter().flat_map(|whole| among.split(',').map(move |one| format!("{whole}{before}{one}")));
        whole = all.take(MOST_ALTERNATIVES).collect();
        rest = behind;
    }
    whole.iter().map(|whole| format!("{whole}{rest}")).collect()
}

/// The path; where a pattern begins in it, the directory before it, or the beginning of a name with `*` behind it. `None`
/// if that is no directory of somebody's own.
fn fixed_part(path: &str) -> Option<String> {
    const PATTERNS: [char; 6] = ['%', '$', '*', '?', '{', '\\'];
    let Some(pattern) = path.find(PATTERNS) else { return Some(path.to_owned()) };
    let (directory, name) = path[..pattern].rsplit_once('/')?;
    let is_deep = directory.split('/').filter(|part| !part.is_empty()).count() > 2;
    let begins_name =
        name.len() >= SHORTEST && name.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '-');
    match (is_deep, begins_name) {
        (_, true) if path.starts_with('/') => Some(format!("{directory}/{name}*")),
        (true, _) => Some(directory.to_owned()),
        _ => None,
    }
}

/// The shortest beginning of a name that counts, in bytes.
const SHORTEST: usize = 3;

/// The name of a library that has its `.so` at offset `at` of `window`, if the name is a whole string, or a part of a list
/// with colons between the names. Alternatives stay as they are written: `libx.so(.3|.1|)`. `is_first`: a string begins
/// where the window begins.
pub fn library_at(window: &[u8], at: usize, is_first: bool) -> Option<String> {
    let is_end = |byte: &u8| matches!(*byte, 0 | b':');
    let end = window[..at].iter().rposition(|byte| is_end(byte) || *byte == OF_JUMPS);
    let begin = end.map_or(is_first.then_some(0), |end| Some(end + 1))?;
    let rest = &window[begin..window.len().min(begin + LONGEST + 1)];
    let whole = &rest[..rest.iter().position(is_end)?];
    // The number before a string of Nim ends in this byte.
    let name = whole.strip_prefix(b"@").unwrap_or(whole);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-(|)".contains(byte);
    let before = name.len().checked_sub(whole.len() - (at - begin))?;
    // Behind `.so` stands nothing, or a version, or several.
    let behind = whole.get(at - begin + 3..)?;
    let is_version = match behind {
        [] => true,
        [b'.', version @ ..] => version.iter().all(|byte| b".0123456789".contains(byte)),
        [b'(', versions @ .., b')'] => versions.iter().all(|byte| b"|.0123456789".contains(byte)),
        _ => false,
    };
    let is_name = before > 0 && is_version && name.iter().all(is_plain);
    is_name.then(|| String::from_utf8_lossy(name).into_owned())
}

/// The names that one with alternatives in brackets stands for, in their order: `(a|b).so(.3|)` for four.
pub fn names(written: &str) -> Vec<String> {
    let mut whole = vec![String::new()];
    let mut rest = written;
    while let Some((before, (among, behind))) =
        rest.split_once('(').and_then(|(before, rest)| Some((before, rest.split_once(')')?)))
    {
        let all = whole.iter().flat_map(|whole| among.split('|').map(move |one| format!("{whole}{before}{one}")));
        whole = all.take(MOST_NAMES).collect();
        rest = behind;
    }
    whole.iter().map(|whole| format!("{whole}{rest}")).collect()
}

/// The most names that alternatives in brackets stand for.
const MOST_NAMES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_behind_what_cannot_be_part_of_one() {
        for (text, expected) in [
            ("/usr/a\0", &["/usr/a"][..]),
            ("see /usr/a\0", &[]),
            ("x:/usr/a;/usr/b\0", &["/usr/a"]),
            ("@/usr/a\0", &["/usr/a"]),
            ("dir=/usr/a\0", &["/usr/a"]),
            ("open(\"/usr/a\") failed\0", &["/usr/a"]),
            ("{/usr/a}\0", &["/usr/a"]),
            ("{/usr/a} {/usr/b}\0", &["/usr/a"]),
            ("-I/usr/a\0", &[]),
            ("/x/usr/a\0", &[]),
            ("/usr/a b\0", &[]),
            ("/usr/share/x/{a,b}/c\0", &["/usr/share/x/a/c", "/usr/share/x/b/c"]),
            ("/usr/share/x/%s.dat\0", &["/usr/share/x"]),
            ("/usr/share/x*\0", &[]),
            ("/usr/lib/csv%v/%m\0", &["/usr/lib/csv*"]),
            ("\0/usr/a /usr/b\0", &["/usr/a"]),
            ("\0/lib/a /usr/b\0", &["/usr/b"]),
            ("\0/lib/a \t\t /usr/b\n/opt/c\0", &["/usr/b"]),
            ("\0see /usr/b\0", &[]),
            ("/usr/share/%s\0", &[]),
            ("/usr/without-end", &[]),
        ] {
            let at = text.find("/usr").unwrap();
            assert_eq!(paths_at(text.as_bytes(), at, true), expected, "{text}");
        }
    }

    #[test]
    fn a_library_is_named_by_a_whole_string() {
        for (text, expected) in [
            ("\0libx.so.1\0", Some("libx.so.1")),
            ("7z.so\0", Some("7z.so")),
            ("\0libx-1.2+y.so\0", Some("libx-1.2+y.so")),
            ("cannot open libx.so\0", None),
            ("\0/usr/lib/libx.so\0", None),
            ("\0lib%s.so\0", None),
            ("\0x.sorted\0", None),
            ("\0.so\0", None),
            ("\0libx.so.debug\0", None),
            ("\0libx.so", None),
            ("\0libx.so(.3|.1|)\0", Some("libx.so(.3|.1|)")),
            ("@libx.so(.3|)\0", Some("libx.so(.3|)")),
            ("(liba|libb).so\0", Some("(liba|libb).so")),
            ("libx.so(see libx)\0", None),
            ("libx.so.2:liby.so\0", Some("libx.so.2")),
            ("\0x:liby.so:z\0", Some("liby.so")),
            ("\0error: libx.so\0", None),
        ] {
            let at = text.find(".so").unwrap();
            assert_eq!(library_at(text.as_bytes(), at, true).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn alternatives_stand_for_several_names() {
        for (written, expected) in [
            ("libx.so.1", &["libx.so.1"][..]),
            ("libx.so(.3|.1|)", &["libx.so.3", "libx.so.1", "libx.so"]),
            ("(a|b).so(.1|)", &["a.so.1", "a.so", "b.so.1", "b.so"]),
            ("libx.so(.1", &["libx.so(.1"]),
        ] {
            assert_eq!(names(written), expected, "{written}");
        }
    }
}
