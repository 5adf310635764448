//! Entries to bytes, as few as can be: no text of who made it, and extensions only where they are needed.

use super::format::{
    BIG, Capability, ENTRY, EXTENSION_MAGIC, HEADER, HWCAPS_BIT, LITTLE, LdSoCacheEntry, MAGIC, TAG_HWCAPS, compare,
};

/// Writes a cache. The last of the entries for one name and one level of processors falls away where there are several.
pub fn write(entries: &[LdSoCacheEntry], big_endian: bool) -> Vec<u8> {
    let mut entries: Vec<_> = entries.iter().filter(|entry| entry.capability != Capability::Legacy).collect();
    // The loader searches by halves, the largest name first, and reads on up to the first plain entry.
    let level = |entry: &LdSoCacheEntry| level(entry).map(<[u8]>::to_vec);
    let key = |entry: &LdSoCacheEntry| (level(entry).is_none(), level(entry));
    entries.sort_by(|a, b| {
        let names = compare(&b.soname, &a.soname).then_with(|| b.soname.cmp(&a.soname));
        names.then_with(|| key(a).cmp(&key(b)))
    });
    entries.dedup_by(|a, b| a.soname == b.soname && a.capability == b.capability);
    let mut levels: Vec<_> = entries.iter().filter_map(|entry| level(entry)).collect();
    levels.sort();
    levels.dedup();
    let mut writer = CacheWriter { big_endian, first: HEADER + entries.len() * ENTRY, strings: Vec::new() };
    let table = writer.table(&entries, &levels);
    let names: Vec<_> = levels.iter().flat_map(|level| writer.string(level)).collect();
    let length = writer.strings.len();
    let end = (writer.first + length).next_multiple_of(4);
    writer.strings.resize(end - writer.first, 0);

    let mut cache = MAGIC.to_vec();
    cache.extend(writer.word(entries.len()));
    cache.extend(writer.word(length));
    cache.extend([if big_endian { BIG } else { LITTLE }, 0, 0, 0]);
    cache.extend(writer.word(if levels.is_empty() { 0 } else { end }));
    cache.extend([0; 12]);
    cache.extend(table);
    cache.extend(&writer.strings);
    if !levels.is_empty() {
        // One section: its tag, no flags, where it begins and how long it is.
        let section = [EXTENSION_MAGIC as usize, 1, TAG_HWCAPS as usize, 0, end + 24, names.len()];
        cache.extend(section.into_iter().flat_map(|value| writer.word(value)));
        cache.extend(names);
    }
    cache
}

fn level(entry: &LdSoCacheEntry) -> Option<&[u8]> {
    match &entry.capability {
        Capability::Named(level) => Some(level),
        Capability::None | Capability::Legacy => None,
    }
}

struct CacheWriter {
    big_endian: bool,
    /// Where the strings begin.
    first: usize,
    strings: Vec<u8>,
}

impl CacheWriter {
    fn word(&self, value: usize) -> [u8; 4] {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// Keeps a string; where it is.
    fn string(&mut self, text: &[u8]) -> [u8; 4] {
        let at = self.word(self.first + self.strings.len());
        self.strings.extend_from_slice(text);
        self.strings.push(0);
        at
    }

    fn table(&mut self, entries: &[&LdSoCacheEntry], levels: &[Vec<u8>]) -> Vec<u8> {
        let mut table = Vec::new();
        for entry in entries {
            table.extend(self.word(entry.flags as usize));
            table.extend(self.string(&entry.soname));
            table.extend(self.string(&entry.path));
            table.extend(self.word(0));
            // A number of 64 bits: above the bit that says that a level follows, below which one.
            let index = level(entry).and_then(|level| levels.iter().position(|other| other == level));
            let high = self.word(index.map_or(0, |_| HWCAPS_BIT as usize));
            let low = self.word(index.unwrap_or(0));
            table.extend(if self.big_endian { [high, low] } else { [low, high] }.concat());
        }
        table
    }
}
