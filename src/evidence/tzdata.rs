//! Time zones: those named by `--zones`, the one that `-e TZ` names, and those that other variables and arguments name
//! (`Europe/Paris`), and the few that a program names which sets its zone itself. Never the builder's own.
//!
//! Every Go program names the directory of zones, used or not, so a text in the program shows nothing.

use super::finding::SeenObject;
use super::found::Evidence;
use super::intake::Intake;
use super::item::{Item, ItemKind};
use super::mentions::{MentionForm, mentions};
use super::scan;
use super::seen::Seen;
use super::words::Words;
use crate::events::Diagnostic;
use crate::file::FileKind;
use crate::files::{Files, Place, Walk, walk};
use crate::options::Choice;
use crate::paths::ImagePath;
use crate::suggest;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// Directories where glibc, musl, Go and most others look, the common one first.
const DIRECTORIES: [&str; 3] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"];

/// Names that stand for the machine's own zone, which is not taken.
const SETTINGS: [&str; 2] = ["localtime", "posixrules"];

/// Areas of the world, by which names of zones begin.
const AREAS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific", "Etc"];

/// Functions that read the zone of the variable TZ (tzset(3)).
const READ: [&str; 5] = ["tzset", "localtime", "localtime_r", "mktime", "tzalloc"];

/// Functions by which a program sets that variable.
const SET: [&str; 2] = ["setenv", "putenv"];

/// A program that names more zones has a table of them all, of which it uses none in particular.
const MOST_NAMED: usize = 8;

/// A zone that a program names, and the program.
#[derive(Debug)]
pub struct NamedZone {
    /// The name of the zone.
    zone: String,
    /// The program.
    object: SeenObject,
}

/// The zones that packed programs name which set their zone by the C library, or name the directory of zones.
pub fn named_by(intake: &Intake<'_>, seen: &[Seen]) -> Vec<NamedZone> {
    let has = |seen: &Seen, names: &[&str]| names.iter().any(|name| seen.elf.has_import(name));
    let sets = |seen: &Seen| has(seen, &READ) && has(seen, &SET);
    let looks = |seen: &Seen| seen.paths.iter().any(|named| Path::new(&named.path).starts_with(DIRECTORIES[0]));
    let programs = seen.iter().filter(|seen| seen.is_packed() && (sets(seen) || looks(seen)));
    let mut all = Vec::new();
    for seen in programs {
        let Some(file) = intake.open(&seen.place) else { continue };
        let found = mentions(&*file, &seen.literals, &AREAS).unwrap_or_default().into_iter();
        let found = found.filter(|mention| mention.form == MentionForm::Plain && !mention.rest.is_empty());
        let zones: BTreeSet<String> =
            found.map(|mention| format!("{}/{}", AREAS[mention.name], mention.rest)).collect();
        let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
        // A part of a text is an example.
        let whole = scan::whole_strings(&*file, &seen.literals, &zones, b"").unwrap_or_default();
        if whole.len() <= MOST_NAMED {
            let named = |zone: &str| NamedZone { zone: zone.to_owned(), object: seen.object.clone() };
            all.extend(whole.into_iter().map(named));
        }
    }
    all
}

/// Why a zone cannot go in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine does not have the zone.
    #[error("there is no time zone `{zone}` on this machine")]
    NoZone {
        /// The zone as the user named it.
        zone: String,
        /// The most similar name; `None` if there is none.
        closest: Option<String>,
    },
    /// The machine does not have a directory of zones.
    #[error("there are no time zones on this machine")]
    NoZones,
    /// The directory cannot be read.
    #[error("cannot read `{directory}`")]
    Unreadable {
        /// The directory.
        directory: ImagePath,
        /// The error of the system.
        source: io::Error,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NoZone { .. } | Self::NoZones => "no-zone",
            Self::Unreadable { .. } => "zones-unreadable",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::NoZones => vec![format!("searched: {}", DIRECTORIES.join(", "))],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoZone { closest: Some(closest), .. } => format!("did you mean `{closest}`?"),
            Self::NoZone { .. } => {
                "a zone is named as in `--zones Europe/Paris,America/Lima`; `--zones none` takes none".to_owned()
            }
            Self::NoZones => "install the package `tzdata`, or say `--zones none`".to_owned(),
            Self::Unreadable { .. } => String::new(),
        }
    }
}

