//! What each machine's loaders have in common: their default directories where no loader can be read, the
//! flag of their entries in ld.so.cache, their hwcaps directories (glibc, sysdeps/*/dl-cache.h, dl-hwcaps-subdirs.c).

use crate::elf::Machine;

const EM_386: u16 = 3;
const EM_MIPS: u16 = 8;
const EM_PPC64: u16 = 21;
const EM_S390: u16 = 22;
const EM_ARM: u16 = 40;
const EM_X86_64: u16 = 62;
const EM_AARCH64: u16 = 183;
const EM_RISCV: u16 = 243;
const EM_LOONGARCH: u16 = 258;

/// `EF_ARM_ABI_FLOAT_HARD`.
const ARM_HARD_FLOAT: u32 = 0x400;
/// `EF_MIPS_NAN2008` and `EF_MIPS_ABI2`.
const MIPS_ABI: u32 = 0x400 | 0x20;
/// `EF_RISCV_FLOAT_ABI`.
const RISCV_FLOAT: u32 = 0x6;
/// `EF_PPC64_ABI`.
const PPC64_ABI: u32 = 0x3;

/// Whether a loader for `own` takes a file for `other` that has the same class and byte order. Files that do not match
/// are stepped over (`elf_machine_matches_host`).
pub fn matches(own: Machine, other: Machine) -> bool {
    let differing = own.flags ^ other.flags;
    own.machine == other.machine
        && match own.machine {
            EM_RISCV => differing & RISCV_FLOAT == 0,
            // Version 0 stands for any.
            EM_PPC64 => other.flags & PPC64_ABI == 0 || own.flags & PPC64_ABI == 0 || differing & PPC64_ABI == 0,
            EM_MIPS => differing & MIPS_ABI == 0,
            _ => true,
        }
}

/// The flag of an entry of ld.so.cache that counts for this machine (`_DL_CACHE_DEFAULT_ID`).
pub fn cache_flag(machine: Machine) -> u32 {
    match (machine.machine, machine.is_64) {
        (EM_X86_64, true) => 0x0303,
        (EM_X86_64, false) => 0x0803,
        (EM_AARCH64, _) => 0x0a03,
        (EM_ARM, _) if machine.flags & ARM_HARD_FLOAT != 0 => 0x0903,
        (EM_ARM, _) => 0x0b03,
        (EM_RISCV, _) if machine.flags & RISCV_FLOAT == 0 => 0x0f03,
        (EM_RISCV, _) => 0x1003,
        (EM_PPC64, _) => 0x0503,
        (EM_S390, true) => 0x0403,
        (EM_LOONGARCH, _) if machine.flags & 7 == 1 => 0x1103,
        (EM_LOONGARCH, _) => 0x1203,
        (EM_MIPS, true) if machine.flags & 0x400 != 0 => 0x0e03,
        (EM_MIPS, true) => 0x0703,
        // All others: `FLAG_ELF_LIBC6` alone.
        _ => 0x0003,
    }
}

/// Whether an entry with this flag counts. On soft-float arm the plain one does too (dl-cache.h).
pub fn takes_flag(machine: Machine, flag: u32) -> bool {
    let soft_arm = machine.machine == EM_ARM && machine.flags & ARM_HARD_FLOAT == 0;
    flag == cache_flag(machine) || soft_arm && flag == 0x0003
}

/// The subdirectories for newer processors, the best first. glibc 2.33 and newer look into them.
pub fn hwcaps(machine: Machine) -> &'static [&'static str] {
    match (machine.machine, machine.is_64) {
        (EM_X86_64, true) => &["x86-64-v4", "x86-64-v3", "x86-64-v2"],
        (EM_PPC64, true) if !machine.big_endian => &["power11", "power10", "power9"],
        (EM_S390, true) => &["z17", "z16", "z15", "z14", "z13"],
        _ => &[],
    }
}

