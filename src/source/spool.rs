//! Compressed bytes, unpacked to a file without a name that is gone with its last reader.
//!
//! Neither side is ever held in memory. A small blob may unpack to very much: there is a limit, and bytes
//! that compress better than anything real do are refused before it.

use super::error::Error;
use crate::blob::{Descriptor, Hasher};
use crate::bytes::{ReadAt, SequentialReader};
use crate::content::Range;
use crate::file::HostFile;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read, Write};

/// How bytes are compressed, by how they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// gzip (RFC 1952).
    Gzip,
    /// zstd (RFC 8878).
    Zstd,
    /// Another one, by its name.
    Unknown(&'static str),
}

/// Bytes that were unpacked into a file.
pub struct Spooled {
    /// The open file, without a name.
    pub file: HostFile,
    /// Digest and number of the uncompressed bytes.
    pub uncompressed: Descriptor,
    /// Digest and number of the compressed bytes.
    pub compressed: Descriptor,
}

/// How much was unpacked so far, out of how much.
#[derive(Debug, Default)]
pub struct Budget {
    uncompressed: u64,
    compressed: u64,
}

/// More than an engine unpacks of one image without its disk running full.
const LARGEST: u64 = 64 << 30;
/// Layers of real files compress to a third; text and zeros among them to a hundredth.
const DENSEST: u64 = 250;
/// Below this the ratio says nothing.
const HARMLESS: u64 = 256 << 20;

impl Budget {
    fn exceeded(&self) -> bool {
        self.uncompressed > LARGEST || self.uncompressed > HARMLESS && self.uncompressed / DENSEST > self.compressed
    }
}
/// How many bytes are read at once.
const PIECE: usize = 256 * 1024;

impl Method {
    /// How a file with this beginning is compressed; `None` where it is not.
    pub fn detect(head: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], Method); 6] = [
            (b"\x1f\x8b", Method::Gzip),
            (b"\x28\xb5\x2f\xfd", Method::Zstd),
            // A skippable frame, with which zstd:chunked and pzstd may begin.
            (b"\x50\x2a\x4d\x18", Method::Zstd),
            (b"\xfd7zXZ\0", Method::Unknown("xz")),
            (b"BZh", Method::Unknown("bzip2")),
            (b"\x04\x22\x4d\x18", Method::Unknown("lz4")),
        ];
        MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, method)| *method)
    }

    /// What unpacks `compressed`; `what` is its name for people.
    fn decoder<'a>(self, compressed: impl BufRead + 'a, what: &str) -> Result<Box<dyn Read + 'a>, Error> {
        let malformed =
            |error: io::Error| Error::Malformed { what: what.to_owned(), why: format!("cannot be unpacked: {error}") };
        match self {
            Self::Gzip => Ok(Box::new(MultiGzDecoder::new(compressed))),
            // Its window is at most 128 MiB, as that of every other reader.
            Self::Zstd => Ok(Box::new(zstd::Decoder::with_buffer(compressed).map_err(malformed)?)),
            Self::Unknown(method) => Err(Error::Compression { what: what.to_owned(), method }),
        }
    }

    /// Whether a tar is what comes out first, as far as that is known here.
    pub fn begins_with_a_tar(self, file: &HostFile) -> bool {
        let mut head = Vec::new();
        let range = file.bytes_at(0, PIECE).unwrap_or_default();
        let Ok(decoder) = self.decoder(range.as_slice(), "") else { return false };
        decoder.take(512).read_to_end(&mut head).is_ok() && super::tar::is_header(&head)
    }
}

/// Unpacks `range`; `what` is its name for people.
pub fn spool(range: &Range, method: Method, budget: &mut Budget, what: &str) -> Result<Spooled, Error> {
    budget.compressed += range.size();
    let mut hashed = Hashed { reader: SequentialReader::new(range.clone()), hasher: Hasher::default() };
    let no_room = |source| Error::Unpack { what: what.to_owned(), source };
    let mut file = tempfile::tempfile().map_err(no_room)?;
    let mut uncompressed = Hasher::default();
    let compressed = BufReader::with_capacity(PIECE, &mut hashed);
    let mut decoder = method.decoder(compressed, what)?;
    let mut buffer = vec![0; PIECE];
    loop {
        let read = match decoder.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Error::Malformed { what: what.to_owned(), why: format!("cannot be unpacked: {error}") });
            }
        };
        budget.uncompressed += read as u64;
        if budget.exceeded() {
            let why = format!("unpacks to more than {} bytes, as no layer of its size does", budget.uncompressed);
            return Err(Error::TooLarge { what: what.to_owned(), why });
        }
        uncompressed.update(&buffer[..read]);
        file.write_all(&buffer[..read]).map_err(no_room)?;
    }
    drop(decoder);
    // What stands behind the last member belongs to the blob too.
    io::copy(&mut hashed, &mut io::sink()).map_err(|source| Error::Unreadable { what: what.to_owned(), source })?;
    let file = HostFile::new(file).map_err(|source| Error::Unreadable { what: what.to_owned(), source })?;
    Ok(Spooled { file, uncompressed: uncompressed.finish(), compressed: hashed.hasher.finish() })
}

/// What a range's bytes are.
pub fn hash(range: &Range) -> io::Result<Descriptor> {
    let mut hashed = Hashed { reader: SequentialReader::new(range.clone()), hasher: Hasher::default() };
    let mut buffer = vec![0; PIECE];
    while hashed.read(&mut buffer)? > 0 {}
    Ok(hashed.hasher.finish())
}

/// A reader whose bytes are hashed on the way.
struct Hashed {
    reader: SequentialReader<Range>,
    hasher: Hasher,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
