//! Converters of character sets (iconv(3)): modules that glibc opens by what `gconv-modules` says.
//!
//! Those that an object names, or `--gconv`; all of them where converting is what the program is for: it imports
//! `iconv_open` itself and names no set at all. The image gets a `gconv-modules` of its own with the lines of what
//! is in it: the machine's, and its cache, tell of modules that are not.

use super::intake::{Intake, Taken, Why};
use super::item::Source;
use super::scan;
use crate::bytes::ReadAt;
use crate::events::Diagnostic;
use crate::files::Place;
use crate::suggest;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::PathBuf;

/// Sets that glibc has built in (iconv/gconv_builtin.h), by the names that programs use.
const BUILT_IN: [&str; 17] = [
    "UTF-8",
    "UTF8",
    "UCS-4",
    "UCS4",
    "UCS-4LE",
    "UCS-4BE",
    "UCS-2",
    "UCS2",
    "UCS-2LE",
    "UCS-2BE",
    "ASCII",
    "ANSI_X3.4-1968",
    "US-ASCII",
    "WCHAR_T",
    "INTERNAL",
    "UNICODELITTLE",
    "UNICODEBIG",
];

/// Whether glibc converts it without a module: every module converts to or from one of these.
fn is_built_in(canonical: &str) -> bool {
    BUILT_IN.contains(&canonical) || canonical.starts_with("ISO-10646/")
}

/// A character set that there is no converter for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no converter for the character set `{name}` on this machine")]
pub struct NoConverter {
    /// As it was named.
    name: String,
    /// The most similar name.
    closest: Option<String>,
}

impl Diagnostic for NoConverter {
    fn code(&self) -> &'static str {
        "no-converter"
    }

    fn hint(&self) -> String {
        match &self.closest {
            Some(closest) => format!("did you mean `{closest}`?"),
            None => "`iconv -l` lists what a machine has; `--gconv none` takes none".to_owned(),
        }
    }
}

/// What the machine has: the directory, and the lines of its configuration.
pub struct Converters {
    directory: Place,
    /// From an alias to the set.
    aliases: BTreeMap<String, String>,
    /// From, to, the file, and the line.
    modules: Vec<(String, String, String, String)>,
}

impl Converters {
    /// Reads the configuration in the first of `directories` that has one. `None` where none has.
    pub fn read(intake: &Intake<'_>, directories: &[PathBuf]) -> Option<Self> {
        let directory = directories
            .iter()
            .map(|directory| Place::sysroot(directory.join("gconv")))
            .find(|directory| intake.walk(&directory.join(b"gconv-modules")).is_some())?;
        let mut converters = Self { directory, aliases: BTreeMap::new(), modules: Vec::new() };
        let more = converters.directory.join(b"gconv-modules.d");
        let more: Vec<Place> = intake
            .list(&more)
            .iter()
            .filter(|name| name.extension() == Some(OsStr::new("conf")))
            .map(|name| Place { path: more.path.join(name), ..more.clone() })
            .collect();
        for place in std::iter::once(converters.directory.join(b"gconv-modules")).chain(more) {
            let text = intake.read(&place).unwrap_or_default();
            converters.lines(&String::from_utf8_lossy(&text));
        }
        Some(converters)
    }

    /// The lines of a `gconv-modules` (comments in the file that glibc ships).
    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let name = |word: &str| word.trim_end_matches('/').to_uppercase();
            match words[..] {
                ["alias", from, to] => {
                    self.aliases.insert(name(from), name(to));
                }
                ["module", from, to, file, ..] => {
                    self.modules.push((name(from), name(to), file.to_owned(), words.join("\t")));
                }
                _ => {}
            }
        }
    }

    /// Every name that a program may use.
    pub fn names(&self) -> BTreeSet<&str> {
        let modules = self.modules.iter().flat_map(|(from, to, ..)| [from.as_str(), to.as_str()]);
        self.aliases.keys().map(String::as_str).chain(modules).filter(|name| *name != "INTERNAL").collect()
    }

    /// The name of the set that `name` stands for; `None`: unknown. A built-in one needs no file.
    fn canonical(&self, name: &str) -> Option<String> {
        let upper = name.split("//").next().unwrap_or_default().to_uppercase();
        let canonical = self.aliases.get(&upper).cloned().unwrap_or(upper);
        let known = self.modules.iter().any(|(from, to, ..)| *from == canonical || *to == canonical);
        (known || BUILT_IN.contains(&canonical.as_str())).then_some(canonical)
    }

    /// Takes all converters, with the machine's own configuration.
    pub fn all(&self, intake: &mut Intake<'_>, why: &Why) -> Taken {
        intake.tree(&self.directory, why, &|_| false)
    }

    /// Takes the converters for these sets.
    pub fn some(&self, intake: &mut Intake<'_>, names: &BTreeSet<String>, why: &Why) -> Result<(), Vec<NoConverter>> {
        let mut wanted = BTreeSet::new();
        let mut errors = Vec::new();
        for name in names {
            match self.canonical(name) {
                Some(canonical) if is_built_in(&canonical) => {}
                Some(canonical) => {
                    wanted.insert(canonical);
                }
                None => errors.push(NoConverter {
                    closest: suggest::closest(&name.to_uppercase(), self.names()).map(str::to_owned),
                    name: name.clone(),
                }),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let used = self.modules.iter().filter(|(from, to, ..)| wanted.contains(from) || wanted.contains(to));
        let used: Vec<_> = used.collect();
        if used.is_empty() {
            return Ok(());
        }
        let files: BTreeSet<&str> = used.iter().map(|(_, _, file, _)| file.as_str()).collect();
        for file in files {
            let stem = file.strip_suffix(".so").unwrap_or(file);
            intake.file(&self.directory.join(format!("{stem}.so").as_bytes()), why);
        }
        let mut text = String::new();
        for (alias, to) in self.aliases.iter().filter(|(_, to)| wanted.contains(*to)) {
            text.extend(["alias\t", alias, "//\t", to, "//\n"]);
        }
        for (.., line) in used {
            text.push_str(line);
            text.push('\n');
        }
        let real =
            intake.walk(&self.directory).map_or(self.directory.path.clone(), |end| end.real.as_path().to_owned());
        let place = Place::sysroot(real.join("gconv-modules"));
        intake.put(place, Source::made(text.as_bytes()), 0o644, why);
        Ok(())
    }

    /// The sets that an object names as strings of their own; built-in ones too. `None`: it names none at all.
    pub fn named_by(&self, file: &dyn ReadAt, ranges: &[(u64, u64)]) -> std::io::Result<Option<BTreeSet<String>>> {
        // Short names are words of other languages too.
        let names: Vec<&str> = self.names().into_iter().filter(|name| name.len() > 3).collect();
        let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let all: Vec<&str> = names
            .iter()
            .copied()
            .chain(lower.iter().map(String::as_str))
            .chain(BUILT_IN)
            .chain(["utf-8", "utf8"])
            .collect();
        let found = scan::whole(file, ranges, &all, b"")?;
        if found.is_empty() {
            return Ok(None);
        }
        Ok(Some(found.into_iter().map(str::to_uppercase).collect()))
    }
}
