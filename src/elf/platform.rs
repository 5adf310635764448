//! From the header to a platform, and to words for people.
//!
//! A machine that Go has no name for has no platform: nobody could ask for an image of it.

use super::{Machine, arm};
use crate::platform::Platform;
use goblin::elf::header::{
    EM_386, EM_AARCH64, EM_ARM, EM_BPF, EM_IA_64, EM_LOONGARCH, EM_MIPS, EM_PARISC, EM_PPC, EM_PPC64, EM_RISCV,
    EM_S390, EM_SH, EM_SPARC, EM_SPARCV9, EM_X86_64, EM_XTENSA,
};

/// EF_MIPS_ABI2: the ABI with 32-bit pointers for 64-bit processors, n32.
const EF_MIPS_ABI2: u32 = 0x20;

/// Go's word for the machine (internal/syslist in Go's sources); `None` where it has none.
///
/// x32 (64-bit x86 with 32-bit pointers) has none either: most kernels do not run it, and an image for
/// `amd64` would promise that they do.
fn architecture(machine: Machine) -> Option<&'static str> {
    let Machine { is_64, big_endian, machine, flags } = machine;
    Some(match (machine, is_64, big_endian) {
        (EM_X86_64, true, false) => "amd64",
        (EM_386, false, false) => "386",
        (EM_AARCH64, true, false) => "arm64",
        (EM_AARCH64, true, true) => "arm64be",
        (EM_ARM, false, false) => "arm",
        (EM_ARM, false, true) => "armbe",
        (EM_RISCV, true, false) => "riscv64",
        (EM_RISCV, false, false) => "riscv",
        (EM_PPC64, true, false) => "ppc64le",
        (EM_PPC64, true, true) => "ppc64",
        (EM_PPC, false, true) => "ppc",
        (EM_S390, true, true) => "s390x",
        (EM_S390, false, true) => "s390",
        (EM_LOONGARCH, true, false) => "loong64",
        (EM_MIPS, true, false) => "mips64le",
        (EM_MIPS, true, true) => "mips64",
        (EM_MIPS, false, false) if flags & EF_MIPS_ABI2 != 0 => "mips64p32le",
        (EM_MIPS, false, true) if flags & EF_MIPS_ABI2 != 0 => "mips64p32",
        (EM_MIPS, false, false) => "mipsle",
        (EM_MIPS, false, true) => "mips",
        (EM_SPARCV9, true, true) => "sparc64",
        (EM_SPARC, false, true) => "sparc",
        _ => return None,
    })
}

/// The platform of a file.
///
/// `go_arm` is Go's GOARM setting, `attributes` the contents of `.ARM.attributes`; both matter on arm only.
pub(super) fn platform(machine: Machine, go_arm: Option<&str>, attributes: Option<&[u8]>) -> Option<Platform> {
    let architecture = architecture(machine)?;
    let variant = (architecture == "arm").then(|| arm::variant(machine, go_arm, attributes));
    Some(Platform::linux(architecture, variant))
}

/// What people call the machine.
pub fn machine_name(machine: Machine) -> String {
    let known = match (machine.machine, machine.is_64) {
        (EM_X86_64, true) => "64-bit x86",
        (EM_X86_64, false) => "x32 (64-bit x86 with 32-bit pointers)",
        (EM_386, _) => "32-bit x86",
        (EM_AARCH64, true) => "64-bit ARM",
        (EM_AARCH64, false) => "64-bit ARM with 32-bit pointers",
        (EM_ARM, _) => "32-bit ARM",
        (EM_RISCV, true) => "64-bit RISC-V",
        (EM_RISCV, false) => "32-bit RISC-V",
        (EM_PPC64, _) => "64-bit PowerPC",
        (EM_PPC, _) => "32-bit PowerPC",
        (EM_S390, true) => "IBM Z",
        (EM_S390, false) => "31-bit S/390",
        (EM_LOONGARCH, true) => "64-bit LoongArch",
        (EM_LOONGARCH, false) => "32-bit LoongArch",
        (EM_MIPS, true) => "64-bit MIPS",
        (EM_MIPS, false) => "32-bit MIPS",
        (EM_SPARC | EM_SPARCV9, _) => "SPARC",
        (EM_IA_64, _) => "Itanium",
        (EM_PARISC, _) => "PA-RISC",
        (EM_SH, _) => "SuperH",
        (EM_XTENSA, _) => "Xtensa",
        (EM_BPF, _) => "BPF",
        (number, _) => return format!("machine {number}"),
    };
    let order = match (machine.machine, machine.big_endian) {
        (EM_AARCH64 | EM_ARM | EM_RISCV, true) => " (big-endian)",
        (EM_PPC64 | EM_MIPS, false) => " (little-endian)",
        _ => "",
    };
    format!("{known}{order}")
}
