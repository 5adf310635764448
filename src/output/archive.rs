//! The one file that loads everywhere: an OCI layout and docker's `manifest.json` over the same blobs, in
//! one plain tar.
//!
//! Order: layers, config, manifest, index.json, manifest.json, oci-layout; all consumers take it. Where the
//! destination can seek, a blob streams into it and its header, which names its digest, is filled in
//! afterwards; else each blob waits in an unlinked spool file.

use super::Error;
use super::place::{Pending, Place};
use crate::blob::{BlobStore, Descriptor, Digest};
use crate::image::{self, Image};
use crate::reference::Reference;
use oci_spec::image::{Descriptor as OciDescriptor, ImageIndexBuilder, MediaType, OciLayoutBuilder, SCHEMA_VERSION};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use tar::{EntryType, Header};

const BLOCK: usize = 512;

/// The full name of an image, for containerd and what is built on it (containerd, images/annotations.go).
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// Its tag alone (image-spec, annotations.md).
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// An archive that is being written.
pub struct Archive {
    out: Out,
    at: u64,
    written: BTreeSet<Digest>,
    /// The blob that was begun.
    begun: Begun,
}

/// A blob on its way.
enum Begun {
    /// There is none.
    Nothing,
    /// One that streams into the file, behind room for its header: up to here. What is not finished is written over.
    InPlace(u64),
    /// One that waits until its digest is known.
    Spooled(File),
}

enum Out {
    File(Pending),
    Stream(File),
}

impl Archive {
    /// One that goes to this place.
    pub fn new(place: Place) -> Self {
        let out = match place {
            Place::File(pending) => Out::File(pending),
            Place::Stream(file) => Out::Stream(file),
        };
        Self { out, at: 0, written: BTreeSet::new(), begun: Begun::Nothing }
    }

    /// Writes what leads to the images, under each of `names`, and lets the archive take its place. Gives the
    /// digest of the manifest, or of the index where there are several images.
    pub fn deliver(mut self, images: &[&Image], names: &[Reference]) -> Result<Digest, Error> {
        let top = if let [image] = images {
            image::manifest_descriptor(image)?
        } else {
            let index = self.put(&image::index(images)?)?;
            image::descriptor(MediaType::ImageIndex.as_ref(), &index)?
        };
        let layout = OciLayoutBuilder::default().image_layout_version("1.0.0").build().map_err(image::Error::from)?;
        self.file("index.json", &index(&top, names)?)?;
        self.file("manifest.json", &docker_manifest(images, names)?)?;
        self.file("oci-layout", &image::canonical(&layout)?)?;
        self.append(&[0; 2 * BLOCK])?;
        match self.out {
            Out::File(pending) => {
                // Behind the end may be what was begun and not finished.
                pending.file().set_len(self.at)?;
                pending.keep()?;
            }
            Out::Stream(mut file) => file.flush()?,
        }
        Ok(Digest::parse(top.digest().as_ref()).expect("a digest that we wrote"))
    }
}

/// `index.json`: one descriptor for each name.
fn index(top: &OciDescriptor, names: &[Reference]) -> Result<Vec<u8>, Error> {
    let mut tags = BTreeSet::new();
    let descriptors = names.iter().map(|name| {
        let mut annotations = HashMap::from([(CONTAINERD_NAME.to_owned(), name.full())]);
        // Readers look a tag up by this alone, so it may stand there once.
        if tags.insert(name.tag()) {
            annotations.insert(REF_NAME.to_owned(), name.tag().to_owned());
        }
        let mut descriptor = top.clone();
        descriptor.set_annotations(Some(annotations));
        descriptor
    });
    let index = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(descriptors.collect::<Vec<_>>())
        .build()
        .map_err(image::Error::from)?;
    Ok(image::canonical(&index)?)
}

/// docker's `manifest.json`. It can hold one platform: the first program's.
fn docker_manifest(images: &[&Image], names: &[Reference]) -> Result<Vec<u8>, Error> {
    let path = |blob: &Descriptor| format!("blobs/sha256/{}", blob.digest.hex());
    let entries = images.iter().take(1).map(|image| {
        json!({
            "Config": path(&image.config),
            "RepoTags": names.iter().map(Reference::full).collect::<Vec<_>>(),
            "Layers": image.layers.0.iter().map(|layer| path(&layer.blob)).collect::<Vec<_>>(),
        })
    });
    Ok(image::canonical(&entries.collect::<Vec<_>>())?)
}

impl BlobStore for Archive {
    fn begin(&mut self) -> io::Result<()> {
        self.begun = match &self.out {
            // The header comes when the digest is known.
            Out::File(_) => Begun::InPlace(self.at + BLOCK as u64),
            Out::Stream(_) => Begun::Spooled(tempfile::tempfile()?),
        };
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match (&mut self.begun, &self.out) {
            (Begun::InPlace(at), Out::File(pending)) => {
                pending.file().write_all_at(bytes, *at)?;
                *at += bytes.len() as u64;
                Ok(())
            }
            (Begun::Spooled(spool), _) => spool.write_all(bytes),
            _ => unreachable!("a blob is begun before it is written"),
        }
    }

    fn finish(&mut self, blob: &Descriptor) -> io::Result<()> {
        let begun = std::mem::replace(&mut self.begun, Begun::Nothing);
        // Two images may share a layer; it stands there once.
        if !self.written.insert(blob.digest) {
            return Ok(());
        }
        self.append(header(&format!("blobs/sha256/{}", blob.digest.hex()), blob.size).as_bytes())?;
        if let (Begun::Spooled(mut spool), Out::Stream(out)) = (begun, &mut self.out) {
            spool.seek(SeekFrom::Start(0))?;
            io::copy(&mut spool, out)?;
        }
        self.at += blob.size;
        self.pad(blob.size)
    }
}

impl Archive {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.out {
            Out::File(pending) => pending.file().write_all_at(bytes, self.at)?,
            Out::Stream(file) => file.write_all(bytes)?,
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        self.append(&[0; BLOCK][..usize::try_from(padding).expect("less than a block")])
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.append(header(name, bytes.len() as u64).as_bytes())?;
        self.append(bytes)?;
        self.pad(bytes.len() as u64)
    }
}

fn header(name: &str, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.as_ustar_mut().expect("it was made as ustar").name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    header
}
