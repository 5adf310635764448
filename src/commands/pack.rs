//! `pack PROGRAM`: from the options to an image where it is wanted.

use super::assemble::assemble;
use super::config::image_config;
use super::prepare::{Prepared, prepare};
use crate::blob::BlobStore;
use crate::cache::LayerCache;
use crate::error::{Error, Problem};
use crate::events::{Progress, Warning};
use crate::image::{self, Image};
use crate::layer::{self, How, Layers};
use crate::options::Options;
use crate::output::{self, Sink, Target};
use crate::reference::Reference;
use crate::summary::{Delivered, Packed, Summary};
use std::num::NonZeroUsize;

/// Builds one image for each program that `options` names, and delivers them together. `progress` is told of
/// each step. Nothing is written where anything speaks against it, nor in a dry run.
pub fn pack(options: &Options, progress: &dyn Progress) -> Result<Summary, Error> {
    progress.step("reading the programs");
    let Prepared { programs, names, target } = prepare(options)?;
    progress.step("collecting what they need");
    let (packed, warnings) = assemble(programs, target.as_ref(), options)?;
    progress.bytes(packed.iter().map(Packed::read).sum());
    refuse_warnings(&warnings, options)?;
    let deliver = |target| deliver(&packed, &names, target, options, progress).map_err(|error| error.at(target));
    let delivered = target.as_ref().map(deliver).transpose()?.flatten();
    let configurations = packed.iter().map(|packed| image_config(options, packed)).collect();
    let Options { format, compression, .. } = *options;
    Ok(Summary { names, format, target, packed, configurations, compression, delivered, warnings })
}

/// With `--strict` warnings are errors.
fn refuse_warnings(warnings: &[Warning], options: &Options) -> Result<(), Error> {
    let refused = warnings.iter().filter(|_| options.strict);
    Error { problems: refused.cloned().map(Problem::from).collect(), warnings: Vec::new() }.or(())
}

/// Writes to `target` what was packed; `None`: in a form that has no images.
fn deliver(
    packed: &[Packed],
    names: &[Reference],
    target: &Target,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Option<Delivered>, output::Error> {
    let mut sink = match output::open(options.format, target)? {
        Sink::Blobs(sink) => sink,
        Sink::Tree(sink) => {
            progress.step("writing the root file system");
            let [Packed { assembled, .. }] = packed else { unreachable!("several programs were refused") };
            progress.bytes(assembled.rootfs.size());
            sink.deliver(&assembled.rootfs)?;
            return Ok(None);
        }
    };
    progress.step("writing the layers");
    let layers = encode(packed, options, &mut *sink)?;
    progress.bytes(layers.iter().flat_map(|layers| &layers.0).map(|layer| layer.size).sum());
    progress.step("writing the archive");
    let images = describe(packed, layers, options, &mut *sink)?;
    let digest = sink.deliver(&images, names)?;
    Ok(Some(Delivered { digest, images }))
}

/// The layers of each image, in the store.
fn encode(packed: &[Packed], options: &Options, store: &mut dyn BlobStore) -> Result<Vec<Layers>, layer::Error> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let cache = options.cache.as_deref().and_then(LayerCache::open);
    let how = How { division: options.division, compression: options.compression, threads, cache: cache.as_ref() };
    let roots: Vec<_> = packed.iter().map(|packed| &packed.assembled.rootfs).collect();
    layer::encode(&roots, &how, store)
}

/// The images of these layers, with their configurations and manifests in the store.
fn describe(
    packed: &[Packed],
    layers: Vec<Layers>,
    options: &Options,
    store: &mut dyn BlobStore,
) -> Result<Vec<Image>, image::Error> {
    let each = packed.iter().zip(layers);
    each.map(|(packed, layers)| image::describe(layers, &image_config(options, packed), store)).collect()
}
