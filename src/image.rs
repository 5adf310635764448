//! Layers and configuration to an image: config, manifest and index as bytes (image-spec).

use crate::blob::Blob;
use crate::layer::Layers;
use crate::platform::Platform;

/// One image whose blobs are all in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What it runs on.
    pub platform: Platform,
    /// Its layers.
    pub layers: Layers,
    /// The configuration.
    pub config: Blob,
    /// The manifest.
    pub manifest: Blob,
}
