//! The dynamic section: a list of tags and numbers, some of which are strings.

use super::format::exact;
use super::memory::{Memory, Strings};
use super::{Bytes, Error, Segment};
use goblin::elf::dynamic::{DT_NULL, DT_STRTAB, Dyn, Dynamic};
use goblin::elf::program_header::{PT_DYNAMIC, ProgramHeader};

/// How many bytes of it are read: real ones have some hundreds, and hostile ones cost bounded memory.
const MAX_SIZE: u64 = 1 << 20;

/// The entries of PT_DYNAMIC before DT_NULL, in order.
#[derive(Default)]
pub(super) struct Entries(Vec<Dyn>);

impl Entries {
    /// Reads them; none where there is no PT_DYNAMIC.
    ///
    /// The loader finds them by address and stops at DT_NULL, so both must be there.
    pub fn read(memory: &Memory<'_>, segments: &[Segment]) -> Result<Self, Error> {
        const NAME: &str = "the dynamic section";
        let Some(segment) = segments.iter().find(|segment| segment.kind == PT_DYNAMIC) else {
            return Ok(Self::default());
        };
        let (offset, end) = memory.locate(segment.address, NAME)?;
        let length = segment.file_size.min(end - offset).min(MAX_SIZE);
        let bytes = exact(memory.file, offset, length, NAME)?;
        let mut entries = parse(&bytes, memory)?;
        match entries.pop() {
            Some(last) if last.d_tag == DT_NULL => Ok(Self(entries)),
            _ => Err(Error::damaged(format!("{NAME} has no end"))),
        }
    }

    /// The value of the last entry with `tag`, as the loader keeps it.
    pub fn last(&self, tag: u64) -> Option<u64> {
        self.all(tag).last()
    }

    /// The values of all entries with `tag`, in order.
    pub fn all(&self, tag: u64) -> impl Iterator<Item = u64> {
        self.0.iter().filter(move |entry| entry.d_tag == tag).map(|entry| entry.d_val)
    }

    /// The string table.
    pub fn string_table<'a>(&self, memory: &Memory<'a>) -> Result<Strings<'a>, Error> {
        Strings::new(memory, self.last(DT_STRTAB))
    }

    /// The strings of all entries with `tag`, in order.
    pub fn all_strings(&self, tag: u64, name: &str, strings: &mut Strings<'_>) -> Result<Vec<Bytes>, Error> {
        self.all(tag).map(|index| strings.get(index, name)).collect()
    }

    /// The string of the last entry with `tag`.
    pub fn last_string(&self, tag: u64, name: &str, strings: &mut Strings<'_>) -> Result<Option<Bytes>, Error> {
        self.last(tag).map(|index| strings.get(index, name)).transpose()
    }
}

fn parse(bytes: &[u8], memory: &Memory<'_>) -> Result<Vec<Dyn>, Error> {
    // goblin wants to find the bytes by a program header; this one says: here they are.
    let here = ProgramHeader { p_type: PT_DYNAMIC, p_filesz: bytes.len() as u64, ..ProgramHeader::default() };
    let dynamic = Dynamic::parse(bytes, &[here], memory.format.context())
        .map_err(|error| Error::damaged(format!("its dynamic section: {error}")))?;
    Ok(dynamic.map(|dynamic| dynamic.dyns).unwrap_or_default())
}
