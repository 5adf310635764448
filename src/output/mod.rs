//! Where images go: sinks that take blobs, such as the archive that every engine loads, and sinks that take the tree
//! itself, such as the plain root file system. A new one is a file here, and a row of [`open`].
//!
//! Whatever happens on the way, what was at the destination before is there until the new one is whole.

mod archive;
mod error;
mod file;
mod rootfs;
mod sink;
mod target;

pub use error::Error;
pub use sink::Sink;
pub use target::Target;

use crate::options::Format;

/// Opens `target` for a result of this form.
pub fn open(format: Format, target: &Target) -> Result<Sink, Error> {
    Ok(match format {
        Format::Archive => Sink::Blobs(Box::new(archive::Archive::new(file::open(target)?))),
        Format::Rootfs => Sink::Tree(Box::new(rootfs::RootfsSink::new(target.clone()))),
    })
}
