//! Layers kept from run to run: the same bytes as without, and no failure where there can be no cache.

use crate::support::Test;
use crate::support::programs::WEBSERVER;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// A test with the web server in its directory.
fn with_server() -> Option<Test> {
    let t = Test::new();
    fs::copy(WEBSERVER.program()?, t.path("app")).expect("a program is copied");
    Some(t)
}

/// The blobs that the cache holds, with their inodes.
fn blobs(t: &Test) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(t.cache().join("blobs")).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("it is read").path());
    paths.map(|path| (path.clone(), path.metadata().expect("it is there").ino())).collect()
}

#[test]
fn the_second_run_finds_what_the_first_one_made() {
    let Some(t) = with_server() else { return };
    t.shell("exec $pack app --no-cache -q -o plain.tar").succeeds();
    assert!(!t.cache().exists(), "--no-cache writes nothing there");

    t.shell("exec $pack app -q -o first.tar").succeeds();
    let kept = blobs(&t);
    t.shell("exec $pack app -q -o second.tar").succeeds();
    t.shell("exec $pack app -q -o - | cat >third.tar").succeeds();

    assert_eq!(kept.len(), 1);
    assert_eq!(blobs(&t), kept, "nothing was made again");
    let plain = fs::read(t.path("plain.tar")).expect("it is written");
    for name in ["first.tar", "second.tar", "third.tar"] {
        assert!(fs::read(t.path(name)).expect("it is written") == plain, "{name}");
    }
}

#[test]
fn a_damaged_blob_is_made_again() {
    let Some(t) = with_server() else { return };
    t.shell("exec $pack app -q -o first.tar").succeeds();
    let (blob, _) = blobs(&t).remove(0);
    let mut bytes = fs::read(&blob).expect("it is there");
    let whole = bytes.clone();
    bytes[1000] ^= 1;

    for script in ["$pack app -q -o second.tar", "$pack app -q -o - | cat >second.tar"] {
        fs::write(&blob, &bytes).expect("it is ours");

        let ran = t.shell(script).succeeds();

        assert_eq!(ran.stderr(), "");
        assert!(fs::read(&blob).expect("it is there") == whole, "{script}");
        let (first, second) = (fs::read(t.path("first.tar")), fs::read(t.path("second.tar")));
        assert!(first.expect("it is written") == second.expect("it is written"), "{script}");
    }
}

#[test]
fn several_runs_at_once_share_a_cache() {
    let Some(t) = with_server() else { return };
    let script = "for n in 1 2 3 4 5 6; do $pack app -q -o $n.tar & done; wait
        for n in 2 3 4 5 6; do cmp 1.tar $n.tar || exit 1; done
        $pack app --no-cache -q -o plain.tar; cmp 1.tar plain.tar";

    t.shell(script).succeeds();

    assert_eq!(blobs(&t).len(), 1, "one blob, and nothing left beside it");
}

#[test]
fn without_a_place_for_a_cache_everything_works() {
    let Some(t) = with_server() else { return };
    t.write("file", "");
    t.shell("mkdir shared; chmod 0777 shared; mkdir -m 0777 shared/pack; mkdir home").succeeds();
    for (shows, environment) in [
        ("a file where the directory would be", "XDG_CACHE_HOME=$PWD/file"),
        ("nothing can be made there", "XDG_CACHE_HOME=/proc"),
        ("others may write there", "XDG_CACHE_HOME=$PWD/shared"),
        ("no home", "env -u HOME -u XDG_CACHE_HOME"),
        ("a path that is not absolute", "env -u HOME XDG_CACHE_HOME=cache"),
    ] {
        let ran = t.shell(&format!("{environment} $pack app -q -o image.tar")).succeeds();

        assert_eq!(ran.stderr(), "", "{shows}");
        assert!(fs::read_dir(t.path("shared/pack")).expect("it is there").next().is_none(), "{shows}");
        assert!(!t.path("cache").exists(), "{shows}");
    }
    // Where XDG_CACHE_HOME is not set, the cache is at home.
    t.shell("unset XDG_CACHE_HOME; HOME=$PWD/home exec $pack app -q -o image.tar").succeeds();
    assert_eq!(fs::read_dir(t.path("home/.cache/pack/blobs")).expect("it is made").count(), 1);
}

#[test]
fn a_dry_run_keeps_nothing() {
    let Some(t) = with_server() else { return };

    t.shell("exec $pack app --dry-run").succeeds();

    assert!(!t.cache().exists());
}
