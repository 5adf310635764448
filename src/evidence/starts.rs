//! Other programs that an object may start: by names that are looked up in PATH, or through a shell.
//!
//! A name among the constants may be any word. A name counts if it is a whole string, is three letters long or longer, and
//! is that of a program of this machine, in an object that can start others; what it says then, `judgement` tells. In
//! objects that give commands to a shell, a string counts too that begins with the name of a program and goes on as a
//! command line does.

use super::candidate::{Candidate, CandidateKind, Distance, Shown};
use super::intake::{Intake, inside};
use super::ledger::Ledger;
use super::rules::LIBC_PARTS;
use super::scan;
use super::seen::Seen;
use crate::bytes::ReadAt;
use crate::elf::Object;
use crate::file::FileKind;
use crate::files::Place;
use crate::packages::{PackageDatabase, PackageId};
use crate::resolve::Library;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// Functions that give a command to `/bin/sh` (system(3), popen(3)).
const SHELL: [&str; 3] = ["system", "popen", "g_spawn_command_line_sync"];

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

/// The name of the system's shell.
const SYSTEM_SHELL: &str = "sh";

/// The shortest name that counts, in bytes.
const SHORTEST: usize = 3;

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
    let is_libc = |library: &&Library| LIBC_PARTS.iter().any(|part| library.soname.starts_with(part.as_bytes()));
    libraries.iter().filter(is_named).filter(|library| !is_libc(library)).any(|library| can_start(&library.object))
}

/// The function by which an object gives commands to a shell; `None` if it imports none.
pub fn shell(seen: &Seen) -> Option<&'static str> {
    SHELL.iter().find(|name| seen.elf.has_import(name)).copied()
}

/// The shell as an object of an image names it that can start programs, whether or not the image has a shell.
pub fn named_shell(intake: &Intake<'_>, seen: &Seen) -> Option<&'static str> {
    let file = intake.open(&seen.place).filter(|_| intake.takes_all && can_start(&seen.elf))?;
    let names = ["/bin/sh", SYSTEM_SHELL];
    let found = scan::whole_strings(&*file, &seen.literals, &names, b"").unwrap_or_default();
    names.into_iter().find(|name| found.contains(name))
}

/// Takes of the programs that `seen` names those that the table lets in; the ledger gets the others.
pub fn bring(intake: &mut Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen, libraries: &[Library]) {
    if seen.distance == Distance::Further || !can_start(&seen.elf) && !starts_through(seen, libraries) {
        return;
    }
    for candidate in named_by(intake, ledger, seen) {
        ledger.decide(intake, candidate);
    }
}

/// The programs of this machine that the constants of `seen` name: those of its package and of packages around that by
/// name, all by command line.
fn named_by(intake: &Intake<'_>, ledger: &mut Ledger<'_, '_>, seen: &Seen) -> Vec<Candidate> {
    let Some(file) = intake.open(&seen.place) else { return Vec::new() };
    let own = seen.place.path.file_name().and_then(|name| name.to_str());
    let around = programs_around(ledger, seen);
    let names = around.keys().map(String::as_str).filter(|name| Some(*name) != own);
    // Two letters begin many words, but as a whole string these are the shell.
    let names: Vec<&str> = names.chain(seen.is_packed().then_some(SYSTEM_SHELL)).collect();
    let mut found = scan::whole_strings(&*file, &seen.literals, &names, b"").unwrap_or_default();
    let by_shell = found.remove(SYSTEM_SHELL).then(|| (inside("/bin/sh"), Shown::Path(SYSTEM_SHELL.to_owned())));
    let by_name = found.into_iter().map(|name| (around[name].clone(), Shown::Name(name.to_owned())));
    let by_command =
        if seen.is_packed() && shell(seen).is_some() { commands(intake, seen, &*file) } else { Vec::new() };
    let candidate = |(place, shown): (Place, Shown)| {
        let end = intake.walk(&place).filter(|end| end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0)?;
        let kind = if matches!(shown, Shown::Name(_)) { CandidateKind::ProgramName } else { CandidateKind::Program };
        Some(ledger.candidate(seen, place, &end, kind, shown))
    };
    by_command.into_iter().chain(by_name).chain(by_shell).filter_map(candidate).collect()
}

/// The programs of the packages that an object's package is built with, or depends on, by their names.
fn programs_around(ledger: &mut Ledger<'_, '_>, seen: &Seen) -> Rc<BTreeMap<String, Place>> {
    let Some(package) = ledger.bonds.owner(&seen.place) else { return Rc::default() };
    if let Some(known) = ledger.programs_around.get(&package) {
        return known.clone();
    }
    let packages = ledger.bonds.packages();
    let around = packages.of_source(package).into_iter().chain(packages.package(package).depends.iter().copied());
    let programs = Rc::new(programs_of(packages, around));
    ledger.programs_around.insert(package, programs.clone());
    programs
}

/// The programs of `of`, by their names.
pub fn programs_of(packages: &PackageDatabase<'_>, of: impl IntoIterator<Item = PackageId>) -> BTreeMap<String, Place> {
    let mut programs = BTreeMap::new();
    for path in of.into_iter().flat_map(|package| packages.files(package)) {
        let path = path.as_path();
        let is_program =
            path.parent().is_some_and(|above| DIRECTORIES.iter().any(|directory| above == Path::new(directory)));
        let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_program && name.len() >= SHORTEST);
        if let Some(name) = name {
            programs.entry(name.to_owned()).or_insert_with(|| inside(path));
        }
    }
    programs
}

/// The programs of this machine with which command lines among the constants begin, each with the first such line.
fn commands(intake: &Intake<'_>, seen: &Seen, file: &dyn ReadAt) -> Vec<(Place, Shown)> {
    let mut programs = BTreeMap::new();
    for directory in DIRECTORIES {
        for name in intake.list(&inside(directory)) {
            let Some(name) = name.to_str().filter(|name| name.len() >= SHORTEST) else { continue };
            programs.entry(name.to_owned()).or_insert_with(|| inside(format!("{directory}/{name}")));
        }
    }
    let names: Vec<&str> = programs.keys().map(String::as_str).collect();
    let lines = scan::commands(file, &seen.literals, &names).unwrap_or_default();
    lines.into_iter().map(|(name, line)| (programs[name].clone(), Shown::Command(line))).collect()
}
