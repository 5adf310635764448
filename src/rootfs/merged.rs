//! The links of a merged /usr: where `/bin` is a link to `usr/bin`, a program that the user adds by one of its paths is
//! started by the other, too.

use super::{Entry, ImagePart, Node, Rootfs};
use crate::files::{Files, Found, Root, walk};
use crate::options::Add;
use crate::paths::ImagePath;
use std::path::Path;

/// The directories at the top in which programs are started.
const PROGRAMS: [&str; 2] = ["/bin", "/sbin"];

/// The names at the top that are links where /usr is merged.
const MERGED: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// Puts the link at the top into the tree through which the path of an addition leads that keeps its path, so that the
/// addition gets both paths. A directory that the tree has there stays.
pub fn put_link_of_source(rootfs: &mut Rootfs, add: &Add, found: &Found) {
    let Some(top) = add.source.components().nth(1).filter(|_| add.destination.is_none() && add.source.is_absolute())
    else {
        return;
    };
    let path = Path::new("/").join(top);
    let is_merged = found.real.root == Root::Sysroot && MERGED.iter().any(|name| top.as_os_str() == *name);
    let link = found.walk.links.iter().find(|(link, _)| is_merged && link.as_path() == path);
    if let Some(link) = link {
        // What the user put there before stays.
        let _ = rootfs.insert_parents(std::slice::from_ref(link), &[], &found.walk.real, ImagePart::Added);
    }
}

/// Puts each of those links of `sysroot` into the tree through which a program is reached that the user added. What
/// the tree has at such a path stays.
pub fn put_links_to_added(rootfs: &mut Rootfs, sysroot: &dyn Files) {
    for link in PROGRAMS.map(ImagePath::known) {
        if rootfs.entries().contains_key(&link) {
            continue;
        }
        let Ok(end) = walk(sysroot, link.as_path()) else { continue };
        let is_program = |path: &ImagePath, entry: &Entry| {
            path.is_within(&end.real) && matches!(entry.node, Node::File(_)) && entry.mode & 0o111 != 0
        };
        let added = rootfs.entries().iter().find(|(path, entry)| entry.is_added() && is_program(path, entry));
        if let Some(path) = added.map(|(path, _)| path.clone()).filter(|_| !end.links.is_empty()) {
            // A link that something else keeps out is not needed: what is there was put there by the user.
            let _ = rootfs.insert_parents(&end.links, &[], &path, ImagePart::Added);
        }
    }
}
