//! musl's rules against musl's loader.

use super::{Asked, CASE, Case, HELPERS};
use crate::support::{Test, lacks};

const LOADER: &str = "/lib/ld-musl-x86_64.so.1";

#[track_caller]
fn agree(cases: &[Case]) {
    if lacks(&["musl-gcc", "i686-linux-gnu-gcc", "python3", "bwrap"]) {
        return;
    }
    let wrong: Vec<String> = cases.iter().filter_map(fails).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

fn fails(case: &Case) -> Option<String> {
    let t = Test::new();
    let made = t.shell(&format!("CC=musl-gcc; {HELPERS}{}", case.made));
    let asked = Asked { lists: Some(LOADER), ..Asked::of(case, &t) };
    let wrong = if made.output.status.code() == Some(0) { case.differs(&asked) } else { Some(made.to_string()) };
    wrong.map(|wrong| format!("{}: {wrong}", case.shows))
}

#[test]
fn directories_count_in_musls_order() {
    agree(&[
        Case {
            shows: "RUNPATH counts for a library of a library",
            made: "so b/libb.so; so a/liba.so b/libb.so; app $U'$ORIGIN/a:$ORIGIN/b' a/liba.so",
            answer: "a/liba.so b/libb.so",
            ..CASE
        },
        Case {
            shows: "also where the library has one",
            made: "so b/libb.so; so a/liba.so $U/nowhere b/libb.so; app $R'$ORIGIN/a:$ORIGIN/b' a/liba.so",
            answer: "a/liba.so b/libb.so",
            ..CASE
        },
        Case {
            shows: "the nearest first",
            made: "so n/libx.so; so f/libx.so; so f/liba.so $U'$ORIGIN/../n' f/libx.so; app $U'$ORIGIN/f' f/liba.so",
            answer: "f/liba.so n/libx.so",
            ..CASE
        },
        Case {
            shows: "the caller before RPATH",
            made: "so r/libx.so; so e/libx.so; app $R'$ORIGIN/r' r/libx.so",
            library_path: "@/e",
            answer: "e/libx.so",
            ..CASE
        },
        Case {
            shows: "RUNPATH in place of RPATH",
            made: "so a/libx.so; so b/libx.so
                app $R'$ORIGIN/a' -Wl,--audit='$ORIGIN/b' a/libx.so; tag app 0x6ffffefc 29",
            answer: "b/libx.so",
            ..CASE
        },
        Case {
            shows: "an empty part is none",
            made: "so libx.so; so l/liby.so; app $U':$ORIGIN/l:' libx.so l/liby.so",
            answer: "l/liby.so !libx.so",
            ..CASE
        },
        Case { shows: "braces", made: "so l/libx.so; app $U'${ORIGIN}/l' l/libx.so", answer: "l/libx.so", ..CASE },
        Case {
            shows: "another token takes the whole list away",
            made: "so l/libx.so; app $U'$ORIGIN/l:/$LIB' l/libx.so",
            answer: "!libx.so",
            ..CASE
        },
        Case {
            shows: "$ORIGIN of a library is where it was found",
            made: "so real/libb.so; so real/liba.so $U'$ORIGIN' real/libb.so; mkdir l; ln -s ../real/liba.so l/liba.so
                app $U'$ORIGIN/l' l/liba.so",
            answer: "real/liba.so !libb.so",
            ..CASE
        },
        Case {
            shows: "a name with a slash has no tokens",
            made: "so s/libn.so -Wl,-soname,'$ORIGIN/s/libn.so'; app s/libn.so",
            answer: "#$ORIGIN/s/libn.so",
            ..CASE
        },
        Case {
            shows: "an absolute name",
            made: "so l/libx.so -Wl,-soname,$PWD/l/libx.so; app l/libx.so",
            answer: "l/libx.so",
            ..CASE
        },
        Case {
            shows: "a directory whose path is too long for its buffer",
            made: "long=$(printf '%0200d' 0); d=$long/$long/$long; mkdir -p $d; so l/libx.so; mv l/libx.so $d
                so l/libx.so; app $U'$ORIGIN/'$d':$ORIGIN/l' l/libx.so",
            answer: "l/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn names_answer_by_musls_rules() {
    agree(&[
        Case {
            shows: "a SONAME does not",
            made: "so l/libx.so.1; so l/liby.so.1; so l/libz.so l/liby.so.1
                app $U'$ORIGIN/l' l/libx.so.1 l/libz.so; rm l/liby.so.1; so l/libx.so.1 -Wl,-soname,liby.so.1",
            answer: "l/libx.so.1 l/libz.so !liby.so.1",
            ..CASE
        },
        Case {
            shows: "the C library has many names",
            made: "for n in c.so.6 m.so.6 pthread.so.0 dl.so.2 rt.so.1 util.so.1 xnet.so c.musl-x86_64.so.1; do so l/lib$n; done
                app l/*; rm -r l",
            ..CASE
        },
        Case {
            shows: "and not all that glibc splits it into",
            made: "for n in resolv.so.2 crypt.so.1 nsl.so.1; do so l/lib$n; done; app l/*; rm -r l",
            answer: "!libresolv.so.2 !libcrypt.so.1 !libnsl.so.1",
            ..CASE
        },
        Case {
            shows: "one file under three names is one library",
            made: "for n in 1 2 3; do so l/libx$n.so; done; app $U'$ORIGIN/l' l/libx1.so l/libx2.so l/libx3.so
                ln -f l/libx1.so l/libx2.so; ln -sf libx1.so l/libx3.so",
            answer: "l/libx1.so",
            ..CASE
        },
        Case {
            shows: "the vDSO's name is nobody's",
            made: "so l/linux-vdso.so.1; so l/linux-gate.so.1; app l/linux-vdso.so.1 l/linux-gate.so.1; rm -r l",
            answer: "!linux-vdso.so.1 !linux-gate.so.1",
            ..CASE
        },
        Case {
            shows: "the empty name is nobody's",
            made: "so l/libempty.so; app l/libempty.so; LC_ALL=C sed -i 's/libempty.so/\\x00ibempty.so/' app",
            answer: "#",
            ..CASE
        },
        Case {
            shows: "filters and versions are not known",
            made: "echo 'V1 { global: x; };' >v; echo 'int x(void) { return 0; }' >x.c
                so l/libx.so x.c -Wl,-F,libf.so -Wl,--version-script=v
                echo 'int x(void); int main(void) { return x(); }' >main.c; app $U'$ORIGIN/l' l/libx.so; so l/libx.so x.c",
            answer: "l/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn the_first_file_that_opens_is_the_one() {
    agree(&[
        Case {
            shows: "another word size",
            made: two!("CC=i686-linux-gnu-gcc; so a/libx.so"),
            answer: "#a/libx.so",
            ..CASE
        },
        Case { shows: "a text", made: two!("echo text >a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case { shows: "nothing in it", made: two!(": >a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case { shows: "a directory", made: two!("rm a/*; mkdir a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case { shows: "a circle of links", made: two!("ln -sf libx.so a/libx.so"), answer: "#a/libx.so", ..CASE },
        Case { shows: "a circle of directories", made: two!("rm -r a; ln -s a a"), answer: "#a/libx.so", ..CASE },
        Case { shows: "a program", made: two!("byte a/libx.so 16 002"), answer: "a/libx.so", ..CASE },
        Case { shows: "an object file", made: two!("byte a/libx.so 16 001"), answer: "#a/libx.so", ..CASE },
        Case {
            shows: "another OS ABI does not matter",
            made: two!("byte a/libx.so 7 011"),
            answer: "a/libx.so",
            ..CASE
        },
        Case {
            shows: "a link to nothing is stepped over",
            made: two!("ln -sf nowhere a/libx.so"),
            answer: "b/libx.so",
            ..CASE
        },
        Case {
            shows: "a file for a directory is stepped over",
            made: two!("rm -r a; : >a"),
            answer: "b/libx.so",
            ..CASE
        },
    ]);
}

#[test]
fn the_path_file_takes_the_place_of_the_default_directories() {
    let in_root = |shows, made, answer| Case { shows, made, answer, in_root: true, ..CASE };
    agree(&[
        in_root(
            "without one",
            "root; so root/usr/local/lib/libx.so; so root/usr/lib/libx.so; app root/usr/lib/libx.so",
            "usr/local/lib/libx.so",
        ),
        in_root(
            "lines",
            "root; so root/opt/libx.so; printf '/srv\\n/opt\\n' >root/etc/ld-musl-x86_64.path; app root/opt/libx.so",
            "opt/libx.so",
        ),
        in_root(
            "colons",
            "root; so root/opt/libx.so; printf /srv:/opt >root/etc/ld-musl-x86_64.path; app root/opt/libx.so",
            "opt/libx.so",
        ),
        in_root(
            "the default ones do not count then",
            "root; so root/usr/lib/libx.so; echo /opt >root/etc/ld-musl-x86_64.path; app root/usr/lib/libx.so",
            "!libx.so",
        ),
        in_root(
            "an empty one is none at all",
            "root; so root/usr/lib/libx.so; : >root/etc/ld-musl-x86_64.path; app root/usr/lib/libx.so",
            "!libx.so",
        ),
    ]);
}
