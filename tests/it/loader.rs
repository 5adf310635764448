//! What is found against what the machine's own loader lists. The programs are the machine's: trusted, and run
//! by the loader only as far as it lists what it maps.

use crate::support::loader::{Listed, difference, found};
use crate::support::{Ran, Test, lacks, skip, tool};
use serde_json::json;
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

/// A program with a RUNPATH that leads to `liba.so`, which has none and needs `libb.so` beside it and `libm.so.6`.
fn with_runpath(t: &Test) {
    t.shell(
        "set -e; mkdir l; echo 'int b;' >b.c; echo 'int a;' >a.c; echo 'int main(void) { return 0; }' >main.c
        gcc -shared -fPIC b.c -o l/libb.so; gcc -shared -fPIC a.c -Wl,--no-as-needed -Ll -lb -lm -o l/liba.so
        gcc main.c -Wl,--no-as-needed -Ll -la -Wl,-rpath-link,l '-Wl,--enable-new-dtags,-rpath,$ORIGIN/l' -o app",
    )
    .succeeds();
}

#[test]
fn the_rungs_that_the_loader_skips_are_told_with_what_is_missing() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    with_runpath(&t);
    let skipped = "RUNPATH of `app`, which its libraries do not inherit";

    let refused = t.pack(&["inspect", "app"]).exits(1).stdout();
    let told = t.pack(&["inspect", "app", "--json"]).exits(1).json();

    assert!(refused.contains(&format!("\n             skipped: {skipped}\n")), "{refused}");
    assert_eq!(told["missing"][0]["soname"], "libb.so", "{told}");
    assert_eq!(told["missing"][0]["skipped"], json!([skipped]), "{told}");
    assert_eq!(told["errors"][0]["details"][1], format!("skipped: {skipped}"), "{told}");
}

#[test]
fn the_rungs_that_the_loader_skips_are_told_of_a_library_with_explain_alone() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    with_runpath(&t);
    let asked = ["inspect", "app", "--library-path", "l"];
    let skipped = "RUNPATH of `app`, which its libraries do not inherit";

    let plain = t.pack(&asked).succeeds().stdout();
    let explained = t.pack(&[&asked[..], &["--explain"]].concat()).succeeds().stdout();
    let told = t.pack(&[&asked[..], &["--json"]].concat()).succeeds().json();

    assert!(!plain.contains("skipped"), "{plain}");
    assert_eq!(explained.matches(&format!("  skipped {skipped}\n")).count(), 1, "{explained}");
    let libraries = told["libraries"].as_array().expect("a list");
    let named = |name: &str| libraries.iter().find(|one| one["soname"] == name).expect("the program needs it");
    assert_eq!((&named("libb.so")["rule_code"], &named("libb.so")["skipped"]), (&json!("library-path"), &json!([])));
    assert_eq!(named("libm.so.6")["skipped"], json!([skipped]), "{told}");
}
