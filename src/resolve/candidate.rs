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

/// What came of looking at a path.
pub enum CandidateOutcome {
    /// The file is taken.
    Taken(Box<Candidate>),
    /// There is no file, or one for another machine: the search goes on.
    SteppedOver,
    /// The file is a loop of links: this list of directories is not followed any further.
    ListEnds,
    /// The loader gives up, for this reason.
    Fatal(String),
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
pub fn look(roots: &CachedRoots<'_>, place: &Place, own: Machine) -> CandidateOutcome {
    let walk = match roots.walk(place) {
        Ok(walk) => walk,
        Err(error) if is_loop(&error) => return CandidateOutcome::ListEnds,
        Err(_) => return CandidateOutcome::SteppedOver,
    };
    // Whatever else speaks against it was looked at before.
    let fits = |object: &Rc<Object>| object.machine.has_form_of(own) && matches(own, object.machine);
    if let Some(object) = roots.known.libraries.get(&walk.stat.identity).filter(fits) {
        return CandidateOutcome::Taken(Box::new(Candidate { place: place.clone(), walk, object }));
    }
    let file = match open(roots, place, &walk) {
        Ok(file) => file,
        Err(outcome) => return outcome,
    };
    let file: &dyn ReadAt = &Window::new(&*file);
    let header = match elf::header(file) {
        Ok(header) => header,
        Err(error) => return CandidateOutcome::Fatal(why_unreadable(&error)),
    };
    if header.machine.is_64 != own.is_64 {
        return CandidateOutcome::SteppedOver;
    }
    let marks = match file.bytes_at(0, EI_NIDENT) {
        Ok(marks) => marks,
        Err(error) => return CandidateOutcome::Fatal(format!("it cannot be read: {error}")),
    };
    if let Some(why) = unknown(&header, &marks, own) {
        return CandidateOutcome::Fatal(why);
    }
    if !matches(own, header.machine) {
        return CandidateOutcome::SteppedOver;
    }
    match header.kind {
        ET_DYN => {}
        ET_EXEC => return CandidateOutcome::Fatal("it is a program, not a library".to_owned()),
        _ => return CandidateOutcome::Fatal("it is neither a library nor a program".to_owned()),
    }
    match elf::read_with_header(file, &header, !roots.known.without_imports) {
        Err(error) => CandidateOutcome::Fatal(why_unreadable(&error)),
        Ok(object) => {
            if let Some(why) = unloadable(&object) {
                return CandidateOutcome::Fatal(why.to_owned());
            }
            let object = Rc::new(object);
            roots.known.libraries.put(&walk.stat.identity, &object);
            CandidateOutcome::Taken(Box::new(Candidate { place: place.clone(), walk, object }))
        }
    }
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
pub fn open(roots: &CachedRoots<'_>, place: &Place, walk: &Walk) -> Result<Box<dyn ReadAt>, CandidateOutcome> {
    match walk.stat.kind {
        FileKind::File => {}
        FileKind::Directory => return Err(CandidateOutcome::Fatal("it is a directory".to_owned())),
        FileKind::Fifo => {
            return Err(CandidateOutcome::Fatal(
                "it is a named pipe, and the loader would wait for a writer".to_owned(),
            ));
        }
        FileKind::Socket | FileKind::Device | FileKind::Link => {
            return Err(CandidateOutcome::Fatal("it is not a regular file".to_owned()));
        }
    }
    roots.files(place).open(&walk.real).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => CandidateOutcome::SteppedOver,
        _ => CandidateOutcome::Fatal(format!("it cannot be read: {error}")),
    })
}

/// Why a file cannot be loaded, as a sentence without its noun.
pub fn why_unreadable(error: &elf::Error) -> String {
    format!("it {error}")
}
