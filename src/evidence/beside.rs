//! What lies beside a program that has a directory of its own: a bundle (a frozen Python, a .NET application, Electron,
//! a wheel's program) that is started from where it was unpacked.
//!
//! Constants that name a file or directory there bring it, at the same place beside the program. One that names several
//! things of its directory, or a part of a runtime, lives there, and the whole directory comes in. What no constant
//! names is told (`told()`), since a program may make a name when it runs.
//!
//! Left out: settings, which are the machine's, other programs that this one cannot start, and everything in directories
//! that many programs share. Where programs are built, only paths of several parts count (`deep`).

mod deep;
mod told;

pub use told::told;

use super::intake::{Intake, ItemReason, Taken};
use super::mentions::{Mention, MentionForm, mentions};
use super::seen::Seen;
use super::starts;
use super::surroundings::{self, Surroundings, SurroundingsKind, ending, is_for_people, is_word_of_others};
use super::{carrier, frozen};
use crate::bytes::ReadAt;
use crate::elf::{self, Object, Window};
use crate::file::FileKind;
use crate::files::Place;
use crate::paths::ImagePath;
use crate::resolve::after_origin;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// The rule's name.
pub const RULE: &str = "beside";

/// The name of the rule for what a frozen program keeps beside itself.
pub const FROZEN: &str = "frozen";

/// The shortest name that counts where it is a whole string.
const SHORTEST: usize = 3;

/// The shortest name that counts as a part of a text. The strings of Go and Rust do not end in NUL.
const SHORTEST_IN_TEXT: usize = 7;

/// A program that names as many files of its directory lives there.
const MANY: usize = 3;

/// A larger program, in bytes, is not taken for a word that may be its name.
const LARGE: u64 = 1 << 20;

/// Endings of what a runtime is made of: such a file is rarely there alone.
const OF_RUNTIMES: [&str; 9] = ["dll", "so", "pak", "asar", "jar", "node", "pyc", "pyd", "ez"];

/// A library of a runtime is looked for as many directories deep in one that the program names.
const DEEPEST: usize = 3;

/// In a directory with more entries no library is looked for.
const MOST_IN_RUNTIME: usize = 64;

/// Endings and beginnings of settings.
const OF_SETTINGS: [&str; 10] = ["conf", "cfg", "ini", "toml", "yaml", "yml", "env", "pem", "key", "properties"];

/// Names at the top of a root: `/lib` is that one, and none beside a program.
const TOPS: [&str; 18] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "mnt", "opt", "proc", "root", "run", "sbin", "sys",
    "tmp", "usr", "var",
];

/// Takes what the program `seen` names of its own directory, and of the one above.
pub fn bring(intake: &mut Intake<'_>, seen: &Seen) {
    let Some(own) = surroundings::look(intake, &seen.place.directory()) else { return };
    // The programs of the system have their data elsewhere.
    if own.kind == SurroundingsKind::Shared && is_installed(&own.directory) {
        return;
    }
    let Some(file) = intake.open(&seen.place) else { return };
    let ranges = ranges(&*file, &seen.elf);
    if let Some(contents) = carrier::contents_directory(&*file)
        && bring_frozen(intake, seen, &own, &contents)
    {
        return;
    }
    if own.kind == SurroundingsKind::Own && !is_installed(&own.directory) && frozen::has_archive(intake, &own.directory)
    {
        return take_frozen(intake, seen, &own);
    }
    if matches!(own.kind, SurroundingsKind::Own | SurroundingsKind::Programs) {
        bring_own(intake, seen, &own, &*file, &ranges);
    } else if own.kind == SurroundingsKind::Build {
        for (place, text) in deep::named(intake, &seen.elf, &own, &*file, &ranges) {
            take(intake, seen, &place, &text);
        }
    }
    if let Some(above) = surroundings::look(intake, &own.directory.directory()) {
        bring_above(intake, seen, &own, &above, &*file, &ranges);
    }
}

/// Takes the directory `contents` of a frozen program; `false` if it is not beside the program.
fn bring_frozen(intake: &mut Intake<'_>, seen: &Seen, own: &Surroundings, contents: &str) -> bool {
    let because = format!("`{}` is frozen, with `{contents}` beside it", seen.object);
    let reason = ItemReason { rule: FROZEN, ..reason(seen, because) };
    let is_there = contents != "." && own.entries.iter().any(|(name, _)| name == contents);
    is_there && intake.bundle(&own.directory.join(contents.as_bytes()), &reason, &|_| false) == Taken::Yes
}

