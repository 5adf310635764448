//! What lies beside a program that was unpacked and not installed: what it names comes in, and the rest is told with
//! flags that work.

use crate::support::{Ran, Test, lacks, tool};

/// A program that prints the file at `path`, which is made of `parts` and is below the directory of the program.
fn reader(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| format!("strcat(path, parts(\"{part}\"));")).collect();
    let parts = parts.concat();
    format!(
        r#"#include <stdio.h>
        #include <string.h>
        #include <unistd.h>
        static const char *volatile part;
        static const char *parts(const char *text) {{ part = text; return part; }}
        int main(void) {{
            char path[5000], line[99];
            path[readlink("/proc/self/exe", path, 4000)] = 0;
            *strrchr(path, '/') = 0;
            {parts}
            FILE *file = fopen(path, "r");
            return !file || !fgets(line, 99, file) || puts(line) < 0;
        }}"#
    )
}

/// Packs with these flags to `root`, runs the entry there, and returns what was printed, and what pack said.
fn run(t: &Test, program: &str, flags: &str, entry: &str) -> (String, String) {
    let packed = t.shell(&format!("rm -rf root; exec $pack {program} --format rootfs -o root {flags}")).succeeds();
    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(t.path("root")).args(["/", "--proc", "/proc", entry]);
    (Ran::of(&mut bwrap).stdout(), packed.stderr())
}

#[test]
fn what_a_program_names_beside_itself_comes_in() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    for (shows, program, data, parts, entry) in [
        ("a directory", "tool/app", "tool/data/greeting", &["/data/", "greeting"][..], "/opt/app/app"),
        ("a file", "tool/app", "tool/greeting.dat", &["/greeting.dat"], "/opt/app/app"),
        (
            "a directory above",
            "tool/bin/app",
            "tool/include/a/greeting",
            &["/../include", "/a/greeting"],
            "/opt/app/bin/app",
        ),
        (
            "beside a directory of programs",
            "tool/bin/app",
            "tool/lib/app/greeting",
            &["/../lib/app/greeting"],
            "/opt/app/bin/app",
        ),
    ] {
        let t = Test::new();
        t.write("app.c", reader(parts));
        t.write(data, "hello from data");
        t.shell(&format!("mkdir -p $(dirname {program}); gcc app.c -o {program}")).succeeds();

        let (printed, said) = run(&t, program, "", entry);

        assert_eq!(printed, "hello from data\n", "{shows}: {said}");
        assert!(!said.contains(" out; "), "{shows}: nothing is left to tell: {said}");
    }
}

#[test]
fn what_no_constant_names_is_told_with_flags_that_take_it_in() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    for (program, data, parts, entry) in [
        ("my tool/app", "my tool/things/greeting", &["/thi", "ngs/greeting"][..], "/app/app"),
        ("tool/bin/app", "tool/things/greeting", &["/../thi", "ngs/greeting"], "/app/bin/app"),
    ] {
        let t = Test::new();
        t.write("app.c", reader(parts));
        t.write(data, "hello from data");
        // Fewer bytes are a note of whoever built the program.
        t.write("tables", "\0".repeat(70_000));
        t.shell(&format!(
            "mkdir -p \"$(dirname '{program}')\"; gcc app.c -o '{program}'; mv tables \"$(dirname '{data}')\""
        ))
        .succeeds();

        let packed = t.shell(&format!("exec $pack '{program}' -o image.tar")).succeeds();
        let said = format!("{}{}", packed.stdout(), packed.stderr());
        assert!(said.contains("2 files, 71 kB, beside `app` stay out"), "{said}");
        let (_, flags) = said.split_once('`').and_then(|_| said.split_once("stay out; `")).expect("flags are told");
        let (flags, _) = flags.split_once('`').expect("flags end");

        let (printed, again) = run(&t, &format!("'{program}'"), flags, entry);

        assert_eq!(printed, "hello from data\n", "{flags}: {again}");
        assert!(!again.contains(" out; "), "the advice was followed: {again}");
    }
}

#[test]
fn nothing_is_told_of_sources_builds_and_documents() {
    if lacks(&["gcc"]) {
        return;
    }
    for beside in [
        "README.md LICENSE doc/guide.txt complete/app.bash app.1",
        "app.d deps/a.bin incremental/x/y build/z .fingerprint/q libapp.rlib",
        "main.go go.mod templates/a.tmpl",
        "Makefile app.o notes.txt",
        ".git/HEAD data.bin",
        ".bashrc data.bin",
    ] {
        let t = Test::new();
        for name in beside.split(' ') {
            t.write(&format!("work/{name}"), "x");
        }
        t.write("app.c", "int main(void) { return 0; }\n");
        t.shell("gcc app.c -o work/app").succeeds();

        let packed = t.shell("exec $pack work/app -o image.tar").succeeds();

        let said = format!("{}{}", packed.stdout(), packed.stderr());
        assert!(!said.contains("beside"), "{beside}: {said}");
    }
}

#[test]
fn a_program_that_carries_others_gets_all_of_its_c_library() {
    if lacks(&["gcc"]) {
        return;
    }
    for (shows, tail, kind) in [
        ("PAR", r"x\nPAR.pm\n", Some("PAR program")),
        ("Bun", r"x\n---- Bun! ----\n", Some("Bun program")),
        ("pkg", r#"{"/snapshot/a.js":1}\n})"#, Some("pkg program")),
        ("Nuitka", r"KAYxxxx", Some("Nuitka program")),
        ("an archive of data", r"PK\003\004data.txtPK\005\006", None),
        ("an archive with a library", r"PK\003\004PK\001\002libx.so\005PK\005\006", Some("zip file")),
        ("data of no known kind", "notes", None),
    ] {
        let t = Test::new();
        t.write("app.c", "int main(void) { return 0; }\n");
        t.shell(&format!("mkdir own; gcc app.c -o own/app; printf '{tail}' >>own/app")).succeeds();

        let packed = t.shell("exec $pack own/app --format rootfs -o root").succeeds();

        let said = format!("{}{}", packed.stdout(), packed.stderr());
        let hint = kind.map(|kind| format!("`own/app` carries a {kind}"));
        let is_told = hint.as_ref().map_or(!said.contains("carries"), |hint| said.contains(hint));
        assert!(is_told, "{shows}: {said}");
        let listed = t.shell("find root -name 'lib*'").stdout();
        for library in ["libm.so.6", "libpthread.so.0", "libgcc_s.so.1", "libstdc++.so.6"] {
            assert_eq!(listed.contains(library), kind.is_some(), "{shows}: {library}: {listed}");
        }
    }
}
