//! Large inputs end: a long circle, and a directory with ten thousand files. `tests/it/dynamic.rs` has thousands of
//! libraries and a long chain.

use super::{Asked, CASE, Case, HELPERS, agree};
use crate::support::loader::{Listed, difference, found};
use crate::support::{Test, lacks};

#[test]
fn a_circle_of_five_hundred_libraries_ends() {
    if lacks(&["gcc", "sed", "seq"]) {
        return;
    }
    let t = Test::new();
    // Copies of one file, with names of the same length in place of its own and of what it needs.
    t.shell(&format!(
        "{HELPERS} so s/libn000.so; so l/libm000.so s/libn000.so
        for n in $(seq 500 999); do
            next=$((n == 999 ? 500 : n + 1)); sed \"s/libm000/libc$n/g; s/libn000/libc$next/g\" l/libm000.so >l/libc$n.so
        done; app $R'$ORIGIN/l' l/libc500.so"
    ))
    .succeeds();
    let asked = Asked::of(&CASE, &t);
    let listed = Listed::of(&asked.loader("", true), &asked.root);
    let resolution = found(&asked.program, &asked.root, &[]).expect("it is a dynamic program");
    assert_eq!(difference(&resolution, &listed), None);
    assert_eq!(resolution.libraries.len(), 501, "with the C library");
}

#[test]
fn ten_thousand_files_in_a_directory_are_no_burden() {
    let many = |line| Case { made: line, in_root: true, answer: "opt/libx.so", ..CASE };
    agree(&[
        Case {
            shows: "of a RUNPATH",
            ..many(
                "root; so root/opt/libx.so; (cd root/opt; seq -f libn%g.so 10000 | xargs touch); app $U/opt root/opt/libx.so",
            )
        },
        Case {
            shows: "of the configuration, with a cache",
            ..many(
                "root; so root/opt/libx.so; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so
                (cd root/opt; seq -f libn%g.so 10000 | xargs touch); ldconfig -r root 2>/dev/null",
            )
        },
    ]);
    if lacks(&["gcc", "seq", "xargs"]) {
        return;
    }
    let t = Test::new();
    // Without a cache each file is looked at: ten thousand names of one library.
    t.shell(&format!(
        "{HELPERS} root; so root/opt/libx.so; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so
        python3 -c 'import os; [os.link(\"root/opt/libx.so\", f\"root/opt/libn{{n}}.so\") for n in range(10000)]'"
    ))
    .succeeds();
    let asked = Asked::of(&many(""), &t);
    let resolution = found(&asked.program, &asked.root, &[]).expect("it is a dynamic program");
    assert!(resolution.missing.is_empty(), "{resolution:?}");
}
