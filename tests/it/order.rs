//! The rooms of the crate stand in an order, which `docs/design.md` lists: but for the two at the top, a module
//! imports only what stands above it.

use crate::support::repository;
use crate::support::source::{code, sources};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What stands at the top and may see everything.
const TOP: [&str; 2] = ["main", "lib"];

/// The rooms that the design lists, in its order.
fn listed() -> Vec<String> {
    let design = fs::read_to_string(repository().join("docs/design.md")).expect("there is a design");
    let rooms = design.lines().filter_map(|line| line.strip_prefix("src/")?.split_whitespace().next());
    rooms.map(|room| room.trim_end_matches(".rs").trim_end_matches('/').to_owned()).collect()
}

/// The room that a source file is in.
fn room_of(file: &Path) -> String {
    let below = file.strip_prefix(repository().join("src")).expect("it is a source of ours");
    let first = below.iter().next().expect("it has a name").to_str().expect("it is plain");
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a source names after `crate::`, comments left out.
fn seen_by(source: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for named in code(source).split("crate::").skip(1) {
        match named.strip_prefix('{') {
            Some(list) => rooms.extend(heads_of(list)),
            None => rooms.extend(head_of(named)),
        }
    }
    rooms
}

/// The first name of each path in `{a::b, c::{d, e}, f}`, given without its opening brace.
fn heads_of(list: &str) -> Vec<String> {
    let (mut depth, mut end) = (1, list.len());
    let mut starts = vec![0];
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => starts.push(at + 1),
            _ => {}
        }
        if depth == 0 {
            end = at;
            break;
        }
    }
    starts.into_iter().filter_map(|start| head_of(list[start..end].trim_start())).collect()
}

fn head_of(path: &str) -> Option<String> {
    let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

#[test]
fn the_design_lists_every_room_that_there_is_and_no_other() {
    let listed: BTreeSet<_> = listed().into_iter().collect();
    let there: BTreeSet<_> = sources(&repository().join("src")).iter().map(|(file, _)| room_of(file)).collect();
    assert_eq!(there, listed);
}

#[test]
fn a_module_imports_only_what_stands_above_it() {
    let listed = listed();
    let place = |room: &str| listed.iter().position(|other| other == room);
    let mut wrong = Vec::new();
    for (file, source) in sources(&repository().join("src")) {
        let room = room_of(&file);
        if TOP.contains(&room.as_str()) {
            continue;
        }
        let seen = seen_by(&source);
        let above = |other: &String| *other == room || place(other).is_some_and(|at| Some(at) < place(&room));
        wrong.extend(
            seen.into_iter().filter(|other| !above(other)).map(|other| format!("{} sees {other}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_import_is_seen_in_every_form() {
    for (source, rooms) in [
        ("use crate::paths::ImagePath;", vec!["paths"]),
        ("use crate::{blob::{Descriptor, Digest}, paths};", vec!["blob", "paths"]),
        ("fn f() -> crate::elf::Kind {}", vec!["elf"]),
        ("// see crate::error", vec![]),
    ] {
        assert_eq!(seen_by(source).into_iter().collect::<Vec<_>>(), rooms, "{source}");
    }
}
