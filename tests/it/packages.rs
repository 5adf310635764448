//! The package database beside `dpkg-query`, which reads the same files with other code.

use crate::support::{lacks, tool};
use pack::facts::ImagePath;
use pack::testing::cache::CacheDirectory;
use pack::testing::files::HostRoot;
use pack::testing::packages::PackageDatabase;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const DPKG: &str = "var/lib/dpkg";

/// A root that has every `step`-th list of this machine's database, and some paths of each.
fn sample(root: &Path, step: usize) -> BTreeSet<String> {
    let (here, there) = (Path::new("/").join(DPKG), root.join(DPKG));
    fs::create_dir_all(there.join("info")).expect("directories are made");
    for file in ["status", "diversions", "arch", "info/format"] {
        let _ = fs::copy(here.join(file), there.join(file));
    }
    let lists =
        fs::read_dir(here.join("info")).expect("there are lists").map(|entry| entry.expect("it is read").path());
    let mut lists: Vec<PathBuf> = lists.filter(|path| path.extension().is_some_and(|end| end == "list")).collect();
    lists.sort();
    let mut paths = BTreeSet::new();
    for list in lists.into_iter().step_by(step) {
        let Ok(text) = fs::read_to_string(&list) else { continue };
        fs::write(there.join("info").join(list.file_name().expect("it has one")), &text).expect("a list is written");
        let plain =
            text.lines().filter(|line| line.starts_with('/') && *line != "/." && !line.contains(['*', '?', '[', '\\']));
        paths.extend(plain.rev().step_by(17).take(6).map(str::to_owned));
    }
    paths
}

/// The packages that dpkg finds for each path.
fn found_by_dpkg(root: &Path, paths: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let admin = format!("--admindir={}", root.join(DPKG).display());
    let ran = tool("dpkg-query").arg(admin).arg("-S").args(paths).output().expect("dpkg-query runs");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&ran.stdout).lines() {
        let Some((packages, path)) = line.rsplit_once(": ").filter(|(packages, _)| !packages.contains("diversion"))
        else {
            continue;
        };
        let names = packages.split(", ").map(|name| name.split(':').next().unwrap_or_default().to_owned());
        found.entry(path.to_owned()).or_default().extend(names);
    }
    found
}

#[test]
fn owners_are_those_that_dpkg_finds_with_a_cache_and_without() {
    if lacks(&["dpkg-query"]) || !Path::new("/").join(DPKG).join("info").is_dir() {
        return;
    }
    let directory = tempfile::tempdir().expect("the temporary directory is writable");
    let root = directory.path().join("root");
    let paths = sample(&root, 12);
    let found = found_by_dpkg(&root, &paths);
    assert!(found.len() > 50, "only {} of {} paths", found.len(), paths.len());
    // Files that somebody may still write to are in no index.
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let cache = CacheDirectory::open(&directory.path().join("cache")).expect("it is ours");
    let files = HostRoot::new(&root);

    let mut answers = Vec::new();
    for cache in [None, Some(&cache), Some(&cache)] {
        let database = PackageDatabase::open(&files, cache);
        let mut said = BTreeMap::new();
        for (path, packages) in &found {
            let path = ImagePath::new(path).expect("it is absolute");
            let owner = database.owner(&path);
            let name = owner.map(|id| database.package(id).name.clone()).unwrap_or_default();
            assert!(packages.contains(&name), "{path}: {packages:?}, not {name:?}");
            let files = owner.map(|id| database.files(id)).unwrap_or_default();
            assert!(files.contains(&path), "{path} of {name}");
            said.insert(path, owner.map(|id| (database.package(id).clone(), database.of_source(id))));
        }
        answers.push(said);
    }
    assert!(answers[0] == answers[1] && answers[1] == answers[2]);
    assert_eq!(fs::read_dir(directory.path().join("cache/packages")).map(Iterator::count).ok(), Some(1));
}
