//! Static programs of every machine and kind: what `inspect` says of them, and the platform of their image.

use crate::support::elf::Elf;
use crate::support::image::Image;
use crate::support::programs::HELLOS;
use crate::support::{Test, lacks};
use serde_json::{Value, json};

/// The platform that the image of `app` is for, as its configuration and its index say; both must agree with
/// what `inspect` says of the program, which is the result.
fn platform(t: &Test) -> String {
    t.pack(&["app", "-q", "-o", "image.tar"]).succeeds();
    let image = Image::open(&t.path("image.tar"));
    let of = |value: &Value| {
        let part = |name: &str| value[name].as_str().map(|part| format!("/{part}")).unwrap_or_default();
        format!("{}{}{}", value["os"].as_str().unwrap_or_default(), part("architecture"), part("variant"))
    };
    let told = t.pack(&["inspect", "app", "--json"]).succeeds().json()["platform"].clone();
    assert_eq!(of(&image.config()), told);
    assert_eq!(of(&image.json("index.json")["manifests"][0]["platform"]), told);
    told.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_header_names_the_platform() {
    const LITTLE: Elf<'_> = Elf::PROGRAM;
    const BIG: Elf<'_> = Elf { is_big: true, ..LITTLE };
    const SMALL: Elf<'_> = Elf { is_64: false, ..LITTLE };
    for (elf, expected) in [
        (LITTLE, "linux/amd64"),
        (Elf { machine: 3, ..SMALL }, "linux/386"),
        (Elf { machine: 183, ..LITTLE }, "linux/arm64"),
        (Elf { machine: 40, flags: 0x0500_0400, ..SMALL }, "linux/arm/v7"),
        (Elf { machine: 40, flags: 0x0500_0200, ..SMALL }, "linux/arm/v5"),
        (Elf { machine: 243, ..LITTLE }, "linux/riscv64"),
        (Elf { machine: 21, flags: 2, ..LITTLE }, "linux/ppc64le"),
        (Elf { machine: 21, flags: 1, ..BIG }, "linux/ppc64"),
        (Elf { machine: 22, ..BIG }, "linux/s390x"),
        (Elf { machine: 258, ..LITTLE }, "linux/loong64"),
        (Elf { machine: 8, flags: 0x8000_0000, ..LITTLE }, "linux/mips64le"),
    ] {
        let t = Test::new();
        t.write("app", elf.bytes());

        assert_eq!(platform(&t), expected);
    }
}

#[test]
fn a_go_program_for_arm_names_its_variant() {
    if lacks(&["go"]) {
        return;
    }
    // Few, because the library is compiled anew for each.
    for (environment, expected) in [
        ("GOARCH=arm GOARM=5", "linux/arm/v5"),
        ("GOARCH=arm GOARM=6", "linux/arm/v6"),
        ("GOARCH=arm GOARM=7", "linux/arm/v7"),
        ("GOARCH=ppc64", "linux/ppc64"),
    ] {
        let t = Test::new();
        t.write("app.go", "package main\n\nfunc main() {}\n");
        t.shell(&format!("CGO_ENABLED=0 {environment} go build -o app app.go")).succeeds();

        assert_eq!(platform(&t), expected, "{environment}");
    }
}

#[test]
fn a_program_that_can_be_packed_is_told_with_its_linkage_its_c_library_and_its_compiler() {
    for (name, kind, libc, toolchain) in [
        ("c-glibc", "static", Some("glibc"), "GCC "),
        ("c-static-pie", "static-pie", Some("glibc"), "GCC "),
        ("c-musl", "static", Some("musl"), "GCC "),
        ("cpp", "static", Some("glibc"), "GCC "),
        ("rust-gnu", "static-pie", Some("glibc"), "rustc "),
        ("go", "static", None, "Go "),
        ("arm64", "static", Some("glibc"), "GCC "),
        ("s390x", "static", Some("glibc"), "GCC "),
    ] {
        let recipe = HELLOS.iter().find(|recipe| recipe.name == name).expect("there is such a recipe");
        let (t, Some(program)) = (Test::new(), recipe.program()) else { continue };

        let told = t.pack(&["inspect".as_ref(), program.as_os_str(), "--json".as_ref()]).succeeds();

        let facts = told.json();
        let format = if name == "s390x" { "ELF 64-bit big-endian" } else { "ELF 64-bit little-endian" };
        for (field, expected) in [
            ("path", json!(program.to_string_lossy())),
            ("kind", json!(kind)),
            ("linkage", json!(kind)),
            ("platform", json!(recipe.platform)),
            ("file_format", json!(format)),
            ("libc", json!(libc)),
            ("loader", json!(null)),
            ("libraries", json!([])),
            ("missing", json!([])),
            ("warnings", json!([])),
            ("errors", json!([])),
        ] {
            assert_eq!(facts[field], expected, "{name}, {field}: {told}");
        }
        let made_by = facts["toolchain"]["name"].as_str().unwrap_or_default();
        assert!(made_by.starts_with(toolchain), "{name}: {told}");
        let size = program.metadata().expect("it is there").len();
        let sizes = facts["sizes"].as_object().expect("sizes have names");
        let sum: u64 = sizes.values().filter_map(Value::as_u64).sum();
        assert_eq!(sum, size, "the sizes add up to the file's: {told}");
        assert_eq!(told.stderr(), "", "{told}");
    }
}

#[test]
fn what_strip_would_drop_is_what_strip_drops() {
    if lacks(&["strip"]) {
        return;
    }
    let (t, Some(program)) = (Test::new(), HELLOS[0].program()) else { return };
    std::fs::copy(&program, t.path("app")).expect("a program is copied");
    let told = t.pack(&["inspect", "app", "--json"]).succeeds().json();

    t.shell("strip -s app").succeeds();

    let size = |path: &std::path::Path| path.metadata().expect("it is there").len();
    let dropped = size(&program) - size(&t.path("app"));
    let removable = told["removable"].as_u64().unwrap_or_default();
    // Tables are aligned anew.
    assert!(removable.abs_diff(dropped) < 256, "{removable} told, {dropped} dropped");
    let left = t.pack(&["inspect", "app", "--json"]).succeeds().json();
    assert_eq!(left["removable"], 0);
    assert_eq!((&left["kind"], &left["libc"]), (&json!("static"), &json!("glibc")), "a stripped one tells as much");
}

#[test]
fn a_go_program_tells_its_module_its_version_and_its_commit() {
    if lacks(&["go", "git"]) {
        return;
    }
    let t = Test::new();
    t.write("go.mod", "module example.com/team/app\n\ngo 1.18\n");
    t.write("main.go", "package main\n\nfunc main() {}\n");
    let commit = "git init -q . && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first \
        --date 2024-02-29T12:00:00Z && CGO_ENABLED=0 go build -o app .";
    t.shell(&format!("export GIT_COMMITTER_DATE=2024-02-29T12:00:00Z; {commit}")).succeeds();

    let told = t.pack(&["inspect", "app", "--json"]).succeeds().json();
    let packed = t.pack(&["app", "-q", "-o", "image.tar"]).succeeds();

    let go = &told["toolchain"]["go"];
    assert_eq!((&go["path"], &go["commit_time"]), (&json!("example.com/team/app"), &json!(1_709_208_000)), "{told}");
    assert_eq!(go["module"]["path"], "example.com/team/app");
    assert!(go["version"].as_str().is_some_and(|version| version.starts_with("go1.")), "{told}");
    assert_eq!(Image::open(&t.path("image.tar")).config()["created"], "2024-02-29T12:00:00Z", "{packed}");
}
