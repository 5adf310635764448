//! What is kept from run to run: compressed layers, and indexes of package databases.
//!
//! Nothing here is believed: whatever is read again carries a sum over itself. Several processes may use one cache:
//! files appear whole, by renaming, and one that is open can be read after somebody removed it.
//!
//! Nothing here fails: a cache that cannot be read or written has nothing and keeps nothing.

mod directory;
mod layers;

pub use directory::{CacheDirectory, IndexKey};
pub use layers::{CachedLayer, Filling, LayerCache};