/// Takes the whole directory of a frozen program.
fn take_frozen(intake: &mut Intake<'_>, seen: &Seen, own: &Surroundings) {
    let because = format!("`{}` is frozen, with its library beside it", seen.object);
    let archives: Vec<&str> =
        own.entries.iter().map(|(name, _)| name.as_str()).filter(|name| ending(name) == Some("zip")).collect();
    take_whole(intake, seen, own, &ItemReason { rule: FROZEN, ..reason(seen, because) }, &archives);
}

/// Takes what the program names of its own directory.
fn bring_own(intake: &mut Intake<'_>, seen: &Seen, own: &Surroundings, file: &dyn ReadAt, ranges: &[(u64, u64)]) {
    // Modules of Python, and the kinds of one program, are named without their endings.
    let modules = own.entries.iter().enumerate().filter_map(|(index, (name, _))| Some((stem(name)?, index)));
    let names = own.entries.iter().enumerate().map(|(index, (name, _))| (name.as_str(), index));
    let (names, numbers): (Vec<&str>, Vec<usize>) = names.chain(modules).unzip();
    let Ok(found) = mentions(file, ranges, &names) else { return };
    let is_stem = |mention: &Mention| mention.name >= own.entries.len();
    let mut named: BTreeMap<&str, bool> = BTreeMap::new();
    for mention in &found {
        let (name, kind) = &own.entries[numbers[mention.name]];
        let place = own.directory.join(name.as_bytes());
        let Some(end) = intake.walk(&place).filter(|end| !leads_elsewhere(own, &end.real)) else { continue };
        let is_program = end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0 && !name.contains(".so");
        let counts = match end.stat.kind {
            FileKind::Directory => own.kind == SurroundingsKind::Own && names_directory(intake, &place, name, mention),
            FileKind::File if is_stem(mention) && !is_program && !is_module(name) => false,
            FileKind::File if is_program => starts::can_start(&seen.elf) && names_program(name, mention),
            FileKind::File => names_file(&seen.elf, name, mention),
            _ => false,
        };
        if counts && seen.place.path.file_name().is_none_or(|own| own != name.as_str()) && *kind != FileKind::Fifo {
            named.insert(name, is_program);
        }
    }
    let data = || named.iter().filter(|(_, is_program)| !**is_program).map(|(name, _)| *name);
    let is_part = |name: &str| {
        ending(name).is_some_and(|ending| OF_RUNTIMES.contains(&ending))
            || holds_library(intake, &own.directory.join(name.as_bytes()), &seen.libraries, DEEPEST)
    };
    let is_runtime = data().any(is_part);
    let lives_there = own.kind == SurroundingsKind::Own && !is_installed(&own.directory);
    if lives_there && (is_runtime || data().count() >= MANY) {
        let because = format!("`{}` names `{}` of its directory", seen.object, data().next().unwrap_or_default());
        let keep: Vec<&str> = named.keys().copied().collect();
        if take_whole(intake, seen, own, &reason(seen, because), &keep) == Taken::Yes {
            return;
        }
    }
    // In a directory of installed programs a plain name may be any other word.
    let is_bin = own.directory.path.ends_with("bin") || own.directory.path.ends_with("sbin");
    let is_word = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let may_be_word = |name: &str, is_program: bool| {
        let is_large =
            || intake.walk(&own.directory.join(name.as_bytes())).is_some_and(|end| end.stat.identity.size > LARGE);
        is_installed(&own.directory) && is_word(name) && (is_bin || is_program && !name.contains('_') && is_large())
    };
    let counted = named.iter().filter(|(name, is_program)| !may_be_word(name, **is_program));
    let counted: Vec<&str> = counted.map(|(name, _)| *name).collect();
    for name in counted {
        take(intake, seen, &own.directory.join(name.as_bytes()), name);
    }
}

/// Whether the directory `place` has one of these `libraries` below it, down to `depth` directories.
fn holds_library(intake: &Intake<'_>, place: &Place, libraries: &BTreeSet<String>, depth: usize) -> bool {
    let Some(below) = surroundings::look(intake, place).filter(|below| below.entries.len() <= MOST_IN_RUNTIME) else {
        return false;
    };
    below.entries.iter().any(|(name, kind)| match kind {
        FileKind::Directory => depth > 0 && holds_library(intake, &place.join(name.as_bytes()), libraries, depth - 1),
        _ => libraries.contains(name),
    })
}

