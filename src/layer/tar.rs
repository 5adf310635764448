//! The one true encoding of a layer's entries (image-spec, layer.md): ustar, and PAX where ustar is too
//! small. Names are relative and without `./`, directories end in a slash, times are one second after the epoch, owners are numbers.

use crate::content::Content;
use crate::options::ENTRY_TIME;
use crate::paths::ImagePath;
use crate::rootfs::{Entry, Node};
use std::os::unix::ffi::OsStrExt;
use tar::{EntryType, Header};

/// The unit of a tar.
const BLOCK: usize = 512;
/// Two blocks of zeros end a tar.
pub const END: usize = 2 * BLOCK;
/// Bytes that the header of an old tar has for a name, and for what stands before it.
const NAME: usize = 100;
const PREFIX: usize = 155;
/// The first size that eleven octal digits cannot tell.
const TOO_LARGE: u64 = 1 << 33;

/// One entry as it stands in the tar.
pub struct TarEntry<'a> {
    /// The header, and a PAX header before it where that is needed.
    pub head: Vec<u8>,
    /// The bytes that follow, where the entry has bytes of its own.
    pub content: Option<&'a Content>,
    /// How many zeros follow the bytes.
    pub padding: u64,
}

impl<'a> TarEntry<'a> {
    /// `first` is the name of the entry that has the bytes, where this one is another name for them.
    pub fn new(path: &ImagePath, entry: &'a Entry, first: Option<&ImagePath>) -> Self {
        let content = match (&entry.node, first) {
            (Node::File(content), None) => Some(content),
            _ => None,
        };
        let size = content.map_or(0, Content::size);
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        Self { head: head(path, entry, first), content, padding }
    }

    /// Bytes of the entry in the tar, head and padding included.
    pub fn size(&self) -> u64 {
        self.head.len() as u64 + self.content.map_or(0, Content::size) + self.padding
    }
}

fn head(path: &ImagePath, entry: &Entry, first: Option<&ImagePath>) -> Vec<u8> {
    let mut name = path.as_bytes()[1..].to_vec();
    let (kind, size, link) = match (&entry.node, first) {
        (Node::Directory, _) => {
            name.push(b'/');
            (EntryType::Directory, 0, Vec::new())
        }
        (Node::Link(target), _) => (EntryType::Symlink, 0, target.as_os_str().as_bytes().to_vec()),
        (Node::File(_), Some(first)) => (EntryType::Link, 0, first.as_bytes()[1..].to_vec()),
        (Node::File(content), None) => (EntryType::Regular, content.size(), Vec::new()),
    };
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(entry.mode);
    header.set_uid(entry.uid.into());
    header.set_gid(entry.gid.into());
    header.set_mtime(ENTRY_TIME.into());
    header.set_size(size);
    let mut pax = Vec::new();
    if !set_name(&mut header, &name) {
        record(&mut pax, b"path", &name);
    }
    let ustar = header.as_ustar_mut().expect("it was made as ustar");
    copy(&mut ustar.linkname, &link);
    if link.len() > NAME {
        record(&mut pax, b"linkpath", &link);
    }
    if size >= TOO_LARGE {
        record(&mut pax, b"size", size.to_string().as_bytes());
    }
    if let (Some(capability), None, Node::File(_)) = (&entry.capability, first, &entry.node) {
        record(&mut pax, b"SCHILY.xattr.security.capability", capability);
    }
    header.set_cksum();
    let mut head = extended(&name, &pax);
    head.extend(header.as_bytes());
    head
}

/// Whether the name fits the header, whole or split at a slash.
fn set_name(header: &mut Header, name: &[u8]) -> bool {
    let ustar = header.as_ustar_mut().expect("it was made as ustar");
    if name.len() <= NAME {
        copy(&mut ustar.name, name);
        return true;
    }
    // The slash at the end of a directory splits nothing off.
    let slashes = name[..name.len() - 1].iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let split = slashes.filter(|at| *at <= PREFIX && *at > 0).max().filter(|at| name.len() - at - 1 <= NAME);
    if let Some(at) = split {
        copy(&mut ustar.prefix, &name[..at]);
        copy(&mut ustar.name, &name[at + 1..]);
    } else {
        copy(&mut ustar.name, name);
    }
    split.is_some()
}

fn copy(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

/// A PAX record: its own length in decimal, the key, the value (pax(1)).
fn record(pax: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    for part in [length.to_string().as_bytes(), b" ", key, b"=", value, b"\n"] {
        pax.extend(part);
    }
}

fn extended(name: &[u8], pax: &[u8]) -> Vec<u8> {
    if pax.is_empty() {
        return Vec::new();
    }
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::XHeader);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(ENTRY_TIME.into());
    header.set_size(pax.len() as u64);
    let own = [b"PaxHeaders/", name].concat();
    copy(&mut header.as_ustar_mut().expect("it was made as ustar").name, &own);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(pax);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rootfs::{Cause, ImagePart, Reason};
    use std::io::Read;

    fn entry(node: Node) -> Entry {
        Entry::new(node, 0o644, ImagePart::Program, Reason::new(Cause::Asked, "for a test"))
    }

    /// Reads one entry back with the tar crate's own reader.
    fn read_back(path: &ImagePath, entry: &Entry, first: Option<&ImagePath>) -> (Vec<u8>, Option<Vec<u8>>, u64) {
        let mut bytes = head(path, entry, first);
        bytes.resize(bytes.len() + 2 * 512 + 512, 0);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        (entry.path_bytes().to_vec(), entry.link_name_bytes().map(|name| name.to_vec()), entry.size())
    }

    #[test]
    fn names_of_any_length_are_read_back() {
        let text = Node::File(Content::Bytes(b"".as_slice().into()));
        for length in [1, 99, 100, 101, 155, 200, 255, 256, 300, 1000] {
            for name in [
                "a".repeat(length),
                "dir/".repeat(length / 4 + 1) + "x",
                format!("{}/{}", "b".repeat(length), "c".repeat(length)),
            ] {
                let path = ImagePath::known(&format!("/{name}"));
                assert_eq!(read_back(&path, &entry(text.clone()), None).0, name.as_bytes(), "{length}");
                let slash = format!("{name}/");
                assert_eq!(read_back(&path, &entry(Node::Directory), None).0, slash.as_bytes(), "{length}");
                let link = read_back(&ImagePath::known("/l"), &entry(Node::Link(name.clone().into())), None);
                assert_eq!(link.1.unwrap(), name.as_bytes());
                let hard = read_back(&ImagePath::known("/l"), &entry(text.clone()), Some(&path));
                assert_eq!((hard.1.unwrap(), hard.2), (name.into_bytes(), 0));
            }
        }
    }

    #[test]
    fn capabilities_go_into_a_pax_header() {
        let mut file = entry(Node::File(Content::Bytes(b"x".as_slice().into())));
        file.capability = Some(vec![1, 0, 0, 2, 0, 4, 0x3d, 0xff]);
        let mut bytes = head(&ImagePath::known("/x"), &file, None);
        bytes.extend([0; 3 * 512]);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        let extensions: Vec<_> = entry
            .pax_extensions()
            .unwrap()
            .unwrap()
            .map(|e| e.unwrap())
            .map(|e| (e.key().unwrap().to_owned(), e.value_bytes().to_vec()))
            .collect();
        assert_eq!(extensions, [("SCHILY.xattr.security.capability".to_owned(), file.capability.unwrap())]);
        let mut uncompressed = Vec::new();
        entry.read_to_end(&mut uncompressed).unwrap();
        assert_eq!(uncompressed.len(), 1);
    }
}
