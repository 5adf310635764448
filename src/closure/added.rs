//! The ELF files in what the user adds: their libraries come in too.

use crate::elf::{self, Object};
use crate::file::HostFile;
use crate::options::Add;
use std::fs::FileType;
use std::path::{Path, PathBuf};
use std::thread::Builder;

/// So many files are looked at one after the other in the time that threads take to start.
const FEW: usize = 128;

/// More than there are cores: whoever waits for a disk needs none.
const THREADS: usize = 8;

/// Every ELF file in what is added, at the end of all links, in path order. What cannot be read is told when it
/// is added.
///
/// Many files are opened by several threads at once; the first bytes of one bring the next ones into memory with them, so
/// that whoever reads it for its layer does not wait either.
pub fn objects(added: &[Add]) -> Vec<(PathBuf, Object)> {
    let mut files = Vec::new();
    for add in added {
        let real = std::fs::canonicalize(&add.source);
        let kind = real.as_ref().ok().and_then(|real| Some(std::fs::symlink_metadata(real).ok()?.file_type()));
        if let (Ok(real), Some(kind)) = (real, kind) {
            below(real, kind, &mut files);
        }
    }
    if files.len() < FEW {
        return files.iter().filter_map(|path| object(path)).collect();
    }
    std::thread::scope(|scope| {
        let each = files.chunks(files.len().div_ceil(THREADS)).map(|some| {
            let look = || some.iter().filter_map(|path| object(path)).collect::<Vec<_>>();
            Builder::new().spawn_scoped(scope, look).map_err(|_| look)
        });
        let each: Vec<_> = each.collect();
        let found = each.into_iter().map(|started| match started {
            Ok(thread) => thread.join().expect("a file that is none is no panic"),
            // The system gives no more threads.
            Err(look) => look(),
        });
        found.flatten().collect()
    })
}

fn object(path: &Path) -> Option<(PathBuf, Object)> {
    let object = elf::read(&HostFile::open_again(path).ok()?).ok()?;
    Some((path.to_owned(), object))
}

/// All regular files.
fn below(path: PathBuf, kind: FileType, found: &mut Vec<PathBuf>) {
    if kind.is_file() {
        found.push(path);
    } else if kind.is_dir() {
        // A directory tells what kind each of its entries is: no file is asked.
        let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        let entries = entries.filter_map(|entry| Some((entry.path(), entry.file_type().ok()?)));
        let mut entries: Vec<(PathBuf, FileType)> = entries.collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, kind) in entries {
            below(path, kind, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let all = objects(&[add(directory.path().to_owned())]);
        // Each of these directories holds few.
        let some: Vec<Add> = (0..7).map(|name| add(directory.path().join(name.to_string()))).collect();
        let one_by_one: Vec<_> = some.iter().flat_map(|add| objects(std::slice::from_ref(add))).collect();
        assert_eq!(all.len(), (0..3 * FEW).filter(|number| number % 5 != 0 && number % 3 == 0).count());
        assert!(all == one_by_one);
    }
}
