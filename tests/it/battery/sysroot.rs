//! Links in a root that is not the machine's, against the loader with that root as its own; and that `pack` opens
//! nothing outside of it, as strace sees it.

use super::{Asked, CASE, Case, HELPERS};
use crate::support::{Ran, Test, lacks, tool};
use std::path::{Path, PathBuf};

const IN_ROOT: Case = Case { in_root: true, ..CASE };

const CASES: [Case; 14] = [
    Case {
        shows: "an absolute link to a file",
        made: "root; so root/opt/lib/x.so -Wl,-soname,libabs.so; ln -s /opt/lib/x.so root/usr/lib/libabs.so
            app root/opt/lib/x.so",
        answer: "opt/lib/x.so",
        ..IN_ROOT
    },
    Case {
        shows: "an absolute link to a directory",
        made: "root; so root/opt/lib/libx.so; ln -s /opt/lib root/link; app root/opt/lib/libx.so $U/link",
        answer: "opt/lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a link that leads above the root stays in it",
        made: "root; so root/opt/lib/libx.so; ln -s ../../../../../../../../opt/lib root/link
            app root/opt/lib/libx.so $U/link",
        answer: "opt/lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a path that leads above the root stays in it",
        made: "root; so root/opt/lib/libx.so; app root/opt/lib/libx.so $U/usr/../../../../opt/lib",
        answer: "opt/lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "and one made of $ORIGIN",
        made: "root; so root/opt/lib/libx.so; app root/opt/lib/libx.so $U'$ORIGIN/../../../opt/lib'",
        answer: "opt/lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "the program through a link",
        made: "root; so root/opt/lib/libx.so; app root/opt/lib/libx.so $U'$ORIGIN/../lib'; mkdir root/opt/bin
            mv root/app root/opt/bin/real; ln -s opt/bin/real root/app",
        answer: "opt/lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "the loader through absolute links",
        made: "root; so root/opt/libx.so; app root/opt/libx.so $U/opt; mkdir root/usr/lib64
            mv root/lib64/ld-linux-x86-64.so.2 root/lib/x86_64-linux-gnu/ld-2.36.so; rmdir root/lib64
            ln -s /usr/lib64 root/lib64; ln -s /lib/x86_64-linux-gnu/ld-2.36.so root/usr/lib64/ld-linux-x86-64.so.2",
        answer: "opt/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "merged directories",
        made: "root; so root/usr/lib/libx.so; app root/usr/lib/libx.so; mv root/lib/* root/usr/lib; rmdir root/lib
            ln -s usr/lib root/lib; mv root/lib64 root/usr; ln -s usr/lib64 root/lib64",
        answer: "lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "merged by absolute links",
        made: "root; so root/usr/lib/libx.so; app root/usr/lib/libx.so; mv root/lib/* root/usr/lib; rmdir root/lib
            ln -s /usr/lib root/lib; mv root/lib64 root/usr; ln -s /usr/lib64 root/lib64",
        answer: "usr/lib/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a link to what lies outside leads nowhere",
        made: "root; so outside/libx.so; ln -s $PWD/outside/libx.so root/usr/lib/libx.so; app outside/libx.so",
        answer: "!libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "nor does a directory outside",
        made: "root; so outside/libx.so; ln -s $PWD/outside root/link; app outside/libx.so $U$PWD/outside:/link",
        answer: "!libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "nor a way up to it",
        made: "root; so outside/libx.so; app outside/libx.so $U'$ORIGIN/../outside:/../outside'",
        answer: "!libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a cache behind an absolute link",
        made: "root; so root/opt/libx.so; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so; ldconfig -r root
            mkdir root/var; mv root/etc/ld.so.cache root/var; ln -s /var/ld.so.cache root/etc; rm root/etc/ld.so.conf",
        answer: "opt/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a cache that leads to a link",
        made: "root; so root/srv/libx.so; mkdir root/opt/lib; ln -s /srv/libx.so root/opt/lib/libx.so
            echo /opt/lib >root/etc/ld.so.conf; app root/srv/libx.so; ldconfig -r root",
        answer: "srv/libx.so",
        ..IN_ROOT
    },
];

#[test]
fn links_are_followed_inside_the_root_and_nothing_outside_is_opened() {
    if lacks(&["gcc", "ldconfig", "bwrap", "strace"]) {
        return;
    }
    let wrong: Vec<String> = CASES.iter().filter_map(fails).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n\n"));
}

fn fails(case: &Case) -> Option<String> {
    let t = Test::new();
    let made = t.shell(&format!("{HELPERS}{}", case.made));
    if made.output.status.code() != Some(0) {
        return Some(format!("{}: {made}", case.shows));
    }
    let wrong = case.differs(&Asked::of(case, &t)).or_else(|| outside(&t, &["root/app", "-o", "image.tar"]));
    wrong.or_else(|| outside(&t, &["inspect", "root/app"])).map(|wrong| format!("{}: {wrong}", case.shows))
}

/// What `pack` opens that is neither in the sysroot, nor its own, nor the archive.
fn outside(t: &Test, arguments: &[&str]) -> Option<String> {
    let opened = |arguments: &[&str]| {
        let mut strace = tool("strace");
        // With the path that the kernel has for what was opened, links followed.
        strace.args(["-f", "-qq", "-y", "-e", "trace=open,openat,openat2,execve", "-o", "trace"]);
        Ran::of(strace.arg(env!("CARGO_BIN_EXE_pack")).args(arguments).current_dir(t.path("")));
        let trace = std::fs::read_to_string(t.path("trace")).expect("strace wrote it");
        let paths = trace.lines().filter_map(|line| line.rsplit_once("= ")?.1.split_once('<')?.1.strip_suffix('>'));
        paths.map(PathBuf::from).collect::<Vec<_>>()
    };
    let here = t.path("").canonicalize().expect("it is there");
    let root = here.join("root");
    let own = opened(&["--version"]);
    let is_archive = |path: &Path| path.parent() == Some(&here);
    let of_kernel = |path: &Path| {
        path.starts_with("/proc/") && !path.starts_with("/proc/sys") || path.starts_with("/sys/fs/cgroup")
    };
    let all = opened(&[arguments, &["--sysroot", "root"]].concat());
    assert!(all.contains(&root.join("app").canonicalize().expect("it is there")), "strace saw it: {all:?}");
    let outside: Vec<_> = all
        .iter()
        .filter(|path| !path.starts_with(&root) && !own.contains(path) && !is_archive(path) && !of_kernel(path))
        .filter(|path| **path != here)
        .collect();
    (!outside.is_empty()).then(|| format!("{arguments:?} opens {outside:?}"))
}
