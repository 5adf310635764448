//! Converters of character sets (iconv(3)): modules that glibc opens by what `gconv-modules` says.
//!
//! An image gets those for the sets that an object or `--gconv` names, or writes with a number (`CP%d`); those of common
//! sets if the program imports `iconv_open` and names no set, since then its user chooses. With some of them comes a
//! `gconv-modules` of their lines only: the machine's, and its cache, name modules that are not in the image.

use super::intake::{Intake, ItemReason, Taken};
use super::item::ItemKind;
use super::scan;
use crate::bytes::ReadAt;
use crate::events::Diagnostic;
use crate::files::Place;
use crate::suggest;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::PathBuf;

/// Sets that glibc converts without a module (iconv/gconv_builtin.h), by the names that programs use.
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

/// Sets in which files and file systems of the last decades are written; the other two hundred are those of mainframes, of
/// single devices, and of committees.
const COMMON: [&str; 39] = [
    "ISO-8859-1",
    "ISO-8859-2",
    "ISO-8859-5",
    "ISO-8859-6",
    "ISO-8859-7",
    "ISO-8859-8",
    "ISO-8859-9",
    "ISO-8859-13",
    "ISO-8859-15",
    "CP1250",
    "CP1251",
    "CP1252",
    "CP1253",
    "CP1254",
    "CP1255",
    "CP1256",
    "CP1257",
    "CP1258",
    "CP437",
    "CP737",
    "CP775",
    "CP850",
    "CP852",
    "CP855",
    "CP857",
    "CP858",
    "CP862",
    "CP866",
    "CP874",
    "KOI8-R",
    "KOI8-U",
    "UTF-16",
    "UTF-16LE",
    "UTF-16BE",
    "UTF-7",
    "SHIFT_JIS",
    "EUC-JP",
    "GBK",
    "BIG5",
];

/// How programs write the name of a set whose number they know.
const WRITTEN: [(&str, &str); 8] = [
    ("CP%d", "CP"),
    ("CP%u", "CP"),
    ("cp%d", "CP"),
    ("cp%u", "CP"),
    ("WINDOWS-%", "CP125"),
    ("windows-%", "CP125"),
    ("ISO-8859-%", "ISO-8859-"),
    ("ISO8859-%", "ISO-8859-"),
];

/// What may stand before a string beside NUL: the last byte of a table of jumps, whose offsets are negative.
const BEFORE: &[u8] = b"\xff";

/// Whether glibc converts a set without a module. Every module converts to or from one of these sets.
fn is_built_in(canonical: &str) -> bool {
    BUILT_IN.contains(&canonical) || canonical.starts_with("ISO-10646/")
}

/// The machine has no converter for a character set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no converter for the character set `{name}` on this machine")]
pub struct NoConverter {
    /// The set as the user named it.
    name: String,
    /// The most similar name; `None` if there is none.
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

/// The gconv modules of the machine, as its configuration lists them.
pub struct Converters {
    /// The directory of modules and configuration.
    directory: Place,
    /// The set that each alias stands for, in upper case.
    aliases: BTreeMap<String, String>,
    /// The modules in the order of the configuration.
    modules: Vec<GconvModule>,
    /// The sets for which converters were taken so far.
    taken: RefCell<BTreeSet<String>>,
}

/// A module, which converts from one set to another.
struct GconvModule {
    from: String,
    to: String,
    /// The name of its file, with or without `.so`.
    file: String,
    /// Its line of the configuration, with one tab between words.
    line: String,
}

impl Converters {
    /// Reads the configuration in the first of `directories` that has one; `None` if none has.
    pub fn read(intake: &Intake<'_>, directories: &[PathBuf]) -> Option<Self> {
        let directory = directories
            .iter()
            .map(|directory| Place::sysroot(directory.join("gconv")))
            .find(|directory| intake.walk(&directory.join(b"gconv-modules")).is_some())?;
        let mut converters =
            Self { directory, aliases: BTreeMap::new(), modules: Vec::new(), taken: RefCell::default() };
        let more = converters.directory.join(b"gconv-modules.d");
        let more: Vec<Place> = intake
            .list(&more)
            .iter()
            .filter(|name| name.extension() == Some(OsStr::new("conf")))
            .map(|name| Place { path: more.path.join(name), ..more.clone() })
            .collect();
        for place in std::iter::once(converters.directory.join(b"gconv-modules")).chain(more) {
            let text = intake.read(&place).unwrap_or_default();
            converters.add_lines(&String::from_utf8_lossy(&text));
        }
        Some(converters)
    }

