//! Pythons: in a virtual environment, frozen, and linked into a program.

use crate::support::{Ran, Test, lacks, skip, tool};
use std::fs;

/// The Python of the system, with which environments are made; not one of a person's own.
const PYTHON: &str = "/usr/bin/python3";

/// A program with the texts by which a Python is known.
const SOURCE: &str = "const char *volatile names[] = { \"PYTHONHOME\", \"PYTHONPATH\", \"3.11.2\", \"/usr\" };\n\
                      int main(void) { return !names[0]; }\n";

/// Runs a program with `root` as its root.
fn run(t: &Test, words: &[&str]) -> Ran {
    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(t.path("root")).args(["/", "--proc", "/proc"]).args(words);
    Ran::of(&mut bwrap)
}

#[test]
fn a_python_that_is_called_through_its_environment_finds_its_packages() {
    if lacks(&["bwrap"]) {
        return;
    }
    if fs::metadata(PYTHON).is_err() {
        return skip("the system has no Python");
    }
    for flags in ["", "--copies"] {
        let t = Test::new();
        t.shell(&format!("{PYTHON} -m venv {flags} --without-pip env")).succeeds();
        t.shell("echo 'answer = 42' >$(echo env/lib/python3*/site-packages)/mine.py").succeeds();
        t.shell("$pack env/bin/python3 --format rootfs -o root -q").succeeds();
        let python = t.path("env/bin/python3");
        let python = python.to_str().expect("tests use plain names");

        let ran = run(&t, &[python, "-c", "import mine, json, sys; print(mine.answer, sys.prefix)"]);

        let environment = t.path("env");
        assert_eq!(ran.stdout(), format!("42 {}\n", environment.display()), "{flags}: {}", ran.stderr());
    }
}

#[test]
fn a_frozen_program_never_gets_the_python_of_this_machine() {
    if lacks(&["gcc"]) {
        return;
    }
    for (archive, expected) in [("lib/library.zip", false), ("base_library.zip", false), ("data/x", true)] {
        let t = Test::new();
        t.write("app.c", SOURCE);
        t.write(&format!("dist/{archive}"), "PK");
        t.write("root/usr/lib/python3.11/os.py", "");
        t.shell("gcc -static app.c -o dist/app").succeeds();

        let told = t.pack(&["dist/app", "--sysroot", "root", "--dry-run", "--json"]).succeeds().json();

        let files = told["images"][0]["files"].as_array().expect("files are a list").clone();
        let has = |path: &str| files.iter().any(|file| file["path"] == path);
        assert_eq!(has("/usr/lib/python3.11/os.py"), expected, "{archive}");
        if !expected {
            assert!(has(&format!("/opt/app/{archive}")), "{archive}");
        }
    }
}

#[test]
fn the_same_program_gives_the_same_image_from_every_directory() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("app.c", SOURCE);
    t.shell("mkdir -p a b/c; gcc -static app.c -o a/app; cp a/app b/c/app").succeeds();
    let digest = |program: &str| {
        let told = t.pack(&[program, "-o", "image.tar", "--json"]).succeeds().json();
        (told["digest"].clone(), told["images"][0]["program"]["entrypoint"].clone())
    };
    assert_eq!(digest("a/app"), digest("b/c/app"));
}
