//! The command: what it makes of wrong words, and how it speaks to terminals, pipes and scripts.

use crate::support::programs::HELLOS;
use crate::support::{Ran, Test, lacks};
use serde_json::json;
use std::fs;

/// A test with a static program `app` in its directory.
fn with_app() -> Option<Test> {
    let t = Test::new();
    fs::copy(HELLOS[0].program()?, t.path("app")).expect("a program is copied");
    Some(t)
}

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
fn a_misspelt_flag_gets_a_suggestion() {
    let Some(t) = with_app() else { return };
    for (wrong, right) in [
        ("--formt", "--format"),
        ("--taag", "--tag"),
        ("--outptu", "--output"),
        ("--lable", "--label"),
        ("--workdri", "--workdir"),
        ("--volumes", "--volume"),
        ("--user-name", "--user"),
        ("--dryrun", "--dry-run"),
        ("--anotation", "--annotation"),
        ("--stopsignal", "--stop-signal"),
    ] {
        let ran = t.pack(&["app", wrong, "x"]).exits(2);

        assert!(ran.stderr().contains(wrong) && ran.stderr().contains(&format!("'{right}'")), "{wrong}: {ran}");
        assert_eq!((ran.stdout(), t.names()), (String::new(), vec!["app".to_owned()]), "{wrong}");
    }
}

#[test]
fn a_flag_with_two_letters_changed_gets_a_suggestion_too() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["app", "--tga", "x"]).exits(2);

    assert!(ran.stderr().contains("--tag"), "{ran}");
}

#[test]
fn a_misspelt_value_gets_a_suggestion() {
    let Some(t) = with_app() else { return };
    for (flags, right) in [
        (["--format", "arhive"], "archive"),
        (["--compress", "gzp"], "gzip"),
        (["--color", "allways"], "always"),
        (["--stop-signal", "SIGTRM"], "SIGTERM"),
    ] {
        let ran = t.pack(&["app", flags[0], flags[1]]).exits(2);

        assert!(ran.stderr().contains(flags[1]) && ran.stderr().contains(right), "{flags:?}: {ran}");
    }
}

#[test]
fn a_missing_program_is_told_with_the_closest_name_beside_it() {
    for (given, says) in [
        ("./ap", "error: there is no file `./ap`\n\nhint: did you mean `./app`?\n\n"),
        ("ap", "error: there is no program `ap`, neither here nor in PATH\n\nhint: did you mean `./app`?\n\n"),
        ("bin/servr", "error: there is no file `bin/servr`\n\nhint: did you mean `bin/server`?\n\n"),
        ("./zzz", "error: there is no file `./zzz`\n\nhint: build the program first, or name it as it is here\n\n"),
        (
            "target/release/app",
            "error: there is no file `target/release/app`\n\n\
             hint: there is no directory `target`; build the program first, or name it as it is here\n\n",
        ),
        (
            "no-such-program-anywhere",
            "error: there is no program `no-such-program-anywhere`, neither here nor in PATH\n\n\
             hint: name the file with its directory, such as `./bin/app`\n\n",
        ),
    ] {
        let Some(t) = with_app() else { return };
        t.write("bin/server", "");

        let ran = t.pack(&[given]).exits(1);

        assert_eq!(ran.stderr(), says);
        assert_eq!(t.names(), ["app", "bin"]);
    }
}

#[test]
fn a_missing_file_of_a_flag_is_told_with_the_closest_name_beside_it() {
    for (flag, wrong, right) in [("--add", "config.tml", "config.toml"), ("--certs", "my-ca.pme", "my-ca.pem")] {
        let Some(t) = with_app() else { return };
        t.write("config.toml", "");
        t.write("my-ca.pem", "");

        let ran = t.pack(&["app", flag, wrong]).exits(1);

        assert!(ran.stderr().contains(&format!("`{wrong}`")), "{ran}");
        assert!(ran.stderr().contains(&format!("did you mean `{right}`?")), "{ran}");
    }
}

#[test]
fn a_name_without_a_slash_is_a_file_here_or_a_program_of_path() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir path; mv app path/tool; printf x >path/other; chmod 755 path/tool; chmod 644 path/other").succeeds();
    let packed = |name: &str| {
        let mut command = t.command(&[name, "-q", "-o", "image.tar"]);
        Ran::of(command.env("PATH", t.path("path")))
    };

    packed("tool").succeeds();

    // What has no x bit is no program of PATH.
    packed("other").exits(1);
    assert!(t.path("image.tar").exists());
}

#[test]
fn values_asked_wrongly_are_told_together() {
    let Some(t) = with_app() else { return };
    let flags = "app -t Bad//x -p 99999 --env X -l x --stop-signal SIGTRM -w rel --created yesterday \
        --platform windows/amd64 --dir ../x --add :/x -o image.tar";

    let ran = t.shell(&format!("exec $pack {flags}")).exits(2);

    let text = ran.stderr();
    let told: Vec<_> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    for problem in [
        "error: `--add :/x` names no file",
        "error: `--created yesterday` is no time",
        "error: `--dir ../x` is no path in the image",
        "error: `--env X` is no pair `KEY=VALUE`",
        "error: `--expose 99999` is no port",
        "error: `--label x` is no pair `KEY=VALUE`",
        "error: `--platform windows/amd64` is no platform of Linux",
        "error: `--stop-signal SIGTRM` is no signal",
        "error: `--workdir rel` is no path in the image",
    ] {
        assert!(told.contains(&problem), "{problem}: {ran}");
    }
    assert!(told.iter().any(|line| line.starts_with("error: `Bad//x` is no image name: ")), "{ran}");
    assert_eq!(told.len(), 10, "{ran}");
    assert_eq!(text.matches("\nhint: ").count(), 10, "each has a way out: {ran}");
    assert_eq!(t.names(), ["app"]);
}

