//! Roots of other Debian suites than the machine's: every program in them, against the root's own loader, without a
//! cache and with the one that the root's own ldconfig makes (`.ci/suite` unpacks them).

use super::{Asked, HELPERS};
use crate::support::loader::{Listed, difference, found};
use crate::support::{Ran, Test, lacks, repository, skip, tool};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An older glibc than the machine's and a newer one, in directories apart and merged.
const SUITES: [&str; 2] = ["bullseye", "trixie"];

/// A copy of a suite's root, of links to the same files: a test may put files into it.
fn copy(suite: &str) -> Option<(TempDir, PathBuf)> {
    if lacks(&["bwrap", "cp"]) {
        return None;
    }
    let unpacked = repository().join("target/suites").join(suite);
    if !unpacked.is_dir() {
        skip(&format!("there is no root of {suite}: `.ci/setup test` makes one"));
        return None;
    }
    let directory = tempfile::tempdir_in(repository().join("target")).expect("target is writable");
    let root = directory.path().canonicalize().expect("it was just made").join(suite);
    Ran::of(tool("cp").arg("-al").arg(&unpacked).arg(&root)).succeeds();
    Some((directory, root))
}

#[test]
fn programs_of_other_suites_find_what_their_loaders_find() {
    for suite in SUITES {
        let Some((_directory, root)) = copy(suite) else { continue };
        assert!(!root.join("etc/ld.so.cache").exists(), "packages bring no cache");
        compare(&format!("{suite} without a cache"), &root);
        let mut ldconfig = tool("bwrap");
        Ran::of(ldconfig.arg("--bind").arg(&root).args(["/", "/sbin/ldconfig"])).succeeds();
        assert!(root.join("etc/ld.so.cache").exists(), "ldconfig made it");
        compare(&format!("{suite} with a cache"), &root);
    }
}

#[test]
fn each_loader_looks_into_the_subdirectories_of_its_time() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    // A library in each, a program that needs no other, and the machine's own root.
    t.shell(&format!(
        "{HELPERS} root; n=1; app=; for d in tls x86_64 tls/x86_64 glibc-hwcaps/x86-64-v2 glibc-hwcaps/x86-64-v1 other; do
            so l/$d/lib$n.so; so l/$d/libboth$n.so; cp l/$d/libboth$n.so l; app=\"$app l/$d/lib$n.so l/libboth$n.so\"; n=$((n + 1))
        done; app $U/opt/l $app -nostdlib -Wl,-e,main"
    ))
    .succeeds();
    let own = t.path("root").canonicalize().expect("it is there");
    let suites: Vec<_> = SUITES.into_iter().map_while(copy).collect();
    if suites.len() < SUITES.len() {
        return;
    }
    for root in suites.iter().map(|(_, root)| root).chain([&own]) {
        t.shell(&format!("mkdir -p {0}/opt; cp -r l {0}/opt; cp root/app {0}/usr/lib/app", root.display())).succeeds();
        assert_eq!(answer(&root.join("usr/lib/app"), root).as_deref(), Some(""), "{}", root.display());
    }
}

fn compare(shows: &str, root: &Path) {
    let answers: Vec<_> = programs(root).iter().filter_map(|program| answer(program, root)).collect();
    let wrong: Vec<_> = answers.iter().filter(|answer| !answer.is_empty()).map(String::as_str).collect();
    assert!(answers.len() >= 20, "{shows}: {} programs", answers.len());
    assert!(wrong.is_empty(), "{shows}: {} of {}:\n{}", wrong.len(), answers.len(), wrong.join("\n"));
}

/// The files where programs are: a fixed sample, all of them before a release.
fn programs(root: &Path) -> Vec<PathBuf> {
    let directories = ["bin", "sbin", "usr/bin", "usr/sbin"].map(|name| root.join(name));
    let entries = directories.iter().filter(|path| !path.is_symlink()).flat_map(std::fs::read_dir).flatten().flatten();
    let mut programs: Vec<_> = entries.map(|entry| entry.path()).collect();
    programs.sort();
    let step = if std::env::var_os("PACK_TEST_FULL").is_some() { 1 } else { 10 };
    programs.into_iter().step_by(step).collect()
}

/// How the answers for a program differ, empty where they do not; `None` where it is no dynamic program.
fn answer(program: &Path, root: &Path) -> Option<String> {
    let resolution = found(program, root, &[])?;
    let inside = Path::new("/").join(program.strip_prefix(root).expect("it is in the root"));
    let asked =
        Asked { root: root.to_owned(), here: "/".into(), program: program.to_owned(), emulator: None, lists: None };
    let listed = Listed::of(&asked.inside(root, &inside, "", true), root);
    let wrong = difference(&resolution, &listed);
    Some(wrong.map_or_else(String::new, |wrong| format!("{}: {wrong}", inside.display())))
}
