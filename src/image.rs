//! Layers and configuration to an image: config, manifest and index as bytes (image-spec).
//!
//! oci-spec's types say what belongs where; they are written through `serde_json::Value`, whose maps are
//! sorted, because theirs are not and would give other bytes in each run.

use crate::blob::{BlobStore, Descriptor};
use crate::events::Diagnostic;
use crate::layer::Layers;
use crate::platform::Platform;
use crate::reference::Reference;
use oci_spec::OciSpecError;
use oci_spec::image::{
    ConfigBuilder, Descriptor as OciDescriptor, DescriptorBuilder, HistoryBuilder, ImageConfigurationBuilder,
    ImageIndexBuilder, ImageManifestBuilder, MediaType, OciLayoutBuilder, PlatformBuilder, RootFsBuilder,
    SCHEMA_VERSION,
};
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::io;

/// The full name of an image, for containerd and what is built on it (containerd, images/annotations.go).
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// Its tag alone (image-spec, annotations.md).
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// An image whose blobs are all in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What it runs on.
    pub platform: Platform,
    /// Its layers.
    pub layers: Layers,
    /// The configuration.
    pub config: Descriptor,
    /// The manifest.
    pub manifest: Descriptor,
}

/// What a configuration says beside the layers.
#[derive(Debug, Clone)]
pub struct ImageConfig {
    /// What it runs on.
    pub platform: Platform,
    /// The program, as exec wants it: one word an argument, no shell.
    pub entrypoint: Vec<String>,
    /// Its default arguments.
    pub arguments: Vec<String>,
    /// `KEY=VALUE`.
    pub env: Vec<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// `UID:GID`.
    pub user: String,
    /// `8080/tcp`.
    pub ports: Vec<String>,
    /// Paths.
    pub volumes: Vec<String>,
    /// Labels of the configuration.
    pub labels: Vec<(String, String)>,
    /// Annotations of the manifest.
    pub annotations: Vec<(String, String)>,
    /// `SIGINT`.
    pub stop_signal: Option<String>,
    /// Seconds since the epoch.
    pub created: i64,
}

/// Why an image cannot be described.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The destination does not take the bytes.
    #[error("cannot write the image")]
    Write(#[from] io::Error),
    /// The types of the specification refuse a value.
    #[error("cannot describe the image")]
    Specification(#[from] OciSpecError),
    /// A value cannot be written as JSON.
    #[error("cannot write the image's configuration")]
    Json(#[from] serde_json::Error),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Write(_) => "cannot-write",
            Self::Specification(_) | Self::Json(_) => "cannot-describe",
        }
    }
}

impl Image {
    /// Bytes that people download: layers, configuration, manifest.
    pub fn compressed_size(&self) -> u64 {
        let layers: u64 = self.layers.0.iter().map(|layer| layer.blob.size).sum();
        layers + self.config.size + self.manifest.size
    }
}

/// Writes the configuration and the manifest of an image with these layers into `store`.
pub fn describe(layers: Layers, says: &ImageConfig, store: &mut dyn BlobStore) -> Result<Image, Error> {
    let config = store.put(&configuration(&layers, says)?)?;
    let blobs = layers.0.iter().map(|layer| descriptor(layer.media_type, &layer.blob));
    let mut manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(descriptor(MediaType::ImageConfig.as_ref(), &config)?)
        .layers(blobs.collect::<Result<Vec<_>, _>>()?);
    if !says.annotations.is_empty() {
        manifest = manifest.annotations(says.annotations.iter().cloned().collect::<HashMap<_, _>>());
    }
    let manifest = store.put(&canonical(&manifest.build()?)?)?;
    Ok(Image { platform: says.platform.clone(), layers, config, manifest })
}

/// What a name of these images points to: the manifest of the one, or an index of several, which is put into `store`.
pub struct Top {
    /// The manifest or the index.
    pub blob: Descriptor,
    descriptor: OciDescriptor,
}

/// The top of `images`, which keep their order.
pub fn top(images: &[Image], store: &mut dyn BlobStore) -> Result<Top, Error> {
    if let [image] = images {
        return Ok(Top { blob: image.manifest, descriptor: manifest_descriptor(image)? });
    }
    let manifests = images.iter().map(manifest_descriptor).collect::<Result<_, _>>()?;
    let blob = store.put(&index(manifests)?)?;
    Ok(Top { blob, descriptor: descriptor(MediaType::ImageIndex.as_ref(), &blob)? })
}

