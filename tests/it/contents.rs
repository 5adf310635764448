//! What goes in: the tree of an image as `tar` lists it, and what is said of it.

use crate::support::image::Image;
use crate::support::programs::HELLOS;
use crate::support::{Ran, Test, lacks, skip, tool};
use serde_json::{Value, json};
use std::fs;

/// A test with a static program `app` in its directory.
fn with_app() -> Option<Test> {
    let t = Test::new();
    fs::copy(HELLOS[0].program()?, t.path("app")).expect("a program is copied");
    t.shell("chmod 755 app").succeeds();
    Some(t)
}

/// Packs with these flags, parted by blanks, without a word; gives the image.
#[track_caller]
fn packed(t: &Test, flags: &str) -> Image {
    let ran = t.shell(&format!("umask 077; exec $pack {flags} -q -o image.tar")).succeeds();
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("", ""), "{flags}: a plain image needs no word");
    Image::open(&t.path("image.tar"))
}

/// The lines of a listing that do not stand in every image.
fn more(image: &Image) -> Vec<String> {
    let listing = image.listing();
    listing.into_iter().filter(|line| !ALWAYS.contains(&line.as_str())).collect()
}

/// What stands in every image beside the program.
const ALWAYS: [&str; 7] = [
    "drwxr-xr-x 0/0 /etc/",
    "-rw-r--r-- 0/0 /etc/group",
    "-rw-r--r-- 0/0 /etc/passwd",
    "drwxr-xr-x 0/0 /home/",
    "drwxrwxr-x 65532/0 /home/nonroot/",
    "drwx------ 0/0 /root/",
    "drwxrwxrwt 0/0 /tmp/",
];

#[test]
fn a_plain_program_comes_with_users_a_place_for_temporary_files_and_nothing_else() {
    let Some(t) = with_app() else { return };

    let image = packed(&t, "app");

    let mut expected = ALWAYS.to_vec();
    expected.insert(0, "-rwxr-xr-x 0/0 /app");
    assert_eq!(image.listing(), expected);
    let root = image.unpack(&t);
    let text = |name: &str| fs::read_to_string(root.join(name)).expect("it is text");
    assert_eq!(
        text("etc/passwd"),
        "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
         nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
    );
    assert_eq!(text("etc/group"), "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n");
    let config = &Image::open(&t.path("image.tar")).config()["config"];
    assert_eq!(
        config,
        &json!({ "User": "65532:65532", "Entrypoint": ["/app"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] })
    );
}

#[test]
fn the_program_stands_where_it_was_installed_or_at_the_top_or_where_it_is_asked_to() {
    for (shows, made, flags, entrypoint, parents) in [
        ("a build directory", "mkdir -p bin", "bin/app", "/app", vec![]),
        (
            "a place asked for",
            "mkdir -p bin",
            "bin/app --path /srv/bin/serve",
            "/srv/bin/serve",
            vec!["/srv/bin/", "/srv/"],
        ),
        (
            "a name that means something",
            "cp app tmp",
            "./tmp",
            "/usr/local/bin/tmp",
            vec!["/usr/local/bin/", "/usr/local/", "/usr/"],
        ),
        (
            "a name that is taken",
            "echo >x",
            "app --add x:/app",
            "/usr/local/bin/app",
            vec!["/usr/local/bin/", "/usr/local/", "/usr/"],
        ),
        ("the name given, not the file's", "ln -s app serve", "./serve", "/serve", vec![]),
    ] {
        let Some(t) = with_app() else { return };
        t.shell(&format!("{made}; if [ -d bin ]; then cp app bin/app; fi")).succeeds();

        let image = packed(&t, flags);

        assert_eq!(image.config()["config"]["Entrypoint"], json!([entrypoint]), "{shows}");
        let listing = image.listing();
        assert!(listing.contains(&format!("-rwxr-xr-x 0/0 {entrypoint}")), "{shows}: {listing:?}");
        for parent in parents {
            assert!(listing.contains(&format!("drwxr-xr-x 0/0 {parent}")), "{shows}: {listing:?}");
        }
    }
}

