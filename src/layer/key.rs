//! How long a layer will be, and what it would be made of, as one digest: equal keys are equal layers, as long as no
//! file was changed without its size, its times or its inode showing it.

use super::tar::{END, TarEntry};
use super::tree::LayerTree;
use crate::blob::{Digest, Hasher};
use crate::compress::Compression;
use crate::content::{Content, Piece};
use crate::file::{FileId, Identity};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Layers of another release may be encoded in another way. Another number where they are between releases.
const FORMAT: &str = concat!("pack ", env!("CARGO_PKG_VERSION"), " layer 2");

/// A file that is younger may be written to once more and look the same: file systems count time in ticks, the
/// coarsest (FAT's) in two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// What is known of a layer before a file of it is opened.
pub struct Survey {
    /// How long the tar will be; its parts depend on that.
    pub size: u64,
    /// The key; `None` where the layer holds something that nothing but its bytes tells apart.
    pub key: Option<Digest>,
    /// The last change of any of its files, in nanoseconds since the epoch.
    youngest: i128,
}

/// Looks at each entry once. `with_key` tells whether anybody asks for the key.
pub fn survey(tree: &LayerTree<'_>, compression: Compression, with_key: bool) -> Survey {
    let mut key = with_key.then(Hasher::default);
    if let Some(key) = &mut key {
        key.update(format!("{FORMAT} {compression:?}\n").as_bytes());
    }
    let (mut size, mut youngest) = (END as u64, 0);
    for entry in tree.tar_entries() {
        size += entry.size();
        if let Some(identity) = entry.content.map(Content::identity) {
            youngest = identity.mtime.max(identity.ctime).max(youngest);
        }
        key = key.and_then(|key| with_entry(key, &entry));
    }
    Survey { size, key: key.map(|key| key.finish().digest), youngest }
}

fn with_entry(mut key: Hasher, entry: &TarEntry<'_>) -> Option<Hasher> {
    let content = entry.content.map_or_else(|| Some(String::new()), told)?;
    key.update(format!("{} {}\n", entry.head.len(), content.len()).as_bytes());
    key.update(&entry.head);
    key.update(content.as_bytes());
    Some(key)
}

impl Survey {
    /// Whether every file was last changed long enough before `now`.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let latest = now.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(SETTLED);
        self.youngest < i128::try_from(latest.as_nanos()).unwrap_or(i128::MAX)
    }
}

/// What tells a content from every other.
fn told(content: &Content) -> Option<String> {
    match content {
        Content::Bytes(bytes) => Some(Digest::of(bytes).to_string()),
        Content::Host { identity, .. } => identity_told(identity),
        Content::Pieces(made) => {
            let pieces = made.pieces.iter().map(|piece| match piece {
                Piece::Copy { offset, length } => format!(" copy {offset} {length}"),
                Piece::Bytes(bytes) => format!(" bytes {}", Digest::of(bytes)),
                Piece::Zeros(length) => format!(" zeros {length}"),
            });
            Some(identity_told(&made.identity)? + &pieces.collect::<String>())
        }
        // What UPX made, and what stands in an image.
        Content::Temporary(_) | Content::Range(_) => None,
    }
}

