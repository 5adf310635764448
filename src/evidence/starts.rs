//! Other programs that an object may start: by names that are looked up in PATH, or through a shell.
//!
//! A name among the constants may be any word. A name counts if it is a whole string, is three letters long or longer, and
//! is that of a program of this machine, in an object that can start others; what it says then, `judgement` tells. In
//! objects that give commands to a shell, the programs count too that their command lines run (`command_lines`).

use super::candidate::{Candidate, CandidateKind, Distance, Shown};
use super::command_lines;
use super::intake::{Intake, inside};
use super::judgement::{Judgement, judge};
use super::ledger::Ledger;
use super::passed::{self, Passed};
use super::rules::is_part_of_libc;
use super::scan;
use super::seen::{Language, Seen};
use super::weight::{weight, weight_of_own};
use crate::bytes::ReadAt;
use crate::elf::{Object, script};
use crate::file::FileKind;
use crate::files::Place;
use crate::packages::{PackageDatabase, PackageId};
use crate::resolve::Library;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// Functions that give a command to `/bin/sh` (system(3), popen(3), wordexp(3)).
const SHELL: [&str; 4] = ["system", "popen", "wordexp", "g_spawn_command_line_sync"];

/// Functions that start a program (exec(3), posix_spawn(3)), by its path or by a name that they look up in PATH.
const EXEC: [&str; 19] = [
    "execv",
    "execve",
    "execl",
    "execle",
    "posix_spawn",
    "execveat",
    "fexecve",
    "execvp",
    "execlp",
    "execvpe",
    "posix_spawnp",
    "g_spawn_async",
    "g_spawn_sync",
    "g_spawn_async_with_pipes",
    "g_spawn_command_line_async",
    "g_subprocess_new",
    "g_subprocess_newv",
    "uv_spawn",
    "apr_proc_create",
];

/// The directories of PATH in an image.
const DIRECTORIES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/// The name of the system's shell, and others of which linkers let it be the end: they store the two as one string.
const SHELLS: [&str; 3] = ["csh", "ksh", "sh"];

/// The shortest name that counts, in bytes.
const SHORTEST: usize = 3;

/// The same for a command line with an option: `mv -f`.
const SHORTEST_OF_COMMAND: usize = 2;

/// Whether a path is that of the system's shell.
pub fn is_shell(path: &Path) -> bool {
    ["/bin/sh", "/usr/bin/sh"].iter().any(|shell| path == Path::new(shell))
}

/// Whether an object can start other programs: by a function of the C library, or in ways that do not show, since it is
/// linked without one.
pub fn can_start(object: &Object) -> bool {
    let imports = SHELL.iter().chain(&EXEC).chain(&["posix_spawn_file_actions_init", "fork", "vfork"]);
    !object.dynamic || imports.into_iter().any(|name| object.has_import(name))
}

/// What the names of functions have in them by which a library starts programs for others.
const STARTS: [&str; 9] = ["spawn", "exec", "popen", "pipe", "process", "Process", "command", "system", "launch"];

/// Whether a library that the object names can start others for it, and the object calls one by a name that says so; the
/// C library can for all.
fn starts_through(seen: &Seen, libraries: &[Library]) -> bool {
    let says_so = |name: &[u8]| STARTS.iter().any(|text| memchr::memmem::find(name, text.as_bytes()).is_some());
    if !seen.elf.imports.iter().any(|import| says_so(import)) {
        return false;
    }
    let is_named = |library: &&Library| seen.elf.needed.contains(&library.soname);
    libraries
        .iter()
        .filter(is_named)
        .filter(|library| !is_part_of_libc(&library.soname))
        .any(|library| can_start(&library.object))
}

/// The function by which an object gives commands to a shell; `None` if it imports none.
pub fn shell(seen: &Seen) -> Option<&'static str> {
    SHELL.iter().find(|name| seen.elf.has_import(name)).copied()
}

