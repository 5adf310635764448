//! What the user's own words name that has no path: a module, a time zone, a character set, a dictionary. Words are
//! arguments of the program and values of the image's variables.
//!
//! A word by itself means nothing. It counts where something of the closure is looked up by such names: a file of this
//! name in a directory that objects name and that stays out, a module that stays out because of what it brings.

use super::candidate::{Candidate, CandidateKind};
use super::intake::{Intake, ItemReason, Taken};
use super::ledger::{Ledger, item_reason};
use crate::file::FileKind;
use crate::files::Place;
use crate::options::Config;
use std::collections::BTreeSet;
use std::path::Path;

/// The shortest word that counts, in bytes.
const SHORTEST: usize = 3;

/// The most bytes that one word brings of a directory.
const MOST: u64 = 16 << 20;

/// A directory with more entries has too many names that are words.
const MOST_ENTRIES: usize = 10_000;

/// The words of the user.
#[derive(Debug, Default)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// The words of arguments and variables, whole and behind `=`; parts of lists with commas, too.
    pub fn new(config: &Config) -> Self {
        let values = config.env.iter().filter(|(key, _)| key != "PATH").map(|(_, value)| value.as_str());
        let arguments = config.arguments.iter().map(String::as_str);
        let texts = values.chain(arguments);
        let lists = texts.flat_map(|text| std::iter::once(text).chain(text.split_once('=').map(|(_, value)| value)));
        let words = lists.flat_map(|list| list.split(','));
        Self(words.filter(|word| is_word(word)).map(str::to_owned).collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All words, sorted.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a word is the name of a file, with or without its endings.
    pub fn name_file(&self, file: &str) -> bool {
        self.all().any(|word| file.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// Whether a word is the name of a module: its file without `.so`, or the beginning or the end of that name, up to what
    /// is no letter (`python3` is `python311_plugin.so`, `lua` is `mod_lua.so`).
    pub fn name_module(&self, file: &str) -> bool {
        let stem = file.split(".so").next().unwrap_or(file);
        let is_end = |rest: &str| !rest.ends_with(|last: char| last.is_ascii_alphanumeric());
        let is_begin = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphabetic());
        self.all().any(|word| {
            stem.strip_prefix(word).is_some_and(is_begin)
                || stem.strip_suffix(word).is_some_and(|rest| is_end(rest) || rest == "lib")
        })
    }
}

/// Whether a text is a name: no option, no number, and no path but that of a zone.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+/:@".contains(&byte);
    text.len() >= SHORTEST
        && text.bytes().all(is_plain)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.contains("..")
}

/// Takes of the directories that stay out the files that have a word of the user's as their name.
pub fn bring(intake: &mut Intake<'_>, ledger: &Ledger<'_, '_>, words: &Words) {
    const KINDS: [CandidateKind; 5] = [
        CandidateKind::Data,
        CandidateKind::PackageData,
        CandidateKind::PackageRest,
        CandidateKind::SharedDirectory,
        CandidateKind::Site,
    ];
    if words.is_empty() || intake.takes_all {
        return;
    }
    let directories = ledger.left().filter(|candidate| KINDS.contains(&candidate.kind));
    for candidate in directories.cloned().collect::<Vec<_>>() {
        for below in std::iter::once(candidate.place.clone()).chain(directories_in(intake, &candidate.place)) {
            take_named(intake, &candidate, &below, words);
        }
    }
}

/// The directories in a directory.
fn directories_in(intake: &Intake<'_>, place: &Place) -> Vec<Place> {
    let Some(end) = intake.walk(place).filter(|end| end.stat.kind == FileKind::Directory) else { return Vec::new() };
    let names = intake.files(place).list(&end.real).unwrap_or_default();
    let directories = names.into_iter().filter(|(_, kind)| *kind == FileKind::Directory);
    directories.map(|(name, _)| place.join(name.as_encoded_bytes())).take(MOST_ENTRIES).collect()
}

/// Takes what is in the directory at `place` and has a word as its name.
fn take_named(intake: &mut Intake<'_>, candidate: &Candidate, place: &Place, words: &Words) {
    let names = intake.list(place);
    if names.len() > MOST_ENTRIES {
        return;
    }
    for name in names.iter().filter_map(|name| name.to_str()).filter(|name| words.name_file(name)) {
        let because = format!("{candidate}, and an argument or a variable names `{name}`");
        let reason = ItemReason { because, ..item_reason(candidate) };
        let at = place.join(name.as_bytes());
        if intake.file(&at, &reason) == Taken::No {
            intake.tree_up_to(MOST, &at, &reason, &|_: &Path| false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of these arguments.
    fn words(arguments: &[&str]) -> Words {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Words::new(&Config { arguments, ..Config::default() })
    }

    #[test]
    fn words_stand_alone_behind_signs_of_equality_and_in_lists() {
        for (argument, expected) in [
            ("python3", &["python3"][..]),
            ("--plugin=python3,lua", &["lua", "python3"]),
            ("TZ=Europe/Berlin", &["Europe/Berlin"]),
            ("-v", &[]),
            ("--help", &[]),
            ("8080", &[]),
            ("/usr/share", &[]),
            ("a b c", &[]),
        ] {
            let found = words(&[argument]);
            assert_eq!(found.all().collect::<Vec<_>>(), expected, "{argument}");
        }
    }

    #[test]
    fn a_word_names_a_file_or_a_module() {
        let words = words(&["python3", "lua", "en_US", "zlib"]);
        for (file, as_file, as_module) in [
            ("python311_plugin.so", false, true),
            ("python3_plugin.so", false, true),
            ("mod_lua.so", false, true),
            ("liblua.so.5", false, true),
            ("luajit_plugin.so", false, false),
            ("en_US.dic", true, true),
            ("zlib.pc", true, true),
            ("zlib", true, true),
            ("zlib-ng.pc", false, true),
        ] {
            assert_eq!((words.name_file(file), words.name_module(file)), (as_file, as_module), "{file}");
        }
    }
}
