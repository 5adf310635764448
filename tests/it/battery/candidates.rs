//! What a file does to the search: it is stepped over, taken, or the end (cases 22 to 26 and 50).

use super::{CASE, Case, HELPERS, agree};
use crate::support::loader::found;
use crate::support::{Ran, Test, lacks, tool};
use pack::testing::resolve::LoadError;
use std::path::Path;

#[test]
fn a_file_for_another_machine_and_what_is_not_there_are_stepped_over() {
    agree(&[
        Case { shows: "another word size", made: two!("byte a/libx.so 4 001"), answer: "b/libx.so", ..CASE },
        Case { shows: "another machine", made: two!("byte a/libx.so 18 267"), answer: "b/libx.so", ..CASE },
        Case { shows: "a link to nothing", made: two!("ln -sf nowhere a/libx.so"), answer: "b/libx.so", ..CASE },
        Case { shows: "a file for a directory", made: two!("rm -r a; : >a"), answer: "b/libx.so", ..CASE },
        Case {
            shows: "a link to a file for a directory",
            made: two!("rm -r a; ln -s main.c a"),
            answer: "b/libx.so",
            ..CASE
        },
        Case {
            shows: "with nothing behind them they are told as missing",
            made: two!("byte a/libx.so 4 001; byte b/libx.so 18 267"),
            answer: "!libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn a_circle_of_links_ends_its_list_and_not_the_search() {
    agree(&[
        Case { shows: "the file", made: two!("ln -sf libx.so a/libx.so"), answer: "!libx.so", ..CASE },
        Case {
            shows: "the directory, which is then not there",
            made: two!("rm -r a; ln -s a a"),
            answer: "b/libx.so",
            ..CASE
        },
        Case {
            shows: "in the caller's list, with a RUNPATH behind it",
            made: "so a/libx.so; so b/libx.so; app $U'$ORIGIN/b' a/libx.so; ln -sf libx.so a/libx.so",
            library_path: "@/a:@/c",
            answer: "b/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn what_the_loader_cannot_take_is_the_end() {
    agree(&[
        Case { shows: "a text", made: two!("echo text >a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case {
            shows: "a linker's script",
            made: two!("echo 'INPUT(b/libx.so)' >a/libx.so"),
            answer: "#a/libx.so",
            ..CASE
        },
        Case { shows: "nothing in it", made: two!(": >a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case { shows: "a directory", made: two!("rm a/*; mkdir a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case { shows: "the other byte order", made: two!("byte a/libx.so 5 002"), answer: "#a/libx.so", ..CASE },
        Case { shows: "another version of ELF", made: two!("byte a/libx.so 6 002"), answer: "#a/libx.so", ..CASE },
        Case { shows: "and in e_version", made: two!("byte a/libx.so 20 002"), answer: "#a/libx.so", ..CASE },
        Case { shows: "FreeBSD's ABI", made: two!("byte a/libx.so 7 011"), answer: "#a/libx.so", ..CASE },
        Case { shows: "GNU's ABI", made: two!("byte a/libx.so 7 003"), answer: "a/libx.so", ..CASE },
        Case { shows: "a version of the ABI", made: two!("byte a/libx.so 8 001"), answer: "#a/libx.so", ..CASE },
        Case {
            shows: "one of GNU's ABI that is known",
            made: two!("byte a/libx.so 7 003; byte a/libx.so 8 001"),
            answer: "a/libx.so",
            ..CASE
        },
        Case {
            shows: "one that is not",
            made: two!("byte a/libx.so 7 003; byte a/libx.so 8 177"),
            answer: "#a/libx.so",
            ..CASE
        },
        Case { shows: "padding with content", made: two!("byte a/libx.so 9 001"), answer: "#a/libx.so", ..CASE },
        Case { shows: "an object file", made: two!("byte a/libx.so 16 001"), answer: "#a/libx.so", ..CASE },
        Case { shows: "a program", made: two!("byte a/libx.so 16 002"), answer: "#a/libx.so", ..CASE },
        Case {
            shows: "a program at any address",
            made: two!("gcc -pie -fPIE main.c -o a/libx.so"),
            answer: "#a/libx.so",
            ..CASE
        },
        Case { shows: "other program headers", made: two!("byte a/libx.so 54 040"), answer: "#a/libx.so", ..CASE },
        Case { shows: "no program headers", made: two!("byte a/libx.so 56 000"), answer: "#a/libx.so", ..CASE },
        Case { shows: "no dynamic section", made: two!("untyped a/libx.so 2"), answer: "#a/libx.so", ..CASE },
        Case { shows: "nothing to load", made: two!("untyped a/libx.so 1"), answer: "#a/libx.so", ..CASE },
        Case {
            shows: "cut in its header",
            made: two!("head -c 40 b/libx.so >a/libx.so"),
            answer: "#a/libx.so",
            ..CASE
        },
        Case {
            shows: "cut in its program headers",
            made: two!("head -c 100 b/libx.so >a/libx.so"),
            answer: "#a/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn a_pipe_would_keep_the_loader_waiting_and_pack_does_not_open_it() {
    if lacks(&["gcc", "mkfifo", "timeout"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!("{HELPERS}{}", two!("rm a/libx.so; mkfifo a/libx.so"))).succeeds();

    let waits = Ran::of(tool("timeout").arg("0.3").arg(t.path("app")));
    let resolution = found(&t.path("app"), Path::new("/"), &[]).expect("it is a dynamic program");

    assert_eq!(waits.output.status.code(), Some(124), "{waits}");
    assert!(
        matches!(resolution.load_errors.as_slice(), [LoadError::Candidate { path, .. }] if path.ends_with("a/libx.so")),
        "{resolution:?}"
    );
}

#[test]
fn what_may_not_be_read_is_stepped_over() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!("{HELPERS}{}", two!("chmod 0 a/libx.so; ln -s a/libx.so file; ln -s b/libx.so other"))).succeeds();
    // Without the rights of root, which may read everything.
    let plain = |arguments: &str| {
        t.shell(&format!("exec bwrap --dev-bind / / --unshare-user --cap-drop ALL --chdir $PWD {arguments}")).succeeds()
    };

    let listed = plain("--setenv LD_TRACE_LOADED_OBJECTS 1 ./app").stdout();
    let told = plain("$pack inspect app --json").json();

    assert!(listed.contains("/b/libx.so (0x"), "{listed}");
    assert!(told["libraries"][0]["path"].as_str().is_some_and(|path| path.ends_with("/b/libx.so")), "{told}");
}
