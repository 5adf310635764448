//! What `--add` brings: files and trees, where they go, and what stays of their links, modes and attributes.

use crate::support::app::{more, packed, with_app};
use crate::support::image::Image;
use crate::support::{Ran, lacks, skip, tool};
use serde_json::{Value, json};
use std::fs;

#[test]
fn an_added_file_goes_where_it_is_told_to() {
    for (add, expected) in [
        ("app.toml", vec!["-rw-r--r-- 0/0 /app.toml"]),
        ("etc/app.toml", vec!["-rw-r--r-- 0/0 /app.toml"]),
        ("app.toml:/srv/x", vec!["drwxr-xr-x 0/0 /srv/", "-rw-r--r-- 0/0 /srv/x"]),
        ("app.toml:/srv/", vec!["drwxr-xr-x 0/0 /srv/", "-rw-r--r-- 0/0 /srv/app.toml"]),
        ("a:b:/srv/a:b", vec!["drwxr-xr-x 0/0 /srv/", "-rw-r--r-- 0/0 /srv/a:b"]),
        ("site", vec!["drwxr-xr-x 0/0 /site/", "-rw-r--r-- 0/0 /site/index.html"]),
        ("site:/", vec!["-rw-r--r-- 0/0 /index.html"]),
        ("site:/srv", vec!["drwxr-xr-x 0/0 /srv/", "-rw-r--r-- 0/0 /srv/index.html"]),
    ] {
        let Some(t) = with_app() else { continue };
        t.shell("mkdir site etc; echo >app.toml; echo >etc/app.toml; echo >a:b; echo >site/index.html").succeeds();

        let image = packed(&t, &format!("app --add {add}"));

        let mut expected = expected;
        expected.insert(0, "-rwxr-xr-x 0/0 /app");
        expected.sort_by_key(|line| line.rsplit(' ').next());
        assert_eq!(more(&image), expected, "--add {add}");
    }
}

#[test]
fn an_absolute_addition_keeps_its_path() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir share; echo >share/page.html").succeeds();
    let file = t.path("share/page.html");

    let image = packed(&t, &format!("app --add {}", file.display()));

    assert!(image.files().contains(&file.display().to_string()), "{:?}", image.files());
}

#[test]
fn a_tree_keeps_its_links_its_hard_links_and_its_mode_bits() {
    let Some(t) = with_app() else { return };
    t.shell(
        "mkdir -p site/sub site/empty; echo a >site/a; ln site/a site/hard; ln -s a site/link; ln -s /etc site/sub/abs
        ln -s ../../../.. site/sub/up; ln -s gone site/nowhere; echo b >'site/sub/run me'; chmod 755 site site/sub
        chmod 644 site/a; chmod 4755 'site/sub/run me'; chmod 777 site/empty",
    )
    .succeeds();

    let image = packed(&t, "app --add site:/srv");

    assert_eq!(
        more(&image),
        [
            "-rwxr-xr-x 0/0 /app",
            "drwxr-xr-x 0/0 /srv/",
            "-rw-r--r-- 0/0 /srv/a",
            "drwxrwxrwx 0/0 /srv/empty/",
            "hrw-r--r-- 0/0 /srv/hard link to srv/a",
            "lrwxrwxrwx 0/0 /srv/link -> a",
            "lrwxrwxrwx 0/0 /srv/nowhere -> gone",
            "drwxr-xr-x 0/0 /srv/sub/",
            "lrwxrwxrwx 0/0 /srv/sub/abs -> /etc",
            "-rwsr-xr-x 0/0 /srv/sub/run me",
            "lrwxrwxrwx 0/0 /srv/sub/up -> ../../../..",
        ]
    );
}

#[test]
fn what_is_no_file_in_a_tree_is_left_out_and_told() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 755 site; mkfifo site/pipe; echo a >site/a; chmod 644 site/a").succeeds();
    let pipe = fs::canonicalize(t.path("site")).expect("it is there").join("pipe").display().to_string();

    let ran = t.pack(&["app", "-q", "--add", "site:/srv", "-o", "image.tar"]).succeeds();

    let why = "it is neither a file, a directory nor a link";
    assert_eq!(ran.stderr(), format!("warning: `{pipe}` is not packed: {why}\n"));
    assert_eq!(
        more(&Image::open(&t.path("image.tar"))),
        ["-rwxr-xr-x 0/0 /app", "drwxr-xr-x 0/0 /srv/", "-rw-r--r-- 0/0 /srv/a"]
    );
    let told = t.pack(&["app", "--add", "site:/srv", "--dry-run", "--json"]).succeeds().json();
    assert_eq!(told["images"][0]["left_out"], json!([{ "what": pipe, "why": why }]));
}

