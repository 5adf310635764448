//! Images made by hand, as writers make them and as no writer should.

mod damaged;
mod layers;

use super::{Error, Source, open};
use crate::blob::Digest;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

/// An uncompressed layer of entries in words: `d PATH`, `f PATH TEXT`, `l PATH TARGET` for a symbolic link,
/// `h PATH TARGET` for a hard one, `c PATH` for a device.
pub fn layer(entries: &[&str]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for entry in entries {
        let words: Vec<&str> = entry.split(' ').collect();
        let (path, more) = (words[1], words.get(2).copied().unwrap_or_default());
        let mut header = ::tar::Header::new_ustar();
        let (kind, bytes) = match words[0] {
            "d" => (::tar::EntryType::Directory, ""),
            "f" => (::tar::EntryType::Regular, more),
            "l" => (::tar::EntryType::Symlink, ""),
            "h" => (::tar::EntryType::Link, ""),
            _ => (::tar::EntryType::Char, ""),
        };
        header.set_entry_type(kind);
        header.set_mode(0o755);
        header.set_size(bytes.len() as u64);
        // The builder refuses names that a hostile writer would not.
        header.as_ustar_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        if matches!(words[0], "l" | "h") {
            header.as_ustar_mut().unwrap().linkname[..more.len()].copy_from_slice(more.as_bytes());
        }
        header.set_cksum();
        tar.append(&header, bytes.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

/// Compressed as most layers are.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An OCI layout that is being made.
pub struct Layout {
    directory: TempDir,
}

impl Layout {
    /// Without any image.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("blobs/sha256")).unwrap();
        std::fs::write(directory.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { directory }
    }

    /// With one image of these layers, each as it is kept and as it is unpacked.
    pub fn of(layers: &[(Vec<u8>, Vec<u8>)]) -> Self {
        let layout = Self::new();
        let diff_ids: Vec<String> =
            layers.iter().map(|(_, uncompressed)| Digest::of(uncompressed).to_string()).collect();
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": { "Entrypoint": ["/app"] },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = layout.put(config.to_string().as_bytes());
        let layers: Vec<Value> = layers.iter().map(|(blob, _)| layout.put(blob)).collect();
        let manifest = json!({ "schemaVersion": 2, "config": config, "layers": layers });
        let manifest = layout.put(manifest.to_string().as_bytes());
        layout.index(&[manifest]);
        layout
    }

    /// With one image of uncompressed layers.
    pub fn uncompressed(layers: &[&[&str]]) -> Self {
        let layers: Vec<_> = layers.iter().map(|entries| (layer(entries), layer(entries))).collect();
        Self::of(&layers)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Keeps a blob; gives its descriptor.
    pub fn put(&self, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        std::fs::write(self.path().join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({ "digest": digest.to_string(), "size": bytes.len() })
    }

    /// Writes the index.
    pub fn index(&self, manifests: &[Value]) {
        let index = json!({ "schemaVersion": 2, "manifests": manifests });
        std::fs::write(self.path().join("index.json"), index.to_string()).unwrap();
    }

    /// The file of a blob that a descriptor names.
    pub fn file(&self, descriptor: &Value) -> std::path::PathBuf {
        let digest = descriptor["digest"].as_str().unwrap();
        self.path().join("blobs/sha256").join(digest.strip_prefix("sha256:").unwrap())
    }

    /// What a document says: the index, or the blob of a descriptor.
    pub fn json(&self, descriptor: Option<&Value>) -> Value {
        let path = descriptor.map_or_else(|| self.path().join("index.json"), |descriptor| self.file(descriptor));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// The manifest of the only image.
    pub fn manifest(&self) -> Value {
        self.json(Some(&self.json(None)["manifests"][0]))
    }

    /// Reads it back.
    pub fn read(&self) -> Result<Source, Error> {
        open(self.path())?.expect("it has the form of an image").read(None)
    }
}
