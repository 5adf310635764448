//! Which packages may have a path in their lists, a name, or a source: a table of hashes, sorted, whose answers the
//! lists and paragraphs confirm.
//!
//! An entry is a hash of a path or word, in its upper half, and the number of a package, in its lower. A path stands for
//! every directory above it too. The same table is made in memory, or read in pieces from the cache.

use super::facts::PackageId;
use super::lists::{Lists, Place};
use super::{apk, control};

/// More paths than any database has; of a hostile one the rest names no owner.
const PATHS: usize = 1 << 24;
/// The same limit for the bytes of all lists.
const BYTES: usize = 512 << 20;
/// Lists are read side by side, most of the time being the kernel's.
const PARTS: usize = 4;

/// What else than by a path a package is looked up by.
#[derive(Debug, Clone, Copy)]
pub enum Word<'a> {
    /// Its name.
    Name(&'a str),
    /// A name that it provides.
    Provided(&'a str),
    /// What it is built from.
    Source(&'a str),
}

impl Word<'_> {
    /// As no path begins.
    pub fn hash(self) -> u32 {
        let (kind, word) = match self {
            Self::Name(word) => ("n", word),
            Self::Provided(word) => ("p", word),
            Self::Source(word) => ("s", word),
        };
        hash([kind, word].concat().as_bytes())
    }
}

/// The names in a relation of a package.
pub fn relations<'a>(place: &Place, value: &'a str) -> Vec<Vec<&'a str>> {
    match place {
        Place::Apk(_) => apk::relations(value),
        Place::Dpkg(..) | Place::StatusD(_) => control::relations(value),
    }
}

/// The entries of all packages, sorted. Always made in the same parts, whatever the number of threads.
pub fn build(lists: &Lists<'_>) -> Vec<u64> {
    let ids: Vec<PackageId> = lists.ids().collect();
    let mut parts = ids.chunks(ids.len().div_ceil(PARTS).max(1));
    let first = parts.next().unwrap_or_default();
    let entries = std::thread::scope(|scope| {
        let start =
            |part| std::thread::Builder::new().spawn_scoped(scope, move || entries_of(lists, part)).map_err(|_| part);
        let others: Vec<_> = parts.map(start).collect();
        let mut entries = entries_of(lists, first);
        for other in others {
            entries.extend(match other {
                Ok(thread) => thread.join().expect("no list makes a thread panic"),
                // The system gives no more threads.
                Err(part) => entries_of(lists, part),
            });
        }
        entries
    });
    let mut entries = sorted(sorted(entries, 32), 48);
    entries.dedup();
    entries
}

/// The entries in the order of sixteen bits of their hashes, where these are the same in the order that they had: those
/// of packages that come first. Two such passes sort faster than comparing does.
fn sorted(entries: Vec<u64>, shift: u32) -> Vec<u64> {
    let digit = |entry: u64| usize::try_from(entry >> shift & 0xffff).expect("these are sixteen bits");
    let mut places = vec![0; 1 << 16];
    for entry in &entries {
        places[digit(*entry)] += 1;
    }
    let mut before = 0;
    for place in &mut places {
        before += std::mem::replace(place, before);
    }
    let mut sorted = vec![0; entries.len()];
    for entry in entries {
        let place = &mut places[digit(entry)];
        sorted[*place] = entry;
        *place += 1;
    }
    sorted
}

/// The entries of some packages. Nothing is read of a database beyond what any has.
fn entries_of(lists: &Lists<'_>, ids: &[PackageId]) -> Vec<u64> {
    let (mut entries, mut read) = (Vec::new(), 0);
    let (mut buffer, mut before) = (Vec::new(), Vec::new());
    for &id in ids {
        let record = lists.record(id);
        if record.installed {
            let provided = relations(lists.place(id), &record.provides).into_iter().flatten();
            let words = [Word::Name(&record.name), Word::Source(&record.source)];
            let words = words.into_iter().chain(provided.map(Word::Provided));
            entries.extend(words.map(|word| entry(word.hash(), id)));
        }
        before.clear();
        if read > BYTES / PARTS {
            continue;
        }
        let length = lists.each_path_once(id, &mut buffer, &mut |path| {
            if entries.len() < PATHS / PARTS {
                add(&mut entries, id, path, &before);
                before.clear();
                before.extend_from_slice(path);
            }
        });
        read += length.unwrap_or_default();
    }
    entries
}

