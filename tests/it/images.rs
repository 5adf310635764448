//! Images written by others and by us, read back by `pack inspect`: what is in them, and whether they start.

use crate::support::app::with_app;
use crate::support::engine::engine;
use crate::support::programs::HELLOS;
use crate::support::{Test, lacks, skip};
use serde_json::{Value, json};

/// What an image's files are, without why: `(path, type, size, mode)`.
fn files(told: &Value) -> Vec<Value> {
    let files = told["files"].as_array().expect("files are a list");
    files.iter().map(|file| json!([file["path"], file["type"], file["size"], file["mode"]])).collect()
}

/// A test with an archive `app.tar` of a program with links, hard links and added files; what `pack` told of it.
fn with_archive() -> Option<(Test, Value)> {
    let t = with_app()?;
    t.shell("mkdir -m 755 site; echo hello >site/a; chmod 640 site/a; ln site/a site/b; ln -s a site/l").succeeds();
    let flags = ["app", "-t", "team/app:v1", "--add", "site:/srv/site", "-e", "A=b c", "--json", "--", "serve", "a b"];
    let told = t.pack(&flags).succeeds().json();
    Some((t, told["images"][0].clone()))
}

/// podman and umoci keep the owners of files; the test is skipped for anybody else.
fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("only root can unpack what belongs to root");
    }
    root
}

/// Expects the image to be the one that was packed.
#[track_caller]
fn is_the_same(t: &Test, image: &str, packed: &Value, names: &[&str]) {
    let ran = t.pack(&["inspect", image, "--json"]).succeeds();
    let told = ran.json();
    assert_eq!(files(&told), files(packed), "{ran}");
    for (field, expected) in [
        ("kind", json!("image")),
        ("names", json!(names)),
        ("platform", json!("linux/amd64")),
        ("entrypoint", json!(["/app"])),
        ("arguments", json!(["serve", "a b"])),
        ("user", json!("65532:65532")),
        ("created", json!("1970-01-01T00:00:00Z")),
        ("size", packed["size"].clone()),
        ("warnings", json!([])),
        ("errors", json!([])),
    ] {
        assert_eq!(told[field], expected, "{field}: {ran}");
    }
    assert!(told["env"].as_array().is_some_and(|env| env.contains(&json!("A=b c"))), "{ran}");
    let diff_ids = |told: &Value| -> Vec<Value> {
        told["layers"].as_array().into_iter().flatten().map(|layer| layer["diff_id"].clone()).collect()
    };
    assert_eq!(diff_ids(&told), diff_ids(packed), "{ran}");
    assert_eq!(told["program"]["path"], "/app");
}

#[test]
fn our_own_archive_is_read_back_whole() {
    let Some((t, packed)) = with_archive() else { return };
    is_the_same(&t, "app.tar", &packed, &["docker.io/team/app:v1"]);
    t.shell("gzip -k app.tar; mkdir layout; tar -xf app.tar -C layout").succeeds();
    is_the_same(&t, "app.tar.gz", &packed, &["docker.io/team/app:v1"]);
    is_the_same(&t, "layout", &packed, &["docker.io/team/app:v1"]);
    let told = t.pack(&["inspect", "app.tar", "--json"]).json();
    assert_eq!(told["manifest_digest"], packed["manifest_digest"]);
    assert_eq!(told["config_digest"], packed["config_digest"]);
    assert_eq!(told["layers"][0]["digest"], packed["layers"][0]["digest"]);
}

#[test]
fn layers_of_zstd_are_read_back() {
    let Some((t, packed)) = with_archive() else { return };
    let told = t.pack(&["app", "--add", "site:/srv/site", "--compress", "zstd", "-o", "z.tar", "--json"]).succeeds();
    let image = t.pack(&["inspect", "z.tar", "--json"]).succeeds().json();
    assert_eq!(files(&image), files(&packed));
    assert_eq!(image["layers"][0]["digest"], told.json()["images"][0]["layers"][0]["digest"]);
}

#[test]
fn what_skopeo_writes_is_read_back() {
    let Some((t, packed)) = with_archive() else { return };
    if lacks(&["skopeo"]) {
        return;
    }
    for (to, image, names) in [
        ("oci:layout:v2", "layout", vec!["v2"]),
        ("oci-archive:oci.tar:v2", "oci.tar", vec!["v2"]),
        ("docker-archive:docker.tar:team/app:v3", "docker.tar", vec!["docker.io/team/app:v3"]),
        ("docker-archive:untagged.tar", "untagged.tar", vec![]),
    ] {
        t.shell(&format!("skopeo --insecure-policy copy -q oci-archive:app.tar {to}")).succeeds();
        is_the_same(&t, image, &packed, &names);
    }
}

