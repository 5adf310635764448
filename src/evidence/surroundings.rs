//! The directory that a program is in, and whether what lies there is the program's own: a bundle, and not a home, a
//! directory of many packages' programs, or one in which programs are built.

use super::intake::Intake;
use crate::file::FileKind;
use crate::files::Place;
use std::path::Path;

/// A directory, and what it is to the program in it.
#[derive(Debug)]
pub struct Surroundings {
    /// The directory, at the end of all links.
    pub directory: Place,
    /// The names in it, sorted, each with the kind of file; names that are not UTF-8 are left out.
    pub entries: Vec<(String, FileKind)>,
    /// Whose directory it is.
    pub kind: SurroundingsKind,
}

/// Whose directory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurroundingsKind {
    /// The program's own.
    Own,
    /// A directory of programs: the data of each is elsewhere.
    Programs,
    /// The home of a user, or one that many packages share.
    Shared,
    /// Sources, or what a build leaves beside the program that it makes.
    Build,
}

/// A directory with more entries belongs to many programs.
const MOST_ENTRIES: usize = 2000;

/// Directories of the system or of all users, in which nothing belongs to one program.
const SHARED: [&str; 25] = [
    "/",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr",
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/share",
    "/usr/games",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/local/lib",
    "/opt",
    "/root",
    "/home",
    "/tmp",
    "/var/tmp",
];

/// Names that stand in homes, in the prefix of a virtual environment, or in a directory of packages.
const OF_SHARED: [&str; 14] = [
    ".bashrc",
    ".bash_history",
    ".bash_profile",
    ".profile",
    ".zshrc",
    ".ssh",
    ".gnupg",
    ".cache",
    ".config",
    ".local",
    ".mozilla",
    "pyvenv.cfg",
    "site-packages",
    "Downloads",
];

/// Names of what sources and builds have beside a program.
const OF_BUILDS: [&str; 32] = [
    ".git",
    ".hg",
    ".svn",
    ".gitignore",
    ".fingerprint",
    ".cargo-lock",
    "deps",
    "incremental",
    "CMakeFiles",
    "CMakeCache.txt",
    "CMakeLists.txt",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "build.ninja",
    "meson.build",
    "configure",
    "Cargo.toml",
    "go.mod",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "pom.xml",
    "build.gradle",
    "build.xml",
    "dune-project",
    "stack.yaml",
    "build.zig",
    "Package.swift",
    "rebar.config",
    "mix.exs",
    "gradlew",
];

/// Endings of sources and of what compilers leave behind.
const OF_COMPILERS: [&str; 32] = [
    "c", "cc", "cpp", "cxx", "s", "S", "rs", "go", "hs", "ml", "zig", "nim", "d", "f90", "pas", "adb", "cs", "java",
    "kt", "scala", "swift", "o", "lo", "la", "a", "rlib", "rmeta", "hi", "cmi", "cmx", "gch", "spec",
];

/// Looks at the directory `place`; `None` if it is not one.
pub fn look(intake: &Intake<'_>, place: &Place) -> Option<Surroundings> {
    let end = intake.walk(place).filter(|end| end.stat.kind == FileKind::Directory)?;
    let directory = place.at_end(&end);
    // These hold thousands of names, of which none is asked for.
    if is_of_system(&directory.path) {
        return Some(Surroundings { directory, entries: Vec::new(), kind: SurroundingsKind::Shared });
    }
    let names = intake.files(place).list(&end.real).ok()?;
    let is_large = names.len() > MOST_ENTRIES;
    let names = names.into_iter().filter_map(|(name, kind)| Some((name.into_string().ok()?, kind)));
    let entries: Vec<(String, FileKind)> = names.collect();
    let kind = if is_large { SurroundingsKind::Shared } else { kind(&directory.path, &entries) };
    Some(Surroundings { directory, entries, kind })
}

/// Whether a directory is the system's, or a user's home.
fn is_of_system(path: &Path) -> bool {
    let is_user = path.parent() == Some(Path::new("/home"));
    let is_triplet = path.starts_with("/usr/lib") && path.to_string_lossy().contains("-linux-");
    SHARED.iter().any(|shared| path == Path::new(shared)) || is_user || is_triplet
}

/// Whose directory `path` is, by its place and the names in it.
fn kind(path: &Path, entries: &[(String, FileKind)]) -> SurroundingsKind {
    let has = |names: &[&str]| entries.iter().any(|(name, _)| names.contains(&name.as_str()));
    if is_of_system(path) || has(&OF_SHARED) {
        return SurroundingsKind::Shared;
    }
    // Directories of programs have none below them, unless these hold the data of the one program.
    let is_data = |(name, kind): &(String, FileKind)| *kind == FileKind::Directory && !is_left_by_others(name);
    let is_bin = path.ends_with("bin") || path.ends_with("sbin") || path.ends_with(".bin");
    if is_bin && !(entries.len() <= MOST_OF_BUNDLE && entries.iter().any(is_data)) {
        return SurroundingsKind::Programs;
    }
    let is_made = |name: &String| ending(name).is_some_and(is_of_compilers);
    let built = entries.iter().any(|(name, kind)| *kind == FileKind::File && is_made(name));
    if has(&OF_BUILDS) || built { SurroundingsKind::Build } else { SurroundingsKind::Own }
}

