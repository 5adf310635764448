//! Whether the parts of a program can be mapped where pages are larger than usual.

use crate::elf::Object;
use crate::program::Program;
use crate::resolve::Resolution;

/// `e_machine` of arm64 (elf(5), `EM_AARCH64`).
const ARM64: u16 = 183;

/// `p_type` of what is mapped (elf(5), `PT_LOAD`).
const LOAD: u32 = 1;

/// The largest pages of arm64, which kernels for servers use.
const LARGEST_PAGE: u64 = 64 << 10;

/// A hint at an arm64 program, or a library of one, that is aligned for small pages only: a kernel with pages of 64 KiB
/// refuses it.
pub fn small_pages(given: &str, program: &Program, resolution: &Resolution) -> Option<String> {
    let own = program.inspected.object.as_ref().map(|object| (given.to_owned(), &**object));
    let libraries = resolution.libraries.iter().map(|library| (library.name(), &*library.object));
    let (name, align) = own.into_iter().chain(libraries).find_map(|(name, object)| Some((name, small(object)?)))?;
    Some(format!(
        "`{name}` is aligned for pages of {} KiB: it does not start on arm64 kernels with pages of 64 KiB; \
         `-Wl,-z,max-page-size=65536` links it for all",
        align >> 10
    ))
}

/// The smallest alignment of an arm64 object's segments, if that is less than the largest page.
fn small(object: &Object) -> Option<u64> {
    let segments = object.segments.iter().filter(|segment| segment.kind == LOAD && segment.memory_size > 0);
    let align = segments.map(|segment| segment.align).min()?;
    (object.machine.machine == ARM64 && align < LARGEST_PAGE).then_some(align)
}
