//! Reasons that an image cannot show by itself, kept in an annotation of its manifest: what a flag brought, what belongs to
//! the packages of the machine that made the image, and what is there by a name that an object has.
//!
//! The annotation is a JSON object from keys to paths; `DIR/` stands for everything below a directory. No name or path of
//! that machine is in it, so that the image does not depend on where it was made. An image whose files all have reasons
//! that show has no annotation.

use super::{Cause, Entry, Node, Reason, Rootfs};
use crate::paths::ImagePath;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key of the annotation.
pub const ANNOTATION: &str = "pack.reasons";

/// The most bytes of an annotation. Paths that would be beyond are not recorded.
const MOST: usize = 4000;

/// Flags that bring files which nothing in the image names.
const FLAGS: [&str; 7] = ["--add", "--certs", "--dir", "--gconv", "--lib", "--locale", "--zones"];

/// Rules that depend on the machine, on its packages or on what else there is; and what they bring.
const RULES: [(&str, &str); 9] = [
    ("beside", "beside its program"),
    ("carried", "for what its program carries"),
    ("frozen", "beside its program"),
    ("opened", "a module that an object opens"),
    ("own-data", "data that an object names"),
    ("package", "of a package that the image needs"),
    ("registry", "a list of modules"),
    ("started", "a program that another one starts"),
    ("state", "a place to write"),
];

/// A reason that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The entry, or the directory.
    pub path: ImagePath,
    /// Whether everything below the directory is meant.
    pub is_tree: bool,
    /// The kind of reason.
    pub cause: Cause,
    /// The reason for people.
    pub text: String,
}

/// The annotation for a tree; `None` if all that is in it shows why. `libraries` are the sonames of `--lib`.
pub fn record(rootfs: &Rootfs, libraries: &[String]) -> Option<String> {
    let mut files: BTreeMap<&'static str, Vec<&ImagePath>> = BTreeMap::new();
    for (path, entry) in rootfs.entries() {
        for key in keys(path, entry, libraries) {
            files.entry(key).or_default().push(path);
        }
    }
    let (mut recorded, mut length) = (Map::new(), 2);
    for (key, paths) in files {
        let folded = folded(rootfs, &paths);
        length += key.len() + 6;
        let fits = |path: &String| {
            length += json!(path).to_string().len() + 1;
            length <= MOST
        };
        let fitting: Vec<String> = folded.into_iter().take_while(fits).collect();
        if !fitting.is_empty() {
            recorded.insert(key.to_owned(), json!(fitting));
        }
    }
    (!recorded.is_empty()).then(|| Value::Object(recorded).to_string())
}

/// The keys under which an entry is recorded: none if one of its reasons shows in the image.
fn keys(path: &ImagePath, entry: &Entry, libraries: &[String]) -> Vec<&'static str> {
    let name = path.file_name().and_then(|name| name.to_str());
    if name.is_some_and(|name| libraries.iter().any(|soname| soname == name)) {
        return vec!["--lib"];
    }
    let own = entry.reasons.iter().filter(|reason| !reason.cause.is_parent_or_link());
    let keys: Option<Vec<&'static str>> = own.map(key).collect();
    let is_link = entry.reasons.iter().any(|reason| reason.cause == Cause::Link);
    let mut keys = keys.filter(|_| !is_link).unwrap_or_default();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of a reason; `None` for one that shows in the image.
fn key(reason: &Reason) -> Option<&'static str> {
    let flag = |text: &str| {
        let word = text.split(['`', ' ']).next().unwrap_or_default();
        FLAGS.into_iter().find(|flag| *flag == word)
    };
    match reason.cause {
        Cause::Asked => flag(reason.text.strip_prefix('`')?),
        Cause::Evidence(rule) => match reason.text.strip_prefix("asked for with `") {
            Some(text) => flag(text),
            None => RULES.iter().map(|(name, _)| *name).find(|name| *name == rule),
        },
        _ => None,
    }
}

/// `paths`, with directories in place of all that is below them where nothing else is.
fn folded(rootfs: &Rootfs, paths: &[&ImagePath]) -> Vec<String> {
    let is_meant = |path: &ImagePath| paths.binary_search(&path).is_ok();
    let is_whole = |directory: &ImagePath| {
        let mut files = rootfs.below(directory).filter(|(_, entry)| entry.node != Node::Directory).peekable();
        files.peek().is_some() && files.all(|(path, _)| is_meant(path))
    };
    let mut folded: Vec<String> = Vec::new();
    let mut whole: Option<ImagePath> = None;
    for path in paths {
        if whole.as_ref().is_some_and(|above| path.is_within(above)) {
            continue;
        }
        let mut above: Vec<ImagePath> = path.ancestors().filter(|above| !above.is_root()).collect();
        above.sort();
        let top = above.into_iter().chain([(*path).clone()]).find(|directory| is_whole(directory));
        let text = top.as_ref().unwrap_or(path).as_path().to_str().map(str::to_owned);
        folded.extend(text.map(|text| if top.is_some() { text + "/" } else { text }));
        whole = top;
    }
    folded
}

