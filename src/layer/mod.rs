//! From [`Rootfs`](crate::rootfs::Rootfs) to layers: the division, the one true tar encoding, and its digests.

use crate::blob::{Blob, Digest};
use crate::paths::ImagePath;

/// The layers of one image, from the lowest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers(pub Vec<Layer>);

/// One layer that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The digest of the plain tar.
    pub diff_id: Digest,
    /// Bytes of the plain tar.
    pub size: u64,
    /// The compressed blob.
    pub blob: Blob,
    /// image-spec media type.
    pub media_type: &'static str,
    /// One line for people, which the image's history shows.
    pub history: String,
    /// The entries, in the order of the tar.
    pub paths: Vec<ImagePath>,
}
