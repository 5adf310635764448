//! Other programs that a program starts: through a shell, by the paths among its constants, or by names that are
//! looked up in PATH. What it really starts it decides when it runs, so nothing is packed for this; it is told.

use super::finding::Named;
use super::intake::{Intake, inside};
use super::scan;
use super::seen::Seen;
use std::collections::BTreeSet;

/// Functions that give a command to `/bin/sh` (system(3), popen(3)).
const SHELL: [&str; 2] = ["system", "popen"];

/// Functions that start a program by its path (exec(3), posix_spawn(3)).
const EXEC: [&str; 7] = ["execv", "execve", "execl", "execle", "posix_spawn", "execveat", "fexecve"];

/// Those that look its name up in PATH.
const BY_NAME: [&str; 4] = ["execvp", "execlp", "execvpe", "posix_spawnp"];

/// Programs that others start by name. Any name of a program may be a word of something else, so not every one
/// that stands among the constants tells something.
const HELPERS: [&str; 40] = [
    "sh",
    "bash",
    "gzip",
    "gunzip",
    "bzip2",
    "bunzip2",
    "xz",
    "unxz",
    "zstd",
    "lz4",
    "lzip",
    "lzop",
    "compress",
    "zip",
    "unzip",
    "tar",
    "cpio",
    "ssh",
    "rsh",
    "scp",
    "less",
    "pager",
    "gpg",
    "m4",
    "cc",
    "gcc",
    "as",
    "ld",
    "cc1",
    "troff",
    "grotty",
    "tbl",
    "sendmail",
    "xdg-open",
    "dpkg-query",
    "git",
    "hg",
    "iptables",
    "openssl",
    "qemu-img",
];

/// Where PATH leads.
const DIRECTORIES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/// What a program starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Starts {
    /// The function by which it gives commands to a shell.
    pub shell: Option<&'static str>,
    /// The paths of programs that it names, all of which are here.
    pub paths: Vec<String>,
    /// The names of programs that it names, and that are here.
    pub names: Vec<String>,
}

/// What `program` starts; `named` are the paths of programs among its constants.
pub fn started_by(intake: &Intake<'_>, program: Option<&Seen>, named: &BTreeSet<Named>) -> Starts {
    let Some(seen) = program.filter(|seen| seen.own) else { return Starts::default() };
    let imports = |names: &[&'static str]| names.iter().find(|name| seen.facts.has_import(name)).copied();
    let shell = imports(&SHELL);
    let by_name = imports(&BY_NAME).is_some();
    let by_path = by_name || imports(&EXEC).is_some();
    let mut paths: Vec<String> = Vec::new();
    if by_path || shell.is_some() {
        paths.extend(named.iter().filter(|named| named.object == seen.object).map(|named| named.path.clone()));
    }
    let helpers = if by_name { names(intake, seen).unwrap_or_default() } else { Vec::new() };
    Starts { shell, paths, names: helpers }
}

/// The names of programs of the machine that stand among the constants.
fn names(intake: &Intake<'_>, seen: &Seen) -> Option<Vec<String>> {
    let is_here =
        |name: &&str| DIRECTORIES.iter().any(|directory| intake.walk(&inside(format!("{directory}/{name}"))).is_some());
    let file = intake.open(&seen.place)?;
    let found = scan::whole(&*file, &seen.constants, &HELPERS, b"-/ ").ok()?;
    let own = seen.place.path.file_name().and_then(|name| name.to_str());
    Some(found.into_iter().filter(|name| Some(*name) != own).filter(is_here).map(str::to_owned).collect())
}
