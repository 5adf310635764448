//! glibc's parts come from one place: its loader and its libraries know each other's insides, and those of two
//! builds crash.

use super::error::Error;
use crate::elf::Libc;
use crate::files::{Files, walk};
use crate::paths::ImagePath;
use crate::resolve::Resolution;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The libraries of glibc that share its insides (glibc's `shlib-versions`, `GLIBC_PRIVATE`).
const PARTS: [&str; 10] = [
    "libc.so.6",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libresolv.so.2",
    "libutil.so.1",
    "libanl.so.1",
    "libthread_db.so.1",
];

/// An error where the parts of `resolution` come from several places of `files`.
pub fn two_libcs(given: &str, libc: Option<Libc>, resolution: &Resolution, files: &dyn Files) -> Option<Error> {
    if libc != Some(Libc::Glibc) {
        return None;
    }
    let loader = resolution.loader.as_ref()?;
    let own = loader.walk.real.parent();
    // The loader may stand in /lib, and its libraries in /lib64: together they are the system's place.
    let defaults: OnceCell<BTreeSet<ImagePath>> = OnceCell::new();
    let real = |directory: &PathBuf| walk(files, directory).ok().map(|walk| walk.real);
    let is_system = |directory: &ImagePath| {
        let defaults = || defaults.get_or_init(|| resolution.directories.iter().filter_map(real).collect());
        own.as_ref() == Some(directory) || defaults().contains(directory)
    };
    let mut places: BTreeMap<Option<ImagePath>, Vec<String>> = BTreeMap::new();
    let mut note = |directory: ImagePath, part: String| {
        let place = (!is_system(&directory)).then_some(directory);
        places.entry(place).or_default().push(part);
    };
    note(loader.walk.real.parent()?, loader.path.display().to_string());
    for library in &resolution.libraries {
        let soname = library.name();
        if PARTS.contains(&soname.as_str()) {
            note(library.walk.real.parent()?, library.walk.real.to_string());
        }
    }
    let details = places.values().map(|parts| parts.join(", ")).collect();
    (places.len() > 1).then(|| Error::TwoLibcs { given: given.to_owned(), details })
}
