//! The README, run: every command in a `console` block, in order, with the output that the block shows.

use crate::support::engine::engine;
use crate::support::{Ran, Test, lacks, repository, tool};
use pack::testing::evidence::judgement::{Row, TABLE};

/// A command and the lines that the README shows below it.
fn commands(readme: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
                (None, Some((_, shown))) => shown.push(line.to_owned()),
                (None, None) => panic!("a block begins with a command"),
            },
        }
    }
    commands
}

/// What differs between compilers, machines and days: numbers, and what follows `sha256:`.
fn without_numbers(line: &str) -> String {
    let line = line.split("sha256:").next().unwrap_or(line);
    line.replace("kB", "MB").replace(|c: char| c.is_ascii_digit() || c == '.', "")
}

#[test]
fn the_commands_of_the_readme_do_what_it_shows() {
    if lacks(&["go"]) {
        return;
    }
    let Some(engine) = engine() else { return };
    let t = Test::new();
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("there is a README");
    for name in ["main.go", "go.mod"] {
        let source = std::fs::read(repository().join("testdata/webserver").join(name)).expect("it is there");
        t.write(&format!("webserver/{name}"), source);
    }
    let here = std::path::Path::new(env!("CARGO_BIN_EXE_pack")).parent().expect("it is in a directory");
    let path = format!("{}:{}:/usr/sbin:/sbin", here.display(), std::env::var("PATH").expect("there is a PATH"));
    let commands = commands(&readme);
    assert!(commands.len() >= 4, "{commands:?}");
    for (command, shown) in commands {
        let mut shell = tool("sh");
        // The reader stands in a module of their own, of which this is a package.
        let script = match command.strip_suffix(" -o bin/helloworld ./webserver") {
            Some(build) => format!("mkdir bin && cd webserver && {build} -buildvcs=false -o ../bin/helloworld ."),
            None => command,
        };
        shell.args(["-ec", &script]).env("PATH", &path).env("DOCKER_HOST", engine.host()).current_dir(t.path(""));

        let ran = Ran::of(&mut shell).succeeds();

        let said = format!("{}{}", ran.stdout(), ran.stderr());
        let said: Vec<_> = said.lines().map(without_numbers).collect();
        if !shown.is_empty() {
            assert_eq!(said, shown.iter().map(|line| without_numbers(line)).collect::<Vec<_>>(), "{ran}");
        }
    }
}

#[test]
fn the_page_on_evidence_has_the_table_of_judgements() {
    let page = std::fs::read_to_string(repository().join("docs/evidence.md")).expect("the page is there");
    let rows: Vec<String> = TABLE.iter().map(Row::documentation).collect();
    let table = rows.join("\n");
    assert!(page.contains(&table), "the table of judgements is now:\n{table}");
}

#[test]
fn the_page_on_evidence_has_a_row_for_each_rule() {
    let page = std::fs::read_to_string(repository().join("docs/evidence.md")).expect("the page is there");
    let told: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split('`').next()).collect();
    let mut rules: Vec<_> = pack::testing::evidence::table::RULES.iter().map(|rule| rule.name).collect();
    rules.dedup();
    assert_eq!(told, rules);
}
