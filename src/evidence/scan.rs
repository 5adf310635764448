//! Searches an object's constants in one pass: for the texts of all rules, for paths of files, and for names of libraries.
//!
//! The file is read in pieces, so memory does not grow with it. A text counts as a part of any longer string. What counts
//! as a path or as the name of a library, `written` tells.

use super::rules::Sign;
use super::table::RULES;
use super::written::{LONGEST, library_at, paths_at};
use crate::bytes::ReadAt;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Match, MatchKind, packed};
use memchr::memchr_iter;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::ops::Range;
use std::sync::OnceLock;

/// Number of bytes that are searched at once.
const PIECE: usize = 64 * 1024;

/// Beginnings of paths: of installed data, programs and settings, and of data relative to the prefix that a program is
/// installed in, or to the directory that a program is in.
const BEGINNINGS: [&str; 19] = [
    "/usr/",
    "/opt/",
    "/etc",
    "/var/",
    "/run/",
    "/bin/",
    "/sbin/",
    "/share/",
    "share/",
    "/libexec/",
    "libexec/",
    "/lib/",
    "lib/",
    "../lib",
    "../share/",
    "../libexec/",
    "../etc/",
    "../include",
    "../data/",
];

/// What the names of libraries have in them.
const LIBRARY: &str = ".so";

/// The number of patterns up to which vector instructions look for them.
const FEW: usize = 64;

/// The most paths of one object that are taken; large programs name some hundred.
const MOST_PATHS: usize = 4096;

/// What one object contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Texts of rules, also those that are parts of others.
    pub texts: BTreeSet<&'static str>,
    /// Absolute paths, and those that begin with a directory of a prefix (`share/`).
    pub paths: BTreeSet<String>,
    /// Whole strings that are names of libraries, without directories.
    pub libraries: BTreeSet<String>,
}

/// Searches the `ranges` (offset and length in bytes) of `file` for the texts of all rules and, with `paths`, for paths.
pub fn scan(file: &dyn ReadAt, ranges: &[(u64, u64)], paths: bool) -> io::Result<Scanned> {
    let searchers = RuleSearchers::made()?;
    let mut scanned = Scanned::default();
    let mut longest = BTreeSet::new();
    let overlap = searchers.texts.iter().map(Searcher::longest).fold(LONGEST + 1, usize::max);
    windows(file, ranges, (1, overlap), PIECE, &mut |window, begin| {
        let mut of_rules: Vec<Range<usize>> = Vec::new();
        let mut found = |text: &'static str, at| {
            longest.insert(text);
            of_rules.push(at..at + text.len());
        };
        searchers.texts.iter().for_each(|texts| texts.find_in(window, &mut found));
        if !paths {
            return;
        }
        let is_first = begin == 0;
        searchers.names.find_in(window, &mut |found, at| {
            // What a rule knows, that rule judges.
            if of_rules.iter().any(|text| text.contains(&at)) {
                return;
            }
            if found == LIBRARY {
                let room = scanned.libraries.len() < MOST_PATHS;
                scanned.libraries.extend(library_at(window, at, is_first).filter(|_| room));
            } else if scanned.paths.len() < MOST_PATHS {
                scanned.paths.extend(paths_at(window, at, is_first));
            }
        });
    })?;
    // A text that is a part of another has no match of its own.
    let is_found = |text: &&&str| longest.iter().any(|found| found.contains(**text));
    scanned.texts = searchers.texts.iter().flat_map(|texts| &texts.patterns).filter(is_found).copied().collect();
    Ok(scanned)
}

/// The `strings` that are whole strings in the ranges, between two NULs. Linkers store a string that is the end of a
/// longer one only once, so one of the bytes `before` may stand before it too.
pub fn whole_strings<'t>(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    strings: &[&'t str],
    before: &[u8],
) -> io::Result<BTreeSet<&'t str>> {
    whole_strings_by(file, ranges, strings, before, PIECE)
}

/// As [`whole_strings`], with pieces of `piece` bytes.
fn whole_strings_by<'t>(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    strings: &[&'t str],
    before: &[u8],
    piece: usize,
) -> io::Result<BTreeSet<&'t str>> {
    let phrases = PhraseSet::new(strings);
    let mut found = BTreeSet::new();
    windows(file, ranges, (1, phrases.longest + 1), piece, &mut |window, of_last| {
        let is_first = of_last == 0;
        let mut begin = 0;
        for end in memchr_iter(0, window) {
            // A string that is cut by the beginning of a window was whole in the window before.
            if begin > 0 || is_first {
                found.extend(phrases.get(&window[begin..end]));
            }
            if !before.is_empty() {
                let tail = &window[begin.max(end.saturating_sub(phrases.longest + 1))..end];
                let ends = tail.iter().enumerate().filter(|(_, byte)| before.contains(byte));
                found.extend(ends.filter_map(|(at, _)| phrases.get(&tail[at + 1..])));
            }
            begin = end + 1;
        }
    })?;
    Ok(found)
}

