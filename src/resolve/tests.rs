//! Where a loader looks, as tables: a row is a sentence of ld.so(8), or of musl's ldso/dynlink.c.

use super::cache;
use super::known::KnownFiles;
use super::roots::CachedRoots;
use super::rule::SearchRule;
use super::rules::Rules;
use super::skipped::Skipped;
use super::step::{Asker, Lookup, Owner, SearchStep};
use crate::elf::{DF_1_NODEFLIB, Libc, Machine, Note, Object};
use crate::files::{HostRoot, Place, Roots};

const X86_64: Machine = Machine { is_64: true, big_endian: false, machine: 62, flags: 0 };

/// An object that asks, or one up the line: its name, DT_RPATH, DT_RUNPATH.
type Lists = (&'static str, Option<&'static str>, Option<&'static str>);

/// A search, and what it depends on.
struct Row {
    shows: &'static str,
    name: &'static str,
    /// Who asks first, the program last.
    line: &'static [Lists],
    flags_1: u64,
    library_path: &'static [&'static str],
    secure: bool,
    steps: &'static [&'static str],
}

const ROW: Row = Row {
    shows: "",
    name: "libx.so",
    line: &[("app", None, None)],
    flags_1: 0,
    library_path: &[],
    secure: false,
    steps: &[],
};

fn object((_, rpath, runpath): Lists, flags_1: u64) -> Object {
    let bytes = |list: Option<&str>| list.map(|list| list.as_bytes().to_vec());
    Object {
        machine: X86_64,
        kind: 3,
        os_abi: 0,
        abi_version: 0,
        entry: 0,
        segments: Vec::new(),
        loader: None,
        dynamic: true,
        needed: Vec::new(),
        soname: None,
        rpath: bytes(rpath),
        runpath: bytes(runpath),
        filters: Vec::new(),
        auxiliaries: Vec::new(),
        audit: None,
        depaudit: None,
        flags: 0,
        flags_1,
        versions_needed: Vec::new(),
        versions_defined: None,
        imports: Vec::new(),
    }
}

/// The rules for a program whose loader is at `loader`, in a root with a cache or without.
fn rules(libc: Libc, loader: &str, has_cache: bool) -> Rules {
    let directory = tempfile::tempdir().expect("there is room for a root");
    std::fs::create_dir(directory.path().join("etc")).expect("the directory is ours");
    if has_cache {
        std::fs::write(directory.path().join("etc/ld.so.cache"), cache::write(&[], false)).expect("it is ours");
    }
    let (root, known) = (HostRoot::new(directory.path()), KnownFiles::default());
    let program = Object { loader: Some(loader.into()), ..object(("app", None, None), 0) };
    Rules::read(&CachedRoots::new(Roots::one(&root), &known), Some(libc), &program, None)
}

fn shown(step: SearchStep) -> String {
    let paths =
        |places: &[Place]| places.iter().map(|place| place.path.display().to_string()).collect::<Vec<_>>().join(", ");
    match step.lookup {
        Lookup::Directories(_) if step.rule == SearchRule::Default => step.rule.to_string(),
        Lookup::Directories(places) => format!("{}: {}", step.rule, paths(&places)),
        Lookup::File(place) => format!("{}: {}", step.rule, paths(&[place])),
        Lookup::Index { defaults: true } => step.rule.to_string(),
        Lookup::Index { defaults: false } => format!("{} but for default directories", step.rule),
        Lookup::Skip(why) => format!("skipped: {}", Skipped { rule: step.rule, why }),
        Lookup::Stop(load_error) => format!("stops: {load_error}"),
    }
}

/// Compares the steps of each row; all objects lie in `/o`.
#[track_caller]
fn agree(rules: &Rules, rows: &[Row], notes: &[Note]) {
    let origin = Place::sysroot("/o");
    for row in rows {
        let objects: Vec<Object> = row.line.iter().map(|lists| object(*lists, row.flags_1)).collect();
        let line = row.line.iter().zip(&objects).enumerate().map(|(above, (lists, object))| {
            let is_program = above + 1 == row.line.len();
            Owner { name: lists.0.into(), object, origin: Some(&origin), is_program }
        });
        let library_path: Vec<Place> = row.library_path.iter().map(Place::sysroot).collect();
        let library_path = SearchStep::directories(SearchRule::LibraryPath, library_path);
        let asker = Asker { line: line.collect(), notes, library_path: library_path.as_slice(), secure: row.secure };

        let steps: Vec<String> = rules.search_path(row.name.as_bytes(), &asker).map(shown).collect();

        assert_eq!(steps, row.steps, "{}", row.shows);
    }
}

