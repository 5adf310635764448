//! What speaks against an image before it is written: places wanted twice, users that are not there, files that the
//! user cannot read. Whole texts, and silence where there is nothing to say.

use crate::support::app::{more, packed, with_app};
use crate::support::image::Image;
use serde_json::json;
use std::fs;

#[test]
fn who_is_no_user_is_refused_with_those_that_there_are() {
    let hint = "hint: the image knows `root`, `nobody`, `nonroot`; a number needs no name, and \
        `--add FILE:/etc/passwd` brings users of your own\n\n";
    for (user, says) in [
        ("alice", format!("error: there is no user `alice` in the image\n\n{hint}")),
        ("1000:wheel", format!("error: there is no group `wheel` in the image\n\n{hint}")),
        (
            "1:2:3",
            "error: `1:2:3` is not a user\n\nhint: write `--user NAME`, `--user UID` or `--user UID:GID`\n\n"
                .to_owned(),
        ),
    ] {
        let Some(t) = with_app() else { continue };

        let ran = t.pack(&["app", "--user", user]).exits(2);

        assert_eq!((ran.stderr(), t.names()), (says, vec!["app".to_owned()]), "{user}");
    }
}

#[test]
fn what_wants_the_same_place_is_refused_and_nothing_written() {
    for (flags, says) in [
        (
            "--path /tmp",
            "error: `/tmp` cannot hold the directory that every image has there, because something else is there\n  \
             a file: the program `app`\n  a directory: for temporary files\n\n\
             hint: leave that path to pack, or add a directory where pack makes one\n\n",
        ),
        (
            "--add file:/tmp",
            "error: `/tmp` cannot hold the directory that every image has there, because something else is there\n  \
             a file: `--add file`\n  a directory: for temporary files\n\n\
             hint: leave that path to pack, or add a directory where pack makes one\n\n",
        ),
        (
            "--add file:/srv/x --dir /srv/x",
            "error: `/srv/x` cannot hold a directory (`--dir`), because something else is there\n  \
             a file: `--add file`\n  a directory: `--dir`\n\nhint: name another path\n\n",
        ),
        (
            "--add file:/x --path /x",
            "error: `/x` cannot hold the program, because something else is there\n  \
             a file: `--add file`\n  a file: the program `app`\n\n\
             hint: give the program another place with `--path PATH`\n\n",
        ),
        (
            "--add file:/x --add other:/x",
            "error: cannot add `DIR/other` at `/x`, because something else is there\n  \
             a file: `--add file`\n  a file: `--add other`\n\nhint: give it another place: `--add DIR/other:/DEST`\n\n",
        ),
    ] {
        let Some(t) = with_app() else { continue };
        t.shell("echo a >file; echo b >other").succeeds();

        let ran = t.shell(&format!("$pack app -o image.tar {flags}")).exits(1);

        let here = fs::canonicalize(t.path("")).expect("it is there").display().to_string();
        assert_eq!(ran.stderr().replace(&here, "DIR"), says, "{flags}");
        assert_eq!(t.names(), ["app", "file", "other"], "{flags}");
    }
}

#[test]
fn a_path_of_every_image_is_not_given_to_the_program() {
    for path in ["/etc/passwd", "/etc/group"] {
        let Some(t) = with_app() else { continue };

        let ran = t.pack(&["app", "--path", path, "-o", "image.tar"]).exits(1);

        assert!(ran.stderr().starts_with(&format!("error: `{path}` cannot hold ")), "{ran}");
        assert_eq!(t.names(), ["app"]);
    }
}

#[test]
fn a_working_directory_that_is_a_file_is_refused_because_nothing_would_start_there() {
    for path in ["/app", "/etc/passwd", "/app/below"] {
        let Some(t) = with_app() else { continue };

        let ran = t.pack(&["app", "-w", path, "-o", "image.tar"]).exits(1);

        let first = ran.stderr().lines().next().unwrap_or_default().to_owned();
        assert!(first.contains("the working directory") && first.contains("/app") | first.contains(path), "{ran}");
        assert_eq!(t.names(), ["app"]);
    }
}

#[test]
fn what_the_user_cannot_read_is_told_and_with_strict_refused() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 755 site; echo a >site/a; echo b >site/b; chmod 600 site/a; chmod 644 site/b").succeeds();
    let says = "user 65532 cannot read `/srv/a`\n  `/srv/a` has mode 0600\n\n\
        hint: let others read it (`chmod o+rX`), or say who runs the program with `--user`\n\n";
    let flags = ["app", "-q", "--add", "site:/srv", "-o", "image.tar"];

    let refused = t.pack(&[&flags[..], &["--strict"]].concat()).exits(1);
    assert_eq!(refused.stderr(), format!("error: {says}"));
    assert_eq!(t.names(), ["app", "site"]);

    let warned = t.pack(&flags).succeeds();
    assert_eq!(warned.stderr(), format!("warning: {says}"));
    let told = t.pack(&["app", "--add", "site:/srv", "--dry-run", "--json"]).succeeds().json();
    assert_eq!(
        told["warnings"],
        json!([{ "code": "not-readable", "message": "user 65532 cannot read `/srv/a`",
            "details": ["`/srv/a` has mode 0600"],
            "hint": "let others read it (`chmod o+rX`), or say who runs the program with `--user`" }])
    );

    // Root reads everything.
    packed(&t, "app --add site:/srv --user root --strict");
}

#[test]
fn a_program_without_an_x_bit_gets_one_and_that_is_said() {
    let Some(t) = with_app() else { return };
    t.shell("chmod 600 app").succeeds();

    let ran = t.pack(&["./app", "-q", "-o", "image.tar"]).succeeds();

    assert_eq!(
        ran.stderr(),
        "warning: `./app` has no x bit here; it has one in the image\n\n\
         hint: `chmod +x ./app` lets it run here too\n\n"
    );
    assert_eq!(more(&Image::open(&t.path("image.tar"))), ["-rwxr-xr-x 0/0 /app"]);
}
