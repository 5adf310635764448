//! What made a program, and which C library is in it.

use super::notes::{GNU_ABI_TAG, GO_BUILD_ID, Note};
use super::sections::Section;
use super::{GoBuild, Libc, Object, Toolchain, read_only_ranges};
use crate::sysroot::ReadAt;
use std::io;

/// The largest `.comment` that is read; linkers merge equal lines.
const LARGEST_COMMENT: u64 = 64 * 1024;

/// Tells the toolchain by Go's build information, notes, and what compilers write into `.comment`.
pub fn read(
    file: &dyn ReadAt,
    object: &Object,
    sections: Option<&[Section]>,
    go: Option<GoBuild>,
    notes: &[Note],
) -> io::Result<Toolchain> {
    let comments = comments(file, sections)?;
    let rustc = comments.iter().find_map(|line| line.strip_prefix("rustc version "));
    // Where strip took the comments, the paths of the standard library still name the commit of rustc.
    let rust = rustc.is_some() || comments.is_empty() && go.is_none() && holds(file, object, is_rust_path)?;
    let go_note = notes.iter().any(|note| note.name == b"Go" && note.kind == GO_BUILD_ID);
    let name = match (&go, rustc) {
        (Some(go), _) => Some(format!("Go {}", go.version.trim_start_matches("go"))),
        (None, _) if go_note => Some("Go".to_owned()),
        (None, Some(version)) => Some(format!("rustc {}", version.split(' ').next().unwrap_or(version))),
        (None, None) if rust => Some("rustc".to_owned()),
        (None, None) => comments.iter().find_map(|line| compiler(line)),
    };
    Ok(Toolchain { name, go, rust, comments })
}

fn comments(file: &dyn ReadAt, sections: Option<&[Section]>) -> io::Result<Vec<String>> {
    let Some(section) = sections.into_iter().flatten().find(|section| section.name == b".comment") else {
        return Ok(Vec::new());
    };
    let bytes =
        file.bytes_at(section.offset, usize::try_from(section.file_size().min(LARGEST_COMMENT)).unwrap_or(0))?;
    let lines = bytes.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    Ok(lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect())
}

/// `GCC: (Debian 12.2.0-14) 12.2.0` is `GCC 12.2.0`, `Debian clang version 14.0.6` is `clang 14.0.6`.
fn compiler(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix("GCC: ") {
        let version = rest.rsplit_once(") ").map_or(rest, |(_, version)| version);
        return Some(format!("GCC {}", version.split(' ').next().unwrap_or(version)));
    }
    let at = line.find("clang version ")?;
    let version = line[at + "clang version ".len()..].split([' ', '-']).next()?;
    Some(format!("clang {version}"))
}

/// The C library of a program: by its loader, else by what a static one carries.
pub fn libc(file: &dyn ReadAt, object: &Object, go: bool, notes: &[Note]) -> io::Result<Option<Libc>> {
    if let Some(loader) = &object.loader {
        return Ok(Some(of_loader(loader)));
    }
    let needs = |name: &[u8]| object.needed.iter().any(|soname| soname.starts_with(name));
    if needs(b"libc.so.6") {
        return Ok(Some(Libc::Glibc));
    }
    if needs(b"libc.musl-") || needs(b"libc.so") {
        return Ok(Some(if needs(b"libc.musl-") { Libc::Musl } else { Libc::Other }));
    }
    if object.dynamic && !object.needed.is_empty() {
        return Ok(None);
    }
    let abi_tag = notes.iter().any(|note| note.name == b"GNU" && note.kind == GNU_ABI_TAG);
    if abi_tag && holds(file, object, |bytes| memchr::memmem::find(bytes, b"GLIBC_TUNABLES").is_some())? {
        return Ok(Some(Libc::Glibc));
    }
    // Pure Go has none, and its data are large.
    if go {
        return Ok(None);
    }
    Ok(holds(file, object, is_musl)?.then_some(Libc::Musl))
}

fn of_loader(loader: &[u8]) -> Libc {
    let name = loader.rsplit(|byte| *byte == b'/').next().unwrap_or(loader);
    let begins = |with: &[u8]| name.starts_with(with);
    if begins(b"ld-musl-") {
        Libc::Musl
    } else if begins(b"ld-linux") || begins(b"ld64.so") || name == b"ld.so.1" || begins(b"ld-2.") {
        Libc::Glibc
    } else {
        Libc::Other
    }
}

/// musl's message for error 0, which printf brings in; the variable of its locales; or the path that its
/// start-up opens where a standard stream is closed, beside its way to report a failed stack check.
fn is_musl(bytes: &[u8]) -> bool {
    let holds = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
    holds(b"No error information") || holds(b"MUSL_LOCPATH")
}

fn is_rust_path(bytes: &[u8]) -> bool {
    const COMMIT: usize = 40;
    memchr::memmem::find_iter(bytes, b"/rustc/").any(|at| {
        let commit = bytes.get(at + 7..at + 7 + COMMIT);
        commit.is_some_and(|commit| commit.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Whether some piece of the read-only data passes `test`. Pieces overlap by more than any text has.
fn holds(file: &dyn ReadAt, object: &Object, test: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
    const PIECE: usize = 1 << 20;
    const OVERLAP: u64 = 64;
    for (offset, length) in read_only_ranges(object) {
        let end = offset.saturating_add(length);
        let mut at = offset;
        while at < end {
            let bytes = file.bytes_at(at, usize::try_from(end - at).unwrap_or(PIECE).min(PIECE))?;
            if test(&bytes) {
                return Ok(true);
            }
            if bytes.len() < PIECE {
                break;
            }
            at += PIECE as u64 - OVERLAP;
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_are_named_by_what_they_write() {
        for (line, expected) in [
            ("GCC: (Debian 12.2.0-14+deb12u1) 12.2.0", Some("GCC 12.2.0")),
            ("GCC: (GNU) 9.4.0 20200101", Some("GCC 9.4.0")),
            ("Debian clang version 14.0.6", Some("clang 14.0.6")),
            ("clang version 18.1.3-rc (x)", Some("clang 18.1.3")),
            ("Linker: LLD 15.0.0", None),
        ] {
            assert_eq!(compiler(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn a_loader_tells_its_library() {
        for (loader, expected) in [
            ("/lib64/ld-linux-x86-64.so.2", Libc::Glibc),
            ("/lib/ld64.so.1", Libc::Glibc),
            ("/lib/ld.so.1", Libc::Glibc),
            ("/lib/ld-musl-x86_64.so.1", Libc::Musl),
            ("/system/bin/linker64", Libc::Other),
            ("/lib/ld-uClibc.so.0", Libc::Other),
        ] {
            assert_eq!(of_loader(loader.as_bytes()), expected, "{loader}");
        }
    }
}
