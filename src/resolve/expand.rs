//! Dynamic string tokens: `$ORIGIN`, `$LIB`, `$PLATFORM` (ld.so(8); glibc, elf/dl-load.c `_dl_dst_substitute`; musl,
//! ldso/dynlink.c `fixup_rpath`). No other file of the crate recognises them.

/// What the tokens stand for.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    /// The directory of the object; `None` where it is not known, and the text falls away.
    pub origin: Option<&'a [u8]>,
    /// Such as `lib/x86_64-linux-gnu`.
    pub lib: &'a [u8],
    /// Such as `x86_64`; `None` where there is none, and the text falls away.
    pub platform: Option<&'a [u8]>,
}

/// A text with its tokens replaced as glibc does; `None` where one has no value.
///
/// A name that is followed by a letter, digit or `_`, and a brace without its end, are not tokens.
pub fn expand(text: &[u8], tokens: &Tokens<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let Some((token, length)) = (*byte == b'$').then(|| token(after, true)).flatten() else {
            out.push(*byte);
            rest = after;
            continue;
        };
        let value = match token {
            Token::Origin => tokens.origin?,
            Token::Lib => tokens.lib,
            Token::Platform => tokens.platform?,
        };
        out.extend_from_slice(value);
        rest = &after[length..];
    }
    Some(out)
}

/// What follows an `$ORIGIN` at the beginning of a text; `None` where it does not begin so.
pub fn after_origin(text: &[u8]) -> Option<&[u8]> {
    let after = text.strip_prefix(b"$")?;
    token(after, true).filter(|(token, _)| *token == Token::Origin).map(|(_, length)| &after[length..])
}

/// A list as musl reads it: `$ORIGIN` alone is known, also where a longer word begins so; `None` where there is another
/// `$`, and the whole list does not count.
pub fn expand_as_musl(list: &[u8], origin: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(list.len());
    let mut rest = list;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let (_, length) = token(after, false).filter(|(token, _)| *token == Token::Origin)?;
        out.extend_from_slice(before);
        out.extend_from_slice(origin);
        rest = &after[length..];
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// Whether a text has a `$PLATFORM` in it.
pub fn names_platform(text: &[u8]) -> bool {
    names(text, Token::Platform)
}

/// Whether a text has an `$ORIGIN` in it.
pub fn names_origin(text: &[u8]) -> bool {
    names(text, Token::Origin)
}

fn names(text: &[u8], wanted: Token) -> bool {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'$');
    starts.filter_map(|(at, _)| token(&text[at + 1..], true)).any(|(token, _)| token == wanted)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Origin,
    Lib,
    Platform,
}

/// The token behind a `$`, and its length. With `whole_words` a longer word that begins so is not a token.
fn token(text: &[u8], whole_words: bool) -> Option<(Token, usize)> {
    let words = [(&b"ORIGIN"[..], Token::Origin), (b"LIB", Token::Lib), (b"PLATFORM", Token::Platform)];
    let (braced, inner) = match text.strip_prefix(b"{") {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    words.into_iter().find_map(|(word, token)| {
        let next = inner.strip_prefix(word)?.first();
        let goes_on = next.is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_');
        let ends = if braced { next == Some(&b'}') } else { !whole_words || !goes_on };
        ends.then_some((token, word.len() + if braced { 2 } else { 0 }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_replaced_and_what_only_looks_like_one_is_not() {
        let tokens = Tokens { origin: Some(b"/o"), lib: b"lib/x", platform: Some(b"p") };
        for (text, expected) in [
            ("$ORIGIN/../lib", "/o/../lib"),
            ("${ORIGIN}/a", "/o/a"),
            ("/usr/$LIB/${PLATFORM}", "/usr/lib/x/p"),
            ("$ORIGINAL", "$ORIGINAL"),
            ("$ORIGIN_x", "$ORIGIN_x"),
            ("$ORIGIN.x", "/o.x"),
            ("$ORIGIN-x", "/o-x"),
            ("${ORIGIN/d", "${ORIGIN/d"),
            ("$OSNAME", "$OSNAME"),
            ("a$", "a$"),
            ("$$ORIGIN", "$/o"),
        ] {
            let expanded = expand(text.as_bytes(), &tokens).unwrap();
            assert_eq!(String::from_utf8(expanded).unwrap(), expected, "{text}");
        }
        let without = Tokens { origin: None, platform: None, ..tokens };
        assert_eq!(expand(b"$ORIGIN/x", &without), None);
        assert_eq!(expand(b"/$PLATFORM", &without), None);
    }

    #[test]
    fn what_follows_an_origin_is_told_from_a_longer_word() {
        for (text, after) in [
            ("$ORIGIN/l", Some("/l")),
            ("${ORIGIN}", Some("")),
            ("$ORIGINAL/l", None),
            ("/l/$ORIGIN", None),
            ("$LIB", None),
            ("", None),
        ] {
            assert_eq!(after_origin(text.as_bytes()), after.map(str::as_bytes), "{text}");
        }
    }
}
