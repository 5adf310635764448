//! Images read back: our archive, an OCI layout, an OCI layout in a tar, what `docker save` writes and wrote,
//! podman's and skopeo's archives.
//!
//! Foreign bytes: every blob is held against its digest, no layer is held in memory, what a document says of
//! a size is not believed, and names never lead out of the tree.

mod config;
mod documents;
mod error;
mod layers;
mod spool;
mod store;
mod tar;
#[cfg(test)]
mod tests;

pub use config::SourceConfig;
pub use error::Error;

use crate::blob::{Descriptor, Digest};
use crate::bytes::ReadAt;
use crate::content::Range;
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::rootfs::Rootfs;
use crate::rootfs::recorded::{self, Recorded};
use documents::{LayerName, ListedImage, NamedLayer};
use layers::LayeredTree;
use spool::{Budget, Method};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::Store;

/// One image, read back.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its names.
    pub names: Vec<String>,
    /// The digest of its manifest; `None` where docker's own form does not have one.
    pub digest: Option<Digest>,
    /// The digest of its configuration.
    pub config_digest: Option<Digest>,
    /// What it says it runs on: `linux/arm/v7`.
    pub platform: Option<String>,
    /// What all images of the file say, this one's too.
    pub platforms: Vec<String>,
    /// Its configuration.
    pub config: SourceConfig,
    /// Reasons that it cannot show by itself, as its manifest has them.
    pub recorded: Vec<Recorded>,
    /// Its layers, from the lowest.
    pub layers: Vec<SourceLayer>,
    /// Its files. Each has the cause [`Cause::Unknown`](crate::rootfs::Cause::Unknown).
    pub rootfs: Rootfs,
    /// The number of the layer that each file comes from.
    pub origins: BTreeMap<ImagePath, usize>,
}

/// A layer that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLayer {
    /// The blob as it is kept.
    pub blob: Descriptor,
    /// The uncompressed tar.
    pub uncompressed: Descriptor,
}

/// A file that has the form of an image.
pub struct OpenedImage {
    given: String,
    store: Store,
}

/// Opens what is at `path` if it has the form of an image.
pub fn open(path: &Path) -> Result<Option<OpenedImage>, Error> {
    let given = path.to_string_lossy().into_owned();
    Ok(store::open(path)?.map(|store| OpenedImage { given, store }))
}

impl OpenedImage {
    /// Reads one image: that for `asked`, else the one for this machine, else the first.
    pub fn read(&self, asked: Option<&Platform>) -> Result<Source, Error> {
        let images = documents::images(&self.store)?;
        let platforms: Vec<String> = images.iter().filter_map(|image| image.platform.clone()).collect();
        let found = self.choose(images, asked)?;
        let (layers, tree) = self.layers(&found)?;
        Ok(Source {
            platforms,
            digest: found.digest,
            config_digest: found.config_digest,
            platform: found.platform,
            config: SourceConfig::parse(&found.config),
            names: found.names,
            recorded: found.recorded.as_deref().map(recorded::read).unwrap_or_default(),
            layers,
            rootfs: tree.rootfs,
            origins: tree.origins,
        })
    }

    fn choose(&self, images: Vec<ListedImage>, asked: Option<&Platform>) -> Result<ListedImage, Error> {
        let platform = |image: &ListedImage| image.platform.as_deref().and_then(Platform::parse);
        let there = || images.iter().filter_map(|image| image.platform.clone()).collect();
        let chosen = match asked {
            Some(asked) => {
                let exact = images.iter().position(|image| platform(image).as_ref() == Some(asked));
                let found = exact
                    .or_else(|| images.iter().position(|image| platform(image).is_some_and(|own| asked.runs(&own))));
                Some(found.ok_or_else(|| Error::NoPlatform {
                    given: self.given.clone(),
                    asked: asked.to_string(),
                    there: there(),
                })?)
            }
            None => images.iter().position(|image| platform(image).is_some_and(|own| own.runs_here())),
        };
        let nothing = || Error::NoImage { given: self.given.clone(), why: "its index is empty".to_owned() };
        images.into_iter().nth(chosen.unwrap_or(0)).ok_or_else(nothing)
    }

    fn layers(&self, found: &ListedImage) -> Result<(Vec<SourceLayer>, LayeredTree), Error> {
        let diff_ids = found.config["rootfs"]["diff_ids"].as_array().into_iter().flatten();
        let (mut layers, mut tree) = (Vec::new(), LayeredTree::default());
        let mut reader = LayerReader { store: &self.store, budget: Budget::default(), read: BTreeMap::new() };
        for (number, (named, diff_id)) in found.layers.iter().zip(diff_ids).enumerate() {
            let what = named.shown();
            let (layer, tar) = reader.layer(named, &what)?;
            let diff_id = diff_id.as_str().and_then(Digest::parse);
            if diff_id != Some(layer.uncompressed.digest) {
                let what = format!("{what}, unpacked,");
                return Err(Error::Digest { what, found: layer.uncompressed.digest.to_string() });
            }
            tree.apply(&tar, number).map_err(|fault| store::named_fault(fault, &what))?;
            layers.push(layer);
        }
        Ok((layers, tree))
    }
}

/// Reads layers, each once: an image may have one several times.
struct LayerReader<'a> {
    store: &'a Store,
    budget: Budget,
    read: BTreeMap<LayerName, (SourceLayer, Arc<dyn ReadAt>)>,
}

impl LayerReader<'_> {
    /// A layer as an uncompressed tar, unpacked where it is compressed; both sides are hashed.
    fn layer(&mut self, named: &NamedLayer, what: &str) -> Result<(SourceLayer, Arc<dyn ReadAt>), Error> {
        if let Some((layer, tar)) = self.read.get(&named.name) {
            return Ok((layer.clone(), tar.clone()));
        }
        let range = match &named.name {
            LayerName::Blob(digest) => self.store.blob(digest)?,
            LayerName::File(name) => self.store.named(name)?,
        };
        let named_by = "the manifest".to_owned();
        let range = range.ok_or_else(|| Error::Absent { what: what.to_owned(), named_by })?;
        documents::check_size(&range, named.size, what)?;
        let (layer, tar) = self.unpacked(&range, what)?;
        match named.name {
            LayerName::Blob(digest) if digest != layer.blob.digest => {
                Err(Error::Digest { what: what.to_owned(), found: layer.blob.digest.to_string() })
            }
            _ => {
                self.read.insert(named.name.clone(), (layer.clone(), tar.clone()));
                Ok((layer, tar))
            }
        }
    }

    fn unpacked(&mut self, range: &Range, what: &str) -> Result<(SourceLayer, Arc<dyn ReadAt>), Error> {
        let unreadable = |source| Error::Unreadable { what: what.to_owned(), source };
        if let Some(method) = Method::detect(&range.bytes_at(0, 8).map_err(unreadable)?) {
            let spooled = spool::spool(range, method, &mut self.budget, what)?;
            return Ok((
                SourceLayer { blob: spooled.compressed, uncompressed: spooled.uncompressed },
                Arc::new(spooled.file),
            ));
        }
        let blob = spool::hash(range).map_err(unreadable)?;
        Ok((SourceLayer { blob, uncompressed: blob }, Arc::new(range.clone())))
    }
}
