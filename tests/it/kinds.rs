//! What is this file? Everything that a user may name and that is no ELF file: packed, and the whole text of the
//! refusal held; inspected, and what scripts are told.

use crate::support::refused::{Case, told};
use crate::support::{Test, lacks};
use serde_json::json;

#[test]
fn a_file_that_is_no_elf_file_is_refused_by_its_own_name() {
    const MAC: &str = "is a macOS program\n\nhint: build it for Linux, such as with `GOOS=linux go build`\n\n";
    let mac = |name: &str| -> &'static str { format!("error: `{name}` {MAC}").leak() };
    for case in [
        Case::bytes(
            "run.py",
            r"printf '#!/usr/bin/env -S sh -u\nprint()\n' >run.py",
            "script",
            "script",
            "error: `run.py` is a script for `sh`\n\n\
             hint: pack the interpreter and bring the script: `pack sh --add run.py:/run.py -- -u /run.py`\n\n",
        ),
        Case::bytes(
            "bin/start",
            r"mkdir bin; printf '#! /bin/sh -e\n' >bin/start",
            "script",
            "script",
            "error: `bin/start` is a script for `/bin/sh`\n\n\
             hint: pack the interpreter and bring the script: `pack /bin/sh --add bin/start:/start -- -e /start`\n\n",
        ),
        Case::bytes(
            "app.exe",
            r"printf 'MZ\220\0' >app.exe",
            "pe",
            "Windows program (PE)",
            "error: `app.exe` is a Windows program\n\nhint: build it for Linux\n\n",
        ),
        Case::bytes("arm", r"printf '\317\372\355\376' >arm", "mach-o", "macOS program (Mach-O)", mac("arm")),
        Case::bytes("ppc", r"printf '\376\355\372\316' >ppc", "mach-o", "macOS program (Mach-O)", mac("ppc")),
        Case::bytes("fat", r"printf '\312\376\272\276\0\0\0\2' >fat", "mach-o", "macOS program (Mach-O)", mac("fat")),
        Case::bytes(
            "Main.class",
            r"printf '\312\376\272\276\0\0\0\101' >Main.class",
            "java-class",
            "Java class",
            "error: `Main.class` is a Java class, not a program\n\n\
             hint: pack the `java` that runs it, and bring the class with `--add`\n\n",
        ),
        Case::bytes(
            "libx.a",
            r"printf '!<arch>\n' >libx.a",
            "archive",
            "static library (ar)",
            "error: `libx.a` is a static library, not a program\n\nhint: link it into a program first\n\n",
        ),
        Case::bytes(
            "thin.a",
            r"printf '!<thin>\n' >thin.a",
            "archive",
            "thin static library (ar)",
            "error: `thin.a` is a static library, not a program\n\nhint: link it into a program first\n\n",
        ),
        Case::bytes(
            "app.wasm",
            r"printf '\0asm\1\0\0\0' >app.wasm",
            "wasm",
            "WebAssembly",
            "error: `app.wasm` is a WebAssembly module, not a program\n\n\
             hint: pack the runtime that runs it, and bring the module with `--add`\n\n",
        ),
        Case::bytes(
            "app.bc",
            r"printf 'BC\300\336' >app.bc",
            "bitcode",
            "LLVM bitcode",
            "error: `app.bc` is LLVM bitcode, not a program\n\nhint: compile and link it first\n\n",
        ),
        Case::bytes(
            "nothing",
            ": >nothing",
            "empty",
            "empty",
            "error: `nothing` is empty\n\nhint: build or copy the program again\n\n",
        ),
        Case::bytes(
            "notes",
            "echo hello >notes",
            "unknown",
            "text",
            "error: `notes` is not a program that Linux starts\n\nhint: name the compiled program\n\n",
        ),
        Case::bytes(
            "noise",
            r"printf '\1\2\3' >noise",
            "unknown",
            "data",
            "error: `noise` is not a program that Linux starts\n\nhint: name the compiled program\n\n",
        ),
    ] {
        case.is_refused();
    }
}

#[test]
fn a_compressed_file_is_refused_by_the_name_of_its_format() {
    for (format, made) in [
        ("gzip", "echo | gzip >app"),
        ("xz", r"printf '\3757zXZ\0' >app"),
        ("zip", r"printf 'PK\3\4' >app"),
        ("zstd", r"printf '\50\265\57\375' >app"),
        ("bzip2", "printf BZh9 >app"),
    ] {
        let t = Test::new();
        t.shell(made).succeeds();

        let packed = t.pack(&["app"]).exits(1);
        let inspected = t.pack(&["inspect", "app", "--json"]).exits(1);

        told(&inspected, &json!({ "kind": "compressed", "file_format": format, "platform": null, "linkage": null }));
        let first = packed.stderr().lines().next().unwrap_or_default().to_owned();
        assert!(first.starts_with("error: `app` is ") && first.contains(format), "{format}: {packed}");
        assert!(packed.stderr().ends_with("\nhint: unpack it first, and name the program in it\n\n"), "{packed}");
    }
}

#[test]
fn what_is_no_regular_file_is_refused_and_does_not_hang() {
    for case in [
        Case::no_file(
            "bin",
            "mkdir bin",
            "error: `bin` is a directory, not a program\n\n\
             hint: name the program in it, and bring the rest with `--add`\n\n",
        ),
        Case::no_file(
            "pipe",
            "mkfifo pipe",
            "error: `pipe` is a named pipe, not a program\n\n\
             hint: write the program to a file first: pack reads it more than once\n\n",
        ),
        Case::no_file(
            "/dev/null",
            ":",
            "error: `/dev/null` is a device, not a program\n\nhint: name the program's file\n\n",
        ),
        Case::no_file(
            "app",
            "ln -s gone app",
            "error: `app` is a link that leads nowhere, not a program\n\n\
             hint: it points to `gone`, which is not there\n\n",
        ),
        Case::no_file(
            "./app",
            ":",
            "error: there is no file `./app`\n\nhint: build the program first, or correct its path\n\n",
        ),
        Case::no_file(
            "bin/app",
            ":",
            "error: there is no file `bin/app`\n\n\
             hint: there is no directory `bin`; build the program first, or correct its path\n\n",
        ),
    ] {
        case.is_refused();
    }
}

#[test]
fn a_file_that_may_not_be_read_is_told_as_such() {
    let t = Test::new();
    t.write("app", "x");
    // Root may read everything, so somebody else asks; who is nobody else already asks as himself.
    let script = "chmod 0 app; chmod 755 .; cp $pack ./pack; command=pack; \
        if [ -r app ]; then exec setpriv --reuid 65534 --regid 65534 --clear-groups ./pack app -o /dev/null; fi; \
        exec ./pack app -o /dev/null";
    if lacks(&["setpriv"]) {
        return;
    }

    let ran = t.shell(script).exits(1);

    assert_eq!(
        ran.stderr(),
        "error: cannot read `app`\n  caused by: Permission denied (os error 13)\n\n\
         hint: whoever runs pack must be allowed to read the program: `chmod +r` it, or run as its owner\n\n"
    );
}
