//! Which processors a program for 32-bit ARM runs on: the platform's variant.
//!
//! Go writes its GOARM setting down, other compilers a table of attributes (`.ARM.attributes`, "Addenda to,
//! and Errata in, the ABI for the Arm Architecture"). Without either the flags tell how floating point
//! numbers are passed, and by custom hard float means v7 and soft float v5.

use super::Machine;
use super::format::WordFormat;

/// EF_ARM_ABI_FLOAT_HARD.
const HARD_FLOAT: u32 = 0x400;

/// `v5`, `v6`, `v7` or `v8`.
pub(super) fn variant(machine: Machine, go_arm: Option<&str>, attributes: Option<&[u8]>) -> &'static str {
    let by_go = go_arm.and_then(goarm_variant);
    let by_attributes = || attributes.and_then(|table| architecture(WordFormat::new(machine), table)).map(cpu_variant);
    let by_flags = || if machine.flags & HARD_FLOAT == 0 { "v5" } else { "v7" };
    by_go.or_else(by_attributes).unwrap_or_else(by_flags)
}

/// GOARM is a number, perhaps with `,softfloat` or `,hardfloat` behind it.
fn goarm_variant(setting: &str) -> Option<&'static str> {
    match setting.split(',').next()? {
        "5" => Some("v5"),
        "6" => Some("v6"),
        "7" => Some("v7"),
        _ => None,
    }
}

/// Values of Tag_CPU_arch.
fn cpu_variant(architecture: u64) -> &'static str {
    match architecture {
        0..=5 => "v5",
        6..=9 | 11 | 12 => "v6",
        10 | 13 => "v7",
        _ => "v8",
    }
}

/// Tag_CPU_arch of the whole file; `None` where the table has none or is damaged.
///
/// The table is a letter `A` and parts, each a length, an owner and, where that is `aeabi`, scopes, each a
/// tag, a length and attributes.
fn architecture(format: WordFormat, table: &[u8]) -> Option<u64> {
    let mut parts = table.strip_prefix(b"A")?;
    while parts.len() >= 4 {
        let (part, rest) = parts.split_at_checked(length(format, parts, 0)?)?;
        parts = rest;
        let Some(mut scopes) = part.get(4..)?.strip_prefix(b"aeabi\0") else { continue };
        while scopes.len() >= 5 {
            let (scope, rest) = scopes.split_at_checked(length(format, scopes, 1)?)?;
            scopes = rest;
            // Tag_File; the others are about single sections and symbols.
            if scope[0] == 1 {
                return find(scope.get(5..)?);
            }
        }
    }
    None
}

/// The length written `before` bytes into `bytes`, at least its own end.
fn length(format: WordFormat, bytes: &[u8], before: usize) -> Option<usize> {
    let length = usize::try_from(format.u32(bytes, before)).ok()?;
    (length >= before + 4).then_some(length)
}

/// Tag_CPU_arch among attributes: a tag, then a number or a string.
fn find(mut attributes: &[u8]) -> Option<u64> {
    /// Tag_CPU_raw_name and Tag_CPU_name.
    const NAMES: [u64; 2] = [4, 5];
    const CPU_ARCH: u64 = 6;
    const COMPATIBILITY: u64 = 32;
    while !attributes.is_empty() {
        let tag = number(&mut attributes)?;
        match tag {
            CPU_ARCH => return number(&mut attributes),
            COMPATIBILITY => {
                number(&mut attributes)?;
                string(&mut attributes)?;
            }
            // From 32 on, odd tags have strings, and even ones numbers.
            tag if NAMES.contains(&tag) || tag > COMPATIBILITY && tag % 2 == 1 => string(&mut attributes)?,
            _ => {
                number(&mut attributes)?;
            }
        }
    }
    None
}

/// Takes a ULEB128 number off.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Takes a string off.
fn string(bytes: &mut &[u8]) -> Option<()> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    *bytes = &bytes[end + 1..];
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(attributes: &[u8]) -> Vec<u8> {
        let mut scope = vec![1];
        scope.extend(u32::try_from(attributes.len() + 5).unwrap().to_le_bytes());
        scope.extend(attributes);
        let mut table = vec![b'A'];
        table.extend(u32::try_from(scope.len() + 10).unwrap().to_le_bytes());
        table.extend(b"aeabi\0");
        table.extend(scope);
        table
    }

    #[test]
    fn the_variant_is_gos_then_the_attributes_then_the_float_flags() {
        let v6 = table(b"\x05ARM1176\0\x06\x09\x08\x01");
        let v7 = table(b"\x05Cortex-A8\0\x43compat\0\x20\x01gnu\0\x06\x0a");
        let odd = table(b"\x05no end");
        for (shows, flags, go_arm, attributes, expected) in [
            ("Go's setting wins", 0x400, Some("6"), Some(&v7), "v6"),
            ("with a float mode", 0, Some("5,softfloat"), None, "v5"),
            ("an unknown setting does not count", 0, Some("x"), Some(&v7), "v7"),
            ("attributes win over flags", 0x400, None, Some(&v6), "v6"),
            ("strings and numbers are told apart", 0, None, Some(&v7), "v7"),
            ("a damaged table does not count", 0x400, None, Some(&odd), "v7"),
            ("hard float", 0x0500_0400, None, None, "v7"),
            ("soft float", 0x0500_0200, None, None, "v5"),
        ] {
            let machine = Machine { is_64: false, big_endian: false, machine: 40, flags };
            assert_eq!(variant(machine, go_arm, attributes.map(Vec::as_slice)), expected, "{shows}");
        }
    }

    #[test]
    fn a_cut_table_of_attributes_is_no_panic() {
        let whole = table(b"\x05Cortex-A8\0\x06\x0a");
        let format = WordFormat { is_64: false, big_endian: false };
        for length in 0..whole.len() {
            assert_eq!(architecture(format, &whole[..length]), None, "{length} bytes");
        }
        assert_eq!(architecture(format, &whole), Some(10));
    }
}
