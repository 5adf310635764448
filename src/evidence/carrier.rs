//! Programs that carry others: what they unpack when they run, or load from their own file, needs libraries that nobody
//! can see. So all parts of their C library come in, with the libraries of the compiler and others that every system has.

use super::finding::SeenObject;
use super::intake::{Intake, ItemReason};
use crate::bytes::ReadAt;
use crate::elf::{self, Tables};
use crate::files::{Place, Root};
use crate::resolve::Library;
use memchr::memmem;
use std::path::PathBuf;

/// The rule's name.
pub const RULE: &str = "carried";

/// The parts of glibc that programs are linked with, and those that it opens itself.
const PARTS: [&str; 12] = [
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libresolv.so.2",
    "libanl.so.1",
    "libnss_files.so.2",
    "libnss_dns.so.2",
    "libnss_compat.so.2",
    "libBrokenLocale.so.1",
];

/// The libraries of the compiler, and the small ones that those who make such programs leave to every system (PEP 513, and
/// the policies of auditwheel after it).
const OF_SYSTEM: [&str; 6] =
    ["libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "libcrypt.so.1", "libexpat.so.1", "libnsl.so.1"];

/// What the program in `file` carries, by the mark of the tool that made it; `None` if nothing shows that it carries code
/// for the machine.
pub fn carried(file: &dyn ReadAt) -> Option<&'static str> {
    let tables = Tables::read(file).ok()?;
    let marked = elf::overlay(file, &tables).ok()?.and_then(|overlay| overlay.kind);
    let kind = marked.or_else(|| elf::payload(file, &tables).ok().flatten())?;
    // Most zip files behind a program hold data.
    let is_code = kind != "zip file" || holds_libraries(file);
    is_code.then_some(kind)
}

/// Whether the directory of a zip file at the end of `file` names libraries.
fn holds_libraries(file: &dyn ReadAt) -> bool {
    let end = end(file, file.size());
    memmem::find(&end, b"PK\x01\x02").is_some() && memmem::find(&end, b".so").is_some()
}

/// Whether a zip file at the end of `file` holds the standard library of Python.
pub fn carries_python(file: &dyn ReadAt) -> bool {
    let end = end(file, file.size());
    let has = |text: &[u8]| memmem::find(&end, text).is_some();
    is_zip_end(&end) && (has(b"encodings/__init__.py") || has(b"lib/python3"))
}

/// Whether bytes end as a zip file does: with its last record, which counts the bytes of the comment behind it. A library
/// that reads zip files has the record's mark among its constants.
fn is_zip_end(end: &[u8]) -> bool {
    const RECORD: usize = 22;
    let Some(at) = memmem::rfind(end, b"PK\x05\x06") else { return false };
    let comment =
        end.get(at + RECORD - 2..at + RECORD).map(|length| usize::from(length[0]) | usize::from(length[1]) << 8);
    comment.is_some_and(|comment| at + RECORD + comment == end.len())
}

/// The directory beside a program of PyInstaller in which its library is, as its archive tells (option
/// `--contents-directory`); `base_library.zip` is in it. `None` for other programs, and for one that carries its library.
pub fn contents_directory(file: &dyn ReadAt) -> Option<String> {
    const OPTION: &[u8] = b"pyi-contents-directory ";
    const COOKIE: &[u8] = b"MEI\x0C\x0B\x0A\x0B\x0E";
    let tables = Tables::read(file).ok()?;
    let section = tables.sections.iter().flatten().find(|section| section.name == b"pydata");
    let end = end(file, section.map_or(file.size(), |section| section.offset.saturating_add(section.size)));
    memmem::rfind(&end, COOKIE)?;
    let Some(at) = memmem::rfind(&end, OPTION) else { return Some(".".to_owned()) };
    let name = &end[at + OPTION.len()..];
    let name = &name[..name.iter().position(|byte| *byte == 0)?];
    String::from_utf8(name.to_vec()).ok().filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The bytes before offset `end`, as many as a table of contents has.
fn end(file: &dyn ReadAt, end: u64) -> Vec<u8> {
    const MOST: usize = 1 << 20;
    let from = end.saturating_sub(MOST as u64);
    file.bytes_at(from, usize::try_from(end - from).unwrap_or(MOST)).unwrap_or_default()
}

/// Takes the parts of the C library of `program`, which carries a `kind`, and the libraries of the compiler. `libraries`
/// are those of the closure so far, `directories` the loader's default ones.
pub fn bring(
    intake: &mut Intake<'_>,
    program: &SeenObject,
    kind: &str,
    libraries: &[Library],
    directories: &[PathBuf],
) {
    let Some(libc) = libraries.iter().find(|library| library.soname == b"libc.so.6") else { return };
    let because =
        format!("`{program}` carries a {kind}, and what is in it may need any part of the system's libraries");
    let reason = ItemReason { rule: RULE, what: "libraries of the system", because, object: Some(program.clone()) };
    let beside = libc.place.directory();
    for name in PARTS {
        intake.file(&beside.join(name.as_bytes()), &reason);
    }
    let others =
        directories.iter().map(|directory| Place { path: directory.clone(), root: Root::Sysroot, moves: false });
    let places: Vec<Place> = std::iter::once(beside).chain(others).collect();
    for name in OF_SYSTEM.into_iter().filter(|name| !libraries.iter().any(|library| library.soname == name.as_bytes()))
    {
        let found = places.iter().map(|place| place.join(name.as_bytes())).find(|place| intake.walk(place).is_some());
        if let Some(place) = found {
            intake.file(&place, &reason);
        }
    }
}

/// The sentence for the user.
pub fn hint(program: &SeenObject, kind: &str) -> String {
    format!(
        "`{program}` carries a {kind}, whose needs do not show: all parts of glibc came in, and `--lib SONAME` adds more"
    )
}
