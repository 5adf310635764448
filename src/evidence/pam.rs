//! What PAM opens for a program (pam.conf(5)): the file of its service in `/etc/pam.d`, the files that this includes, and
//! the modules that they name.

use super::intake::{Intake, ItemReason, Taken, inside};
use super::scan;
use super::seen::Seen;
use crate::files::Place;
use std::collections::BTreeSet;
use std::path::Path;

/// The directory with a file for each service.
const SERVICES: &str = "/etc/pam.d";

/// The service of programs whose own has no file.
const OTHER: &str = "other";

/// Takes the services that `seen` names, or that are called as it is, and `other`. `modules` is the directory of modules.
/// Returns `Taken::No` if the machine has no such file.
pub fn bring(intake: &mut Intake<'_>, seen: &Seen, modules: &Place, reason: &ItemReason) -> Taken {
    let directory = inside(SERVICES);
    let there = intake.list(&directory);
    let names: Vec<&str> = there.iter().filter_map(|name| name.to_str()).collect();
    let named = intake.open(&seen.place).map(|file| scan::whole_strings(&*file, &seen.literals, &names, b""));
    let own = seen.place.path.file_name().and_then(|name| name.to_str());
    let own = names.iter().copied().filter(|name| *name == OTHER || Some(*name) == own);
    let mut left: Vec<String> =
        named.and_then(Result::ok).unwrap_or_default().into_iter().chain(own).map(str::to_owned).collect();
    let mut taken = BTreeSet::new();
    while let Some(service) = left.pop() {
        let file = directory.join(service.as_bytes());
        let Some(text) = intake.read(&file).and_then(|bytes| String::from_utf8(bytes).ok()) else { continue };
        if !taken.insert(service) {
            continue;
        }
        intake.file(&file, reason);
        for line in text.lines().map(Line::parse) {
            match line {
                Line::Include(name) => left.push(name.to_owned()),
                Line::Module(name) => drop(intake.file(&module(modules, name), reason)),
                Line::Nothing => {}
            }
        }
    }
    if taken.is_empty() { Taken::No } else { Taken::Yes }
}

/// The place of a module that a line names by its path, or by its name alone.
fn module(modules: &Place, name: &str) -> Place {
    if name.starts_with('/') { inside(name) } else { modules.join(name.as_bytes()) }
}

/// What a line of a service's file asks for.
#[derive(Debug, PartialEq, Eq)]
enum Line<'t> {
    /// The lines of another service.
    Include(&'t str),
    /// A module.
    Module(&'t str),
    /// Neither.
    Nothing,
}

impl<'t> Line<'t> {
    fn parse(line: &'t str) -> Self {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_prefix("@include") {
            return Self::Include(name.trim());
        }
        // `type control module arguments`; a control of several words stands in brackets.
        let Some((_, rest)) = line.split_once(char::is_whitespace) else { return Self::Nothing };
        let rest = rest.trim_start();
        let (control, rest) = match rest.strip_prefix('[') {
            Some(words) => words.split_once(']').unwrap_or_default(),
            None => rest.split_once(char::is_whitespace).unwrap_or_default(),
        };
        match rest.split_whitespace().next() {
            Some(name) if matches!(control, "include" | "substack") => Self::Include(name),
            Some(name) if Path::new(name).extension().is_some_and(|end| end == "so") => Self::Module(name),
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_module_or_another_service() {
        for (line, expected) in [
            ("auth required pam_unix.so nullok", Line::Module("pam_unix.so")),
            ("auth\t[success=1 default=ignore]\tpam_unix.so nullok", Line::Module("pam_unix.so")),
            ("-session optional /lib/security/pam_x.so", Line::Module("/lib/security/pam_x.so")),
            ("@include common-auth", Line::Include("common-auth")),
            ("auth include system-auth", Line::Include("system-auth")),
            ("auth substack system-auth", Line::Include("system-auth")),
            ("# auth required pam_unix.so", Line::Nothing),
            ("auth required", Line::Nothing),
            ("auth [success=1 pam_unix.so", Line::Nothing),
            ("", Line::Nothing),
        ] {
            assert_eq!(Line::parse(line), expected, "{line}");
        }
    }
}
