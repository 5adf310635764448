//! Programs that a program starts by names in its code, where the strings of the language do not end.

use crate::support::{Ran, Test, lacks, tool};

/// A program of Go that starts others through `os/exec`: one by a constant, one through a function of its own, one whose name
/// is only another word, and none that the machine lacks.
const GO: &str = r#"package main

import (
	"fmt"
	"os"
	"os/exec"
)

//go:noinline
func output(number int, name string, arguments ...string) string {
	text, _ := exec.Command(name, arguments...).Output()
	return fmt.Sprint(number, string(text))
}

//go:noinline
func say(word string) string { return "the word " + word + fmt.Sprint(len(os.Args)) }

func main() {
	text, err := exec.Command("uname", "-s").Output()
	if err != nil {
		panic(err)
	}
	fmt.Print(string(text), output(1, "basename", "/a/b"), say("factor"), say("absent"))
}
"#;

/// The same in Rust.
const RUST: &str = r#"use std::process::Command;

fn output(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[inline(never)]
fn say(word: &str) -> String { format!("the word {word} {}", std::env::args().count()) }

fn main() {
    print!("{}", output(Command::new("uname").arg("-s")));
    print!("1 {}", output(Command::new("basename").args(["/a/b", "factor"])));
    if std::env::args().count() > 5 {
        print!("{}", output(Command::new("expr").arg("--version").arg("factor")));
    }
    println!("{}", say("factor"));
}
"#;

#[test]
fn a_program_that_code_passes_to_a_function_that_starts_it_comes_in() {
    if lacks(&["bwrap", "uname", "basename", "factor", "expr"]) {
        return;
    }
    for (shows, needs, source, text, build) in [
        ("Go", "go", "app.go", GO, "CGO_ENABLED=0 go build -ldflags '-s -w' -o app app.go"),
        ("Go, at any address", "go", "app.go", GO, "CGO_ENABLED=0 go build -buildmode=pie -o app app.go"),
        ("Rust", "rustc", "app.rs", RUST, "rustc --edition 2024 -O -C strip=symbols app.rs -o app"),
    ] {
        if lacks(&[needs]) {
            continue;
        }
        let t = Test::new();
        t.write(source, text);
        t.shell(build).succeeds();

        t.shell("exec $pack app --format rootfs -o root").succeeds();

        let mut bwrap = tool("bwrap");
        bwrap.arg("--bind").arg(t.path("root")).args(["/", "--proc", "/proc", "--dev", "/dev", "/app"]);
        let printed = Ran::of(&mut bwrap).stdout();
        assert!(printed.starts_with("Linux\n1"), "{shows}: {printed}");
        let is_in = |name: &str| t.path(format!("root/usr/bin/{name}")).exists();
        assert_eq!(["factor", "expr"].map(is_in), [false, text == RUST], "{shows}: only what is started comes in");
    }
}

#[test]
fn what_a_package_of_others_starts_is_told() {
    if lacks(&["go", "uname", "basename"]) {
        return;
    }
    let t = Test::new();
    let package = "package other\nimport \"os/exec\"\n//go:noinline\nfunc Start() error { return exec.Command(\"basename\").Run() }\n";
    t.write("other/other.go", package);
    t.write("other/go.mod", "module example.org/other\n");
    t.write(
        "app/main.go",
        "package main\nimport (\"example.org/other\"; \"os/exec\")\nfunc main() { println(other.Start(), exec.Command(\"uname\").Run()) }\n",
    );
    let module =
        "module example.com/app\ngo 1.18\nrequire example.org/other v0.0.0\nreplace example.org/other => ../other\n";
    t.write("app/go.mod", module);
    t.shell("cd app; CGO_ENABLED=0 GOFLAGS=-mod=mod go build -o ../out .").succeeds();

    let said = t.pack(&["out", "--dry-run"]).succeeds().stdout();

    assert!(said.contains("/usr/bin/uname"), "{said}");
    let hint = said.lines().find(|line| line.contains("may start other programs")).unwrap_or_default();
    assert!(hint.contains("(`basename`)") && hint.contains("--add /usr/bin/basename"), "{said}");
}
