//! Registries: directories of small files in which packages enter modules for a library, each by its path or soname
//! (`vendors/*.icd`, `icd.d/*.json`). Library and module know nothing of each other.

use super::intake::{Intake, ItemReason, Taken};
use crate::file::FileKind;
use crate::files::Place;
use std::path::Path;

/// The most files of a registry; directories with more hold something else.
const MOST_FILES: usize = 64;

/// The largest of its files, in bytes.
const LARGEST: u64 = 16 << 10;

/// Whether the directory at `place` is a registry: it holds small files alone, and one of them names a module.
pub fn is_registry(intake: &Intake<'_>, place: &Place) -> bool {
    let names = intake.list(place);
    if names.is_empty() || names.len() > MOST_FILES {
        return false;
    }
    let files: Vec<Place> = names.iter().map(|name| Place { path: place.path.join(name), ..place.clone() }).collect();
    let is_small = |file: &Place| {
        intake.walk(file).is_some_and(|end| end.stat.kind == FileKind::File && end.stat.identity.size <= LARGEST)
    };
    files.iter().all(is_small) && files.iter().any(|file| !modules(intake, file).is_empty())
}

/// Whether the file at `place` is a registry of its own: it is small, names a module, and holds no secret.
pub fn is_list(intake: &Intake<'_>, place: &Place) -> bool {
    const SECRETS: [&str; 4] = ["password", "passwd", "pwd", "secret"];
    let is_small = intake.walk(place).is_some_and(|end| end.stat.identity.size <= LARGEST);
    let text = is_small.then(|| intake.read(place)).flatten().and_then(|bytes| String::from_utf8(bytes).ok());
    let has_secret = |text: &str| SECRETS.iter().any(|secret| text.to_lowercase().contains(secret));
    // A library may look for modules in a directory of its own, which came in.
    let names_taken = |text: &str| {
        let names = intake.libraries.iter().filter_map(|file| file.place.path.file_name()?.to_str());
        words(text).any(|word| names.clone().any(|name| name == word))
    };
    text.is_some_and(|text| !has_secret(&text) && (names_taken(&text) || !modules(intake, place).is_empty()))
}

/// Takes the registry at `place`, a directory or a file, with the modules that it names.
pub fn bring(intake: &mut Intake<'_>, place: &Place, reason: &ItemReason) -> Taken {
    let is_directory = intake.is_directory(place);
    let taken = if is_directory { intake.tree(place, reason, &|_| false) } else { intake.file(place, reason) };
    let names = intake.list(place).into_iter().map(|name| Place { path: place.path.join(name), ..place.clone() });
    let files: Vec<Place> = if is_directory { names.collect() } else { vec![place.clone()] };
    for file in files {
        for module in modules(intake, &file) {
            let because = format!("`{}` names it", file.path.display());
            intake.file(&module, &ItemReason { because, ..reason.clone() });
        }
    }
    taken
}

/// The modules that a file of a registry names and that exist.
fn modules(intake: &Intake<'_>, file: &Place) -> Vec<Place> {
    let Some(bytes) = intake.read(file) else { return Vec::new() };
    let Ok(text) = String::from_utf8(bytes) else { return Vec::new() };
    words(&text).filter_map(|word| module(intake, Path::new(word))).collect()
}

/// The words of a text that may be paths or sonames of modules.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |next: char| next.is_whitespace() || "\"',;=<>()[]{}".contains(next);
    text.split(is_end).filter(|word| word.contains(".so") && !word.contains(".."))
}

/// The place of a module: its path, else the first directory of libraries that has its soname.
fn module(intake: &Intake<'_>, name: &Path) -> Option<Place> {
    if name.is_absolute() {
        return Some(Place::sysroot(name)).filter(|place| intake.walk(place).is_some());
    }
    let is_soname = name.components().count() == 1;
    let found = intake.library_directories.iter().map(|directory| Place::sysroot(directory.join(name)));
    found.filter(|_| is_soname).find(|place| intake.walk(place).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{HostRoot, Roots};
    use std::path::PathBuf;

    #[test]
    fn a_registry_holds_small_files_one_of_which_names_a_module() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("usr/lib/libicd.so.1", "");
        write("usr/lib/mod/x.so", "");
        write("etc/vendors/a.icd", "libicd.so.1\n");
        write("etc/json/a.json", "{\"library_path\": \"/usr/lib/mod/x.so\"}");
        write("etc/absent/a.icd", "libother.so.1\n");
        write("etc/prose/a", "see x.so or not");
        let files = HostRoot::new(root.path());
        let mut intake = Intake::new(Roots { directory: Some(root.path()), ..Roots::one(&files) });
        intake.library_directories = vec![PathBuf::from("/usr/lib")];
        for (path, expected) in [
            ("/etc/vendors", true),
            ("/etc/json", true),
            ("/etc/absent", false),
            ("/etc/prose", false),
            ("/etc", false),
        ] {
            assert_eq!(is_registry(&intake, &Place::sysroot(path)), expected, "{path}");
        }
    }
}
