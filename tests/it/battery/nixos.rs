//! NixOS' note of where libraries are. Its loader is not at hand: that ours passes the note over is held against it,
//! and what a loader in a Nix store does with it, against the rules that patchelf gives.

use super::{CASE, Case, HELPERS, agree};
use crate::support::loader::found;
use crate::support::{Test, lacks};

#[test]
fn another_loader_passes_the_note_over() {
    let case = Case { in_root: true, ..CASE };
    agree(&[Case { shows: "the note", made: "noted =/opt/b/libx.so", answer: "opt/a/libx.so", ..case }]);
}

#[test]
fn a_loader_in_the_store_follows_the_note_before_the_runpath() {
    if lacks(&["gcc"]) {
        return;
    }
    for (shows, list, library_path, expected, rule) in [
        ("a file", "=/opt/b/libx.so", "", "/opt/b/libx.so", "nixos-note"),
        ("a directory", "?/opt/b", "", "/opt/b/libx.so", "nixos-note"),
        ("a token", "?$ORIGIN/opt/b", "", "/opt/b/libx.so", "nixos-note"),
        ("the second of a list", "?/nowhere:=/opt/b/libx.so", "", "/opt/b/libx.so", "nixos-note"),
        ("what is not there", "=/nowhere/libx.so", "", "/opt/a/libx.so", "runpath"),
        ("the caller comes first", "=/opt/a/libx.so", "opt/b", "/opt/b/libx.so", "library-path"),
    ] {
        let t = Test::new();
        t.shell(&format!("{HELPERS} store '{list}'")).succeeds();
        let root = t.path("root").canonicalize().expect("it is there");
        let library_path: Vec<_> =
            Some(library_path).filter(|path| !path.is_empty()).map(|path| root.join(path)).into_iter().collect();

        let resolution = found(&root.join("app"), &root, &library_path).expect("it is a dynamic program");

        let library = &resolution.libraries[0];
        let is = (library.place.path.to_str().expect("it is plain"), library.found_by.rule.code());
        assert_eq!(is, (expected, rule), "{shows}: {resolution:?}");
    }
}

#[test]
fn the_note_is_named_as_the_rule() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!("{HELPERS} store =/opt/b/libx.so")).succeeds();
    let told = t.pack(&["inspect", "root/app", "--sysroot", "root"]).succeeds().stdout();
    assert!(told.contains("NixOS' note of"), "{told}");
    t.pack(&["root/app", "--sysroot", "root", "--format", "rootfs", "-o", "image", "-q"]).succeeds();
    assert!(t.path("image/opt/b/libx.so").is_file());
}