/// The subdirectories where glibc up to 2.36 looks on every processor, and those where it looks on some
/// (elf/dl-hwcaps.c `compute_priorities` and elf/dl-load.c `fillin_rpath` of its time, sysdeps `dl-procinfo`).
pub fn legacy(machine: Machine) -> (&'static [&'static str], &'static [&'static str]) {
    match (machine.machine, machine.is_64) {
        (EM_X86_64, true) => (
            &["tls/x86_64/x86_64", "tls/x86_64", "tls", "x86_64/x86_64", "x86_64"],
            &["haswell/avx512_1", "haswell/x86_64", "haswell"],
        ),
        (EM_386, _) => (&["tls"], &["tls/i686/sse2", "tls/i686", "tls/sse2", "i686/sse2", "i686", "i586", "sse2"]),
        (EM_AARCH64, _) => (&["tls/aarch64", "tls", "aarch64"], &["tls/atomics", "aarch64/atomics", "atomics"]),
        _ => (&["tls"], &[]),
    }
}

/// What `$PLATFORM` may be (`AT_PLATFORM`), the common one first; glibc puts `haswell` or `xeon_phi` in its
/// place on some processors.
pub fn platforms(machine: Machine) -> &'static [&'static str] {
    match (machine.machine, machine.is_64) {
        (EM_X86_64, true) => &["x86_64", "haswell", "xeon_phi"],
        (EM_386, _) => &["i686", "i586", "i486", "i386"],
        (EM_AARCH64, _) => &["aarch64"],
        (EM_ARM, _) => &["v7l", "v8l", "v6l", "v5l"],
        (EM_PPC64, _) => &["power10", "power9", "power8"],
        (EM_S390, _) => &["z16", "z15", "z14", "z13", "zEC12", "z196", "z10"],
        _ => &[],
    }
}

/// Default directories of upstream's and the large distributions' loaders, where none can be read.
pub fn default_directories(machine: Machine) -> &'static [&'static str] {
    match (machine.machine, machine.is_64) {
        (EM_X86_64, true) => {
            &["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
        }
        (EM_X86_64, false) => &["/lib/x86_64-linux-gnux32", "/usr/lib/x86_64-linux-gnux32", "/libx32", "/usr/libx32"],
        (EM_386, _) => &["/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/lib", "/usr/lib"],
        (EM_AARCH64, _) => {
            &["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
        }
        (EM_ARM, _) if machine.flags & ARM_HARD_FLOAT != 0 => {
            &["/lib/arm-linux-gnueabihf", "/usr/lib/arm-linux-gnueabihf", "/lib", "/usr/lib"]
        }
        (EM_ARM, _) => &["/lib/arm-linux-gnueabi", "/usr/lib/arm-linux-gnueabi", "/lib", "/usr/lib"],
        (EM_RISCV, true) => &[
            "/lib/riscv64-linux-gnu",
            "/usr/lib/riscv64-linux-gnu",
            "/lib64/lp64d",
            "/usr/lib64/lp64d",
            "/lib",
            "/usr/lib",
        ],
        (EM_PPC64, _) if machine.big_endian => {
            &["/lib/powerpc64-linux-gnu", "/usr/lib/powerpc64-linux-gnu", "/lib64", "/usr/lib64"]
        }
        (EM_PPC64, _) => &[
            "/lib/powerpc64le-linux-gnu",
            "/usr/lib/powerpc64le-linux-gnu",
            "/lib64",
            "/usr/lib64",
            "/lib",
            "/usr/lib",
        ],
        (EM_S390, true) => {
            &["/lib/s390x-linux-gnu", "/usr/lib/s390x-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
        }
        (EM_LOONGARCH, _) => &[
            "/lib/loongarch64-linux-gnu",
            "/usr/lib/loongarch64-linux-gnu",
            "/lib64",
            "/usr/lib64",
            "/lib",
            "/usr/lib",
        ],
        (EM_MIPS, true) => &[
            "/lib/mips64el-linux-gnuabi64",
            "/usr/lib/mips64el-linux-gnuabi64",
            "/lib64",
            "/usr/lib64",
            "/lib",
            "/usr/lib",
        ],
        _ => &["/lib", "/usr/lib"],
    }
}

/// musl's word for the machine, in the name of its loader (`ld-musl-ARCH.so.1`).
pub fn musl_arch(loader: &[u8]) -> Option<&[u8]> {
    let name = loader.rsplit(|byte| *byte == b'/').next()?;
    let rest = name.strip_prefix(b"ld-musl-")?;
    let end = rest.windows(3).position(|part| part == b".so")?;
    Some(&rest[..end])
}
