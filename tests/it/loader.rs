//! What is found against what the machine's own loader lists. The programs are the machine's: trusted, and run
//! by the loader only as far as it lists what it maps.

use crate::support::loader::{Listed, difference, found};
use crate::support::{Ran, lacks, skip, tool};
use std::path::{Path, PathBuf};

/// How the answers for a program of this machine differ; `None` where they agree, or its loader refuses it.
fn differs(program: &Path) -> Option<String> {
    let resolution = found(program, Path::new("/"), &[])?;
    let listed = Listed::of(&Ran::of(tool(program).env("LD_TRACE_LOADED_OBJECTS", "1")), Path::new("/"));
    if listed.gave_up.is_some() {
        return None;
    }
    Some(format!("{}: {}", program.display(), difference(&resolution, &listed)?))
}

#[test]
fn the_closure_of_every_program_of_the_machine_is_what_its_loader_lists() {
    if lacks(&["sh"]) {
        return;
    }
    let mut programs: Vec<PathBuf> = Vec::new();
    for directory in ["/usr/bin", "/usr/sbin", "/usr/libexec"] {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        programs.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    programs.sort();
    // A fixed sample; all of them before a release.
    if std::env::var_os("PACK_TEST_FULL").is_none() {
        programs = programs.into_iter().step_by(5).collect();
    }
    let compared: Vec<_> = programs.iter().filter(|program| found(program, Path::new("/"), &[]).is_some()).collect();
    if compared.is_empty() {
        return skip("there is no dynamic program on this machine");
    }
    let differences: Vec<String> = compared.iter().filter_map(|program| differs(program)).collect();
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), compared.len(), differences.join("\n"));
}