#[test]
fn the_archive_that_is_being_written_is_not_packed_into_itself() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 755 all; echo before >all/image.tar; echo a >all/a; chmod 644 all/*").succeeds();

    let ran = t.pack(&["app", "-q", "--add", "all", "-o", "all/image.tar"]).succeeds();

    let path = fs::canonicalize(t.path("all")).expect("it is there").join("image.tar");
    let told = format!("warning: `{}` is not packed: it is the file that is being written\n", path.display());
    assert_eq!(ran.stderr(), told);
    let image = Image::open(&t.path("all/image.tar"));
    assert_eq!(more(&image), ["drwxr-xr-x 0/0 /all/", "-rw-r--r-- 0/0 /all/a", "-rwxr-xr-x 0/0 /app"]);
}

#[test]
fn capabilities_of_files_are_kept_and_no_other_attribute() {
    const PYTHON: &str = "/usr/bin/python3";
    if lacks(&[PYTHON]) {
        return;
    }
    let Some(t) = with_app() else { return };
    t.shell("echo >tool").succeeds();
    // cap_net_bind_service, permitted and effective, as `setcap` writes it (linux/capability.h, VFS_CAP_REVISION_2).
    let set = "import os, sys\nfor name in ('app', 'tool'):\n    \
        os.setxattr(name, 'security.capability', bytes([1, 0, 0, 2, 0, 4]) + bytes(14))\n";
    if Ran::of(tool(PYTHON).args(["-c", set]).current_dir(t.path(""))).output.status.code() != Some(0) {
        return skip("no capability can be given here");
    }
    let other = "import os\nos.setxattr('tool', 'user.note', b'kept at home')\n";
    // Some file systems have none of these; then there is nothing to leave behind.
    let _ = Ran::of(tool(PYTHON).args(["-c", other]).current_dir(t.path("")));

    packed(&t, "app --add tool --compress none");

    let read = "import sys, tarfile\nfor member in tarfile.open(sys.argv[1]):\n    \
        print(member.name, {k: v.encode('utf-8', 'surrogateescape').hex() for k, v in member.pax_headers.items()})\n";
    let image = Image::open(&t.path("image.tar"));
    let manifest = image.manifest();
    let layers = manifest["layers"].as_array().expect("a manifest has layers");
    let read = |layer: &Value| {
        let layer = image.layout().join(Image::blob(layer));
        Ran::of(tool(PYTHON).args(["-c", read]).arg(layer)).succeeds().stdout()
    };
    let told: String = layers.iter().map(read).collect();
    let capability = "{'SCHILY.xattr.security.capability': '0100000200040000000000000000000000000000'}";
    let mut with: Vec<_> = told.lines().filter(|line| !line.ends_with("{}")).collect();
    with.sort_unstable();
    assert_eq!(with, [format!("app {capability}"), format!("tool {capability}")]);
}

#[test]
fn a_program_that_is_added_has_both_paths_of_a_merged_usr() {
    let Some(t) = with_app() else { return };
    t.shell(
        "mkdir -p r/usr/bin r/usr/sbin; ln -s usr/bin r/bin; ln -s usr/sbin r/sbin; cp app r/usr/bin/sh; cp app r/usr/bin/x
         echo >r/usr/bin/data; ln r/usr/bin/x r/usr/sbin/x",
    )
    .succeeds();
    let root = t.path("r").canonicalize().expect("it is there").display().to_string();
    let links = |flags: &str| {
        let image = packed(&t, &format!("app --sysroot r {flags}"));
        let links = more(&image).into_iter().filter(|line| line.starts_with('l'));
        links.map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    for (added, expected) in [
        ("usr/bin/sh:/usr/bin/sh", vec!["/bin -> usr/bin"]),
        ("usr/sbin/x:/usr/sbin/x", vec!["/sbin -> usr/sbin"]),
        ("usr/bin/data:/usr/bin/data", vec![]),
        ("usr/bin/sh:/opt/sh", vec![]),
        ("usr/bin/sh:/bin/sh", vec![]),
    ] {
        assert_eq!(links(&format!("--add {root}/{added}")), expected, "{added}");
    }
    if fs::read_link("/bin").is_ok_and(|target| target == std::path::Path::new("usr/bin")) {
        let image = packed(&t, "app --add /bin/true --add /usr/bin/false");
        let files = image.files();
        for path in ["/bin", "/usr/bin/true", "/usr/bin/false"] {
            assert!(files.iter().any(|file| file == path), "{path}: {files:?}");
        }
    }
}
