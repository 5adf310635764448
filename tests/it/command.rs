//! How the command speaks: to terminals, to pipes, to scripts; and the texts that it has ready.

use crate::support::app::with_app;
use crate::support::{Test, lacks};
use serde_json::json;
use std::fs;

/// Runs a shell line on a terminal, and gives what appears there, its line ends as in a file.
fn on_a_terminal(t: &Test, line: &str) -> Option<(Option<i32>, String)> {
    if lacks(&["script"]) {
        return None;
    }
    let ran = t.shell(&format!("script -qec \"{line}\" /dev/null </dev/null"));
    Some((ran.output.status.code(), ran.stdout().replace("\r\n", "\n")))
}

const RED: &str = "\u{1b}[1;31m";

#[test]
fn json_and_the_image_do_not_share_standard_output() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["app", "--json", "-o", "-"]).exits(2);

    let message = "`--json` and `--output -` both want standard output";
    let hint = "write the image to a file, or leave `--json` out";
    assert_eq!(ran.stderr(), format!("error: {message}\n\nhint: {hint}\n\n"));
    assert_eq!(ran.json()["errors"][0]["message"], message);
    assert_eq!(t.names(), ["app"]);
}

#[test]
fn a_failure_is_told_to_scripts_too() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["./ap", "--json"]).exits(1);

    assert_eq!(
        ran.json(),
        json!({ "names": [], "digest": null, "written": null, "images": [], "warnings": [], "hints": [],
            "errors": [{ "code": "no-such-file", "message": "there is no file `./ap`", "causes": [], "details": [],
                "hint": "did you mean `./app`?" }] })
    );
    assert_eq!(ran.stderr(), "error: there is no file `./ap`\n\nhint: did you mean `./app`?\n\n");
}

#[test]
fn an_image_is_not_written_to_a_terminal() {
    let Some(t) = with_app() else { return };

    let Some((code, shown)) = on_a_terminal(&t, "NO_COLOR=1 $pack app -o -") else { return };

    assert_eq!(
        shown,
        "error: standard output is a terminal, which cannot take an image\n\n\
         hint: pipe it on: `pack PROGRAM -o - | docker load`\n\n"
    );
    assert_eq!(code, Some(2));
}

#[test]
fn an_image_on_a_pipe_is_the_image_and_the_talk_goes_beside_it() {
    let Some(t) = with_app() else { return };

    let ran = t.shell("$pack app -o - | tar -t >list").succeeds();

    assert!(ran.stderr().contains("\n  written    to standard output\n"), "{ran}");
    let list = fs::read_to_string(t.path("list")).expect("it is written");
    assert!(list.ends_with("index.json\nmanifest.json\noci-layout\n"), "{list}");
    assert_eq!(t.names(), ["app", "list"]);
}

#[test]
fn colour_is_for_terminals_and_gives_way() {
    let t = Test::new();
    for (line, coloured) in [
        ("$pack ./gone", true),
        ("NO_COLOR=1 $pack ./gone", false),
        ("NO_COLOR= $pack ./gone", true),
        ("TERM=dumb $pack ./gone", false),
        ("$pack ./gone --color never", false),
        ("$pack ./gone 2>&1 | cat", false),
        ("NO_COLOR=1 $pack ./gone --color always", true),
        ("$pack ./gone --color always 2>&1 | cat", true),
    ] {
        let line = format!("export TERM=xterm; {line}");
        let Some((_, shown)) = on_a_terminal(&t, &line.replace('$', "\\$")) else { continue };

        assert_eq!(shown.contains(RED), coloured, "{line}: {shown:?}");
        // Never meaning alone.
        assert!(shown.replace(RED, "").contains("error"), "{line}: {shown:?}");
    }
}

#[test]
fn colour_gives_way_in_complaints_about_words_too() {
    let t = Test::new();
    for line in ["NO_COLOR=1 \\$pack --bogus", "TERM=dumb \\$pack --bogus", "\\$pack --bogus --color never"] {
        let Some((_, shown)) = on_a_terminal(&t, &format!("export TERM=xterm; {line}")) else { continue };

        assert!(!shown.contains('\u{1b}'), "{line}: {shown:?}");
    }
}

#[test]
fn nothing_is_drawn_where_there_is_no_terminal() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["app", "-v", "-o", "image.tar"]).succeeds();

    assert!(!ran.stderr().contains(['\u{1b}', '\r']), "{ran}");
    assert_eq!(ran.stdout(), "", "all but results is conversation");
    assert!(ran.stderr().contains(" ms  writing the archive\n"), "-v tells the time of each step: {ran}");
    let layers = ran.stderr().lines().find(|line| line.contains(" ms  writing the layers: ")).map(str::to_owned);
    assert!(layers.is_some_and(|line| line.ends_with("B/s")), "and its bytes: {ran}");
    assert!(ran.stderr().contains("/etc/passwd, 149 B: names the users\n"), "and each file: {ran}");
}

