//! What goes wrong leaves nothing behind and replaces nothing.

use crate::support::image::Image;
use crate::support::programs::HELLOS;
use crate::support::{Test, lacks, skip};
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::time::{Duration, Instant};

/// A test with the program `hello` in its directory.
fn with_hello() -> Option<Test> {
    let t = Test::new();
    fs::copy(HELLOS[0].program()?, t.path("hello")).expect("a program is copied");
    Some(t)
}

#[test]
fn a_missing_program_leaves_nothing_behind() {
    let Some(t) = with_hello() else { return };

    let ran = t.pack(&["./hallo", "-o", "image.tar"]).exits(1);

    assert_eq!(ran.stdout(), "");
    assert!(ran.stderr().contains("`./hallo`"), "{ran}");
    assert!(ran.stderr().contains("`./hello`"), "the closest name is offered: {ran}");
    assert_eq!(t.names(), ["hello"]);
}

#[test]
fn an_output_directory_that_is_not_there_is_named_and_not_made() {
    let Some(t) = with_hello() else { return };

    let ran = t.pack(&["hello", "-o", "nowhere/image.tar"]).exits(1);

    assert!(ran.stderr().contains("nowhere"), "{ran}");
    assert_eq!(t.names(), ["hello"]);
}

#[test]
fn a_full_disk_leaves_the_file_that_was_there() {
    let Some(t) = with_hello() else { return };
    if lacks(&["unshare", "mount"]) {
        return;
    }
    // A file system of the test's own, in a mount namespace that ends with the script.
    let script = "mkdir small && mount -t tmpfs -o size=100k none small || exit 77
        echo before >small/image.tar
        $pack hello -o small/image.tar; echo $?
        ls -A small; cat small/image.tar";

    let ran = t.shell(&format!("exec unshare --mount --map-root-user sh -c '{script}'"));

    if ran.output.status.code() == Some(77) || ran.stderr().starts_with("unshare: ") {
        return skip("no file system can be mounted here");
    }
    assert_eq!(ran.stdout(), "1\nimage.tar\nbefore\n", "{ran}");
    assert!(ran.stderr().contains("small/image.tar"), "{ran}");
    assert!(ran.stderr().contains("No space left on device"), "{ran}");
}

#[test]
fn a_full_device_as_standard_output_is_told() {
    let Some(t) = with_hello() else { return };

    let ran = t.shell("$pack hello -o - >/dev/full").exits(1);

    assert!(ran.stderr().contains("No space left on device"), "{ran}");
    assert_eq!(t.names(), ["hello"]);
}

#[test]
fn a_reader_that_goes_away_is_no_success() {
    let Some(t) = with_hello() else { return };

    let ran = t.shell("{ $pack hello -o -; echo $? >&2; } | head -c 1 >/dev/null").succeeds();

    assert!(ran.stderr().ends_with("\n1\n") || ran.stderr() == "1\n", "{ran}");
    assert!(!ran.stderr().contains("panicked"), "{ran}");
    assert_eq!(t.names(), ["hello"]);
}

#[test]
fn a_device_is_written_to_and_stays() {
    let Some(t) = with_hello() else { return };
    // Not /dev/null itself: where this fails for root, the machine has lost it.
    if t.shell("mknod null c 1 3 && echo >null").output.status.code() != Some(0) {
        return skip("no device can be made here");
    }

    t.pack(&["hello", "-o", "null"]).succeeds();

    let kind = fs::metadata(t.path("null")).expect("it is there").file_type();
    assert!(kind.is_char_device());
    assert_eq!(t.names(), ["hello", "null"]);
}

#[test]
fn an_open_file_a_pipe_and_a_fifo_get_the_whole_archive() {
    let Some(t) = with_hello() else { return };
    t.pack(&["hello", "-q", "-o", "plain.tar"]).succeeds();

    t.shell("$pack hello -q -o /dev/fd/3 3>open.tar").succeeds();
    t.shell("$pack hello -q -o /dev/fd/3 3>&1 >/dev/null | cat >pipe.tar").succeeds();
    t.shell("mkfifo fifo && { cat fifo >read.tar & } && $pack hello -q -o fifo && wait").succeeds();

    let plain = fs::read(t.path("plain.tar")).expect("it is written");
    for name in ["open.tar", "pipe.tar", "read.tar"] {
        let same = fs::read(t.path(name)).is_ok_and(|bytes| bytes == plain);
        assert!(same, "{name} is not the archive that a plain file gets");
    }
    assert!(fs::metadata(t.path("fifo")).expect("it is there").file_type().is_fifo());
    assert_eq!(t.names(), ["fifo", "hello", "open.tar", "pipe.tar", "plain.tar", "read.tar"]);
}

#[test]
fn a_link_as_output_is_followed_and_stays() {
    let Some(t) = with_hello() else { return };
    t.shell("mkdir elsewhere && ln -s elsewhere/image.tar link.tar").succeeds();

    t.pack(&["hello", "-o", "link.tar"]).succeeds();

    assert!(t.path("link.tar").symlink_metadata().expect("it is there").file_type().is_symlink());
    Image::open(&t.path("elsewhere/image.tar")).manifest();
    assert_eq!(t.names(), ["elsewhere", "hello", "link.tar"]);
}

#[test]
fn what_was_there_is_replaced_only_by_a_whole_archive() {
    let Some(t) = with_hello() else { return };
    t.write("image.tar", "before");
    let before = fs::metadata(t.path("image.tar")).expect("it is there").ino();

    t.pack(&["hello", "-o", "image.tar"]).succeeds();

    Image::open(&t.path("image.tar")).manifest();
    let after = fs::metadata(t.path("image.tar")).expect("it is there").ino();
    assert_ne!(before, after, "it is renamed into place, so that a reader of the old one is not disturbed");
    assert_eq!(t.names(), ["hello", "image.tar"]);
}

#[test]
fn a_killed_run_leaves_what_was_there_and_the_next_one_clears_up() {
    let Some(t) = with_hello() else { return };
    t.write("image.tar", "before");
    // Large enough that it is killed on the way.
    fs::copy(t.path("hello"), t.path("big")).expect("a program is copied");
    let big = fs::OpenOptions::new().write(true).open(t.path("big")).expect("it is ours");
    big.set_len(4 << 30).expect("it is stretched");
    let left_over = |t: &Test| t.names().iter().any(|name| name.starts_with(".image.tar.pack-"));

    let mut running = t.command(&["big", "-q", "-o", "image.tar"]).spawn().expect("pack starts");
    let begun = Instant::now();
    while !left_over(&t) && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.kill().expect("it runs");
    running.wait().expect("it ends");

    assert_eq!(fs::read(t.path("image.tar")).expect("it is there"), b"before");
    assert!(left_over(&t), "a temporary file stands beside its destination: {:?}", t.names());
    t.pack(&["hello", "-o", "image.tar"]).succeeds();
    assert_eq!(t.names(), ["big", "hello", "image.tar"]);
}

#[test]
fn an_interrupted_run_takes_its_temporary_file_with_it_or_leaves_it_to_the_next() {
    let Some(t) = with_hello() else { return };
    t.write("image.tar", "before");

    let ran = t.shell("cp hello big; truncate -s 4G big; timeout -s TERM 0.3 $pack big -q -o image.tar; echo $?");

    assert_ne!(ran.stdout(), "0\n", "{ran}");
    assert_eq!(fs::read(t.path("image.tar")).expect("it is there"), b"before");
}
