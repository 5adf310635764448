//! What is made of wrong words: suggestions, the closest names, all problems together, whole texts.

use crate::support::Ran;
use crate::support::app::with_app;
use std::fs;

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

        assert!(ran.stderr().contains(wrong) && ran.stderr().contains(&format!("`{right}`")), "{wrong}: {ran}");
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
fn words_that_do_not_fit_are_told_in_our_own_words() {
    let Some(t) = with_app() else { return };
    for (words, error, hint) in [
        (
            vec!["app", "--color", "pink"],
            "`--color pink` is not one of `auto`, `always`, `never`",
            "write one of these",
        ),
        (vec!["app", "--strip=al"], "`--strip=al` is not one of `program`, `all`", "did you mean `all`?"),
        (vec!["app", "-t"], "`--tag` has no value", "write `--tag NAME[:TAG]`"),
        (vec!["app", "--strip="], "`--strip` has no value", "write `--strip=program|all`"),
        (vec!["app", "--json=yes"], "`--json` takes no value", "write `--json` alone"),
        (vec!["app", "-q", "-v"], "`--quiet` and `--verbose` do not go together", "leave one of the two out"),
        (vec!["app", "-o", "a", "-o", "b"], "`--output` is given twice", "leave one of the two out"),
        (vec!["--manual", "app"], "`--manual` stands alone", "leave everything else out"),
        (vec!["inspect"], "no file is named", "`pack inspect FILE` tells what a file is: a program, or an image"),
        (
            vec!["inspect", "app", "other"],
            "`pack inspect` takes one file, and `other` is one more",
            "inspect them one after the other",
        ),
        (
            vec!["inspect", "app", "--tag", "x"],
            "`--tag` is a flag of `pack PROGRAM`, not of `pack inspect`",
            "leave it out; `pack inspect -h` lists the flags",
        ),
        (
            vec!["app", "--no-evidence"],
            "`--no-evidence` is a flag of `pack inspect`, not of `pack PROGRAM`",
            "leave it out; `pack -h` lists the flags",
        ),
        (vec!["inspect", "app", "--explian"], "there is no flag `--explian`", "did you mean `--explain`?"),
        (vec!["app", "--port", "80"], "there is no flag `--port`", "write `--expose PORT`"),
        (
            vec!["app", "--healthcheck=x"],
            "there is no flag `--healthcheck`",
            "an OCI image has no health check: tell it to what runs the image, such as `docker run --health-cmd`",
        ),
    ] {
        let ran = t.pack(&words).exits(2);

        assert_eq!(ran.stderr(), format!("error: {error}\n\nhint: {hint}\n\n"), "{words:?}");
    }
}

#[test]
fn a_missing_program_is_told_with_the_closest_name_beside_it() {
    for (given, says) in [
        ("./ap", "error: there is no file `./ap`\n\nhint: did you mean `./app`?\n\n"),
        ("ap", "error: there is no program `ap`, neither here nor in PATH\n\nhint: did you mean `./app`?\n\n"),
        ("bin/servr", "error: there is no file `bin/servr`\n\nhint: did you mean `bin/server`?\n\n"),
        ("./zzz", "error: there is no file `./zzz`\n\nhint: build the program first, or correct its path\n\n"),
        (
            "target/release/app",
            "error: there is no file `target/release/app`\n\n\
             hint: there is no directory `target`; build the program first, or correct its path\n\n",
        ),
        (
            "no-such-program-anywhere",
            "error: there is no program `no-such-program-anywhere`, neither here nor in PATH\n\n\
             hint: name the file with its directory, such as `./bin/app`\n\n",
        ),
    ] {
        let Some(t) = with_app() else { continue };
        t.write("bin/server", "");

        let ran = t.pack(&[given]).exits(1);

        assert_eq!(ran.stderr(), says);
        assert_eq!(t.names(), ["app", "bin"]);
    }
}

