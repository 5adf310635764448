//! Which bytes would not get smaller: pictures, archives, debugging information that is compressed already.
//!
//! deflate takes as long for them as for anything else and gains nothing; they are stored. What a run is follows from
//! the bytes alone and is worked out in whole numbers, so that it is the same on every machine.

use memchr::memchr_iter;
use std::collections::HashSet;

/// The length of the blocks that are told apart, from the beginning of a part on.
pub const BLOCK: usize = 64 * 1024;

/// How many bytes of a block are looked at first: most blocks are told by them.
const SAMPLES: usize = 4 * 1024;

/// A shorter block is compressed: it costs next to nothing, and tells too little.
const SHORTEST: usize = 16 * 1024;

/// `bytes` in runs of whole blocks, each with whether it is incompressible.
pub fn runs(bytes: &[u8]) -> Vec<(&[u8], bool)> {
    let mut runs = Vec::new();
    let (mut start, mut at, mut run_is) = (0, 0, false);
    for block in bytes.chunks(BLOCK) {
        let incompressible = is_incompressible(block);
        if incompressible != run_is && at > start {
            runs.push((&bytes[start..at], run_is));
            start = at;
        }
        run_is = incompressible;
        at += block.len();
    }
    runs.push((&bytes[start..], run_is));
    runs
}

/// Whether a block has all bytes about equally often, and nothing in it that comes again.
fn is_incompressible(block: &[u8]) -> bool {
    if block.len() < SHORTEST {
        return false;
    }
    let step = block.len() / 4;
    let samples = block.chunks(step).take(4).flat_map(|part| &part[..SAMPLES / 4]);
    is_even(samples, SAMPLES) && is_even(block.iter(), block.len()) && !repeats(block)
}

/// Whether bytes are so evenly spread that codes of different lengths would save less than one in a hundred.
///
/// The sum of the squares of how often each byte comes is n²/256 + n for random ones. The excess over that says how
/// far the entropy is below eight bits: a tenth of n²/256 is 0.07 bits, 0.9 percent.
fn is_even<'b>(bytes: impl Iterator<Item = &'b u8>, count: usize) -> bool {
    let mut counts = [0_u64; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let squares: u64 = counts.iter().map(|count| count * count).sum();
    let count = count as u64;
    squares * 256 <= count * count * 11 / 10 + 256 * count
}

/// Whether what stands behind a certain byte comes again: of what repeats somewhere, some does so there.
fn repeats(block: &[u8]) -> bool {
    const KEY: usize = 8;
    let keys = memchr_iter(0, block).filter_map(|at| block.get(at + 1..at + 1 + KEY));
    let (mut known, mut again) = (HashSet::new(), 0);
    let mut count = 0;
    for key in keys {
        count += 1;
        again += usize::from(!known.insert(key));
    }
    again * 100 > count
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Bytes that look random, the same each time.
    pub fn random(length: usize) -> Vec<u8> {
        let mut state: u64 = 1;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect()
    }

    fn shown(bytes: &[u8]) -> Vec<(usize, bool)> {
        runs(bytes).into_iter().map(|(run, incompressible)| (run.len(), incompressible)).collect()
    }

    #[test]
    fn what_is_random_or_compressed_is_dense() {
        let text = include_bytes!("../../README.md").repeat(20);
        let compressed = zstd::bulk::compress(&random(300_000), 19).unwrap();
        let mut deflated = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
        let words: Vec<u8> = random(400_000).iter().flat_map(|byte| format!("{byte} ").into_bytes()).collect();
        let mut gzip = vec![0; words.len()];
        let length = deflated.gzip_compress(&words, &mut gzip).unwrap();
        for (what, bytes, incompressible) in [
            ("random", &random(BLOCK)[..], true),
            ("zstd", &compressed[..BLOCK], true),
            ("gzip", &gzip[BLOCK..(length / BLOCK) * BLOCK], true),
            ("text", &text[..BLOCK], false),
            ("zeros", &vec![0; BLOCK][..], false),
            ("too short to tell", &random(SHORTEST - 1), false),
            ("nothing", &[], false),
        ] {
            assert!(runs(bytes).iter().all(|(_, found)| *found == incompressible), "{what}");
        }
    }

    #[test]
    fn what_repeats_is_compressed_however_random_it_looks() {
        for period in [100, 1_000, 5_000, 20_000, 30_000] {
            let bytes: Vec<u8> = random(period).into_iter().cycle().take(BLOCK).collect();
            assert!(!is_incompressible(&bytes), "a period of {period}");
        }
        // A tenth of the block comes again.
        let mut bytes = random(BLOCK);
        bytes.copy_within(1_000..8_000, 40_000);
        assert!(!is_incompressible(&bytes));
    }

    #[test]
    fn codes_that_save_something_are_worth_it() {
        // Every eighth byte has only a sixteenth of the values.
        let mut bytes = random(BLOCK);
        assert!(is_incompressible(&bytes));
        bytes.iter_mut().step_by(8).for_each(|byte| *byte &= 0x0f);
        assert!(!is_incompressible(&bytes));
    }

    #[test]
    fn runs_are_whole_blocks_from_the_beginning_on() {
        let (noise, zeros) = (random(2 * BLOCK), vec![0; BLOCK]);
        assert_eq!(shown(&[]), [(0, false)]);
        assert_eq!(shown(&noise), [(2 * BLOCK, true)]);
        assert_eq!(
            shown(&[&noise[..], &zeros, &noise[..BLOCK]].concat()),
            [(2 * BLOCK, true), (BLOCK, false), (BLOCK, true)]
        );
        assert_eq!(
            shown(&[&zeros[..], &noise[..BLOCK], &noise[..10]].concat()),
            [(BLOCK, false), (BLOCK, true), (10, false)]
        );
        // Where noise begins in a block does not matter, only where blocks do.
        let late = [&zeros[..BLOCK / 2], &noise[..BLOCK]].concat();
        assert_eq!(shown(&late), [(BLOCK, false), (BLOCK / 2, true)]);
    }
}
