//! A program inside a root is walked inside that root (`--sysroot`): links, names and added files lead where they
//! would lead after chroot, never to what the host has at the same path.
//!
//! Two programs print different words. The one called `inside` stands in the root, for the root's machine; `outside`
//! is the host's, and stands at the same absolute path there. What the image holds is compared byte for byte, and run.

use crate::support::loader::contents;
use crate::support::{Ran, Test, lacks, root};
use serde_json::Value;
use std::path::Path;

/// A root and a command, and whose bytes the image must hold.
struct Case {
    shows: &'static str,
    /// A shell line, with [`HELPERS`] and those of the battery.
    made: &'static str,
    /// The program and its flags.
    packed: &'static str,
    /// The path in the image; empty for the program's own. A name alone is looked for.
    file: &'static str,
    /// The file that it must be, as the shell names it.
    is: &'static str,
}

const CASE: Case = Case { shows: "", made: "", packed: "root/usr/bin/app --sysroot root", file: "", is: "" };

/// `inside FILE…` and `outside FILE…` put the program there, `both PATH` each at the same absolute path, once in the
/// root and once on the host; `link FILE TARGET` makes a link with its directory.
const HELPERS: &str = r#"
here=$PWD
inside() { for file; do mkdir -p "$(dirname "$file")"; cp "$programs/inside" "$file"; done; }
outside() { for file; do mkdir -p "$(dirname "$file")"; cp "$programs/outside" "$file"; done; }
both() { inside "root$here/$1"; outside "$here/$1"; }
link() { mkdir -p "$(dirname "$1")"; ln -s "$2" "$1"; }
"#;

const LINKS: [Case; 11] = [
    Case {
        shows: "Debian's alternatives",
        made: "both real/vi; link root/usr/bin/vi /etc/alternatives/vi; link root/etc/alternatives/vi $here/real/vi",
        packed: "root/usr/bin/vi --sysroot root",
        is: "root$here/real/vi",
        ..CASE
    },
    Case {
        shows: "alternatives that the host has too",
        made: "both real/vi; link root/usr/bin/vi $here/alternatives/vi
            link root$here/alternatives/vi $here/real/vi; link alternatives/vi $here/real/vi",
        packed: "root/usr/bin/vi --sysroot root",
        is: "root$here/real/vi",
        ..CASE
    },
    Case {
        shows: "an absolute link",
        made: "both real/app; link root/usr/bin/app $here/real/app",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a link that leads above the root",
        made: "both real/app; link root/usr/bin/app ../../../../../../../../../../../../..$here/real/app",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "an absolute link that leads above the root",
        made: "both real/app; link root/usr/bin/app /../..$here/real/app",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a linked directory",
        made: "both merged/app; link root/usr/bin $here/merged",
        is: "root$here/merged/app",
        ..CASE
    },
    Case {
        shows: "the way up from a linked directory",
        made: "both deep/app; mkdir -p root$here/deep/dir deep/dir; link root/a/dir $here/deep/dir; outside root/a/app",
        packed: "root/a/dir/../app --sysroot root",
        is: "root$here/deep/app",
        ..CASE
    },
    Case {
        shows: "links to links",
        made: "both c/app; link root/usr/bin/app ../../b/app; link root/b/app $here/b/app
            link root$here/b/app ../c/app; link b/app ../c/app",
        is: "root$here/c/app",
        ..CASE
    },
    Case {
        shows: "a link in a linked directory",
        made: "both real/app; link root/usr/bin $here/bin; link root$here/bin/app $here/real/app
            link bin/app $here/real/app",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a root inside a root",
        made: "inside root/inner$here/real/app; outside root$here/real/app real/app
            link root/inner/usr/bin/app $here/real/app",
        packed: "root/inner/usr/bin/app --sysroot root/inner",
        is: "root/inner$here/real/app",
        ..CASE
    },
    Case {
        shows: "the same, seen from the outer root",
        made: "inside root$here/real/app; outside root/inner$here/real/app real/app
            link root/inner/usr/bin/app $here/real/app",
        packed: "root/inner/usr/bin/app --sysroot root",
        is: "root$here/real/app",
        ..CASE
    },
];

