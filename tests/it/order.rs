//! The rooms of the crate stand in an order, which `docs/design.md` lists from the top: a file imports only from its
//! own room and from those below it, and no two files import each other in a circle.

use crate::support::imports::{Imports, circles, imports};
use crate::support::repository;
use crate::support::source::sources;
use std::collections::BTreeSet;
use std::fs;

/// The rooms that the design lists, in its order.
fn listed() -> Vec<String> {
    let design = fs::read_to_string(repository().join("docs/design.md")).expect("there is a design");
    let rooms = design.lines().filter_map(|line| line.strip_prefix("src/")?.split_whitespace().next());
    rooms.map(|room| room_of(room).to_owned()).collect()
}

/// The room that a path below `src` is in.
fn room_of(path: &str) -> &str {
    path.split('/').next().expect("a path has a start").trim_end_matches(".rs")
}

/// What the files of the crate import from each other.
fn crate_imports() -> Imports {
    let src = repository().join("src");
    let name = |path: &std::path::Path| path.strip_prefix(&src).expect("it is below").to_str().map(str::to_owned);
    let sources = sources(&src).into_iter().map(|(path, source)| (name(&path).expect("it is plain"), source));
    imports(&sources.collect::<Vec<_>>())
}

#[test]
fn the_design_lists_every_room_that_there_is_and_no_other() {
    let listed: BTreeSet<_> = listed().into_iter().collect();
    let there: BTreeSet<_> = crate_imports().keys().map(|file| room_of(file).to_owned()).collect();
    assert_eq!(there, listed);
}

#[test]
fn a_file_imports_only_from_its_room_and_those_below_it() {
    let listed = listed();
    let place = |file: &str| listed.iter().position(|room| room == room_of(file));
    let mut wrong = Vec::new();
    for (file, targets) in crate_imports() {
        let above = targets.into_iter().filter(|(other, _)| place(other) < place(&file));
        wrong.extend(above.map(|(other, path)| format!("{file} names `{path}` of {other}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_import_is_seen_in_every_form() {
    const FILES: [&str; 6] = ["lib.rs", "main.rs", "a/mod.rs", "a/b.rs", "a/c.rs", "d.rs"];
    for (file, source, expected) in [
        ("d.rs", "use crate::a::Type;", vec!["a/mod.rs"]),
        ("d.rs", "use crate::a::{b::{X, Y}, self, c::Z};", vec!["a/b.rs", "a/c.rs", "a/mod.rs"]),
        ("d.rs", "use crate::{\n    a::b,\n};", vec!["a/b.rs"]),
        ("d.rs", "fn f() -> crate::a::b::Kind {}", vec!["a/b.rs"]),
        ("d.rs", "fn f() { crate::run() }", vec!["lib.rs"]),
        ("d.rs", "// crate::a\nconst A: &str = \"crate::a\";", vec![]),
        ("a/b.rs", "use super::c::X;", vec!["a/c.rs"]),
        ("a/b.rs", "use super::Type;", vec!["a/mod.rs"]),
        ("a/b.rs", "use super::super::d;", vec!["d.rs"]),
        ("a/b.rs", "mod tests { use super::*; use super::super::c::X; }", vec!["a/c.rs"]),
        ("a/mod.rs", "mod b;\npub use b::X;", vec![]),
        ("a/mod.rs", "mod b;\npub use b::X;\nfn f() -> X {}", vec!["a/b.rs"]),
        ("a/mod.rs", "mod b;\npub use b::b;", vec![]),
        ("a/mod.rs", "mod b;\npub use b::Error;\nfn f() -> io::Error {}", vec![]),
        ("a/mod.rs", "mod b;\nuse b::X;", vec!["a/b.rs"]),
        ("a/mod.rs", "mod b;\nfn f() { b::f() }", vec!["a/b.rs"]),
        ("a/mod.rs", "pub(crate) use self::b::X;\nmod b;", vec![]),
        ("main.rs", "use pack::d::{X};\nfn main() { pack::run() }", vec!["d.rs", "lib.rs"]),
    ] {
        let sources = FILES.map(|name| (name.to_owned(), if name == file { source } else { "" }.to_owned()));
        let seen: Vec<_> = imports(&sources)[file].keys().cloned().collect();
        assert_eq!(seen, expected, "{file}: {source}");
    }
}

#[test]
fn no_two_files_import_each_other_in_a_circle() {
    let circles = circles(&crate_imports());
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), circles.join("\n"));
}

#[test]
fn a_circle_is_told_once_by_its_shortest_way() {
    let file = |name: &str, targets: &[&str]| {
        let targets = targets.iter().map(|target| ((*target).to_owned(), format!("crate::{target}")));
        (name.to_owned(), targets.collect())
    };
    let imports = Imports::from([file("a", &["b", "d"]), file("b", &["c"]), file("c", &["a", "b"]), file("d", &[])]);
    let expected =
        ["b names `crate::c`, c names `crate::b`", "a names `crate::b`, b names `crate::c`, c names `crate::a`"];
    assert_eq!(circles(&imports), expected);
}
