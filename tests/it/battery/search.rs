//! Where a library is looked for: DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH, tokens, what is loaded already.

use super::{CASE, Case, agree};

#[test]
fn rpath_runpath_and_the_caller_count_in_their_order_and_for_whom_they_should() {
    agree(&[
        Case {
            shows: "the program's RPATH counts for a library of a library",
            made: "so b/libb.so; so a/liba.so b/libb.so; app $R'$ORIGIN/a:$ORIGIN/b' a/liba.so",
            answer: "a/liba.so b/libb.so",
            ..CASE
        },
        Case {
            shows: "its RUNPATH does not",
            made: "so b/libb.so; so a/liba.so b/libb.so; app $U'$ORIGIN/a:$ORIGIN/b' a/liba.so",
            answer: "a/liba.so !libb.so",
            ..CASE
        },
        Case {
            shows: "a RUNPATH of the library silences the program's RPATH",
            made: "so b/libb.so; so a/liba.so $U/nonexistent b/libb.so; app $R'$ORIGIN/a:$ORIGIN/b' a/liba.so",
            answer: "a/liba.so !libb.so",
            ..CASE
        },
        Case {
            shows: "one in the middle of the line does not",
            made: "so c/libc4.so; so b/libb.so c/libc4.so; so a/liba.so $U'$ORIGIN/../b' b/libb.so
                app $R'$ORIGIN/a:$ORIGIN/c' a/liba.so",
            answer: "a/liba.so b/libb.so c/libc4.so",
            ..CASE
        },
        Case {
            shows: "with both tags RPATH counts for nobody",
            made: "so b/libb.so; so a/liba.so b/libb.so
                app $R'$ORIGIN/a:$ORIGIN/b' -Wl,--audit='$ORIGIN/a:$ORIGIN/b' a/liba.so; tag app 0x6ffffefc 29",
            answer: "a/liba.so !libb.so",
            ..CASE
        },
        Case {
            shows: "of the RPATHs on the line the nearest comes first",
            made: "so n/libx.so; so f/libx.so; so f/liba.so $R'$ORIGIN/../n' f/libx.so; app $R'$ORIGIN/f' f/liba.so",
            answer: "f/liba.so n/libx.so",
            ..CASE
        },
        Case {
            shows: "RPATH comes before the caller",
            made: "so r/libx.so; so e/libx.so; app $R'$ORIGIN/r' r/libx.so",
            library_path: "@/e",
            answer: "r/libx.so",
            ..CASE
        },
        Case {
            shows: "the caller comes before RUNPATH",
            made: "so r/libx.so; so e/libx.so; app $U'$ORIGIN/r' r/libx.so",
            library_path: "@/e",
            answer: "e/libx.so",
            ..CASE
        },
        Case {
            shows: "the caller's directories are parted by semicolons too",
            made: "so r/libx.so; so e/libx.so; app $U'$ORIGIN/r' r/libx.so",
            library_path: "/no;@/e",
            answer: "e/libx.so",
            ..CASE
        },
        Case {
            shows: "of two RUNPATHs the last one counts",
            made: "so a/libx.so; so b/libx.so; app $U'$ORIGIN/a' -Wl,--audit='$ORIGIN/b' a/libx.so; tag app 0x6ffffefc 29",
            answer: "b/libx.so",
            ..CASE
        },
        Case {
            shows: "an empty part is the working directory of whoever starts it, where pack does not look",
            made: "so libx.so; so l/liby.so; app $U':$ORIGIN/l:' libx.so l/liby.so",
            answer: "l/liby.so !libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn origin_is_where_the_program_is_and_where_a_library_was_found() {
    agree(&[
        Case {
            shows: "a link to the program is followed",
            made: "so bin/libx.so; app $U'$ORIGIN' bin/libx.so; mv app bin; ln -s bin/app app",
            answer: "bin/libx.so",
            ..CASE
        },
        Case {
            shows: "a link to a library is not",
            made: "so real/libb.so; so real/liba.so $U'$ORIGIN' real/libb.so; mkdir l; ln -s ../real/liba.so l/liba.so
                app $U'$ORIGIN/l' l/liba.so",
            answer: "real/liba.so !libb.so",
            ..CASE
        },
        Case {
            shows: "a linked directory stays as it is written",
            made: "so real/l/liba.so; so real/libb.so; ln -s real/l l; so libb.so
                so real/l/liba.so $U'$ORIGIN/..' libb.so; app $U'$ORIGIN/l' real/l/liba.so",
            answer: "real/l/liba.so real/libb.so",
            ..CASE
        },
        Case { shows: "braces", made: "so l/libx.so; app $U'${ORIGIN}/l' l/libx.so", answer: "l/libx.so", ..CASE },
        Case {
            shows: "a longer word is text",
            made: "so '$ORIGINAL/libx.so'; app \"$U$PWD/\\$ORIGINAL\" '$ORIGINAL/libx.so'",
            answer: "$ORIGINAL/libx.so",
            ..CASE
        },
        Case {
            shows: "$LIB",
            made: "so l/lib/x86_64-linux-gnu/libx.so; app $U'$ORIGIN/l/$LIB' l/lib/x86_64-linux-gnu/libx.so",
            answer: "l/lib/x86_64-linux-gnu/libx.so",
            ..CASE
        },
        Case {
            shows: "$PLATFORM, whichever it is here",
            made: "so x86_64/libx.so; ln -s x86_64 haswell; ln -s x86_64 xeon_phi
                app $U'$ORIGIN/${PLATFORM}' x86_64/libx.so",
            answer: "x86_64/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn names_with_a_slash_are_paths() {
    agree(&[
        Case {
            shows: "an absolute one",
            made: "so l/libx.so -Wl,-soname,$PWD/l/libx.so; app l/libx.so",
            answer: "l/libx.so",
            ..CASE
        },
        Case {
            shows: "one with a token",
            made: "so s/libn.so -Wl,-soname,'$ORIGIN/s/libn.so'; app s/libn.so",
            answer: "s/libn.so",
            ..CASE
        },
        Case {
            shows: "a relative one counts from wherever the program is started",
            made: "so sub/x.so -Wl,-soname,sub/x.so; app sub/x.so",
            answer: "#sub/x.so",
            ..CASE
        },
    ]);
}

#[test]
fn what_is_loaded_answers_before_anything_is_looked_for() {
    agree(&[
        Case {
            shows: "by its SONAME",
            made: "so l/libx.so.1; so l/liby.so.1; so l/libz.so l/liby.so.1
                app $U'$ORIGIN/l' l/libx.so.1 l/libz.so; rm l/liby.so.1; so l/libx.so.1 -Wl,-soname,liby.so.1",
            answer: "l/libx.so.1 l/libz.so",
            ..CASE
        },
        Case {
            shows: "the first one found for a name is the one for all",
            made: "so v1/libv.so; so v2/libv.so; so a/liba.so $U'$ORIGIN/../v2' v2/libv.so
                app $U'$ORIGIN/a:$ORIGIN/v1' a/liba.so v1/libv.so",
            answer: "a/liba.so v1/libv.so",
            ..CASE
        },
        Case {
            shows: "breadth comes before depth",
            made: "so c/libd.so; so b/libd.so; so c/libc_.so $U'$ORIGIN' c/libd.so
                so l/liba.so $U'$ORIGIN/../c' c/libc_.so; so l/libb.so $U'$ORIGIN/../b' b/libd.so
                app $U'$ORIGIN/l' l/liba.so l/libb.so",
            answer: "l/liba.so l/libb.so c/libc_.so b/libd.so",
            ..CASE
        },
        Case {
            shows: "what another one found is there for who would not find it",
            made: "so d/libd.so; so l/liba.so $U'$ORIGIN/../d' d/libd.so; so l/libb.so d/libd.so
                app $U'$ORIGIN/l' l/liba.so l/libb.so",
            answer: "l/liba.so l/libb.so d/libd.so",
            ..CASE
        },
        Case { shows: "the vDSO has no file", made: "so l/linux-vdso.so.1; app l/linux-vdso.so.1", ..CASE },
        Case {
            shows: "the program's own SONAME",
            made: "so l/libown.so; app -Wl,--audit=libown.so l/libown.so; tag app 0x6ffffefc 14",
            ..CASE
        },
        Case {
            shows: "a circle, and one that needs itself",
            made: "so s/liba.so; so l/libb.so s/liba.so; so l/liba.so l/libb.so s/liba.so; app $U'$ORIGIN/l' $R'$ORIGIN/l' l/liba.so",
            answer: "l/liba.so l/libb.so",
            ..CASE
        },
        Case {
            shows: "the empty name is the program's",
            made: "so l/libempty.so; app l/libempty.so; LC_ALL=C sed -i 's/libempty.so/\\x00ibempty.so/' app",
            ..CASE
        },
        Case {
            shows: "the loader is never looked for",
            made: "so d/ld-linux-x86-64.so.2; app $U'$ORIGIN/d' d/ld-linux-x86-64.so.2",
            ..CASE
        },
        Case {
            shows: "nor under another name",
            made: "cp /lib64/ld-linux-x86-64.so.2 libfoo.so; so d/ld-linux-x86-64.so.2
                app -Wl,--dynamic-linker=$PWD/libfoo.so $U'$ORIGIN/d' d/ld-linux-x86-64.so.2",
            ..CASE
        },
        Case {
            shows: "one file under three names is one library",
            made: "for n in 1 2 3; do so l/libx$n.so; done; app $U'$ORIGIN/l' l/libx1.so l/libx2.so l/libx3.so
                ln -f l/libx1.so l/libx2.so; ln -sf libx1.so l/libx3.so",
            answer: "l/libx1.so",
            ..CASE
        },
    ]);
}
