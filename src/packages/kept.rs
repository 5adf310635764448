//! The index as it is kept in the cache: where packages are described, and the table of hashes in blocks.
//!
//! Nothing is believed: the head carries a sum over itself and the key, and holds the sum of each block. A block is read
//! when it is asked for.

use super::facts::PackageId;
use super::index::{hash_of, with_hash};
use super::lists::Place;
use crate::blob::Digest;
use crate::bytes::ReadAt;
use crate::cache::{CacheDirectory, IndexKey};

/// The directory of the cache that holds the indexes.
const PART: &str = "packages";
/// Entries in a block, one kilobyte.
const BLOCK: usize = 128;
const ENTRY: usize = size_of::<u64>();
/// How long a sum is.
const SUM: usize = 32;
/// How much of the sum of a block is kept: enough to tell that a block is damaged.
const PART_OF_SUM: usize = 8;
/// The sum over the rest of the head, the key, how long the names are, how many entries there are.
const START: usize = SUM + SUM + 4 + 4;
/// The first hash of a block, and its sum.
const ROW: usize = 4 + PART_OF_SUM;
/// The kind of a place, its range, how long the name is that follows.
const PLACE: usize = 1 + 8 + 8 + 2;
/// The head of an index of ten million paths.
const MOST: usize = 16 << 20;

/// An index in the cache.
pub struct KeptIndex {
    file: Box<dyn ReadAt>,
    /// The first hash and the sum of each block.
    blocks: Vec<(u32, [u8; PART_OF_SUM])>,
    entries: usize,
}

impl KeptIndex {
    /// The index with this key, where the cache has one that is whole, and where the packages are described, in the
    /// order of their numbers.
    pub fn open(cache: &CacheDirectory, key: &IndexKey) -> Option<(Self, Vec<Place>)> {
        Self::read(cache.index(PART, key)?, &key.digest)
    }

    fn read(file: Box<dyn ReadAt>, key: &Digest) -> Option<(Self, Vec<Place>)> {
        let start = file.bytes_at(0, START).ok().filter(|start| start.len() == START)?;
        let (described, entries) = (number(&start[START - 8..])?, number(&start[START - 4..])?);
        let rows = entries.div_ceil(BLOCK);
        let size = described.checked_add(rows.checked_mul(ROW)?)?.checked_add(START).filter(|size| *size <= MOST)?;
        let head = file.bytes_at(0, size).ok().filter(|head| head.len() == size)?;
        let is_whole =
            Digest::of(&head[SUM..]).as_bytes()[..] == head[..SUM] && head[SUM..2 * SUM] == key.as_bytes()[..];
        if !is_whole {
            return None;
        }
        let (described, rows) = head[START..].split_at(described);
        let rows = rows.chunks_exact(ROW).map(|row| Some((number(row)?.try_into().ok()?, row[4..].try_into().ok()?)));
        Some((Self { file, blocks: rows.collect::<Option<_>>()?, entries }, places(described)?))
    }

    /// Calls `visit` with the packages of the entries with this hash, in their order, until it says that this is
    /// enough. `None` where the file is damaged.
    pub fn with_hash(&self, wanted: u32, visit: &mut dyn FnMut(PackageId) -> bool) -> Option<()> {
        let first = self.blocks.partition_point(|(hash, _)| *hash < wanted).saturating_sub(1);
        let behind = self.blocks.partition_point(|(hash, _)| *hash <= wanted);
        for block in first..behind {
            if with_hash(&self.block(block)?, wanted).any(&mut *visit) {
                break;
            }
        }
        Some(())
    }

    fn block(&self, block: usize) -> Option<Vec<u64>> {
        let head = self.size_of_head()?;
        let length = (self.entries - block * BLOCK).min(BLOCK) * ENTRY;
        let bytes = self.file.bytes_at(head + (block * BLOCK * ENTRY) as u64, length).ok()?;
        let is_whole = bytes.len() == length && Digest::of(&bytes).as_bytes()[..PART_OF_SUM] == self.blocks[block].1;
        is_whole.then(|| entries(&bytes))
    }

    fn size_of_head(&self) -> Option<u64> {
        self.file.size().checked_sub((self.entries * ENTRY) as u64)
    }
}

/// Keeps an index of these lists.
pub fn keep(cache: &CacheDirectory, key: &IndexKey, places: &[Place], entries: &[u64]) {
    if let Some(bytes) = written(&key.digest, places, entries) {
        cache.keep_index(PART, key, &bytes);
    }
}