#[test]
fn rules_apply_in_the_order_that_ld_so_documents() {
    let rows = [
        Row {
            shows: "nothing is set: the cache, then the default path",
            steps: &["ld.so.cache", "default directories"],
            ..ROW
        },
        Row {
            shows: "DT_RPATH if there is no DT_RUNPATH, then LD_LIBRARY_PATH",
            line: &[("app", Some("/r"), None)],
            library_path: &["/l"],
            steps: &["RPATH of `app`: /r", "--library-path: /l", "ld.so.cache", "default directories"],
            ..ROW
        },
        Row {
            shows: "LD_LIBRARY_PATH, then DT_RUNPATH, which silences DT_RPATH",
            line: &[("app", Some("/r"), Some("/n:/m"))],
            library_path: &["/l"],
            steps: &[
                "skipped: RPATH of `app`, silenced by the RUNPATH of `app`",
                "--library-path: /l",
                "RUNPATH of `app`: /n, /m",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "DT_RPATH applies to all children in the tree, the nearest first",
            line: &[("liba.so", Some("/a"), None), ("app", Some("/r"), None)],
            steps: &["RPATH of `liba.so`: /a", "RPATH of `app`: /r", "ld.so.cache", "default directories"],
            ..ROW
        },
        Row {
            shows: "DT_RUNPATH does not apply to children",
            line: &[("liba.so", None, None), ("app", None, Some("/n"))],
            steps: &[
                "skipped: RUNPATH of `app`, which its libraries do not inherit",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "a DT_RUNPATH of the object that asks silences the DT_RPATH of all up the line",
            line: &[("liba.so", None, Some("")), ("app", Some("/r"), None)],
            steps: &[
                "skipped: RPATH of `app`, silenced by the RUNPATH of `liba.so`",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "a DT_RUNPATH further up silences its own object's DT_RPATH alone",
            line: &[("libb.so", Some("/b"), None), ("liba.so", Some("/a"), Some("/n")), ("app", Some("/r"), None)],
            steps: &[
                "RPATH of `libb.so`: /b",
                "skipped: RPATH of `liba.so`, silenced by the RUNPATH of `liba.so`",
                "RPATH of `app`: /r",
                "skipped: RUNPATH of `liba.so`, which its libraries do not inherit",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "-z nodeflib: neither the default path nor what the cache has below it",
            flags_1: DF_1_NODEFLIB,
            steps: &[
                "skipped: default directories, and what the cache has below them: `app` has DF_1_NODEFLIB",
                "ld.so.cache but for default directories",
            ],
            ..ROW
        },
    ];
    agree(&rules(Libc::Glibc, "/lib64/ld-linux-x86-64.so.2", true), &rows, &[]);
}

#[test]
fn tokens_and_paths_are_read_as_ld_so_documents() {
    let rows = [
        Row {
            shows: "$ORIGIN and $LIB, in braces or not; a list names a directory once",
            line: &[("app", None, Some("$ORIGIN/l:${ORIGIN}/l:/usr/$LIB"))],
            steps: &["RUNPATH of `app`: /o/l, /usr/lib/x86_64-linux-gnu", "ld.so.cache", "default directories"],
            ..ROW
        },
        Row {
            shows: "$PLATFORM has a value for each processor",
            line: &[("app", None, Some("/$PLATFORM"))],
            steps: &[
                "skipped: rare values of `$PLATFORM` in `/$PLATFORM` of `app`",
                "RUNPATH of `app`: /x86_64, /haswell, /xeon_phi",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "in secure-execution mode $ORIGIN of the program is not trusted",
            line: &[("liba.so", Some("$ORIGIN/a"), None), ("app", Some("$ORIGIN/l:/r"), None)],
            secure: true,
            steps: &[
                "RPATH of `liba.so`: /o/a",
                "skipped: `$ORIGIN/l` in the RPATH of `app`, not trusted in a program that runs with elevated privileges",
                "RPATH of `app`: /r",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "an empty or relative part is the working directory's",
            line: &[("app", None, Some(":lib:/n"))],
            steps: &[
                "skipped: an empty part of the RUNPATH of `app`, which stands for the directory that the program is started in",
                "skipped: `lib` in the RUNPATH of `app`, relative to the directory that the program is started in",
                "RUNPATH of `app`: /n",
                "ld.so.cache",
                "default directories",
            ],
            ..ROW
        },
        Row {
            shows: "a name with a slash is a path, and nothing else is searched",
            name: "/opt/libx.so",
            line: &[("app", Some("/r"), None)],
            steps: &["path: /opt/libx.so"],
            ..ROW
        },
        Row { shows: "in which tokens count", name: "$ORIGIN/libx.so", steps: &["path: /o/libx.so"], ..ROW },
        Row {
            shows: "a relative path is the working directory's",
            name: "lib/libx.so",
            steps: &[
                "stops: `app` needs `lib/libx.so`, a path relative to the directory that the program is started in",
            ],
            ..ROW
        },
    ];
    agree(&rules(Libc::Glibc, "/lib64/ld-linux-x86-64.so.2", true), &rows, &[]);
}

#[test]
fn a_root_without_a_cache_is_searched_as_if_ldconfig_had_run() {
    let steps = &["skipped: `/etc/ld.so.cache`, which is absent or damaged", "ld.so.cache", "default directories"];
    let rules = rules(Libc::Glibc, "/lib64/ld-linux-x86-64.so.2", false);
    agree(&rules, &[Row { shows: "no cache", steps, ..ROW }], &[]);
}

#[test]
fn a_note_of_nixos_comes_after_the_caller_and_before_the_runpath_where_its_loader_runs() {
    let description = b"libx.so\0=/nix/store/x/lib/libx.so:?$ORIGIN/l\0\0".to_vec();
    let notes = [Note { owner: "NixOS".to_owned(), kind: 0x63a8_6cb6, description }];
    let row = Row { line: &[("app", None, Some("/n"))], library_path: &["/l"], ..ROW };
    let steps = &[
        "--library-path: /l",
        "NixOS' note of `app`: /nix/store/x/lib/libx.so",
        "NixOS' note of `app`: /o/l",
        "RUNPATH of `app`: /n",
        "ld.so.cache",
        "default directories",
    ];
    let of_nix = rules(Libc::Glibc, "/nix/store/g/lib/ld-linux-x86-64.so.2", true);
    agree(&of_nix, &[Row { shows: "a note", steps, ..row }], &notes);
    assert!(of_nix.reads_notes());
    assert!(!rules(Libc::Glibc, "/lib64/ld-linux-x86-64.so.2", true).reads_notes());
}

#[test]
fn rules_of_musl_apply_in_its_order() {
    let rows = [
        Row { shows: "nothing is set: the path file, or the default path", steps: &["default directories"], ..ROW },
        Row {
            shows: "env_path, then the rpath of all up the line, be it DT_RUNPATH or DT_RPATH",
            line: &[("liba.so", Some("/a"), None), ("app", Some("/r"), Some("/n"))],
            library_path: &["/l"],
            steps: &["--library-path: /l", "RPATH of `liba.so`: /a", "RPATH of `app`: /n", "default directories"],
            ..ROW
        },
        Row {
            shows: "$ORIGIN, also where a longer word begins so",
            line: &[("app", None, Some("$ORIGIN/l:${ORIGIN}:$ORIGINAL"))],
            steps: &["RPATH of `app`: /o/l, /o, /oAL", "default directories"],
            ..ROW
        },
        Row {
            shows: "any other token takes the whole list away",
            line: &[("app", None, Some("$ORIGIN/l:/$LIB"))],
            steps: &["skipped: RPATH of `app`, which has a token that musl does not know", "default directories"],
            ..ROW
        },
        Row {
            shows: "libc.secure: the program's list with a token does not count",
            line: &[("liba.so", None, Some("$ORIGIN/a")), ("app", None, Some("$ORIGIN/l:/r"))],
            secure: true,
            steps: &[
                "RPATH of `liba.so`: /o/a",
                "skipped: `$ORIGIN/l:/r` in the RPATH of `app`, not trusted in a program that runs with elevated privileges",
                "default directories",
            ],
            ..ROW
        },
        Row { shows: "no token counts in a path", name: "/$LIB/libx.so", steps: &["path: /$LIB/libx.so"], ..ROW },
        Row { shows: "no name", name: "", steps: &["stops: cannot find ``, needed by `app`"], ..ROW },
    ];
    agree(&rules(Libc::Musl, "/lib/ld-musl-x86_64.so.1", false), &rows, &[]);
}
