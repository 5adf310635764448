//! What the loader maps in the image, with nothing else there, is what it maps here.

use super::Asked;
use crate::support::Ran;
use crate::support::loader::{Listed, contents};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Packs the program and has its loader list what it maps in the image; how that differs from `listed`.
pub fn differs(asked: &Asked, library_path: &str, listed: &Listed) -> Option<String> {
    let directory = tempfile::tempdir().expect("the temporary directory is writable");
    let image = directory.path().join("image");
    let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
    pack.arg(&asked.program).args(["--format", "rootfs", "--json", "-q", "-o"]).arg(&image);
    if asked.root != Path::new("/") {
        pack.arg("--sysroot").arg(&asked.root);
    }
    if !library_path.is_empty() {
        let there = library_path.split([':', ';']).filter(|part| Path::new(part).is_dir());
        pack.arg("--library-path").arg(there.collect::<Vec<_>>().join(":"));
    }
    let packed = Ran::of(&mut pack);
    if packed.output.status.code() != Some(0) {
        return Some(format!("no image: {packed}"));
    }
    let entry = packed.json()["images"][0]["program"]["entrypoint"].as_str().expect("it has an entry").to_owned();
    let listing = asked.inside(&image, Path::new(&entry), "", true);
    let started = asked.inside(&image, Path::new(&entry), "", false);
    let there = Listed::of(&listing, &image);
    let is = started.output.status.code() == Some(0) && same(&there, &image) == same(listed, &asked.root);
    (!is).then(|| format!("in the image: {listing}\n{started}\n{packed}"))
}

/// The files by what is in them: in the image they have other inodes.
fn same(listed: &Listed, root: &Path) -> BTreeSet<Vec<u8>> {
    let read = |path| contents(root, path).or_else(|| contents(Path::new("/"), path));
    listed.files.values().map(|path| read(path).expect("the loader mapped it")).collect()
}
