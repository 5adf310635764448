//! What surrounds the code agrees with it: manuals with `--help`, the changelog with the version.

use crate::support::source::{self, block, code};
use crate::support::{Test, repository};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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
    ["src", "tests"].iter().flat_map(|directory| source::sources(&repository().join(directory))).collect()
}

#[test]
fn files_say_what_they_are_for() {
    for (path, source) in sources() {
        assert!(source.starts_with("//! "), "{} does not say what it is for", path.display());
    }
}

/// The lines of loops in tests that end the test, not only the case.
fn loops_that_end_a_test(source: &str) -> Vec<usize> {
    let code = code(source);
    let starts = |of: &str, word: &str| of.match_indices(word).map(|(at, _)| at).collect::<Vec<_>>();
    let mut lines = Vec::new();
    for test in starts(&code, "#[test]\nfn ").into_iter().map(|at| block(&code, at, ['{', '}'])) {
        let body = &code[test.clone()];
        for cases in starts(body, " for ").into_iter().map(|at| block(body, at, ['{', '}'])) {
            let ends = starts(&body[cases.clone()], "return").into_iter().map(|at| test.start + cases.start + at);
            lines.extend(ends.map(|at| code[..at].lines().count()));
        }
    }
    lines
}

#[test]
fn a_case_that_lacks_a_tool_does_not_end_the_cases_after_it() {
    for (path, source) in sources() {
        let lines = loops_that_end_a_test(&source);
        assert_eq!(lines, Vec::<usize>::new(), "{}: `continue` skips a case alone", path.display());
    }
    let ends = "#[test]\nfn f() {\n    for x in [\"for\"] {\n        if lacks(x) {\n            return;\n        }\n    }\n}\n";
    assert_eq!(loops_that_end_a_test(ends), [5]);
    assert_eq!(loops_that_end_a_test(&ends.replace("return", "continue")), Vec::<usize>::new());
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

/// The directories at the top, to one of which a citation leads that begins with a name.
const TOP: [&str; 8] = ["src/", "tests/", "testdata/", "docs/", "benches/", "examples/", "facts/", ".ci/"];

/// All paths in the repository, directories with a slash at their end.
fn paths() -> Vec<String> {
    let (mut paths, mut todo) = (Vec::new(), vec![repository().to_owned()]);
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).expect("a directory is read") {
            let path = entry.expect("it is read").path();
            let name = path.strip_prefix(repository()).expect("it is below").to_str().expect("it is plain").to_owned();
            if path.is_dir() && ![".git", "target"].contains(&name.as_str()) {
                paths.push(format!("{name}/"));
                todo.push(path);
            } else {
                paths.push(name);
            }
        }
    }
    paths
}

/// What stands in backticks, or is where a link leads.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    text.split('`').skip(1).step_by(2).chain(links)
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|own| own == extension)
}

/// Whether a word says that it is a path of the repository: it begins at the top, or ends like a source or a page.
fn is_ours(word: &str) -> bool {
    let is_path = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let is_file = has_extension(word, "rs");
    is_path && (is_file || TOP.iter().any(|top| word.starts_with(top)))
}

/// Whether `word` is one of `paths`, or the end of one: `kind.rs` is `src/elf/kind.rs`.
fn is_there(word: &str, paths: &[String]) -> bool {
    let word = word.trim_end_matches('/');
    let ends = |path: &str| path == word || path.strip_suffix(word).is_some_and(|start| start.ends_with('/'));
    paths.iter().any(|path| ends(path.trim_end_matches('/')))
}

#[test]
fn what_documents_and_comments_cite_is_there() {
    let paths = paths();
    let mut texts: Vec<_> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "testdata/README.md"].map(String::from).into();
    texts.extend(paths.iter().filter(|path| path.starts_with("docs/") && has_extension(path, "md")).cloned());
    let mut missing = Vec::new();
    for name in texts {
        let text = document(&name);
        let cited = quoted(&text).filter(|word| is_ours(word) && !is_there(word, &paths));
        missing.extend(cited.map(|word| format!("{name}: {word}")));
    }
    for (path, source) in sources() {
        let comments = source.lines().filter_map(|line| line.trim_start().strip_prefix("//")).collect::<Vec<_>>();
        let cited = comments.iter().flat_map(|line| {
            let bare =
                line.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '/'));
            // Other projects have sources, too.
            let bare = bare.filter(|word| ["docs/", "facts/"].iter().any(|top| word.starts_with(top)));
            quoted(line).chain(bare)
        });
        let cited = cited.filter(|word| is_ours(word) && !is_there(word, &paths));
        missing.extend(cited.map(|word| format!("{}: {word}", path.display())));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_set_up_is_one_script_that_both_commands_and_ci_call() {
    for (script, calls) in [(".ci/demo", ".ci/setup build"), (".ci/test", ".ci/setup test"), (".ci/run", ".ci/test")] {
        assert!(document(script).lines().any(|line| line.ends_with(calls)), "{script} does not call {calls}");
    }
    assert!(document("README.md").contains("$ .ci/demo\n"));
    assert!(document("README.md").contains("$ .ci/test\n"));
}
