//! Programs for other machines in roots of their own, against their loaders under qemu: another byte order, another
//! word size, other names.

use super::{Asked, CASE, Case, HELPERS};
use crate::support::{Test, lacks};
use pack::testing::resolve::cache::{self, LdSoCacheEntry};

/// Compiler and emulator, the value of `$LIB`, the flag in ld.so.cache, and whether it is big-endian.
const MACHINES: [(&str, &str, &str, u32, bool); 3] = [
    ("aarch64-linux-gnu-gcc", "qemu-aarch64-static", "lib/aarch64-linux-gnu", 0x0a03, false),
    ("s390x-linux-gnu-gcc", "qemu-s390x-static", "lib/s390x-linux-gnu", 0x0403, true),
    ("i686-linux-gnu-gcc", "qemu-i386-static", "lib/i386-linux-gnu", 0x0003, false),
];

const IN_ROOT: Case = Case { in_root: true, ..CASE };

const CASES: [Case; 13] = [
    Case {
        shows: "the program's RPATH counts for a library of a library",
        made: "so root/opt/b/libb.so; so root/opt/a/liba.so root/opt/b/libb.so
            app $R'$ORIGIN/opt/a:$ORIGIN/opt/b' root/opt/a/liba.so",
        answer: "opt/a/liba.so opt/b/libb.so",
        ..IN_ROOT
    },
    Case {
        shows: "its RUNPATH does not",
        made: "so root/opt/b/libb.so; so root/opt/a/liba.so root/opt/b/libb.so; app $U/opt/a:/opt/b root/opt/a/liba.so",
        answer: "opt/a/liba.so !libb.so",
        ..IN_ROOT
    },
    Case {
        shows: "$LIB",
        made: "so root/opt/$lib/libx.so; ln -s $lib root/opt/this; app $U'/opt/$LIB' root/opt/$lib/libx.so",
        answer: "opt/this/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a default directory",
        made: "so root/usr/$lib/libx.so; ln -s /usr/$lib root/opt/this; app root/usr/$lib/libx.so",
        answer: "opt/this/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "the common default directory, and one of x86-64",
        made: "so root/usr/lib/libx.so; so root/usr/lib/x86_64-linux-gnu/liby.so
            app root/usr/lib/libx.so root/usr/lib/x86_64-linux-gnu/liby.so",
        answer: "usr/lib/libx.so !liby.so",
        ..IN_ROOT
    },
    Case {
        shows: "by its SONAME",
        made: "so root/opt/libx.so.1; so root/opt/liby.so.1; so root/opt/libz.so root/opt/liby.so.1
            app $U/opt root/opt/libx.so.1 root/opt/libz.so; rm root/opt/liby.so.1
            so root/opt/libx.so.1 -Wl,-soname,liby.so.1",
        answer: "opt/libx.so.1 opt/libz.so",
        ..IN_ROOT
    },
    Case {
        shows: "an absolute link",
        made: "so root/opt/lib/x.so -Wl,-soname,libabs.so; ln -s /opt/lib/x.so root/usr/lib/libabs.so
            app root/opt/lib/x.so",
        answer: "opt/lib/x.so",
        ..IN_ROOT
    },
    Case {
        shows: "the loader is never looked for",
        made: "loader=$(basename root/lib/ld*); so root/opt/$loader; app $U/opt root/opt/$loader",
        ..IN_ROOT
    },
    Case { shows: "without default directories", made: "app -Wl,-z,nodefaultlib", answer: "!libc.so.6", ..IN_ROOT },
    Case {
        shows: "an older version of a library",
        made: "echo 'V1 { global: x; };' >v1; echo 'V2 { global: x; };' >v2; echo 'int x(void) { return 0; }' >x.c
            so root/opt/libx.so x.c -Wl,--version-script=v2
            echo 'int x(void); int main(int count, char **words) { return count > 9 ? x() : 0; }' >main.c
            app $U/opt root/opt/libx.so -Wl,-z,lazy; so root/opt/libx.so x.c -Wl,--version-script=v1",
        answer: "#libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "$PLATFORM, whichever it is",
        made: "token='$PLATFORM'; case $CC in s390x*) token=p; esac # of which qemu tells no platform
            so root/opt/p/libx.so; app $U/opt/$token root/opt/p/libx.so
            for p in aarch64 i386 i486 i586 i686 z10 z196 zEC12 z13 z14 z15 z16; do ln -s p root/opt/$p; done",
        answer: "opt/p/libx.so",
        ..IN_ROOT
    },
    Case {
        shows: "a cache in its byte order and with its flag",
        made: "so root/srv/libx.so; so root/srv/liby.so; so root/usr/lib/liby.so; app root/srv/libx.so root/srv/liby.so
            printf '/srv/libx.so\\n/srv/liby.so\\n' >cached",
        answer: "srv/libx.so srv/liby.so",
        ..IN_ROOT
    },
    Case {
        shows: "a directory for newer processors",
        made: "so root/opt/libx.so; for l in x86-64-v2 z13 z14 z15 power9; do so root/opt/glibc-hwcaps/$l/libx.so; done
            app $U/opt root/opt/libx.so",
        answer: "opt/libx.so",
        ..IN_ROOT
    },
];

/// Builds a case for a machine, writes the cache that it wants, and asks both.
fn fails(case: &Case, (compiler, emulator, lib, flags, big_endian): (&str, &str, &str, u32, bool)) -> Option<String> {
    let t = Test::new();
    let made = t.shell(&format!("CC={compiler}; lib={lib}; {HELPERS} root; {}", case.made));
    let shows = format!("{compiler}: {}", case.shows);
    if made.output.status.code() != Some(0) {
        return Some(format!("{shows}: {made}"));
    }
    if let Ok(paths) = std::fs::read_to_string(t.path("cached")) {
        let name = |path: &str| path.rsplit('/').next().expect("a path has a name").as_bytes().to_vec();
        let entries: Vec<_> = paths.lines().map(|path| LdSoCacheEntry::new(name(path), path.into(), flags)).collect();
        t.write("root/etc/ld.so.cache", cache::write(&entries, big_endian));
    }
    let emulator = which::which_in(emulator, Some("/usr/bin"), "/").expect("it is not lacking");
    let asked = Asked { emulator: Some(emulator), ..Asked::of(case, &t) };
    case.differs(&asked).map(|wrong| format!("{shows}: {wrong}"))
}

#[test]
fn programs_for_other_machines_find_what_their_loaders_find() {
    let mut wrong = Vec::new();
    for machine in MACHINES {
        if lacks(&["bwrap", machine.0, machine.1]) {
            continue;
        }
        wrong.extend(CASES.iter().filter_map(|case| fails(case, machine)));
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n\n"));
}
