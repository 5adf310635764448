//! Programs that carry their payload behind the last section, or in a section of their own: packed with `--strip`
//! byte for byte, with a line that says why, and run from their image.

use crate::support::{Ran, Test, lacks, tool};
use std::fs;

/// A program that prints the last line of its own file, as those do that look for their payload from the end.
const READER: &str = "#include <stdio.h>
    #include <string.h>
    int main(void) {
        char line[64] = {0}; FILE *own = fopen(\"/proc/self/exe\", \"rb\");
        if (!own || fseek(own, -8, SEEK_END)) return 1;
        fread(line, 1, 8, own); printf(\"%s\", line); return 0;
    }\n";

/// What each kind of payload looks like, made by the shell behind the program `app`; it ends in `payload\n`.
const KINDS: [(&str, &str); 10] = [
    ("zip file", "printf 'PK\\003\\004'; head -c 300 /dev/zero; printf 'PK\\005\\006'; head -c 10 /dev/zero"),
    ("squashfs", "printf hsqs; head -c 500 /dev/zero"),
    ("Deno program", "printf 'console.log(1)'; printf d3n0l4nd; head -c 16 /dev/zero"),
    ("Bun program", "printf 'console.log(1)'; printf '\\n---- Bun! ----\\n'; head -c 8 /dev/zero"),
    ("nexe program", "printf 'console.log(1)<nexe~~sentinel>'; head -c 16 /dev/zero"),
    ("PyInstaller program", "head -c 999 /dev/zero; printf 'MEI\\014\\013\\012\\013\\016'; head -c 80 /dev/zero"),
    ("caxa program", "printf '\\nCAXACAXACAXA\\n'; head -c 700 /dev/zero; printf '\\n{\"command\":[]}'"),
    ("", "echo '#!/bin/sh'; echo 'tail -n +3 $0 | tar xz; exit'; head -c 100 /dev/zero"),
    ("", "printf '{\"mine\": 1}'"),
    ("AppImage", "printf hsqs; head -c 500 /dev/zero"),
];

/// The line of the summary that says what stays as it is.
fn as_it_is(ran: &Ran) -> Option<String> {
    ran.stderr().lines().find_map(|line| line.strip_prefix("  as it is   ")).map(str::to_owned)
}

/// Runs `/app` in the test's `root`.
fn runs(t: &Test) -> Ran {
    let mut bwrap = tool("bwrap");
    Ran::of(bwrap.arg("--bind").arg(t.path("root")).args([
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--clearenv",
        "/app",
    ]))
}

/// Packs `app` with strip, and expects its bytes unchanged; gives what is said.
fn packed(t: &Test) -> Ran {
    let ran = t.shell("rm -rf root; exec $pack app --strip --format rootfs -o root").succeeds();
    t.shell("cmp app root/app").succeeds();
    ran
}

#[test]
fn what_stands_behind_the_last_section_is_never_lost() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    t.write("reader.c", READER);
    t.shell("gcc -g -static reader.c -o reader").succeeds();
    for (kind, payload) in KINDS {
        t.shell(&format!("set -e; cp reader app; {{ {payload}; echo payload; }} >>app")).succeeds();
        if kind == "AppImage" {
            t.shell("printf 'AI\\002' | dd of=app bs=1 seek=8 conv=notrunc status=none").succeeds();
        }

        let ran = packed(&t);

        let named = if kind.is_empty() { String::new() } else { format!(" ({kind})") };
        let expected = format!("/app: it has data behind its last section{named}");
        assert_eq!(as_it_is(&ran), Some(expected), "{payload}: {ran}");
        assert_eq!(runs(&t).succeeds().stdout(), "payload\n", "{payload}");
        let told = t.shell("exec $pack app --strip --json --dry-run").succeeds().json();
        assert_eq!(told["images"][0]["stripped"]["as_it_is"][0]["path"], "/app");
        assert_eq!(told["images"][0]["program"]["removable"], 0, "strip would drop nothing");
    }
}

#[test]
fn a_payload_in_a_section_or_a_note_of_its_own_stays_where_it_is() {
    if lacks(&["gcc", "objcopy"]) {
        return;
    }
    let t = Test::new();
    t.write("payload", "an archive MEI");
    t.write("sea.s", SEA);
    for (made, kind) in [
        ("gcc -g -static app.c -o app; objcopy --add-section pydata=payload app", "PyInstaller program"),
        ("gcc -g app.c sea.s -o app", "Node.js program"),
    ] {
        t.shell(&format!("set -e; echo 'int main(void) {{ return 0; }}' >app.c; {made}")).succeeds();

        let ran = packed(&t);

        assert_eq!(as_it_is(&ran), Some(format!("/app: it carries data of its own ({kind})")), "{ran}");
    }
}

/// A note as Node.js looks for it, larger than its neighbours' alignment, in a segment of its own.
const SEA: &str = "
    .section .note.sea, \"a\", @note
    .balign 8
    .long 14
    .long 4
    .long 0
    .asciz \"NODE_SEA_BLOB\"
    .balign 8
    .asciz \"js;\"
    .balign 8
    .section .note.GNU-stack, \"\", @progbits
";

#[test]
fn zeros_that_go_leaves_behind_are_no_payload() {
    if lacks(&["go"]) {
        return;
    }
    let t = Test::new();
    t.write("app.go", "package main\n\nfunc main() {}\n");
    t.shell("CGO_ENABLED=0 go build -ldflags '-s -w' -o app app.go; head -c 192 /dev/zero >>app").succeeds();

    let ran = t.shell("exec $pack app --strip -o image.tar").succeeds();

    assert_eq!(as_it_is(&ran), None, "{ran}");
}

#[test]
fn a_library_with_a_payload_stays_as_it_is_and_the_others_are_stripped() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell(
        "set -e; for name in f g; do
            echo \"void $name(void) {}\" >$name.c; gcc -g -shared -fPIC $name.c -o lib$name.so; done
        echo payload >>libf.so; echo 'void f(void), g(void); int main(void) { f(); g(); return 0; }' >app.c
        gcc -g app.c -L. -lf -lg '-Wl,-rpath,$ORIGIN' -o app",
    )
    .succeeds();

    let ran = t.shell("exec $pack app --strip --format rootfs -o root").succeeds();

    assert_eq!(as_it_is(&ran).as_deref(), Some("/opt/app/libf.so: it has data behind its last section"), "{ran}");
    let text = ran.stderr();
    assert!(text.contains("of symbols and debugging information, in 2 files\n"), "{text}");
    assert!(fs::read(t.path("root/opt/app/libf.so")).is_ok_and(|file| file.ends_with(b"payload\n")));
}
