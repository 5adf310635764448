//! What an ELF file says of itself, read from its bytes and never by running it.
//!
//! Two readers share the parsers below: [`read()`] gives what the loader looks at ([`Object`]), for the
//! program and for every library; [`inspect()`] tells what kind of file a user has named
//! ([`Inspected`]), with platform, toolchain and sizes.
//!
//! Header, program headers, dynamic section and notes are goblin's parts, sections are object's; strings
//! are ours, as bytes and through PT_LOAD, because goblin drops what it cannot read (`facts/elf.md` 2.4).

mod arm;
mod dlopen;
mod dynamic;
mod error;
mod foreign;
mod format;
mod golang;
mod header;
mod imports;
mod inspect;
mod inspected;
mod kind;
mod libc;
mod machine;
mod memory;
mod notes;
mod object;
mod overlay;
mod removable;
mod scan;
pub mod script;
mod sections;
mod sizes;
mod system;
#[cfg(test)]
mod tests;
mod toolchain;
mod versions;
mod window;

pub use dlopen::{DlopenNote, Priority, dlopen_notes};
pub use error::Error;
pub use header::{Header, header, segments, whole};
pub use inspect::inspect;
pub use inspected::{GoBuild, Inspected, Kind, Libc, Linkage, Sizes, Toolchain};
pub use kind::is_upx;
pub use libc::of_dynamic as libc_of;
pub use machine::machine_name;
pub use notes::{NT_GNU_ABI_TAG, NT_GNU_BUILD_ID, Note, notes};
pub use object::{Bytes, DF_1_NODEFLIB, DF_1_PIE, Machine, NeededVersion, Object, Segment, read, read_without_imports};
pub use overlay::{Overlay, overlay, payload};
pub use removable::{fixed_end, removable};
pub use scan::constant_ranges;
pub use sections::{Section, sections};
pub use window::Window;
