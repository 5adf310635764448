//! Virtual environments: a Python that is called by a path with `pyvenv.cfg` beside it, or one directory above, has its
//! packages there (PEP 405). What counts is the path before its links are followed, so the environment, with these links,
//! keeps its path in the image, and the Python is started by it.
//!
//! Left out: the installer (`pip`), what is written into `bin` for the packages, and their tests. Packages outside the
//! environment that a `.pth` file names are told.

use super::intake::{Intake, ItemReason, Taken};
use super::python;
use crate::file::FileKind;
use crate::files::{Place, Root};
use crate::paths::ImagePath;
use crate::suggest::shell_word;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rule's name.
pub const RULE: &str = "venv";

/// The most lines of `.pth` files that are told.
const MOST_PATHS: usize = 3;

/// What a virtual environment tells of its Python.
#[derive(Debug, Default)]
pub struct Venv {
    /// The place that the Python would have in the installation that the environment was made from.
    pub base: Option<Place>,
    /// Sentences for the user.
    pub hints: Vec<String>,
}

/// Takes the virtual environment of the Python that is called by the path `named`; `None` if it has none. `reason` is that
/// of its library.
pub fn bring(intake: &mut Intake<'_>, named: &Place, reason: &ItemReason) -> Option<Venv> {
    if named.root != Root::Sysroot {
        return None;
    }
    let named = Place { moves: false, ..named.clone() };
    let beside = named.directory();
    let settings = [beside.clone(), beside.directory()].map(|directory| directory.join(b"pyvenv.cfg"));
    let settings = settings.into_iter().find(|settings| intake.walk(settings).is_some())?;
    let (environment, text) = (settings.directory(), intake.read(&settings)?);
    let text = String::from_utf8_lossy(&text).into_owned();
    let because =
        format!("`{}` is called through the virtual environment `{}`", object(reason), environment.path.display());
    let reason = ItemReason { rule: RULE, what: "its virtual environment", because, ..reason.clone() };
    if let Some(end) = intake.walk(&named) {
        intake.links(&named, &end, &reason);
    }
    intake.file(&settings, &reason);
    let mut venv = Venv { base: base(&text), hints: Vec::new() };
    for library in [b"lib".as_slice(), b"lib64"].map(|name| environment.join(name)) {
        if let Some(end) = intake.walk(&library) {
            intake.links(&library, &end, &reason);
        }
        let versions = intake.list(&library).into_iter().filter(|name| name.to_string_lossy().starts_with("python"));
        for version in versions.collect::<Vec<_>>() {
            let packages = Place { path: library.path.join(version).join("site-packages"), ..library.clone() };
            bring_packages(intake, &packages, &environment, &reason, &mut venv.hints);
        }
    }
    if setting(&text, "include-system-site-packages") == Some("true") {
        let hint = "the virtual environment uses the system's packages too, which stay out: `--add` their directory";
        venv.hints.push(hint.to_owned());
    }
    Some(venv)
}

fn object(reason: &ItemReason) -> String {
    reason.object.as_ref().map_or(String::new(), ToString::to_string)
}

/// Takes the directory `packages` of `environment`, and tells of paths outside it that its `.pth` files name.
fn bring_packages(
    intake: &mut Intake<'_>,
    packages: &Place,
    environment: &Place,
    reason: &ItemReason,
    hints: &mut Vec<String>,
) {
    let tests = if intake.is_directory(&packages.join(b"pytest")) {
        BTreeSet::new()
    } else {
        test_directories(intake, packages)
    };
    let skip = |path: &Path| is_installer(path) || tests.contains(path);
    if intake.bundle(packages, reason, &skip) == Taken::TooLarge {
        let path = packages.path.display().to_string();
        hints.push(format!("`{path}` is too large to be packed unasked; `--add {}` takes it in", shell_word(&path)));
    }
    python::patch_modules(intake, packages);
    let files = intake.list(packages).into_iter().filter(|name| name.extension().is_some_and(|ending| ending == "pth"));
    for file in files.collect::<Vec<_>>() {
        let place = Place { path: packages.path.join(&file), ..packages.clone() };
        let Some(text) = intake.read(&place) else { continue };
        for line in String::from_utf8_lossy(&text).lines().take(MOST_PATHS) {
            let path = Path::new(line.trim());
            let is_outside = path.is_absolute() && !path.starts_with(&environment.path);
            if is_outside && intake.walk(&Place::sysroot(path)).is_some() {
                let (file, add) = (file.display(), shell_word(line.trim()));
                hints.push(format!(
                    "`{file}` of the virtual environment names `{}`: `--add {add}` takes it in",
                    line.trim()
                ));
            }
        }
    }
}

