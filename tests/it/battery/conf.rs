//! ld.so.conf: which directories `pack` reads out of it, and which the real ldconfig does.

use super::{Asked, CASE, Case, HELPERS};
use crate::support::loader::{Listed, difference, found};
use crate::support::{Test, lacks};

/// What the files of a configuration say, in `/etc`, and the libraries that are found by it.
struct Conf {
    shows: &'static str,
    files: &'static [(&'static str, &'static str)],
    finds: &'static str,
}

const MAIN: &str = "ld.so.conf";

const CONFS: [Conf; 18] = [
    Conf { shows: "one to a line, blanks around it", files: &[(MAIN, "  /a \n\t/b\t\n\n/c")], finds: "abc" },
    Conf { shows: "comments", files: &[(MAIN, "# /a\n/b # /c\n/d#/e\n")], finds: "bd" },
    Conf { shows: "slashes at the end", files: &[(MAIN, "/a/\n/b//\n")], finds: "ab" },
    Conf { shows: "lines of another system", files: &[(MAIN, "/a\r\n/b\r\n")], finds: "ab" },
    Conf { shows: "a relative one counts nowhere", files: &[(MAIN, "a\n./b\n/c\n")], finds: "c" },
    Conf { shows: "one that is not there", files: &[(MAIN, "/nowhere\n/a\n")], finds: "a" },
    Conf { shows: "a link to one", files: &[(MAIN, "/link\n")], finds: "a" },
    Conf { shows: "a blank in its name", files: &[(MAIN, "/with blank\n")], finds: "d" },
    Conf { shows: "hwcap is no directory", files: &[(MAIN, "hwcap 1 nosegneg\nHWCAP 2 x\n/a\n")], finds: "a" },
    Conf { shows: "the old word for a kind", files: &[(MAIN, "/a=libc6\n/b\n")], finds: "ab" },
    Conf {
        shows: "several patterns, parted by blanks and tabs",
        files: &[(MAIN, "include \tm/*.conf  n/one\tn/two\n"), ("m/x.conf", "/a"), ("n/one", "/b"), ("n/two", "/c")],
        finds: "abc",
    },
    Conf {
        shows: "what is included counts from what includes it",
        files: &[(MAIN, "include m/one\n"), ("m/one", "include two\n/a\n"), ("m/two", "/b\n"), ("two", "/c\n")],
        finds: "ab",
    },
    Conf { shows: "an absolute pattern", files: &[(MAIN, "include /etc/m/*\n"), ("m/one", "/a")], finds: "a" },
    Conf { shows: "a pattern for nothing", files: &[(MAIN, "include m/*\n/a\n")], finds: "a" },
    Conf {
        shows: "hidden files only where the pattern says so",
        files: &[(MAIN, "include m/*\ninclude n/.*\n"), ("m/.one", "/a"), ("n/.one", "/b")],
        finds: "b",
    },
    Conf {
        shows: "classes and single letters",
        files: &[(MAIN, "include m/[ab]?\n"), ("m/a1", "/a"), ("m/b22", "/b"), ("m/c1", "/c"), ("m/b1", "/d")],
        finds: "ad",
    },
    Conf {
        shows: "the files of a pattern in the order of their names, the first directory for a name",
        files: &[(MAIN, "include m/*\n"), ("m/20", "/y"), ("m/10", "/z"), ("m/9", "/a")],
        finds: "az",
    },
    Conf { shows: "another order", files: &[(MAIN, "/y\n/z\n")], finds: "z" },
];

#[test]
fn the_configuration_is_read_as_ldconfig_reads_it() {
    if lacks(&["gcc", "ldconfig", "bwrap"]) {
        return;
    }
    let t = Test::new();
    t.shell(&format!(
        "{HELPERS} root; for d in a b c d e; do so root/$d/lib$d.so; done; mv root/d 'root/with blank'
        ln -s 'with blank' root/d; ln -s a root/link; so root/y/libz.so; so root/z/libz.so
        app root/a/liba.so root/b/libb.so root/c/libc.so root/d/libd.so root/e/libe.so root/z/libz.so"
    ))
    .succeeds();
    let asked = Asked::of(&Case { in_root: true, ..CASE }, &t);
    let wrong: Vec<_> = CONFS.iter().filter_map(|conf| fails(conf, &t, &asked)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CONFS.len(), wrong.join("\n\n"));
}

fn fails(conf: &Conf, t: &Test, asked: &Asked) -> Option<String> {
    t.shell("rm -rf root/etc").succeeds();
    for (file, text) in conf.files {
        t.write(&format!("root/etc/{file}"), text);
    }
    let find = || found(&asked.program, &asked.root, &[]).expect("it is a dynamic program");
    let by_configuration = find();
    t.shell("ldconfig -r root").succeeds();
    let listed = Listed::of(&asked.loader("", true), &asked.root);

    let letters: String =
        conf.finds.chars().filter(|letter| !listed.missing.contains(&format!("lib{letter}.so"))).collect();
    let all = listed.missing.len() + conf.finds.len() == 6;
    let wrong = (letters != conf.finds || !all).then(|| format!("the loader lacks {:?}", listed.missing));
    let wrong = wrong.or_else(|| difference(&by_configuration, &listed)).or_else(|| difference(&find(), &listed))?;
    Some(format!("{}: {wrong}", conf.shows))
}
