//! What is this ELF file? Each class of it that is no static program, made by a compiler or field by field: the
//! whole text of the refusal, and what scripts are told.

use crate::support::elf::Elf;
use crate::support::programs::HELLOS;
use crate::support::refused::{Case, told};
use crate::support::{Test, lacks, skip};
use serde_json::{Value, json};

/// Whether programs made by the native compiler are what the expectations say.
fn is_foreign() -> bool {
    let foreign = std::env::consts::ARCH != "x86_64";
    if foreign {
        skip("the expectations are those of an x86-64 machine");
    }
    foreign
}

/// What `inspect --json` says of what a compiler of this machine made.
fn native(kind: &str, linkage: Option<&str>, libc: Option<&str>, loader: Option<&str>) -> Value {
    json!({ "kind": kind, "file_format": "ELF 64-bit little-endian", "platform": "linux/amd64", "linkage": linkage,
        "libc": libc, "loader": loader })
}

/// Dynamic programs: how each is made, its C library and its loader.
const DYNAMIC: [(&str, &[&str], &str, &str); 5] = [
    ("glibc", &["gcc"], "echo 'int main(void) { return 0; }' >app.c; gcc app.c -o app", "/lib64/ld-linux-x86-64.so.2"),
    (
        "musl",
        &["musl-gcc"],
        "echo 'int main(void) { return 0; }' >app.c; musl-gcc app.c -o app",
        "/lib/ld-musl-x86_64.so.1",
    ),
    // A loader and no library.
    (
        "glibc",
        &["go"],
        "echo 'package main; func main() {}' >app.go; CGO_ENABLED=0 go build -buildmode=pie -o app app.go",
        "/lib64/ld-linux-x86-64.so.2",
    ),
    // A library that runs, as libc.so.6 does.
    (
        "glibc",
        &["gcc"],
        "echo 'const char loader[] __attribute__((section(\".interp\"))) = \"/lib64/ld-linux-x86-64.so.2\";
         void start(void) {}' >run.c
         gcc -shared -fPIC -nostdlib run.c -o app -Wl,-soname,librun.so.1 -Wl,-e,start",
        "/lib64/ld-linux-x86-64.so.2",
    ),
    ("glibc", &["rustc", "gcc"], "echo 'fn main() {}' >app.rs; rustc app.rs -o app", "/lib64/ld-linux-x86-64.so.2"),
];

#[test]
fn a_dynamic_program_is_packed_with_its_loader_and_told_as_what_it_is() {
    if is_foreign() {
        return;
    }
    for (libc, needs, made, loader) in DYNAMIC {
        if lacks(needs) {
            continue;
        }
        let t = Test::new();
        t.shell(&format!("set -e; {made}")).succeeds();

        let inspected = t.pack(&["inspect", "app", "--json"]).succeeds();
        let packed = t.pack(&["app", "--json", "--strict"]).succeeds();

        told(&inspected, &native("dynamic", Some("dynamic"), Some(libc), Some(loader)));
        let files = packed.json()["images"][0]["files"].clone();
        let has = |code: &str| {
            files.as_array().is_some_and(|files| files.iter().any(|file| file["reasons"][0]["code"] == code))
        };
        assert!(has("loader") && has("program"), "{made}: {packed}");
    }
}

#[test]
fn a_program_with_libraries_and_without_loader_is_refused() {
    if is_foreign() {
        return;
    }
    let case = Case {
        file: "app",
        needs: &["gcc"],
        made: "echo 'int main(void) { return 0; }' >app.c; gcc -pie app.c -Wl,--no-dynamic-linker -o app",
        facts: native("no-loader", None, Some("glibc"), None),
        says: "error: `app` needs libraries and names no loader: the kernel would start it without them, \
                   and it would crash\n  libraries: libc.so.6\n\n\
                   hint: link it as a program, without `-shared`; \
                   or static: link it with `-static`, or build it with `musl-gcc -static`\n\n",
    };
    case.is_refused();
}

