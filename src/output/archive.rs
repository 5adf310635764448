//! The one file that loads everywhere: an OCI layout and docker's `manifest.json` over the same blobs, in
//! one plain tar.
//!
//! Order: layers, config, manifest, index.json, manifest.json, oci-layout; all consumers take it. Where the
//! destination can seek, a blob streams into it and its header, which names its digest, is filled in
//! afterwards; else each blob waits in an unlinked spool file.

use super::error::Error;
use super::file::OutputFile;
use super::sink::BlobSink;
use crate::blob::{BlobStore, Descriptor, Digest};
use crate::image::{self, Image};
use crate::reference::Reference;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use tar::{EntryType, Header};

const BLOCK: usize = 512;

/// An archive that is being written.
pub struct Archive {
    out: OutputFile,
    at: u64,
    written: BTreeSet<Digest>,
    /// The blob that was begun last.
    begun: Begun,
}

/// A blob on its way.
enum Begun {
    /// No blob.
    Nothing,
    /// A blob that streams into the file, behind room for its header, up to this place. Unless it is finished, the next
    /// blob is written over it.
    InPlace(u64),
    /// A blob that waits until its digest is known.
    Spooled(File),
}

impl Archive {
    /// An archive that is written to `out`.
    pub fn new(out: OutputFile) -> Self {
        Self { out, at: 0, written: BTreeSet::new(), begun: Begun::Nothing }
    }
}

impl BlobSink for Archive {
    fn deliver(mut self: Box<Self>, images: &[Image], names: &[Reference]) -> Result<Digest, Error> {
        let top = image::top(images, &mut *self)?;
        self.file("index.json", &image::layout_index(&top, names)?)?;
        self.file("manifest.json", &image::docker_manifest(images, names)?)?;
        self.file("oci-layout", &image::layout_mark()?)?;
        self.append(&[0; 2 * BLOCK])?;
        match self.out {
            OutputFile::File(pending) => {
                // Behind the end may be what was begun and not finished.
                pending.file().set_len(self.at)?;
                pending.keep()?;
            }
            OutputFile::Stream(mut file) => file.flush()?,
        }
        Ok(top.blob.digest)
    }
}

impl BlobStore for Archive {
    fn has(&mut self, blob: &Descriptor) -> io::Result<bool> {
        Ok(self.written.contains(&blob.digest))
    }

    fn begin(&mut self) -> io::Result<()> {
        self.begun = match &self.out {
            // The header comes when the digest is known.
            OutputFile::File(_) => Begun::InPlace(self.at + BLOCK as u64),
            OutputFile::Stream(_) => Begun::Spooled(tempfile::tempfile()?),
        };
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match (&mut self.begun, &self.out) {
            (Begun::InPlace(at), OutputFile::File(pending)) => {
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
        self.append(header(&image::blob_path(blob), blob.size).as_bytes())?;
        if let (Begun::Spooled(mut spool), OutputFile::Stream(out)) = (begun, &mut self.out) {
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
            OutputFile::File(pending) => pending.file().write_all_at(bytes, self.at)?,
            OutputFile::Stream(file) => file.write_all(bytes)?,
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
