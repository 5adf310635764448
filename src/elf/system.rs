//! For which operating system a file is made, where that is not Linux.
//!
//! Linux itself does not look: it starts a program of another system, which then dies of its first call.

use super::Note;
use super::notes::NT_GNU_ABI_TAG;

/// The system's name; `None` for Linux, and where nothing tells.
pub(super) fn foreign(os_abi: u8, notes: &[Note]) -> Option<&'static str> {
    by_os_abi(os_abi).or_else(|| notes.iter().find_map(by_note))
}

/// `e_ident[EI_OSABI]` (gABI). Linux has 0 or 3, and 64 and 97 on arm.
fn by_os_abi(os_abi: u8) -> Option<&'static str> {
    Some(match os_abi {
        1 => "HP-UX",
        2 => "NetBSD",
        6 => "Solaris",
        7 => "AIX",
        8 => "IRIX",
        9 => "FreeBSD",
        10 => "Tru64 UNIX",
        12 => "OpenBSD",
        17 => "CloudABI",
        _ => return None,
    })
}

/// The note that tells a system's version, which most BSDs have instead.
fn by_note(note: &Note) -> Option<&'static str> {
    match (note.owner.as_str(), note.kind) {
        ("NetBSD", 1) => Some("NetBSD"),
        ("OpenBSD", 1) => Some("OpenBSD"),
        ("FreeBSD", 1) => Some("FreeBSD"),
        ("DragonFly", 1) => Some("DragonFly BSD"),
        // The first word names the system, in the file's byte order; 0 is Linux.
        ("GNU", NT_GNU_ABI_TAG) => match note.description.get(..4)? {
            [1, 0, 0, 0] | [0, 0, 0, 1] => Some("the Hurd"),
            [2, 0, 0, 0] | [0, 0, 0, 2] => Some("Solaris"),
            [3, 0, 0, 0] | [0, 0, 0, 3] => Some("FreeBSD"),
            _ => None,
        },
        _ => None,
    }
}
