//! Files of kinds that cannot be packed as a program.

use super::error::Error;
use crate::elf::{Inspected, Kind, Libc, script};
use std::ffi::OsString;

/// What keeps the file from being packed as a program, by its kind.
pub fn kind_error(given: &OsString, inspected: &Inspected) -> Option<Error> {
    let (what, hint) = refusal(&given.to_string_lossy(), inspected)?;
    let details = match inspected.kind {
        Kind::NoLoader => sonames(inspected),
        _ => inspected.evidence.clone(),
    };
    Some(Error::Kind { given: given.clone(), kind: inspected.kind, what, details, hint })
}

fn refusal(given: &str, inspected: &Inspected) -> Option<(String, String)> {
    if let Some(os) = other_system(inspected) {
        let hint = "build it for Linux: `GOOS=linux CGO_ENABLED=0 go build`".to_owned();
        return Some((format!("is a program for {os}, not for Linux"), hint));
    }
    let (what, hint) = match inspected.kind {
        Kind::Static | Kind::StaticPie | Kind::Dynamic => return None,
        Kind::Library => (
            "is a shared library, not a program",
            "pack the program that uses it; a plugin comes into its image with `--add`".to_owned(),
        ),
        Kind::Object => ("is an object file, not a program", "link it into a program first".to_owned()),
        Kind::KernelModule => (
            "is a kernel module, not a program",
            "a container uses the kernel of its host; load the module there".to_owned(),
        ),
        Kind::Core => ("is the memory of a program that crashed", "pack the program itself".to_owned()),
        Kind::DebugOnly => (
            "holds the debugging information of a program, not its code",
            "pack the program that it was split from".to_owned(),
        ),
        Kind::NoLoader => (
            "needs libraries and names no loader: the kernel would start it without them, and it would crash",
            format!("link it as a program, without `-shared`; or static: {}", static_build(inspected)),
        ),
        Kind::Upx => (
            "is packed by UPX, which hides what it needs",
            format!(
                "install UPX (`upx-ucl` in Debian), with which pack looks inside; \
                 or pack the program as it was before, which `upx -d -o unpacked {given}` makes"
            ),
        ),
        Kind::Truncated => {
            ("ends before its own headers say", "build or copy the program again: this file would not start".to_owned())
        }
        Kind::Script => return Some(script_error(inspected)),
        Kind::Pe => ("is a Windows program", "build it for Linux".to_owned()),
        Kind::MachO => ("is a macOS program", "build it for Linux, such as with `GOOS=linux go build`".to_owned()),
        Kind::JavaClass => (
            "is a Java class, not a program",
            "pack the `java` that runs it, and bring the class with `--add`".to_owned(),
        ),
        Kind::Archive => ("is a static library, not a program", "link it into a program first".to_owned()),
        Kind::Wasm => (
            "is a WebAssembly module, not a program",
            "pack the runtime that runs it, and bring the module with `--add`".to_owned(),
        ),
        Kind::Bitcode => ("is LLVM bitcode, not a program", "compile and link it first".to_owned()),
        Kind::Compressed => return Some(compressed(inspected)),
        Kind::Empty => ("is empty", "build or copy the program again".to_owned()),
        Kind::Unknown => ("is not a program that Linux starts", "name the compiled program".to_owned()),
    };
    Some((what.to_owned(), hint))
}

/// The system that Go built it for, where that is another one.
fn other_system(inspected: &Inspected) -> Option<&str> {
    let settings = &inspected.toolchain.go.as_ref()?.settings;
    let (_, system) = settings.iter().find(|(key, _)| key == "GOOS")?;
    (system != "linux").then_some(system)
}

fn compressed(inspected: &Inspected) -> (String, String) {
    let what = format!("is a {} file, not a program", inspected.file_format);
    (what, "unpack it first, and name the program in it".to_owned())
}

/// A script of an image, whose interpreter is followed; one that is to be packed has an error of its own.
fn script_error(inspected: &Inspected) -> (String, String) {
    let interpreter = interpreter(inspected.interpreter.as_deref().unwrap_or_default());
    (format!("is a script for `{interpreter}`"), "pack the interpreter and bring the script with `--add`".to_owned())
}

/// The program that a script's first line asks for.
fn interpreter(line: &[u8]) -> String {
    let words = script::words(line);
    let first = words.first().map_or("/bin/sh", String::as_str);
    script::program_behind_env(&words).unwrap_or(first).to_owned()
}

fn sonames(inspected: &Inspected) -> Vec<String> {
    let Some(object) = &inspected.object else { return Vec::new() };
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let mut lines = Vec::new();
    if let Some(loader) = &object.loader {
        lines.push(format!("loader: {}", text(loader)));
    }
    let needed: Vec<String> = object.needed.iter().map(text).collect();
    lines.push(if needed.is_empty() {
        "libraries: none".to_owned()
    } else {
        format!("libraries: {}", needed.join(", "))
    });
    lines
}

/// How the compiler that made the program makes a static one.
fn static_build(inspected: &Inspected) -> String {
    if let Some(go) = &inspected.toolchain.go {
        let pie = go.settings.iter().any(|(key, value)| key == "-buildmode" && value == "pie");
        return if pie { "`CGO_ENABLED=0 go build -buildmode=exe`" } else { "`CGO_ENABLED=0 go build`" }.to_owned();
    }
    if inspected.toolchain.rust {
        let architecture = inspected.platform.as_ref().map_or("amd64", |platform| &platform.architecture);
        return format!("`cargo build --release --target {}`", rust_target(architecture));
    }
    match inspected.libc {
        Some(Libc::Musl) => "link it with `-static`".to_owned(),
        _ => "link it with `-static`, or build it with `musl-gcc -static`".to_owned(),
    }
}

fn rust_target(architecture: &str) -> &'static str {
    match architecture {
        "386" => "i686-unknown-linux-musl",
        "arm64" => "aarch64-unknown-linux-musl",
        "arm" => "armv7-unknown-linux-musleabihf",
        "riscv64" => "riscv64gc-unknown-linux-musl",
        "ppc64le" => "powerpc64le-unknown-linux-musl",
        "s390x" => "s390x-unknown-linux-musl",
        "loong64" => "loongarch64-unknown-linux-musl",
        _ => "x86_64-unknown-linux-musl",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_its_interpreter() {
        for (line, expected) in [
            ("/bin/sh", "/bin/sh"),
            (" /usr/bin/python3 -u", "/usr/bin/python3"),
            ("/usr/bin/env python3", "python3"),
            ("/usr/bin/env -S deno run", "deno"),
            ("/usr/bin/env -S A=b node", "node"),
            ("/usr/bin/env", "/usr/bin/env"),
            ("", "/bin/sh"),
        ] {
            assert_eq!(interpreter(line.as_bytes()), expected, "{line}");
        }
    }
}
