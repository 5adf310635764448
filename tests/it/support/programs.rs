//! The programs that tests pack, compiled from `testdata/` once in a run. A recipe is one shell line, as
//! `testdata/README.md` tells it.

use super::{Ran, lacks, repository, skip, tool};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How a program is made, and what shows that it runs.
pub struct Recipe {
    /// Its name among the recipes.
    pub name: &'static str,
    /// The commands that the line needs.
    pub needs: &'static [&'static str],
    /// The shell line, run in `testdata/`; `$out` is the program.
    pub line: &'static str,
    /// The platform of its image.
    pub platform: &'static str,
    /// What it prints.
    pub prints: &'static str,
    /// What runs it on a machine of another kind.
    pub emulator: Option<&'static str>,
}

const HERE: Recipe =
    Recipe { name: "", needs: &[], line: "", platform: "linux/amd64", prints: "hello from C\n", emulator: None };

/// A static program of every compiler: C libraries, position-independent or not, and machines.
pub const HELLOS: [Recipe; 9] = [
    Recipe { name: "c-glibc", needs: &["gcc"], line: "gcc -static hello/hello.c -o $out", ..HERE },
    Recipe { name: "c-static-pie", needs: &["gcc"], line: "gcc -static-pie hello/hello.c -o $out", ..HERE },
    Recipe { name: "c-musl", needs: &["musl-gcc"], line: "musl-gcc -static hello/hello.c -o $out", ..HERE },
    Recipe {
        name: "cpp",
        needs: &["g++"],
        line: "g++ -static hello/hello.cpp -o $out",
        prints: "hello from C++\n",
        ..HERE
    },
    Recipe {
        name: "rust-gnu",
        needs: &["rustc"],
        line: "rustc --edition 2024 -C target-feature=+crt-static hello/hello.rs -o $out",
        prints: "hello from Rust\n",
        ..HERE
    },
    Recipe {
        name: "rust-musl",
        needs: &["rustc", "musl-gcc"],
        // Rust's musl target where it is installed; else rustc's own code on musl, without std.
        line: "target=$(uname -m)-unknown-linux-musl
            if [ -d \"$(rustc --print target-libdir --target $target)\" ]; then
                rustc --edition 2024 --target $target hello/hello.rs -o $out
            else
                rustc --edition 2024 --emit=obj -C panic=abort -C relocation-model=static \\
                    hello/hello_core.rs -o $out.o && musl-gcc -static $out.o -o $out
            fi",
        prints: "hello from Rust\n",
        ..HERE
    },
    Recipe {
        name: "go",
        needs: &["go"],
        line: "CGO_ENABLED=0 go build -o $out hello/hello.go",
        prints: "hello from Go\n",
        ..HERE
    },
    Recipe {
        name: "arm64",
        needs: &["aarch64-linux-gnu-gcc"],
        line: "aarch64-linux-gnu-gcc -static hello/hello.c -o $out",
        platform: "linux/arm64",
        emulator: Some("qemu-aarch64-static"),
        ..HERE
    },
    Recipe {
        name: "s390x",
        needs: &["s390x-linux-gnu-gcc"],
        line: "s390x-linux-gnu-gcc -static hello/hello.c -o $out",
        platform: "linux/s390x",
        emulator: Some("qemu-s390x-static"),
        ..HERE
    },
];

/// The web server of the README.
pub const WEBSERVER: Recipe = Recipe {
    name: "webserver",
    needs: &["go"],
    line: "cd webserver && CGO_ENABLED=0 go build -buildvcs=false -o $out .",
    prints: "hello from a container with nothing else in it\n",
    ..HERE
};

impl Recipe {
    /// The program, called `hello`, or `webserver`; `None` where a compiler is missing: the test is skipped.
    pub fn program(&self) -> Option<PathBuf> {
        static MADE: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        if self.is_of_here() && std::env::consts::ARCH != "x86_64" {
            skip("the expectations are those of an x86-64 machine");
            return None;
        }
        if lacks(self.needs) {
            return None;
        }
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs").join(self.name);
        let program = directory.join(if self.name == WEBSERVER.name { "webserver" } else { "hello" });
        // Held while it is made: nobody packs half a program. One that failed to be made is tried again.
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.contains(self.name) {
            std::fs::create_dir_all(&directory).expect("target/tmp is writable");
            let mut shell = tool("sh");
            shell.args(["-ec", self.line]).env("out", &program).current_dir(repository().join("testdata"));
            Ran::of(&mut shell).succeeds();
            made.insert(self.name);
        }
        Some(program)
    }

    fn is_of_here(&self) -> bool {
        self.emulator.is_none()
    }
}
