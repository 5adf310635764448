//! NixOS' note of where an object's libraries are (`.note.nixos.ldcache`, written by `patchelf
//! --build-resolution-cache`).
//!
//! In a Nix store each package has a directory of its own, and a long DT_RUNPATH leads to them; the note saves the
//! loader of Nixpkgs the search. It counts after LD_LIBRARY_PATH and before DT_RUNPATH, and files that it names
//! and that do not exist are passed over. Every other glibc ignores it, so it counts only where the loader lies in the store. No such
//! loader was run here: these are the rules that patchelf gives.

use crate::elf::{Bytes, Note};

/// `n_type`, by the owner `NixOS`.
const NT_NIXOS_LD_CACHE: u32 = 0x63a8_6cb6;

/// Where a library is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// `=PATH`: at this path.
    File(Bytes),
    /// `?DIR`: somewhere that only the loader knows, such as `$ORIGIN`: look in this directory.
    Directory(Bytes),
}

/// Whether a loader is one that reads the note.
pub fn is_read_by(loader: Option<&[u8]>) -> bool {
    loader.is_some_and(|path| path.starts_with(b"/nix/store/"))
}

/// Where `name` is, in order. The note is a list of pairs of strings, a name and a list parted by `:`, which ends with
/// an empty name.
pub fn hints(notes: &[Note], name: &[u8]) -> Vec<Hint> {
    let is_one = |note: &&Note| note.owner == "NixOS" && note.kind == NT_NIXOS_LD_CACHE;
    let Some(note) = notes.iter().find(is_one) else { return Vec::new() };
    let strings: Vec<&[u8]> = note.description.split(|byte| *byte == 0).collect();
    let mut pairs = strings.chunks_exact(2).take_while(|pair| !pair[0].is_empty());
    let list = pairs.find(|pair| pair[0] == name).map(|pair| pair[1]).unwrap_or_default();
    let hints = list.split(|byte| *byte == b':').filter_map(|element| match element.split_first()? {
        (b'=', path) if path.starts_with(b"/") => Some(Hint::File(path.to_vec())),
        (b'?', directory) => Some(Hint::Directory(directory.to_vec())),
        _ => None,
    });
    hints.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(owner: &str, description: &[u8]) -> Note {
        Note { owner: owner.to_owned(), kind: NT_NIXOS_LD_CACHE, description: description.to_vec() }
    }

    #[test]
    fn a_note_is_pairs_of_names_and_lists() {
        let (file, directory) = (|path: &str| Hint::File(path.into()), |path: &str| Hint::Directory(path.into()));
        for (shows, description, name, expected) in [
            ("a path", &b"libx.so\0=/a/libx.so\0\0"[..], "libx.so", vec![file("/a/libx.so")]),
            (
                "the second pair, a list",
                b"liba.so\0=/a\0libx.so\0?$ORIGIN/l:=/b/libx.so\0\0",
                "libx.so",
                vec![directory("$ORIGIN/l"), file("/b/libx.so")],
            ),
            ("a directory that is empty", b"libx.so\0?:=/b\0\0", "libx.so", vec![directory(""), file("/b")]),
            ("another name", b"libx.so\0=/a\0\0", "liby.so", vec![]),
            ("what stands behind the end", b"\0\0libx.so\0=/a\0\0", "libx.so", vec![]),
            ("without an end", b"libx.so\0=/a", "libx.so", vec![file("/a")]),
            ("a name alone", b"libx.so", "libx.so", vec![]),
            ("an unknown mark, and a relative path", b"libx.so\0!/a:=b:/c\0\0", "libx.so", vec![]),
            ("nothing", b"", "libx.so", vec![]),
        ] {
            assert_eq!(
                hints(&[note("GNU", b"libx.so\0=/no\0\0"), note("NixOS", description)], name.as_bytes()),
                expected,
                "{shows}"
            );
        }
        assert!(is_read_by(Some(b"/nix/store/x-glibc-2.42/lib/ld-linux-x86-64.so.2")));
        assert!(!is_read_by(Some(b"/lib64/ld-linux-x86-64.so.2")) && !is_read_by(None));
    }
}