/// Whether a directory of this name is left by what runs or lists the programs beside it.
fn is_left_by_others(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("__")
}

/// A `bin` with more entries belongs to many programs.
const MOST_OF_BUNDLE: usize = 64;

/// Whether a file with this ending is a source, or what a compiler leaves behind.
pub fn is_of_compilers(ending: &str) -> bool {
    OF_COMPILERS.contains(&ending)
}

/// Whether the name of a directory is a word of other things too.
pub fn is_word_of_others(name: &str) -> bool {
    const WORDS: [&str; 16] = [
        "test", "tests", "doc", "docs", "src", "build", "examples", "tmp", "temp", "log", "logs", "cache", "man",
        "bin", "dist", "target",
    ];
    WORDS.contains(&name)
}

/// What stands behind the last dot of a name; `None` if nothing does.
pub fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending)
}

/// Whether a file or directory of this name is one that people or packagers read, and no program that runs.
pub fn is_for_people(name: &str) -> bool {
    const BEGINNINGS: [&str; 15] = [
        "readme",
        "license",
        "licence",
        "copying",
        "notice",
        "changelog",
        "changes",
        "authors",
        "contributing",
        "news",
        "todo",
        "unlicense",
        "third",
        "dockerfile",
        "docker-compose",
    ];
    const NAMES: [&str; 24] = [
        "doc",
        "docs",
        "man",
        "info",
        "legal",
        "licenses",
        "example",
        "examples",
        "complete",
        "completion",
        "completions",
        "bash-completion",
        "zsh",
        "fish",
        "applications",
        "icons",
        "pkgconfig",
        "cmake",
        "include",
        "__pycache__",
        "contrib",
        "test",
        "tests",
        "install",
    ];
    const ENDINGS: [&str; 34] = [
        "md", "rst", "adoc", "html", "1", "5", "8", "tar", "gz", "tgz", "xz", "bz2", "zst", "zip", "deb", "rpm", "apk",
        "log", "out", "pid", "lock", "bak", "old", "orig", "tmp", "sha256", "sha512", "asc", "sig", "sum", "debug",
        "dwp", "service", "desktop",
    ];
    let lower = name.to_ascii_lowercase();
    name.starts_with('.')
        || BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
        || lower.contains("license")
        || NAMES.contains(&lower.as_str())
        || ending(&lower).is_some_and(|ending| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use SurroundingsKind::{Build, Own, Programs, Shared};

    #[test]
    fn a_directory_belongs_to_a_program_unless_others_use_it() {
        for (path, names, expected) in [
            ("/work/app.dist", &["app.bin", "_ssl.so"][..], Own),
            ("/opt/thing", &["thing", "data"], Own),
            ("/usr/lib/p7zip", &["7z", "7z.so"], Own),
            ("/work/target/debug", &["app", "app.d", "deps", "incremental"], Build),
            ("/work/out", &["app", "app.o"], Build),
            ("/work/tool", &["tool", "main.go", "go.mod"], Build),
            ("/work/data/bin", &["protoc"], Programs),
            ("/work/tool/bin", &["tool", "runtime/"], Own),
            ("/work/venv/bin", &["python", "__pycache__/"], Programs),
            ("/usr/bin", &["sh"], Shared),
            ("/home/me", &["app"], Shared),
            ("/srv/me", &["app", ".bashrc"], Shared),
            ("/usr/lib/x86_64-linux-gnu", &["a"], Shared),
        ] {
            let entry = |name: &&str| match name.strip_suffix('/') {
                Some(name) => (name.to_owned(), FileKind::Directory),
                None => ((*name).to_owned(), FileKind::File),
            };
            let entries: Vec<_> = names.iter().map(entry).collect();
            assert_eq!(kind(Path::new(path), &entries), expected, "{path}");
        }
    }

    #[test]
    fn documents_and_archives_are_for_people() {
        for (name, expected) in [
            ("README.md", true),
            ("LICENSE-MIT", true),
            ("rg.1", true),
            ("complete", true),
            ("image.tar", true),
            (".env", true),
            ("data", false),
            ("app.dll", false),
            ("model.bin", false),
        ] {
            assert_eq!(is_for_people(name), expected, "{name}");
        }
    }
}
