//! What leads to an image: `index.json` (image-spec, image-layout.md), docker's `manifest.json`, indexes and
//! manifests of both kinds, the configuration.
//!
//! Read as plain JSON, not as the specification's types: other writers leave out what the types want, and a
//! reader has to live with that.

use super::error::Error;
use super::store::{self, Store};
use crate::blob::Digest;
use crate::content::Range;
use crate::rootfs::recorded::ANNOTATION;
use serde_json::Value;
use std::collections::BTreeSet;

/// One image of those that a file holds, before its layers are read.
#[derive(Debug, Clone, Default)]
pub struct ListedImage {
    /// Its names.
    pub names: Vec<String>,
    /// `linux/arm/v7`, in words of the index or of the configuration.
    pub platform: Option<String>,
    /// The digest of its manifest, where it has one.
    pub digest: Option<Digest>,
    /// The digest of its configuration.
    pub config_digest: Option<Digest>,
    /// The configuration.
    pub config: Value,
    /// The annotation of its manifest with reasons.
    pub recorded: Option<String>,
    /// Its layers, from the lowest.
    pub layers: Vec<NamedLayer>,
}

/// A layer as a document names it.
#[derive(Debug, Clone)]
pub struct NamedLayer {
    /// The blob's digest, or the name of a file in the archive.
    pub name: LayerName,
    /// Bytes of the blob, as the manifest says.
    pub size: Option<u64>,
}

/// What a layer is named by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerName {
    /// A blob.
    Blob(Digest),
    /// A file of the archive.
    File(String),
}

impl NamedLayer {
    /// For people.
    pub fn shown(&self) -> String {
        match &self.name {
            LayerName::Blob(digest) => format!("the layer `{digest}`"),
            LayerName::File(name) => format!("the layer `{name}`"),
        }
    }
}

/// How deep indexes may be nested; docker's are two deep.
const DEEPEST: usize = 4;
/// How many images one file may hold: more than any does.
const MOST_IMAGES: usize = 1000;
/// How many layers an image may have: more than any engine takes.
const MOST_LAYERS: usize = 1000;

/// All images that the file holds.
pub fn images(store: &Store) -> Result<Vec<ListedImage>, Error> {
    if let Some(bytes) = store.document("index.json")? {
        let index = parse(&bytes, "`index.json`")?;
        let mut search = DocumentSearch { store, found: Vec::new(), seen: BTreeSet::new(), absent: None };
        search.index(&index, "`index.json`", &[], DEEPEST)?;
        match search.absent {
            // An archive of one platform keeps the index of all.
            Some(absent) if search.found.is_empty() => return Err(absent),
            _ if search.found.is_empty() => {}
            _ => return Ok(search.found),
        }
    }
    match store.document("manifest.json")? {
        Some(bytes) => docker(store, &parse(&bytes, "`manifest.json`")?),
        None => Ok(Vec::new()),
    }
}

fn parse(bytes: &[u8], what: &str) -> Result<Value, Error> {
    let value = serde_json::from_slice(bytes);
    value.map_err(|error| Error::Malformed { what: what.to_owned(), why: format!("is not valid JSON: {error}") })
}

fn wrong(what: &str, why: &str) -> Error {
    Error::Malformed { what: what.to_owned(), why: why.to_owned() }
}

struct DocumentSearch<'a> {
    store: &'a Store,
    found: Vec<ListedImage>,
    seen: BTreeSet<Digest>,
    absent: Option<Error>,
}

