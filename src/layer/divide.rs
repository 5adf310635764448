//! Which entry goes into which layer.
//!
//! From the layer that changes least: libraries and data, what was added, the program. A directory is
//! written once, in the lowest layer that needs it; all names of one file are in one layer, because a hard
//! link cannot reach into another.

use super::tree::{FileKey, LayerEntries, file_key};
use crate::options::Division;
use crate::paths::ImagePath;
use crate::rootfs::{ImagePart, Rootfs};
use std::collections::BTreeMap;

/// A layer below this is not worth a round trip of its own, and goes into the next one up.
const SMALL: u64 = 256 * 1024;

/// The layers of a tree, from the lowest; none is empty.
pub fn divide(rootfs: &Rootfs, division: Division) -> Vec<LayerEntries<'_>> {
    let mut layers: BTreeMap<ImagePart, LayerEntries<'_>> = BTreeMap::new();
    let parts = parts(rootfs);
    for (path, entry) in rootfs.entries() {
        let part = if division == Division::One { ImagePart::Program } else { parts[path] };
        layers.entry(part).or_default().insert(path, entry);
    }
    let mut divided: Vec<LayerEntries<'_>> = Vec::new();
    for mut entries in layers.into_values() {
        if divided.last().is_some_and(|below| size(below) < SMALL) {
            entries.extend(divided.pop().unwrap_or_default());
        }
        divided.push(entries);
    }
    divided
}

/// The part of each entry: its own, lower where another name of the same file, or something below it, is lower.
fn parts(rootfs: &Rootfs) -> BTreeMap<&ImagePath, ImagePart> {
    let mut file_parts: BTreeMap<FileKey, ImagePart> = BTreeMap::new();
    for entry in rootfs.entries().values() {
        if let Some(file) = file_key(entry) {
            let part = file_parts.entry(file).or_insert(entry.part);
            *part = entry.part.min(*part);
        }
    }
    let mut parts: BTreeMap<&ImagePath, ImagePart> = BTreeMap::new();
    // From the last path to the first: what is in a directory comes before it.
    for (path, entry) in rootfs.entries().iter().rev() {
        let part = file_key(entry).and_then(|file| file_parts.get(&file).copied()).unwrap_or(entry.part);
        let part = parts.get(path).map_or(part, |below| part.min(*below));
        parts.insert(path, part);
        if let Some((parent, _)) = path.parent().and_then(|parent| rootfs.entries().get_key_value(&parent)) {
            let above = parts.entry(parent).or_insert(part);
            *above = part.min(*above);
        }
    }
    parts
}

fn size(entries: &LayerEntries<'_>) -> u64 {
    entries.values().map(|entry| entry.size()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::file::{FileId, Identity};
    use crate::rootfs::{Cause, Entry, Node, Reason};

    fn put(rootfs: &mut Rootfs, path: &str, part: ImagePart, inode: u64, size: u64) {
        let identity = Identity::constant(FileId::Host { device: 1, inode }, size);
        let content = Content::Host { path: "x".into(), identity };
        let entry = Entry::new(Node::File(content), 0o644, part, Reason::new(Cause::Asked, "for a test"));
        rootfs.insert(&ImagePath::known(path), entry).unwrap();
    }

    fn shown(layers: &[LayerEntries<'_>]) -> Vec<String> {
        layers.iter().map(|layer| layer.keys().map(ToString::to_string).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn layers_go_from_what_changes_least_to_the_program() {
        let mut rootfs = Rootfs::default();
        put(&mut rootfs, "/app", ImagePart::Program, 1, 10);
        put(&mut rootfs, "/usr/lib/a", ImagePart::System, 2, SMALL);
        put(&mut rootfs, "/usr/share/b", ImagePart::Added, 3, SMALL);

        assert_eq!(
            shown(&divide(&rootfs, Division::Split)),
            ["/usr /usr/lib /usr/lib/a", "/usr/share /usr/share/b", "/app"]
        );
        assert_eq!(divide(&rootfs, Division::One).len(), 1);
    }

    #[test]
    fn a_small_layer_goes_into_the_next_one_up() {
        let mut rootfs = Rootfs::default();
        put(&mut rootfs, "/app", ImagePart::Program, 1, 10);
        put(&mut rootfs, "/lib/a", ImagePart::System, 2, SMALL - 1);
        assert_eq!(shown(&divide(&rootfs, Division::Split)), ["/app /lib /lib/a"]);

        put(&mut rootfs, "/srv/b", ImagePart::Added, 3, 1);
        assert_eq!(shown(&divide(&rootfs, Division::Split)), ["/lib /lib/a /srv /srv/b", "/app"]);
    }

    #[test]
    fn all_names_of_a_file_are_in_the_lowest_layer_with_their_directories() {
        let mut rootfs = Rootfs::default();
        put(&mut rootfs, "/bin/app", ImagePart::Program, 1, 10);
        put(&mut rootfs, "/lib/a", ImagePart::System, 2, SMALL);
        put(&mut rootfs, "/srv/a", ImagePart::Added, 2, SMALL);

        assert_eq!(shown(&divide(&rootfs, Division::Split)), ["/lib /lib/a /srv /srv/a", "/bin /bin/app"]);
    }
}
