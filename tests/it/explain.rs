//! Why each file is in an image: the tree of reasons, packages, layers, sums, and what was left out.

use crate::support::elf::Elf;
use crate::support::samples::installed;
use crate::support::{Ran, Test, lacks, skip, tool};
use serde_json::{Value, json};
use std::path::Path;

/// The text with every size as `N`: they differ between machines.
fn sizeless(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        for at in 1..words.len() {
            let is_unit = ["B", "kB", "MB"].contains(&words[at].trim_end_matches([',', ':']));
            if is_unit && words[at - 1].parse::<f64>().is_ok() {
                "N".clone_into(&mut words[at - 1]);
                words[at] = words[at].replace("kB", "B").replace("MB", "B");
            }
        }
        words.join(" ") + "\n"
    });
    lines.collect()
}

#[test]
fn a_static_program_is_explained_in_full() {
    let t = Test::new();
    t.write("app", Elf::PROGRAM.bytes());
    t.shell("chmod 755 app; mkdir -m 755 site; echo a >site/a; ln -s a site/l").succeeds();

    let ran = t.pack(&["app", "--add", "site:/srv/site", "--certs", "never", "--explain", "--dry-run"]).succeeds();

    assert_eq!(ran.stderr(), "");
    assert_eq!(
        ran.stdout(),
        "  program    app: static, linux/amd64
  contents   4 files, 330 B: program, users, 1 added file
  files      /app, 136 B, layer 1: the program `app`
             /etc/group, 43 B, layer 1: names the users
             /etc/passwd, 149 B, layer 1: names the users
                 in /etc/
             /home/nonroot/, layer 1: home of nonroot
                 in /home/
             /root/, layer 1: home of root
             /srv/site/, layer 1: `--add site`
                 in /srv/
             /srv/site/a, 2 B, layer 1: `--add site`
             /srv/site/l -> a, layer 1: `--add site`
             /tmp/, layer 1: for temporary files
  reasons    always: 3 directories
             asked: 1 file, 2 B, 1 directory, 1 link
             parent: 3 directories
             program: 1 file, 136 B
             users: 2 files, 192 B
  written    nothing: a dry run
"
    );
}

