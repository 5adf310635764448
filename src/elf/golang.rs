//! Go's build information, as `go version -m` prints it (debug/buildinfo).
//!
//! It survives strip and not UPX. Both forms are read: strings in place (since Go 1.18), and pointers.

use super::sections::Section;
use super::{Bytes, GoBuild, Object};
use crate::sysroot::ReadAt;
use goblin::elf::program_header::PT_LOAD;

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The header is aligned to this.
const ALIGN: usize = 16;
/// How far into the data it is looked for where there is no section: linkers put it at the beginning.
const NEAR: u64 = 1 << 20;
/// Modules of the largest programs take a tenth of this.
const LONGEST: u64 = 4 << 20;

/// The build information of a Go program; `None` where there is none.
pub fn read(file: &dyn ReadAt, object: &Object, sections: Option<&[Section]>) -> Option<GoBuild> {
    let section = sections.into_iter().flatten().find(|section| section.name == b".go.buildinfo");
    let (offset, length) = match section {
        Some(section) => (section.offset, section.size),
        None => {
            let data = object.segments.iter().find(|segment| segment.kind == PT_LOAD && segment.flags & 2 != 0)?;
            (data.offset, data.file_size)
        }
    };
    let bytes = file.bytes_at(offset, usize::try_from(length.min(NEAR)).ok()?).ok()?;
    let at = memchr::memmem::find_iter(&bytes, MAGIC)
        .find(|at| (offset as usize).wrapping_add(*at).is_multiple_of(ALIGN) || at.is_multiple_of(ALIGN))?;
    let header = bytes.get(at..at + 32)?;
    let (version, info) = if header[15] & 2 != 0 {
        let after = offset + at as u64 + 32;
        let (version, next) = inline(file, after)?;
        (version, inline(file, next)?.0)
    } else {
        let big_endian = header[15] & 1 != 0;
        let size = usize::from(header[14]);
        let pointer = |at: usize| word(header.get(at..at + size)?, big_endian);
        let pointed = |at| string(file, object, pointer(at)?, size, big_endian);
        (pointed(16)?, pointed(16 + size).unwrap_or_default())
    };
    let version = String::from_utf8(version).ok()?;
    (!version.is_empty()).then(|| parse(version, &info))
}

/// A string with its length before it, as a varint; gives what follows it too.
fn inline(file: &dyn ReadAt, at: u64) -> Option<(Bytes, u64)> {
    let head = file.bytes_at(at, 10).ok()?;
    let mut length: u64 = 0;
    let mut used = 0;
    for (index, byte) in head.iter().enumerate() {
        length |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(index).ok()?)?;
        if byte & 0x80 == 0 {
            used = index as u64 + 1;
            break;
        }
    }
    if used == 0 || length > LONGEST {
        return None;
    }
    let bytes = file.bytes_at(at + used, usize::try_from(length).ok()?).ok()?;
    (bytes.len() as u64 == length).then_some((bytes, at + used + length))
}

/// The Go string whose header (pointer and length) is at `address`.
fn string(file: &dyn ReadAt, object: &Object, address: u64, size: usize, big_endian: bool) -> Option<Bytes> {
    let header = file.bytes_at(place(object, address)?, 2 * size).ok()?;
    let pointer = word(header.get(..size)?, big_endian)?;
    let length = word(header.get(size..2 * size)?, big_endian)?;
    if length > LONGEST {
        return None;
    }
    let bytes = file.bytes_at(place(object, pointer)?, usize::try_from(length).ok()?).ok()?;
    (bytes.len() as u64 == length).then_some(bytes)
}

fn word(bytes: &[u8], big_endian: bool) -> Option<u64> {
    if !matches!(bytes.len(), 4 | 8) {
        return None;
    }
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    Some(if big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
}

fn place(object: &Object, address: u64) -> Option<u64> {
    object.segments.iter().filter(|segment| segment.kind == PT_LOAD).find_map(|segment| {
        let inside = address.checked_sub(segment.address).filter(|inside| *inside < segment.file_size)?;
        segment.offset.checked_add(inside)
    })
}

/// Reads the lines of the module information; it stands between two marks of 16 bytes.
fn parse(version: String, info: &[u8]) -> GoBuild {
    let mut build = GoBuild { version, ..GoBuild::default() };
    let marked = info.len() >= 33 && info[info.len() - 17] == b'\n';
    let text = if marked { &info[16..info.len() - 16] } else { &[] };
    let mut replaced_main = true;
    for line in String::from_utf8_lossy(text).lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let module = || (fields.get(1).unwrap_or(&"").to_string(), fields.get(2).unwrap_or(&"").to_string());
        match fields[0] {
            "path" => build.path = fields.get(1).map(ToString::to_string),
            "mod" => {
                build.module = Some(module());
                replaced_main = true;
            }
            "dep" => {
                build.dependencies.push(module());
                replaced_main = false;
            }
            "=>" if replaced_main => build.module = Some(module()),
            "=>" => {
                if let Some(last) = build.dependencies.last_mut() {
                    *last = module();
                }
            }
            "build" => {
                if let Some((key, value)) = fields.get(1).and_then(|setting| setting.split_once('=')) {
                    build.settings.push((key.to_owned(), unquoted(value)));
                }
            }
            _ => {}
        }
    }
    let time = build.settings.iter().find(|(key, _)| key == "vcs.time");
    build.commit_time =
        time.and_then(|(_, value)| value.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second);
    build
}

/// Values with blanks are quoted as in Go source.
fn unquoted(value: &str) -> String {
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_information_is_read_line_by_line() {
        let text = "path\texample.com/a\nmod\texample.com/a\tv1.2.3\th1:x=\ndep\tgolang.org/x/b\tv0.1.0\th1:y=\n\
                    =>\texample.com/fork\tv0.2.0\th1:z=\nbuild\tGOARM=6\nbuild\t-ldflags=\"-s -w\"\n\
                    build\tvcs.time=2026-01-31T12:00:00Z\n";
        let info = ["0123456789abcdef", text, "0123456789abcdef"].concat();

        let build = parse("go1.24.4".to_owned(), info.as_bytes());

        assert_eq!(build.module, Some(("example.com/a".to_owned(), "v1.2.3".to_owned())));
        assert_eq!(build.dependencies, [("example.com/fork".to_owned(), "v0.2.0".to_owned())]);
        assert_eq!(build.settings[1], ("-ldflags".to_owned(), "-s -w".to_owned()));
        assert_eq!(build.commit_time, Some(1_769_860_800));
    }
}
