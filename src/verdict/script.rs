//! A script that is named as a program: the command that packs its interpreter with the script, and with what lies beside
//! it.

use super::error::Error;
use crate::bytes::ReadAt;
use crate::elf::{Kind, script};
use crate::file::FileKind;
use crate::files::{Place, Roots};
use crate::options::PATH;
use crate::paths::ImagePath;
use crate::program::Program;
use crate::suggest::shell_word;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Interpreters whose scripts load other files from their own directory.
const WITH_MODULES: [&str; 6] = ["python", "pypy", "node", "ruby", "perl", "php"];

/// Where Debian keeps the modules of scripts that are installed.
const PYTHON_MODULES: &str = "/usr/lib/python3/dist-packages";

/// The error for `program`, which is a script. `search` is the value of PATH in which an interpreter is looked up.
pub fn script_error(program: &Program, roots: Roots<'_>, search: Option<&OsStr>) -> Error {
    let words = script::words(program.inspected.interpreter.as_deref().unwrap_or_default());
    let first = words.first().map_or("/bin/sh", String::as_str);
    let name = script::program_behind_env(&words).unwrap_or(first);
    let what = format!("is a script for `{name}`");
    let interpreter = interpreter(name, roots, search);
    let hint = match &interpreter {
        None => format!(
            "`{name}` is not here; install it, then pack it with the script: {}",
            command(program, name, &words, roots)
        ),
        Some(found) => {
            format!("pack the interpreter and bring the script: {}", command(program, found, &words, roots))
        }
    };
    Error::Kind { given: program.given.clone(), kind: Kind::Script, what, details: Vec::new(), hint }
}

/// The word by which `pack` finds the interpreter `name`: `name` itself, or the path of a program of this name where
/// another script stands before it in PATH (a shim of a version manager); `None` if there is none.
fn interpreter(name: &str, roots: Roots<'_>, search: Option<&OsStr>) -> Option<String> {
    if name.contains('/') {
        return is_there(&Place::sysroot(name), roots).is_some().then(|| name.to_owned());
    }
    let search = search.unwrap_or(OsStr::new(PATH));
    let directories = search.as_bytes().split(|byte| *byte == b':').filter(|directory| directory.starts_with(b"/"));
    let places = directories.map(|directory| Path::new(OsStr::from_bytes(directory)).join(name));
    let found: Vec<(PathBuf, bool)> = places
        .filter_map(|path| {
            let file = is_there(&roots.place(&path), roots)?;
            Some((path, script::read(&*file).is_some()))
        })
        .collect();
    match found.iter().position(|(_, is_script)| !is_script)? {
        0 => Some(name.to_owned()),
        other => Some(found[other].0.display().to_string()),
    }
}

/// The program at `place`, opened; `None` if there is none.
fn is_there(place: &Place, roots: Roots<'_>) -> Option<Box<dyn ReadAt>> {
    let end = roots.walk(place).ok().filter(|end| end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0)?;
    roots.files(place).open_again(&end.real).ok()
}

/// The command that packs `interpreter` with the script. `words` are those of its first line.
fn command(program: &Program, interpreter: &str, words: &[String], roots: Roots<'_>) -> String {
    let Brought { add, path } = brought(program, interpreter, roots);
    let options = options(words);
    let options = if options.is_empty() { String::new() } else { format!("{options} ") };
    let add: Vec<String> = add.iter().map(|add| format!("--add {}", shell_word(add))).collect();
    format!("`pack {} {} -- {options}{}`", shell_word(interpreter), add.join(" "), shell_word(&path))
}

/// What comes with the interpreter, and the path of the script in the image.
struct Brought {
    /// The values of `--add`.
    add: Vec<String>,
    path: String,
}

fn brought(program: &Program, interpreter: &str, roots: Roots<'_>) -> Brought {
    let given = Path::new(&program.given);
    // A name without a slash may have been found in PATH.
    let named = roots.on_host(&program.named);
    let is_here = given.components().count() > 1 || std::path::absolute(given).is_ok_and(|path| path == named);
    let given = if is_here { given.display() } else { named.display() }.to_string();
    let name = program.name().to_string_lossy().into_owned();
    let real = roots.on_host(&program.real);
    let kind = interpreter.rsplit('/').next().unwrap_or(interpreter);
    if let Some((modules, below)) = node_modules(&real) {
        let add = format!("{}:/app/node_modules", modules.display());
        return Brought { add: vec![add], path: format!("/app/node_modules/{}", below.display()) };
    }
    let has_modules = WITH_MODULES.iter().any(|with| kind.starts_with(with));
    if has_modules && real.starts_with("/usr") {
        let modules = kind.starts_with("python") && roots.walk(&Place::sysroot(PYTHON_MODULES)).is_ok();
        let path = real.display().to_string();
        let modules = modules.then(|| PYTHON_MODULES.to_owned());
        return Brought { add: std::iter::once(path.clone()).chain(modules).collect(), path };
    }
    if let (true, Some(directory)) = (has_modules, modules_beside(program, roots)) {
        let below = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Brought { add: vec![format!("{}:/app", directory.display())], path: format!("/app/{below}") };
    }
    Brought { add: vec![format!("{given}:/{name}")], path: format!("/{name}") }
}

/// The directory of packages of Node.js that a script is in, and its path below.
fn node_modules(script: &Path) -> Option<(&Path, &Path)> {
    let modules = script.ancestors().filter(|above| above.ends_with("node_modules")).last()?;
    Some((modules, script.strip_prefix(modules).ok()?))
}

/// The directory of a script that has others of its kind beside itself.
fn modules_beside(program: &Program, roots: Roots<'_>) -> Option<PathBuf> {
    let directory = program.real.directory();
    let ending = program.real.path.extension()?;
    let names = roots.files(&directory).list(&ImagePath::new(&directory.path)?).ok()?;
    let others = names.iter().filter(|(name, _)| Path::new(name).extension() == Some(ending)).count();
    (others > 1 && !directory.path.ends_with("bin")).then(|| roots.on_host(&directory))
}

/// The options of the interpreter in the first line of a script, as words of a shell.
fn options(words: &[String]) -> String {
    let behind = match script::program_behind_env(words) {
        Some(program) => words.iter().position(|word| word == program).map_or(words.len(), |at| at + 1),
        None => 1,
    };
    let options: Vec<String> = words.iter().skip(behind).map(|word| shell_word(word)).collect();
    options.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_interpreter_are_those_behind_it() {
        for (line, expected) in [
            ("/bin/sh", ""),
            ("/bin/sh -eu", "-eu"),
            ("/usr/bin/env python3", ""),
            ("/usr/bin/env -S node --import x", "--import x"),
            ("/usr/bin/env -S A=b deno run", "run"),
        ] {
            assert_eq!(options(&script::words(line.as_bytes())), expected, "{line}");
        }
    }

    #[test]
    fn a_script_of_a_package_of_node_is_found_below_the_highest_directory_of_packages() {
        let found = node_modules(Path::new("/a/node_modules/b/node_modules/c/x.js"));
        assert_eq!(found, Some((Path::new("/a/node_modules"), Path::new("b/node_modules/c/x.js"))));
        assert_eq!(node_modules(Path::new("/a/x.js")), None);
    }
}
