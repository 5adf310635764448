//! The pinned encoders of layers.
//!
//! A layer is compressed in parts, each by itself, so that all cores work on one layer and memory stays
//! small; the parts one after the other are one gzip file (RFC 1952 2.2) or one zstd file (RFC 8878 3.1).
//! Where a part ends depends on the position in the uncompressed stream alone, and how long it is on the length of
//! that stream and the level: the bytes are the same with any number of threads.

mod encoder;
mod incompressible;

pub use encoder::Encoder;

use crate::events::Warning;

/// How layers are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// The uncompressed tar.
    None,
    /// gzip by libdeflate, in parts.
    Gzip {
        /// 1 to 12.
        level: u8,
    },
    /// zstd, a frame for each part.
    Zstd {
        /// 1 to 19.
        level: u8,
    },
}

impl Default for Compression {
    /// gzip, which everybody reads.
    fn default() -> Self {
        Self::Gzip { level: Self::GZIP_DEFAULT }
    }
}

impl Compression {
    /// The fastest level whose output is smaller than what other tools write.
    pub const GZIP_DEFAULT: u8 = 4;
    /// libdeflate's last level.
    pub const GZIP_MAX: u8 = 12;
    /// The first level of gzip from which on size is what counts.
    pub const GZIP_SMALL: u8 = 10;
    /// zstd's own default.
    pub const ZSTD_DEFAULT: u8 = 3;
    /// The last level that zstd's command takes without `--ultra`: those above want hundreds of megabytes of
    /// memory, of whoever reads them too.
    pub const ZSTD_MAX: u8 = 19;

    /// The media type of a layer (image-spec, layer.md).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip { .. } => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd { .. } => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    /// Which readers cannot read such layers, if any: gzip and uncompressed layers are as old as images.
    pub fn warning(self) -> Option<Warning> {
        let Self::Zstd { .. } = self else { return None };
        Some(Warning {
            code: "zstd",
            message: "not everybody reads layers compressed with zstd".to_owned(),
            details: vec!["cannot: Docker before 23, umoci 0.4, crane where it reads an archive".to_owned()],
            hint: "leave `--compress zstd` out where the image has to load there".to_owned(),
        })
    }

    /// The length of the parts of a stream of `size` bytes: an eighth of it, in whole units of the smallest
    /// part and within the bounds of the level.
    pub fn part_size(self, size: u64) -> usize {
        let (smallest, largest) = self.bounds();
        let part = (size / 8).next_multiple_of(smallest).clamp(smallest, largest);
        usize::try_from(part).expect("a part is small")
    }

    /// How many of `threads` are of use: one core hashes the uncompressed bytes at some 1.8 GB a second, which is what
    /// 13 compressors of gzip's default level take, and 5 of zstd's; where nothing is compressed another one writes.
    /// zstd's last levels hold 90 MB each.
    pub fn threads(self, threads: usize) -> usize {
        match self {
            Self::None => threads.min(2),
            Self::Zstd { level: ..=4 | 10.. } => threads.min(8),
            Self::Gzip { .. } | Self::Zstd { .. } => threads.min(16),
        }
    }

    /// The smallest and the largest part. Small layers are cut finer, to use all cores, at a cost of 0.6 % in
    /// size; beyond the largest, size gains a third of a percent at most. Where the level says that size is
    /// what counts, a part is as long as the encoder can look back, or as gains anything.
    fn bounds(self) -> (u64, u64) {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        match self {
            Self::Gzip { level: Self::GZIP_SMALL.. } => (2 * MIB, 2 * MIB),
            Self::Zstd { level: 10.. } => (8 * MIB, 8 * MIB),
            // With 1 MiB libraries would be larger than by gzip.
            Self::Zstd { .. } => (128 * KIB, 2 * MIB),
            Self::None | Self::Gzip { .. } => (128 * KIB, MIB),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_with_the_stream_and_have_bounds() {
        const KIB: u64 = 1024;
        const MIB: u64 = 1024 * KIB;
        let (fast, small) = (Compression::default(), Compression::Gzip { level: 12 });
        for (compression, size, expected) in [
            (fast, 0, 128 * KIB),
            (fast, 1, 128 * KIB),
            (fast, 700 * KIB, 128 * KIB),
            (fast, MIB, 128 * KIB),
            (fast, MIB + 8, 256 * KIB),
            (fast, 8 * MIB, MIB),
            (fast, u64::MAX / 2, MIB),
            (small, 1, 2 * MIB),
            (small, 100 * MIB, 2 * MIB),
            (Compression::Zstd { level: 3 }, MIB, 128 * KIB),
            (Compression::Zstd { level: 9 }, 100 * MIB, 2 * MIB),
            (Compression::Zstd { level: 10 }, 1, 8 * MIB),
            (Compression::Zstd { level: 19 }, 100 * MIB, 8 * MIB),
        ] {
            assert_eq!(compression.part_size(size) as u64, expected, "{compression:?} {size}");
        }
    }

    #[test]
    fn a_large_machine_gives_no_more_threads_than_are_of_use() {
        for (compression, threads, expected) in [
            (Compression::default(), 2, 2),
            (Compression::None, 128, 2),
            (Compression::default(), 128, 16),
            (Compression::Zstd { level: 3 }, 2, 2),
            (Compression::Zstd { level: 3 }, 128, 8),
            (Compression::Zstd { level: 9 }, 128, 16),
            (Compression::Zstd { level: 19 }, 128, 8),
        ] {
            assert_eq!(compression.threads(threads), expected, "{compression:?}, {threads} threads");
        }
    }

    #[test]
    fn only_zstd_is_warned_of() {
        assert_eq!(Compression::default().warning(), None);
        assert_eq!(Compression::None.warning(), None);
        assert!(Compression::Zstd { level: 3 }.warning().is_some());
    }
}
