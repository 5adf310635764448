//! What a sink is: a place that takes an image, or a tree.

use super::error::Error;
use crate::blob::{BlobStore, Digest};
use crate::image::Image;
use crate::reference::Reference;
use crate::rootfs::Rootfs;

/// What takes an image, by what of it is taken.
pub enum Sink {
    /// Layers, configuration and manifest, as they are made.
    Blobs(Box<dyn BlobSink>),
    /// The tree of one program, of which nothing is encoded.
    Tree(Box<dyn TreeSink>),
}

/// A store of blobs that becomes the result when all of them are in it.
pub trait BlobSink: BlobStore {
    /// Writes what leads to `images`, whose blobs the store has, under each of `names`, and lets the result appear. Gives
    /// the digest of the manifest, or of the index where there are several images. What was written before stays invisible
    /// if this fails, or is not called.
    fn deliver(self: Box<Self>, images: &[Image], names: &[Reference]) -> Result<Digest, Error>;
}

/// What is made of a tree as it is.
pub trait TreeSink {
    /// Writes `rootfs`, whole or not at all.
    fn deliver(self: Box<Self>, rootfs: &Rootfs) -> Result<(), Error>;
}
