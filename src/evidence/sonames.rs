//! Libraries that an object opens by a name among its constants (dlopen(3)).

use super::candidate::{Candidate, CandidateKind, Shown};
use super::intake::Intake;
use super::ledger::Ledger;
use super::rules::is_part_of_libc;
use super::seen::Seen;
use super::written;
use crate::files::Place;
use crate::resolve::Library;

/// Functions that open a library by its name: dlopen(3), and those that libraries put around it.
const OPENS: [&str; 11] = [
    "dlopen",
    "dlmopen",
    "g_module_open",
    "lt_dlopen",
    "lt_dlopenext",
    "PR_LoadLibrary",
    "PR_LoadLibraryWithFlags",
    "apr_dso_load",
    "uv_dlopen",
    "SDL_LoadObject",
    "DSO_load",
];

/// Takes of the libraries that the constants of `seen` name those that the table lets in; the ledger gets the others.
/// `libraries` are those of the closure.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen, libraries: &[Library]) {
    if !OPENS.iter().any(|name| seen.elf.has_import(name)) {
        return;
    }
    for written in &seen.libraries {
        // Of alternatives the first that is there is opened.
        for name in written::names(written) {
            let bytes = name.as_bytes();
            let is_there = libraries.iter().any(|library| library.soname == bytes);
            let is_linked =
                seen.elf.needed.iter().any(|needed| needed == bytes) || seen.elf.soname.as_deref() == Some(bytes);
            if is_there || is_linked || is_part_of_libc(name.as_bytes()) {
                break;
            }
            if let Some(candidate) = candidate(intake, ledger, seen, &name) {
                ledger.decide(intake, candidate);
                break;
            }
        }
    }
}

/// The library of this name beside the object, else in a directory of the loader.
fn candidate(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, seen: &Seen, name: &str) -> Option<Candidate> {
    let beside = seen.place.directory().join(name.as_bytes());
    let of_loader = intake.library_directories.iter().map(|directory| Place::sysroot(directory.join(name)));
    let (place, end) =
        [beside].into_iter().chain(of_loader).find_map(|place| intake.walk(&place).map(|end| (place, end)))?;
    Some(ledger.candidate(seen, place, &end, CandidateKind::Module, Shown::Name(name.to_owned())))
}