/// The directories of tests in the packages, by their paths below `packages`: those with this name whose modules are tests,
/// or serve them. A package of that name with other modules has them for its users.
fn test_directories(intake: &Intake<'_>, packages: &Place) -> BTreeSet<PathBuf> {
    const DEEPEST: usize = 8;
    let mut tests = BTreeSet::new();
    let mut next = vec![PathBuf::new()];
    while let Some(below) = next.pop() {
        let Some(path) = ImagePath::new(packages.path.join(&below)) else { continue };
        let entries = intake.files(packages).list(&path).unwrap_or_default();
        let is_named = below.components().count() > 1 && (below.ends_with("tests") || below.ends_with("test"));
        let mut modules = entries.iter().map(|(name, _)| name.to_string_lossy()).filter(|name| name.ends_with(".py"));
        if is_named && modules.clone().any(|name| name.starts_with("test_")) && modules.all(|name| is_test(&name)) {
            tests.insert(below);
        } else if below.components().count() < DEEPEST {
            let directories = entries.iter().filter(|(_, kind)| *kind == FileKind::Directory);
            next.extend(directories.map(|(name, _)| below.join(name)));
        }
    }
    tests
}

/// Whether a module has the name of a test, or of what serves tests alone.
fn is_test(module: &str) -> bool {
    module.starts_with("test_") || module.starts_with('_') || module.ends_with("_test.py") || module == "conftest.py"
}

/// Whether a path below the packages is a part of the installer.
fn is_installer(path: &Path) -> bool {
    let name = path.to_string_lossy();
    path.components().count() == 1 && (name == "pip" || name.starts_with("pip-") && name.ends_with(".dist-info"))
}

/// The place of the Python in the directory `home` of `pyvenv.cfg`.
fn base(text: &str) -> Option<Place> {
    let home = setting(text, "home").filter(|home| home.starts_with('/'))?;
    Some(Place::sysroot(Path::new(home).join("python")))
}

/// The value of a line `KEY = VALUE`; keys are compared without their case, as Python does.
fn setting<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim(), value.trim()))
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{HostRoot, Roots};

    #[test]
    fn a_directory_of_tests_holds_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "a/tests/test_x.py",
            "a/tests/__init__.py",
            "b/tests/test_x.py",
            "b/tests/helper.py",
            "tests/test_x.py",
            "c/d/test/test_x.py",
            "c/test/x.py",
        ] {
            let path = root.path().join("packages").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let files = HostRoot::new(root.path());
        let intake = Intake::new(Roots { directory: Some(root.path()), ..Roots::one(&files) });
        let found = test_directories(&intake, &Place::sysroot("/packages"));
        assert_eq!(found, BTreeSet::from(["a/tests", "c/d/test"].map(PathBuf::from)));
    }

    #[test]
    fn settings_are_lines_with_a_key_and_a_value() {
        let text = "Home = /usr/bin\ninclude-system-site-packages=true\nversion = 3.11.2\n";
        for (key, expected) in
            [("home", Some("/usr/bin")), ("include-system-site-packages", Some("true")), ("prompt", None)]
        {
            assert_eq!(setting(text, key), expected, "{key}");
        }
        assert_eq!(base(text), Some(Place::sysroot("/usr/bin/python")));
        assert_eq!(base("home = bin"), None);
    }

    #[test]
    fn only_the_installer_stays_out() {
        for (path, expected) in
            [("pip", true), ("pip-23.0.dist-info", true), ("pipx", false), ("numpy", false), ("numpy/pip", false)]
        {
            assert_eq!(is_installer(Path::new(path)), expected, "{path}");
        }
    }
}
