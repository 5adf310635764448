//! What is known of the files of a tree beside the tree itself: their packages and layers; and for an image that was read
//! back, why they are in it.
//!
//! Packages are looked up only where a flag asks for them, because their databases are large and everything else in
//! pack does without them.

mod analysis;
mod error;
mod owners;
mod reasons;
mod start;
mod warnings;

pub use analysis::{Analysis, analyse};
pub use error::Error;
pub use owners::{Explained, packages_of_files, packages_of_libraries};
