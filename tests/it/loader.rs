//! What is found against what the machine's own loader lists. The programs are the machine's: trusted, and run
//! by the loader only as far as it lists what it maps.

use crate::support::{Ran, lacks, skip, tool};
use pack::elf::{self, Kind};
use pack::resolve::{Place, Request, Resolution, resolve};
use pack::sysroot::{HostFile, Sysroot};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What `pack` finds for a program of this machine.
fn found(program: &Path) -> Option<Resolution> {
    let real = program.canonicalize().ok()?;
    let file = HostFile::open(&real).ok()?;
    let inspected = elf::inspect(&file).ok().filter(|inspected| inspected.kind == Kind::Dynamic)?;
    let sysroot = Sysroot::new("/");
    Some(resolve(&Request {
        given: "program",
        program: inspected.object.as_ref()?,
        place: Place { path: real, outside: false, relative: true },
        libc: inspected.libc,
        sysroot: &sysroot,
        host: &sysroot,
        library_path: &[],
        secure: false,
        later: &[],
    }))
}

/// Files by device and inode, and names that were not found.
type Listed = (BTreeMap<(u64, u64), PathBuf>, BTreeSet<String>);

/// What the loader lists: the files at the right of `=>`, by inode, and the names that it does not find.
fn listed(program: &Path) -> Option<Listed> {
    let ran = Ran::of(tool(program).env("LD_TRACE_LOADED_OBJECTS", "1"));
    if ran.output.status.code() != Some(0) {
        return None;
    }
    let (mut files, mut missing) = (BTreeMap::new(), BTreeSet::new());
    for line in ran.stdout().lines().map(str::trim) {
        let (name, rest) = line.split_once(" => ").unwrap_or((line, line));
        if rest.starts_with("not found") {
            missing.insert(name.to_owned());
        } else if let Some(path) = rest.split(" (0x").next().filter(|path| path.starts_with('/')) {
            let metadata = std::fs::metadata(path).expect("the loader mapped it");
            files.insert((metadata.dev(), metadata.ino()), PathBuf::from(path));
        }
    }
    Some((files, missing))
}

/// How the answers differ; `None` where they agree.
fn difference(program: &Path) -> Option<String> {
    let resolution = found(program)?;
    let (mut files, missing) = listed(program)?;
    let own_loader = resolution.loader.as_ref().map(|loader| loader.walk.stat.identity.inode());
    files.retain(|inode, _| Some(*inode) != own_loader);
    let ours: BTreeSet<_> = resolution.libraries.iter().map(|library| library.walk.stat.identity.inode()).collect();
    let lacking: BTreeSet<_> =
        resolution.missing.iter().map(|missing| String::from_utf8_lossy(&missing.soname).into_owned()).collect();
    let agree = ours == files.keys().copied().collect() && lacking == missing && resolution.troubles.is_empty();
    (!agree).then(|| {
        let ours: Vec<_> = resolution.libraries.iter().map(|library| &library.place.path).collect();
        format!(
            "{}: {ours:?}, lacking {lacking:?}, {:?}; the loader: {:?}, lacking {missing:?}",
            program.display(),
            resolution.troubles,
            files.values()
        )
    })
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
    let compared: Vec<_> = programs.iter().filter(|program| found(program).is_some()).collect();
    if compared.is_empty() {
        return skip("there is no dynamic program on this machine");
    }
    let differences: Vec<String> = compared.iter().filter_map(|program| difference(program)).collect();
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), compared.len(), differences.join("\n"));
}
