//! Programs that texts name which a program reads: settings and descriptions among what came in for its sake
//! (`postpro grotty`).
//!
//! A name counts if it is a word of a small text, and is that of a small program from the same source as the text.

use super::candidate::{Bond, Candidate, CandidateKind, Distance, Shown};
use super::finding::SeenObject;
use super::intake::Intake;
use super::item::{Item, ItemKind};
use super::ledger::Ledger;
use super::seen::Seen;
use super::starts;
use super::surroundings::{ending, is_for_people};
use super::weight::weight;
use crate::content::Content;
use crate::elf::script;
use crate::file::FileKind;
use crate::files::Place;
use std::collections::BTreeSet;

/// The largest text that is read, in bytes.
const LARGEST: u64 = 8 << 10;

/// As many texts are read for the sake of one program.
const MOST: usize = 1000;

/// The largest program that a text brings, with its libraries, in bytes.
const MOST_BYTES: u64 = 512 << 10;

/// Takes the programs that texts name among the items from number `first` on, which came in for the sake of `seen`.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen, first: usize) {
    if !seen.is_program || intake.takes_all || !starts::can_start(&seen.elf) {
        return;
    }
    let is_of = |item: &&Item| item.object == Some(seen.object.id);
    let texts: Vec<(Place, Vec<u8>)> = intake.items[first..].iter().filter(is_of).filter_map(text).take(MOST).collect();
    if texts.is_empty() {
        return;
    }
    let around = starts::programs_around(intake, ledger, seen);
    let mut done = BTreeSet::new();
    for (text, bytes) in texts {
        let bytes = without_comments(&bytes);
        for (name, place) in words(&bytes).filter_map(|word| around.get_key_value(word)) {
            if !done.insert(name) {
                continue;
            }
            let Some(end) = intake.walk(place).filter(|end| end.stat.kind == FileKind::File) else { continue };
            let bytes = weight(intake, ledger, place, &end);
            let bond = ledger.bonds.between(&text, place, &end);
            // A script brings what it runs, which is much for a word in a text.
            let is_script = || intake.open(place).is_some_and(|file| script::read(&*file).is_some());
            if end.stat.mode & 0o111 == 0 || is_script() || bond != Bond::Own || bytes > MOST_BYTES {
                continue;
            }
            let object = SeenObject { name: text.path.display().to_string().into(), id: seen.object.id };
            let (place, shown) = (place.clone(), Shown::Name(name.clone()));
            let (kind, distance) = (CandidateKind::ProgramName, Distance::Program);
            ledger.decide(intake, Candidate { place, kind, object, distance, bond, shown, bytes });
        }
    }
}

/// The path and the bytes of a file if it is a small text.
fn text(item: &Item) -> Option<(Place, Vec<u8>)> {
    let ItemKind::File(content @ Content::Host { identity, .. }) = &item.kind else { return None };
    let size = Some(identity.size).filter(|size| *size <= LARGEST && item.mode & 0o111 == 0)?;
    let bytes = content.open().and_then(|file| file.bytes_at(0, usize::try_from(size).unwrap_or(0))).ok()?;
    let is_read = item.place.path.file_name().and_then(|name| name.to_str()).is_some_and(is_setting);
    (is_read && !bytes.contains(&0)).then(|| (item.place.clone(), bytes))
}

/// Whether a file of this name may be a setting, and is not for readers or builders.
fn is_setting(name: &str) -> bool {
    !is_for_people(name) && ending(name) != Some("txt") && !name.eq_ignore_ascii_case("makefile")
}

/// A text without the lines that its language skips.
fn without_comments(text: &[u8]) -> Vec<u8> {
    const COMMENTS: [&[u8]; 7] = [b"#", b";", b"//", b"/*", b"*", b".\\\"", b"'\\\""];
    let is_read = |line: &&[u8]| !COMMENTS.iter().any(|comment| line.trim_ascii_start().starts_with(comment));
    text.split(|byte| *byte == b'\n').filter(is_read).collect::<Vec<_>>().join(&b'\n')
}

/// The words of a text that may be names of programs.
fn words(text: &[u8]) -> impl Iterator<Item = &str> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+.".contains(byte);
    text.split(move |byte| !is_of_name(byte)).filter_map(|word| std::str::from_utf8(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_do_not_count() {
        let text = without_comments(b"a\n# b\n  // c\n.\\\" d\ne # f");
        assert_eq!(String::from_utf8_lossy(&text), "a\ne # f");
    }

    #[test]
    fn a_name_is_a_whole_word() {
        let found: Vec<_> =
            words(b"postpro grotty\nrun \"post-x\" 2>/usr/bin/y").filter(|word| !word.is_empty()).collect();
        assert_eq!(found, ["postpro", "grotty", "run", "post-x", "2", "usr", "bin", "y"]);
    }
}
