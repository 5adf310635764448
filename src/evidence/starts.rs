//! Other programs that a program may start: through a shell, by the paths among its constants, or by names that are
//! looked up in PATH. The program decides when it runs which of them it starts, so they are told and not packed.

use super::finding::NamedPath;
use super::intake::{Intake, inside};
use super::scan;
use super::seen::Seen;
use std::collections::BTreeSet;

/// Functions that give a command to `/bin/sh` (system(3), popen(3)).
const SHELL: [&str; 2] = ["system", "popen"];

/// Functions that start a program by its path (exec(3), posix_spawn(3)).
const EXEC: [&str; 7] = ["execv", "execve", "execl", "execle", "posix_spawn", "execveat", "fexecve"];

/// Functions that look up a program's name in PATH.
const BY_NAME: [&str; 4] = ["execvp", "execlp", "execvpe", "posix_spawnp"];

/// Programs that others start by name. Names of other programs among the constants do not count: any of them may be
/// another word.
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

/// The directories of PATH in an image.
const DIRECTORIES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/// Other programs that a program may start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Starts {
    /// The function by which it gives commands to a shell; `None` if it imports none.
    pub shell: Option<&'static str>,
    /// Paths of programs that it names; all of them exist on this machine.
    pub paths: Vec<String>,
    /// Names of programs that it names; all of them exist on this machine.
    pub names: Vec<String>,
}

/// The programs that `program` may start; `named` are the paths of programs among the constants of all objects.
pub fn started_by(intake: &Intake<'_>, program: Option<&Seen>, named: &BTreeSet<NamedPath>) -> Starts {
    let Some(seen) = program.filter(|seen| seen.is_program) else { return Starts::default() };
    let imports = |names: &[&'static str]| names.iter().find(|name| seen.elf.has_import(name)).copied();
    let shell = imports(&SHELL);
    let by_name = imports(&BY_NAME).is_some();
    let by_path = by_name || imports(&EXEC).is_some();
    let mut paths: Vec<String> = Vec::new();
    if by_path || shell.is_some() {
        paths.extend(named.iter().filter(|named| named.object == seen.object).map(|named| named.path.clone()));
    }
    let helpers = if by_name { helper_names(intake, seen).unwrap_or_default() } else { Vec::new() };
    Starts { shell, paths, names: helpers }
}

/// The names of [`HELPERS`] that stand among the constants and exist on this machine.
fn helper_names(intake: &Intake<'_>, seen: &Seen) -> Option<Vec<String>> {
    let is_here =
        |name: &&str| DIRECTORIES.iter().any(|directory| intake.walk(&inside(format!("{directory}/{name}"))).is_some());
    let file = intake.open(&seen.place)?;
    let found = scan::whole_strings(&*file, &seen.constants, &HELPERS, b"-/ ").ok()?;
    let own = seen.place.path.file_name().and_then(|name| name.to_str());
    Some(found.into_iter().filter(|name| Some(*name) != own).filter(is_here).map(str::to_owned).collect())
}
