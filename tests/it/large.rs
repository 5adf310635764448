//! A program of a gibibyte, in the memory that a small one takes, whatever compresses it.

use crate::support::programs::HELLOS;
use crate::support::{Ran, Test, lacks, tool};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

/// The promise, in the KiB that the kernel counts in: 64 MB with sixteen threads, 24 MB with two, of which a third
/// more is allowed to other allocators.
fn memory() -> u64 {
    let threads = std::thread::available_parallelism().map_or(16, std::num::NonZeroUsize::get);
    (if threads <= 2 { 32_000_000 } else { 64_000_000 }) / 1024
}

/// Runs a command and prints the most memory that it, or anything it started, held at a time, in KiB.
const MEASURE: &str = "import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)";

#[test]
fn a_program_of_one_gibibyte_is_packed_in_the_memory_of_a_small_one() {
    let t = Test::new();
    let Some(hello) = HELLOS[0].program() else { return };
    if lacks(&["python3"]) {
        return;
    }
    fs::copy(hello, t.path("big")).expect("a program is copied");
    let big = OpenOptions::new().write(true).open(t.path("big")).expect("it is ours");
    // Data behind the last section, some of it holes: what self-extracting programs carry.
    for mebibyte in (1..1024).step_by(7) {
        let noise: Vec<u8> = (0..4096).map(|i: u64| (i * i * (mebibyte + 11)).to_be_bytes()[6]).collect();
        big.write_at(&noise, mebibyte << 20).expect("it is written");
    }
    big.set_len(1 << 30).expect("it is stretched");

    for compress in ["gzip", "zstd", "none"] {
        let flags = ["--compress", compress, "--no-cache", "-q", "-o", "big.tar"];
        let mut command = tool("python3");
        command.args(["-c", MEASURE, env!("CARGO_BIN_EXE_pack"), "big"]).args(flags).current_dir(t.path(""));
        let measured = Ran::of(&mut command).succeeds().stdout();

        let kibibytes: u64 = measured.trim().parse().expect("a number is printed");
        assert!(kibibytes <= memory(), "{compress}: {kibibytes} KiB");
        fs::remove_file(t.path("big.tar")).expect("it was written");
    }
}
