//! What was asked for and has no effect, or another one than it seems: told, so that nothing is ignored in silence.

use crate::closure::Closure;
use crate::compress::Compression;
use crate::elf::Libc;
use crate::events::Warning;
use crate::options::{Choice, Config, Contents, Division, Options};
use crate::rootfs::{Assembled, Node, Rootfs};
use std::ffi::OsStr;
use std::path::Path;

/// Warnings about flags that bring nothing to this program.
pub fn unused(closure: &Closure, rootfs: &Rootfs, contents: &Contents) -> Vec<Warning> {
    let given = closure.program.given.to_string_lossy();
    let mut warnings = Vec::new();
    let unopened = contents.libraries.iter().filter(|soname| {
        let name = Path::new(soname).file_name().unwrap_or(OsStr::new(soname));
        closure.resolution.loader.is_none() && !rootfs.entries().keys().any(|path| path.file_name() == Some(name))
    });
    warnings.extend(unopened.map(|soname| Warning {
        code: "unused-flag",
        message: format!("`--lib {soname}` has no effect: `{given}` is static and opens no libraries"),
        details: Vec::new(),
        hint: "leave it out, or link the program with its C library as a shared library".to_owned(),
    }));
    let has_glibc = closure.program.inspected.libc == Some(Libc::Glibc);
    for (flag, what, choice) in
        [("--locale", "locales", &contents.locales), ("--gconv", "converters", &contents.converters)]
    {
        let word = match choice {
            Choice::All => "all".to_owned(),
            Choice::Names(names) => names.join(","),
            Choice::Evidence | Choice::None => continue,
        };
        if !has_glibc && !closure.evidence.brought.iter().any(|item| item.what == what) {
            warnings.push(Warning {
                code: "unused-flag",
                message: format!("`{flag} {word}` has no effect: `{given}` does not have glibc, which opens {what}"),
                details: Vec::new(),
                hint: "leave it out, or link the program with glibc".to_owned(),
            });
        }
    }
    warnings
}

/// What is told where the program is not at the path that it would have, because something that was added is there.
pub enum Moved {
    /// A file or a link is there, which may have been meant to be the program.
    For(Warning),
    /// A directory is there.
    Hint(String),
}

/// Whether the program had to give way to what was added. `name` is what it is called where it does not keep its path.
pub fn moved(assembled: &Assembled, name: &OsStr, contents: &Contents) -> Option<Moved> {
    let Assembled { rootfs, program, .. } = assembled;
    let top = rootfs.entries().iter().find(|(path, _)| path.relative() == Path::new(name));
    let (path, entry) = top.filter(|(path, entry)| {
        contents.path.is_none() && *path != program && entry.is_added() && program.file_name() == Some(name)
    })?;
    let message = format!("`{path}` is what was added, and the program is `{program}`");
    let hint = "give one of the two another place: `--path PATH`, or `--add SRC:/DEST`";
    Some(match entry.node {
        Node::Directory => Moved::Hint(format!("{message}; `--path PATH` gives it another place")),
        Node::File(_) | Node::Link(_) => {
            Moved::For(Warning { code: "program-moved", message, details: Vec::new(), hint: hint.to_owned() })
        }
    })
}

/// Warnings about labels, annotations and variables that were given twice with different values: the last one counts.
pub fn given_twice(config: &Config) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (flag, pairs) in [("--label", &config.labels), ("--annotation", &config.annotations), ("--env", &config.env)] {
        for (at, (key, value)) in pairs.iter().enumerate() {
            let next = pairs[at + 1..].iter().find(|(other, _)| other == key).filter(|(_, other)| other != value);
            warnings.extend(next.map(|(_, last)| Warning {
                code: "given-twice",
                message: format!("`{flag} {key}` is given twice: `{last}` counts, and `{value}` does not"),
                details: Vec::new(),
                hint: "leave one of them out".to_owned(),
            }));
        }
    }
    warnings
}

/// Warnings about what only an image has, where a plain root file system is asked for.
pub fn without_an_image(options: &Options) -> Vec<Warning> {
    if options.format.has_layers() {
        return Vec::new();
    }
    let Options { config, .. } = options;
    let given = [
        ("--label", !config.labels.is_empty()),
        ("--labels", config.shown_labels),
        ("--annotation", !config.annotations.is_empty()),
        ("--expose", !config.ports.is_empty()),
        ("--stop-signal", config.stop_signal.is_some()),
        ("--compress", options.compression != Compression::default()),
        ("--layers", options.division != Division::default()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let warning = |(flag, _)| Warning {
        code: "unused-flag",
        message: format!("`{flag}` has no effect: a plain root file system has neither configuration nor layers"),
        details: Vec::new(),
        hint: "leave it out, or leave `--format rootfs` out".to_owned(),
    };
    given.map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_twice_is_told_unless_it_is_the_same() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        for (labels, expected) in [
            (vec![pair("a", "1"), pair("b", "1")], vec![]),
            (vec![pair("a", "1"), pair("a", "1")], vec![]),
            (vec![pair("a", "1"), pair("a", "2")], vec!["`--label a` is given twice: `2` counts, and `1` does not"]),
            (
                vec![pair("a", "1"), pair("a", "2"), pair("a", "3")],
                vec![
                    "`--label a` is given twice: `2` counts, and `1` does not",
                    "`--label a` is given twice: `3` counts, and `2` does not",
                ],
            ),
        ] {
            let told = given_twice(&Config { labels, ..Config::default() });
            assert_eq!(told.iter().map(|warning| warning.message.as_str()).collect::<Vec<_>>(), expected);
        }
    }
}
