//! Files that a program names by a path of several parts below the directory that it was built in: `%s/share/x/en.txt`.
//! A name alone may be that of a source there, and so may be a path with a directory of sources, or a file of that kind.

use crate::bytes::ReadAt;
use crate::elf::Object;
use crate::evidence::intake::Intake;
use crate::evidence::mentions::{MentionForm, mentions};
use crate::evidence::surroundings::{Surroundings, ending, is_for_people, is_of_compilers, is_word_of_others};
use crate::file::FileKind;
use crate::files::Place;
use std::path::Path;

/// The files below the directory `own` that a program, whose strings are in the `ranges` of `file`, names by a path of
/// several parts, each with that path.
pub fn named(
    intake: &Intake<'_>,
    object: &Object,
    own: &Surroundings,
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
) -> Vec<(Place, String)> {
    let mut files = Vec::new();
    let is_directory = |entry: &&(String, FileKind)| entry.1 == FileKind::Directory;
    let names: Vec<&str> = own.entries.iter().filter(is_directory).map(|(name, _)| name.as_str()).collect();
    for mention in mentions(file, ranges, &names).unwrap_or_default() {
        let name = names[mention.name];
        let text = format!("{name}/{}", mention.rest);
        let is_named = matches!(mention.form, MentionForm::Plain | MentionForm::Below) && !mention.rest.is_empty();
        let is_linked = object.needed.iter().any(|needed| file_name(needed) == file_name(text.as_bytes()));
        if !is_named || is_linked || is_word_of_others(name) || is_for_people(name) || is_source(&text) {
            continue;
        }
        // An absolute path that exists is meant as one.
        if mention.form == MentionForm::Below && intake.walk(&Place::sysroot(format!("/{text}"))).is_some() {
            continue;
        }
        let place = own.directory.join(text.as_bytes());
        if !text.contains("..") && intake.walk(&place).is_some_and(|end| end.stat.kind == FileKind::File) {
            files.push((place, text));
        }
    }
    files
}

/// The last name of a path.
fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// Whether a path is one of a file that compilers read or leave behind.
fn is_source(path: &str) -> bool {
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    ending(name).is_some_and(|ending| is_of_compilers(ending) || matches!(ending, "h" | "hh" | "hpp" | "inc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_no_data() {
        for (path, expected) in
            [("lib/x.c", true), ("share/x/en.txt", false), ("inc/x.hpp", true), ("lib/x.rs", true), ("data/x", false)]
        {
            assert_eq!(is_source(path), expected, "{path}");
        }
    }
}
