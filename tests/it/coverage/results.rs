//! What was measured, as lines: `target/coverage.tsv`, the table's expectations, the page.

use super::measure::Measured;
use super::table::{self, Half, Use};
use crate::support::repository;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A result as a line: name, half, class, warnings, hints, packed and opened bytes, flags, what is missing, a note.
pub fn line(one: &Use, result: &Measured) -> String {
    let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let counts = format!("{}\t{}\t{}\t{}", result.warnings, result.hints, result.packed, result.opened);
    // Nobody else has this directory.
    let own = format!("{}/", table::directory().display());
    let texts = [&result.flags, &result.missing, &result.note].map(|text| plain(text).replace(&own, ""));
    format!("{}\t{}\t{}\t{counts}\t{}", one.name, one.half().name(), result.class, texts.join("\t"))
}

fn path(name: &str) -> PathBuf {
    repository().join("target").join(name)
}

/// The lines of an earlier run, by name.
fn earlier(name: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path(name)).unwrap_or_default();
    let named = text.lines().filter_map(|line| Some((line.split_once('\t')?.0.to_owned(), line.to_owned())));
    named.collect()
}

/// Writes the results over those of earlier runs, in the order of the table.
pub fn write(name: &str, uses: &[Use], measured: &BTreeMap<String, Measured>) {
    let mut lines = earlier(name);
    lines.extend(uses.iter().map(|one| (one.name.clone(), line(one, &measured[&one.name]))));
    let known = table::uses();
    let text = known.iter().filter_map(|one| lines.get(&one.name)).fold(String::new(), |all, line| all + line + "\n");
    std::fs::write(path(name), text).expect("target is writable");
    for half in [Half::Seen, Half::Aside] {
        eprint!("{}", figures(&results(name), half));
    }
}

/// A line of the results, read back.
struct Row {
    cells: Vec<String>,
}

impl Row {
    fn number(&self, cell: usize) -> usize {
        self.cells[cell].parse().unwrap_or(0)
    }

    fn class(&self) -> &str {
        &self.cells[2]
    }

    /// Packed over opened, in percent.
    fn ratio(&self) -> usize {
        self.number(5) * 100 / self.number(6).max(1)
    }
}

fn results(name: &str) -> Vec<Row> {
    let rows = earlier(name).into_values().map(|line| Row { cells: line.split('\t').map(str::to_owned).collect() });
    rows.filter(|row| row.cells.len() == 10).collect()
}

/// The figures of one half, as lines of a page.
fn figures(rows: &[Row], half: Half) -> String {
    let rows: Vec<_> = rows.iter().filter(|row| row.cells[1] == half.name() && row.class() != "invalid").collect();
    if rows.is_empty() {
        return format!("Not measured: the half that is {}.\n\n", half.name());
    }
    let count = |class: &str| rows.iter().filter(|row| row.class() == class).count();
    let share = |part: usize, whole: usize| format!("{part} ({} %)", (part * 1000 / whole.max(1) + 5) / 10);
    let runs: Vec<_> = rows.iter().filter(|row| row.class() == "runs").collect();
    let mut ratios: Vec<_> = runs.iter().map(|row| row.ratio()).collect();
    ratios.sort_unstable();
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or(0);
    let large = ratios.iter().filter(|ratio| **ratio > 150).count();
    let warned = runs.iter().filter(|row| row.number(3) > 0).count();
    let hints = runs.iter().map(|row| row.number(4)).sum::<usize>();
    let others: Vec<_> = rows.iter().filter(|row| row.class() != "runs").collect();
    let needed = others.iter().filter(|row| row.number(3) > 0).count();
    let mut text = format!("| the half that is {} | {} uses |\n| --- | --- |\n", half.name(), rows.len());
    let meanings = [
        ("runs", "do from their image what they do here"),
        ("told", "do so with all that pack told"),
        ("half", "are told of something that is missing, and not of enough"),
        ("silent", "fail, and nothing that helps was told"),
        ("refused", "are not packed"),
    ];
    for (class, meaning) in meanings {
        writeln!(text, "| {class}: {meaning} | {} |", share(count(class), rows.len())).expect("a String takes all");
    }
    let more = [
        ("warned, of those that run: none was needed", share(warned, runs.len())),
        ("hints, of those that run, together", hints.to_string()),
        ("warned, of those that do not run", share(needed, others.len())),
        ("packed over opened, median of those that run", format!("{}.{:02}", median / 100, median % 100)),
        ("more than 1.5 times", share(large, runs.len())),
    ];
    for (what, figure) in more {
        writeln!(text, "| {what} | {figure} |").expect("a String takes all");
    }
    text + "\n"
}

/// A line for each use that does not run.
fn failures(rows: &[Row], half: Half) -> String {
    let rows = rows.iter().filter(|row| row.cells[1] == half.name() && !["runs", "invalid"].contains(&row.class()));
    let mut text = String::new();
    for row in rows {
        let why = if row.cells[8].is_empty() { &row.cells[9] } else { &row.cells[8] };
        let why: String = why.split(' ').take(3).collect::<Vec<_>>().join(" ").chars().take(120).collect();
        let told = if row.class() == "told" { row.cells[7].chars().take(120).collect() } else { why };
        writeln!(text, "- {}, {}: `{}`", row.cells[0], row.class(), told.replace('`', "'"))
            .expect("a String takes all");
    }
    text
}

/// Writes what was measured into the table's expectations and into the page.
pub fn bless() {
    let rows = results("coverage.tsv");
    let class: BTreeMap<_, _> = rows.iter().map(|row| (row.cells[0].as_str(), row.class())).collect();
    let text = std::fs::read_to_string(table::path()).expect("the table is there");
    let mut table = String::new();
    for line in text.lines() {
        let mut cells: Vec<_> = line.split('\t').collect();
        match class.get(cells[0]).filter(|class| **class != "invalid") {
            Some(class) if !line.starts_with('#') => {
                cells.resize(cells.len().max(5), "");
                cells[4] = class;
                table += &cells.join("\t");
            }
            _ => table += line,
        }
        table.push('\n');
    }
    std::fs::write(table::path(), table).expect("the table is writable");
    let page = repository().join("docs/coverage.md");
    let text = std::fs::read_to_string(&page).expect("the page is there");
    let (head, _) = text.split_once("## Figures\n").expect("the page has figures");
    let mut text = format!("{head}## Figures\n\n");
    for half in [Half::Seen, Half::Aside] {
        text += &figures(&rows, half);
    }
    for half in [Half::Seen, Half::Aside] {
        writeln!(text, "## What does not run, of the half that is {}\n", half.name()).expect("a String takes all");
        text += &failures(&rows, half);
        text.push('\n');
    }
    std::fs::write(page, text.trim_end().to_owned() + "\n").expect("the page is writable");
}