const NAMES: [Case; 8] = [
    Case {
        shows: "a name is looked up in the root",
        made: "inside root/usr/bin/app; outside path/app",
        packed: "app --sysroot root",
        is: "root/usr/bin/app",
        ..CASE
    },
    Case {
        shows: "in the order of an image's PATH",
        made: "inside root/usr/local/bin/app; outside root/usr/bin/app root/bin/app path/app",
        packed: "app --sysroot root",
        is: "root/usr/local/bin/app",
        ..CASE
    },
    Case {
        shows: "and among the daemons",
        made: "inside root/usr/sbin/app; outside path/app",
        packed: "app --sysroot root",
        is: "root/usr/sbin/app",
        ..CASE
    },
    Case {
        shows: "a name that is an absolute link",
        made: "both real/app; link root/usr/bin/app $here/real/app; outside path/app",
        packed: "app --sysroot root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a name in a linked directory",
        made: "both merged/app; link root/usr/bin $here/merged; outside path/app",
        packed: "app --sysroot root",
        is: "root$here/merged/app",
        ..CASE
    },
    Case {
        shows: "a link to what only the host has is passed over",
        made: "outside real/app; link root/usr/local/bin/app $here/real/app; inside root/usr/bin/app",
        packed: "app --sysroot root",
        is: "root/usr/bin/app",
        ..CASE
    },
    Case {
        shows: "a file that cannot be run is passed over",
        made: "outside root/usr/local/bin/app; chmod 644 root/usr/local/bin/app; inside root/usr/bin/app",
        packed: "app --sysroot root",
        is: "root/usr/bin/app",
        ..CASE
    },
    Case {
        shows: "a file of that name in the working directory wins",
        made: "outside app; inside root/usr/bin/app",
        packed: "app --sysroot root",
        is: "app",
        ..CASE
    },
];

const WAYS_IN: [Case; 7] = [
    Case {
        shows: "a directory of the host that is a link into the root",
        made: "both real/app; link root/usr/bin/app $here/real/app; link shortcut root/usr/bin",
        packed: "shortcut/app --sysroot root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a file of the host that is a link into the root",
        made: "both real/app; link root/usr/bin/app $here/real/app; link start root/usr/bin/app",
        packed: "start --sysroot root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "another name of the root in the program's path",
        made: "both real/app; link root/usr/bin/app $here/real/app; link away/root $here/root",
        packed: "away/root/usr/bin/app --sysroot root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "another name of the root in the flag",
        made: "both real/app; link root/usr/bin/app $here/real/app; link away/root $here/root",
        packed: "root/usr/bin/app --sysroot away/root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a root for one platform",
        made: "both real/app; link root/usr/bin/app $here/real/app",
        packed: "root/usr/bin/app --sysroot $platform=root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a way out of the root and in again",
        made: "both real/app; link root/usr/bin/app $here/real/app",
        packed: "root/../root/usr/bin/app --sysroot root",
        is: "root$here/real/app",
        ..CASE
    },
    Case {
        shows: "a program outside the root is walked on the host",
        made: "both real/app; link app $here/real/app",
        packed: "./app --sysroot root",
        is: "real/app",
        ..CASE
    },
];

const FILES: [Case; 5] = [
    Case {
        shows: "an added file that is an absolute link",
        made: "inside root/usr/bin/app root$here/conf; outside conf; link root/etc/app.conf $here/conf",
        packed: "root/usr/bin/app --sysroot root --add root/etc/app.conf:/etc/app.conf",
        file: "/etc/app.conf",
        is: "root$here/conf",
    },
    Case {
        shows: "an added tree that is an absolute link",
        made: "inside root/usr/bin/app root$here/data/file; outside data/file; link root/srv/data $here/data",
        packed: "root/usr/bin/app --sysroot root --add root/srv/data:/srv/data",
        file: "/srv/data/file",
        is: "root$here/data/file",
    },
    Case {
        shows: "an added file in a linked directory",
        made: "inside root/usr/bin/app root$here/data/file; outside data/file; link root/srv/data $here/data",
        packed: "root/usr/bin/app --sysroot root --add root/srv/data/file:/srv/file",
        file: "/srv/file",
        is: "root$here/data/file",
    },
    Case {
        shows: "a directory for libraries that is an absolute link",
        made: "root; so libs/libword.so; so root$here/libs/libword.so; app root$here/libs/libword.so
            link root/opt/libs $here/libs",
        packed: "root/app --sysroot root --library-path =/opt/libs",
        file: "libword.so",
        is: "root$here/libs/libword.so",
    },
    Case {
        shows: "a library that is an absolute link in a linked directory",
        made: "root; so real/libword.so; so root$here/real/libword.so; app root$here/real/libword.so
            link root/opt/libs $here/libs; link root$here/libs/libword.so $here/real/libword.so
            link libs/libword.so $here/real/libword.so",
        packed: "root/app --sysroot root --library-path =/opt/libs",
        file: "libword.so",
        is: "root$here/real/libword.so",
    },
];

