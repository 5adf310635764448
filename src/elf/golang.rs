//! Go's build information: what `go version -m` prints.
//!
//! The information begins with a mark on a 16-byte boundary, in a section of its own or else in the first segment that
//! is writable (debug/buildinfo in Go's sources). Since Go 1.18 the strings follow it; before, it has two
//! pointers to Go strings.

use super::format::{ForwardReader, WordFormat};
use super::memory::Memory;
use super::window::Window;
use super::{GoBuild, Object, Section, sections};
use crate::bytes::ReadAt;
use goblin::elf::program_header::{PF_W, PT_LOAD};

/// What the information begins with.
const MARK: &[u8] = b"\xFF Go buildinf:";

/// How long the list of modules may be. Large programs have some ten thousand bytes.
const MAX_STRING: u64 = 4 << 20;

/// Go's build information; `None` where there is none, or none that can be read.
pub(super) fn read(file: &dyn ReadAt, object: &Object, sections: Option<&[Section]>) -> Option<GoBuild> {
    let offset = find(file, place(object, sections)?)?;
    let bytes = file.bytes_at(offset, 32).ok().filter(|bytes| bytes.len() == 32)?;
    let (version, modules) =
        if bytes[15] & 2 == 0 { by_pointers(file, object, &bytes)? } else { inline(file, offset + 32)? };
    Some(GoBuild { version: String::from_utf8(version).ok()?, ..parse(&without_marks(&modules)) })
}

/// The build information of the program in `file`, whose ELF header is `object`.
pub fn go_build(file: &dyn ReadAt, object: &Object) -> Option<GoBuild> {
    let sections = sections(&Window::new(file), object.machine);
    read(file, object, sections.as_deref())
}

/// Where the information may be: offset and end.
fn place(object: &Object, sections: Option<&[Section]>) -> Option<(u64, u64)> {
    let Some(sections) = sections else {
        let writable = object.segments.iter().find(|s| s.kind == PT_LOAD && s.flags & PF_W != 0);
        return writable.map(|s| (s.offset, s.offset.saturating_add(s.file_size)));
    };
    let section = sections.iter().find(|s| s.name == b".go.buildinfo" && s.is_in_file());
    section.map(|s| (s.offset, s.offset + s.size))
}

/// The first mark on a 16-byte boundary of the place.
fn find(file: &dyn ReadAt, (start, end): (u64, u64)) -> Option<u64> {
    let mut pieces = ForwardReader::new(file);
    let mut offset = start;
    while offset < end {
        let piece = pieces.from(offset, 16).ok()?;
        if let Some(index) = piece.chunks_exact(16).position(|chunk| chunk.starts_with(MARK)) {
            return Some(offset + 16 * index as u64).filter(|offset| *offset < end);
        }
        // Whole chunks only, so that the boundary is kept.
        offset += (piece.len() as u64 / 16 * 16).max(16);
    }
    None
}

/// Two strings, each behind its length as a ULEB128 number.
fn inline(file: &dyn ReadAt, offset: u64) -> Option<(Vec<u8>, Vec<u8>)> {
    let (version, next) = counted(file, offset)?;
    let (modules, _) = counted(file, next)?;
    Some((version, modules))
}

/// A string behind its length, and where it ends.
fn counted(file: &dyn ReadAt, offset: u64) -> Option<(Vec<u8>, u64)> {
    let head = file.bytes_at(offset, 5).ok()?;
    let last = head.iter().position(|byte| byte & 0x80 == 0)?;
    let digits = head[..=last].iter().rev().map(|byte| u64::from(byte & 0x7f));
    let length = digits.fold(0, |value, digit| value << 7 | digit);
    let start = offset + last as u64 + 1;
    if length > MAX_STRING || length > file.size().saturating_sub(start) {
        return None;
    }
    Some((file.bytes_at(start, usize::try_from(length).ok()?).ok()?, start + length))
}