#[test]
fn what_podman_writes_is_read_back() {
    let Some((t, packed)) = with_archive() else { return };
    if lacks(&["podman"]) || !is_root() {
        return;
    }
    let podman = "podman --root $PWD/storage --runroot $PWD/run --storage-driver vfs";
    t.shell(&format!("{podman} load -q -i app.tar")).succeeds();
    for (format, image) in [("docker-archive", "docker.tar"), ("oci-archive", "oci.tar"), ("oci-dir", "layout")] {
        t.shell(&format!("{podman} save -q --format {format} -o {image} docker.io/team/app:v1")).succeeds();
        let told = t.pack(&["inspect", image, "--json"]).succeeds().json();
        let names: Vec<String> = told["names"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap_or_default().to_owned())
            .collect();
        assert!(names.iter().any(|name| name.ends_with("v1") || name.ends_with("app:v1")), "{told}");
        is_the_same(&t, image, &packed, &names.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn what_docker_saves_is_read_back() {
    let Some((t, packed)) = with_archive() else { return };
    let Some(engine) = engine() else { return };
    let (archive, saved) = (t.path("app.tar"), t.path("saved.tar"));
    engine.docker(&["load", "-i", archive.to_str().expect("it is plain")]).succeeds();
    engine.docker(&["save", "-o", saved.to_str().expect("it is plain"), "team/app:v1"]).succeeds();
    let told = t.pack(&["inspect", "saved.tar", "--json"]).succeeds().json();
    let name = told["names"][0].as_str().expect("it has a name").to_owned();
    assert!(name.ends_with("team/app:v1"), "{told}");
    is_the_same(&t, "saved.tar", &packed, &[&name]);
}

/// Up to release 24 docker wrote each layer to a directory of its own, and links where two were the same.
#[test]
fn what_docker_saved_before_is_read_back() {
    let Some((t, packed)) = with_archive() else { return };
    if lacks(&["skopeo", "python3"]) {
        return;
    }
    t.shell("skopeo --insecure-policy copy -q oci-archive:app.tar docker-archive:new.tar:team/app:v1").succeeds();
    let script = "
import json, os, tarfile
new = tarfile.open('new.tar')
manifest = json.load(new.extractfile('manifest.json'))
old = tarfile.open('old.tar', 'w')
def put(name, data):
    info = tarfile.TarInfo(name); info.size = len(data)
    import io; old.addfile(info, io.BytesIO(data))
def link(name, to):
    info = tarfile.TarInfo(name); info.type = tarfile.SYMTYPE; info.linkname = to; old.addfile(info)
layers = []
for number, layer in enumerate(manifest[0]['Layers']):
    directory = 'abc%d' % number
    info = tarfile.TarInfo(directory); info.type = tarfile.DIRTYPE; old.addfile(info)
    put('kept%d/layer.tar' % number, new.extractfile(new.getmember(layer)).read())
    link(directory + '/layer.tar', '../kept%d/layer.tar' % number)
    layers.append(directory + '/layer.tar')
put(manifest[0]['Config'], new.extractfile(manifest[0]['Config']).read())
put('manifest.json', json.dumps([dict(manifest[0], Layers=layers)]).encode())
put('repositories', b'{}')
old.close()";
    t.write("old.py", script);
    t.shell("python3 old.py").succeeds();
    is_the_same(&t, "old.tar", &packed, &["docker.io/team/app:v1"]);
}

#[test]
fn layers_that_take_away_are_read_as_umoci_unpacks_them() {
    let Some((t, _)) = with_archive() else { return };
    if lacks(&["skopeo", "umoci"]) || !is_root() {
        return;
    }
    t.shell(
        "set -e; skopeo --insecure-policy copy -q oci-archive:app.tar oci:image:v1
        umoci unpack --image image:v1 one; cd one/rootfs
        rm srv/site/l; rm -r home; echo other >etc/group; mkdir -p srv/new/deep; echo x >srv/new/deep/x
        ln srv/new/deep/x srv/new/y; ln -s ../../../../etc srv/new/out; cd ../..
        umoci repack --image image:v2 one
        umoci unpack --image image:v2 two; cd two/rootfs
        rm -r srv; mkdir srv; echo again >srv/again; cd ../..
        umoci repack --image image:v3 two; umoci unpack --image image:v3 three
        skopeo --insecure-policy copy -q oci:image:v3 oci:last:v3",
    )
    .succeeds();

    let told = t.pack(&["inspect", "last", "--json"]).succeeds().json();

    let unpacked = t.shell("cd three/rootfs; find . -mindepth 1 -printf '/%P %y %m\\n' | sort").succeeds().stdout();
    let listed = |file: &Value| {
        let letter = match file["type"].as_str() {
            Some("directory") => "d",
            Some("link") => "l",
            _ => "f",
        };
        let mode = file["mode"].as_str().expect("it is text").trim_start_matches('0').to_owned();
        format!("{} {letter} {mode}", file["path"].as_str().expect("it is text"))
    };
    let mut ours: Vec<_> = told["files"].as_array().into_iter().flatten().map(listed).collect();
    ours.sort();
    let mut theirs: Vec<_> = unpacked.lines().map(str::to_owned).collect();
    theirs.sort();
    assert_eq!(ours, theirs);
    assert_eq!(told["layers"].as_array().map(Vec::len), Some(3), "{told}");
}

#[test]
fn an_image_is_told_to_people_with_its_verdict() {
    let Some((t, _)) = with_archive() else { return };

    let ran = t.pack(&["inspect", "app.tar"]).succeeds();

    let text = ran.stdout();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "app.tar");
    assert!(lines[1].starts_with("  image      team/app:v1, linux/amd64, sha256:"), "{ran}");
    for line in [
        "  created    1970-01-01T00:00:00Z",
        "  verdict    starts: it needs no loader and no library",
        "  entrypoint /app",
        "  arguments  serve \"a b\"",
        "  user       65532:65532",
        "  env        A=b c",
        "             /etc/passwd, 149 B: names the users",
        "             /tmp/: for temporary files",
        "             /srv/site/, 2 files, 6 B, 1 link: `--add`, as the image records",
    ] {
        assert!(lines.contains(&line), "{line}: {ran}");
    }
    assert!(
        lines.iter().any(|line| line.contains(" compressed, sha256:") && line.contains(": pack: program /app")),
        "{ran}"
    );
    let explained = t.pack(&["inspect", "app.tar", "--explain"]).succeeds().stdout();
    assert!(explained.contains("kB, layer 1: the image starts `/app`\n"), "{explained}");
    assert!(explained.contains("  reasons    always: 3 directories\n"), "{explained}");
}

#[test]
fn what_an_image_cannot_show_by_itself_is_recorded_and_told() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -p site/empty elsewhere; echo hello >site/a; ln -s a site/l; cp -r app site elsewhere").succeeds();
    for (flags, recorded, reasons) in [
        (vec![], json!(null), vec![]),
        (vec!["--volume", "/data", "-w", "/srv"], json!(null), vec![]),
        (
            vec!["--add", "site:/srv/site", "--dir", "/data/cache"],
            json!({ "--add": ["/srv/"], "--dir": ["/data/cache"] }),
            vec![
                ("/data/cache", "`--dir`, as the image records"),
                ("/srv/site/a", "`--add`, as the image records"),
                ("/srv/site/empty", "`--add`, as the image records"),
                ("/srv/site/l", "`--add`, as the image records"),
            ],
        ),
    ] {
        let packed = t.pack(&[vec!["app", "-o", "app.tar", "--json"], flags.clone()].concat()).succeeds().json();
        let told = t.pack(&["inspect", "app.tar", "--explain", "--json"]).succeeds().json();

        let digest = packed["digest"].as_str().expect("it was written").trim_start_matches("sha256:");
        let manifest = t.shell(&format!("tar -xOf app.tar blobs/sha256/{digest}")).succeeds().json();
        let annotation = manifest["annotations"]["pack.reasons"].as_str().map(serde_json::from_str::<Value>);
        assert_eq!(annotation.transpose().expect("it is JSON").unwrap_or_default(), recorded, "{flags:?}");
        let files = told["files"].as_array().expect("it has files");
        for (path, text) in reasons {
            let file = files.iter().find(|file| file["path"] == path).expect(path);
            assert_eq!(file["reasons"][0], json!({ "code": "asked", "text": text, "files": [] }), "{flags:?} {path}");
        }
        let unknown = |file: &&Value| file["reasons"][0]["code"] == "none";
        assert_eq!(files.iter().find(unknown), None, "{flags:?}");
        // The record does not tell where the image was made.
        let pack = env!("CARGO_BIN_EXE_pack");
        let other = t.shell(&format!("cd elsewhere; {pack} $PWD/app -o ../other.tar --json {}", flags.join(" ")));
        assert_eq!(other.succeeds().json()["digest"], packed["digest"], "{flags:?}");
    }
}

#[test]
fn an_image_that_will_not_start_is_told_with_all_that_is_wrong() {
    let Some((t, _)) = with_archive() else { return };
    if lacks(&["skopeo", "umoci", "gcc", "dash"]) || !is_root() {
        return;
    }
    t.shell(
        "set -e; skopeo --insecure-policy copy -q oci-archive:app.tar oci:image:app
        echo 'void f(void) {}' >f.c; echo 'void f(void); int main(void) { f(); return 0; }' >main.c
        gcc -shared -fPIC -Wl,-soname,libf.so.1 f.c -o libf.so.1; gcc main.c libf.so.1 -Wl,-rpath,/lost -o dynamic
        gcc -shared -fPIC -Wl,-soname,libclosed.so f.c -o libclosed.so; gcc main.c libclosed.so -o reads
        umoci unpack --image image:app bundle; cd bundle/rootfs
        echo '#!/bin/sh' >script; chmod 755 script; cp app closed; chmod 640 closed; cp ../../dynamic ../../reads .; mkdir -p lib64 lib/x86_64-linux-gnu
        cp -L /lib64/ld-linux-x86-64.so.2 lib64/; chmod 755 lib64/* 
        cp -L $(ldd ../../dynamic | sed -n 's/.*libc.so.6 => \\([^ ]*\\).*/\\1/p') lib/x86_64-linux-gnu/libc.so.6
        mkdir -p bin; cp -L /bin/dash bin/dash; cp dynamic bin; chmod 755 bin bin/*
        printf '#!/bin/dash\\nset -e\\nexec dynamic serve\\n' >entry; printf '#!/bin/dash\\n: ready\\nlost-program\\n' >lost
        printf '#!/bin/dash\\nif [ $# -gt 0 ]; then exec \"$@\"; fi\\n' >passes; chmod 755 entry lost passes
        cp ../../libclosed.so lib/x86_64-linux-gnu; chmod 600 lib/x86_64-linux-gnu/libclosed.so
        cd ../..; umoci repack --image image:app bundle",
    )
    .succeeds();
    for (shows, config, code, says) in [
        (
            "nothing to start",
            "--clear=config.entrypoint --clear=config.cmd",
            "no-entrypoint",
            "the image names no program to start",
        ),
        (
            "a path that is not there",
            "--config.entrypoint /gone",
            "no-program",
            "the image starts `/gone`, which is not in it",
        ),
        (
            "a name that is in no directory",
            "--config.entrypoint gone",
            "no-program",
            "the image starts `gone`, which is in no directory of its PATH",
        ),
        ("a directory", "--config.entrypoint /srv", "no-program", "the image starts `/srv`, which is not in it"),
        (
            "no rights",
            "--config.entrypoint /closed",
            "not-startable",
            "the image starts `/closed`, which user 65532 may not start: its mode is 0640",
        ),
        (
            "an unknown user",
            "--config.user bob",
            "no-such-user",
            "the image runs as `bob`, a user that it does not have",
        ),
        (
            "no interpreter",
            "--config.entrypoint /script",
            "no-interpreter",
            "`/script` is a script for `/bin/sh`, which is not in the image",
        ),
        (
            "no library",
            "--config.entrypoint /dynamic",
            "missing-library",
            "cannot find `libf.so.1`, needed by `/dynamic`",
        ),
        (
            "no library of a program that the first one starts",
            "--config.entrypoint /app --config.entrypoint -- --config.entrypoint /dynamic",
            "missing-library",
            "cannot find `libf.so.1`, needed by `/dynamic`",
        ),
        (
            "no library of a program that a script becomes",
            "--config.entrypoint /entry",
            "missing-library",
            "cannot find `libf.so.1`, needed by `/bin/dynamic`",
        ),
        (
            "no library of the command that a script is given",
            "--config.entrypoint /passes --clear=config.cmd --config.cmd dynamic",
            "missing-library",
            "cannot find `libf.so.1`, needed by `/bin/dynamic`",
        ),
        (
            "no program that a script becomes",
            "--config.entrypoint /lost",
            "no-program",
            "`/lost` runs `lost-program`, which is not in the image",
        ),
        (
            "a library that is closed",
            "--config.entrypoint /reads",
            "not-readable",
            "user 65532 may not read `/lib/x86_64-linux-gnu/libclosed.so`, whose mode is 0600",
        ),
        (
            "another machine",
            "--architecture arm64",
            "wrong-platform",
            "`/app` is for `linux/amd64`, but the image says that it is for `linux/arm64`",
        ),
    ] {
        t.shell(&format!("set -e; umoci config --image image:app --tag case {config}; rm -rf case; skopeo --insecure-policy copy -q oci:image:case oci:case:case"))
            .succeeds();

        let ran = t.pack(&["inspect", "case", "--json"]).exits(1);

        let told = ran.json();
        assert_eq!(
            (&told["errors"][0]["code"], &told["errors"][0]["message"]),
            (&json!(code), &json!(says)),
            "{shows}: {ran}"
        );
        assert_eq!(told["errors"].as_array().map(Vec::len), Some(1), "{shows}: {ran}");
        let text = t.pack(&["inspect", "case"]).exits(1).stdout();
        assert!(text.contains(&format!("  verdict    will not start\n             {says}\n")), "{shows}: {text}");
    }
    t.shell("umoci config --image image:app --tag shell --config.entrypoint /bin/sh --config.entrypoint -c --config.entrypoint /app; skopeo --insecure-policy copy -q oci:image:shell oci:shell:shell").succeeds();
    let told = t.pack(&["inspect", "shell", "--json"]).exits(1).json();
    assert_eq!(told["warnings"][0]["code"], "shell-form", "{told}");
}

#[test]
fn of_several_platforms_this_machines_comes_first_and_any_can_be_asked_for() {
    let (Some(own), Some(other)) = (HELLOS[0].program(), HELLOS[7].program()) else { return };
    let t = Test::new();
    let (own, other) = (own.to_str().expect("it is plain"), other.to_str().expect("it is plain"));
    t.pack(&[other, own, "-q", "-o", "both.tar"]).succeeds();
    for (flags, platform) in [
        (vec![], "linux/amd64"),
        (vec!["--platform", "linux/amd64"], "linux/amd64"),
        (vec!["--platform", "linux/arm64"], "linux/arm64"),
    ] {
        let told = t.pack(&[vec!["inspect", "both.tar", "--json"], flags].concat()).succeeds().json();
        assert_eq!((&told["platform"], &told["program"]["platform"]), (&json!(platform), &json!(platform)));
        assert_eq!(told["platforms"], json!(["linux/arm64", "linux/amd64"]));
    }
    let ran = t.pack(&["inspect", "both.tar", "--platform", "linux/s390x"]).exits(2);
    assert_eq!(
        ran.stderr(),
        "error: `both.tar` has no image for `linux/s390x`\n  it has: linux/arm64, linux/amd64\n\n\
         hint: name one that it has: `--platform linux/arm64`\n\n"
    );
}

#[test]
fn a_damaged_archive_is_told_by_its_blob() {
    let Some((t, packed)) = with_archive() else { return };
    let digest = packed["layers"][0]["digest"].as_str().expect("it is text").to_owned();
    let mut bytes = std::fs::read(t.path("app.tar")).expect("it is read");
    bytes[5000] ^= 1;
    t.write("app.tar", &bytes);

    let ran = t.pack(&["inspect", "app.tar"]).exits(1);

    let text = ran.stderr();
    assert!(text.starts_with(&format!("error: the layer `{digest}`")), "{ran}");
    assert!(text.ends_with("hint: write or copy the image again: engines would refuse it too\n\n"), "{ran}");
    assert_eq!(ran.stdout(), "");
}

#[test]
fn what_is_no_image_is_told_as_before() {
    let t = Test::new();
    t.shell("echo x >x; tar -cf plain.tar x; gzip -k plain.tar; mkdir directory; : >empty").succeeds();
    for (file, says) in [
        ("plain.tar", "`plain.tar` is not a program that Linux starts"),
        ("plain.tar.gz", "`plain.tar.gz` is a gzip file, not a program"),
        ("directory", "`directory` is a directory, not a program"),
        ("empty", "`empty` is empty"),
        ("gone", "there is no program `gone`, neither here nor in PATH"),
    ] {
        let told = t.pack(&["inspect", file, "--json"]).exits(1).json();
        assert_eq!(told["errors"][0]["message"], says, "{told}");
    }
}

#[test]
fn an_image_of_a_distribution_names_the_packages_in_it() {
    let Some((t, _)) = with_archive() else { return };
    // The databases lie in the image itself.
    t.shell("mkdir -p db/info; echo /srv/site/a >db/info/site.list").succeeds();
    t.write("db/status", "Package: site\nVersion: 3\n");
    t.pack(&["app", "--add", "site:/srv/site", "--add", "db:/var/lib/dpkg", "-q", "-o", "with.tar"]).succeeds();

    let ran = t.pack(&["inspect", "with.tar", "--explain", "-v"]).succeeds();

    assert!(ran.stdout().contains("/srv/site/a, 6 B, layer 1, site 3: `--add`, as the image records\n"), "{ran}");
}