/// The shell as an object of an image names it that can start programs, whether or not the image has a shell.
pub fn named_shell(intake: &Intake<'_>, seen: &Seen) -> Option<&'static str> {
    let file = intake.open(&seen.place).filter(|_| intake.takes_all && can_start(&seen.elf))?;
    let names = ["/bin/sh", "sh"];
    let found = scan::whole_strings(&*file, &seen.literals, &names, b"").unwrap_or_default();
    names.into_iter().find(|name| found.contains(name))
}

/// Takes of the programs that `seen` names those that the table lets in; the ledger gets the others.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen, libraries: &[Library]) {
    if seen.distance == Distance::Further {
        return;
    }
    let mut candidates = passed_by(intake, ledger, seen);
    if can_start(&seen.elf) || starts_through(seen, libraries) {
        candidates.extend(named_by(intake, ledger, seen));
    }
    for candidate in candidates {
        // What a program may run that another one starts is not told.
        let is_told = seen.is_packed() || !matches!(candidate.kind, CandidateKind::Command | CandidateKind::Shell);
        if is_told || judge(&candidate).0 == Judgement::Take {
            ledger.decide(intake, candidate);
        }
    }
}

/// The programs of this machine that the constants of `seen` name: those of its package and of packages around that by
/// name, all by command line.
fn named_by(intake: &Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen) -> Vec<Candidate> {
    let Some(file) = intake.open(&seen.place) else { return Vec::new() };
    let own = seen.place.path.file_name().and_then(|name| name.to_str());
    let around = programs_around(intake, ledger, seen);
    let names = around.keys().map(String::as_str).filter(|name| Some(*name) != own);
    // Two letters begin many words, but as a whole string these are the shell. Strings of Go do not end, so that one that
    // seems whole is none.
    let has_strings = seen.language != Language::Go;
    let shells = SHELLS.into_iter().filter(|_| seen.is_packed() && has_strings);
    let names: Vec<&str> = names.chain(shells).collect();
    let mut found = scan::whole_strings(&*file, &seen.literals, &names, b"").unwrap_or_default();
    let by_shell = SHELLS.into_iter().filter(|shell| seen.is_packed() && found.remove(shell)).last();
    let by_shell = by_shell.map(|_| Shown::Name("sh".to_owned()));
    let by_import = || Some(Shown::Import(shell(seen).filter(|_| seen.is_packed())?.to_owned()));
    let by_shell = by_shell.or_else(by_import).map(|shown| (CandidateKind::Shell, inside("/bin/sh"), shown));
    let by_name = found.into_iter().map(|name| {
        let kind = if is_no_word(name) { CandidateKind::Program } else { CandidateKind::ProgramName };
        (kind, around[name].clone(), Shown::Name(name.to_owned()))
    });
    let is_part = seen.is_program || ledger.distance(seen) == Distance::Program;
    let by_command = if is_part && shell(seen).is_some() { commands(intake, seen, &*file) } else { Vec::new() };
    let all = by_command.into_iter().chain(by_name).chain(by_shell);
    all.filter_map(|(kind, place, shown)| candidate(intake, ledger, seen, kind, place, shown)).collect()
}

/// The program at `place` as a candidate, if there is one.
fn candidate(
    intake: &Intake<'_>,
    ledger: &Ledger<'_, '_>,
    seen: &Seen,
    kind: CandidateKind,
    place: Place,
    shown: Shown,
) -> Option<Candidate> {
    let end = intake.walk(&place).filter(|end| end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0)?;
    let mut candidate = ledger.candidate(seen, place, &end, kind, shown);
    let is_of_command = matches!(kind, CandidateKind::Command | CandidateKind::Shell);
    let weight = if is_of_command { weight } else { weight_of_own };
    candidate.bytes = weight(intake, ledger, &candidate.place, &end);
    Some(candidate)
}

/// The programs of this machine that the code of a packed program passes to functions that start others.
fn passed_by(intake: &Intake<'_>, ledger: &Ledger<'_, '_>, seen: &Seen) -> Vec<Candidate> {
    let Some(file) = intake.open(&seen.place).filter(|_| seen.is_packed()) else { return Vec::new() };
    let mut found: BTreeMap<Place, (CandidateKind, Shown)> = BTreeMap::new();
    for Passed { text, is_of_others } in passed::programs(&*file, seen) {
        let is_shell = text == "sh" || is_shell(Path::new(&text));
        let place = if is_shell { Some(inside("/bin/sh")) } else { passed_place(intake, &text) };
        let place = place.filter(|place| intake.walk(place).is_some_and(|end| place.at_end(&end) != seen.place));
        let Some(place) = place else { continue };
        // A script brings what it runs, which is much for a name.
        let is_script = || intake.open(&place).is_some_and(|file| script::read(&*file).is_some());
        let kind = match () {
            () if is_of_others || is_script() => CandidateKind::Program,
            () if is_shell => CandidateKind::Shell,
            () => CandidateKind::Command,
        };
        found.entry(place).or_insert((kind, Shown::Passed(text)));
    }
    found.into_iter().filter_map(|(place, (kind, shown))| candidate(intake, ledger, seen, kind, place, shown)).collect()
}