fn written(key: &Digest, places: &[Place], entries: &[u64]) -> Option<Vec<u8>> {
    let described = described(places)?;
    let mut head = key.as_bytes().to_vec();
    head.extend(u32::try_from(described.len()).ok()?.to_le_bytes());
    head.extend(u32::try_from(entries.len()).ok()?.to_le_bytes());
    head.extend(described);
    let table: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
    for (entries, bytes) in entries.chunks(BLOCK).zip(table.chunks(BLOCK * ENTRY)) {
        head.extend(hash_of(entries[0]).to_le_bytes());
        head.extend(&Digest::of(bytes).as_bytes()[..PART_OF_SUM]);
    }
    Some([Digest::of(&head).as_bytes(), head.as_slice(), &table].concat())
}

fn described(places: &[Place]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for place in places {
        let (kind, range, name) = match place {
            Place::Dpkg(name, range) => (b'l', range.clone(), name.as_str()),
            Place::StatusD(name) => (b'm', 0..0, name.as_str()),
            Place::Apk(range) => (b'a', range.clone(), ""),
        };
        bytes.push(kind);
        bytes.extend(range.start.to_le_bytes());
        bytes.extend(range.end.to_le_bytes());
        bytes.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
        bytes.extend(name.as_bytes());
    }
    Some(bytes)
}

fn places(mut described: &[u8]) -> Option<Vec<Place>> {
    let mut places = Vec::new();
    while let Some((fixed, rest)) = described.split_first_chunk::<PLACE>() {
        let range = u64::from_le_bytes(*fixed[1..].first_chunk()?)..u64::from_le_bytes(*fixed[9..].first_chunk()?);
        let (name, rest) = rest.split_at_checked(u16::from_le_bytes(*fixed[17..].first_chunk()?).into())?;
        let name = str::from_utf8(name).ok()?.to_owned();
        places.push(match fixed[0] {
            b'l' => Place::Dpkg(name, range),
            b'm' => Place::StatusD(name),
            b'a' => Place::Apk(range),
            _ => return None,
        });
        described = rest;
    }
    described.is_empty().then_some(places)
}

fn entries(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<ENTRY>().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect()
}

/// The number that `bytes` begins with.
fn number(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.first_chunk()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Place> {
        vec![Place::Dpkg("libz:amd64".into(), 3..9), Place::StatusD("a b".into()), Place::Apk(0..3)]
    }

    fn table(length: u64) -> Vec<u64> {
        (0..length).map(|number| (number / 3) << 40 | number).collect()
    }

    fn found(kept: &KeptIndex, hash: u32) -> Option<Vec<PackageId>> {
        let mut found = Vec::new();
        kept.with_hash(hash, &mut |id| {
            found.push(id);
            false
        })?;
        Some(found)
    }

    #[test]
    fn what_is_kept_answers_as_what_was_made() {
        let key = Digest::of(b"key");
        for length in [0, 1, 3, 127, 128, 129, 400, 4_000] {
            let table = table(length);
            let bytes = written(&key, &examples(), &table).unwrap();
            let (kept, places) = KeptIndex::read(Box::new(bytes), &key).unwrap();
            assert_eq!(places, examples());
            for hash in (0..length + 300).map(|number| u32::try_from(number).unwrap() << 7) {
                let expected: Vec<_> = with_hash(&table, hash).collect();
                assert_eq!(found(&kept, hash), Some(expected), "{hash} of {length}");
            }
        }
        // Entries with one hash that fill several blocks.
        let same: Vec<u64> = (0..2_000).map(|number| 5 << 32 | number).collect();
        let (kept, _) = KeptIndex::read(Box::new(written(&key, &[], &same).unwrap()), &key).unwrap();
        assert_eq!(found(&kept, 5).unwrap().len(), 2_000);
    }

    #[test]
    fn what_is_damaged_is_not_believed() {
        let key = Digest::of(b"key");
        let table = table(200);
        let whole = written(&key, &examples(), &table).unwrap();
        assert!(KeptIndex::read(Box::new(whole.clone()), &Digest::of(b"other key")).is_none());
        let head = whole.len() - table.len() * ENTRY;
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            let kept = KeptIndex::read(Box::new(damaged), &key);
            assert_eq!(kept.is_some(), at >= head, "byte {at}");
            if let Some((kept, _)) = kept {
                let block = (at - head) / ENTRY / BLOCK;
                assert_eq!((kept.block(block), kept.block(1 - block).is_some()), (None, true), "byte {at}");
            }
            let kept = KeptIndex::read(Box::new(whole[..at].to_vec()), &key);
            let answer = kept.and_then(|(kept, _)| found(&kept, hash_of(table[199])));
            assert_eq!(answer, None, "{at} bytes");
        }
    }
}
