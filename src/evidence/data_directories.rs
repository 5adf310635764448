//! Paths below the directories of data that the XDG Base Directory Specification names: an object that looks through
//! `$XDG_DATA_DIRS`, or through its default, has only the rest of a path among its strings: `vulkan/icd.d`.

use super::finding::NamedPath;
use super::intake::{Intake, inside};
use super::mentions::{MentionForm, mentions};
use super::rules::Distance;
use super::seen::Seen;

/// The directory that is always searched.
const DEFAULT: &str = "/usr/share";

/// The function of GLib that returns the directories.
const FUNCTION: &str = "g_get_system_data_dirs";

/// The paths that `seen` has without that directory, and that exist below it.
pub fn named(intake: &Intake<'_>, seen: &Seen) -> Vec<NamedPath> {
    let looks_there =
        || seen.elf.has_import(FUNCTION) || seen.paths.iter().any(|named| named.path.trim_end_matches('/') == DEFAULT);
    if seen.distance == Distance::Further || seen.is_libc || !looks_there() {
        return Vec::new();
    }
    let Some(file) = intake.open(&seen.place) else { return Vec::new() };
    let entries = intake.list(&inside(DEFAULT));
    let names: Vec<&str> = entries.iter().filter_map(|name| name.to_str()).collect();
    let found = mentions(&*file, &seen.literals, &names).unwrap_or_default().into_iter();
    let is_rest = |form: MentionForm| matches!(form, MentionForm::Plain | MentionForm::Below);
    let rests = found.filter(|mention| is_rest(mention.form) && !mention.rest.is_empty());
    let paths = rests.map(|mention| format!("{DEFAULT}/{}/{}", names[mention.name], mention.rest));
    let there = paths.filter(|path| !path.contains("..") && intake.walk(&inside(path)).is_some());
    there.map(|path| NamedPath { path, object: seen.object.clone() }).collect()
}
