//! From `e_machine` and its flags to the platform of an image, in Go's words.

use super::sections::Section;
use super::{GoBuild, Machine};
use crate::platform::Platform;
use crate::sysroot::ReadAt;

/// `EF_ARM_ABI_FLOAT_HARD`.
const ARM_HARD_FLOAT: u32 = 0x400;
/// `EF_MIPS_ABI2`: n32, 64-bit registers in a 32-bit file.
const MIPS_N32: u32 = 0x20;
const EM_386: u16 = 3;
const EM_MIPS: u16 = 8;
const EM_ARM: u16 = 40;
const EM_X86_64: u16 = 62;

/// The platform that runs a file of this machine; `None` where images have no name for it.
pub fn of(
    machine: &Machine,
    go: Option<&GoBuild>,
    sections: Option<&[Section]>,
    file: &dyn ReadAt,
) -> Option<Platform> {
    let pick = |little, big| if machine.big_endian { big } else { little };
    let architecture = match (machine.machine, machine.is_64) {
        (EM_386, false) => pick("386", ""),
        (EM_X86_64, true) => pick("amd64", ""),
        (EM_ARM, false) => pick("arm", "armbe"),
        (183, true) => pick("arm64", "arm64be"),
        (243, true) => pick("riscv64", ""),
        (243, false) => pick("riscv", ""),
        (20, false) => pick("", "ppc"),
        (21, true) => pick("ppc64le", "ppc64"),
        (22, true) => pick("", "s390x"),
        (22, false) => pick("", "s390"),
        (258, true) => pick("loong64", ""),
        (EM_MIPS, true) => pick("mips64le", "mips64"),
        (EM_MIPS, false) if machine.flags & MIPS_N32 != 0 => pick("mips64p32le", "mips64p32"),
        (EM_MIPS, false) => pick("mipsle", "mips"),
        (43, true) => pick("", "sparc64"),
        (2 | 18, false) => pick("", "sparc"),
        _ => "",
    };
    if architecture.is_empty() {
        return None;
    }
    let variant = (architecture == "arm").then(|| arm_variant(machine, go, sections, file));
    Some(Platform::linux(architecture, variant))
}

/// What a machine is called that images have no name for.
pub fn in_words(machine: &Machine) -> String {
    let bits = if machine.is_64 { 64 } else { 32 };
    match machine.machine {
        EM_X86_64 if !machine.is_64 => "x32: 32-bit pointers on amd64, which container engines do not run".to_owned(),
        number => {
            let name = goblin::elf::header::machine_to_str(number);
            let order = if machine.big_endian { "big" } else { "little" };
            format!("{name} (machine {number}), {bits}-bit {order}-endian")
        }
    }
}

/// Go tells it, else the attributes of GNU tools, else hard float means v7 and soft float v5.
fn arm_variant(
    machine: &Machine,
    go: Option<&GoBuild>,
    sections: Option<&[Section]>,
    file: &dyn ReadAt,
) -> &'static str {
    let go = go.and_then(|go| go.settings.iter().find(|(key, _)| key == "GOARM"));
    // Since Go 1.22 it may read `7,hardfloat`.
    match go.and_then(|(_, value)| value.split(',').next()) {
        Some("5") => return "v5",
        Some("6") => return "v6",
        Some("7") => return "v7",
        _ => {}
    }
    let attributes = sections.into_iter().flatten().find(|section| section.name == b".ARM.attributes");
    let attributes = attributes.and_then(|section| {
        let size = usize::try_from(section.size.min(64 * 1024)).ok()?;
        file.bytes_at(section.offset, size).ok()
    });
    match attributes.and_then(|bytes| cpu_arch(&bytes)) {
        Some(0..=5) => "v5",
        Some(6..=9 | 11 | 12) => "v6",
        Some(10 | 13) => "v7",
        Some(14..) => "v8",
        None if machine.flags & ARM_HARD_FLOAT != 0 => "v7",
        None => "v5",
    }
}

/// Tag_CPU_arch of the section `.ARM.attributes` (ABI for the Arm Architecture, addenda32: build attributes).
fn cpu_arch(bytes: &[u8]) -> Option<u64> {
    const FILE: u8 = 1;
    const RAW_NAME: u64 = 4;
    const NAME: u64 = 5;
    const ARCH: u64 = 6;
    const COMPATIBILITY: u64 = 32;
    let rest = bytes.strip_prefix(b"A")?;
    let vendor_end = rest.get(4..)?.iter().position(|byte| *byte == 0)? + 4;
    if rest.get(4..vendor_end)? != b"aeabi" {
        return None;
    }
    let mut rest = rest.get(vendor_end + 1..)?;
    if *rest.first()? != FILE {
        return None;
    }
    rest = rest.get(5..)?;
    while !rest.is_empty() {
        match uleb(&mut rest)? {
            ARCH => return uleb(&mut rest),
            COMPATIBILITY => {
                uleb(&mut rest)?;
                text(&mut rest)?;
            }
            RAW_NAME | NAME => text(&mut rest)?,
            tag if tag > COMPATIBILITY && tag % 2 == 1 => text(&mut rest)?,
            _ => {
                uleb(&mut rest)?;
            }
        }
    }
    // Left out where it is 0: before v4.
    Some(0)
}

fn text(bytes: &mut &[u8]) -> Option<()> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    *bytes = &bytes[end + 1..];
    Some(())
}

fn uleb(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_machine_has_gos_name() {
        for (number, is_64, big_endian, flags, expected) in [
            (EM_X86_64, true, false, 0, Some("linux/amd64")),
            (EM_X86_64, false, false, 0, None),
            (EM_386, false, false, 0, Some("linux/386")),
            (183, true, false, 0, Some("linux/arm64")),
            (EM_ARM, false, false, 0x0500_0400, Some("linux/arm/v7")),
            (EM_ARM, false, false, 0x0500_0200, Some("linux/arm/v5")),
            (243, true, false, 5, Some("linux/riscv64")),
            (21, true, false, 2, Some("linux/ppc64le")),
            (21, true, true, 1, Some("linux/ppc64")),
            (22, true, true, 0, Some("linux/s390x")),
            (258, true, false, 0x43, Some("linux/loong64")),
            (EM_MIPS, true, false, 0, Some("linux/mips64le")),
            (EM_MIPS, false, true, 0, Some("linux/mips")),
            (0xffff, true, false, 0, None),
        ] {
            let machine = Machine { is_64, big_endian, machine: number, flags };
            let file: &[u8] = &[];
            let platform = of(&machine, None, None, &file.to_vec());
            assert_eq!(platform.map(|p| p.to_string()).as_deref(), expected, "machine {number}");
        }
    }

    #[test]
    fn arm_attributes_tell_the_architecture() {
        let bytes = b"A\x1f\0\0\0aeabi\0\x01\x15\0\0\0\x05ARM v7\0\x06\x0a\x08\x01";
        assert_eq!(cpu_arch(bytes), Some(10));
        assert_eq!(cpu_arch(b"A\x10\0\0\0aeabi\0\x01\x06\0\0\0"), Some(0));
        for hostile in [
            &b""[..],
            b"A",
            b"A\0\0\0\0aeabi",
            b"A\0\0\0\0other\0\x01\0\0\0\0\x06\x01",
            b"A\0\0\0\0aeabi\0\x01\0\0\0\0\x05x",
        ] {
            assert_eq!(cpu_arch(hostile), None, "{hostile:?}");
        }
    }
}