/// Whether the end of all links of something in a directory of programs is none of that prefix: a virtual environment has
/// links to the Python that it was made with, which is not there for its other programs.
fn leads_elsewhere(own: &Surroundings, end: &ImagePath) -> bool {
    let prefix = own.directory.path.parent().unwrap_or(&own.directory.path);
    own.kind == SurroundingsKind::Programs && !end.as_path().starts_with(prefix)
}

/// Takes what the program names of the directory above its own: by `../NAME`, and from a `bin` also by `NAME/FILE`.
fn bring_above(
    intake: &mut Intake<'_>,
    seen: &Seen,
    own: &Surroundings,
    above: &Surroundings,
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
) {
    let is_bin = own.kind == SurroundingsKind::Programs || own.directory.path.ends_with("bin");
    if above.kind != SurroundingsKind::Own && !(is_bin && above.kind == SurroundingsKind::Build) {
        return;
    }
    if is_bin {
        bring_libraries(intake, seen, above, file, ranges);
    }
    let is_own = |name: &str| own.directory.path.file_name().is_some_and(|own| own == name);
    let names: Vec<&str> = above.entries.iter().map(|(name, _)| name.as_str()).collect();
    let Ok(found) = mentions(file, ranges, &names) else { return };
    for mention in found {
        let (name, _) = &above.entries[mention.name];
        let counts = match mention.form {
            // Installed, the whole directory is for many programs.
            MentionForm::Above => !mention.rest.is_empty() || !is_installed(&above.directory),
            MentionForm::Below => is_bin && (!mention.rest.is_empty() || !TOPS.contains(&name.as_str())),
            MentionForm::Plain => is_bin && !mention.rest.is_empty(),
            MentionForm::Text => false,
        };
        let is_searched =
            mention.rest.is_empty() && is_searched(&seen.elf, own, &above.directory.join(name.as_bytes()));
        if !counts || name.len() < SHORTEST || is_own(name) || is_word_of_others(name) || is_searched {
            continue;
        }
        let text = if mention.rest.is_empty() { name.clone() } else { format!("{name}/{}", mention.rest) };
        // An absolute path that exists is meant as one.
        if mention.form == MentionForm::Below && intake.walk(&Place::sysroot(format!("/{text}"))).is_some() {
            continue;
        }
        let place = above.directory.join(text.as_bytes());
        let is_plain = Path::new(&text).components().all(|part| matches!(part, Component::Normal(_)));
        if is_plain && intake.walk(&place).is_some() {
            take(intake, seen, &place, &text);
        }
    }
}

/// Whether the loader looks in `place` for the libraries of the object in the directory `own`: then they come in one by one.
fn is_searched(object: &Object, own: &Surroundings, place: &Place) -> bool {
    let lists = [&object.rpath, &object.runpath].into_iter().flatten();
    let mut entries = lists.flat_map(|list| list.split(|byte| *byte == b':'));
    entries.any(|entry| {
        let below = after_origin(entry).and_then(|after| after.strip_prefix(b"/")).unwrap_or_default();
        let mut path = own.directory.path.clone();
        for part in Path::new(OsStr::from_bytes(below)).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                part => path.push(part),
            }
        }
        !below.is_empty() && path == place.path
    })
}

/// Takes the directory `lib` beside the program's `bin` if the program names a library in it that its header does not.
fn bring_libraries(
    intake: &mut Intake<'_>,
    seen: &Seen,
    above: &Surroundings,
    file: &dyn ReadAt,
    ranges: &[(u64, u64)],
) {
    let Some(lib) = surroundings::look(intake, &above.directory.join(b"lib")) else { return };
    let modules: Vec<&str> =
        lib.entries.iter().map(|(name, _)| name.as_str()).filter(|name| name.contains(".so")).collect();
    let Ok(found) = mentions(file, ranges, &modules) else { return };
    let is_module =
        |mention: &&Mention| names_file(&seen.elf, modules[mention.name], mention) && mention.form != MentionForm::Text;
    if lib.kind == SurroundingsKind::Own
        && !is_installed(&lib.directory)
        && let Some(mention) = found.iter().find(is_module)
    {
        take(intake, seen, &lib.directory, modules[mention.name]);
    }
}