#[test]
fn an_elf_file_that_is_no_program_is_refused_by_its_class() {
    if is_foreign() {
        return;
    }
    for case in [
        Case {
            file: "libf.so",
            needs: &["gcc"],
            made: "echo 'int f(void) { return 1; }' >f.c; gcc -shared -fPIC f.c -o libf.so -Wl,-soname,libf.so.1",
            facts: native("library", None, None, None),
            says: "error: `libf.so` is a shared library, not a program\n  it is the library `libf.so.1`\n  \
                   it names no loader\n  it has no entry point\n\n\
                   hint: pack the program that uses it; a plugin comes into its image with `--add`\n\n",
        },
        Case {
            file: "plugin.so",
            needs: &["gcc"],
            made: "echo 'int f(void) { return 1; }' >f.c; gcc -shared -fPIC f.c -o plugin.so",
            facts: native("library", None, None, None),
            says: "error: `plugin.so` is a shared library, not a program\n  \
                   it names no loader\n  it has no entry point\n\n\
                   hint: pack the program that uses it; a plugin comes into its image with `--add`\n\n",
        },
        Case {
            file: "f.o",
            needs: &["gcc"],
            made: "echo 'int f(void) { return 1; }' >f.c; gcc -c f.c",
            facts: native("object", None, None, None),
            says: "error: `f.o` is an object file, not a program\n  its type is ET_REL: it is not linked yet\n\n\
                   hint: link it into a program first\n\n",
        },
        Case {
            file: "f.ko",
            needs: &["gcc"],
            made: "echo 'const char l[] __attribute__((section(\".modinfo\"))) = \"license=GPL\";' >f.c; \
                   gcc -c f.c -o f.ko",
            facts: native("kernel-module", None, None, None),
            says: "error: `f.ko` is a kernel module, not a program\n  \
                   its type is ET_REL, and it has a section `.modinfo`\n\n\
                   hint: a container uses the kernel of its host; load the module there\n\n",
        },
        Case {
            file: "app.debug",
            needs: &["gcc", "objcopy"],
            made: "echo 'int main(void) { return 0; }' >app.c; gcc -g app.c -o app; \
                   objcopy --only-keep-debug app app.debug",
            facts: native("debug-only", None, None, None),
            says: "error: `app.debug` holds the debugging information of a program, not its code\n  \
                   its section `.interp` has no contents\n\n\
                   hint: pack the program that it was split from\n\n",
        },
        Case {
            file: "app.debug",
            needs: &["gcc", "objcopy"],
            made: "echo 'int main(void) { return 0; }' >app.c; gcc -static -g app.c -o app; \
                   objcopy --only-keep-debug app app.debug",
            facts: native("debug-only", None, None, None),
            says: "error: `app.debug` holds the debugging information of a program, not its code\n  \
                   its section `.text` has no contents\n\n\
                   hint: pack the program that it was split from\n\n",
        },
    ] {
        case.is_refused();
    }
}

#[test]
fn an_elf_file_that_no_compiler_made_is_refused_by_its_class() {
    let program = Elf::PROGRAM.bytes();
    let with = |at: usize, byte: u8| -> Vec<u8> {
        let mut bytes = program.clone();
        bytes[at] = byte;
        bytes
    };
    let core = Elf { kind: 4, ..Elf::PROGRAM };
    for (bytes, kind, platform, says) in [
        (
            core.bytes(),
            json!("core"),
            json!("linux/amd64"),
            "error: `app` is the memory of a program that crashed\n  its type is ET_CORE\n\n\
             hint: pack the program itself\n\n",
        ),
        (
            program[..130].to_vec(),
            json!("truncated"),
            json!("linux/amd64"),
            "error: `app` ends before its own headers say\n  \
             it is cut off: its PT_LOAD segment would end at byte 136, and the file has 130\n\n\
             hint: build or copy the program again: this file would not start\n\n",
        ),
        (
            program[..100].to_vec(),
            json!("truncated"),
            json!("linux/amd64"),
            "error: `app` ends before its own headers say\n  \
             it is cut off: the program headers would end at byte 120, and the file has 100\n\n\
             hint: build or copy the program again: this file would not start\n\n",
        ),
        (
            program[..30].to_vec(),
            json!("truncated"),
            json!(null),
            "error: `app` ends before its own headers say\n  \
             it is cut off: the ELF header would end at byte 64, and the file has 30\n\n\
             hint: build or copy the program again: this file would not start\n\n",
        ),
        (
            with(4, 3),
            json!(null),
            json!(null),
            "error: `app` is damaged: its class is 3, neither 32-bit (1) nor 64-bit (2)\n\n\
             hint: build or copy the program again: this file would not start\n\n",
        ),
        (
            with(16, 9),
            json!("unknown"),
            json!("linux/amd64"),
            "error: `app` is not a program that Linux starts\n  its type is 9, which nothing loads\n\n\
             hint: name the compiled program\n\n",
        ),
        (
            Elf { machine: 83, ..Elf::PROGRAM }.bytes(),
            json!("static"),
            json!(null),
            "error: `app` is for a machine that images have no name for\n  \
             its header says: machine 83\n\n\
             hint: build it for Linux, on a machine that container engines run on\n\n",
        ),
    ] {
        let t = Test::new();
        t.write("app", bytes);
        let facts = json!({ "kind": kind, "platform": platform, "libraries": [], "missing": [] });
        Case { file: "app", needs: &[], made: "", facts, says }.is_refused_in(&t);
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_and_never_packed() {
    let Some(program) = HELLOS[0].program() else { return };
    let whole = std::fs::read(program).expect("a program is read");
    let t = Test::new();
    for length in (0..64).step_by(8).chain((64..1024).step_by(128)).chain((4096..whole.len()).step_by(150_000)) {
        t.write("app", &whole[..length]);

        let ran = t.pack(&["app", "-o", "image.tar"]);

        if ran.output.status.code() == Some(0) {
            // Behind the last segment stand sections only, which nothing loads.
            assert!(length > whole.len() * 3 / 4, "{length} of {} bytes: {ran}", whole.len());
            continue;
        }
        let ran = ran.exits(1);
        assert!(ran.stderr().starts_with("error: `app` "), "{length}: {ran}");
        assert_eq!(t.names(), ["app"], "{length}: {ran}");
    }
}
