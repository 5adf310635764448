//! From [`Rootfs`] to layers: the division, the one true tar encoding, and its digests.
//!
//! Each file is read once, in one pass in which the uncompressed bytes are hashed, compressed, and hashed again.
//! A file whose identity changed since it was looked at is not packed.

mod bytes;
mod divide;
mod error;
mod job;
mod kept;
mod key;
mod order;
mod parts;
mod pipeline;
mod plan;
mod reader;
mod slot;
mod tar;
mod tree;
mod writer;

pub use error::Error;
pub use tree::first_names;

use crate::blob::{BlobStore, Descriptor, Digest};
use crate::cache::LayerCache;
use crate::compress::Compression;
use crate::content::Content;
use crate::options::Division;
use crate::paths::ImagePath;
use crate::rootfs::{Node, Rootfs};
use bytes::ContentReader;
use divide::divide;
use job::Encoded;
use plan::LayerPlan;
use reader::TarReader;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::num::NonZeroUsize;
use tree::{LayerEntries, LayerTree};

/// The layers of one image, from the lowest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers(pub Vec<Layer>);

/// One layer that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
    /// Bytes of the uncompressed tar.
    pub size: u64,
    /// The compressed blob.
    pub blob: Descriptor,
    /// image-spec media type.
    pub media_type: &'static str,
    /// One line for people, which the image's history shows.
    pub history: String,
    /// The entries, in the order of the tar.
    pub paths: Vec<ImagePath>,
}

/// How layers are made.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Which entry goes into which layer.
    pub division: Division,
    /// How they are compressed.
    pub compression: Compression,
    /// How many threads compress. The bytes are the same with any number of them.
    pub threads: NonZeroUsize,
    /// Where compressed layers are kept from run to run.
    pub cache: Option<&'a LayerCache>,
}

/// Writes the layers of each image into `store`, from the lowest.
pub fn encode(images: &[&Rootfs], how: &How<'_>, store: &mut dyn BlobStore) -> Result<Vec<Layers>, Error> {
    let divided: Vec<Vec<LayerEntries<'_>>> = images.iter().map(|rootfs| divide(rootfs, how.division)).collect();
    let counts: Vec<usize> = divided.iter().map(Vec::len).collect();
    let trees: Vec<LayerTree<'_>> = divided.into_iter().flatten().map(LayerTree::new).collect();
    let plans: Vec<LayerPlan<'_>> = trees.iter().map(|tree| LayerPlan::new(tree, how.compression, how.cache)).collect();
    let jobs = plans.iter().map(LayerPlan::job).collect::<Result<Vec<_>, Error>>()?;
    let encoded = pipeline::encode(&jobs, how.compression, how.threads, store)?;
    let mut layers = plans.iter().zip(encoded).map(|(plan, encoded)| layer(plan, encoded, how.compression));
    Ok(counts.into_iter().map(|count| Layers(layers.by_ref().take(count).collect())).collect())
}

/// Keeps a layer in the cache, where it is not there yet, and tells what it is.
fn layer(plan: &LayerPlan<'_>, encoded: Encoded, compression: Compression) -> Layer {
    let (uncompressed, blob) = (encoded.uncompressed, encoded.blob);
    plan.keep(encoded);
    Layer {
        diff_id: uncompressed.digest,
        size: uncompressed.size,
        blob,
        media_type: compression.media_type(),
        history: history(&plan.tree.entries),
        paths: plan.tree.entries.keys().map(|path| (*path).clone()).collect(),
    }
}

/// `pack: program /app, CA certificates, users`: what is in it, in the order of this table.
fn history(entries: &LayerEntries<'_>) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("library", "libraries"),
        ("ca-certificates", "CA certificates"),
        ("name-services", "name services"),
        ("zones", "time zones"),
        ("users", "users"),
        ("always", "homes and /tmp"),
        ("asked", "added files"),
    ];
    let codes: BTreeSet<&str> =
        entries.values().flat_map(|entry| &entry.reasons).map(|reason| reason.cause.code()).collect();
    let program = entries.iter().find(|(_, entry)| matches!(entry.node, Node::File(_)) && entry.is_program());
    let program = program.map(|(path, _)| format!("program {path}"));
    let others = WORDS.iter().filter(|(code, _)| codes.contains(code)).map(|(_, word)| (*word).to_owned());
    format!("pack: {}", program.into_iter().chain(others).collect::<Vec<_>>().join(", "))
}

/// The number of the layer that each entry goes into, the lowest being 0.
pub fn numbers(rootfs: &Rootfs, division: Division) -> BTreeMap<ImagePath, usize> {
    let layers = divide(rootfs, division).into_iter().enumerate();
    layers.flat_map(|(number, entries)| entries.into_keys().map(move |path| (path.clone(), number))).collect()
}

/// Writes the whole tree as one uncompressed tar.
pub fn write_tar(rootfs: &Rootfs, out: &mut dyn Write) -> Result<(), Error> {
    let tree = LayerTree::new(rootfs.entries().iter().collect());
    let mut tar = TarReader::new(&tree);
    write(&mut |buffer| tar.read(buffer), out)?;
    Ok(out.flush()?)
}

/// Writes all bytes of one file.
pub fn write_file(content: &Content, out: &mut dyn Write) -> Result<(), Error> {
    let mut reader = ContentReader::new(content);
    write(&mut |buffer| reader.read(buffer), out)
}

/// Writes what `read` gives; fewer bytes than fit are the last ones.
fn write(read: &mut dyn FnMut(&mut [u8]) -> Result<usize, Error>, out: &mut dyn Write) -> Result<(), Error> {
    let mut buffer = vec![0; kept::PIECE];
    loop {
        let used = read(&mut buffer)?;
        out.write_all(&buffer[..used])?;
        if used < buffer.len() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
