//! What surrounds the code agrees with it: manuals with `--help`, the changelog with the version.

use crate::support::{Test, repository};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn document(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The long flags in a text.
fn flags(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
    words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_owned).collect()
}

#[test]
fn the_readme_tells_of_every_flag_and_of_none_that_is_not_there() {
    let t = Test::new();
    let help = t.pack(&["--help"]).succeeds().stdout();
    let of_pack = flags(&help);
    let all: BTreeSet<_> =
        of_pack.union(&flags(&t.pack(&["inspect", "--help"]).succeeds().stdout())).cloned().collect();

    let readme = document("README.md");
    let (_, options) = readme.split_once("\n## All flags\n").expect("the README lists the flags");
    let told = flags(options.split("\n## ").next().expect("a section has a text"));

    let common = BTreeSet::from(["--help".to_owned(), "--version".to_owned()]);
    assert_eq!(
        of_pack.difference(&told).filter(|flag| !common.contains(*flag)).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    assert_eq!(told.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_changelog_begins_with_what_is_to_come_and_knows_this_version() {
    let changelog = document("CHANGELOG.md");
    let sections: Vec<_> = changelog.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let version = env!("CARGO_PKG_VERSION");
    assert!(sections.iter().any(|s| s.starts_with(version) || s.starts_with("Unreleased")), "{sections:?}");
    assert!(sections.first().is_some_and(|first| first.starts_with("Unreleased") || first.starts_with(version)));
}

/// The sources and the tests, whole.
fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    let mut directories = vec![repository().join("src"), repository().join("tests")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a source directory is read") {
            let path = entry.expect("it is read").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).expect("it is read");
                sources.push((path, source));
            }
        }
    }
    sources
}

#[test]
fn files_say_what_they_are_for() {
    for (path, source) in sources() {
        assert!(source.starts_with("//! "), "{} does not say what it is for", path.display());
    }
}

#[test]
fn the_tests_that_documents_name_are_there() {
    let sources = sources();
    let document = document("docs/loader.md");
    let is_plain = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    // Tests are sentences; functions of glibc begin with `_`, and other names are shorter.
    let is_test = |word: &&str| is_plain(word) && !word.starts_with('_') && word.matches('_').count() > 3;
    let named: Vec<_> = document.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 30, "{named:?}");
    for name in named {
        let declared = format!("fn {name}() {{");
        assert!(sources.iter().any(|(_, source)| source.contains(&declared)), "docs/loader.md names `{name}`");
    }
}

#[test]
fn the_set_up_is_one_script_that_both_commands_and_ci_call() {
    for (script, calls) in [(".ci/demo", ".ci/setup build"), (".ci/test", ".ci/setup test"), (".ci/run", ".ci/test")] {
        assert!(document(script).lines().any(|line| line.ends_with(calls)), "{script} does not call {calls}");
    }
    assert!(document("README.md").contains("$ .ci/demo\n"));
    assert!(document("README.md").contains("$ .ci/test\n"));
}
