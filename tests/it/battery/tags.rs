//! Tags beside DT_NEEDED, flags, versions of symbols, and long ways (cases 27 to 31, 34 to 36, 52, 62).

use super::{CASE, Case, HELPERS, agree};
use crate::support::loader::found;
use crate::support::{Ran, Test, lacks, tool};
use std::path::Path;

#[test]
fn files_for_newer_processors_come_before_the_plain_one_in_each_directory() {
    agree(&[
        Case {
            shows: "with a plain one",
            made: "so l/libx.so; so l/glibc-hwcaps/x86-64-v2/libx.so; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so",
            ..CASE
        },
        Case {
            shows: "without",
            made: "so l/glibc-hwcaps/x86-64-v2/libx.so; app $U'$ORIGIN/l' l/glibc-hwcaps/x86-64-v2/libx.so",
            answer: "l/glibc-hwcaps/x86-64-v2/libx.so",
            ..CASE
        },
        Case {
            shows: "the name of another machine's processor is a directory like any other",
            made: "so l/glibc-hwcaps/power9/libx.so; app $U'$ORIGIN/l' l/glibc-hwcaps/power9/libx.so",
            answer: "!libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn a_filter_needs_what_it_stands_for_and_an_auxiliary_takes_it_where_it_is() {
    agree(&[
        Case {
            shows: "DT_FILTER",
            made: "so l/libf.so; so l/libx.so -Wl,-F,libf.so $U'$ORIGIN'; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so l/libf.so",
            ..CASE
        },
        Case {
            shows: "is needed",
            made: "so l/libx.so -Wl,-F,libf.so $U'$ORIGIN'; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so !libf.so",
            ..CASE
        },
        Case {
            shows: "DT_AUXILIARY",
            made: "so l/libf.so; so l/libx.so -Wl,-f,libf.so $U'$ORIGIN'; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so l/libf.so",
            ..CASE
        },
        Case {
            shows: "is not needed",
            made: "so l/libx.so -Wl,-f,libf.so $U'$ORIGIN'; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so",
            ..CASE
        },
        Case {
            shows: "with a token and a slash",
            made: "so l/libf.so; so l/libx.so -Wl,-f,'$ORIGIN/libf.so'; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so l/libf.so",
            ..CASE
        },
        Case {
            shows: "what cannot be loaded is not there",
            made: "so l/libx.so -Wl,-f,libf.so $U'$ORIGIN'; echo text >l/libf.so; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so",
            ..CASE
        },
        Case {
            shows: "what it stands for is loaded before the next one that is needed",
            made: "so a/libd.so; so b/libd.so; so l/libf.so $U'$ORIGIN/../a' a/libd.so; so l/libn.so $U'$ORIGIN/../b' b/libd.so
                so l/libx.so l/libn.so -Wl,-F,libf.so $U'$ORIGIN'; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so l/libf.so l/libn.so a/libd.so",
            ..CASE
        },
    ]);
}

#[test]
fn long_chains_and_circles_are_followed_to_their_end() {
    agree(&[
        Case {
            shows: "forty in a line",
            made: "so l/lib0.so; for n in $(seq 1 40); do so l/lib$n.so l/lib$((n - 1)).so $U'$ORIGIN'; done
                app $U'$ORIGIN/l' l/lib40.so",
            answer: "l/lib0.so l/lib1.so l/lib2.so l/lib3.so l/lib4.so l/lib5.so l/lib6.so l/lib7.so l/lib8.so l/lib9.so \
                l/lib10.so l/lib11.so l/lib12.so l/lib13.so l/lib14.so l/lib15.so l/lib16.so l/lib17.so l/lib18.so \
                l/lib19.so l/lib20.so l/lib21.so l/lib22.so l/lib23.so l/lib24.so l/lib25.so l/lib26.so l/lib27.so \
                l/lib28.so l/lib29.so l/lib30.so l/lib31.so l/lib32.so l/lib33.so l/lib34.so l/lib35.so l/lib36.so \
                l/lib37.so l/lib38.so l/lib39.so l/lib40.so",
            ..CASE
        },
        Case {
            shows: "a circle through the program's RPATH, whose middle one has a RUNPATH",
            made: "so s/liba.so; so l/libb.so s/liba.so $U/nowhere; rm -r s; so l/liba.so l/libb.so
                app $R'$ORIGIN/l' l/liba.so",
            answer: "l/liba.so l/libb.so",
            ..CASE
        },
    ]);
}

#[test]
fn without_default_directories_the_c_library_is_missing() {
    agree(&[
        Case { shows: "in the program", made: "app -Wl,-z,nodefaultlib", answer: "!libc.so.6", ..CASE },
        Case {
            shows: "in a library it counts for what that one needs",
            made: "so l/libx.so -Wl,-z,nodefaultlib -lm; app $U'$ORIGIN/l' l/libx.so",
            answer: "l/libx.so !libm.so.6",
            ..CASE
        },
        Case {
            shows: "and not for what others need",
            made: "so l/libx.so -Wl,-z,nodefaultlib -lc -lm; app $U'$ORIGIN/l' l/libx.so -lm",
            answer: "l/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn versions_of_symbols_are_compared() {
    agree(&[
        Case {
            shows: "the same one",
            made: versions!("so l/libx.so x.c -Wl,--version-script=v2"),
            answer: "l/libx.so",
            ..CASE
        },
        Case {
            shows: "an older one",
            made: versions!("so l/libx.so x.c -Wl,--version-script=v1"),
            answer: "#libx.so",
            ..CASE
        },
        Case { shows: "none at all", made: versions!("so l/libx.so x.c"), answer: "l/libx.so", ..CASE },
        Case {
            shows: "an older one, and what is needed is weak",
            made: versions!("so l/libx.so x.c -Wl,--version-script=v1; weak app V2"),
            answer: "l/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn auditors_are_loaded_where_they_are_found_and_stop_nothing() {
    const AUDITOR: &str =
        "#include <unistd.h>\nunsigned la_version(unsigned v) { write(2, \"audits\\n\", 7); return v; }";
    if lacks(&["gcc", "sh"]) {
        return;
    }
    for (shows, flags) in [
        ("62: DT_AUDIT, by the program's RPATH", "$R'$ORIGIN/l' -Wl,--audit=libaudit.so"),
        ("62: DT_DEPAUDIT", "$R'$ORIGIN/l' -Wl,-P,libaudit.so"),
        ("62: not there", "-Wl,--audit=libaudit.so"),
        ("62: a path", "-Wl,--audit=$PWD/l/libaudit.so"),
        ("62: the second of a list", "-Wl,--audit=nothing.so:$PWD/l/libaudit.so"),
        ("62: by the program's RUNPATH", "$U'$ORIGIN/l' -Wl,--audit=libaudit.so"),
    ] {
        let t = Test::new();
        t.write("audit.c", AUDITOR);
        t.shell(&format!("{HELPERS} so l/libaudit.so audit.c -lc; app {flags}")).succeeds();

        let ran = Ran::of(&mut tool(t.path("app"))).succeeds();
        let resolution = found(&t.path("app"), Path::new("/"), &[]).expect("it is a dynamic program");

        let ours = resolution.libraries.iter().any(|library| library.place.path.ends_with("l/libaudit.so"));
        assert_eq!(ours, ran.stderr().contains("audits"), "{shows}: {ran}");
        assert!(resolution.missing.is_empty() && resolution.load_errors.is_empty(), "{shows}: {resolution:?}");
    }
}
