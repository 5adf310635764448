//! Labels that the program and its work tree show (image-spec, annotations.md): revision, version, source.

use super::git::WorkTree;
use crate::elf::GoBuild;
use crate::events::Warning;
use crate::files::Root;
use crate::program::Program;

/// Hosts whose repositories are the first parts of a module's path.
const HOSTS: [&str; 4] = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];

/// The labels that `--labels auto` adds: what a Go program records, else what the git work tree says that the program lies
/// in. `is_host`: paths in the root where all is looked up are paths of the host.
pub fn labels(program: &Program, is_host: bool) -> Vec<(String, String)> {
    let go = program.inspected.toolchain.go.as_ref();
    let tree = (is_host || program.real.root == Root::Host).then(|| WorkTree::around(&program.real.path)).flatten();
    let commit = tree.as_ref().and_then(WorkTree::commit);
    // What the program records was true when it was built.
    let recorded = go.and_then(revision);
    let tag = || {
        let tags =
            tree.as_ref().zip(commit.as_ref()).filter(|(_, commit)| recorded.as_ref().is_none_or(|own| own == *commit));
        tags.and_then(|(tree, commit)| tree.tags(commit).pop())
    };
    let version = go.and_then(version).or_else(tag);
    let source = tree.as_ref().and_then(WorkTree::origin).or_else(|| go.and_then(source));
    [("revision", recorded.clone().or(commit)), ("source", source), ("version", version)]
        .into_iter()
        .filter_map(|(key, value)| Some((format!("org.opencontainers.image.{key}"), value?)))
        .collect()
}

/// The warning that nothing shows a label.
pub fn nothing_found(given: &str) -> Warning {
    Warning {
        code: "unused-flag",
        message: format!("`--labels auto` has no effect: `{given}` records no commit, and lies in no git work tree"),
        details: Vec::new(),
        hint: "leave it out, or write `--label org.opencontainers.image.revision=COMMIT`".to_owned(),
    }
}

/// The commit, and whether the work tree had other changes.
fn revision(go: &GoBuild) -> Option<String> {
    let changed = if go.setting("vcs.modified") == Some("true") { "-dirty" } else { "" };
    go.setting("vcs.revision").map(|revision| format!("{revision}{changed}"))
}

fn version(go: &GoBuild) -> Option<String> {
    let (_, version) = go.module.as_ref()?;
    Some(version.clone()).filter(|version| !version.is_empty() && version != "(devel)")
}

fn source(go: &GoBuild) -> Option<String> {
    let (path, _) = go.module.as_ref()?;
    let parts: Vec<&str> = path.split('/').take(3).collect();
    (parts.len() == 3 && HOSTS.contains(&parts[0])).then(|| format!("https://{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_go_program_tells_its_commit_version_and_source() {
        let go = |module: (&str, &str), settings: &[(&str, &str)]| GoBuild {
            module: Some((module.0.to_owned(), module.1.to_owned())),
            settings: settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..GoBuild::default()
        };
        for (module, settings, expected) in [
            (
                ("github.com/me/x/v2", "v2.1.0"),
                vec![("vcs.revision", "abc")],
                (Some("abc"), Some("v2.1.0"), Some("https://github.com/me/x")),
            ),
            (
                ("example.org/x", "(devel)"),
                vec![("vcs.revision", "abc"), ("vcs.modified", "true")],
                (Some("abc-dirty"), None, None),
            ),
            (("github.com/me", ""), vec![], (None, None, None)),
        ] {
            let go = go(module, &settings);
            let found = (revision(&go), version(&go), source(&go));
            assert_eq!((found.0.as_deref(), found.1.as_deref(), found.2.as_deref()), expected, "{module:?}");
        }
    }
}
