//! Looks for all texts of all rules in one pass over an object's read-only data.
//!
//! The file is read in pieces, so memory does not grow with it. Texts are taken as parts of whatever stands
//! there. A text that is itself a part of another one is found with it.

use super::rules::{RULES, Sign};
use crate::sysroot::ReadAt;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeSet;
use std::io;

/// Bytes that are looked at together.
const PIECE: usize = 256 * 1024;

/// The texts of all rules that stand in the `ranges` (offset and length) of `file`.
pub fn texts(file: &dyn ReadAt, ranges: &[(u64, u64)]) -> io::Result<BTreeSet<&'static str>> {
    let texts: Vec<&'static str> = all();
    find(file, ranges, &texts, PIECE)
}

fn all() -> Vec<&'static str> {
    let signs = RULES.iter().flat_map(|rule| rule.signs);
    let texts: BTreeSet<_> =
        signs.filter_map(|sign| if let Sign::Text(text) = sign { Some(*text) } else { None }).collect();
    texts.into_iter().collect()
}

fn find<'t>(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    texts: &[&'t str],
    piece: usize,
) -> io::Result<BTreeSet<&'t str>> {
    let searcher = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(texts)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    // What may begin in one piece and end in the next is looked at twice.
    let overlap = texts.iter().map(|text| text.len()).max().unwrap_or(0).saturating_sub(1);
    let mut longest = BTreeSet::new();
    let mut buffer = vec![0; piece + overlap];
    for (offset, length) in ranges {
        let end = offset.saturating_add(*length);
        let mut from = *offset;
        while from < end {
            let want = usize::try_from(end - from).unwrap_or(usize::MAX).min(buffer.len());
            let read = file.read_at(&mut buffer[..want], from)?;
            longest.extend(searcher.find_iter(&buffer[..read]).map(|found| texts[found.pattern().as_usize()]));
            if read < want {
                break;
            }
            from += piece as u64;
        }
    }
    Ok(texts.iter().copied().filter(|text| longest.iter().any(|found| found.contains(text))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_as_parts_and_across_pieces() {
        let file = b"xx/etc/ssl/certs/ca.crt/etc/nsswitch.confyy".to_vec();
        let texts = ["/etc/ssl/certs/ca.crt", "/etc/ssl/certs", "nsswitch.conf", "absent"];
        for piece in [1, 2, 7, 20, 1000] {
            let found = find(&file, &[(0, file.size())], &texts, piece).unwrap();
            assert_eq!(
                found.into_iter().collect::<Vec<_>>(),
                ["/etc/ssl/certs", "/etc/ssl/certs/ca.crt", "nsswitch.conf"]
            );
        }
    }

    #[test]
    fn nothing_outside_the_ranges_counts() {
        let file = b"needle hay needle".to_vec();
        assert!(find(&file, &[(1, 15)], &["needle"], 4).unwrap().is_empty());
        assert!(find(&file, &[(11, 6)], &["needle"], 4).unwrap().contains("needle"));
        assert!(find(&file, &[(11, u64::MAX)], &["needle"], 4).unwrap().contains("needle"), "a range past the end");
    }
}
