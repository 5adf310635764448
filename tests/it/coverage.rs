//! Many programs that no rule was written for, each in one ordinary use: whether it does from its image what it does on
//! this machine, and where it does not, whether pack's own words say what is missing. `testdata/corpus/programs.tsv` has
//! a line for each use, `testdata/corpus/README.md` says how to add one, `docs/coverage.md` has the figures.
//!
//! Variables for who measures: `PACK_CORPUS_HALF=seen|aside|all`, `PACK_CORPUS_ONLY=NAME,…`, `PACK_CORPUS_JOBS=N`,
//! `PACK_CORPUS_PACK=FILE` (another pack than the one under test), `PACK_CORPUS_HOST=1` (only whether each use works on
//! this machine), `PACK_TEST_BLESS=1` (writes what was measured into the table and the page).

mod advice;
mod compare;
mod measure;
mod opened;
mod results;
mod sandbox;
mod table;

use crate::support::{lacks, skip};
use measure::Measured;
use sandbox::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use table::{Half, Use};

/// Whether a variable of the environment is set.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

/// The uses that this run takes.
fn taken() -> Vec<Use> {
    let half = std::env::var("PACK_CORPUS_HALF").unwrap_or_else(|_| "seen".to_owned());
    let only = std::env::var("PACK_CORPUS_ONLY").ok();
    let is_wanted = |one: &Use| match &only {
        Some(names) => names.split(',').any(|name| name == one.name),
        None => is_set("PACK_TEST_FULL") || is_set("PACK_CORPUS_HOST") || one.is_light(),
    };
    let uses = table::uses().into_iter().filter(is_wanted);
    uses.filter(|one| half == "all" || half == one.half().name()).collect()
}

/// Measures the uses, some at a time.
fn measured(uses: &[Use]) -> BTreeMap<String, Measured> {
    let place = Place::new();
    let (next, results) = (Mutex::new(uses.iter().enumerate()), Mutex::new(BTreeMap::new()));
    let jobs = std::env::var("PACK_CORPUS_JOBS").ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(2);
    let take = || next.lock().expect("nobody panics with it").next();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((number, one)) = take() {
                    let result = if is_set("PACK_CORPUS_HOST") {
                        let valid = Measured { class: "works".into(), ..Measured::default() };
                        measure::here(&place, one, number).map_or_else(measure::invalid, |_| valid)
                    } else {
                        measure::measure(&place, one, number)
                    };
                    if is_set("PACK_CORPUS_PROGRESS") {
                        eprintln!("{}", results::line(one, &result));
                    }
                    results.lock().expect("nobody panics with it").insert(one.name.clone(), result);
                }
            });
        }
    });
    results.into_inner().expect("nobody panics with it")
}

#[test]
fn programs_that_no_rule_was_written_for_run_or_are_told_what_is_missing() {
    if lacks(&["unshare", "setpriv", "mount", "strace", "ip", "curl", "python3"]) {
        return;
    }
    if !rustix::process::getuid().is_root() {
        return skip("only root mounts what a container has");
    }
    let uses = taken();
    let measured = measured(&uses);
    if is_set("PACK_CORPUS_HOST") {
        return results::write("coverage-host.tsv", &uses, &measured);
    }
    results::write("coverage.tsv", &uses, &measured);
    if is_set("PACK_TEST_BLESS") {
        return results::bless();
    }
    let mut wrong = Vec::new();
    for one in &uses {
        let result = &measured[&one.name];
        if result.class == "invalid" {
            skip(&format!("{}: {}", one.name, result.note));
        } else if one.expected != "-" && one.expected != result.class {
            wrong.push(format!("expected {}: {}", one.expected, results::line(one, result)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), uses.len(), wrong.join("\n"));
}

#[test]
fn names_are_unique_and_what_is_set_aside_is_enough_and_in_no_sample() {
    let uses = table::uses();
    let names: BTreeSet<_> = uses.iter().map(|one| &one.name).collect();
    assert_eq!(names.len(), uses.len(), "each use has a name of its own");
    let (aside, seen): (Vec<_>, Vec<_>) = uses.iter().partition(|one| one.half() == Half::Aside);
    let programs = |uses: &[&Use]| uses.iter().map(|one| one.program.clone()).collect::<BTreeSet<_>>();
    let (aside_programs, seen_programs) = (programs(&aside), programs(&seen));
    let new = aside_programs.difference(&seen_programs).count();
    assert!(aside.len() >= 90 && new >= 80, "{} uses of {new} programs that nobody looked at", aside.len());
    for one in aside {
        assert!(one.name.starts_with("z-") && !one.is_light(), "{}: is set aside", one.name);
    }
}
