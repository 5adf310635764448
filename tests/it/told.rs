//! What is said of an image, held against the image: `--dry-run`, `--json`.

use crate::support::app::with_app;
use crate::support::elf::Elf;
use crate::support::image::Image;
use crate::support::{Ran, Test, lacks};
use serde_json::{Value, json};

#[test]
fn a_dry_run_tells_what_a_run_would_do_and_writes_nothing() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 755 site; echo a >site/a; ln -s a site/l").succeeds();
    let size = t.path("app").metadata().expect("it is there").len();

    let ran = t.pack(&["app", "--add", "site:/srv", "--dry-run"]).succeeds();

    assert_eq!(ran.stderr(), "");
    let text = ran.stdout();
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    for line in [
        "             /etc/passwd, 149 B: names the users",
        "             /srv/: `--add site`",
        "             /srv/a, 2 B: `--add site`",
        "             /srv/l -> a: `--add site`",
        "             /tmp/: for temporary files",
        "             and 2 directories on the way to them, which `-v` lists",
    ] {
        assert!(lines.contains(&line), "{line}: {ran}");
    }
    assert!(lines[0].starts_with("  program    app: static, linux/amd64, GCC "), "{ran}");
    assert_eq!(lines.last(), Some(&"  written    nothing: a dry run"));
    assert_eq!(t.names(), ["app", "site"]);
    let told = t.pack(&["app", "--dry-run", "--json"]).succeeds().json();
    assert_eq!((&told["written"], &told["digest"]), (&json!(null), &json!(null)));
    for null in ["config_digest", "manifest_digest", "compressed_size"] {
        assert_eq!(told["images"][0][null], json!(null), "{null}");
    }
    assert_eq!(told["images"][0]["size"], size + 149 + 43);
    assert_eq!(t.names(), ["app", "site"]);
}

#[test]
fn the_json_of_an_image_agrees_with_the_archive() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 755 site; echo hello >site/a; chmod 644 site/a; ln -s a site/l").succeeds();

    let ran = t.pack(&["./app", "-t", "team/app:v1", "--add", "site:/srv", "-o", "image.tar", "--json"]).succeeds();

    let (told, image) = (ran.json(), Image::open(&t.path("image.tar")));
    assert_eq!(ran.stderr(), "");
    assert_eq!(told["names"], json!(["docker.io/team/app:v1"]));
    assert_eq!(told["written"], "image.tar");
    assert_eq!((&told["warnings"], &told["errors"]), (&json!([]), &json!([])));
    let one = &told["images"][0];
    let index = image.json("index.json");
    assert_eq!(told["digest"], index["manifests"][0]["digest"]);
    assert_eq!(one["manifest_digest"], index["manifests"][0]["digest"]);
    assert_eq!(one["config_digest"], image.manifest()["config"]["digest"]);
    assert_eq!(one["platform"], "linux/amd64");
    let manifest = image.manifest();
    let list = |value: &Value, name: &str| -> Vec<Value> {
        value.as_array().into_iter().flatten().map(|item| item[name].clone()).collect()
    };
    assert_eq!(list(&one["layers"], "digest"), list(&manifest["layers"], "digest"));
    assert_eq!(list(&one["layers"], "compressed_size"), list(&manifest["layers"], "size"));
    assert_eq!(json!(list(&one["layers"], "diff_id")), image.config()["rootfs"]["diff_ids"]);
    let number = |value: &Value| value.as_u64().expect("it is a number");
    let parts = list(&manifest["layers"], "size").iter().map(number).sum::<u64>()
        + number(&manifest["config"]["size"])
        + number(&index["manifests"][0]["size"]);
    assert_eq!(one["compressed_size"], parts);
    let program = &one["program"];
    for (field, expected) in [
        ("path", json!("./app")),
        ("entrypoint", json!("/app")),
        ("kind", json!("static")),
        ("platform", json!("linux/amd64")),
        ("linkage", json!("static")),
        ("libc", json!("glibc")),
    ] {
        assert_eq!(program[field], expected, "{field}: {ran}");
    }
    let files = one["files"].as_array().expect("files are a list");
    let paths: Vec<_> = files.iter().map(|file| file["path"].as_str().unwrap_or_default()).collect();
    let listed: Vec<_> = image.files().iter().map(|path| path.trim_end_matches('/').to_owned()).collect();
    assert_eq!(paths, listed);
    let file = |path: &str| files.iter().find(|file| file["path"] == path).expect("it is in the image");
    let added = |kind: &str, size: u64, mode: &str| {
        json!({ "path": null, "type": kind, "size": size, "mode": mode, "layer": null,
            "reasons": [{ "code": "asked", "text": "`--add site`", "files": [] }] })
    };
    for (path, expected) in [
        ("/srv", added("directory", 0, "0755")),
        ("/srv/a", added("file", 6, "0644")),
        ("/srv/l", added("link", 0, "0777")),
    ] {
        let (mut file, layers) = (file(path).clone(), files.len());
        assert!(file["layer"].as_u64().is_some_and(|layer| layer < layers as u64), "{file}");
        (file["path"], file["layer"]) = (json!(null), json!(null));
        assert_eq!(file, expected, "{path}");
    }
    assert!(files.iter().all(|file| file["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty())), "{ran}");
    let size: u64 = files.iter().filter(|file| file["type"] == "file").map(|file| number(&file["size"])).sum();
    assert_eq!(one["size"], size);
}

#[test]
fn inspect_tells_people_what_it_is_the_verdict_and_the_sizes() {
    let t = Test::new();
    t.write("app", Elf::PROGRAM.bytes());
    t.shell("chmod 755 app").succeeds();
    t.write("cut", &Elf::PROGRAM.bytes()[..100]);
    t.write("run.sh", "#!/bin/sh\n");
    for (file, code, says) in [
        (
            "app",
            0,
            "app\n  kind       static program, linux/amd64, ELF 64-bit little-endian\n  \
             verdict    starts: it needs no loader and no library\n  sizes      code 136 B\n",
        ),
        (
            "cut",
            1,
            "cut\n  kind       ELF file that ends too early, linux/amd64\n  \
             verdict    cannot be packed: it ends before its own headers say\n             \
             it is cut off: the program headers would end at byte 120, and the file has 100\n  \
             hint       build or copy the program again: this file would not start\n",
        ),
        (
            "./run.sh",
            1,
            "./run.sh\n  kind       script\n  verdict    cannot be packed: it is a script for `/bin/sh`\n  \
             hint       pack the interpreter and bring the script: \
             `pack /bin/sh --add ./run.sh:/run.sh -- /run.sh`\n",
        ),
    ] {
        let ran = t.pack(&["inspect", file]).exits(code);

        assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), (says, ""), "{file}");
    }
}

