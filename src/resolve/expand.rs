//! Dynamic string tokens: `$ORIGIN`, `$LIB`, `$PLATFORM` (ld.so(8); glibc, elf/dl-load.c `_dl_dst_substitute`).

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

/// A text with its tokens replaced; `None` where one has no value.
///
/// A name that is followed by a letter, digit or `_`, and a brace without its end, are no tokens.
pub fn expand(text: &[u8], tokens: &Tokens<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let Some((name, length)) = (*byte == b'$').then(|| token(after)).flatten() else {
            out.push(*byte);
            rest = after;
            continue;
        };
        let value = match name {
            Name::Origin => tokens.origin?,
            Name::Lib => tokens.lib,
            Name::Platform => tokens.platform?,
        };
        out.extend_from_slice(value);
        rest = &after[length..];
    }
    Some(out)
}

/// Whether a text has a `$PLATFORM` in it.
pub fn names_platform(text: &[u8]) -> bool {
    names(text, Name::Platform)
}

/// Whether a text has an `$ORIGIN` in it.
pub fn names_origin(text: &[u8]) -> bool {
    names(text, Name::Origin)
}

fn names(text: &[u8], wanted: Name) -> bool {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'$');
    starts.filter_map(|(at, _)| token(&text[at + 1..])).any(|(name, _)| name == wanted)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Origin,
    Lib,
    Platform,
}

/// The token behind a `$`, and its length.
fn token(text: &[u8]) -> Option<(Name, usize)> {
    let names = [(&b"ORIGIN"[..], Name::Origin), (b"LIB", Name::Lib), (b"PLATFORM", Name::Platform)];
    let (braced, inner) = match text.strip_prefix(b"{") {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    names.into_iter().find_map(|(word, name)| {
        let after = inner.strip_prefix(word)?;
        let next = after.first();
        let ends =
            if braced { next == Some(&b'}') } else { !next.is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') };
        ends.then_some((name, word.len() + if braced { 2 } else { 0 }))
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
}
