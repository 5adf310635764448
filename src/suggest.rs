//! What was probably meant, and how it is written: the existing name that is most similar to a missing one, and words for
//! a shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How similar a name must be, from 0 to 1, to be what was meant.
const ENOUGH: f64 = 0.75;

/// The most similar of `names`, if one is similar enough to be meant.
pub fn closest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let like = |name: &str| strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase());
    let best = names.into_iter().max_by(|a, b| like(a).total_cmp(&like(b)))?;
    (like(best) >= ENOUGH).then_some(best)
}

/// The most similar name in the directory of `path`, beside it.
pub fn beside(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<OsString> =
        std::fs::read_dir(directory).ok()?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let texts: Vec<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    closest(&wanted, texts).map(|best| path.with_file_name(best))
}

/// `text` as one word of a shell: as it is where a shell leaves it alone, else in quotes.
pub fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:=@%,".contains(&byte) || byte >= 0x80;
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_name_is_meant_or_none() {
        let names = ["Europe/Berlin", "Europe/Paris", "America/Lima"];
        assert_eq!(closest("europe/berln", names), Some("Europe/Berlin"));
        assert_eq!(closest("xyz", names), None);
        assert_eq!(closest("x", []), None);
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_part_or_change_it() {
        for (text, expected) in
            [("/a/b-1.so", "/a/b-1.so"), ("/a b", "'/a b'"), ("/it's", r"'/it'\''s'"), ("$x", "'$x'"), ("", "''")]
        {
            assert_eq!(shell_word(text), expected);
        }
    }
}
