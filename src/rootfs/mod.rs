//! The tree in memory, and what always holds in it: each entry has its directories, a reason, a mode that
//! does not depend on the builder, and one owner.
//!
//! The bytes of files are not read here: a file of the host is known by its path and its identity, and opened when its
//! layer is made.

mod add;
mod again;
mod assemble;
mod check;
mod entry;
mod error;
mod files;
mod homes;
mod libraries;
mod merged;
mod place;
mod placement;
mod pointers;
mod reason;
pub mod recorded;
mod tree;
mod users;

pub use again::reasons;
pub use assemble::{Assembled, assemble, problems};
pub use entry::{Entry, ImagePart, Node};
pub use reason::{Cause, Reason};
pub use tree::{Conflict, Rootfs};