#[test]
fn a_quiet_run_says_nothing_unless_something_is_wrong() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["app", "-q"]).succeeds();

    assert_eq!((ran.stdout(), ran.stderr()), (String::new(), String::new()));
    assert_eq!(t.names(), ["app", "app.tar"]);
    assert_ne!(t.pack(&["./gone", "-q"]).exits(1).stderr(), "");
    t.pack(&["app", "-q", "-v"]).exits(2);
}

#[test]
fn the_summary_tells_what_it_is_and_what_to_do_next() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["./app", "-t", "team/app:v1"]).succeeds();

    let text = ran.stderr();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("  program    app: static, linux/amd64, GCC "), "{ran}");
    assert!(lines[1].starts_with("  contents   3 files, ") && lines[1].ends_with(" kB: program, users"), "{ran}");
    let image = lines.iter().find(|line| line.starts_with("  image      team/app:v1, ")).expect("it is told");
    let digest = image.rsplit(", ").next().expect("a digest comes last");
    assert_eq!(digest, t.pack(&["./app", "-t", "team/app:v1", "--json"]).succeeds().json()["digest"], "{ran}");
    let end = ["  written    app.tar", "             docker load -i app.tar && docker run --rm team/app:v1"];
    assert!(lines.ends_with(&end), "{ran}");
}

#[test]
fn completions_come_from_what_makes_the_help_and_their_shells_take_them() {
    let t = Test::new();
    for (shell, check) in [("bash", "bash -n f"), ("zsh", "zsh -n f"), ("fish", "fish -n f")] {
        let ran = t.pack(&["--completions", shell]).succeeds();

        assert_eq!(ran.stderr(), "", "{shell}");
        for word in ["stop-signal", "dry-run", "inspect"] {
            assert!(ran.stdout().contains(word), "{shell} knows nothing of {word}");
        }
        t.write("f", ran.stdout());
        // Not every machine has every shell, and none needs more than its own.
        t.shell(&format!("command -v {shell} >/dev/null || exit 0; {check}")).succeeds();
    }
    t.pack(&["--completions", "command.com"]).exits(2);
}

#[test]
fn the_manual_page_has_a_section_for_each_thing_and_every_flag() {
    let t = Test::new();

    let manual = t.pack(&["--manual"]).succeeds();

    let text = manual.stdout().replace('\\', "");
    assert!(text.lines().any(|line| line.starts_with(".TH pack 1")), "{manual}");
    let help = t.pack(&["--help"]).succeeds().stdout();
    let flags: Vec<_> = help.split([' ', ',', '\n']).filter(|word| word.starts_with("--") && word.len() > 2).collect();
    assert!(flags.len() > 20, "{help}");
    for flag in flags {
        // A value that may be left out stands in brackets.
        let flag = flag.split('[').next().unwrap_or(flag).trim_end_matches(['`', '.', ':', ')', ']', ';']);
        assert!(text.contains(flag), "{flag} is not in the manual page");
    }
}

#[test]
fn help_and_version_are_results() {
    let t = Test::new();
    for (flag, word) in [("--help", "Usage: pack [OPTIONS] PROGRAM... [-- ARG...]"), ("--version", "pack 0.")] {
        let ran = t.pack(&[flag]).succeeds();

        assert!(ran.stdout().contains(word), "{ran}");
        assert_eq!(ran.stderr(), "");
    }
    let summary = t.pack(&["-h"]).succeeds().stdout();
    assert!(summary.lines().count() <= 48 && summary.lines().all(|line| line.chars().count() <= 80), "{summary}");
    // An example comes before the flags.
    assert!(summary.find("\n  pack ./") < summary.find("Usage:"), "{summary}");
    let all = t.pack(&["--help"]).succeeds().stdout();
    assert!(all.contains("\nHelp:\n") && !all.contains("\nOptions:\n"), "each flag is in a group: {all}");
    assert!(t.pack(&["inspect", "-h"]).succeeds().stdout().starts_with("  pack inspect ./app\n"));
    let nothing = t.pack::<&str>(&[]).exits(2);
    assert!(nothing.stderr().contains("`pack PROGRAM` makes an image of it"), "{nothing}");
    t.pack(&["inspect"]).exits(2);
}

#[test]
fn only_flags_that_work_exist() {
    let t = Test::new();
    let help = t.pack(&["--help"]).succeeds().stdout();
    for later in ["--load", "--push", "--base"] {
        assert!(!help.contains(later), "{later}");
    }
}

#[test]
fn a_closed_reader_of_a_result_is_no_fault() {
    let Some(t) = with_app() else { return };

    let ran = t.shell("{ $pack --manual; echo $? >&2; } | head -c 1 >/dev/null").succeeds();

    assert_eq!(ran.stderr(), "0\n");
}