/// `None` for what is not a file of the host.
fn identity_told(identity: &Identity) -> Option<String> {
    let Identity { file: FileId::Host { device, inode }, size, mtime, ctime } = identity else { return None };
    Some(format!("{device} {inode} {size} {mtime} {ctime}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Pieces;
    use crate::layer::tree::LayerEntries;
    use crate::paths::ImagePath;
    use crate::rootfs::{Cause, Entry, ImagePart, Node, Reason};

    const OLD: i128 = 1_000_000_000_000;

    fn identity() -> Identity {
        identity_at(1, 2)
    }

    fn identity_at(device: u64, inode: u64) -> Identity {
        Identity { file: FileId::Host { device, inode }, size: 3, mtime: OLD, ctime: OLD }
    }

    fn entry(content: Content) -> Entry {
        Entry::new(Node::File(content), 0o644, ImagePart::Program, Reason::new(Cause::Asked, "for a test"))
    }

    fn host(identity: Identity) -> Entry {
        entry(Content::Host { path: "/x".into(), identity })
    }

    fn surveyed(path: &str, entry: &Entry, compression: Compression) -> Survey {
        let path = ImagePath::known(path);
        survey(&LayerTree::new(LayerEntries::from([(&path, entry)])), compression, true)
    }

    fn key(path: &str, entry: &Entry, compression: Compression) -> Digest {
        surveyed(path, entry, compression).key.unwrap()
    }

    #[test]
    fn whatever_makes_another_layer_makes_another_key() {
        let gzip = Compression::default();
        let same = key("/app", &host(identity()), gzip);
        assert_eq!(key("/app", &host(identity()), gzip), same);
        let bytes = |text: &str| entry(Content::Bytes(text.as_bytes().into()));
        let pieces = |identity, pieces: &[Piece]| {
            entry(Content::Pieces(Pieces { path: "/x".into(), identity, pieces: pieces.into() }))
        };
        let copy = |offset| Piece::Copy { offset, length: 3 };
        let mut keys = vec![
            ("a piece", key("/app", &pieces(identity(), &[copy(0)]), gzip)),
            ("another piece", key("/app", &pieces(identity(), &[copy(1)]), gzip)),
            ("zeros", key("/app", &pieces(identity(), &[Piece::Zeros(3)]), gzip)),
            ("bytes of ours", key("/app", &pieces(identity(), &[Piece::Bytes(b"new".as_slice().into())]), gzip)),
            ("a piece of another file", key("/app", &pieces(identity_at(1, 9), &[copy(0)]), gzip)),
            ("the same", same),
            ("another name", key("/ape", &host(identity()), gzip)),
            ("another mode", key("/app", &Entry { mode: 0o755, ..host(identity()) }, gzip)),
            ("another owner", key("/app", &Entry { uid: 1, ..host(identity()) }, gzip)),
            ("a capability", key("/app", &Entry { capability: Some(vec![1]), ..host(identity()) }, gzip)),
            ("another device", key("/app", &host(identity_at(9, 2)), gzip)),
            ("another inode", key("/app", &host(identity_at(1, 9)), gzip)),
            ("another size", key("/app", &host(Identity { size: 9, ..identity() }), gzip)),
            ("written", key("/app", &host(Identity { mtime: OLD + 1, ..identity() }), gzip)),
            (
                "written, with the old time set again",
                key("/app", &host(Identity { ctime: OLD + 1, ..identity() }), gzip),
            ),
            ("bytes", key("/app", &bytes("one"), gzip)),
            ("other bytes", key("/app", &bytes("two"), gzip)),
            ("another level", key("/app", &host(identity()), Compression::Gzip { level: 5 })),
            ("another encoder", key("/app", &host(identity()), Compression::Zstd { level: 4 })),
        ];
        keys.sort_by_key(|(_, key)| *key);
        for pair in keys.windows(2) {
            assert_ne!(pair[0].1, pair[1].1, "{} and {}", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn a_file_of_the_host_is_told_by_device_inode_size_and_times() {
        // Whoever changes this changes FORMAT too.
        assert_eq!(identity_told(&identity()).unwrap(), format!("1 2 3 {OLD} {OLD}"));
        assert_eq!(identity_told(&Identity::constant(FileId::Made(1), 3)), None);
    }

    #[test]
    fn two_seconds_after_its_last_change_a_file_is_settled() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        for (mtime, ctime, expected) in [
            (0, 0, true),
            (997_999_999_999, 0, true),
            (998_000_000_000, 0, false),
            (0, 998_000_000_000, false),
            (2_000_000_000_000, 0, false),
        ] {
            let entry = host(Identity { mtime, ctime, ..identity() });
            let survey = surveyed("/app", &entry, Compression::default());
            assert_eq!(survey.is_settled(now), expected, "{mtime} {ctime}");
        }
        let made = entry(Content::Bytes(b"".as_slice().into()));
        assert!(surveyed("/app", &made, Compression::default()).is_settled(now));
    }
}
