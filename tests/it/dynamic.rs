//! Dynamic programs of every linkage run with their image as the root and nothing else.

use crate::support::engine::engine;
use crate::support::{Ran, Test, lacks, tool};
use std::path::Path;

/// A program: how it is made in an empty directory, which file is packed, with which flags, and what it prints.
struct Linkage {
    shows: &'static str,
    needs: &'static [&'static str],
    made: &'static str,
    packed: &'static [&'static str],
    prints: &'static str,
}

const LIBRARY: &str = "echo '#include <stdio.h>\nvoid greet(void) { puts(\"hello\"); }' >greet.c
    echo 'void greet(void); int main(void) { greet(); return 0; }' >main.c";

const LINKAGES: [Linkage; 16] = [
    Linkage {
        shows: "a first segment that ends before the strings in its last page, which is mapped whole",
        needs: &["gcc", "python3"],
        made: "gcc main.c greet.c -o app; cat >cut.py <<'END'
import struct
with open('app', 'r+b') as file:
    data = file.read()
    start, size, count = *struct.unpack_from('<Q', data, 32), *struct.unpack_from('<HH', data, 54)
    headers = [start + size * number for number in range(count)]
    kinds = {at: struct.unpack_from('<I', data, at)[0] for at in headers}
    dynamic = next(at for at in headers if kinds[at] == 2)
    entries = struct.iter_unpack('<QQ', data[slice(*(lambda o, n: (o, o + n))(*struct.unpack_from('<8xQ16xQ', data, dynamic)))])
    strings = dict(entries)[5]
    first = next(at for at in headers if kinds[at] == 1)
    assert 0 < strings < struct.unpack_from('<Q', data, first + 32)[0] < 4096
    file.seek(first + 32)
    file.write(struct.pack('<QQ', strings, strings))
END
            python3 cut.py",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "C",
        needs: &["gcc"],
        made: "gcc main.c greet.c -o app",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "C++ with an exception",
        needs: &["g++"],
        made: "echo '#include <iostream>\nint main() { try { throw 1; } catch (int) { std::cout << \"caught\" << std::endl; } }' >app.cc
            g++ app.cc -o app",
        packed: &["app"],
        prints: "caught\n",
    },
    Linkage {
        shows: "Rust",
        needs: &["rustc", "gcc"],
        made: "echo 'fn main() { println!(\"hello\") }' >app.rs; rustc app.rs -o app",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "Go with C",
        needs: &["go", "gcc"],
        made: "echo 'package main
            // #include <stdlib.h>
            import \"C\"
            func main() { C.abs(1); println2() }' >app.go
            echo 'package main
            import \"fmt\"
            func println2() { fmt.Println(\"hello\") }' >more.go
            CGO_ENABLED=1 go build -o app app.go more.go",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "Go at any address",
        needs: &["go"],
        made: "echo 'package main
            import \"fmt\"
            func main() { fmt.Println(\"hello\") }' >app.go
            CGO_ENABLED=0 go build -buildmode=pie -o app app.go",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "musl",
        needs: &["musl-gcc"],
        made: "musl-gcc main.c greet.c -o app",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "a private library through $ORIGIN",
        needs: &["gcc"],
        made: "mkdir bin lib; gcc -shared -fPIC greet.c -o lib/libgreet.so
            gcc main.c -Llib -lgreet '-Wl,-rpath,$ORIGIN/../lib' -o bin/app",
        packed: &["bin/app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "a private library of a private library, through the RPATH of the program",
        needs: &["gcc"],
        made: "mkdir lib; gcc -shared -fPIC greet.c -o lib/libgreet.so
            echo 'void greet(void); void more(void) { greet(); }' >more.c
            gcc -shared -fPIC more.c -Llib -lgreet -o lib/libmore.so
            echo 'void more(void); int main(void) { more(); return 0; }' >main.c
            gcc main.c -Llib -lmore -Wl,-rpath-link,lib -Wl,--disable-new-dtags '-Wl,-rpath,$ORIGIN/lib' -o app",
        packed: &["app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "$ORIGIN that leads to the system's libraries",
        needs: &["gcc"],
        made: "mkdir bin; gcc main.c greet.c '-Wl,-rpath,$ORIGIN/../../../../../../lib/x86_64-linux-gnu' -o bin/app",
        packed: &["bin/app"],
        prints: "hello\n",
    },
    Linkage {
        shows: "$ORIGIN and a place of the user's choice",
        needs: &["gcc"],
        made: "mkdir bin lib; gcc -shared -fPIC greet.c -o lib/libgreet.so
            gcc main.c -Llib -lgreet '-Wl,-rpath,$ORIGIN/../lib' -o bin/app",
        packed: &["bin/app", "--path", "/prog"],
        prints: "hello\n",
    },
    Linkage {
        shows: "$ORIGIN and a deeper place of the user's choice",
        needs: &["gcc"],
        made: "mkdir bin lib; gcc -shared -fPIC greet.c -o lib/libgreet.so
            gcc main.c -Llib -lgreet '-Wl,-rpath,$ORIGIN/../lib' -o bin/app",
        packed: &["bin/app", "--path", "/srv/x/prog"],
        prints: "hello\n",
    },
    Linkage {
        shows: "--library-path",
        needs: &["gcc"],
        made: "mkdir elsewhere; gcc -shared -fPIC greet.c -o elsewhere/libgreet.so; gcc main.c -Lelsewhere -lgreet -o app",
        packed: &["app", "--library-path", "elsewhere"],
        prints: "hello\n",
    },
    Linkage {
        shows: "--library-path with musl",
        needs: &["musl-gcc"],
        made: "mkdir elsewhere; musl-gcc -shared -fPIC greet.c -o elsewhere/libgreet.so
            musl-gcc main.c -Lelsewhere -lgreet -o app",
        packed: &["app", "--library-path", "elsewhere"],
        prints: "hello\n",
    },
    Linkage {
        shows: "another name, by a link",
        needs: &["gcc"],
        made: "mkdir bin lib; gcc -shared -fPIC greet.c -o lib/libgreet.so
            gcc main.c -Llib -lgreet '-Wl,-rpath,$ORIGIN/../lib' -o bin/app; ln -s bin/app start",
        packed: &["start"],
        prints: "hello\n",
    },
    Linkage {
        shows: "a thread that ends itself",
        needs: &["gcc"],
        made: "echo '#include <pthread.h>
            #include <stdio.h>
            static void *work(void *x) { pthread_exit(x); }
            int main(void) { pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0); puts(\"joined\"); return 0; }' >app.c
            gcc app.c -o app",
        packed: &["app"],
        prints: "joined\n",
    },
];

/// Runs the entry of an image in a root that holds the image and what engines mount, as its user.
fn runs(root: &Path, entry: &str) -> Ran {
    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(root).args(["/", "--proc", "/proc", "--dev", "/dev", "--clearenv", "--chdir", "/", entry]);
    Ran::of(&mut bwrap)
}

#[test]
fn each_linkage_runs_with_its_image_as_the_root() {
    if lacks(&["bwrap"]) {
        return;
    }
    for linkage in LINKAGES {
        if lacks(linkage.needs) {
            continue;
        }
        let t = Test::new();
        t.shell(&format!("set -e; {LIBRARY}\n{}", linkage.made)).succeeds();
        let more = ["--format", "rootfs", "-o", "root", "--strict", "-q"];

        t.pack(&[linkage.packed, &more].concat()).succeeds();
        let told = t.pack(&[linkage.packed, &["--json", "--dry-run"]].concat()).succeeds().json();

        let entry = told["images"][0]["program"]["entrypoint"].as_str().expect("it has an entry").to_owned();
        let ran = runs(&t.path("root"), &entry);
        assert_eq!(
            (ran.output.status.code(), ran.stdout().as_str()),
            (Some(0), linkage.prints),
            "{}: {ran}",
            linkage.shows
        );
    }
}

#[test]
fn each_linkage_runs_in_docker() {
    let Some(engine) = engine() else { return };
    for (number, linkage) in LINKAGES.iter().enumerate() {
        if lacks(linkage.needs) {
            continue;
        }
        let t = Test::new();
        t.shell(&format!("set -e; {LIBRARY}\n{}", linkage.made)).succeeds();
        let name = format!("linkage:{number}");
        t.pack(&[linkage.packed, &["-t", &name, "-o", "image.tar", "-q"]].concat()).succeeds();
        let archive = t.path("image.tar");

        engine.docker(&["load", "-q", "-i", archive.to_str().expect("it is plain")]).succeeds();
        let ran = engine.docker(&["run", "--rm", "--network=host", &name]);

        let came = (ran.output.status.code(), ran.stdout());
        assert_eq!(came, (Some(0), linkage.prints.to_owned()), "{}: {ran}", linkage.shows);
    }
}

#[test]
fn a_program_for_another_machine_brings_the_libraries_of_its_own_root() {
    for (machine, loader) in [("aarch64", "/lib/ld-linux-aarch64.so.1"), ("s390x", "/lib/ld64.so.1")] {
        let (gcc, qemu) = (format!("{machine}-linux-gnu-gcc"), format!("qemu-{machine}-static"));
        if lacks(&["bwrap", &gcc, &qemu]) {
            continue;
        }
        let t = Test::new();
        t.shell(&format!(
            "set -e; {LIBRARY}; mkdir bin lib; {gcc} -shared -fPIC greet.c -o lib/libgreet.so
            {gcc} main.c -Llib -lgreet '-Wl,-rpath,$ORIGIN/../lib' -o bin/app"
        ))
        .succeeds();
        let root = format!("/usr/{machine}-linux-gnu");

        let without = t.pack(&["bin/app"]).exits(1);
        t.pack(&["bin/app", "--sysroot", &root, "--format", "rootfs", "-o", "root", "-q", "--certs", "never"])
            .succeeds();

        let hint = format!(
            "hint: the program is for another machine, whose libraries are in `{root}`: use `--sysroot {root}`\n"
        );
        assert!(without.stderr().contains(&format!("`{loader}`")) && without.stderr().contains(&hint), "{without}");
        let emulator = which::which_in(&qemu, Some("/usr/bin"), "/").expect("it was just found");
        let mut bwrap = tool("bwrap");
        bwrap.arg("--bind").arg(t.path("root")).args(["/", "--proc", "/proc", "--dev", "/dev", "--ro-bind"]);
        bwrap.arg(emulator).args(["/tmp/emulator", "--clearenv", "/tmp/emulator", "/opt/app/bin/app"]);
        let ran = Ran::of(&mut bwrap);
        assert_eq!(ran.stdout(), "hello\n", "{machine}: {ran}");
    }
}

#[test]
fn a_root_of_musl_is_searched_by_musls_rules() {
    if lacks(&["musl-gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    // The path file takes the place of the default directories.
    t.shell(&format!(
        "set -e; {LIBRARY}; mkdir -p sys/lib sys/etc sys/opt/greet
        cp -L /lib/ld-musl-x86_64.so.1 sys/lib/; echo /opt/greet >sys/etc/ld-musl-x86_64.path
        musl-gcc -shared -fPIC greet.c -o sys/opt/greet/libgreet.so; musl-gcc main.c -Lsys/opt/greet -lgreet -o app"
    ))
    .succeeds();

    t.pack(&["app", "--sysroot", "sys", "--format", "rootfs", "-o", "root", "-q"]).succeeds();

    let ran = runs(&t.path("root"), "/app");
    assert_eq!(ran.stdout(), "hello\n", "{ran}");
    let path_file = std::fs::read_to_string(t.path("root/etc/ld-musl-x86_64.path")).expect("it is needed");
    assert_eq!(path_file, "/opt/greet\n");
}

#[test]
fn thousands_of_libraries_and_long_chains_are_bounded() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    // One library under two thousand names that are files of their own, each needed; and a chain, by editing
    // names of the same length in copies of one file.
    t.shell(
        r#"set -e; mkdir lib; echo 'void f(void) {}' >f.c
        gcc -shared -fPIC f.c -Wl,-soname,libx0000.so -o lib/libx0000.so
        gcc -shared -fPIC f.c -Wl,--no-as-needed -Wl,-soname,liby0000.so -Llib -l:libx0000.so -o liby.so
        flags=; for n in $(seq 1001 3000); do
            sed "s/libx0000/libx$n/g" lib/libx0000.so >lib/libx$n.so; flags="$flags -l:libx$n.so"
        done
        last=$(printf liby%04d 1000)
        for n in $(seq 1 1000); do
            sed "s/liby0000/$(printf liby%04d $n)/g; s/libx0000/$(printf liby%04d $((n - 1)))/g" liby.so >lib/$(printf liby%04d $n).so
        done
        cp lib/libx0000.so lib/liby0000.so
        echo 'int main(void) { return 0; }' >main.c
        gcc main.c -Wl,--no-as-needed -Wl,--allow-shlib-undefined -Llib $flags -l:$last.so '-Wl,-rpath,$ORIGIN/lib' -Wl,--disable-new-dtags -o app"#,
    )
    .succeeds();

    let told = t.pack(&["inspect", "app", "--json"]).succeeds().json();

    let libraries = told["libraries"].as_array().expect("it lists libraries").len();
    // Two thousand, a thousand and one, and the C library.
    assert_eq!(libraries, 3002);
    t.pack(&["app", "--dry-run"]).succeeds();
}

#[test]
fn all_that_is_missing_is_told_with_who_needs_it_and_where_it_was_looked_for() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!(
        "set -e; {LIBRARY}; mkdir lib
        gcc -shared -fPIC greet.c -Wl,-soname,libgreet.so.1 -o lib/libgreet.so
        echo 'void more(void) {{}}' >more.c; gcc -shared -fPIC more.c -o lib/libmore.so
        gcc main.c -Wl,--no-as-needed -Llib -lgreet -lmore '-Wl,-rpath,$ORIGIN/nowhere' -o app; rm lib/libmore.so"
    ))
    .succeeds();
    let here = t.path("").canonicalize().expect("it is there").display().to_string();

    let ran = t.pack(&["app"]).exits(1);

    let text = ran.stderr();
    let expected = format!("error: cannot find `libgreet.so.1`, needed by `app`\n  searched: RUNPATH {here}/nowhere; ");
    assert!(text.starts_with(&expected), "{ran}");
    assert!(text.contains("hint: name the directory that holds it with `--library-path DIR`\n"), "{ran}");
    assert!(text.contains("error: cannot find `libmore.so`, needed by `app`\n"), "{ran}");
    assert!(!t.path("app.tar").exists());

    let mut with_environment = t.command(&["app"]);
    let lib = t.path("lib");
    std::fs::rename(lib.join("libgreet.so"), lib.join("libgreet.so.1")).expect("it is renamed");
    let ran = Ran::of(with_environment.env("LD_LIBRARY_PATH", &lib)).exits(1);
    let hint = format!(
        "hint: LD_LIBRARY_PATH leads to it here, and does not count in an image: use `--library-path {}`\n",
        lib.display()
    );
    assert!(ran.stderr().contains(&hint), "{ran}");
}

#[test]
fn a_root_with_a_configuration_and_no_cache_gets_a_cache_in_the_image() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    // A root of its own, with the machine's C library, and a directory that only the configuration names.
    t.shell(&format!("set -e; {LIBRARY}
        mkdir -p sys/etc/ld.so.conf.d sys/opt/greet
        echo 'include ld.so.conf.d/*.conf' >sys/etc/ld.so.conf; echo /opt/greet >sys/etc/ld.so.conf.d/greet.conf
        gcc -shared -fPIC greet.c -Wl,-soname,libgreet.so.1 -o sys/opt/greet/libother-name.so
        gcc main.c sys/opt/greet/libother-name.so -o app
        for file in $(LD_LIBRARY_PATH= ldd app | sed -n 's/.* => \\(\\/[^ ]*\\).*/\\1/p; s/^[[:space:]]*\\(\\/[^ ]*ld-[^ ]*\\) .*/\\1/p'); do
            mkdir -p sys$(dirname $file); cp -L $file sys$file
        done")).succeeds();

    let told = t.pack(&["app", "--sysroot", "sys", "--json", "--dry-run"]).succeeds().json();
    t.pack(&["app", "--sysroot", "sys", "--format", "rootfs", "-o", "root", "-q"]).succeeds();

    let files = told["images"][0]["files"].as_array().expect("it lists files").clone();
    assert!(files.iter().any(|file| file["path"] == "/etc/ld.so.cache"), "{files:?}");
    let ran = runs(&t.path("root"), "/app");
    assert_eq!(ran.stdout(), "hello\n", "{ran}");
}

#[test]
fn a_program_whose_libraries_lie_in_default_directories_gets_no_cache() {
    let Some(sh) = ["/usr/bin/dash", "/usr/bin/bash"].into_iter().find(|path| Path::new(path).exists()) else { return };
    let t = Test::new();
    let told = t.pack(&[sh, "--json", "--dry-run"]).succeeds().json();
    let files = told["images"][0]["files"].as_array().expect("it lists files").clone();
    assert!(!files.iter().any(|file| file["path"] == "/etc/ld.so.cache"), "{files:?}");
}

#[test]
fn programs_of_debian_run_from_their_images_as_they_do_here() {
    if lacks(&["bwrap"]) {
        return;
    }
    // Programs that need no tree of data, where they are installed.
    let programs: [(&str, &[&str]); 24] = [
        ("curl", &["--version"]),
        ("openssl", &["version"]),
        ("jq", &["--version"]),
        ("bash", &["--version"]),
        ("ssh", &["-V"]),
        ("gpg", &["--version"]),
        ("tar", &["--version"]),
        ("gzip", &["--version"]),
        ("xz", &["--version"]),
        ("sed", &["--version"]),
        ("grep", &["--version"]),
        ("find", &["--version"]),
        ("ls", &["--version"]),
        ("sort", &["--version"]),
        ("date", &["-u", "-d", "@0"]),
        ("skopeo", &["--version"]),
        ("umoci", &["--version"]),
        ("podman", &["--version"]),
        ("docker", &["--version"]),
        ("strace", &["--version"]),
        ("dpkg", &["--version"]),
        ("gcc", &["--version"]),
        ("ld", &["--version"]),
        ("readelf", &["--version"]),
    ];
    let mut compared = 0;
    for (name, arguments) in programs {
        let Ok(path) = which::which_in(name, Some("/usr/bin:/usr/sbin"), "/") else { continue };
        let t = Test::new();
        let path = path.to_str().expect("it is plain");
        t.pack(&[path, "--format", "rootfs", "-o", "root", "-q"]).succeeds();
        let mut here = tool(path);
        here.args(arguments).env_clear();

        let mut there = tool("bwrap");
        there
            .arg("--bind")
            .arg(t.path("root"))
            .args(["/", "--proc", "/proc", "--dev", "/dev", "--clearenv", path])
            .args(arguments);

        let (here, there) = (Ran::of(&mut here), Ran::of(&mut there));
        assert_eq!(there.output, here.output, "{path}: {there} {here}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared}");
}