/// The place of the program that a function starts by `text`, a name or an absolute path. What the kernel makes is no
/// program of the machine.
fn passed_place(intake: &Intake<'_>, text: &str) -> Option<Place> {
    if text.starts_with('/') {
        let is_made = ["/proc/", "/dev/", "/sys/"].iter().any(|top| text.starts_with(top));
        return (!is_made).then(|| inside(text));
    }
    in_path(text).find(|place| intake.walk(place).is_some())
}

/// The programs of the packages that an object's package is built with, or depends on, by their names.
pub fn programs_around(intake: &Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen) -> Rc<BTreeMap<String, Place>> {
    let Some(package) = ledger.bonds.owner(&seen.place) else { return Rc::default() };
    if let Some(known) = ledger.programs_around.get(&package) {
        return known.clone();
    }
    let packages = ledger.bonds.packages();
    let around = packages.of_source(package).into_iter().chain(packages.package(package).depends.iter().copied());
    let programs = Rc::new(programs_of(intake, packages, around));
    ledger.programs_around.insert(package, programs.clone());
    programs
}

/// The programs of `of`, by their names.
pub fn programs_of(
    intake: &Intake<'_>,
    packages: &PackageDatabase<'_>,
    of: impl IntoIterator<Item = PackageId>,
) -> BTreeMap<String, Place> {
    let mut programs = BTreeMap::new();
    for file in of.into_iter().flat_map(|package| packages.files(package)) {
        let path = file.as_path();
        let Some(above) = path.parent().filter(|above| above.ends_with("bin") || above.ends_with("sbin")) else {
            continue;
        };
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.len() >= SHORTEST) else {
            continue;
        };
        let is_found = DIRECTORIES.iter().any(|directory| above == Path::new(directory));
        // Outside PATH a program is found by a link that no package holds (update-alternatives).
        let place = if is_found { Some(inside(path)) } else { linked(intake, name, path) };
        if let Some(place) = place {
            programs.entry(name.to_owned()).or_insert(place);
        }
    }
    programs
}

/// Whether a name cannot be any word of a language: it has several parts, with `-` or `_` between them.
fn is_no_word(name: &str) -> bool {
    name.bytes().any(|byte| byte == b'-' || byte == b'_')
}

/// The places in which a program of this name is looked up.
pub fn in_path(name: &str) -> impl Iterator<Item = Place> {
    DIRECTORIES.iter().map(move |directory| inside(format!("{directory}/{name}")))
}

/// The link by which the program `path` is found in PATH.
fn linked(intake: &Intake<'_>, name: &str, path: &Path) -> Option<Place> {
    in_path(name).find(|place| intake.walk(place).is_some_and(|end| end.real.as_path() == path))
}

/// The programs of this machine that command lines among the constants run, each with the first such line, and the shell
/// that runs them.
fn commands(intake: &Intake<'_>, seen: &Seen, file: &dyn ReadAt) -> Vec<(CandidateKind, Place, Shown)> {
    let mut programs = BTreeMap::new();
    for directory in DIRECTORIES {
        for name in intake.list(&inside(directory)) {
            let Some(name) = name.to_str().filter(|name| name.len() >= SHORTEST_OF_COMMAND) else { continue };
            programs.entry(name.to_owned()).or_insert_with(|| inside(format!("{directory}/{name}")));
        }
    }
    let own = seen.place.path.file_name().and_then(|name| name.to_str());
    let names: Vec<&str> = programs.keys().map(String::as_str).filter(|name| Some(*name) != own).collect();
    let mut lines = command_lines::commands(file, &seen.literals, &names).unwrap_or_default();
    lines.retain(|name, line| name.len() >= SHORTEST || line.contains(" -"));
    let line = |line: &String| Shown::Command(line.clone());
    let shell = lines.values().next().map(|first| (CandidateKind::Shell, inside("/bin/sh"), line(first)));
    let run = lines.iter().map(|(name, text)| (CandidateKind::Command, programs[*name].clone(), line(text)));
    run.chain(shell).collect()
}