/// A set of strings that are looked up often and rarely found.
pub struct PhraseSet<'t> {
    strings: HashMap<&'t [u8], &'t str>,
    /// For each first byte the lengths of the strings that begin with it, as bits; the last bit is for all longer ones.
    /// Few strings of a program pass this test.
    lengths: [u64; 256],
    /// The length of the longest string, in bytes.
    pub longest: usize,
}

impl<'t> PhraseSet<'t> {
    /// The set of these strings.
    pub fn new(strings: &[&'t str]) -> Self {
        let mut lengths = [0; 256];
        for string in strings.iter().filter(|string| !string.is_empty()) {
            lengths[usize::from(string.as_bytes()[0])] |= Self::bit(string.len());
        }
        Self {
            strings: strings.iter().map(|string| (string.as_bytes(), *string)).collect(),
            lengths,
            longest: strings.iter().map(|string| string.len()).max().unwrap_or(0),
        }
    }

    /// The bit that stands for a length.
    fn bit(length: usize) -> u64 {
        1 << length.min(63)
    }

    /// The string of the set that equals `string`.
    pub fn get(&self, string: &[u8]) -> Option<&'t str> {
        let first = usize::from(*string.first()?);
        if self.lengths[first] & Self::bit(string.len()) == 0 { None } else { self.strings.get(string).copied() }
    }
}

/// Whether the ranges contain `text`.
pub fn contains(file: &dyn ReadAt, ranges: &[(u64, u64)], text: &str) -> io::Result<bool> {
    Ok(!contained(file, ranges, vec![text])?.is_empty())
}

/// The `texts` that the ranges contain, also as parts of longer strings.
pub fn contained<'t>(file: &dyn ReadAt, ranges: &[(u64, u64)], texts: Vec<&'t str>) -> io::Result<BTreeSet<&'t str>> {
    Searcher::new(texts)?.found(file, ranges, PIECE)
}

/// The texts of all rules, sorted.
fn texts() -> Vec<&'static str> {
    let signs = RULES.iter().flat_map(|rule| rule.signs.iter().chain(rule.with));
    let texts: BTreeSet<_> = signs
        .filter_map(|sign| match sign {
            Sign::Text(text) | Sign::Without(text) => Some(*text),
            Sign::Import(_) | Sign::Soname(_) => None,
        })
        .collect();
    texts.into_iter().collect()
}

/// The searchers of [`scan`], made once, because a program may have a hundred libraries.
///
/// Texts and beginnings of paths are searches of their own, because no more than [`FEW`] patterns are few.
struct RuleSearchers {
    /// For the texts of all rules.
    texts: Vec<Searcher<'static>>,
    /// For beginnings of paths, and for what names of libraries have in them.
    names: Searcher<'static>,
}

impl RuleSearchers {
    /// The searchers, made by the first who asks.
    fn made() -> io::Result<&'static Self> {
        static MADE: OnceLock<RuleSearchers> = OnceLock::new();
        if MADE.get().is_none() {
            let names = [&BEGINNINGS[..], &[LIBRARY]].concat();
            let texts = texts().chunks(FEW).map(|texts| Searcher::new(texts.to_vec())).collect::<io::Result<_>>()?;
            let _ = MADE.set(Self { texts, names: Searcher::new(names)? });
        }
        Ok(MADE.get().expect("the searchers were just made"))
    }
}

/// A search for patterns; of several at one place it finds the longest.
struct Searcher<'p> {
    patterns: Vec<&'p str>,
    finder: Finder,
}

/// What finds the patterns of a [`Searcher`].
enum Finder {
    /// A few patterns, with vector instructions, several times as fast.
    Few(packed::Searcher),
    /// Any number of patterns, on any machine.
    Many(AhoCorasick),
}

impl<'p> Searcher<'p> {
    fn new(patterns: Vec<&'p str>) -> io::Result<Self> {
        let few =
            packed::Config::new().match_kind(packed::MatchKind::LeftmostLongest).builder().extend(&patterns).build();
        let many = || {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(&patterns)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
        };
        let finder = few.map_or_else(|| many().map(Finder::Many), |few| Ok(Finder::Few(few)))?;
        Ok(Self { patterns, finder })
    }

    /// The length of the longest pattern, in bytes.
    fn longest(&self) -> usize {
        self.patterns.iter().map(|text| text.len()).max().unwrap_or(0)
    }