/// A root with a C library of this machine, and a database that says to which packages its files belong.
fn with_root(t: &Test) -> Option<()> {
    if lacks(&["gcc", "ldd"]) || std::env::consts::ARCH != "x86_64" {
        return None;
    }
    t.write("greet.c", "#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }\n");
    t.write("main.c", "void greet(void);\nchar *certs = \"/etc/ssl/certs/ca-certificates.crt\";\nint main(void) { greet(); return 0; }\n");
    t.shell(
        "set -e; mkdir -p root/usr/bin root/usr/lib/x86_64-linux-gnu root/usr/lib64 root/var/lib/dpkg/info
        mkdir -p root/etc/ssl/certs; cp /etc/ssl/certs/ca-certificates.crt root/etc/ssl/certs/
        ln -s usr/lib root/lib; ln -s usr/lib64 root/lib64
        gcc -shared -fPIC -Wl,-soname,libgreet.so.1 greet.c -o root/usr/lib/x86_64-linux-gnu/libgreet.so.1.2
        ln -s libgreet.so.1.2 root/usr/lib/x86_64-linux-gnu/libgreet.so.1
        gcc main.c root/usr/lib/x86_64-linux-gnu/libgreet.so.1.2 -o root/usr/bin/app
        cp -L /lib64/ld-linux-x86-64.so.2 root/usr/lib64/
        cp -L $(ldd root/usr/bin/app | sed -n 's/.*libc.so.6 => \\([^ ]*\\).*/\\1/p') root/usr/lib/x86_64-linux-gnu/libc.so.6
        chmod 755 root/usr/lib64/* root/usr/lib/x86_64-linux-gnu/libc.so.6",
    )
    .succeeds();
    t.write(
        "root/var/lib/dpkg/status",
        "Package: libc6\nArchitecture: amd64\nVersion: 2.36-9\n\nPackage: app\nVersion: 1.0\n",
    );
    t.write(
        "root/var/lib/dpkg/info/libc6:amd64.list",
        "/lib64/ld-linux-x86-64.so.2\n/lib/x86_64-linux-gnu/libc.so.6\n",
    );
    t.write(
        "root/var/lib/dpkg/info/app.list",
        "/usr/bin/app\n/usr/lib/x86_64-linux-gnu/libgreet.so.1.2\n/usr/lib/x86_64-linux-gnu/libgreet.so.1\n",
    );
    Some(())
}

#[test]
fn a_dynamic_program_is_explained_from_itself_to_every_file() {
    let t = Test::new();
    let Some(()) = with_root(&t) else { return };
    if !Path::new("/etc/ssl/certs/ca-certificates.crt").exists() {
        return skip("ca-certificates is not installed");
    }

    let ran = t.pack(&["root/usr/bin/app", "--sysroot", "root", "--explain", "--dry-run"]).succeeds();

    let text = sizeless(&ran.stdout());
    let (_, tree) = text.split_once("  files ").expect("there is a tree");
    assert_eq!(
        tree,
        "     /usr/bin/app, N B, layer 2, app 1.0: the program `root/usr/bin/app`
                 in /usr/bin/
               /etc/ssl/certs/ca-certificates.crt, N B, layer 1: `root/usr/bin/app` names `/etc/ssl/certs/ca-certificates.crt`
                   in /etc/ssl/, /etc/ssl/certs/
               /usr/lib/x86_64-linux-gnu/libc.so.6, N B, layer 1, libc6 2.36-9: needed by `root/usr/bin/app`, `libgreet.so.1` (default directory /lib/x86_64-linux-gnu)
                   by /lib -> usr/lib
               /usr/lib/x86_64-linux-gnu/libgreet.so.1.2, N B, layer 1, app 1.0: needed by `root/usr/bin/app` (default directory /lib/x86_64-linux-gnu)
                   by libgreet.so.1
                   in /usr/lib/, /usr/lib/x86_64-linux-gnu/
               /usr/lib64/ld-linux-x86-64.so.2, N B, layer 1, libc6 2.36-9: the loader that `root/usr/bin/app` names
                   by /lib64 -> usr/lib64
                   in /usr/, /usr/lib64/
             /etc/group, N B, layer 1: names the users
             /etc/passwd, N B, layer 1: names the users
                 in /etc/
             /home/nonroot/, layer 1: home of nonroot
                 in /home/
             /root/, layer 1: home of root
             /tmp/, layer 1: for temporary files
  reasons    always: 3 directories
             ca-certificates: 1 file, N B
             library: 2 files, N B
             link: 3 links
             loader: 1 file, N B
             parent: 9 directories
             program: 1 file, N B
             users: 2 files, N B
  written    nothing: a dry run
",
        "{ran}"
    );
}

#[test]
fn what_was_looked_for_and_left_out_is_told() {
    let t = Test::new();
    let Some(()) = with_root(&t) else { return };

    let flags = ["root/usr/bin/app", "--sysroot", "root", "--certs", "never", "--explain", "--dry-run"];
    let ran = t.pack(&flags).succeeds();

    let text = ran.stdout();
    let left: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("  left out   ")).collect();
    assert_eq!(left.len(), 1, "{ran}");
    assert!(left[0].contains("certificates") && left[0].contains("--certs never"), "{ran}");
}

/// The paths that a tree tells: those of its lines, and those folded below them.
fn told(tree: &str) -> Vec<String> {
    let (mut told, mut last) = (Vec::new(), String::new());
    for line in tree.lines() {
        let line = line.strip_prefix("  files ").unwrap_or(line).trim_start();
        if let Some(ways) = line.strip_prefix("by ").or(line.strip_prefix("in ")) {
            for way in ways.split(", ") {
                let way = way.split(" -> ").next().unwrap_or_default().trim_end_matches('/');
                told.push(if way.starts_with('/') { way.to_owned() } else { format!("{last}/{way}") });
            }
        } else if line.starts_with('/') {
            let end = [", ", ": ", " -> "].iter().filter_map(|end| line.find(end)).min().expect("a path ends");
            let path = line[..end].trim_end_matches('/');
            path.rsplit_once('/').expect("it is absolute").0.clone_into(&mut last);
            told.push(path.to_owned());
        }
    }
    told.sort();
    told
}

#[test]
fn every_entry_of_the_image_of_curl_is_told_once() {
    if lacks(&["curl"]) {
        return;
    }
    let t = Test::new();

    let text = t.pack(&["curl", "--explain", "--dry-run", "-v"]).succeeds().stdout();
    let json = t.pack(&["curl", "--explain", "--dry-run", "--json"]).succeeds().json();

    let image = &json["images"][0];
    let files = image["files"].as_array().expect("files are a list");
    let mut paths: Vec<_> = files.iter().map(|file| file["path"].as_str().expect("it is text").to_owned()).collect();
    paths.sort();
    let tree = text.split("\n  reasons ").next().expect("there is a tree");
    assert_eq!(told(tree), paths, "{text}");
    let sum = |field: &str| {
        image["reasons"].as_array().into_iter().flatten().filter_map(|one| one[field].as_u64()).sum::<u64>()
    };
    assert_eq!(sum("size"), image["size"].as_u64().expect("it is a number"));
    assert_eq!(sum("files") + sum("links") + sum("directories"), files.len() as u64);
    assert!(files.iter().all(|file| file["layer"].is_u64()), "{image}");
}

#[test]
fn each_reason_points_to_entries_of_the_image() {
    if lacks(&["curl"]) {
        return;
    }
    let t = Test::new();
    let json = t.pack(&["curl", "--dry-run", "--json"]).succeeds().json();
    let files = json["images"][0]["files"].as_array().expect("files are a list").clone();
    let is_there = |path: &Value| files.iter().any(|file| file["path"] == *path);
    for file in &files {
        for reason in file["reasons"].as_array().into_iter().flatten() {
            let pointed = reason["files"].as_array().expect("it is a list");
            assert!(pointed.iter().all(is_there), "{file}");
            let code = reason["code"].as_str().expect("it is text");
            assert!(!pointed.is_empty() || ["program", "users", "always"].contains(&code), "{file}");
        }
    }
}

#[test]
fn packages_are_those_that_dpkg_names() {
    if lacks(&["curl", "dpkg-query"]) {
        return;
    }
    let t = Test::new();
    let told = t.pack(&["inspect", "--explain", "--json", &which("curl")]).succeeds().json();
    let libraries = told["libraries"].as_array().expect("libraries are a list");
    assert!(libraries.len() > 5, "{told}");
    for library in libraries {
        let path = library["real_path"].as_str().expect("it is text");
        let listed = path.strip_prefix("/usr").unwrap_or(path);
        let named = [path, listed].iter().find_map(|path| {
            let ran = Ran::of(tool("dpkg-query").args(["-S", path]));
            ran.stdout().lines().next().and_then(|line| Some(line.split_once(": ")?.0.to_owned()))
        });
        let Some(named) = named else { continue };
        let version = Ran::of(tool("dpkg-query").args(["-W", "-f", "${Package} ${Version}", &named])).stdout();
        assert_eq!(library["package"], json!(version), "{path}");
    }
    let plain = t.pack(&["inspect", "--json", &which("curl")]).succeeds().json();
    assert!(plain["libraries"][0].get("package").is_none(), "only where it is asked for");
}

fn which(name: &str) -> String {
    installed(name).expect("it is not lacking").to_str().expect("it is plain").to_owned()
}

#[test]
fn the_tree_is_the_result_and_what_is_said_beside_it_the_conversation() {
    let t = Test::new();
    t.write("app", Elf::PROGRAM.bytes());
    t.shell("chmod 755 app").succeeds();

    let ran = t.pack(&["app", "--explain"]).succeeds();
    assert!(
        ran.stdout().starts_with("  program    app: static, linux/amd64\n  files      /app, 136 B, layer 1: "),
        "{ran}"
    );
    assert!(ran.stderr().contains("written    app.tar") && !ran.stderr().contains("files  "), "{ran}");
    let quiet = t.pack(&["app", "--explain", "-q"]).succeeds();
    assert_eq!((quiet.stdout(), quiet.stderr()), (ran.stdout(), String::new()));
    let json = t.pack(&["app", "--explain", "--json"]).succeeds().json();
    assert_eq!(json["images"][0]["files"][0]["package"], json!(null));

    let refused = t.pack(&["app", "--explain", "-o", "-"]).exits(2);
    assert_eq!(
        refused.stderr(),
        "error: `--explain` and `--output -` both want standard output\n\n\
         hint: write the image to a file, or leave `--explain` out\n\n"
    );
}

#[test]
fn inspect_explains_the_libraries_of_a_program() {
    let t = Test::new();
    let Some(()) = with_root(&t) else { return };

    let ran = t.pack(&["inspect", "root/usr/bin/app", "--sysroot", "root", "--explain"]).succeeds();

    let text = sizeless(&ran.stdout());
    let (_, tree) = text.split_once("  loader ").expect("there is a loader");
    assert_eq!(
        tree.split("  evidence ").next(),
        Some(
            "    /lib64/ld-linux-x86-64.so.2, N B, libc6 2.36-9
  libraries  libgreet.so.1 => /lib/x86_64-linux-gnu/libgreet.so.1, N B, app 1.0 (default directory /lib/x86_64-linux-gnu)
                 needed by root/usr/bin/app
               libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6, N B, libc6 2.36-9 (default directory /lib/x86_64-linux-gnu)
                   needed by root/usr/bin/app, libgreet.so.1
"
        ),
        "{ran}"
    );
}

#[test]
fn layers_are_told_as_they_are_after_strip() {
    if lacks(&["gcc", "objcopy"]) || !Path::new("/lib64/ld-linux-x86-64.so.2").exists() {
        return;
    }
    let t = Test::new();
    // A library that is worth a layer with its debugging information, and not without.
    t.shell(
        "set -e; mkdir -p root/lib64 root/lib; cp -L /lib64/ld-linux-x86-64.so.2 root/lib64; head -c 400000 /dev/urandom >debug
        echo 'void f(void) {}' >f.c; echo 'void f(void); void _start(void) { f(); }' >app.c
        gcc -nostdlib -shared -Wl,-soname,libf.so f.c -o f; objcopy --add-section .debug_more=debug f root/lib/libf.so
        gcc -nostdlib app.c root/lib/libf.so -o app",
    )
    .succeeds();
    for flags in [&["--strip"][..], &[]] {
        let flags = [&["app", "--sysroot", "root", "--explain", "-o", "app.tar"], flags].concat();
        let written = t.pack(&[&flags[..], &["--json"]].concat()).succeeds().json();
        let dry = t.pack(&[&flags[..], &["--json", "--dry-run"]].concat()).succeeds().json();
        let text = t.pack(&flags).succeeds().stdout();

        let layers = |told: &Value| {
            let files = told["images"][0]["files"].as_array().expect("there are files").clone();
            files.into_iter().map(|file| (file["path"].clone(), file["layer"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(layers(&dry), layers(&written), "{flags:?}");
        let library = layers(&written).into_iter().find(|(path, _)| path == "/lib/libf.so").expect("it is packed").1;
        let line = text.lines().find(|line| line.contains("/lib/libf.so, ")).expect("it is told");
        let layer = format!(", layer {}:", library.as_u64().expect("it is in a layer") + 1);
        assert!(line.contains(&layer), "{layer} {line}");
    }
}

#[test]
fn a_program_called_like_its_library_leaves_the_librarys_reasons_to_it() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell(
        "mkdir lib; echo 'const char *bundle(void) { return \"/etc/ssl/certs/ca-certificates.crt\"; }' >lib.c
        gcc -shared -fPIC -Wl,-soname,libx.so.1 lib.c -o lib/libx.so.1
        echo 'const char *bundle(void); int main(void) { return !bundle(); }' >main.c
        gcc main.c -o libx.so.1 -Llib -l:libx.so.1 -Wl,-rpath,'$ORIGIN/lib'",
    )
    .succeeds();

    let told = t.pack(&["libx.so.1", "--json", "--dry-run"]).succeeds().json();

    let files = told["images"][0]["files"].as_array().expect("files are listed");
    let of_bundle = |file: &&serde_json::Value| file["path"] == "/etc/ssl/certs/ca-certificates.crt";
    let bundle = files.iter().find(of_bundle).expect("the library's path is evidence");
    assert_eq!(bundle["reasons"][0]["files"], serde_json::json!(["/opt/libx.so.1/lib/libx.so.1"]), "{bundle}");
}
