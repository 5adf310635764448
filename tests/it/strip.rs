//! Stripped programs of every language and machine do what they did before, and nothing is lost that somebody reads.

use crate::support::programs::HELLOS;
use crate::support::root::run;
use crate::support::{Ran, Test, lacks, skip, tool};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A program `app` and what shows that strip did not change it.
struct Case {
    shows: &'static str,
    needs: &'static [&'static str],
    made: &'static str,
    /// Its exit code.
    code: i32,
}

const CASES: [Case; 14] = [
    Case {
        shows: "C++ exceptions, static",
        needs: &["g++"],
        made: "echo '#include <iostream>\nint f(int n) { if (n) throw n; return 0; }
            int main() { try { f(3); } catch (int n) { std::cout << n << std::endl; return n; } }' >app.cc
            g++ -g -static app.cc -o app",
        code: 3,
    },
    Case {
        shows: "C++ exceptions through a library",
        needs: &["g++"],
        made: "echo 'void f(int n) { if (n) throw n; }' >f.cc; g++ -g -shared -fPIC f.cc -o libf.so
            echo '#include <cstdio>\nvoid f(int);
            int main() { try { f(4); } catch (int n) { std::printf(\"%d.\", n); return n; } }' >app.cc
            g++ -g app.cc -L. -lf '-Wl,-rpath,$ORIGIN' -o app",
        code: 4,
    },
    Case {
        shows: "a Rust panic with its backtrace",
        needs: &["rustc"],
        made: "echo 'fn main() { panic!(\"no\") }' >app.rs; rustc -g app.rs -o app",
        code: 101,
    },
    Case {
        shows: "a Go traceback, which names its lines",
        needs: &["go"],
        made: "echo 'package main\nfunc f(a []int) int { return a[3] }\nfunc main() { println(f(nil)) }' >app.go
            CGO_ENABLED=0 go build -o app app.go",
        code: 2,
    },
    Case {
        shows: "Go with C",
        needs: &["go", "gcc"],
        made: "echo 'package main\n// #include <stdlib.h>\nimport \"C\"
            func main() { println(C.abs(-5)) }' >app.go; CGO_ENABLED=1 go build -o app app.go",
        code: 0,
    },
    Case {
        shows: "variables of threads, dynamic",
        needs: &["gcc"],
        made: "echo '#include <pthread.h>\n#include <stdio.h>\n__thread int n = 7;
            void *f(void *p) { n += 1; printf(\"%d.\", n); return p; }
            int main(void) { pthread_t t; n = 1; pthread_create(&t, 0, f, 0); pthread_join(t, 0); return n; }' >app.c
            gcc -g app.c -o app -pthread",
        code: 1,
    },
    Case {
        shows: "functions chosen at start, static",
        needs: &["gcc"],
        made: "echo '#include <stdio.h>\n#include <string.h>\nstatic int one(void) { return 6; }
            static int (*choose(void))(void) { return one; }
            int f(void) __attribute__((ifunc(\"choose\")));
            int main(int n, char **a) { printf(\"%d %zu.\", f(), strlen(a[0]) > 0); return f(); }' >app.c
            gcc -g -static app.c -o app",
        code: 6,
    },
    Case {
        shows: "a static program at any address",
        needs: &["gcc"],
        made: "echo '#include <stdio.h>\nint n = 5; int *p = &n; int main(void) { printf(\"%d.\", *p); return *p; }' >app.c
            gcc -g -static-pie app.c -o app",
        code: 5,
    },
    Case {
        shows: "relocations that the linker kept",
        needs: &["gcc"],
        made: "echo '#include <stdio.h>\nint main(void) { puts(\"kept\"); return 0; }' >app.c
            gcc -g -Wl,--emit-relocs app.c -o app",
        code: 0,
    },
    Case {
        shows: "constructors, and a relro segment that is longer than its file",
        needs: &["gcc", "ld.lld"],
        made: "echo '#include <stdio.h>\n__attribute__((constructor)) static void f(void) { puts(\"first\"); }
            int main(void) { puts(\"then\"); return 0; }' >app.c; gcc -g -fuse-ld=lld app.c -o app",
        code: 0,
    },
    Case {
        shows: "gold's own order",
        needs: &["gcc", "ld.gold"],
        made: "echo '#include <stdio.h>\nint main(void) { puts(\"gold\"); return 0; }' >app.c
            gcc -g -fuse-ld=gold app.c -o app",
        code: 0,
    },
    Case {
        shows: "compressed debugging information, in sections of their own",
        needs: &["gcc"],
        made: "echo '#include <stdio.h>\nint main(void) { puts(\"gz\"); return 0; }' >app.c
            gcc -g3 -gz -ffunction-sections app.c -o app",
        code: 0,
    },
    Case {
        shows: "a loader's path that patchelf has moved behind the sections",
        needs: &["gcc", "patchelf"],
        made: "echo '#include <stdio.h>\nint main(void) { puts(\"patched\"); return 0; }' >app.c; gcc -g3 app.c -o app
            patchelf --set-rpath $(printf '/%0300d' 1) app; patchelf --add-needed libm.so.6 app",
        code: 0,
    },
    Case {
        shows: "the same of a program at a fixed address",
        needs: &["gcc", "patchelf"],
        made: "echo '#include <stdio.h>\nint main(void) { puts(\"patched\"); return 0; }' >app.c; gcc -g3 -no-pie app.c -o app
            patchelf --set-rpath $(printf '/%0900d' 1) app",
        code: 0,
    },
];

/// The sections' names in a file.
fn sections(file: &Path) -> Vec<String> {
    let ran = Ran::of(tool("readelf").arg("-SW").arg(file)).succeeds().stdout();
    let names = ran.lines().filter_map(|line| line.trim_start().strip_prefix('['));
    names.filter_map(|line| line.split(']').nth(1)?.split_whitespace().next().map(str::to_owned)).collect()
}

/// Packs `app` as a directory; gives the path that the program has in it.
fn packed(t: &Test, flags: &str, root: &str) -> String {
    let told = t.shell(&format!("exec $pack app {flags} --format rootfs -o {root} --json")).succeeds().json();
    told["images"][0]["program"]["entrypoint"].as_str().expect("a program has a place").to_owned()
}

/// Runs the program at `entry` in `root`.
fn runs(t: &Test, root: &str, entry: &str) -> Ran {
    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(t.path(root)).args(["/", "--proc", "/proc", "--dev", "/dev", "--clearenv"]);
    Ran::of(bwrap.args(["--setenv", "RUST_BACKTRACE", "1", entry]))
}

#[test]
fn a_stripped_program_does_what_it_did_before() {
    if lacks(&["bwrap", "readelf"]) {
        return;
    }
    for case in CASES {
        if lacks(case.needs) {
            continue;
        }
        let t = Test::new();
        t.shell(&format!("set -e; {}", case.made)).succeeds();
        let entry = packed(&t, "", "before");

        packed(&t, "--strip", "after");

        let (before, after) = (runs(&t, "before", &entry), runs(&t, "after", &entry).exits(case.code));
        assert_eq!(after.output.stdout, before.output.stdout, "{}: {after}", case.shows);
        let file = t.path(format!("after{entry}"));
        let left: Vec<_> = sections(&file)
            .into_iter()
            .filter(|name| [".symtab", ".strtab"].contains(&name.as_str()) || name.starts_with(".debug_"))
            .filter(|name| name != ".debug_gdb_scripts")
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{}", case.shows);
        if case.shows.contains("Go traceback") {
            assert_eq!(after.stderr(), before.stderr(), "Go finds its lines in what is loaded");
            assert!(after.stderr().contains("app.go:2"), "{after}");
        }
        if case.shows.contains("backtrace") {
            assert!(after.stderr().contains("stack backtrace:"), "{after}");
        }
    }
}

#[test]
fn stripped_programs_of_every_compiler_and_machine_run() {
    for recipe in HELLOS {
        let (t, Some(program)) = (Test::new(), recipe.program()) else { continue };
        fs::copy(program, t.path("app")).expect("a program is copied");
        let entry = packed(&t, "--strip", "root");

        let config = json!({ "config": { "Entrypoint": [entry] } });
        let Some(ran) = run(&t.path("root"), &config, recipe.emulator) else { continue };

        assert_eq!(ran.succeeds().stdout(), recipe.prints, "{}", recipe.name);
    }
}

#[test]
fn every_machine_that_go_builds_for_is_stripped_and_read_as_before() {
    if lacks(&["go", "eu-elflint", "readelf"]) {
        return;
    }
    // Both word sizes, both byte orders.
    for machine in ["386", "arm", "mips", "mips64le", "ppc64", "riscv64"] {
        let t = Test::new();
        t.write("app.go", "package main\n\nfunc main() { println(1) }\n");
        t.shell(&format!("CGO_ENABLED=0 GOARCH={machine} go build -o app app.go")).succeeds();
        let lint = |file: &str| Ran::of(tool("eu-elflint").args(["--gnu-ld"]).arg(t.path(file))).stdout();
        let before = t.pack(&["inspect", "app", "--json"]).succeeds().json();
        let entry = packed(&t, "--strip", "root");

        let stripped = format!("root{entry}");
        let after = t.pack(&["inspect", stripped.as_str(), "--json"]).succeeds().json();

        let size = |file: &str| t.path(file).metadata().expect("it is there").len();
        assert!(size(&stripped) < size("app") * 4 / 5, "{machine}");
        assert_eq!(after["removable"], 0, "{machine}");
        assert_eq!(before["removable"].as_u64(), Some(size("app") - size(&stripped)), "what is told is what goes");
        for fact in ["kind", "platform", "toolchain", "libc", "evidence"] {
            assert_eq!(facts(&after[fact]), facts(&before[fact]), "{machine}, {fact}");
        }
        let complaints = |text: String| text.lines().filter(|line| *line != "No errors").count();
        assert!(complaints(lint(&stripped)) <= complaints(lint("app")), "{machine}: {}", lint(&stripped));
        let read = Ran::of(tool("readelf").args(["-aW"]).arg(t.path(&stripped)));
        assert_eq!(read.stderr(), "", "{machine}");
    }
}

/// A fact without the name by which the file was called.
fn facts(value: &Value) -> String {
    value.to_string().replace("root/app", "app")
}

#[test]
fn what_others_read_stays() {
    if lacks(&["gcc", "objcopy", "readelf"]) {
        return;
    }
    let t = Test::new();
    t.write("payload", "what cargo-auditable writes");
    t.shell(
        "set -e; echo 'int main(void) { return 0; }' >app.c; gcc -g app.c -o app
        for name in .dep-v0 .note.mine .gnu_debugdata .unknown; do
            objcopy --add-section $name=payload app; done
        touch debug; objcopy --add-gnu-debuglink=debug app",
    )
    .succeeds();
    let before = sections(&t.path("app"));

    let entry = packed(&t, "--strip", "root");

    let after = sections(&t.path(format!("root{entry}")));
    let gone: Vec<_> = before.iter().filter(|name| !after.contains(name)).collect();
    assert!(gone.iter().all(|name| [".symtab", ".strtab"].contains(&name.as_str()) || name.starts_with(".debug_")));
    for kept in
        [".comment", ".dep-v0", ".note.mine", ".gnu_debugdata", ".unknown", ".gnu_debuglink", ".note.gnu.build-id"]
    {
        assert!(after.iter().any(|name| name == kept), "{kept}: {after:?}");
        let dump = |file: &str, to: &str| {
            t.shell(&format!("objcopy -O binary --set-section-flags {kept}=alloc -j {kept} {file} {to}")).succeeds();
            fs::read(t.path(to)).expect("a section is read")
        };
        assert_eq!(dump(&format!("root{entry}"), "after"), dump("app", "before"), "{kept}");
    }
}

#[test]
fn libraries_are_stripped_too_unless_only_the_program_is_meant() {
    if lacks(&["gcc", "readelf"]) {
        return;
    }
    let t = Test::new();
    t.shell(
        "set -e; echo 'void f(void) {}' >f.c; gcc -g3 -shared -fPIC f.c -o libf.so
        echo 'void f(void); int main(void) { f(); return 0; }' >app.c
        gcc -g3 app.c -L. -lf '-Wl,-rpath,$ORIGIN' -o app",
    )
    .succeeds();
    for (flag, program, library) in [("", true, true), ("--strip=program", false, true), ("--strip=all", false, false)]
    {
        let root = format!("root{flag}");

        packed(&t, flag, &root);

        for (file, has) in [("app", program), ("libf.so", library)] {
            let there = sections(&t.path(format!("{root}/opt/app/{file}"))).iter().any(|name| name == ".symtab");
            assert_eq!(there, has, "{flag} {file}");
        }
    }
}

#[test]
fn what_was_saved_is_said_and_a_hint_is_given_only_where_it_helps() {
    let go = HELLOS.iter().find(|recipe| recipe.name == "go").expect("there is such a recipe");
    let (t, Some(program)) = (Test::new(), go.program()) else { return };
    fs::copy(program, t.path("app")).expect("a program is copied");
    let line = |flags: &str| {
        let ran = t.shell(&format!("exec $pack {flags} -o image.tar")).succeeds().stderr();
        let lines = ran.lines().filter(|line| line.starts_with("  hint") || line.starts_with("  stripped"));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let without_numbers = |line: String| line.replace(|c: char| c.is_ascii_digit(), "");

    assert_eq!(without_numbers(line("app")), "  hint        kB of it are symbols, which `--strip` drops");
    assert_eq!(without_numbers(line("app --strip")), "  stripped    kB of symbols and debugging information");

    let told = t.shell("exec $pack app --strip --json --dry-run").succeeds().json();
    let bytes = told["images"][0]["stripped"]["bytes"].as_u64().expect("a number of bytes");
    assert_eq!(told["images"][0]["stripped"], json!({ "files": 1, "bytes": bytes, "zeros": 0, "as_it_is": [] }));
    assert_eq!(told["images"][0]["program"]["removable"].as_u64(), Some(bytes));

    t.shell("$pack app --strip --format rootfs -o root -q; cp root/app stripped").succeeds();
    assert_eq!(line("stripped"), "", "there is nothing more to gain");
    assert_eq!(line("stripped --strip"), "  stripped   nothing: there are no symbols and no debugging information");
    let again = t.shell("exec $pack stripped --strip --json --dry-run").succeeds().json();
    assert_eq!(again["images"][0]["stripped"]["files"], 0);
}

#[test]
fn a_program_with_rights_of_its_own_keeps_them_and_a_signed_one_its_bytes() {
    if lacks(&["setfattr", "getfattr", "tar"]) {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return skip("only root can give rights away");
    }
    let (t, Some(program)) = (Test::new(), HELLOS[0].program()) else { return };
    fs::copy(program, t.path("app")).expect("a program is copied");
    t.shell(
        "set -e; chmod 4755 app; cp app signed; chmod 755 signed
        setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 app
        setfattr -n security.ima -v 0x0404 signed",
    )
    .succeeds();

    packed(&t, "--strip", "root");
    let signed = t.shell("exec $pack signed --strip -o image.tar").succeeds();
    t.shell("$pack signed --strip --format rootfs -o plain -q; cmp signed plain/signed").succeeds();

    let mode = t.shell("stat -c %a root/app; getfattr -n security.capability -e hex root/app").succeeds().stdout();
    assert!(mode.starts_with("4755\n") && mode.contains("security.capability=0x01000002000400"), "{mode}");
    assert!(!sections(&t.path("root/app")).iter().any(|name| name == ".symtab"));
    assert!(signed.stderr().contains("  as it is   /signed: it is signed (`security.ima`)\n"), "{signed}");
}

#[test]
fn a_file_whose_table_is_gone_or_wrong_is_packed_as_it_is() {
    let (t, Some(program)) = (Test::new(), HELLOS[0].program()) else { return };
    let whole = fs::read(program).expect("a program is read");
    // e_shoff, e_shnum, e_shstrndx
    for (at, bytes, why) in [
        (40, &[0; 8][..], "it has no section table"),
        (40, &[1, 0, 0, 0, 0, 0, 0, 0], "its section table is damaged"),
        (62, &[0xfe, 0xfe], "its section table is damaged"),
    ] {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        if at == 40 && bytes[0] == 0 {
            // What nothing tells of any more would be an overlay.
            file.truncate(loaded_end(&whole));
        }
        t.write("app", &file);

        let ran = t.shell("rm -rf root; exec $pack app --strip --format rootfs -o root").succeeds();

        assert!(ran.stderr().contains(&format!("  as it is   /app: {why}\n")), "{ran}");
        assert!(fs::read(t.path("root/app")).is_ok_and(|packed| packed == file), "{why}");
    }
}

/// Where the last segment ends (elf(5), 64-bit, little-endian).
fn loaded_end(file: &[u8]) -> usize {
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("eight bytes"));
    let headers = usize::from(file[56]);
    let ends = (0..headers).map(|index| 64 + 56 * index).map(|at| word(at + 8) + word(at + 32));
    usize::try_from(ends.max().unwrap_or_default()).expect("a program is small")
}
