//! The ladder of docs/ladder.md: its page has a line for every rung, and the rungs that have an aim meet it.

use crate::support::{Ran, Test, lacks, repository, tool};
use serde_json::Value;

/// What the script tells of the rungs whose name has `only`; `None` where it cannot run.
fn rungs(only: &str) -> Option<Vec<Value>> {
    if lacks(&["python3"]) {
        return None;
    }
    let t = Test::new();
    let mut script = tool("python3");
    script.arg(repository().join("benches/ladder.py")).args(["--pack", env!("CARGO_BIN_EXE_pack"), "--only", only]);
    Ran::of(script.args(["--json", "ladder.json"]).current_dir(t.path(""))).succeeds();
    let told = std::fs::read(t.path("ladder.json")).expect("it was written");
    let told: Value = serde_json::from_slice(&told).expect("it is JSON");
    told["rungs"].as_array().cloned()
}

/// The least that the image of a rung has, unpacked and compressed, by any of the ways.
fn least(rung: &Value, field: &str) -> u64 {
    let ways = rung["ways"].as_object().expect("there are ways");
    ways.values().filter_map(|way| way[field].as_u64()).min().expect("there is one")
}

#[test]
fn every_rung_that_has_an_aim_meets_it() {
    for (name, needs, aim) in [
        ("C, musl", "musl-gcc", 30_000),
        ("C, glibc", "gcc", 690_000),
        ("Go, println, -s -w", "go", 1_100_000),
        ("Go, fmt, -s -w", "go", 1_500_000),
        ("Go web server, -s -w", "go", 5_700_000 + 230_000),
        ("Java, jlink", "jlink", 40_000_000),
    ] {
        if lacks(&[needs]) {
            continue;
        }
        for rung in rungs(name).into_iter().flatten().filter(|rung| rung["rung"] == name) {
            assert!(least(&rung, "size") < aim, "{name}: {rung}");
        }
    }
}

#[test]
fn an_image_adds_less_than_two_kilobytes_to_its_program() {
    if lacks(&["gcc"]) {
        return;
    }
    for rung in rungs("smallest program").into_iter().flatten() {
        assert!(rung["adds"].as_u64().is_some_and(|bytes| bytes < 4_000), "{rung}");
        assert!(least(&rung, "compressed") < 2_000, "{rung}");
    }
}

#[test]
fn the_page_has_a_line_for_every_rung() {
    if lacks(&["python3"]) {
        return;
    }
    let page = std::fs::read_to_string(repository().join("docs/ladder.md")).expect("the page is there");
    let script = repository().join("benches/ladder.py");
    let listed = Ran::of(tool("python3").arg(script).arg("--list")).succeeds().stdout();
    let told: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).skip(2).collect();
    assert_eq!(told, listed.lines().collect::<Vec<_>>());
}
