//! From [`Rootfs`] to layers: the division, the one true tar encoding, and its digests.
//!
//! Each file is read once, in one pass in which the plain bytes are hashed, compressed, and hashed again.
//! One whose identity is another than when it was looked at is not packed.

mod bytes;
mod divide;
mod kept;
mod key;
mod order;
mod parts;
mod pipeline;
mod plain;
mod tar;

use crate::blob::{BlobStore, Descriptor, Digest};
use crate::cache::{Cache, Known};
use crate::compress::Compression;
use crate::content::Content;
use crate::events::Diagnostic;
use crate::options::Division;
use crate::paths::ImagePath;
use crate::rootfs::{Entry, Node, Rootfs};
use bytes::Reading;
use divide::{Entries, divide, file};
use pipeline::{Encoded, Job};
use plain::Plain;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

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
    pub blob: Descriptor,
    /// image-spec media type.
    pub media_type: &'static str,
    /// One line for people, which the image's history shows.
    pub history: String,
    /// The entries, in the order of the tar.
    pub paths: Vec<ImagePath>,
}

/// Why a layer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where it is on the host.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is another than when it was looked at.
    #[error("`{}` changed while it was read", path.display())]
    Changed {
        /// Where it is on the host.
        path: PathBuf,
    },
    /// The destination does not take the bytes.
    #[error("cannot write the image")]
    Write(#[from] io::Error),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Changed { .. } => "changed",
            Self::Write(_) => "cannot-write",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Changed { .. } => "wait until the build is done, and pack again".to_owned(),
            Self::Write(error) if error.kind() == io::ErrorKind::StorageFull => {
                "make room there, or name another place with `--output`".to_owned()
            }
            Self::Unreadable { .. } | Self::Write(_) => String::new(),
        }
    }
}

/// How layers are made.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Which entry goes into which layer.
    pub division: Division,
    /// How they are compressed.
    pub compression: Compression,
    /// How many threads compress. The bytes are the same with any number of them.
    pub threads: NonZeroUsize,
    /// Where compressed layers are kept from run to run.
    pub cache: Option<&'a Cache>,
}

/// Writes the layers of each image into `store`, from the lowest.
pub fn encode(images: &[&Rootfs], how: &How<'_>, store: &mut dyn BlobStore) -> Result<Vec<Layers>, Error> {
    let divided: Vec<Vec<Entries<'_>>> = images.iter().map(|rootfs| divide(rootfs, how.division)).collect();
    let plans: Vec<Plan<'_>> = divided.iter().flatten().map(|entries| Plan::new(entries, how)).collect();
    let jobs = plans.iter().map(|plan| plan.job(how)).collect::<Result<Vec<_>, Error>>()?;
    let encoded = pipeline::encode(&jobs, how.compression, how.threads, store)?;
    let mut layers = plans.iter().zip(encoded).map(|(plan, encoded)| plan.layer(encoded, how));
    Ok(divided.iter().map(|image| Layers(layers.by_ref().take(image.len()).collect())).collect())
}

/// A layer that will be made, or found in the cache.
struct Plan<'a> {
    entries: &'a Entries<'a>,
    first: FirstNames<'a>,
    size: u64,
    /// `None` where it is not kept.
    key: Option<Digest>,
    /// Whether its files were old enough before they were read.
    settled: bool,
}

impl<'a> Plan<'a> {
    /// What is made as fast as it is looked up is not kept: small layers, and plain ones, which are hashed
    /// and copied in any case.
    const WORTH_KEEPING: u64 = 256 * 1024;

    fn new(entries: &'a Entries<'a>, how: &How<'_>) -> Self {
        let first = first_names(entries);
        let size = size(entries, &first);
        let worth = size >= Self::WORTH_KEEPING && how.compression != Compression::None;
        let cache = how.cache.filter(|_| worth);
        let key = cache.and_then(|_| key::of(entries, &first, how.compression));
        let settled = cache.is_some_and(|cache| key::settled(entries, cache.now()));
        Self { entries, first, size, key, settled }
    }

    fn job<'s>(&'s self, how: &How<'s>) -> Result<Job<'s>, Error> {
        let cache = how.cache.filter(|_| self.key.is_some());
        let mut job = Job { size: self.size, entries: self.entries, first: &self.first, kept: None, cache };
        job.kept = self.kept(&job)?;
        Ok(job)
    }

