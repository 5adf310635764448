//! Frozen Python programs: their standard library is inside them, or in an archive beside them, so the Python of this
//! machine is none of theirs.

use super::carrier;
use super::intake::Intake;
use super::scan;
use super::seen::Seen;
use super::surroundings::ending;
use crate::files::Place;

/// Archives that hold the standard library of a frozen program, below a directory above the Python that reads them:
/// PyInstaller, cx_Freeze, py2app and its kin.
const ARCHIVES: [&str; 4] = ["base_library.zip", "library.zip", "lib/library.zip", "lib/python.zip"];

/// Texts of programs that hold the standard library: PyOxidizer's header of resources, and the variable by which Nuitka
/// tells modules that the whole program was compiled.
const TEXTS: [&str; 2] = ["pyembed\u{3}", "__nuitka_binary_dir"];

/// How many directories above the Python are looked at.
const ABOVE: usize = 3;

/// Whether `object`, which holds Python, belongs to a frozen program; `program` is the packed one.
pub fn is_frozen(intake: &Intake<'_>, program: &Seen, object: &Seen) -> bool {
    let mut directory = object.place.directory();
    for _ in 0..ABOVE {
        // The top of a root holds everybody's files.
        if directory.path.parent().is_none() || directory.path.ends_with("usr") {
            break;
        }
        if has_archive(intake, &directory) {
            return true;
        }
        directory = directory.directory();
    }
    [program, object].into_iter().any(|seen| holds_library(intake, seen))
}

/// Whether a directory has an archive with the standard library of a frozen program.
pub fn has_archive(intake: &Intake<'_>, directory: &Place) -> bool {
    let is_zip = |name: &str| name.starts_with("python3") && ending(name) == Some("zip");
    ARCHIVES.iter().any(|archive| intake.walk(&directory.join(archive.as_bytes())).is_some())
        || intake.list(directory).iter().any(|name| name.to_str().is_some_and(is_zip))
}

/// Whether the standard library is inside the object's file.
fn holds_library(intake: &Intake<'_>, seen: &Seen) -> bool {
    let Some(file) = intake.open(&seen.place) else { return false };
    let is_carried =
        carrier::carried(&*file).is_some_and(|kind| kind.contains("PyInstaller") || kind.contains("Nuitka"));
    let names = |text: &&str| scan::contains(&*file, &seen.constants, text).unwrap_or(false);
    is_carried || TEXTS.iter().any(names) || carrier::carries_python(&*file)
}
