//! What was asked for and has no effect, or another one than it seems: told, never ignored.

use crate::support::app::with_app;
use crate::support::lacks;

#[test]
fn what_is_asked_for_in_vain_is_a_warning() {
    let Some(t) = with_app() else { return };
    t.shell("echo >x").succeeds();
    if !lacks(&["musl-gcc"]) {
        t.write("main.c", "int main(void) { return 0; }\n");
        t.shell("musl-gcc -static main.c -o musl").succeeds();
    }
    for (flags, message, hint) in [
        (
            vec!["app", "--lib", "libnothing.so.9"],
            "`--lib libnothing.so.9` has no effect: `app` is static and opens no libraries",
            "leave it out, or link the program with its C library as a shared library",
        ),
        (
            vec!["musl", "--locale", "de_DE.UTF-8"],
            "`--locale de_DE.UTF-8` has no effect: `musl` does not have glibc, which opens locales",
            "leave it out, or link the program with glibc",
        ),
        (
            vec!["musl", "--gconv", "all"],
            "`--gconv all` has no effect: `musl` does not have glibc, which opens converters",
            "leave it out, or link the program with glibc",
        ),
        (
            vec!["app", "-l", "a=1", "-l", "b=1", "-l", "a=2"],
            "`--label a` is given twice: `2` counts, and `1` does not",
            "leave one of them out",
        ),
        (
            vec!["app", "-e", "A=1", "-e", "A=2"],
            "`--env A` is given twice: `2` counts, and `1` does not",
            "leave one of them out",
        ),
        (
            vec!["app", "--add", "x:/app"],
            "`/app` is what was added, and the program is `/usr/local/bin/app`",
            "give one of the two another place: `--path PATH`, or `--add SRC:/DEST`",
        ),
        (
            vec!["app", "--format", "rootfs", "-l", "a=1"],
            "`--label` has no effect: a plain root file system has neither configuration nor layers",
            "leave it out, or leave `--format rootfs` out",
        ),
    ] {
        if !t.path(flags[0]).exists() {
            continue;
        }
        let ran = t.pack(&[&flags[..], &["-q", "-o", "image.tar"]].concat()).succeeds();
        assert_eq!(ran.stderr(), format!("warning: {message}\n\nhint: {hint}\n\n"), "{flags:?}");
        let strict = t.pack(&[&flags[..], &["--strict", "--dry-run"]].concat()).exits(1);
        assert_eq!(strict.stderr(), format!("error: {message}\n\nhint: {hint}\n\n"), "{flags:?}");
    }
    // The same value, and a library that was added, are nothing to tell.
    for flags in [
        vec!["app", "-l", "a=1", "-l", "a=1"],
        vec!["app", "--add", "x:/lib/libx.so.1", "--lib", "libx.so.1"],
        vec!["app", "--locale", "none"],
    ] {
        let ran = t.pack(&[&flags[..], &["-q", "-o", "image.tar"]].concat()).succeeds();
        assert_eq!(ran.stderr(), "", "{flags:?}");
    }
}

#[test]
fn a_program_that_gives_way_to_a_directory_is_told() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir x; echo >x/y").succeeds();

    let ran = t.pack(&["app", "--add", "x:/app", "--dry-run"]).succeeds();

    let hint = "  hint       `/app` is what was added, and the program is `/usr/local/bin/app`; `--path PATH` gives it another place\n";
    assert!(ran.stdout().contains(hint), "{ran}");
}