    /// What the cache has. Where it was made of files that were too young, what they are now decides.
    fn kept(&self, job: &Job<'_>) -> Result<Option<(Known, File)>, Error> {
        let Some((key, cache)) = self.key.zip(job.cache) else { return Ok(None) };
        let Some(known) = cache.look_up(&key) else { return Ok(None) };
        let Some(blob) = cache.read(&known.blob) else { return Ok(None) };
        if !known.settled {
            if pipeline::hash(job)? != known.plain {
                return Ok(None);
            }
            if self.settled {
                cache.index(&key, &Known { settled: true, ..known });
            }
        }
        Ok(Some((known, blob)))
    }

    fn layer(&self, encoded: Encoded, how: &How<'_>) -> Layer {
        let Encoded { plain, blob, filling } = encoded;
        if let (Some(filling), Some((key, cache))) = (filling, self.key.zip(how.cache)) {
            cache.keep(filling, &key, &Known { plain, blob, settled: self.settled });
        }
        Layer {
            diff_id: plain.digest,
            size: plain.size,
            blob,
            media_type: how.compression.media_type(),
            history: history(self.entries),
            paths: self.entries.keys().map(|path| (*path).clone()).collect(),
        }
    }
}

/// The number of the layer that each entry goes into, the lowest being 0.
pub fn numbers(rootfs: &Rootfs, division: Division) -> BTreeMap<ImagePath, usize> {
    let layers = divide(rootfs, division).into_iter().enumerate();
    layers.flat_map(|(number, entries)| entries.into_keys().map(move |path| (path.clone(), number))).collect()
}

/// Writes the whole tree as one plain tar.
pub fn write_tar(rootfs: &Rootfs, out: &mut dyn Write) -> Result<(), Error> {
    let entries: Entries<'_> = rootfs.entries().iter().collect();
    let first = first_names(&entries);
    let mut plain = Plain::new(&entries, &first);
    write(&mut |buffer| plain.read(buffer), out)?;
    Ok(out.flush()?)
}

/// Writes all bytes of one file.
pub fn write_file(content: &Content, out: &mut dyn Write) -> Result<(), Error> {
    let mut reading = Reading::new(content);
    write(&mut |buffer| reading.read(buffer), out)
}

/// Writes what `read` gives; fewer bytes than fit are the last ones.
fn write(read: &mut dyn FnMut(&mut [u8]) -> Result<usize, Error>, out: &mut dyn Write) -> Result<(), Error> {
    let mut buffer = vec![0; kept::PIECE];
    loop {
        let used = read(&mut buffer)?;
        out.write_all(&buffer[..used])?;
        if used < buffer.len() {
            return Ok(());
        }
    }
}

/// Of each file with several names in these entries, the name that carries the bytes: the first one.
pub fn first_names<'a>(entries: &BTreeMap<&'a ImagePath, &'a Entry>) -> BTreeMap<&'a ImagePath, &'a ImagePath> {
    let mut seen = BTreeMap::new();
    let mut first = BTreeMap::new();
    for (path, entry) in entries {
        let Some(file) = file(entry) else { continue };
        match seen.get(&file) {
            Some(name) => {
                first.insert(*path, *name);
            }
            None => {
                seen.insert(file, *path);
            }
        }
    }
    first
}

type FirstNames<'a> = BTreeMap<&'a ImagePath, &'a ImagePath>;

/// How long the tar will be; its parts depend on that, so it is known before anything is read.
fn size(entries: &Entries<'_>, first: &FirstNames<'_>) -> u64 {
    let sizes = entries.iter().map(|(path, entry)| {
        let first = first.get(path).copied();
        let bytes = tar::content(entry, first).map_or(0, Content::size);
        tar::head(path, entry, first).len() as u64 + bytes + tar::padding(bytes)
    });
    sizes.sum::<u64>() + tar::END as u64
}

/// `pack: program /app, CA certificates, users`: what is in it, in the order of this table.
fn history(entries: &Entries<'_>) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("library", "libraries"),
        ("ca-certificates", "CA certificates"),
        ("name-services", "name services"),
        ("zones", "time zones"),
        ("users", "users"),
        ("always", "homes and /tmp"),
        ("asked", "added files"),
    ];
    let codes: BTreeSet<&str> =
        entries.values().flat_map(|entry| &entry.reasons).map(|reason| reason.cause.code()).collect();
    let program = entries.iter().find(|(_, entry)| matches!(entry.node, Node::File(_)) && entry.is_program());
    let program = program.map(|(path, _)| format!("program {path}"));
    let others = WORDS.iter().filter(|(code, _)| codes.contains(code)).map(|(_, word)| (*word).to_owned());
    format!("pack: {}", program.into_iter().chain(others).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
