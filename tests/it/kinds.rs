//! What is this file? Every class of file that a user may name: packed, and the whole text of the refusal held;
//! inspected, and what scripts are told.

use crate::support::elf::Elf;
use crate::support::programs::HELLOS;
use crate::support::{Ran, Test, lacks, skip};
use serde_json::{Value, json};

/// A file that is not packed.
struct Case {
    /// The file, made by the shell line.
    file: &'static str,
    /// The commands that the line needs.
    needs: &'static [&'static str],
    /// The shell line.
    made: &'static str,
    /// What `inspect --json` says of it, among other things.
    facts: Value,
    /// What `pack` says on standard error, all of it.
    says: &'static str,
}

impl Case {
    /// A file whose first bytes, as `printf` takes them, say what it is.
    fn bytes(file: &'static str, made: &'static str, kind: &str, format: &str, says: &'static str) -> Self {
        let facts = json!({ "kind": kind, "file_format": format, "platform": null, "linkage": null, "libc": null,
            "loader": null, "libraries": [], "toolchain": { "name": null } });
        Self { file, needs: &[], made, facts, says }
    }

    /// What is no regular file: nothing is known of it.
    fn no_file(file: &'static str, made: &'static str, says: &'static str) -> Self {
        let facts = json!({ "kind": null, "file_format": null, "platform": null, "linkage": null, "libc": null });
        Self { file, needs: &[], made, facts, says }
    }

    /// Makes the file in a directory of its own, packs and inspects it. Neither writes anything.
    fn is_refused(&self) {
        if lacks(self.needs) {
            return;
        }
        let t = Test::new();
        t.shell(&format!("set -e; {}", self.made)).succeeds();
        self.is_refused_in(&t);
    }

    /// The same, with the file already made.
    fn is_refused_in(&self, t: &Test) {
        let before = t.names();

        let packed = t.pack(&[self.file, "-o", "image.tar"]).exits(1);
        let inspected = t.pack(&["inspect", self.file, "--json"]).exits(1);

        // Newer releases of Go write down that they made it so, and the way out then names it.
        let text = packed.stderr().replace(" -buildmode=exe", "");
        assert_eq!(text, self.says, "{}", self.file);
        assert_eq!(packed.stdout(), "", "{}", self.file);
        assert_eq!(t.names(), before, "{}", self.file);
        told(&inspected, &self.facts);
        let message = self.says.lines().next().and_then(|line| line.strip_prefix("error: "));
        let errors = &inspected.json()["errors"];
        assert_eq!(errors[0]["message"].as_str(), message, "{inspected}");
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{inspected}");
    }
}

/// Expects these facts among those that `inspect --json` prints.
#[track_caller]
fn told(inspected: &Ran, facts: &Value) {
    let all = inspected.json();
    for (name, fact) in facts.as_object().expect("facts have names") {
        match fact.as_object() {
            Some(fields) => fields.iter().for_each(|(field, fact)| assert_eq!(&all[name][field], fact, "{inspected}")),
            None => assert_eq!(&all[name], fact, "{name}: {inspected}"),
        }
    }
}

/// Whether programs made by the native compiler are what the expectations say.
fn is_foreign() -> bool {
    let foreign = std::env::consts::ARCH != "x86_64";
    if foreign {
        skip("the expectations are those of an x86-64 machine");
    }
    foreign
}

