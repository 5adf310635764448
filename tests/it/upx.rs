//! UPX, the real one: what it must not pack, what it is worth, and programs that it has packed before.

use crate::support::elf::Elf;
use crate::support::programs::HELLOS;
use crate::support::root::run;
use crate::support::{Ran, Test, lacks, skip};
use serde_json::json;
use std::fs;

/// A test with a program of that recipe as `app`.
fn with(name: &str) -> Option<Test> {
    let recipe = HELLOS.iter().find(|recipe| recipe.name == name).expect("there is such a recipe");
    let t = Test::new();
    fs::copy(recipe.program()?, t.path("app")).expect("a program is copied");
    Some(t)
}

/// The line of the summary about UPX, without its numbers.
fn line(ran: &Ran) -> String {
    let text = ran.stderr();
    let line = text.lines().find(|line| line.starts_with("  UPX ")).unwrap_or_default();
    line.replace(|c: char| c.is_ascii_digit() || c == '.', "")
}

#[test]
fn what_upx_would_break_is_refused_with_the_reason() {
    if lacks(&["upx", "gcc", "go"]) {
        return;
    }
    let c = "echo 'int main(void) { return 0; }' >app.c; ";
    let go = "echo 'package main; func main() {}' >app.go; CGO_ENABLED=0 ";
    for (made, why, hint) in [
        (
            format!("{c} gcc app.c -o app"),
            "it is a dynamic program, and a packed one no longer shows what it needs",
            "link it with `-static`, or leave `--upx` out; `--strip` makes it smaller too",
        ),
        (
            format!("{c} gcc -static-pie app.c -o app"),
            "it is a static program at any address (static-pie), which may crash when UPX has packed it",
            "link it with `-static -no-pie`, or leave `--upx` out",
        ),
        (
            format!("{go} go build -buildmode=pie -o app app.go"),
            "it is a Go program at any address, which crashes at times when UPX has packed it",
            "build it with `-buildmode=exe`, or leave `--upx` out",
        ),
        (
            format!("{go} GOARCH=s390x go build -o app app.go"),
            "UPX does not do well with programs for `linux/s390x`",
            "leave `--upx` out",
        ),
        (
            format!("{go} GOARCH=arm GOARM=6 go build -o app app.go"),
            "UPX does not do well with programs for `linux/arm/v6`",
            "leave `--upx` out",
        ),
        (
            format!("{c} gcc -static app.c -o app; chmod 4755 app"),
            "it runs with the rights of its owner (setuid or setgid)",
            "leave `--upx` out",
        ),
        (
            format!("{c} gcc -static app.c -o app; printf hsqsmore >>app"),
            "it has data behind its last section (squashfs), which it might not find again",
            "leave `--upx` out",
        ),
        (format!("{c} gcc -static app.c -o app; upx -qqq app"), "it is packed by UPX already", "leave `--upx` out"),
    ] {
        let t = Test::new();
        t.shell(&format!("set -e; {made}")).succeeds();

        let ran = t.pack(&["app", "--upx", "-o", "image.tar"]).exits(1);

        assert_eq!(ran.stderr(), format!("error: `app` cannot be packed by UPX: {why}\n\nhint: {hint}\n\n"));
        assert!(!t.path("image.tar").exists(), "{why}");
    }
}

#[test]
fn a_program_with_capabilities_is_refused() {
    if lacks(&["upx", "setfattr"]) {
        return;
    }
    let Some(t) = with("c-glibc") else { return };
    let given = t.shell("setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 app");
    if given.output.status.code() != Some(0) {
        return skip("only root may give capabilities");
    }

    let ran = t.pack(&["app", "--upx"]).exits(1);

    assert!(ran.stderr().starts_with("error: `app` cannot be packed by UPX: it has file capabilities\n"), "{ran}");
}

#[test]
fn without_upx_an_error_tells_how_to_get_it() {
    let Some(t) = with("c-glibc") else { return };
    let mut command = t.command(&["app", "--upx"]);

    let ran = Ran::of(command.env("PATH", "/nowhere")).exits(1);

    assert_eq!(
        ran.stderr(),
        "error: cannot pack `app` with UPX: there is no `upx` in PATH\n\n\
         hint: install it (`apt-get install upx-ucl` on Debian, where bookworm has it in its backports), \
         or leave `--upx` out\n\n"
    );
    assert_eq!(t.names(), ["app"]);
}

#[test]
fn a_level_is_a_number_or_best() {
    let Some(t) = with("c-glibc") else { return };
    for wrong in ["0", "10", "07", "fast"] {
        let ran = t.pack(&["app", &format!("--upx={wrong}")]).exits(2);

        assert_eq!(
            ran.stderr(),
            format!("error: `--upx={wrong}` is not a level of UPX\n\nhint: write a number from 1 to 9, or `best`\n\n")
        );
    }
}

