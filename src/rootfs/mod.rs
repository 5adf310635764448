//! The tree in memory, and what always holds in it: each entry has its directories, a reason, a mode that
//! does not depend on the builder, and one owner.
//!
//! No file is read here: one of the host is known by its path and its identity, and is opened when its
//! layer is made.

mod add;
mod again;
mod assemble;
mod check;
mod entry;
mod error;
mod homes;
mod libraries;
mod place;
mod pointers;
mod reason;
mod tree;
mod users;

pub use again::reasons;
pub use assemble::{Assembled, assemble, problems};
pub use entry::{Entry, Node, Part};
pub use reason::{Cause, Reason};
pub use tree::{Conflict, Rootfs};