#[test]
fn the_verdict_of_inspect_is_a_whole_sentence_whatever_is_wrong() {
    if lacks(&["gcc"]) {
        return;
    }
    let library = "echo 'void f(void) {}' >f.c; echo 'void f(void); int main(void) { f(); return 0; }' >main.c;
        echo 'V1 { f; };' >v1; gcc -shared -fPIC f.c -Wl,-soname,libf.so -Wl,--version-script=v1 -o libf.so;
        gcc main.c -L. -lf '-Wl,-rpath,$ORIGIN' -o app;";
    for (made, says) in [
        ("rm libf.so", "cannot find `libf.so`, needed by `app`"),
        (
            "sed -i s/V1/V2/ v1; gcc -shared -fPIC f.c -Wl,-soname,libf.so -Wl,--version-script=v1 -o libf.so",
            "it needs version `V1` of `libf.so`, which `",
        ),
        (": >libf.so", "the loader stops at `"),
        ("gcc main.c f.c -Wl,--dynamic-linker=/no/loader -o app", "it asks for the loader `/no/loader`, "),
        (
            "mkdir sub; gcc -shared -fPIC f.c -o sub/g.so; gcc main.c sub/g.so -o app",
            "it needs `sub/g.so`, a path relative to ",
        ),
        (
            "printf '\\231\\231' | dd of=app bs=1 seek=18 conv=notrunc status=none",
            "it is for a machine that images have no ",
        ),
        ("gcc -c main.c -o app", "it is an object file, not a program"),
        (": >app", "it is empty"),
    ] {
        let t = Test::new();
        t.shell(&format!("set -e; {library} {made}")).succeeds();

        let ran = t.pack(&["inspect", "app"]).exits(1);

        let text = ran.stdout();
        let verdict = text.lines().find_map(|line| line.strip_prefix("  verdict    cannot be packed: "));
        assert!(verdict.is_some_and(|verdict| verdict.starts_with(says)), "{says}: {ran}");
    }
}

#[test]
fn every_problem_of_a_program_is_a_sentence_of_its_own() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell(
        "set -e; echo 'int main(void) { return 0; }' >main.c; echo 'void f(void) {}' >f.c
        for name in a b; do gcc -shared -fPIC f.c -Wl,-soname,lib$name.so -o lib$name.so; done
        gcc main.c -Wl,--no-as-needed -L. -la -lb -o app; rm liba.so libb.so",
    )
    .succeeds();

    let text = t.pack(&["inspect", "app"]).exits(1).stdout();

    let lines: Vec<_> = text.lines().skip(2).filter(|line| !line.contains("searched: ")).take(4).collect();
    assert_eq!(
        lines,
        [
            "  verdict    cannot be packed: cannot find `liba.so`, needed by `app`",
            "  hint       name the directory that holds it with `--library-path DIR`",
            "             cannot find `libb.so`, needed by `app`",
            "  hint       name the directory that holds it with `--library-path DIR`",
        ]
    );
}

#[test]
fn a_name_steers_neither_a_terminal_nor_the_eye() {
    let t = Test::new();
    let name = "app\u{202e}\u{2066}\u{200f}\u{61c}\u{7f}\u{9b}é";
    t.write(name, Elf::PROGRAM.bytes());
    t.shell("chmod 755 app*").succeeds();
    let raw = |ran: &Ran| {
        let text = ran.stdout() + &ran.stderr();
        text.chars().any(|c| c != '\n' && c.is_control() || "\u{202e}\u{2066}\u{200f}\u{61c}".contains(c))
    };
    let shown = "app\\u{202e}\\u{2066}\\u{200f}\\u{61c}\\u{7f}\\u{9b}é";

    for flags in [vec!["inspect", name], vec![name, "--dry-run"], vec![name, "--dry-run", "--explain"]] {
        let ran = t.pack(&flags).succeeds();

        assert!(!raw(&ran) && ran.stdout().contains(shown), "{ran}");
    }
    let json = t.pack(&["inspect", name, "--json"]).succeeds();
    assert!(!raw(&json), "{json}");
    assert_eq!(json.json()["path"], name);
    let gone = t.pack(&[&format!("{name}x")]).exits(1);
    assert!(!raw(&gone) && gone.stderr().contains(shown), "{gone}");
}

#[test]
fn inspect_of_what_is_not_there_does_not_speak_of_path_where_it_does_not_look() {
    let t = Test::new();
    t.shell("mkdir path; ln -s \"$pack\" path/tool").succeeds();

    let ran = Ran::of(t.command(&["inspect", "tool"]).env("PATH", t.path("path")));

    let found = ran.output.status.code() == Some(0) || ran.stdout().contains("dynamic program");
    assert!(found || !ran.stderr().contains("PATH"), "{ran}");
}