#[test]
fn a_packed_program_runs_in_an_empty_root_and_both_figures_are_said() {
    if lacks(&["upx", "bwrap", "sha256sum"]) {
        return;
    }
    for (name, flags) in [("c-glibc", "--upx"), ("go", "--upx=best --strip"), ("cpp", "--upx=9 --strip=program")] {
        let recipe = HELLOS.iter().find(|recipe| recipe.name == name).expect("there is such a recipe");
        let Some(t) = with(name) else { continue };
        t.shell("sha256sum app >before; mkdir tmp").succeeds();
        let pack = |to: &str| t.shell(&format!("export TMPDIR=$PWD/tmp; exec $pack app {flags} {to}")).succeeds();

        let ran = pack("--format rootfs -o root");
        let told = pack("--json -o image.tar").json();
        pack("-q -o again.tar");

        assert_eq!(line(&ran), "  UPX         kB instead of  kB compressed, and the program starts slower", "{ran}");
        assert!(!ran.stderr().contains("hint"), "no symbols are left: {ran}");
        let upx = &told["images"][0]["upx"];
        assert!(upx["compressed_size"].as_u64() < upx["compressed_size_without"].as_u64(), "{upx}");
        assert_eq!((&upx["used"], &told["warnings"]), (&json!(true), &json!([])));
        let Some(hello) = run(&t.path("root"), &json!({ "config": { "Entrypoint": ["/app"] } }), None) else {
            continue;
        };
        assert_eq!(hello.succeeds().stdout(), recipe.prints, "{name}");
        t.shell("set -e; sha256sum -c before; upx -qqq -t root/app; cmp image.tar again.tar; rmdir tmp").succeeds();
    }
}

#[test]
fn what_does_not_get_smaller_is_packed_as_it_is_with_a_warning() {
    if lacks(&["upx", "musl-gcc"]) {
        return;
    }
    let Some(t) = with("c-musl") else { return };
    t.shell("strip -s app").succeeds();

    let ran = t.shell("exec $pack app --upx --format rootfs -o root").succeeds();

    let warning = "warning: UPX does not make `app` smaller in a compressed layer\n  compressed it would have ";
    assert!(ran.stderr().starts_with(warning), "{ran}");
    assert!(ran.stderr().contains("hint: leave `--upx` out: the program starts faster without\n"), "{ran}");
    assert_eq!(line(&ran), "  UPX         kB instead of  kB compressed, so it is packed as it is");
    t.shell("cmp app root/app").succeeds();
    t.shell("exec $pack app --upx --strict -o image.tar").exits(1);
}

#[test]
fn a_program_for_arm64_is_packed_with_a_warning() {
    if lacks(&["upx"]) {
        return;
    }
    let Some(t) = with("arm64") else { return };

    let ran = t.shell("exec $pack app --upx --strip -o image.tar").succeeds();

    let warning = "warning: `app` may crash: on arm64 what UPX packs does not run everywhere\n";
    assert!(ran.stderr().starts_with(warning), "{ran}");
}

#[test]
fn a_program_that_upx_has_packed_is_packed_with_the_libraries_that_it_hides() {
    if lacks(&["upx", "gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    let source =
        "#include <math.h>\n#include <stdio.h>\nint main(int n, char **a) { printf(\"%.0f\\n\", pow(2, n)); }\n";
    t.write("app.c", source);
    t.shell("set -e; mkdir tmp; gcc app.c -o dynamic -lm; gcc -static app.c -o static -lm; upx -qqq dynamic static")
        .succeeds();
    for (program, linkage) in [("dynamic", "dynamic"), ("static", "static")] {
        let script = format!(
            "export TMPDIR=$PWD/tmp; set -e; $pack inspect {program} --json
            $pack {program} --strip --strict --format rootfs -o root-{program} -q; cmp {program} root-{program}/{program}"
        );

        let told = t.shell(&script).succeeds().json();

        assert_eq!((&told["linkage"], &told["upx"], &told["removable"]), (&json!(linkage), &json!(true), &json!(0)));
        let config = json!({ "config": { "Entrypoint": [format!("/{program}")] } });
        let Some(ran) = run(&t.path(format!("root-{program}")), &config, None) else { continue };
        assert_eq!(ran.succeeds().stdout(), "2\n", "{program}");
        let libraries = told["libraries"].as_array().expect("libraries are a list").len();
        assert_eq!(libraries > 1, program == "dynamic", "{told}");
    }
    t.shell("rmdir tmp").succeeds();
}

#[test]
fn what_upx_has_packed_and_cannot_undo_is_refused() {
    const HINT: &str = "install UPX (`upx-ucl` in Debian), with which pack looks inside; \
        or pack the program as it was before, which `upx -d -o unpacked app` makes";
    let t = Test::new();
    t.write("app", Elf { body: b"\0\0\0\0UPX!\0\0\0\0", ..Elf::PROGRAM }.bytes());
    let says = |why: &str| {
        format!(
            "error: `app` is packed by UPX, which hides what it needs\n  it has UPX's mark\n  {why}\n\nhint: {HINT}\n\n"
        )
    };
    for arguments in [&["app"][..], &["app", "--strip"]] {
        let mut command = t.command(arguments);

        let ran = Ran::of(command.env("PATH", "/nowhere")).exits(1);

        assert_eq!(ran.stderr(), says("there is no `upx` in PATH to look inside with"));
    }
    let told = t.pack(&["inspect", "app", "--json"]).exits(1).json();
    assert_eq!((&told["kind"], &told["platform"]), (&json!("upx"), &json!("linux/amd64")));
    if lacks(&["upx"]) {
        return;
    }
    let ran = t.pack(&["app"]).exits(1);
    assert!(ran.stderr().starts_with("error: `app` is packed by UPX, which hides what it needs\n"), "{ran}");
    assert!(ran.stderr().contains("upx` failed: "), "{ran}");
}
