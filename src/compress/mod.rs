//! The pinned encoders of layers.
//!
//! A layer is compressed in parts, each by itself, so that all cores work on one layer and memory stays
//! small; the parts one after the other are one gzip file (RFC 1952 2.2). Where a part ends depends on the
//! position in the plain stream alone, and how long it is on the length of that stream alone: the bytes are
//! the same with any number of threads.
//!
//! libdeflate, because its output depends on nothing but its input and level, on any machine; its exact
//! version is pinned, and golden digests hold what it writes.

use libdeflater::{CompressionLvl, Compressor};
use std::io;

/// How layers are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// The plain tar.
    None,
    /// gzip by libdeflate, in parts.
    Gzip {
        /// 1 to 12.
        level: u8,
    },
}

impl Default for Compression {
    /// The fastest level whose output is smaller than what other tools write.
    fn default() -> Self {
        Self::Gzip { level: 4 }
    }
}

impl Compression {
    /// The media type of a layer (image-spec, layer.md).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip { .. } => "application/vnd.oci.image.layer.v1.tar+gzip",
        }
    }
}

/// The smallest part: small layers are cut finer, to use all cores, at a cost of 0.6 % in size.
const SMALLEST: u64 = 128 * 1024;
/// The largest part: beyond it size gains nothing.
const LARGEST: u64 = 1024 * 1024;

/// The length of the parts of a stream of `size` bytes: an eighth of it in whole units of 128 KiB,
/// within the bounds.
pub fn part_size(size: u64) -> usize {
    let part = (size / 8).next_multiple_of(SMALLEST).clamp(SMALLEST, LARGEST);
    usize::try_from(part).expect("a part is small")
}

/// Compresses parts, one after the other; keeps its tables between them.
pub struct Encoder {
    deflate: Compressor,
}

impl Encoder {
    /// `None` where nothing is compressed.
    ///
    /// # Panics
    /// If the level is none of libdeflate's: the command line checks it.
    pub fn new(compression: Compression) -> Option<Self> {
        let Compression::Gzip { level } = compression else { return None };
        let level = CompressionLvl::new(level.into()).expect("a level is 1 to 12");
        Some(Self { deflate: Compressor::new(level) })
    }

    /// One part as a whole gzip file of its own, in place of what `out` holds. Its header has no time and no name.
    pub fn part(&mut self, plain: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        out.resize(self.deflate.gzip_compress_bound(plain.len()), 0);
        let written = self.deflate.gzip_compress(plain, out).map_err(|error| io::Error::other(format!("{error:?}")))?;
        out.truncate(written);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Digest;

    /// Text and noise, the same each time.
    fn sample() -> Vec<u8> {
        let mut state: u32 = 1;
        (0..300_000u32)
            .map(|index| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if index % 3 == 0 { state.to_be_bytes()[0] } else { b"pack "[index as usize % 5] }
            })
            .collect()
    }

    #[test]
    fn the_bytes_of_each_level_are_pinned() {
        let sample = sample();
        let digests: Vec<String> = (1..=12)
            .map(|level| {
                let mut out = Vec::new();
                Encoder::new(Compression::Gzip { level }).unwrap().part(&sample, &mut out).unwrap();
                format!("{level:2} {} {}", out.len(), &Digest::of(&out).hex()[..16])
            })
            .collect();
        assert_eq!(digests, GOLDEN);
    }

    /// Level, bytes, and the beginning of the digest. Another libdeflate may give others: then every layer has a
    /// new digest, and the changelog says so.
    const GOLDEN: [&str; 12] = [
        " 1 149037 f2f58e8b32dc6066",
        " 2 162490 1f620819fa86bd0b",
        " 3 162450 b30d86c8658cf435",
        " 4 162448 fded7ef160dce905",
        " 5 147936 c5cd0336a6a834df",
        " 6 147934 fbd938c76b3c9980",
        " 7 147928 f5da0acd8e6c6a44",
        " 8 147928 5b86dfc3156b9f21",
        " 9 147928 5b86dfc3156b9f21",
        "10 145988 e236fe214455dfad",
        "11 145891 8b19277894854d73",
        "12 145891 8b19277894854d73",
    ];

    #[test]
    fn a_part_is_a_gzip_file_that_others_read() {
        use std::io::Read;
        let sample = sample();
        let mut out = Vec::new();
        Encoder::new(Compression::default()).unwrap().part(&sample, &mut out).unwrap();
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(out.as_slice()).read_to_end(&mut plain).unwrap();
        assert!(plain == sample);
    }

    #[test]
    fn parts_grow_with_the_stream_and_have_bounds() {
        const KIB: u64 = 1024;
        for (size, expected) in [
            (0, 128),
            (1, 128),
            (700 * KIB, 128),
            (1024 * KIB, 128),
            (1024 * KIB + 8, 256),
            (8 * 1024 * KIB, 1024),
            (u64::MAX / 2, 1024),
        ] {
            assert_eq!(part_size(size) as u64, expected * KIB, "{size}");
        }
    }
}
