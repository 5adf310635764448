//! Blobs, what names them, and where they are kept while an image is made.

use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io;

/// The SHA-256 of some bytes (image-spec, descriptor.md: `sha256:` and 64 hexadecimal digits).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits, without `sha256:`.
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes all text");
            text
        })
    }

    /// As 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `sha256:HEX`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?.as_bytes();
        let mut bytes = [0; 32];
        if hex.len() != 64 || hex.iter().any(|c| !matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A SHA-256 that is being made.
#[derive(Clone, Default)]
pub struct Hasher {
    state: Sha256,
    size: u64,
}

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// The digest of all bytes taken, and how many there were.
    pub fn finish(self) -> Descriptor {
        Descriptor { digest: Digest(self.state.finalize().into()), size: self.size }
    }
}

/// Some bytes, known by their digest and their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Descriptor {
    /// The SHA-256 of the bytes.
    pub digest: Digest,
    /// How many bytes there are.
    pub size: u64,
}

/// Where blobs go while an image is made: an archive, a layout, a cache, a spool file.
///
/// Blobs come one after the other, in the order in which the destination keeps them.
pub trait BlobStore: Send {
    /// Whether the destination holds this blob already, so that nobody needs to make, read or send its bytes.
    ///
    /// Asked by whoever knows a blob before its bytes: a layer of the cache, a document, a layer of a base. A store that
    /// cannot tell says no, and takes the blob a second time.
    fn has(&mut self, _: &Descriptor) -> io::Result<bool> {
        Ok(false)
    }

    /// Begins a blob. One that was begun before and not finished is gone.
    fn begin(&mut self) -> io::Result<()>;

    /// Takes more of the blob that was begun. The bytes are hashed by whoever makes them, once.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// The blob is whole; `blob` is what was written.
    fn finish(&mut self, blob: &Descriptor) -> io::Result<()>;

    /// Keeps `bytes` as a blob.
    fn put(&mut self, bytes: &[u8]) -> io::Result<Descriptor> {
        let blob = Descriptor { digest: Digest::of(bytes), size: bytes.len() as u64 };
        if !self.has(&blob)? {
            self.begin()?;
            self.write(bytes)?;
            self.finish(&blob)?;
        }
        Ok(blob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_read_and_written_the_same() {
        let digest = Digest::of(b"");

        assert_eq!(digest.to_string(), EMPTY);
        assert_eq!(Digest::parse(EMPTY), Some(digest));
        for wrong in ["", "sha256:", "sha512:e3", &EMPTY[..70], &EMPTY.to_uppercase()] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }

    /// A destination that holds one blob already, and counts the bytes that it is given.
    struct Holds(Digest, usize);

    impl BlobStore for Holds {
        fn has(&mut self, blob: &Descriptor) -> io::Result<bool> {
            Ok(blob.digest == self.0)
        }

        fn begin(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.1 += bytes.len();
            Ok(())
        }

        fn finish(&mut self, _: &Descriptor) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_store_has_is_not_written_again() {
        let mut store = Holds(Digest::of(b"there"), 0);

        let (there, new) = (store.put(b"there").unwrap(), store.put(b"new").unwrap());

        assert_eq!((there.digest, new.digest), (Digest::of(b"there"), Digest::of(b"new")));
        assert_eq!(store.1, 3);
    }

    #[test]
    fn hashing_in_pieces_is_hashing_at_once() {
        let mut hasher = Hasher::default();
        hasher.update(b"hel");
        hasher.update(b"lo");

        assert_eq!(hasher.finish(), Descriptor { digest: Digest::of(b"hello"), size: 5 });
    }
}
