//! What is to be done for one layer: made, or taken from the cache, and kept there.

use super::error::Error;
use super::job::{Encoded, Job};
use super::key::{Survey, survey};
use super::reader::TarReader;
use super::tree::LayerTree;
use crate::blob::Digest;
use crate::cache::{CachedLayer, LayerCache};
use crate::compress::Compression;
use std::fs::File;

/// A layer that will be made, or found in the cache.
pub struct LayerPlan<'a> {
    /// What is in it.
    pub tree: &'a LayerTree<'a>,
    size: u64,
    /// Where it is kept, and by what it is found there; `None` where it is not kept.
    cache: Option<(&'a LayerCache, Digest)>,
    /// Whether its files were old enough before they were read.
    settled: bool,
}

impl<'a> LayerPlan<'a> {
    /// What is made as fast as it is looked up is not kept: small layers, and uncompressed ones, which are hashed and
    /// copied in any case.
    const WORTH_KEEPING: u64 = 256 * 1024;

    /// Looks at all entries, and at none of the files.
    pub fn new(tree: &'a LayerTree<'a>, compression: Compression, cache: Option<&'a LayerCache>) -> Self {
        let cache = cache.filter(|_| compression != Compression::None);
        let survey = survey(tree, compression, cache.is_some());
        let settled = cache.is_some_and(|cache| survey.is_settled(cache.now()));
        let Survey { size, key, .. } = survey;
        Self { tree, size, cache: cache.zip(key).filter(|_| size >= Self::WORTH_KEEPING), settled }
    }

    /// The layer as the pipeline wants it.
    pub fn job(&self) -> Result<Job<'a>, Error> {
        let cache = self.cache.map(|(cache, _)| cache);
        Ok(Job { size: self.size, tree: self.tree, kept: self.cached()?, cache })
    }

    /// What the cache has. Where it was made of files that were too young, what they are now decides.
    fn cached(&self) -> Result<Option<(CachedLayer, File)>, Error> {
        let Some((cache, key)) = self.cache else { return Ok(None) };
        let Some(known) = cache.look_up(&key) else { return Ok(None) };
        let Some(blob) = cache.read(&known.blob) else { return Ok(None) };
        if !known.settled {
            if TarReader::new(self.tree).digest()? != known.uncompressed {
                return Ok(None);
            }
            if self.settled {
                cache.index(&key, &CachedLayer { settled: true, ..known });
            }
        }
        Ok(Some((known, blob)))
    }

    /// Keeps a layer that was made, for the next time.
    pub fn keep(&self, encoded: Encoded) {
        let Encoded { uncompressed, blob, filling } = encoded;
        if let (Some(filling), Some((cache, key))) = (filling, self.cache) {
            cache.keep(filling, &key, &CachedLayer { uncompressed, blob, settled: self.settled });
        }
    }
}