#[test]
fn a_file_that_is_no_elf_file_is_refused_by_its_own_name() {
    const MAC: &str = "is a macOS program\n\nhint: build it for Linux, such as with `GOOS=linux go build`\n\n";
    let mac = |name: &str| -> &'static str { format!("error: `{name}` {MAC}").leak() };
    for case in [
        Case::bytes(
            "run.py",
            r"printf '#!/usr/bin/env -S python3 -u\nprint()\n' >run.py",
            "script",
            "script",
            "error: `run.py` is a script for `python3`\n\n\
             hint: pack the interpreter and bring the script: `pack python3 --add run.py:/run.py -- /run.py`\n\n",
        ),
        Case::bytes(
            "bin/start",
            r"mkdir bin; printf '#! /bin/sh -e\n' >bin/start",
            "script",
            "script",
            "error: `bin/start` is a script for `/bin/sh`\n\n\
             hint: pack the interpreter and bring the script: `pack /bin/sh --add bin/start:/start -- /start`\n\n",
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
            "error: `notes` is no program that Linux starts\n\nhint: name the compiled program\n\n",
        ),
        Case::bytes(
            "noise",
            r"printf '\1\2\3' >noise",
            "unknown",
            "data",
            "error: `noise` is no program that Linux starts\n\nhint: name the compiled program\n\n",
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
            "error: there is no file `./app`\n\nhint: build the program first, or name it as it is here\n\n",
        ),
        Case::no_file(
            "bin/app",
            ":",
            "error: there is no file `bin/app`\n\n\
             hint: there is no directory `bin`; build the program first, or name it as it is here\n\n",
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

/// What `inspect --json` says of what a compiler of this machine made.
fn native(kind: &str, linkage: Option<&str>, libc: Option<&str>, loader: Option<&str>) -> Value {
    json!({ "kind": kind, "file_format": "ELF 64-bit little-endian", "platform": "linux/amd64", "linkage": linkage,
        "libc": libc, "loader": loader })
}

const GLIBC_LOADER: Option<&str> = Some("/lib64/ld-linux-x86-64.so.2");

#[test]
fn a_dynamic_program_is_refused_with_its_libraries_and_how_its_compiler_makes_a_static_one() {
    if is_foreign() {
        return;
    }
    for case in [
        Case {
            file: "app",
            needs: &["gcc"],
            made: "echo 'int main(void) { return 0; }' >app.c; gcc app.c -o app",
            facts: native("dynamic", Some("dynamic"), Some("glibc"), GLIBC_LOADER),
            says: "error: `app` is a dynamic program, and pack takes static ones only as yet\n  \
                   loader: /lib64/ld-linux-x86-64.so.2\n  libraries: libc.so.6\n\n\
                   hint: build it static: link it with `-static`, or build it with `musl-gcc -static`\n\n",
        },
        Case {
            file: "app",
            needs: &["musl-gcc"],
            made: "echo 'int main(void) { return 0; }' >app.c; musl-gcc app.c -o app",
            facts: native("dynamic", Some("dynamic"), Some("musl"), Some("/lib/ld-musl-x86_64.so.1")),
            says: "error: `app` is a dynamic program, and pack takes static ones only as yet\n  \
                   loader: /lib/ld-musl-x86_64.so.1\n  libraries: libc.so\n\n\
                   hint: build it static: link it with `-static`\n\n",
        },
        // A loader and no library.
        Case {
            file: "app",
            needs: &["go"],
            made: "echo 'package main; func main() {}' >app.go; CGO_ENABLED=0 go build -buildmode=pie -o app app.go",
            facts: native("dynamic", Some("dynamic"), Some("glibc"), GLIBC_LOADER),
            says: "error: `app` is a dynamic program, and pack takes static ones only as yet\n  \
                   loader: /lib64/ld-linux-x86-64.so.2\n  libraries: none\n\n\
                   hint: build it static: `CGO_ENABLED=0 go build`\n\n",
        },
        // A library that runs, as libc.so.6 does.
        Case {
            file: "librun.so",
            needs: &["gcc"],
            made: "echo 'const char loader[] __attribute__((section(\".interp\"))) = \"/lib64/ld-linux-x86-64.so.2\";
                   void start(void) {}' >run.c
                   gcc -shared -fPIC -nostdlib run.c -o librun.so -Wl,-soname,librun.so.1 -Wl,-e,start",
            facts: native("dynamic", Some("dynamic"), Some("glibc"), GLIBC_LOADER),
            says: "error: `librun.so` is a dynamic program, and pack takes static ones only as yet\n  \
                   loader: /lib64/ld-linux-x86-64.so.2\n  libraries: none\n\n\
                   hint: build it static: link it with `-static`, or build it with `musl-gcc -static`\n\n",
        },
        Case {
            file: "app",
            needs: &["gcc"],
            made: "echo 'int main(void) { return 0; }' >app.c; gcc -pie app.c -Wl,--no-dynamic-linker -o app",
            facts: native("no-loader", None, Some("glibc"), None),
            says: "error: `app` needs libraries and names no loader: the kernel would start it without them, \
                   and it would crash\n  libraries: libc.so.6\n\n\
                   hint: link it as a program, without `-shared`; \
                   or static: link it with `-static`, or build it with `musl-gcc -static`\n\n",
        },
    ] {
        case.is_refused();
    }
}

#[test]
fn a_dynamic_program_of_rust_is_told_of_its_musl_target() {
    if is_foreign() || lacks(&["rustc", "gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell("echo 'fn main() {}' >app.rs; rustc app.rs -o app").succeeds();

    let packed = t.pack(&["app"]).exits(1);

    // Which libraries a Rust program needs beside the C library changes with rustc.
    let text = packed.stderr();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("  libraries: ")).collect();
    assert!(text.contains("\n  libraries: ") && text.contains("libc.so.6"), "{packed}");
    assert_eq!(
        lines,
        [
            "error: `app` is a dynamic program, and pack takes static ones only as yet",
            "  loader: /lib64/ld-linux-x86-64.so.2",
            "",
            "hint: build it static: `cargo build --release --target x86_64-unknown-linux-musl`",
            "",
        ]
    );
    let inspected = t.pack(&["inspect", "app", "--json"]).exits(1);
    told(&inspected, &native("dynamic", Some("dynamic"), Some("glibc"), GLIBC_LOADER));
    assert_eq!(inspected.json()["toolchain"]["rust"], true);
    let name = inspected.json()["toolchain"]["name"].as_str().unwrap_or_default().to_owned();
    assert!(name.starts_with("rustc "), "{name}");
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
    let upx = Elf { body: b"\0\0\0\0UPX!\0\0\0\0", ..Elf::PROGRAM };
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
            upx.bytes(),
            json!("upx"),
            json!("linux/amd64"),
            "error: `app` is packed by UPX, which hides what it needs\n  it has UPX's mark\n\n\
             hint: pack the program as it was before UPX; `upx -d -o unpacked app` makes one\n\n",
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
            "error: cannot make sense of `app`\n  \
             caused by: is damaged: its class is 3, neither 32-bit (1) nor 64-bit (2)\n\n\
             hint: build or copy the program again: this file would not start\n\n",
        ),
        (
            with(16, 9),
            json!("unknown"),
            json!("linux/amd64"),
            "error: `app` is no program that Linux starts\n  its type is 9, which nothing loads\n\n\
             hint: name the compiled program\n\n",
        ),
        (
            Elf { machine: 83, ..Elf::PROGRAM }.bytes(),
            json!("static"),
            json!(null),
            "error: `app` is for a machine that images have no name for\n\n\
             hint: build the program for a machine that container engines run on\n\n",
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
