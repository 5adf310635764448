//! What an ELF file says of itself, read from its bytes and never by running it.
//!
//! Two readers share the parsers below: [`read()`] gives what the loader looks at ([`Object`]), for the
//! program and for every library; [`inspect()`] tells what kind of file a user has named
//! ([`Inspected`]), with platform, toolchain and sizes.
//!
//! Two crates parse, each what it is good at. goblin parses one piece at a time out of bytes that we have read: header,
//! program headers, dynamic section, notes; a hostile file cannot make it read more. object parses the section table,
//! which it reads out of the file itself and with all exceptions (more sections than the header can count, names behind
//! an index in another header), and names the constants of sections. Strings are ours, as bytes and through PT_LOAD,
//! because goblin drops what it cannot read.

mod arm;
mod code;
mod dlopen;
mod dynamic;
mod error;
mod foreign;
mod format;
mod go_functions;
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
mod platform;
mod ranges;
mod removable;
mod scan;
pub mod script;
mod sections;
mod segments;
mod sizes;
mod system;
mod tables;
#[cfg(test)]
mod tests;
mod toolchain;
mod versions;
mod window;

pub use code::{Call, Code, Register};
pub use dlopen::{DlopenNote, Priority, dlopen_notes};
pub use error::Error;
pub use go_functions::GoFunctions;
pub use golang::go_build;
pub use header::{Header, header};
pub use inspect::inspect;
pub use inspected::{GoBuild, Inspected, Kind, Libc, Linkage, Sizes, Toolchain};
pub use kind::is_upx;
pub use libc::linked_libc;
pub use machine::Machine;
pub use memory::Bytes;
pub use notes::{Note, notes};
pub use object::{DF_1_NODEFLIB, DF_1_PIE, Object, read, read_with_header};
pub use overlay::{overlay, payload};
pub use platform::machine_name;
pub use ranges::{ByteRange, merge, without};
pub use removable::{fixed_end, removable};
pub use scan::{constant_ranges, literal_ranges};
pub use sections::{Section, sections};
pub use segments::{Segment, segments, whole};
pub use tables::Tables;
pub use versions::NeededVersion;
pub use window::Window;
