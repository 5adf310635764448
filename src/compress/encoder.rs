//! The encoders themselves, each pinned to an exact version; golden digests hold what they write.
//!
//! libdeflate and zstd, because their output depends on nothing but input and level, on any machine, where
//! each part is given whole. zstd's own threads are not used: what they write differs from what one writes.

use super::{Compression, incompressible};
use libdeflater::{CompressionLvl, Compressor};
use std::io;
use zstd::zstd_safe::compress_bound;

/// Compresses parts, one after the other; keeps its tables between them.
pub enum Encoder {
    /// libdeflate, and for what would not get smaller another one that stores; `None` where size is what counts.
    Gzip(Compressor, Option<Compressor>),
    /// libzstd.
    Zstd(zstd::bulk::Compressor<'static>),
}

impl Encoder {
    /// `None` where nothing is compressed.
    ///
    /// # Panics
    /// If there is no such level: the command line checks it.
    pub fn new(compression: Compression) -> Option<Self> {
        match compression {
            Compression::None => None,
            Compression::Gzip { level } => {
                let compressor =
                    |level| Compressor::new(CompressionLvl::new(level).expect("a level of gzip is 0 to 12"));
                let stores = level < Compression::GZIP_SMALL;
                Some(Self::Gzip(compressor(level.into()), stores.then(|| compressor(0))))
            }
            Compression::Zstd { level } => {
                let compressor = zstd::bulk::Compressor::new(level.into());
                Some(Self::Zstd(compressor.expect("a level of zstd is 1 to 19")))
            }
        }
    }

    /// Compresses one part into a whole file of its own at the beginning of `out`, and returns how many bytes the file
    /// has. The buffer is grown where it is too short and never shrunk. The file holds neither a time nor a name; a
    /// zstd frame tells how long the part is.
    pub fn part(&mut self, uncompressed: &[u8], out: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Gzip(deflate, stored) => {
                let runs =
                    if stored.is_some() { incompressible::runs(uncompressed) } else { vec![(uncompressed, false)] };
                make_long(out, runs.iter().map(|(run, _)| deflate.gzip_compress_bound(run.len())).sum());
                let mut written = 0;
                for (run, incompressible) in runs {
                    let compressor = stored.as_mut().filter(|_| incompressible).unwrap_or(deflate);
                    let member = compressor.gzip_compress(run, &mut out[written..]);
                    written += member.map_err(|error| io::Error::other(format!("{error:?}")))?;
                }
                Ok(written)
            }
            Self::Zstd(zstd) => {
                make_long(out, compress_bound(uncompressed.len()));
                zstd.compress_to_buffer(uncompressed, &mut out[..])
            }
        }
    }
}

/// No byte is touched that nothing is written to.
fn make_long(out: &mut Vec<u8>, bound: usize) {
    if out.len() < bound {
        *out = vec![0; bound];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Digest;
    use std::io::Read;

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

    fn once(encoder: &mut Encoder, part: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let written = encoder.part(part, &mut out).unwrap();
        out[..written].to_vec()
    }

    /// Level, bytes, and the beginning of the digest.
    fn digests(of: impl Fn(u8) -> Compression, last: u8) -> Vec<String> {
        let sample = sample();
        let digest = |level| {
            let out = once(&mut Encoder::new(of(level)).unwrap(), &sample);
            format!("{level:2} {} {}", out.len(), &Digest::of(&out).hex()[..16])
        };
        (1..=last).map(digest).collect()
    }

    // Another release of an encoder may give other bytes: then every layer has a new digest, and the changelog
    // says so.

    #[test]
    fn the_bytes_of_each_level_of_gzip_are_pinned() {
        assert_eq!(digests(|level| Compression::Gzip { level }, Compression::GZIP_MAX), GZIP);
    }

    const GZIP: [&str; 12] = [
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
    fn what_is_stored_stands_between_what_is_compressed_and_is_pinned_too() {
        let noise = incompressible::tests::random(3 * incompressible::BLOCK + 5);
        let sample = [&sample()[..incompressible::BLOCK], &noise, &sample()].concat();
        let told = |level| {
            let out = once(&mut Encoder::new(Compression::Gzip { level }).unwrap(), &sample);
            let mut uncompressed = Vec::new();
            flate2::read::MultiGzDecoder::new(out.as_slice()).read_to_end(&mut uncompressed).unwrap();
            assert!(uncompressed == sample, "level {level}");
            format!("{level:2} {} {}", out.len(), &Digest::of(&out).hex()[..16])
        };
        assert_eq!([4, 9, 12].map(told), MIXED);
    }

    const MIXED: [&str; 3] = [" 4 395053 eeaa21c1cd9f2136", " 9 377496 4b9c2a4447981bc4", "12 375083 2129fa8265a90a3c"];

    #[test]
    fn the_bytes_of_each_level_of_zstd_are_pinned() {
        assert_eq!(digests(|level| Compression::Zstd { level }, Compression::ZSTD_MAX), ZSTD);
    }

    const ZSTD: [&str; 19] = [
        " 1 190325 2c5004fe36ffc763",
        " 2 186700 09cc17bc82022b7f",
        " 3 148495 28c75a8a3243bbaa",
        " 4 146566 3e1573a537ea02e9",
        " 5 141733 68fb02d339c88d43",
        " 6 141132 1bca15486655dbee",
        " 7 141063 956c2d33ed278b15",
        " 8 141201 e89b2ed69a45bb2e",
        " 9 141201 e89b2ed69a45bb2e",
        "10 140846 45c422bb0becb1f1",
        "11 140235 a8abe29cce6e419a",
        "12 140235 a8abe29cce6e419a",
        "13 140054 cd15386ca6ae6376",
        "14 140044 7c15c1d1ff0cbf47",
        "15 140044 7c15c1d1ff0cbf47",
        "16 135877 a5e7c3a9b52b1cda",
        "17 135914 c8f38ae72aab048e",
        "18 133873 efffa50015db07dc",
        "19 133749 c4e8307e5752617f",
    ];

    #[test]
    fn what_an_encoder_wrote_before_leaves_no_trace() {
        let sample = sample();
        let zstd = (1..=Compression::ZSTD_MAX).map(|level| Compression::Zstd { level });
        for compression in [Compression::default()].into_iter().chain(zstd) {
            let mut encoder = Encoder::new(compression).unwrap();
            let (first, mut again) = (once(&mut encoder, &sample), vec![1; 7]);
            encoder.part(&sample[1000..], &mut again).unwrap();
            encoder.part(&[], &mut again).unwrap();
            let written = encoder.part(&sample, &mut again).unwrap();
            assert!(first == again[..written], "{compression:?}");
        }
    }

    #[test]
    fn parts_one_after_the_other_are_a_file_that_others_read() {
        let sample = sample();
        let file = |compression: Compression| {
            let mut encoder = Encoder::new(compression).unwrap();
            sample.chunks(100_000).map(|part| once(&mut encoder, part)).collect::<Vec<_>>().concat()
        };
        let mut uncompressed = Vec::new();
        flate2::read::MultiGzDecoder::new(file(Compression::default()).as_slice())
            .read_to_end(&mut uncompressed)
            .unwrap();
        assert!(uncompressed == sample);
        assert!(zstd::decode_all(file(Compression::Zstd { level: 3 }).as_slice()).unwrap() == sample);
    }
}
