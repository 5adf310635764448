//! The same input gives the same bytes, wherever, whenever and by whomever it is packed.

use crate::support::Test;
use crate::support::programs::WEBSERVER;
use std::fs;

#[test]
fn nothing_of_the_place_the_time_or_the_user_is_in_the_image() {
    let (t, Some(program)) = (Test::new(), WEBSERVER.program()) else { return };
    t.write("here/site/a.html", "a");
    t.write("here/site/b/c.html", "c");
    fs::copy(&program, t.path("here/webserver")).expect("a program is copied");
    // Made in another order, at another time, with other modes where those are not part of the image.
    t.shell(
        "mkdir -p 'over there/site/b' && cp here/site/b/c.html 'over there/site/b' && cp here/site/a.html 'over there/site'
        cp here/webserver 'over there' && chmod 0700 'over there/webserver'
        find 'over there' -exec touch -d '2001-02-03 04:05:06' {} +",
    )
    .succeeds();
    let flags = "webserver --add site:/srv -l b=2 -l a=1 -e Z=1 -e A=2 -q -o -";

    let plain = t.shell(&format!("cd here && $pack {flags}")).succeeds().output.stdout;

    for (shows, setting) in [
        ("another directory, time and mode", "cd 'over there'"),
        ("a closed umask", "umask 077; cd here"),
        ("an open umask", "umask 000; cd here"),
        ("another zone", "cd here; export TZ=Asia/Kathmandu"),
        ("another locale", "cd here; export LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8"),
        ("another home", "cd here; export HOME=/nonexistent USER=somebody"),
        ("one core", "cd here; command -v taskset >/dev/null && set -- taskset -c 0"),
        ("no terminal's width or colour", "cd here; export COLUMNS=20 TERM=dumb NO_COLOR=1"),
    ] {
        let again = t.shell(&format!("{setting}; \"$@\" $pack {flags}")).succeeds().output.stdout;
        assert!(again == plain, "{shows}: {} bytes, then {}", plain.len(), again.len());
    }
}

#[test]
fn an_archive_in_a_file_is_the_archive_on_a_pipe() {
    let (t, Some(program)) = (Test::new(), WEBSERVER.program()) else { return };

    let script = format!("$pack {0} -q -o file.tar && $pack {0} -q -o - | cat >pipe.tar", program.display());
    t.shell(&script).succeeds();

    let (file, pipe) = (fs::read(t.path("file.tar")), fs::read(t.path("pipe.tar")));
    assert!(file.expect("it is written") == pipe.expect("it is written"));
}

#[test]
fn the_time_of_the_image_is_the_one_asked_for() {
    let (t, Some(program)) = (Test::new(), WEBSERVER.program()) else { return };
    for (flags, environment, created) in [
        ("", "", "1970-01-01T00:00:00Z"),
        ("", "SOURCE_DATE_EPOCH=1700000000", "2023-11-14T22:13:20Z"),
        ("--created 86400", "SOURCE_DATE_EPOCH=1700000000", "1970-01-02T00:00:00Z"),
        ("--created 2024-02-29T12:00:00+01:00", "", "2024-02-29T11:00:00Z"),
    ] {
        let script = format!("{environment} $pack {} -q -o image.tar {flags}", program.display());
        t.shell(&script).succeeds();

        let config = crate::support::image::Image::open(&t.path("image.tar")).config();

        assert_eq!(config["created"], created, "{environment} {flags}");
        assert_eq!(config["history"][0]["created"], created, "{environment} {flags}");
    }
}
