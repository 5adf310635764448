//! What a file does to the search: the file is taken, stepped over, or ends it (glibc, elf/dl-load.c `open_verify`,
//! `_dl_map_object_from_fd`).

use super::machine::matches;
use super::roots::{CachedRoots, is_loop};
use crate::bytes::ReadAt;
use crate::elf::{self, DF_1_PIE, Header, Machine, Object, Window};
use crate::file::FileKind;
use crate::files::{Place, Walk};
use std::io;
use std::rc::Rc;

/// A file that is taken.
pub struct Candidate {
    /// The path at which it was found.
    pub place: Place,
    /// Where that led.
    pub walk: Walk,
    /// What the loader looks at in it.
    pub object: Rc<Object>,
}

/// Why a file is not taken.
pub enum NotTaken {
    /// There is no file, or one for another machine: the search goes on.
    SteppedOver,
    /// The file is a loop of links: this list of directories is not followed any further.
    ListEnds,
    /// The loader gives up, for this reason.
    Fatal(String),
}

impl NotTaken {
    fn fatal(why: &str) -> Self {
        Self::Fatal(why.to_owned())
    }
}

/// Of a file that cannot be read as ELF.
impl From<elf::Error> for NotTaken {
    fn from(error: elf::Error) -> Self {
        match error {
            elf::Error::Io(error) => Self::Fatal(format!("it cannot be read: {error}")),
            error => Self::Fatal(format!("it {error}")),
        }
    }
}

/// A program that is loaded where it says.
pub const ET_EXEC: u16 = 2;
/// A library, or a program that is loaded anywhere.
pub const ET_DYN: u16 = 3;
const PT_LOAD: u32 = 1;
const OSABI_SYSV: u8 = 0;
const OSABI_GNU: u8 = 3;
/// The largest version of GNU's ABI that a loader knows (glibc, `LIBC_ABI_MAX` on x86-64).
const LAST_GNU_ABI: u8 = 3;
/// Where the bytes that tell the format have their version, where the reserved ones begin, and how many there are.
const EI_VERSION: usize = 6;
const EI_PAD: usize = 9;
const EI_NIDENT: usize = 16;

/// Looks at `place` as glibc's loader does for a program of machine `own`.
pub fn look(roots: &CachedRoots<'_>, place: &Place, own: Machine) -> Result<Candidate, NotTaken> {
    let walk =
        roots.walk(place).map_err(|error| if is_loop(&error) { NotTaken::ListEnds } else { NotTaken::SteppedOver })?;
    // Whatever else speaks against it was looked at before.
    let fits = |object: &Rc<Object>| object.machine.has_form_of(own) && matches(own, object.machine);
    if let Some(object) = roots.known.libraries.get(&walk.stat.identity).filter(fits) {
        return Ok(Candidate { place: place.clone(), walk, object });
    }
    let file = open(roots, place, &walk)?;
    let file: &dyn ReadAt = &Window::new(&*file);
    let header = elf::header(file)?;
    if header.machine.is_64 != own.is_64 {
        return Err(NotTaken::SteppedOver);
    }
    let marks = file.bytes_at(0, EI_NIDENT).map_err(elf::Error::from)?;
    if let Some(why) = unknown(&header, &marks, own) {
        return Err(NotTaken::Fatal(why));
    }
    if !matches(own, header.machine) {
        return Err(NotTaken::SteppedOver);
    }
    match header.kind {
        ET_DYN => {}
        ET_EXEC => return Err(NotTaken::fatal("it is a program, not a library")),
        _ => return Err(NotTaken::fatal("it is neither a library nor a program")),
    }
    let object = Rc::new(elf::read_with_header(file, &header, !roots.known.without_imports)?);
    if let Some(why) = unloadable(&object) {
        return Err(NotTaken::fatal(why));
    }
    roots.known.libraries.put(&walk.stat.identity, &object);
    Ok(Candidate { place: place.clone(), walk, object })
}

/// What the loader does not know in a header with its own word size.
fn unknown(header: &Header, marks: &[u8], own: Machine) -> Option<String> {
    let abi_version = header.abi_version;
    if header.machine.big_endian != own.big_endian {
        Some("it has the other byte order".to_owned())
    } else if marks.get(EI_VERSION) != Some(&1) || header.version != 1 {
        Some("its version of ELF is not 1".to_owned())
    } else if !matches!(header.os_abi, OSABI_SYSV | OSABI_GNU) {
        Some(format!("its OS ABI is {}, which the loader does not know", header.os_abi))
    } else if abi_version != 0 && (header.os_abi == OSABI_SYSV || abi_version > LAST_GNU_ABI) {
        Some(format!("its ABI version is {abi_version}, which the loader does not know"))
    } else if marks.iter().skip(EI_PAD).any(|byte| *byte != 0) {
        Some("the reserved bytes in its header are not zero".to_owned())
    } else {
        None
    }
}

/// Why a file that has the header of a library cannot be loaded.
fn unloadable(object: &Object) -> Option<&'static str> {
    if object.flags_1 & DF_1_PIE != 0 {
        Some("it is a program, not a library")
    } else if !object.segments.iter().any(|segment| segment.kind == PT_LOAD) {
        Some("it has nothing to load")
    } else if !object.dynamic {
        Some("it has no dynamic section")
    } else {
        None
    }
}

/// Opens what a walk led to. A directory or a fifo is opened by the loader too, which fails or hangs there.
pub fn open(roots: &CachedRoots<'_>, place: &Place, walk: &Walk) -> Result<Box<dyn ReadAt>, NotTaken> {
    match walk.stat.kind {
        FileKind::File => {}
        FileKind::Directory => return Err(NotTaken::fatal("it is a directory")),
        FileKind::Fifo => return Err(NotTaken::fatal("it is a named pipe, and the loader would wait for a writer")),
        _ => return Err(NotTaken::fatal("it is not a regular file")),
    }
    roots.files(place).open(&walk.real).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => NotTaken::SteppedOver,
        _ => NotTaken::Fatal(format!("it cannot be read: {error}")),
    })
}
