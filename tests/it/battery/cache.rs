//! ld.so.cache and ld.so.conf, in roots of their own: made by the real ldconfig, read by the real loader there
//! (cases 37 to 40).

use super::{Asked, CASE, Case, HELPERS};
use crate::support::loader::found;
use crate::support::{Test, lacks};

/// Builds each case in its root and asks there; also for the same answer before there is a cache, when `pack` reads
/// ld.so.conf as ldconfig does.
#[track_caller]
fn agree(cases: &[Case]) {
    if lacks(&["gcc", "ldconfig", "bwrap"]) {
        return;
    }
    let wrong: Vec<String> = cases.iter().filter_map(fails).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

fn fails(case: &Case) -> Option<String> {
    let t = Test::new();
    let shell = |line: &str| {
        let ran = t.shell(&format!("{HELPERS}{line}"));
        (ran.output.status.code() != Some(0)).then(|| format!("{}: {ran}", case.shows))
    };
    let asked = Asked::of(case, &t);
    let wrong = |wrong| format!("{}: {wrong}", case.shows);
    shell(case.made)
        .or_else(|| {
            let resolution = found(&asked.program, &asked.root, &[]).expect("it is a dynamic program");
            case.is_not(&resolution, &asked).map(|text| wrong(format!("before there is a cache: {text}")))
        })
        .or_else(|| shell("ldconfig -r root 2>>log"))
        .or_else(|| case.differs(&asked).map(wrong))
}

const IN_ROOT: Case = Case { in_root: true, ..CASE };

#[test]
fn a_cache_leads_to_directories_of_the_configuration_before_the_default_ones() {
    agree(&[
        Case {
            shows: "a program without default directories takes from it what lies elsewhere",
            made: "root; so root/usr/local/lib/libx.so; echo /usr/local/lib >root/etc/ld.so.conf
                app -Wl,-z,nodefaultlib root/usr/local/lib/libx.so",
            answer: "usr/local/lib/libx.so !libc.so.6",
            ..IN_ROOT
        },
        Case {
            shows: "and nothing below a default directory",
            made: "root; so root/usr/lib/sub/libx.so; echo /usr/lib/sub >root/etc/ld.so.conf
                app -Wl,-z,nodefaultlib root/usr/lib/sub/libx.so",
            answer: "!libx.so !libc.so.6",
            ..IN_ROOT
        },
        Case {
            shows: "a name that begins like one is another",
            made: "root; so root/usr/libexec/libx.so; echo /usr/libexec >root/etc/ld.so.conf
                app -Wl,-z,nodefaultlib root/usr/libexec/libx.so",
            answer: "usr/libexec/libx.so !libc.so.6",
            ..IN_ROOT
        },
        Case {
            shows: "the same name in both",
            made: "root; so root/opt/libx.so; so root/usr/lib/libx.so; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so",
            answer: "opt/libx.so",
            ..IN_ROOT
        },
        Case {
            shows: "RUNPATH comes before both",
            made: "root; for d in opt usr/lib srv; do so root/$d/libx.so; done; echo /opt >root/etc/ld.so.conf
                app root/opt/libx.so $U/srv",
            answer: "srv/libx.so",
            ..IN_ROOT
        },
        Case {
            shows: "only the configuration leads there",
            made: "root; so root/opt/libx.so; mkdir root/etc/ld.so.conf.d; echo 'include ld.so.conf.d/*.conf' >root/etc/ld.so.conf
                echo /opt >root/etc/ld.so.conf.d/opt.conf; app root/opt/libx.so",
            answer: "opt/libx.so",
            ..IN_ROOT
        },
        Case {
            shows: "a library of another machine before it",
            made: "root; so root/opt/libx.so; cp -r root/opt root/srv; byte root/opt/libx.so 18 267
                printf '/opt\\n/srv\\n' >root/etc/ld.so.conf; app root/srv/libx.so",
            answer: "srv/libx.so",
            ..IN_ROOT
        },
        Case {
            shows: "a file for newer processors beside it",
            made: "root; so root/opt/libx.so; so root/opt/glibc-hwcaps/x86-64-v2/libx.so; echo /opt >root/etc/ld.so.conf
                app root/opt/libx.so",
            answer: "opt/libx.so",
            ..IN_ROOT
        },
        Case {
            shows: "or alone",
            made: "root; so root/opt/glibc-hwcaps/x86-64-v2/libx.so; echo /opt >root/etc/ld.so.conf
                app root/opt/glibc-hwcaps/x86-64-v2/libx.so",
            answer: "opt/glibc-hwcaps/x86-64-v2/libx.so",
            ..IN_ROOT
        },
    ]);
}

#[test]
fn a_library_is_found_by_its_soname_where_the_configuration_leads() {
    agree(&[
        Case {
            shows: "a file of another name",
            made: "root; so root/opt/libfoo.so.1 -Wl,-soname,libbar.so.1; echo /opt >root/etc/ld.so.conf
                app root/opt/libfoo.so.1",
            answer: "opt/libfoo.so.1",
            ..IN_ROOT
        },
        Case {
            shows: "and not by the name of the file",
            made: "root; so root/opt/libfoo.so.1; app root/opt/libfoo.so.1; so root/opt/libfoo.so.1 -Wl,-soname,libbar.so.1
                echo /opt >root/etc/ld.so.conf",
            answer: "!libfoo.so.1",
            ..IN_ROOT
        },
        Case {
            shows: "a name without lib is not looked at",
            made: "root; so root/opt/foo.so.1; echo /opt >root/etc/ld.so.conf; app root/opt/foo.so.1",
            answer: "!foo.so.1",
            ..IN_ROOT
        },
        Case {
            shows: "without a SONAME by the name of the file",
            made: "root; gcc -shared -nostdlib -xc /dev/null -o root/opt/libfoo.so.1; echo /opt >root/etc/ld.so.conf
                ln -s root/opt/libfoo.so.1 .; app -L. -l:libfoo.so.1",
            answer: "opt/libfoo.so.1",
            ..IN_ROOT
        },
        Case {
            shows: "of two the one with the higher number",
            made: "root; so root/opt/libx.so.1.9 -Wl,-soname,libx.so.1; cp root/opt/libx.so.1.9 root/opt/libx.so.1.10
                echo /opt >root/etc/ld.so.conf; app root/opt/libx.so.1.9",
            answer: "opt/libx.so.1.10",
            ..IN_ROOT
        },
        Case {
            shows: "a link with a number of its own counts like a file",
            made: "root; so root/opt/libx.so.1.1 -Wl,-soname,libx.so.1; so root/srv/libx.so.1.9 -Wl,-soname,libx.so.1
                ln -s ../srv/libx.so.1.9 root/opt/libx.so.1.9; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so.1.1",
            answer: "opt/libx.so.1.9",
            ..IN_ROOT
        },
        Case {
            shows: "a link that is called by the SONAME comes behind a file",
            made: "root; so root/opt/libx.so.1.1 -Wl,-soname,libx.so.1; so root/srv/libx.so.1.9 -Wl,-soname,libx.so.1
                ln -s ../srv/libx.so.1.9 root/opt/libx.so.1; echo /opt >root/etc/ld.so.conf; app root/opt/libx.so.1.1",
            answer: "opt/libx.so.1.1",
            ..IN_ROOT
        },
        Case {
            shows: "a link for linkers has its own name and no other",
            made: "root; so root/srv/libx.so.1; ln -s ../srv/libx.so.1 root/opt/libx.so; echo /opt >root/etc/ld.so.conf
                app root/srv/libx.so.1",
            answer: "!libx.so.1",
            ..IN_ROOT
        },
        Case {
            shows: "the link for linkers has its own name",
            made: "root; so root/opt/libx.so.1; ln -s libx.so.1 root/opt/libx.so; echo /opt >root/etc/ld.so.conf
                so libx.so; app libx.so",
            answer: "opt/libx.so.1",
            ..IN_ROOT
        },
        Case {
            shows: "a text with such a name is none",
            made: "root; echo 'INPUT(x)' >root/opt/libx.so; so root/srv/libx.so; printf '/opt\\n/srv\\n' >root/etc/ld.so.conf
                app root/srv/libx.so",
            answer: "srv/libx.so",
            ..IN_ROOT
        },
    ]);
}