/// Whether `mention` names the directory `name` at `place`, or something in it.
fn names_directory(intake: &Intake<'_>, place: &Place, name: &str, mention: &Mention) -> bool {
    if name.len() < SHORTEST || is_word_of_others(name) || is_for_people(name) && name != "include" {
        return false;
    }
    let is_in_it = || {
        let first = mention.rest.split('/').next().unwrap_or_default();
        first.is_empty() || intake.walk(&place.join(first.as_bytes())).is_some()
    };
    let is_absolute = || intake.walk(&Place::sysroot(format!("/{name}/{}", mention.rest))).is_some();
    match mention.form {
        MentionForm::Plain => is_in_it(),
        MentionForm::Below => is_in_it() && !is_absolute() && !(mention.rest.is_empty() && TOPS.contains(&name)),
        MentionForm::Above | MentionForm::Text => false,
    }
}

/// The name of a file up to its first dot, if that may stand for the file: `_ssl` for
/// `_ssl.cpython-311-x86_64-linux-gnu.so`.
fn stem(name: &str) -> Option<&str> {
    let (stem, _) = name.split_once('.')?;
    (stem.len() > SHORTEST && !stem.starts_with("lib")).then_some(stem)
}

/// Whether a name is that of a module of Python.
fn is_module(name: &str) -> bool {
    let Some((_, behind)) = name.split_once('.') else { return false };
    behind == "so" || behind == "abi3.so" || behind.starts_with("cpython-") && ending(name) == Some("so")
}

/// Whether `mention` names the file `name`, which is neither a program nor a library that the header names.
fn names_file(object: &Object, name: &str, mention: &Mention) -> bool {
    let ending = ending(name).unwrap_or_default();
    let is_setting = OF_SETTINGS.contains(&ending) || name.starts_with("config.") || name.starts_with("settings.");
    let is_linked = object.needed.iter().any(|needed| needed == name.as_bytes());
    if is_setting || is_linked || !mention.rest.is_empty() {
        return false;
    }
    match mention.form {
        MentionForm::Plain | MentionForm::Below => name.len() >= SHORTEST,
        MentionForm::Text => name.len() >= SHORTEST_IN_TEXT && !ending.is_empty() && !is_for_people(name),
        MentionForm::Above => false,
    }
}

/// Whether `mention` names the program `name`.
fn names_program(name: &str, mention: &Mention) -> bool {
    let is_whole = matches!(mention.form, MentionForm::Plain | MentionForm::Below) && mention.rest.is_empty();
    is_whole && name.len() > SHORTEST
}

/// Takes the file or directory at `place`, which the program names as `text`.
fn take(intake: &mut Intake<'_>, seen: &Seen, place: &Place, text: &str) {
    let reason = reason(seen, format!("`{}` names `{text}`, which lies beside it", seen.object));
    match intake.walk(place).map(|end| end.stat.kind) {
        Some(FileKind::Directory) => drop(intake.bundle(place, &reason, &|_| false)),
        Some(FileKind::File) => drop(intake.file(place, &reason)),
        _ => {}
    }
}

/// Takes the whole directory of the program, but for what people read there and no constant names (`keep`).
fn take_whole(intake: &mut Intake<'_>, seen: &Seen, own: &Surroundings, reason: &ItemReason, keep: &[&str]) -> Taken {
    let program = seen.place.path.file_name();
    let skip = |path: &Path| {
        let name = path.to_string_lossy();
        let is_top = path.components().count() == 1;
        is_top && (Some(path.as_os_str()) == program || is_for_people(&name) && !keep.contains(&name.as_ref()))
    };
    intake.bundle(&own.directory, reason, &skip)
}

fn reason(seen: &Seen, because: String) -> ItemReason {
    ItemReason { rule: RULE, what: "files beside it", because, object: Some(seen.object.clone()) }
}

/// Whether a directory is one that packages install to: their database tells what is in it.
fn is_installed(directory: &Place) -> bool {
    ["/usr", "/lib", "/lib64", "/bin", "/sbin"].iter().any(|top| directory.path.starts_with(top))
}

/// The ranges of the file that hold strings of the program: what is loaded and is not code, also what it may write to.
fn ranges(file: &dyn ReadAt, object: &Object) -> Vec<(u64, u64)> {
    match elf::sections(&Window::new(file), object.machine) {
        Some(sections) => {
            let holds =
                sections.iter().filter(|section| section.is_in_file() && section.is_loaded() && !section.is_code());
            holds.map(|section| (section.offset, section.size)).collect()
        }
        None => elf::constant_ranges(file, object),
    }
}
