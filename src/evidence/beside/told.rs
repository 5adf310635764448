//! What lies beside a program and stays out, told with the flags that take it in.

use super::{FROZEN, RULE, is_installed};
use crate::evidence::intake::Intake;
use crate::evidence::item::Item;
use crate::evidence::seen::Seen;
use crate::evidence::surroundings::{self, Surroundings, SurroundingsKind, ending, is_for_people};
use crate::file::FileKind;
use crate::files::Place;
use crate::suggest::shell_word;

/// The most entries that are counted.
const MOST: usize = 20_000;

/// Files with fewer bytes together are notes and settings of whoever unpacked or built the program.
const FEW: u64 = 64 << 10;

/// Directories are not counted deeper than this.
const DEEPEST: usize = 12;

/// Endings of sources of scripts, which lie beside programs that were made of them.
const OF_SCRIPTS: [&str; 8] = ["py", "js", "ts", "mjs", "rb", "pl", "lua", "sh"];

/// Tells of the files beside the packed program that stay out. `added` are the places that the user adds, `on_host` gives
/// the path of a place on the host.
pub fn told(
    intake: &Intake<'_>,
    program: Option<&Seen>,
    added: &[Place],
    on_host: &dyn Fn(&Place) -> String,
) -> Option<String> {
    let program = program.filter(|seen| seen.is_program && !intake.takes_all)?;
    let name = program.place.path.file_name()?.to_str()?;
    let own = surroundings::look(intake, &program.place.directory())?;
    if is_installed(&own.directory) {
        return None;
    }
    let (bundle, below) = match own.kind {
        SurroundingsKind::Own => (own, name.to_owned()),
        // The data of a program in a `bin` is beside that.
        SurroundingsKind::Programs => {
            let above = surroundings::look(intake, &own.directory.directory())?;
            let directory = own.directory.path.file_name()?.to_str()?.to_owned();
            (above, format!("{directory}/{name}"))
        }
        SurroundingsKind::Shared | SurroundingsKind::Build => return None,
    };
    let is_added =
        |place: &Place| added.iter().any(|added| added.root == place.root && place.path.starts_with(&added.path));
    if bundle.kind != SurroundingsKind::Own || is_added(&bundle.directory) || is_judged(intake, &bundle.directory) {
        return None;
    }
    let mut rest = Rest::default();
    count(intake, &bundle, 0, &is_added, &mut rest);
    if rest.bytes < FEW {
        return None;
    }
    let files = match rest.files {
        0 => return None,
        1 => "one file".to_owned(),
        files => format!("{files} files"),
    };
    let directory = on_host(&bundle.directory);
    let add = shell_word(&format!("{directory}:/app"));
    let path = shell_word(&format!("/app/{below}"));
    let stay = if rest.files == 1 { "stays" } else { "stay" };
    let size = size(rest.bytes);
    Some(format!("{files}, {size}, beside `{name}` {stay} out; `--path {path} --add {add}` takes the directory in"))
}

/// Whether a rule that knows what is in the directory took a part of it: the standard library of a Python, the home of a
/// Java.
fn is_judged(intake: &Intake<'_>, directory: &Place) -> bool {
    let is_below = |item: &Item| item.place.root == directory.root && item.place.path.starts_with(&directory.path);
    intake.items.iter().any(|item| ![RULE, FROZEN, "own-data"].contains(&item.rule) && is_below(item))
}

/// Files that stay out.
#[derive(Default)]
struct Rest {
    files: u64,
    bytes: u64,
    entries: usize,
}

/// Counts the files of a directory that a program may open and that were not taken.
fn count(
    intake: &Intake<'_>,
    directory: &Surroundings,
    depth: usize,
    is_added: &dyn Fn(&Place) -> bool,
    rest: &mut Rest,
) {
    for (name, kind) in &directory.entries {
        rest.entries += 1;
        let is_script = ending(name).is_some_and(|ending| OF_SCRIPTS.contains(&ending));
        if rest.entries > MOST || is_for_people(name) || is_script && depth == 0 || name == "bin" {
            continue;
        }
        let place = directory.directory.join(name.as_bytes());
        if intake.has(&place) && *kind != FileKind::Directory || is_added(&place) {
            continue;
        }
        let Some(end) = intake.walk(&place) else { continue };
        match kind {
            FileKind::Directory if depth < DEEPEST => {
                let below = surroundings::look(intake, &place);
                if let Some(below) = below.filter(|below| below.kind != SurroundingsKind::Build) {
                    count(intake, &below, depth + 1, is_added, rest);
                }
            }
            // Programs stand for themselves; libraries come in if an object needs them.
            FileKind::File if end.stat.mode & 0o111 == 0 && !name.contains(".so") => {
                rest.files += 1;
                rest.bytes += end.stat.identity.size;
            }
            _ => {}
        }
    }
}

/// A size in words.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_two_units() {
        for (bytes, expected) in [(0, "0 kB"), (1, "1 kB"), (999_999, "1000 kB"), (1_234_567, "1.2 MB")] {
            assert_eq!(size(bytes), expected);
        }
    }
}
