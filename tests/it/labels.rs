//! `--labels auto`: revision, version and source, from a Go program and from git work trees, which git makes.

use crate::support::app::with_app;
use crate::support::image::Image;
use crate::support::{Test, lacks};
use serde_json::{Value, json};

/// The labels of the image that these flags make.
fn labels(t: &Test, flags: &str) -> Value {
    t.shell(&format!("$pack {flags} -q -o image.tar")).succeeds();
    Image::open(&t.path("image.tar")).config()["config"]["Labels"].clone()
}

const GIT: &str = "export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.example GIT_COMMITTER_NAME=a \
    GIT_COMMITTER_EMAIL=a@b.example";

#[test]
fn labels_are_those_of_the_work_tree_that_the_program_lies_in() {
    if lacks(&["git"]) {
        return;
    }
    let Some(t) = with_app() else { return };
    let git = |script: &str| t.shell(&format!("set -e; {GIT}; {script}")).succeeds().stdout().trim().to_owned();
    let key = |name: &str| format!("org.opencontainers.image.{name}");

    let none = t.shell("$pack app --labels auto -o image.tar -q").succeeds();
    assert!(none.stderr().starts_with("warning: `--labels auto` has no effect: `app` records no commit, "), "{none}");

    let commit = git(
        "mkdir -p tree/bin; cp app tree/bin; cd tree; git init -q; git commit -q --allow-empty -m one; git rev-parse HEAD",
    );
    assert_eq!(labels(&t, "tree/bin/app"), json!(null), "a plain run adds none");
    assert_eq!(labels(&t, "tree/bin/app --labels auto"), json!({ key("revision"): commit }));

    git(
        "cd tree; git remote add origin https://me:secret@git.example/me/x.git; git tag v1.0; git tag -a v1.1 -m x; git pack-refs --all",
    );
    let all = json!({ key("revision"): commit, key("version"): "v1.1", key("source"): "https://git.example/me/x" });
    assert_eq!(labels(&t, "tree/bin/app --labels auto"), all);
    // A second work tree shares all but its HEAD.
    git("cd tree; git worktree add -q --detach ../second; cp ../app ../second");
    assert_eq!(labels(&t, "second/app --labels auto"), all);
    // What the user says counts more.
    let own = labels(&t, &format!("tree/bin/app --labels auto -l {}=v2", key("version")));
    assert_eq!(own[key("version")], "v2");
}

#[test]
fn a_go_program_tells_the_commit_that_it_was_built_from() {
    if lacks(&["git", "go"]) {
        return;
    }
    let t = Test::new();
    t.write("tree/go.mod", "module github.com/me/x\n\ngo 1.19\n");
    t.write("tree/main.go", "package main\n\nfunc main() {}\n");
    let built = t.shell(&format!(
        "set -e; {GIT}; cd tree; git init -q; git add .; git commit -q -m one
        CGO_ENABLED=0 go build -o ../app .; git rev-parse HEAD; git commit -q --allow-empty -m two"
    ));
    let commit = built.succeeds().stdout().trim().to_owned();

    let told = labels(&t, "app --labels auto");

    let key = |name: &str| format!("org.opencontainers.image.{name}");
    assert_eq!(told[key("revision")], json!(commit), "{told}");
    assert_eq!(told[key("source")], json!("https://github.com/me/x"), "{told}");
}