#[test]
fn the_part_of_a_name_that_is_wrong_is_marked() {
    let of_name = "hint: a name has lower-case letters and digits, parted by `.`, `_`, `-` or `/`\n\n";
    let of_tag = "hint: a tag has letters, digits, `_`, `.` and `-`, such as `v1.2`\n\n";
    for (name, why, mark, hint) in [
        ("team/App:v1", "it must be lower case", "     ^", "hint: write `team/app:v1`\n\n"),
        ("app:v 1", "this does not belong into a tag", "     ^", of_tag),
        ("app:", "its tag is empty", "    ^", of_tag),
        ("a//b", "a part of it is empty", "  ^", of_name),
        ("a b", "this does not belong into a name", " ^", of_name),
        ("x/-app", "a part begins and ends with a letter or digit", "  ^^^^", of_name),
        (
            "app@sha256:12",
            "a digest is no tag",
            "   ^^^^^^^^^^",
            "hint: an image that is made gets its digest; write `NAME:TAG`\n\n",
        ),
    ] {
        let Some(t) = with_app() else { return };

        let ran = t.pack(&["app", "-t", name]).exits(2);

        assert_eq!(ran.stderr(), format!("error: `{name}` is no image name: {why}\n  {name}\n  {mark}\n\n{hint}"));
    }
}

#[test]
fn programs_that_are_missing_or_none_are_told_together() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir bin; echo '#!/bin/sh' >run.sh").succeeds();

    let ran = t.pack(&["app", "./gone", "bin", "run.sh"]).exits(1);

    let text = ran.stderr();
    let told: Vec<_> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        told,
        [
            "error: there is no file `./gone`",
            "error: `bin` is a directory, not a program",
            "error: `run.sh` is a script for `/bin/sh`",
        ]
    );
}

#[test]
fn all_that_is_missing_is_told_together() {
    let Some(t) = with_app() else { return };
    for (program, missing) in [
        ("app", vec!["no-file", "no-pem", "No/Zone", "bob"]),
        ("./gone", vec!["./gone", "no-file", "no-pem", "No/Zone"]),
    ] {
        let flags = "--add no-file --certs no-pem --zones No/Zone --user bob";
        let ran = t.shell(&format!("exec $pack {program} {flags} -o image.tar")).exits(1);

        for missing in missing {
            assert!(ran.stderr().contains(&format!("`{missing}`")), "{missing}: {ran}");
        }
    }
}

#[test]
fn two_programs_for_one_platform_are_refused_by_their_names() {
    let Some(t) = with_app() else { return };
    t.shell("cp app other").succeeds();

    let ran = t.pack(&["app", "other"]).exits(2);

    assert_eq!(
        ran.stderr(),
        "error: `app` and `other` are both for `linux/amd64`\n\n\
         hint: an image has one program for each platform; pack the other one under a name of its own\n\n"
    );
}

#[test]
fn a_platform_that_does_not_run_the_program_is_refused() {
    let Some(t) = with_app() else { return };

    let ran = t.pack(&["app", "--platform", "linux/arm64"]).exits(2);

    assert_eq!(
        ran.stderr(),
        "error: a machine of `linux/arm64` does not run `app`, which is for `linux/amd64`\n\n\
         hint: leave `--platform` out: the image is then for `linux/amd64`; or build the program for the other one\n\n"
    );
}

#[test]
fn the_program_is_not_written_over() {
    let Some(t) = with_app() else { return };
    let before = fs::read(t.path("app")).expect("it is read");

    let ran = t.pack(&["app", "-o", "app"]).exits(2);

    assert_eq!(
        ran.stderr(),
        "error: `app` is the program itself and would be replaced\n\nhint: name another file with `--output`\n\n"
    );
    assert!(fs::read(t.path("app")).is_ok_and(|bytes| bytes == before));
}

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
        json!({ "names": [], "digest": null, "written": null, "images": [], "warnings": [],
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
        let Some((_, shown)) = on_a_terminal(&t, &line.replace('$', "\\$")) else { return };

        assert_eq!(shown.contains(RED), coloured, "{line}: {shown:?}");
        // Never meaning alone.
        assert!(shown.replace(RED, "").contains("error"), "{line}: {shown:?}");
    }
}

#[test]
fn colour_gives_way_in_complaints_about_words_too() {
    let t = Test::new();
    for line in ["NO_COLOR=1 \\$pack --bogus", "TERM=dumb \\$pack --bogus", "\\$pack --bogus --color never"] {
        let Some((_, shown)) = on_a_terminal(&t, &format!("export TERM=xterm; {line}")) else { return };

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
        let flag = flag.trim_end_matches(['`', '.', ':', ')', ']', ';']);
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
    let nothing = t.pack::<&str>(&[]).exits(2);
    assert!(nothing.stderr().contains("Usage: pack [OPTIONS] PROGRAM... [-- ARG...]"), "{nothing}");
    t.pack(&["inspect"]).exits(2);
}

#[test]
fn only_flags_that_work_exist() {
    let t = Test::new();
    let help = t.pack(&["--help"]).succeeds().stdout();
    for later in ["--load", "--push", "--strip", "--upx", "--lib ", "--sysroot", "--base", "--explain", "--layers"] {
        assert!(!help.contains(later), "{later}");
    }
}

#[test]
fn a_closed_reader_of_a_result_is_no_fault() {
    let Some(t) = with_app() else { return };

    let ran = t.shell("{ $pack --manual; echo $? >&2; } | head -c 1 >/dev/null").succeeds();

    assert_eq!(ran.stderr(), "0\n");
}