#[test]
fn an_installed_program_keeps_its_path() {
    if lacks(&["bwrap"]) {
        return;
    }
    let Some(t) = with_app() else { return };
    // A machine of its own, where it is installed.
    let script = "mkdir opt; mkdir -p opt/team/bin; cp app opt/team/bin/; \
        exec bwrap --dev-bind / / --tmpfs /opt --bind opt /opt --chdir $PWD $pack /opt/team/bin/app -q -o image.tar";
    t.shell(script).succeeds();

    let image = Image::open(&t.path("image.tar"));

    assert_eq!(image.config()["config"]["Entrypoint"], json!(["/opt/team/bin/app"]));
    assert!(image.files().contains(&"/opt/team/".to_owned()));
}

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
        let Some(t) = with_app() else { return };
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
    let file = t.write("share/page.html", "<p>");

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
    t.write("tool", "x");
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
fn directories_volumes_and_the_working_directory_belong_to_the_user_and_group_0() {
    let Some(t) = with_app() else { return };

    let image = packed(&t, "app --dir /data --volume /var/cache/app -w /work --user 1000:1000");

    assert_eq!(
        more(&image),
        [
            "-rwxr-xr-x 0/0 /app",
            "drwxrwxr-x 1000/0 /data/",
            "drwxrwxr-x 1000/0 /home/user/",
            "drwxr-xr-x 0/0 /var/",
            "drwxr-xr-x 0/0 /var/cache/",
            "drwxrwxr-x 1000/0 /var/cache/app/",
            "drwxrwxr-x 1000/0 /work/",
        ]
    );
    let config = &image.config()["config"];
    assert_eq!((&config["Volumes"], &config["WorkingDir"]), (&json!({ "/var/cache/app": {} }), &json!("/work")));
}

#[test]
fn a_directory_that_is_there_already_is_not_made_anew() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 750 site; mkdir -m 755 etc; echo a >site/a; chmod 644 site/a").succeeds();

    let image = packed(&t, "app --add site:/srv --dir /srv --dir /tmp --volume /home/nonroot -w /etc");

    assert_eq!(more(&image), ["-rwxr-xr-x 0/0 /app", "drwxrwxr-x 65532/0 /srv/", "-rw-r--r-- 0/0 /srv/a"]);
    assert_eq!(image.config()["config"]["WorkingDir"], "/etc");
}

#[test]
fn a_user_is_a_name_or_a_number_and_written_as_numbers() {
    for (flags, user, lines) in [
        ("", "65532:65532", ""),
        ("--user nonroot", "65532:65532", ""),
        ("--user root", "0:0", ""),
        ("--user nobody", "65534:65534", ""),
        ("--user 65534", "65534:65534", ""),
        ("--user nonroot:root", "65532:0", ""),
        ("--user 1000", "1000:1000", "user:x:1000:1000::/home/user:/sbin/nologin\n"),
        ("--user 1000:2000", "1000:2000", "user:x:1000:2000::/home/user:/sbin/nologin\n"),
        ("--user 0:7", "0:7", ""),
        ("--user alice --add passwd:/etc/passwd", "7:8", ""),
        ("--user alice:staff --add passwd:/etc/passwd --add group:/etc/group", "7:9", ""),
    ] {
        let Some(t) = with_app() else { return };
        t.shell("echo alice:x:7:8::/srv:/bin/sh >passwd; echo staff:x:9: >group; chmod 644 *; chmod 755 app")
            .succeeds();

        let image = packed(&t, &format!("app {flags}"));

        assert_eq!(image.config()["config"]["User"], user, "{flags}");
        let passwd = fs::read_to_string(image.unpack(&t).join("etc/passwd")).expect("it is text");
        let own = passwd.split_once("nonroot:/sbin/nologin\n").map_or("", |(_, own)| own);
        assert_eq!(own, lines, "{flags}");
    }
}

#[test]
fn who_is_no_user_is_refused_with_those_that_there_are() {
    let hint = "hint: the image knows `root`, `nobody`, `nonroot`; a number needs no name, and \
        `--add FILE:/etc/passwd` brings users of your own\n\n";
    for (user, says) in [
        ("alice", format!("error: there is no user `alice` in the image\n\n{hint}")),
        ("1000:wheel", format!("error: there is no group `wheel` in the image\n\n{hint}")),
        (
            "1:2:3",
            "error: `1:2:3` is no user\n\nhint: write `--user NAME`, `--user UID` or `--user UID:GID`\n\n".to_owned(),
        ),
    ] {
        let Some(t) = with_app() else { return };

        let ran = t.pack(&["app", "--user", user]).exits(2);

        assert_eq!((ran.stderr(), t.names()), (says, vec!["app".to_owned()]), "{user}");
    }
}