/// A machine of roots: its compiler, what runs its programs here, and its platform.
type Machine = (&'static str, Option<&'static str>, &'static str);

const MACHINES: [Machine; 2] =
    [("gcc", None, "linux/amd64"), ("aarch64-linux-gnu-gcc", Some("qemu-aarch64-static"), "linux/arm64")];

/// The two programs. That of the host is of another kind, so that `inspect` tells them apart.
const PROGRAMS: &str = r#"
    printf '#include <stdio.h>\nint main(void) { puts(WORD); return 0; }\n' >word.c
    $CC -static '-DWORD="inside"' word.c -o inside; gcc -static-pie '-DWORD="outside"' word.c -o outside
"#;

/// The machines whose compiler and emulator are here, with a directory that holds the two programs.
fn machines() -> impl Iterator<Item = (Machine, Test)> {
    let here = MACHINES.into_iter().filter(|(compiler, emulator, _)| {
        !lacks(&["gcc", "bwrap", compiler]) && !emulator.is_some_and(|emulator| lacks(&[emulator]))
    });
    here.map(|machine| {
        let t = Test::new();
        t.shell(&format!("set -e; CC={}; {PROGRAMS}", machine.0)).succeeds();
        t.write("helpers", format!("{}{HELPERS}", include_str!("battery/helpers.sh")));
        (machine, t)
    })
}

/// Runs a shell line where the root of a case is.
fn shell(t: &Test, programs: &Test, (compiler, _, platform): Machine, line: &str) -> Ran {
    let programs = programs.path("").display().to_string();
    t.shell(&format!("CC={compiler} platform={platform} programs={programs}; . $programs/helpers; {line}"))
}

impl Case {
    /// What is wrong, in words.
    fn fails(&self, machine: Machine, programs: &Test) -> Option<String> {
        let t = Test::new();
        let wrong = |ran: &dyn std::fmt::Display| Some(format!("{}, {}: {ran}", self.shows, machine.2));
        let made = shell(&t, programs, machine, self.made);
        if !made.output.status.success() {
            return wrong(&made);
        }
        let pack = |flags: &str, command: &str| {
            shell(&t, programs, machine, &format!("PATH=$here/path:$PATH exec $pack {command} {flags}"))
        };
        let packed = pack("--format rootfs -o image --certs never --json", self.packed);
        if !packed.output.status.success() {
            return wrong(&packed);
        }
        let expected = shell(&t, programs, machine, &format!("cat {}", self.is)).succeeds().output.stdout;
        let entry = packed.json()["images"][0]["program"]["entrypoint"].clone();
        let path = self.path(&packed.json(), entry.as_str().expect("the program has a place"));
        if contents(&t.path("image"), Path::new(&path)).as_ref() != Some(&expected) {
            return wrong(&format!("`{path}` is not `{}`", self.is));
        }
        if !self.file.is_empty() {
            return None;
        }
        let is_inside = self.is.starts_with("root");
        let (word, kind) = if is_inside { ("inside\n", "static") } else { ("outside\n", "static-pie") };
        let inspected = pack("--json", &format!("inspect {}", self.packed));
        if !inspected.output.status.success() || inspected.json()["kind"] != kind {
            return wrong(&inspected);
        }
        let config = serde_json::json!({ "config": { "Entrypoint": [entry] } });
        let ran = root::run(&t.path("image"), &config, machine.1.filter(|_| is_inside))?;
        (ran.stdout() != word).then(|| wrong(&ran)).flatten()
    }

    /// Where the file is in the image.
    fn path(&self, told: &Value, entry: &str) -> String {
        match self.file {
            "" => entry.to_owned(),
            path if path.starts_with('/') => path.to_owned(),
            name => {
                let files = told["images"][0]["files"].as_array().expect("files are a list");
                let files = files.iter().filter(|file| file["type"] == "file");
                let paths = files.filter_map(|file| file["path"].as_str());
                paths.filter(|path| path.rsplit('/').next() == Some(name)).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// Tells of all cases that are wrong, for every machine.
#[track_caller]
fn hold(cases: &[Case]) {
    let wrong: Vec<String> = machines()
        .flat_map(|(machine, programs)| {
            cases.iter().filter_map(move |case| case.fails(machine, &programs)).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn links_of_a_root_lead_where_they_lead_in_it() {
    hold(&LINKS);
}

#[test]
fn a_name_is_looked_up_in_the_directories_of_the_root() {
    hold(&NAMES);
}

#[test]
fn every_way_into_a_root_counts_as_inside() {
    hold(&WAYS_IN);
}

#[test]
fn added_files_and_libraries_of_a_root_are_those_of_the_root() {
    hold(&FILES);
}

#[test]
fn what_only_the_host_has_is_not_taken_for_what_a_root_lacks() {
    for (machine, programs) in machines() {
        for (shows, made, packed, says) in [
            (
                "a link to what is not in the root",
                "outside real/app; link root/usr/bin/app $here/real/app",
                "root/usr/bin/app",
                "error: `root/usr/bin/app` is a link that leads nowhere, not a program\n",
            ),
            (
                "a name that the root does not have",
                "mkdir -p root/usr/bin; outside path/app",
                "app",
                "error: there is no program `app`",
            ),
            (
                "a directory that is a link to what is not in the root",
                "outside merged/app; link root/usr/bin $here/merged",
                "root/usr/bin/app",
                "error: there is no file `root/usr/bin/app`\n",
            ),
        ] {
            let t = Test::new();
            shell(&t, &programs, machine, made).succeeds();
            let packed = format!("PATH=$here/path:$PATH exec $pack {packed} --sysroot root -o image.tar");
            let ran = shell(&t, &programs, machine, &packed);
            assert!(!ran.output.status.success() && ran.stderr().starts_with(says), "{shows}: {ran}");
            assert!(!t.path("image.tar").exists(), "{shows}");
        }
    }
}
