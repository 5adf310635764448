//! Python: its standard library, with the modules that are compiled. Where it is, Python works out when it starts
//! (`getpath.py`): the nearest `lib/pythonX.Y` above its own place, else the prefix it was built for.
//!
//! Left out: what tests Python, and what needs a display or builds things: IDLE, Tk, turtles, `ensurepip`. Packages
//! that others wrote (`site-packages`, `dist-packages`) come in with `--add`.

use super::intake::{Intake, Taken, Why};
use super::scan;
use crate::bytes::ReadAt;
use crate::files::Place;
use crate::options::ENTRY_TIME;
use std::path::{Path, PathBuf};

/// Modules that a program in a container does not open, unless it is about them.
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

/// Takes the standard library of the Python in `file`, an object at `at`. `No` where there is none.
pub fn bring(intake: &mut Intake<'_>, (file, ranges): (&dyn ReadAt, &[(u64, u64)]), at: &Place, why: &Why) -> Taken {
    let above = at.path.ancestors().skip(1).map(|directory| Place { path: directory.to_owned(), ..at.clone() });
    let built_for = ["/usr/local", "/usr"].map(Place::sysroot);
    for prefix in above.chain(built_for) {
        for libraries in ["lib", "lib64"] {
            let directory = Place { path: prefix.path.join(libraries), ..prefix.clone() };
            if let Some(version) = version(intake, &directory, file, ranges) {
                let library = Place { path: directory.path.join(&version), ..directory.clone() };
                let taken = intake.tree(&library, why, &|path| is_left(path));
                intake.patch(&library, PYC_HEAD, &of_image);
                return taken;
            }
        }
    }
    Taken::No
}

/// The head of a `.pyc` file (PEP 552): its magic, which ends in `\r\n`, flags, and the time and size of the source.
const PYC_HEAD: usize = 16;

/// The head of a compiled module as the image needs it: Python takes one whose source has the time that it tells,
/// and in an image every file has one time. Those that tell a hash need nothing.
fn of_image(head: &[u8]) -> Option<Vec<u8>> {
    let by_time = head[2..4] == *b"\r\n" && head[4..8] == [0; 4];
    by_time.then(|| [&head[..8], &ENTRY_TIME.to_le_bytes(), &head[12..]].concat())
}

/// The `pythonX.Y` in a directory that fits: it has the landmark `os.py`, and the object tells of `X.Y.`.
fn version(intake: &Intake<'_>, directory: &Place, file: &dyn ReadAt, ranges: &[(u64, u64)]) -> Option<PathBuf> {
    let names = intake.list(directory).into_iter().filter(|name| {
        let is_python = name.to_str().is_some_and(|name| name.starts_with("python3.") || name.starts_with("python2."));
        is_python
            && intake.walk(&Place { path: directory.path.join(name).join("os.py"), ..directory.clone() }).is_some()
    });
    let names: Vec<PathBuf> = names.collect();
    let told = |name: &PathBuf| {
        let number = name.to_string_lossy().trim_start_matches("python").trim_end_matches('t').to_owned();
        scan::holds(file, ranges, &format!("{number}.")).unwrap_or(false)
    };
    names.iter().find(|name| told(name)).cloned()
}

fn is_left(path: &Path) -> bool {
    LEFT.iter().any(|left| path == Path::new(left))
        || path.components().count() == 1 && path.to_string_lossy().starts_with("config-")
        || path.ends_with("tests") && path.starts_with("unittest")
}