impl DocumentSearch<'_> {
    fn index(&mut self, index: &Value, what: &str, names: &[String], depth: usize) -> Result<(), Error> {
        let manifests = index["manifests"].as_array().ok_or_else(|| wrong(what, "lists no manifests"))?;
        for descriptor in manifests {
            let (digest, _) = described(descriptor, what)?;
            let names = if names.is_empty() { annotated_names(descriptor) } else { names.to_vec() };
            if let Some(known) = self.found.iter_mut().find(|found| found.digest == Some(digest)) {
                known
                    .names
                    .extend(names.iter().filter(|name| !known.names.contains(name)).cloned().collect::<Vec<_>>());
                continue;
            }
            if is_attestation(descriptor) || !self.seen.insert(digest) {
                continue;
            }
            if self.seen.len() > MOST_IMAGES {
                let why = format!("leads to more than {MOST_IMAGES} images");
                return Err(Error::TooLarge { what: what.to_owned(), why });
            }
            self.descriptor(descriptor, digest, what, &names, depth)?;
        }
        Ok(())
    }

    fn descriptor(
        &mut self,
        descriptor: &Value,
        digest: Digest,
        named_by: &str,
        names: &[String],
        depth: usize,
    ) -> Result<(), Error> {
        let what = format!("the manifest `{digest}`");
        let bytes = match blob(self.store, &digest, descriptor["size"].as_u64(), &what, named_by) {
            Ok(bytes) => bytes,
            Err(error @ Error::Absent { .. }) => {
                self.absent.get_or_insert(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let manifest = parse(&bytes, &what)?;
        if manifest["manifests"].is_array() {
            let depth = depth.checked_sub(1).ok_or_else(|| wrong(&what, "is nested too deeply"))?;
            return self.index(&manifest, &what, names, depth);
        }
        let mut found = image_in_manifest(self.store, &manifest, &what)?;
        found.platform = platform_text(&descriptor["platform"]).or(found.platform);
        found.names = names.to_vec();
        found.digest = Some(digest);
        found.recorded = manifest["annotations"][ANNOTATION].as_str().map(str::to_owned);
        self.found.push(found);
        Ok(())
    }
}

/// Whether a descriptor is of something about an image instead of an image (BuildKit's attestations).
fn is_attestation(descriptor: &Value) -> bool {
    descriptor["annotations"]["vnd.docker.reference.type"].is_string()
        || descriptor["platform"]["os"] == "unknown" && descriptor["platform"]["architecture"] == "unknown"
}

/// Full names first: the tag alone stands there too.
fn annotated_names(descriptor: &Value) -> Vec<String> {
    let annotations = &descriptor["annotations"];
    let name = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .iter()
        .find_map(|key| annotations[*key].as_str());
    name.map(str::to_owned).into_iter().collect()
}

fn platform_text(platform: &Value) -> Option<String> {
    let (os, architecture) = (platform["os"].as_str()?, platform["architecture"].as_str()?);
    let variant = platform["variant"].as_str().filter(|variant| !variant.is_empty());
    // The index of arm64 often says v8, which is the only one.
    let variant = variant.filter(|variant| (architecture, *variant) != ("arm64", "v8"));
    Some([Some(os), Some(architecture), variant].into_iter().flatten().collect::<Vec<_>>().join("/"))
}

fn described(descriptor: &Value, what: &str) -> Result<(Digest, Option<u64>), Error> {
    let text = descriptor["digest"].as_str().ok_or_else(|| wrong(what, "has a descriptor without a digest"))?;
    let digest = Digest::parse(text);
    let digest = digest.ok_or_else(|| wrong(what, &format!("names `{text}`, which is not a SHA-256 digest")))?;
    Ok((digest, descriptor["size"].as_u64()))
}

/// A document that is a blob, held against its digest.
fn blob(store: &Store, digest: &Digest, size: Option<u64>, what: &str, named_by: &str) -> Result<Vec<u8>, Error> {
    let absent = || Error::Absent { what: what.to_owned(), named_by: named_by.to_owned() };
    let range = store.blob(digest)?.ok_or_else(absent)?;
    check_size(&range, size, what)?;
    let bytes = store::read(&range, what)?;
    let found = Digest::of(&bytes);
    if found == *digest { Ok(bytes) } else { Err(Error::Digest { what: what.to_owned(), found: found.to_string() }) }
}

/// Whether a blob is as long as its descriptor says.
pub fn check_size(range: &Range, size: Option<u64>, what: &str) -> Result<(), Error> {
    use crate::bytes::ReadAt as _;
    match size {
        Some(size) if size != range.size() => {
            Err(wrong(what, &format!("has {} bytes, and its descriptor says {size}", range.size())))
        }
        _ => Ok(()),
    }
}

fn image_in_manifest(store: &Store, manifest: &Value, what: &str) -> Result<ListedImage, Error> {
    if manifest["schemaVersion"] == 1 {
        return Err(wrong(what, "has schema 1, which engines no longer read"));
    }
    let (digest, size) = described(&manifest["config"], what)?;
    let layers = manifest["layers"].as_array().ok_or_else(|| wrong(what, "lists no layers"))?;
    let layers = layers.iter().map(|layer| {
        let (digest, size) = described(layer, what)?;
        Ok(NamedLayer { name: LayerName::Blob(digest), size })
    });
    let layers = layers.collect::<Result<Vec<_>, Error>>()?;
    let config_name = format!("the configuration `{digest}`");
    let config = parse(&blob(store, &digest, size, &config_name, what)?, &config_name)?;
    let platform = platform_text(&config);
    found(ListedImage { config_digest: Some(digest), platform, config, layers, ..ListedImage::default() }, what)
}

fn found(found: ListedImage, what: &str) -> Result<ListedImage, Error> {
    let diff_ids = found.config["rootfs"]["diff_ids"].as_array().map(Vec::len);
    match diff_ids {
        None => Err(wrong(what, "does not describe an image: its configuration lists no layers")),
        Some(count) if count != found.layers.len() => {
            Err(wrong(what, &format!("has {} layers, and its configuration {count}", found.layers.len())))
        }
        Some(count) if count > MOST_LAYERS => Err(wrong(what, "has more layers than engines take")),
        Some(_) => Ok(found),
    }
}

/// docker's `manifest.json`: a list of `{ Config, RepoTags, Layers }`.
fn docker(store: &Store, manifest: &Value) -> Result<Vec<ListedImage>, Error> {
    let what = "`manifest.json`";
    let entries = manifest.as_array().ok_or_else(|| wrong(what, "is not a list"))?;
    entries.iter().take(MOST_IMAGES).map(|entry| docker_image(store, entry, what)).collect()
}

fn docker_image(store: &Store, entry: &Value, what: &str) -> Result<ListedImage, Error> {
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let name = entry["Config"].as_str().ok_or_else(|| wrong(what, "names no configuration"))?;
    let config_name = format!("the configuration `{name}`");
    let absent = || Error::Absent { what: config_name.clone(), named_by: what.to_owned() };
    let bytes = store::read(&store.named(name)?.ok_or_else(absent)?, &config_name)?;
    let digest = Digest::of(&bytes);
    // The configuration is named by its digest: `HEX.json`, or `blobs/sha256/HEX`.
    let stem = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".json");
    if Digest::parse(&format!("sha256:{stem}")).is_some_and(|named| named != digest) {
        return Err(Error::Digest { what: config_name, found: digest.to_string() });
    }
    let config = parse(&bytes, &config_name)?;
    let layers =
        strings(&entry["Layers"]).into_iter().map(|name| NamedLayer { name: LayerName::File(name), size: None });
    let (names, platform) = (strings(&entry["RepoTags"]), platform_text(&config));
    let layers = layers.collect();
    let config_digest = Some(digest);
    found(ListedImage { names, platform, config_digest, config, layers, ..ListedImage::default() }, what)
}
