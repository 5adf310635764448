//! Virtual environments: a Python that is called by a path with `pyvenv.cfg` beside it, or one directory above, has its
//! packages there (PEP 405). What counts is the path before its links are followed, so the environment, with these links,
//! keeps its path in the image, and the Python is started by it.
//!
//! Left out: the installer (`pip`), and what is written into `bin` for the packages. Packages outside the environment that
//! a `.pth` file names are told.

use super::intake::{Intake, ItemReason, Taken};
use super::python;
use crate::files::{Place, Root};
use crate::suggest::shell_word;
use std::path::Path;

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
    if intake.bundle(packages, reason, &is_installer) == Taken::TooLarge {
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