    /// Calls `found` with each match in `window` and its offset.
    fn find_in(&self, window: &[u8], found: &mut dyn FnMut(&'p str, usize)) {
        let mut hit = |hit: Match| found(self.patterns[hit.pattern().as_usize()], hit.start());
        match &self.finder {
            Finder::Few(few) => few.find_iter(window).for_each(&mut hit),
            Finder::Many(many) => many.find_iter(window).for_each(&mut hit),
        }
    }

    /// The patterns that the ranges contain, searched in pieces of `piece` bytes.
    /// A match that the end of a window cuts is whole in the next one.
    fn found(&self, file: &dyn ReadAt, ranges: &[(u64, u64)], piece: usize) -> io::Result<BTreeSet<&'p str>> {
        let mut all = BTreeSet::new();
        windows(file, ranges, (0, self.longest()), piece, &mut |window, _| {
            self.find_in(window, &mut |pattern, _| {
                all.insert(pattern);
            });
        })?;
        Ok(all)
    }
}

/// Calls `shown` for each window of the ranges: `piece` bytes, with at most `before` bytes of the window before and
/// `behind` bytes of the next one; and with the number of bytes that are of the window before: 0 for the first of a range.
pub fn windows(
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
    (before, behind): (usize, usize),
    piece: usize,
    shown: &mut dyn FnMut(&[u8], usize),
) -> io::Result<()> {
    let mut buffer = vec![0; before + piece + behind];
    for (offset, length) in ranges {
        let end = offset.saturating_add(*length);
        let mut from = *offset;
        while from < end {
            // The bytes before tell whether a string begins here.
            let begin = usize::try_from(from - offset).unwrap_or(usize::MAX).min(before);
            let want =
                usize::try_from(end - from).unwrap_or(usize::MAX).saturating_add(begin).min(begin + piece + behind);
            let read = file.read_at(&mut buffer[..want], from - begin as u64)?;
            shown(&buffer[..read], begin);
            if read < want {
                break;
            }
            from += piece as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_as_parts_and_across_pieces() {
        let file = b"xx/etc/ssl/certs/ca.crt/etc/nsswitch.confyy".to_vec();
        let searcher = Searcher::new(vec!["/etc/ssl/certs/ca.crt", "nsswitch.conf", "absent"]).unwrap();
        for piece in [1, 2, 7, 20, 1000] {
            let found = searcher.found(&file, &[(0, file.size())], piece).unwrap();
            assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/etc/ssl/certs/ca.crt", "nsswitch.conf"]);
        }
    }

    #[test]
    fn nothing_outside_the_ranges_counts() {
        let file = b"needle hay needle".to_vec();
        let has = |ranges| contains(&file, ranges, "needle").unwrap();
        assert!(!has(&[(1, 15)]));
        assert!(has(&[(11, 6)]));
        assert!(has(&[(11, u64::MAX)]), "a range past the end");
    }

    #[test]
    fn paths_and_names_of_libraries_are_found_where_they_count() {
        let file =
            b"\0/usr/share/a\0see /usr/share/b\0x:/usr/share/c;/etc/d\0share/e\0libx.so.1\0/usr/lib/y.so\0/usr/lib"
                .to_vec();
        let found = scan(&file, &[(0, file.size())], true).unwrap();
        let paths = ["/etc/d", "/usr/lib/y.so", "/usr/share/a", "/usr/share/c", "share/e"];
        assert_eq!(found.paths.into_iter().collect::<Vec<_>>(), paths);
        assert_eq!(found.libraries.into_iter().collect::<Vec<_>>(), ["libx.so.1"]);
        let found = scan(&file, &[(0, file.size())], false).unwrap();
        assert!(found.paths.is_empty() && found.libraries.is_empty());
    }

    #[test]
    fn a_part_of_a_longer_string_is_not_a_whole_string() {
        let file = b"latin1\0xlatin2\0latin10\0a-gcc\0agcc\0see tar\0UTF-8\0zip".to_vec();
        let strings = ["latin1", "latin2", "UTF-8", "UTF", "cc", "gcc", "tar", "see", "zip", "8"];
        for piece in [1, 2, 7, 20, 1000] {
            let found_after = |before| {
                let found = whole_strings_by(&file, &[(0, file.size())], &strings, before, piece).unwrap();
                found.into_iter().collect::<Vec<_>>()
            };
            assert_eq!(found_after(b""), ["UTF-8", "latin1"], "{piece}");
            assert_eq!(found_after(b"- "), ["8", "UTF-8", "gcc", "latin1", "tar"], "{piece}");
        }
        let found = whole_strings(&file, &[(0, file.size())], &["latin1", "latin2", "UTF-8", "UTF"], b"").unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["UTF-8", "latin1"]);
    }
}