/// Two strings behind pointers; their size and byte order are told beside the mark.
fn by_pointers(file: &dyn ReadAt, object: &Object, bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let format = WordFormat { is_64: bytes[14] == 8, big_endian: bytes[15] & 1 != 0 };
    let memory = Memory::new(file, format, &object.segments);
    let version = pointed(&memory, format.word(bytes, 16))?;
    let modules = pointed(&memory, format.word(bytes, 16 + format.word_size()));
    Some((version, modules.unwrap_or_default()))
}

/// A Go string: an address and a length.
fn pointed(memory: &Memory<'_>, address: u64) -> Option<Vec<u8>> {
    let (format, size) = (memory.format, memory.format.word_size());
    let head = memory.range(address, 2 * size as u64, "a Go string").ok()?;
    let head = memory.file.bytes_at(head, 2 * size).ok().filter(|head| head.len() == 2 * size)?;
    let (data, length) = (format.word(&head, 0), format.word(&head, size));
    if length == 0 || length > MAX_STRING {
        return None;
    }
    let offset = memory.range(data, length, "a Go string").ok()?;
    memory.file.bytes_at(offset, usize::try_from(length).ok()?).ok()
}

/// The list of modules stands between two marks of 16 bytes, so that it can be found in memory.
fn without_marks(modules: &[u8]) -> String {
    let inner = modules.len().checked_sub(16).and_then(|end| modules.get(16..end));
    let inner = inner.filter(|inner| inner.last() == Some(&b'\n')).unwrap_or_default();
    String::from_utf8_lossy(inner).into_owned()
}

/// Reads the lines of runtime/debug's BuildInfo.
fn parse(text: &str) -> GoBuild {
    let mut build = GoBuild::default();
    let mut last_is_main = false;
    for line in text.lines() {
        let (word, rest) = line.split_once('\t').unwrap_or((line, ""));
        match word {
            "path" => build.path = Some(rest.to_owned()),
            "mod" => {
                build.module = Some(module(rest));
                last_is_main = true;
            }
            "dep" => {
                build.dependencies.push(module(rest));
                last_is_main = false;
            }
            // What was taken in place of the module above.
            "=>" if last_is_main => build.module = Some(module(rest)),
            "=>" => {
                build.dependencies.pop();
                build.dependencies.push(module(rest));
            }
            "build" => build.settings.extend(setting(rest)),
            _ => {}
        }
    }
    let time = build.settings.iter().find(|(key, _)| key == "vcs.time");
    build.commit_time = time.and_then(|(_, time)| Some(time.parse::<jiff::Timestamp>().ok()?.as_second()));
    build
}

/// Path, version and checksum; the last is not kept.
fn module(line: &str) -> (String, String) {
    let mut fields = line.split('\t');
    let mut next = || fields.next().unwrap_or_default().to_owned();
    (next(), next())
}

/// `KEY=VALUE`; each is quoted as in Go where it has blanks, quotes or an equals sign.
fn setting(line: &str) -> Option<(String, String)> {
    let (key, rest) = word(line, '=')?;
    let (value, _) = word(rest.strip_prefix('=')?, '\n')?;
    Some((key, value))
}

/// Takes a word off that ends at `end` or with its quotes.
fn word(text: &str, end: char) -> Option<(String, &str)> {
    match text.chars().next() {
        Some('`') => text[1..].split_once('`').map(|(word, rest)| (word.to_owned(), rest)),
        Some('"') => unquote(&text[1..]),
        _ => {
            let (word, rest) = text.split_at(text.find(end).unwrap_or(text.len()));
            Some((word.to_owned(), rest))
        }
    }
}

/// Reads on from behind a quote to the one that closes it (strconv.Unquote).
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((word, chars.as_str())),
            '\\' => word.push(escaped(&mut chars)?),
            plain => word.push(plain),
        }
    }
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'x' => hexadecimal(chars, 2)?,
        'u' => hexadecimal(chars, 4)?,
        'U' => hexadecimal(chars, 8)?,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    })
}

fn hexadecimal(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let (number, rest) = chars.as_str().split_at_checked(digits)?;
    *chars = rest.chars();
    char::from_u32(u32::from_str_radix(number, 16).ok()?)
}
