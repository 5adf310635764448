//! Python: its standard library, with compiled modules. Python works out where it is when it starts
//! (`getpath.py`): the nearest `lib/pythonX.Y` above its own place, else the prefix it was built for.
//!
//! Left out: tests of Python, and modules that need a display or build packages (IDLE, Tk, turtles, `ensurepip`), with the
//! compiled modules that only these use.
//! Packages of others (`site-packages`, `dist-packages`) come in with `--add`.

use super::intake::{Intake, ItemReason, Taken};
use super::scan;
use crate::bytes::ReadAt;
use crate::files::{Place, Root};
use crate::options::ENTRY_TIME;
use std::path::{Path, PathBuf};

/// About how many bytes a standard library has, with the libraries of its modules.
pub const USUAL_SIZE: u64 = 32 << 20;

/// Files and directories of the library that a program in a container rarely opens.
const LEFT: [&str; 10] = [
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "turtle.py",
    "ensurepip",
    "lib2to3/tests",
    "site-packages",
    "dist-packages",
    "pydoc_data",
];

/// Takes the standard library of the Python in `file`, the object at `at` with constants in `ranges` (offset and
/// length). `No` if the library is not found.
pub fn bring(
    intake: &mut Intake<'_>,
    (file, ranges): (&dyn ReadAt, &[(u64, u64)]),
    at: &Place,
    reason: &ItemReason,
) -> Taken {
    // What the system has installed does not move with the program; outside the sysroot it is another system's.
    let is_system = |directory: &Path| ["/", "/usr", "/usr/local"].iter().any(|system| directory == Path::new(system));
    let above = at.path.ancestors().skip(1).filter(|directory| at.root == Root::Sysroot || !is_system(directory));
    let above = above.map(|directory| Place {
        path: directory.to_owned(),
        moves: at.moves && !is_system(directory),
        ..at.clone()
    });
    let built_for = ["/usr/local", "/usr"].map(Place::sysroot);
    for prefix in above.chain(built_for) {
        for libraries in ["lib", "lib64"] {
            let directory = Place { path: prefix.path.join(libraries), ..prefix.clone() };
            if let Some(version) = version(intake, &directory, file, ranges) {
                let library = Place { path: directory.path.join(&version), ..directory.clone() };
                let taken = intake.tree(&library, reason, &|path| is_left(path));
                patch_modules(intake, &library);
                return taken;
            }
        }
    }
    Taken::No
}

/// Sets the times in the compiled modules below `library` to those that their sources have in an image.
pub fn patch_modules(intake: &mut Intake<'_>, library: &Place) {
    intake.patch(library, PYC_HEAD, &pyc_head_for_image);
}

/// The head of a `.pyc` file (PEP 552): its magic, which ends in `\r\n`, flags, and the time and size of the source.
const PYC_HEAD: usize = 16;

/// The head of a compiled module with the source's time set to that of every file in an image: Python takes a module only
/// if its source has that time. `None` for a module that has a hash in the place of a time.
fn pyc_head_for_image(head: &[u8]) -> Option<Vec<u8>> {
    let by_time = head[2..4] == *b"\r\n" && head[4..8] == [0; 4];
    by_time.then(|| [&head[..8], &ENTRY_TIME.to_le_bytes(), &head[12..]].concat())
}

/// The name `pythonX.Y` of the directory below `directory` that has the landmark `os.py`, and whose `X.Y.` the object
/// contains.
fn version(intake: &Intake<'_>, directory: &Place, file: &dyn ReadAt, ranges: &[(u64, u64)]) -> Option<PathBuf> {
    let names = intake.list(directory).into_iter().filter(|name| {
        let is_python = name.to_str().is_some_and(|name| name.starts_with("python3.") || name.starts_with("python2."));
        is_python
            && intake.walk(&Place { path: directory.path.join(name).join("os.py"), ..directory.clone() }).is_some()
    });
    let names: Vec<PathBuf> = names.collect();
    let told = |name: &PathBuf| {
        let number = name.to_string_lossy().trim_start_matches("python").trim_end_matches('t').to_owned();
        scan::contains(file, ranges, &format!("{number}.")).unwrap_or(false)
    };
    names.iter().find(|name| told(name)).cloned()
}

/// Compiled modules, by what their names begin with, that only serve what is left out.
const LEFT_MODULES: [&str; 5] = ["_tkinter.", "_test", "_ctypes_test.", "_xxtestfuzz.", "xxlimited"];

/// Whether a path below the library is left out.
fn is_left(path: &Path) -> bool {
    let module = path.strip_prefix("lib-dynload").ok().map(Path::to_string_lossy);
    LEFT.iter().any(|left| path == Path::new(left))
        || module.is_some_and(|name| LEFT_MODULES.iter().any(|left| name.starts_with(left)))
        || path.components().count() == 1 && path.to_string_lossy().starts_with("config-")
        || path.ends_with("tests") && path.starts_with("unittest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_what_needs_a_display_are_left_out() {
        for (path, expected) in [
            ("os.py", false),
            ("test", true),
            ("tkinter", true),
            ("lib-dynload/_tkinter.cpython-311-x86_64-linux-gnu.so", true),
            ("lib-dynload/_testcapi.cpython-311-x86_64-linux-gnu.so", true),
            ("lib-dynload/xxlimited_35.cpython-311-x86_64-linux-gnu.so", true),
            ("lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", false),
            ("lib-dynload/termios.cpython-311-x86_64-linux-gnu.so", false),
            ("config-3.11-x86_64-linux-gnu", true),
            ("unittest/mock.py", false),
        ] {
            assert_eq!(is_left(Path::new(path)), expected, "{path}");
        }
    }
}