#[test]
fn a_missing_file_of_a_flag_is_told_with_the_closest_name_beside_it() {
    for (flag, wrong, right) in [("--add", "config.tml", "config.toml"), ("--certs", "my-ca.pme", "my-ca.pem")] {
        let Some(t) = with_app() else { continue };
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
        "error: `--add :/x` does not name a file",
        "error: `--created yesterday` is not a time",
        "error: `--dir ../x` is not a path in the image",
        "error: `--env X` is not a pair `KEY=VALUE`",
        "error: `--expose 99999` is not a port: a port is 1 to 65535",
        "error: `--label x` is not a pair `KEY=VALUE`",
        "error: `--platform windows/amd64` is not a platform of Linux",
        "error: `--stop-signal SIGTRM` is not a signal",
        "error: `--workdir rel` is not a path in the image",
    ] {
        assert!(told.contains(&problem), "{problem}: {ran}");
    }
    assert!(told.iter().any(|line| line.starts_with("error: `Bad//x` is not an image name: ")), "{ran}");
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
        ("app:v 1", "a tag cannot have this character", "     ^", of_tag),
        ("https://ghcr.io/me/app/", "a name has no scheme", "^^^^^^^^", "hint: write `ghcr.io/me/app`\n\n"),
        ("a:1,b:1", "names are not parted by commas", "   ^", "hint: name each one: `--tag a:1 --tag b:1`\n\n"),
        ("app:", "its tag is empty", "    ^", of_tag),
        ("a//b", "a part of it is empty", "  ^", of_name),
        ("a b", "a name cannot have this character", " ^", of_name),
        ("x/-app", "a part begins and ends with a letter or digit", "  ^^^^", of_name),
        (
            "app@sha256:12",
            "a digest is not a tag",
            "   ^^^^^^^^^^",
            "hint: an image that is made gets its digest; write `NAME:TAG`\n\n",
        ),
    ] {
        let Some(t) = with_app() else { continue };

        let ran = t.pack(&["app", "-t", name]).exits(2);

        assert_eq!(ran.stderr(), format!("error: `{name}` is not an image name: {why}\n  {name}\n  {mark}\n\n{hint}"));
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
fn the_same_mistake_ends_pack_and_inspect_with_the_same_code() {
    let Some(t) = with_app() else { return };
    t.shell("echo '#!/bin/sh' >run.sh; : >empty; mkdir directory").succeeds();
    for (words, code) in [
        (vec!["app"], 0),
        (vec!["./gone"], 1),
        (vec!["gone"], 1),
        (vec!["run.sh"], 1),
        (vec!["empty"], 1),
        (vec!["directory"], 1),
        (vec!["app", "--library-path", "nowhere"], 2),
        (vec!["app", "--sysroot", "nowhere"], 2),
        (vec!["app", "--platform", "windows/amd64"], 2),
        (vec!["app", "--bogus"], 2),
        (vec!["app", "--color", "pink"], 2),
        // What could not be done on this machine may be done on another one: one such problem, and it is not misuse.
        (vec!["run.sh", "--library-path", "nowhere"], 1),
    ] {
        for json in [vec![], vec!["--json"]] {
            t.pack(&[words.clone(), vec!["--dry-run"], json.clone()].concat()).exits(code);
            t.pack(&[vec!["inspect"], words.clone(), json].concat()).exits(code);
        }
    }
    t.pack::<&str>(&[]).exits(2);
    t.pack(&["inspect"]).exits(2);
}

#[test]
fn a_flag_that_means_nothing_for_the_file_is_refused() {
    let Some(t) = with_app() else { return };
    t.pack(&["app", "-q"]).succeeds();
    let sysroot = "error: `--sysroot` means nothing for `app.tar`, which is an image\n\n\
        hint: leave it out: an image is a root of its own\n\n";
    let library_path = "error: `--library-path` means nothing for `app.tar`, which is an image\n\n\
        hint: leave it out: libraries are looked up in the image alone\n\n";
    let platform = "error: `--platform` means nothing for `./app`, which is not an image\n\n\
        hint: leave it out: it names one of several images in a file\n\n";
    for (words, says) in [
        (vec!["./app", "--platform", "linux/amd64"], platform.to_owned()),
        (vec!["app.tar", "--sysroot", "/"], sysroot.to_owned()),
        (vec!["app.tar", "--library-path", "/lib"], library_path.to_owned()),
        (vec!["app.tar", "--library-path", "/lib", "--sysroot", "/"], format!("{sysroot}{library_path}")),
    ] {
        let ran = t.pack(&[vec!["inspect"], words.clone()].concat()).exits(2);

        assert_eq!((ran.stdout(), ran.stderr()), (String::new(), says), "{words:?}");
        let told = t.pack(&[vec!["inspect", "--json"], words].concat()).exits(2).json();
        assert_eq!(told["errors"][0]["code"], "usage");
    }
    for words in [
        vec!["app.tar", "--platform", "linux/amd64"],
        vec!["app.tar", "--explain"],
        vec!["app", "--sysroot", "/", "--library-path", "/lib", "--no-evidence"],
    ] {
        t.pack(&[vec!["inspect"], words].concat()).succeeds();
    }
    // What is not there is neither.
    let gone = t.pack(&["inspect", "./gone", "--platform", "linux/amd64"]).exits(1);
    assert!(gone.stderr().starts_with("error: there is no file `./gone`\n"), "{gone}");
}
