//! A layer that is wanted, and what became of it: what the pieces of the pipeline hand to each other.

use super::tree::LayerTree;
use crate::blob::Descriptor;
use crate::cache::{CachedLayer, Filling, LayerCache};
use std::fs::File;

/// A layer that is wanted.
pub struct Job<'a> {
    /// How long the uncompressed tar is.
    pub size: u64,
    /// What is in it.
    pub tree: &'a LayerTree<'a>,
    /// The blob, where a cache has it.
    pub kept: Option<(CachedLayer, File)>,
    /// Where it is kept for the next time.
    pub cache: Option<&'a LayerCache>,
}

/// What a layer became.
pub struct Encoded {
    /// Digest and number of the uncompressed bytes.
    pub uncompressed: Descriptor,
    /// What was written.
    pub blob: Descriptor,
    /// The blob on its way into the cache, where the cache did not have it.
    pub filling: Option<Filling>,
}