    /// Adds the lines of a `gconv-modules`; comments in the file that glibc ships describe the format.
    fn add_lines(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let name = |word: &str| word.trim_end_matches('/').to_uppercase();
            match words[..] {
                ["alias", from, to] => {
                    self.aliases.insert(name(from), name(to));
                }
                ["module", from, to, file, ..] => {
                    let (from, to) = (name(from), name(to));
                    self.modules.push(GconvModule { from, to, file: file.to_owned(), line: words.join("\t") });
                }
                _ => {}
            }
        }
    }

    /// Every name of a set that a program may use, in upper case.
    pub fn names(&self) -> BTreeSet<&str> {
        let modules = self.modules.iter().flat_map(|module| [module.from.as_str(), module.to.as_str()]);
        self.aliases.keys().map(String::as_str).chain(modules).filter(|name| *name != "INTERNAL").collect()
    }

    /// Those of `words` that are names of sets.
    pub fn known<'w>(&self, words: impl Iterator<Item = &'w str>) -> BTreeSet<String> {
        let is_known = |word: &&str| word.len() > 3 && self.canonical(word).is_some();
        words.filter(is_known).map(str::to_owned).collect()
    }

    /// Whether glibc converts all of these sets without a module.
    pub fn are_built_in(&self, names: &BTreeSet<String>) -> bool {
        names.iter().all(|name| self.canonical(name).is_none_or(|canonical| is_built_in(&canonical)))
    }

    /// The name of the set that `name` stands for; `None` if the set is unknown.
    fn canonical(&self, name: &str) -> Option<String> {
        let upper = name.split("//").next().unwrap_or_default().to_uppercase();
        let canonical = self.aliases.get(&upper).cloned().unwrap_or(upper);
        let known = self.modules.iter().any(|module| module.from == canonical || module.to == canonical);
        (known || BUILT_IN.contains(&canonical.as_str())).then_some(canonical)
    }

    /// Takes all converters, with the machine's own configuration.
    pub fn take_all(&self, intake: &mut Intake<'_>, reason: &ItemReason) -> Taken {
        intake.tree(&self.directory, reason, &|_| false)
    }

    /// The common sets that this machine has converters for.
    pub fn common(&self) -> BTreeSet<String> {
        COMMON.iter().filter(|name| self.canonical(name).is_some()).map(|name| (*name).to_owned()).collect()
    }

    /// Takes the converters for these sets, with a configuration of their own and of what was taken before. Sets that are
    /// built in need none.
    ///
    /// Fails, and takes nothing, if the machine has no converter for one of them.
    pub fn take_named(
        &self,
        intake: &mut Intake<'_>,
        names: &BTreeSet<String>,
        reason: &ItemReason,
    ) -> Result<(), Vec<NoConverter>> {
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
        self.taken.borrow_mut().extend(wanted);
        let wanted = self.taken.borrow();
        let is_used = |module: &&GconvModule| wanted.contains(&module.from) || wanted.contains(&module.to);
        let used: Vec<&GconvModule> = self.modules.iter().filter(is_used).collect();
        if used.is_empty() {
            return Ok(());
        }
        let files: BTreeSet<&str> = used.iter().map(|module| module.file.as_str()).collect();
        for file in files {
            let stem = file.strip_suffix(".so").unwrap_or(file);
            intake.file(&self.directory.join(format!("{stem}.so").as_bytes()), reason);
        }
        let text = self.configuration(&wanted, &used);
        let real =
            intake.walk(&self.directory).map_or(self.directory.path.clone(), |end| end.real.as_path().to_owned());
        let place = Place::sysroot(real.join("gconv-modules"));
        intake.put_anew(place, ItemKind::from_bytes(text.as_bytes()), 0o644, reason);
        Ok(())
    }

    /// The text of a `gconv-modules` with the aliases of the sets `wanted` and the lines of the modules `used`.
    fn configuration(&self, wanted: &BTreeSet<String>, used: &[&GconvModule]) -> String {
        let mut text = String::new();
        for (alias, to) in self.aliases.iter().filter(|(_, to)| wanted.contains(*to)) {
            text.extend(["alias\t", alias, "//\t", to, "//\n"]);
        }
        text.extend(used.iter().flat_map(|module| [module.line.as_str(), "\n"]));
        text
    }

    /// The sets, built-in ones too, that an object names as whole strings in `ranges` (offset and length) of `file`, and
    /// those that it writes with their numbers. `None` if it names none.
    pub fn named_by(&self, file: &dyn ReadAt, ranges: &[(u64, u64)]) -> std::io::Result<Option<BTreeSet<String>>> {
        // A short name may be another word.
        let names: Vec<&str> = self.names().into_iter().filter(|name| name.len() > 3).collect();
        let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let all: Vec<&str> = names
            .iter()
            .copied()
            .chain(lower.iter().map(String::as_str))
            .chain(BUILT_IN)
            .chain(["utf-8", "utf8"])
            .collect();
        let found = scan::whole_strings(file, ranges, &all, BEFORE)?;
        let written = scan::contained(file, ranges, WRITTEN.iter().map(|(text, _)| *text).collect())?;
        let begins = |name: &String| WRITTEN.iter().any(|(text, set)| written.contains(text) && name.starts_with(set));
        // Of code pages, many are those of mainframes.
        let parts = self.names().into_iter().filter(|name| name.starts_with("ISO-8859-")).map(str::to_owned);
        let written = self.common().into_iter().chain(parts).filter(begins);
        let all: BTreeSet<String> = found.into_iter().map(str::to_uppercase).chain(written).collect();
        Ok((!all.is_empty()).then_some(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Converters of a few sets.
    fn converters() -> Converters {
        let directory = Place::sysroot("/usr/lib/gconv");
        let mut converters =
            Converters { directory, aliases: BTreeMap::new(), modules: Vec::new(), taken: RefCell::default() };
        converters.add_lines(
            "alias\tCP850//\tIBM850//\nmodule\tIBM850//\tINTERNAL\tIBM850\t1\nalias\tCP037//\tIBM037//\n\
             module\tIBM037//\tINTERNAL\tIBM037\t1\nmodule\tISO-8859-2//\tINTERNAL\tISO8859-2\t1\n",
        );
        converters
    }

    #[test]
    fn common_sets_are_those_that_this_machine_has() {
        let expected = ["CP850", "ISO-8859-2"].map(str::to_owned);
        assert_eq!(converters().common(), BTreeSet::from(expected));
    }

    #[test]
    fn a_set_is_named_whole_or_written_with_its_number() {
        for (text, expected) in [
            (&b"\0IBM037\0"[..], Some(vec!["IBM037"])),
            (b"\0CP%d//TRANSLIT\0", Some(vec!["CP850"])),
            (b"\0\xb2\xff\xffIBM037\0", Some(vec!["IBM037"])),
            (b"\0iso-8859-2\0CP%u\0", Some(vec!["CP850", "ISO-8859-2"])),
            (b"\0ISO-8859-%d\0", Some(vec!["ISO-8859-2"])),
            (b"\0utf-8\0", Some(vec!["UTF-8"])),
            (b"\0xIBM037\0", None),
            (b"\0%d\0", None),
        ] {
            let found = converters().named_by(&text.to_vec(), &[(0, text.len() as u64)]).unwrap();
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>());
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(text));
        }
    }
}