/// Adds the zones that `choice`, the variable TZ of `env` and `words` of the user name to the items of `evidence`.
///
/// Fails with a problem for each zone that does not exist.
pub fn bring(
    evidence: &mut Evidence,
    choice: &Choice,
    env: &[(String, String)],
    words: &Words,
    named: &[NamedZone],
    sysroot: &dyn Files,
) -> Result<(), Vec<Error>> {
    let mut wanted: Vec<(String, &str)> = Vec::new();
    match choice {
        Choice::None => return Ok(()),
        Choice::Names(names) => wanted.extend(names.iter().map(|name| (name.clone(), "asked for with `--zones`"))),
        Choice::Evidence | Choice::All => {}
    }
    let value = env.iter().rev().find(|(key, _)| key == "TZ").map_or("", |(_, value)| value.as_str());
    if let Some(zone) = zone_name(value).or_else(|| zone_of_path(value, sysroot)) {
        wanted.push((zone.to_owned(), "named by `-e TZ`"));
    }
    let said: Vec<&str> = words.all().filter(|word| word.contains('/')).collect();
    if wanted.is_empty() && said.is_empty() && named.is_empty() && *choice != Choice::All {
        return Ok(());
    }
    let Some(directory) = DIRECTORIES
        .into_iter()
        .map(ImagePath::known)
        .find(|path| walk(sysroot, path.as_path()).is_ok_and(|end| end.stat.kind == FileKind::Directory))
    else {
        return if wanted.is_empty() && *choice != Choice::All { Ok(()) } else { Err(vec![Error::NoZones]) };
    };
    let unreadable = |source| vec![Error::Unreadable { directory: directory.clone(), source }];
    if *choice == Choice::All {
        let there = zones(sysroot, &directory).map_err(unreadable)?;
        wanted.extend(there.iter().map(|zone| (zone.clone(), "asked for with `--zones all`")));
    }
    let mut errors = Vec::new();
    let mut taken = BTreeSet::new();
    for (zone, because) in wanted {
        if !taken.insert(zone.clone()) {
            continue;
        }
        if let Some(item) = zone_item(sysroot, &directory, &zone, because) {
            evidence.brought.push(item);
        } else {
            // The list of all zones takes time, so it is read only now.
            let there = zones(sysroot, &directory).map_err(unreadable)?;
            errors.push(Error::NoZone { closest: closest(&zone, &there), zone });
        }
    }
    // Such a word may be anything; if there is a zone of this name, it is that.
    let said = said.into_iter().filter(|zone| taken.insert((*zone).to_owned()));
    let because = "named by an argument or a variable";
    evidence.brought.extend(said.filter_map(|zone| zone_item(sysroot, &directory, zone, because)));
    for NamedZone { zone, object } in named.iter().filter(|named| taken.insert(named.zone.clone())) {
        let item = zone_item(sysroot, &directory, zone, &format!("`{object}` names it, and sets its zone itself"));
        evidence.brought.extend(item.map(|item| Item { object: Some(object.id), ..item }));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The zone's name in a value of TZ (tzset(3)); `None` where the value is a rule of its own (`CET-1CEST`),
/// another file, or nothing.
fn zone_name(value: &str) -> Option<&str> {
    let name = value.strip_prefix(':').unwrap_or(value);
    let digits = name.bytes().any(|byte| byte.is_ascii_digit());
    let rule = name.contains(',') || digits && !name.contains('/');
    (!name.is_empty() && !name.starts_with('/') && !rule && name != "UTC").then_some(name)
}

/// The zone that a value of TZ names by its path; `None` where there is no zone at that path.
fn zone_of_path<'a>(value: &'a str, sysroot: &dyn Files) -> Option<&'a str> {
    let path = value.strip_prefix(':').unwrap_or(value);
    let zone = DIRECTORIES.iter().find_map(|directory| path.strip_prefix(directory)?.strip_prefix('/'))?;
    let end = walk(sysroot, Path::new(path)).ok()?;
    (!SETTINGS.contains(&zone) && is_zone(sysroot, &end)).then_some(zone)
}

/// The item of one zone; `None` if `directory` does not have it.
fn zone_item(files: &dyn Files, directory: &ImagePath, zone: &str, because: &str) -> Option<Item> {
    let path = directory.join(zone).filter(|path| path.is_within(directory) && path != directory)?;
    let end = walk(files, path.as_path()).ok()?;
    (!SETTINGS.contains(&zone) && is_zone(files, &end)).then(|| Item {
        place: Place::sysroot(path.as_path()),
        kind: ItemKind::File(files.content(&end.real, &end.stat)),
        mode: 0o644,
        rule: "zones",
        what: "time zones",
        because: because.to_owned(),
        object: None,
    })
}

/// Whether a public file begins as one with a zone does (tzfile(5)); lists of zones stand beside them.
fn is_zone(files: &dyn Files, end: &Walk) -> bool {
    end.stat.kind == FileKind::File
        && end.stat.is_public()
        && files.open(&end.real).and_then(|file| file.bytes_at(0, 4)).is_ok_and(|magic| magic == b"TZif")
}

/// The names of all zones below the directory, sorted. Links to directories have the same zones again.
fn zones(files: &dyn Files, directory: &ImagePath) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut todo = vec![(directory.clone(), String::new())];
    while let Some((path, prefix)) = todo.pop() {
        let real = walk(files, path.as_path())?.real;
        for (name, _) in files.list(&real)? {
            let Some(name) = name.to_str().filter(|name| !(prefix.is_empty() && SETTINGS.contains(name))) else {
                continue;
            };
            let (below, Some(path)) = (format!("{prefix}{name}"), path.join(OsStr::new(name))) else { continue };
            let Ok(end) = walk(files, path.as_path()) else { continue };
            if files.stat(&path).is_ok_and(|stat| stat.kind == FileKind::Directory) {
                todo.push((path, format!("{below}/")));
            } else if is_zone(files, &end) {
                names.insert(below);
            }
        }
    }
    Ok(names)
}

/// The most similar name of a zone.
fn closest(zone: &str, there: &BTreeSet<String>) -> Option<String> {
    // A city alone, or the right words in the wrong case, is what people write.
    let lower = zone.to_lowercase();
    let tail = there.iter().find(|name| name.to_lowercase().rsplit('/').next() == Some(&lower.replace(' ', "_")));
    let best = suggest::closest(zone, there.iter().map(String::as_str));
    tail.map(String::as_str).or(best).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_tz_names_a_zone_or_is_a_rule() {
        for (value, zone) in [
            ("Europe/Paris", Some("Europe/Paris")),
            (":Europe/Paris", Some("Europe/Paris")),
            ("EST5EDT", None),
            ("CET-1CEST,M3.5.0,M10.5.0/3", None),
            ("UTC", None),
            ("", None),
            ("/etc/localtime", None),
            ("Etc/GMT+3", Some("Etc/GMT+3")),
            ("Japan", Some("Japan")),
        ] {
            assert_eq!(zone_name(value), zone, "{value}");
        }
    }
}