/// The reasons in an annotation. What pack does not write is skipped: anybody may have written it.
pub fn read(annotation: &str) -> Vec<Recorded> {
    let is_short = annotation.len() <= 2 * MOST;
    let Some(Value::Object(recorded)) = is_short.then(|| serde_json::from_str(annotation).ok()).flatten() else {
        return Vec::new();
    };
    let each = recorded.iter().filter_map(|(key, paths)| Some((read_key(key)?, paths.as_array()?)));
    let each = each.flat_map(|((cause, text), paths)| paths.iter().map(move |path| (cause, text.clone(), path)));
    let read = each.filter_map(|(cause, text, path)| {
        let path = path.as_str()?;
        let is_tree = path.ends_with('/');
        let path = ImagePath::new(path.strip_suffix('/').unwrap_or(path)).filter(|path| !path.is_root())?;
        Some(Recorded { path, is_tree, cause, text })
    });
    read.collect()
}

fn read_key(key: &str) -> Option<(Cause, String)> {
    let flag = FLAGS.iter().find(|flag| **flag == key);
    let flag = flag.map(|flag| (Cause::Asked, format!("`{flag}`, as the image records")));
    flag.or_else(|| {
        let (rule, text) = RULES.iter().find(|(rule, _)| *rule == key)?;
        Some((Cause::Evidence(rule), format!("{text}, as the image records")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::rootfs::ImagePart;

    fn tree(entries: &[(&str, Option<Cause>, &str)]) -> Rootfs {
        let mut rootfs = Rootfs::default();
        for (path, cause, text) in entries {
            let node = if path.ends_with('/') { Node::Directory } else { Node::File(Content::Bytes(b"x"[..].into())) };
            let reason = Reason::new(cause.unwrap_or(Cause::Asked), *text);
            let path = ImagePath::known(path.trim_end_matches('/'));
            rootfs.insert(&path, Entry::new(node, 0o755, ImagePart::Added, reason)).unwrap();
        }
        rootfs
    }

    #[test]
    fn directories_stand_for_what_is_below_them_where_nothing_else_is() {
        let rule = |name| Some(Cause::Evidence(name));
        for (entries, expected) in [
            (vec![("/app", Some(Cause::Program), "the program `./app`")], None),
            (vec![("/a/b/x", None, "`--add a`"), ("/a/b/y", None, "`--add a`")], Some(r#"{"--add":["/a/"]}"#)),
            (
                vec![("/a/b/x", None, "`--add a`"), ("/a/y", rule("magic"), "`/app` names it")],
                Some(r#"{"--add":["/a/b/"]}"#),
            ),
            (vec![("/a", None, "`--add a`"), ("/a-b", Some(Cause::Program), "p")], Some(r#"{"--add":["/a"]}"#)),
            (vec![("/data/", None, "`--dir`")], Some(r#"{"--dir":["/data"]}"#)),
            (vec![("/z/E/B", rule("zones"), "asked for with `--zones all`")], Some(r#"{"--zones":["/z/"]}"#)),
            (vec![("/z/E/B", rule("zones"), "`-e TZ` names it")], None),
            (vec![("/l/x", rule("package"), "the package `p` of `./app` holds it")], Some(r#"{"package":["/l/"]}"#)),
            (vec![("/l/libz.so.1", Some(Cause::Library), "opened later by `app`")], Some(r#"{"--lib":["/l/"]}"#)),
        ] {
            let recorded = record(&tree(&entries), &["libz.so.1".to_owned()]);
            assert_eq!(recorded.as_deref(), expected, "{entries:?}");
        }
    }

    #[test]
    fn an_annotation_is_short_whatever_is_in_the_image() {
        let paths: Vec<String> = (0..2000).map(|number| format!("/d{number}/only")).collect();
        let mut entries: Vec<(&str, Option<Cause>, &str)> =
            paths.iter().map(|path| (&**path, None, "`--add x`")).collect();
        let others: Vec<String> = (0..2000).map(|number| format!("/d{number}/other")).collect();
        entries.extend(others.iter().map(|path| (&**path, Some(Cause::Always), "always")));

        let recorded = record(&tree(&entries), &[]).unwrap();

        assert!(recorded.len() <= MOST && recorded.len() > MOST - 100, "{}", recorded.len());
    }

    #[test]
    fn what_pack_does_not_write_is_skipped() {
        for text in ["", "[]", "{", r#"{"--add":"x"}"#, r#"{"x":["/a"]}"#, r#"{"--add":["a/../..", 1, "/"]}"#] {
            assert_eq!(read(text), [], "{text}");
        }
        let read = read(r#"{"--add":["/a/"],"package":["/b"]}"#);
        assert_eq!(
            read.iter().map(|one| (one.path.to_string(), one.is_tree, one.cause.code())).collect::<Vec<_>>(),
            [("/a".to_owned(), true, "asked"), ("/b".to_owned(), false, "package")]
        );
    }
}
