//! Files and directories that the user adds: where each path leads, and the ELF files below it, whose libraries come in
//! too.

use crate::elf::{self, Object};
use crate::file::FileKind;
use crate::files::{Found, Place, Roots};
use crate::options::Add;
use crate::paths::ImagePath;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::thread::Builder;

/// Number of files that are read one after the other in the time that threads take to start.
const FEW: usize = 128;

/// Number of threads that read files. More than most machines have cores: a thread that waits for a disk needs none.
const THREADS: usize = 8;

/// A file or directory that the user adds, and where its path leads.
#[derive(Debug)]
pub struct Added {
    /// The option as the user gave it.
    pub asked: Add,
    /// The file or directory at the end of all links.
    pub found: io::Result<Found>,
}

/// Follows the path of each thing that is added, once.
pub fn find_added(added: &[Add], roots: Roots<'_>) -> Vec<Added> {
    let find = |add: &Add| std::path::absolute(&add.source).and_then(|path| roots.find(&path));
    added.iter().map(|add| Added { asked: add.clone(), found: find(add) }).collect()
}

/// Every ELF file among what is added, in path order. Files that cannot be read are skipped here and told when they are
/// packed.
///
/// Many files are opened by several threads at once. The kernel reads ahead of the first bytes of each, so its layer is
/// written without waiting, too.
pub fn objects(added: &[Added], roots: Roots<'_>) -> Vec<(Place, Object)> {
    let mut files = Vec::new();
    for found in added.iter().filter_map(|added| added.found.as_ref().ok()) {
        files_below(roots, found.real.clone(), found.walk.stat.kind, &mut files);
    }
    if files.len() < FEW {
        return files.into_iter().filter_map(|place| read_object(roots, place)).collect();
    }
    std::thread::scope(|scope| {
        let each = files.chunks(files.len().div_ceil(THREADS)).map(|some| {
            let look = move || some.iter().filter_map(|place| read_object(roots, place.clone())).collect::<Vec<_>>();
            Builder::new().spawn_scoped(scope, look).map_err(|_| look)
        });
        let each: Vec<_> = each.collect();
        let found = each.into_iter().map(|started| match started {
            Ok(thread) => thread.join().expect("reading a file does not panic"),
            // The system gives no more threads.
            Err(look) => look(),
        });
        found.flatten().collect()
    })
}

fn read_object(roots: Roots<'_>, place: Place) -> Option<(Place, Object)> {
    let file = roots.files(&place).open_again(&ImagePath::new(&place.path)?).ok()?;
    let object = elf::read(&*file).ok()?;
    Some((place, object))
}

/// Appends all regular files at and below `place`, without following links.
fn files_below(roots: Roots<'_>, place: Place, kind: FileKind, found: &mut Vec<Place>) {
    if kind == FileKind::File {
        found.push(place);
    } else if kind == FileKind::Directory {
        let entries = ImagePath::new(&place.path).and_then(|path| roots.files(&place).list(&path).ok());
        for (name, kind) in entries.unwrap_or_default() {
            files_below(roots, place.join(name.as_bytes()), kind, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::HostRoots;
    use std::path::{Path, PathBuf};

    #[test]
    fn many_files_are_found_in_the_order_of_few() {
        let directory = tempfile::tempdir().unwrap();
        let own = std::env::current_exe().unwrap();
        for number in 0..3 * FEW {
            let path = directory.path().join(format!("{}/{number}", number % 7));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if number % 5 == 0 {
                std::os::unix::fs::symlink(&own, &path).unwrap();
            } else if number % 3 == 0 {
                std::fs::hard_link(&own, &path).or_else(|_| std::fs::copy(&own, &path).map(drop)).unwrap();
            } else {
                std::fs::write(&path, "no program").unwrap();
            }
        }
        let add = |source: PathBuf| Add { source, destination: None, into_directory: false };
        let roots = HostRoots::new(Path::new("/"));
        let objects = |adds: &[Add]| objects(&find_added(adds, roots.roots()), roots.roots());
        let all = objects(&[add(directory.path().to_owned())]);
        // Each of these directories holds few.
        let some: Vec<Add> = (0..7).map(|name| add(directory.path().join(name.to_string()))).collect();
        let one_by_one: Vec<_> = some.iter().flat_map(|add| objects(std::slice::from_ref(add))).collect();
        assert_eq!(all.len(), (0..3 * FEW).filter(|number| number % 5 != 0 && number % 3 == 0).count());
        assert!(all == one_by_one);
    }
}
