//! What came of a run, as values; `report` turns them into words.

use crate::blob::Digest;
use crate::elf::{Inspected, Sizes};
use crate::error::Problem;
use crate::events::Warning;
use crate::evidence::Finding;
use crate::explain::{Analysis, Explained};
use crate::image::Image;
use crate::layer::Layers;
use crate::options::Format;
use crate::packages::Package;
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::Program;
use crate::reference::Reference;
use crate::resolve::Resolution;
use crate::rootfs::Assembled;
use crate::shrink::Shrunk;
use crate::source::Source;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What came of packing.
#[derive(Debug)]
pub struct Summary {
    /// The image's names.
    pub names: Vec<Reference>,
    /// Of the manifest, or of the index where there are several images; `None` in a dry run.
    pub digest: Option<Digest>,
    /// In which form.
    pub format: Format,
    /// Where it was written.
    pub target: Target,
    /// One for each program.
    pub images: Vec<Packed>,
    /// What should be known.
    pub warnings: Vec<Warning>,
}

/// Where a result went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nowhere: a dry run.
    Nothing,
    /// Standard output.
    Stdout,
    /// This path of the host.
    Path(PathBuf),
}

/// One image.
#[derive(Debug)]
pub struct Packed {
    /// The program as it was given.
    pub given: String,
    /// What the image is for.
    pub platform: Platform,
    /// What the program is.
    pub inspected: Inspected,
    /// What it shows.
    pub findings: Vec<Finding>,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// What shows the need of certificates, where it has a name of its own.
    pub known_as: Option<&'static str>,
    /// The tree.
    pub assembled: Assembled,
    /// What was made smaller.
    pub shrunk: Shrunk,
    /// Its layers; `None` in a dry run, and where the tree was written plain.
    pub layers: Option<Layers>,
    /// Its blobs; `None` likewise.
    pub image: Option<Image>,
    /// What else is known of its files, where that was asked for.
    pub explained: Option<Explained>,
}

impl Packed {
    /// Bytes of the program and its libraries, in which evidence is looked for.
    pub fn read(&self) -> u64 {
        let Sizes { code, read_only, data, symbols, debug, overlay, other } = self.inspected.sizes;
        let libraries = self.resolution.libraries.iter().map(|library| library.walk.stat.identity.size);
        code + read_only + data + symbols + debug + overlay + other + libraries.sum::<u64>()
    }

    /// Bytes that people download: layers, configuration, manifest. `None` where there are none.
    pub fn compressed_size(&self) -> Option<u64> {
        let image = self.image.as_ref()?;
        let layers: u64 = self.layers.iter().flat_map(|layers| &layers.0).map(|layer| layer.blob.size).sum();
        Some(layers + image.config.size + image.manifest.size)
    }
}

/// What a file is.
#[derive(Debug)]
pub struct Inspection {
    /// As it was given.
    pub given: String,
    /// What could be read of it.
    pub program: Option<Program>,
    /// Bytes that strip would drop.
    pub removable: u64,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// What it shows.
    pub findings: Vec<Finding>,
    /// The packages that its libraries belong to, by their paths in the sysroot; where that was asked for.
    pub packages: Option<BTreeMap<ImagePath, Package>>,
    /// What speaks against packing it.
    pub problems: Vec<Problem>,
    /// What should be known.
    pub warnings: Vec<Warning>,
}

/// What an image is.
#[derive(Debug)]
pub struct ImageInspection {
    /// As it was given.
    pub given: String,
    /// The image, and what is found in it; `None` where it cannot be read.
    pub image: Option<(Source, Analysis)>,
    /// What else is known of its files, where that was asked for.
    pub explained: Option<Explained>,
    /// What keeps its program from starting, or the image from being read.
    pub problems: Vec<Problem>,
    /// What should be known.
    pub warnings: Vec<Warning>,
}