/// Adds `path` and the directories above it, but for those above `before` too, which have been added: most lists
/// name each directory before the files in it.
fn add(entries: &mut Vec<u64>, id: PackageId, path: &[u8], before: &[u8]) {
    entries.push(entry(hash(path), id));
    let above = &path[..memchr::memrchr(b'/', path).unwrap_or(0)];
    let is_added = |above: &[u8]| before.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
    if above.is_empty() || is_added(above) {
        return;
    }
    let slashes = memchr::memchr_iter(b'/', path).filter(|at| *at > 0).map(|at| &path[..at]);
    entries.extend(slashes.filter(|above| !is_added(above)).map(|above| entry(hash(above), id)));
}

fn entry(hash: u32, id: PackageId) -> u64 {
    u64::from(hash) << 32 | u64::from(id.0)
}

/// The package of an entry.
pub fn package_of(entry: u64) -> PackageId {
    PackageId(u32::try_from(entry & u64::from(u32::MAX)).expect("it is the lower half"))
}

/// The hash of an entry.
pub fn hash_of(entry: u64) -> u32 {
    u32::try_from(entry >> 32).expect("it is the upper half")
}

/// A hash of a path that is the same on every machine. Equal hashes of different paths do no harm.
pub fn hash(path: &[u8]) -> u32 {
    /// The golden ratio, as a factor that spreads bits upwards.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: [u8; 8]| (state.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    let (words, rest) = path.as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let state = words.iter().fold(path.len() as u64, |state, word| mix(state, *word));
    let state = mix(state, last);
    hash_of((state ^ state >> 32).wrapping_mul(FACTOR))
}

/// The packages of the entries with this hash, in their order.
pub fn with_hash(entries: &[u64], wanted: u32) -> impl Iterator<Item = PackageId> + '_ {
    let start = entries.partition_point(|entry| hash_of(*entry) < wanted);
    entries[start..].iter().take_while(move |entry| hash_of(**entry) == wanted).map(|entry| package_of(*entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_path_stands_for_the_directories_above_it() {
        for paths in [
            vec!["/a", "/a/b", "/a/b/c", "/a/d"],
            vec!["/a/b/c", "/a/bc/d", "/a/b/e"],
            vec!["/a/b/c/d", "/a"],
            vec!["/x", "/xy/z", "/x/y"],
            vec!["/x/y/z", "/x/y/zz/w"],
        ] {
            let (mut entries, mut before) = (Vec::new(), "");
            let mut expected = BTreeSet::new();
            for path in paths {
                add(&mut entries, PackageId(7), path.as_bytes(), before.as_bytes());
                before = path;
                let above = path.match_indices('/').map(|(at, _)| &path[..at]).filter(|path| !path.is_empty());
                expected.extend(above.chain([path]).map(|path| entry(hash(path.as_bytes()), PackageId(7))));
            }
            assert_eq!(BTreeSet::from_iter(entries), expected, "{before}");
        }
    }

    #[test]
    fn entries_are_sorted_by_hash_and_then_by_package() {
        let entries: Vec<u64> =
            (0..2_000_u32).map(|id| entry(hash(&(id % 700).to_le_bytes()), PackageId(id))).collect();
        let mut expected = entries.clone();
        expected.sort_unstable();
        assert_eq!(sorted(sorted(entries, 32), 48), expected);
    }

    #[test]
    fn an_entry_is_a_hash_and_a_package() {
        let entries = [entry(1, PackageId(9)), entry(u32::MAX, PackageId(0)), entry(u32::MAX, PackageId(3))];
        let found = |hash| with_hash(&entries, hash).map(|id| id.0).collect::<Vec<_>>();
        assert_eq!((found(0), found(1), found(u32::MAX)), (vec![], vec![9], vec![0, 3]));
        let all: BTreeSet<u32> = (0..20_000).map(|number| hash(format!("/usr/share/{number}").as_bytes())).collect();
        assert!(all.len() > 19_990, "{}", all.len());
    }
}