#[test]
fn what_wants_the_same_place_is_refused_and_nothing_written() {
    for (flags, says) in [
        (
            "--path /tmp",
            "error: `/tmp` cannot hold what stands in every image (directory), because something else is there\n  \
             a file: the program `app`\n  a directory: for temporary files\n\n\
             hint: leave that path to pack, or add a directory where pack makes one\n\n",
        ),
        (
            "--add file:/tmp",
            "error: `/tmp` cannot hold what stands in every image (directory), because something else is there\n  \
             a file: `--add file`\n  a directory: for temporary files\n\n\
             hint: leave that path to pack, or add a directory where pack makes one\n\n",
        ),
        (
            "--add file:/srv/x --dir /srv/x",
            "error: `/srv/x` cannot hold a directory (`--dir`), because something else is there\n  \
             a file: `--add file`\n  a directory: `--dir`\n\nhint: name another path\n\n",
        ),
        (
            "--add file:/x --path /x",
            "error: `/x` cannot hold the program, because something else is there\n  \
             a file: `--add file`\n  a file: the program `app`\n\n\
             hint: give the program another place with `--path PATH`\n\n",
        ),
        (
            "--add file:/x --add other:/x",
            "error: cannot add `DIR/other` at `/x`, where something else is\n  \
             a file: `--add file`\n  a file: `--add other`\n\nhint: give it another place: `--add DIR/other:/DEST`\n\n",
        ),
    ] {
        let Some(t) = with_app() else { return };
        t.shell("echo a >file; echo b >other").succeeds();

        let ran = t.shell(&format!("$pack app -o image.tar {flags}")).exits(1);

        let here = fs::canonicalize(t.path("")).expect("it is there").display().to_string();
        assert_eq!(ran.stderr().replace(&here, "DIR"), says, "{flags}");
        assert_eq!(t.names(), ["app", "file", "other"], "{flags}");
    }
}

#[test]
fn a_path_of_every_image_is_not_given_to_the_program() {
    for path in ["/etc/passwd", "/etc/group"] {
        let Some(t) = with_app() else { return };

        let ran = t.pack(&["app", "--path", path, "-o", "image.tar"]).exits(1);

        assert!(ran.stderr().starts_with(&format!("error: `{path}` cannot hold ")), "{ran}");
        assert_eq!(t.names(), ["app"]);
    }
}

#[test]
fn a_working_directory_that_is_a_file_is_refused_because_nothing_would_start_there() {
    for path in ["/app", "/etc/passwd", "/app/below"] {
        let Some(t) = with_app() else { return };

        let ran = t.pack(&["app", "-w", path, "-o", "image.tar"]).exits(1);

        let first = ran.stderr().lines().next().unwrap_or_default().to_owned();
        assert!(first.contains("the working directory") && first.contains("/app") | first.contains(path), "{ran}");
        assert_eq!(t.names(), ["app"]);
    }
}

#[test]
fn what_the_user_cannot_read_is_told_and_with_strict_refused() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 755 site; echo a >site/a; echo b >site/b; chmod 600 site/a; chmod 644 site/b").succeeds();
    let says = "user 65532 cannot read `/srv/a`\n  `/srv/a` has mode 0600\n\n\
        hint: let others read it (`chmod o+rX`), or say who runs the program with `--user`\n\n";
    let flags = ["app", "-q", "--add", "site:/srv", "-o", "image.tar"];

    let refused = t.pack(&[&flags[..], &["--strict"]].concat()).exits(1);
    assert_eq!(refused.stderr(), format!("error: {says}"));
    assert_eq!(t.names(), ["app", "site"]);

    let warned = t.pack(&flags).succeeds();
    assert_eq!(warned.stderr(), format!("warning: {says}"));
    let told = t.pack(&["app", "--add", "site:/srv", "--dry-run", "--json"]).succeeds().json();
    assert_eq!(
        told["warnings"],
        json!([{ "code": "not-readable", "message": "user 65532 cannot read `/srv/a`",
            "details": ["`/srv/a` has mode 0600"],
            "hint": "let others read it (`chmod o+rX`), or say who runs the program with `--user`" }])
    );

    // Root reads everything.
    packed(&t, "app --add site:/srv --user root --strict");
}

#[test]
fn a_program_without_an_x_bit_gets_one_and_that_is_said() {
    let Some(t) = with_app() else { return };
    t.shell("chmod 600 app").succeeds();

    let ran = t.pack(&["./app", "-q", "-o", "image.tar"]).succeeds();

    assert_eq!(
        ran.stderr(),
        "warning: `./app` has no x bit here; it has one in the image\n\n\
         hint: `chmod +x ./app` lets it run here too\n\n"
    );
    assert_eq!(more(&Image::open(&t.path("image.tar"))), ["-rwxr-xr-x 0/0 /app"]);
}

#[test]
fn a_setuid_program_stays_one() {
    let Some(t) = with_app() else { return };
    t.shell("chmod 6711 app").succeeds();

    assert_eq!(more(&packed(&t, "app")), ["-rwsr-sr-x 0/0 /app"]);
}

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
        "             /etc/: holds `/etc/passwd`",
        "             /etc/passwd, 149 B: names the users",
        "             /srv/: `--add site`",
        "             /srv/a, 2 B: `--add site`",
        "             /srv/l -> a: `--add site`",
        "             /tmp/: for temporary files",
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
