//! The verdict on a program that starts, and what it may miss: the same words for a program, for what is made of it, and
//! for an image that was read back.

use super::words::{Paint, field};
use pack::events::Warning;
use pack::facts::Resolution;

/// How many hints are shown; the others, if they are more than one, with `-v`.
const HINTS: usize = 3;

/// What is known of a program that starts: its loader and libraries are there. `warnings` and `hints` are how many follow.
pub fn starts(resolution: &Resolution, warnings: usize, hints: usize) -> String {
    let libraries = resolution.libraries.iter().filter(|library| library.dlopen.is_none()).count();
    let there = match (resolution.loader.is_some(), libraries) {
        (false, 0) => "it needs no loader and no library".to_owned(),
        (true, 0) => "its loader is there".to_owned(),
        (_, 1) => "its loader and its library are there".to_owned(),
        (_, count) => format!("its loader and all {count} libraries are there"),
    };
    let told: Vec<String> = [(warnings, "warning"), (hints, "hint")].into_iter().filter_map(counted).collect();
    let tell = if warnings + hints == 1 { "tells" } else { "tell" };
    let rest =
        if told.is_empty() { String::new() } else { format!("; {} {tell} what it may miss", told.join(" and ")) };
    format!("starts: {there}{rest}")
}

fn counted((number, what): (usize, &str)) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {what}")),
        number => Some(format!("{number} {what}s")),
    }
}

/// Warnings, among the lines about a file.
pub fn warnings(text: &mut String, warnings: &[Warning], paint: Paint) {
    for warning in warnings {
        field(text, paint, "warning", &warning.message);
        for detail in &warning.details {
            field(text, paint, "", detail);
        }
        if !warning.hint.is_empty() {
            field(text, paint, "hint", &warning.hint);
        }
    }
}

/// Hints: all of them, or the first few and how many more there are.
pub fn hints(text: &mut String, hints: &[String], all: bool, paint: Paint) {
    let shown = if all || hints.len() == HINTS + 1 { hints.len() } else { HINTS };
    for hint in hints.iter().take(shown) {
        field(text, paint, "hint", hint);
    }
    if hints.len() > shown {
        field(text, paint, "hint", &format!("and {} more: `-v`", hints.len() - shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_counts_what_it_does_not_know() {
        for (warnings, told, expected) in [
            (0, 0, "starts: it needs no loader and no library"),
            (1, 0, "starts: it needs no loader and no library; 1 warning tells what it may miss"),
            (0, 2, "starts: it needs no loader and no library; 2 hints tell what it may miss"),
            (1, 1, "starts: it needs no loader and no library; 1 warning and 1 hint tell what it may miss"),
        ] {
            assert_eq!(starts(&Resolution::default(), warnings, told), expected);
        }
    }

    #[test]
    fn of_many_hints_three_are_shown_unless_all_are_asked_for() {
        let shown = |count: usize, all: bool| {
            let sentences: Vec<String> = (1..=count).map(|number| format!("h{number}")).collect();
            let mut text = String::new();
            hints(&mut text, &sentences, all, Paint::PLAIN);
            text.lines().map(|line| line.trim_start_matches("  hint").trim_start().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(shown(3, false), ["h1", "h2", "h3"]);
        // A line that says that there is one more is no shorter than that one.
        assert_eq!(shown(4, false), ["h1", "h2", "h3", "h4"]);
        assert_eq!(shown(5, false), ["h1", "h2", "h3", "and 2 more: `-v`"]);
        assert_eq!(shown(5, true), ["h1", "h2", "h3", "h4", "h5"]);
    }
}