/// `index.json` of a layout: one descriptor of `top` for each name.
pub fn layout_index(top: &Top, names: &[Reference]) -> Result<Vec<u8>, Error> {
    let mut tags = BTreeSet::new();
    let descriptors = names.iter().map(|name| {
        let mut annotations = HashMap::from([(CONTAINERD_NAME.to_owned(), name.full())]);
        // Readers look a tag up by this alone, so it may stand there once.
        if tags.insert(name.tag()) {
            annotations.insert(REF_NAME.to_owned(), name.tag().to_owned());
        }
        let mut descriptor = top.descriptor.clone();
        descriptor.set_annotations(Some(annotations));
        descriptor
    });
    index(descriptors.collect())
}

/// `oci-layout`, the file that marks a layout.
pub fn layout_mark() -> Result<Vec<u8>, Error> {
    canonical(&OciLayoutBuilder::default().image_layout_version("1.0.0").build()?)
}

/// docker's `manifest.json`, which can hold one platform: the first program's.
pub fn docker_manifest(images: &[Image], names: &[Reference]) -> Result<Vec<u8>, Error> {
    let entries = images.iter().take(1).map(|image| {
        json!({
            "Config": blob_path(&image.config),
            "RepoTags": names.iter().map(Reference::full).collect::<Vec<_>>(),
            "Layers": image.layers.0.iter().map(|layer| blob_path(&layer.blob)).collect::<Vec<_>>(),
        })
    });
    canonical(&entries.collect::<Vec<_>>())
}

/// Where a layout keeps a blob.
pub fn blob_path(blob: &Descriptor) -> String {
    format!("blobs/sha256/{}", blob.digest.hex())
}

fn index(manifests: Vec<OciDescriptor>) -> Result<Vec<u8>, Error> {
    let index = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(manifests)
        .build()?;
    canonical(&index)
}

/// The descriptor of an image's manifest, with its platform.
fn manifest_descriptor(image: &Image) -> Result<OciDescriptor, Error> {
    let mut platform = PlatformBuilder::default().architecture(image.platform.architecture.as_str()).os("linux");
    if let Some(variant) = &image.platform.variant {
        platform = platform.variant(variant.clone());
    }
    let mut descriptor = descriptor(MediaType::ImageManifest.as_ref(), &image.manifest)?;
    descriptor.set_platform(Some(platform.build()?));
    Ok(descriptor)
}

/// The descriptor of a blob.
fn descriptor(media_type: &str, blob: &Descriptor) -> Result<OciDescriptor, Error> {
    let digest: oci_spec::image::Digest = blob.digest.to_string().parse()?;
    Ok(DescriptorBuilder::default().media_type(media_type).digest(digest).size(blob.size).build()?)
}

/// JSON with sorted keys and without blanks.
fn canonical(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec(&serde_json::to_value(value)?)?)
}

fn configuration(layers: &Layers, config: &ImageConfig) -> Result<Vec<u8>, Error> {
    let created = rfc_3339(config.created);
    let history = layers
        .0
        .iter()
        .map(|layer| HistoryBuilder::default().created(created.clone()).created_by(layer.history.clone()).build());
    let diff_ids: Vec<String> = layers.0.iter().map(|layer| layer.diff_id.to_string()).collect();
    let mut configuration = ImageConfigurationBuilder::default()
        .created(created.clone())
        .architecture(config.platform.architecture.as_str())
        .os("linux")
        .config(execution(config)?)
        .rootfs(RootFsBuilder::default().typ("layers").diff_ids(diff_ids).build()?)
        .history(history.collect::<Result<Vec<_>, _>>()?);
    if let Some(variant) = &config.platform.variant {
        configuration = configuration.variant(variant.clone());
    }
    canonical(&configuration.build()?)
}

/// What engines start, as whom and with what.
fn execution(says: &ImageConfig) -> Result<oci_spec::image::Config, Error> {
    let mut config =
        ConfigBuilder::default().user(says.user.clone()).env(says.env.clone()).entrypoint(says.entrypoint.clone());
    if !says.arguments.is_empty() {
        config = config.cmd(says.arguments.clone());
    }
    if let Some(workdir) = &says.workdir {
        config = config.working_dir(workdir.clone());
    }
    if !says.ports.is_empty() {
        config = config.exposed_ports(says.ports.clone());
    }
    if !says.volumes.is_empty() {
        config = config.volumes(says.volumes.clone());
    }
    if !says.labels.is_empty() {
        config = config.labels(says.labels.iter().cloned().collect::<HashMap<_, _>>());
    }
    if let Some(signal) = &says.stop_signal {
        config = config.stop_signal(signal.clone());
    }
    Ok(config.build()?)
}

fn rfc_3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |time| time.to_string())
}
