//! ELF files made by hand, for tests: of any class and byte order, and as wrong as a test wants them.

use super::writer::{BASE, ElfWriter};
use crate::elf::format::WordFormat;
use goblin::elf::dynamic::{DT_NULL, DT_STRTAB};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NOTE};

pub(super) const LE64: WordFormat = WordFormat { is_64: true, big_endian: false };
pub(super) const BE64: WordFormat = WordFormat { is_64: true, big_endian: true };
pub(super) const LE32: WordFormat = WordFormat { is_64: false, big_endian: false };
pub(super) const BE32: WordFormat = WordFormat { is_64: false, big_endian: true };

/// What stands behind a tag of the dynamic section.
pub(super) enum Value {
    Number(u64),
    Text(&'static [u8]),
    /// Bytes that go into the file; the value is their address.
    Table(Vec<u8>),
}

/// Everything that goes into one file. It has one segment that is read and executed, and one that is written.
pub(super) struct ElfImage {
    pub format: WordFormat,
    pub machine: u16,
    pub flags: u32,
    pub kind: u16,
    pub os_abi: u8,
    pub entry: u64,
    pub loader: Option<&'static [u8]>,
    /// The dynamic section, without DT_STRTAB and DT_NULL; there is none where it is empty.
    pub dynamic: Vec<(u64, Value)>,
    /// Strings at known places of the string table: it begins with these.
    pub strings: &'static [u8],
    pub notes: Vec<u8>,
    pub code: Vec<u8>,
    pub data: Vec<u8>,
    /// Name, type, flags and contents.
    pub sections: Vec<(&'static str, u32, u64, Vec<u8>)>,
    pub overlay: Vec<u8>,
}

impl Default for ElfImage {
    fn default() -> Self {
        Self {
            format: LE64,
            machine: 62,
            flags: 0,
            kind: 2,
            os_abi: 0,
            entry: BASE,
            loader: None,
            dynamic: Vec::new(),
            strings: b"\0",
            notes: Vec::new(),
            code: b"code".to_vec(),
            data: Vec::new(),
            sections: Vec::new(),
            overlay: Vec::new(),
        }
    }
}

impl ElfImage {
    pub fn new(format: WordFormat) -> Self {
        Self { format, ..Self::default() }
    }

    fn sizes(&self) -> (usize, usize, usize) {
        if self.format.is_64 { (64, 56, 64) } else { (52, 32, 40) }
    }

    /// How many program headers there are.
    fn count(&self) -> usize {
        2 + usize::from(self.loader.is_some())
            + usize::from(!self.dynamic.is_empty())
            + usize::from(!self.notes.is_empty())
    }

    /// The file.
    pub fn build(&self) -> Vec<u8> {
        let (header, program_header, _) = self.sizes();
        let mut body = Body { start: header + program_header * self.count(), bytes: Vec::new() };
        let mut headers = ElfWriter::new(self.format);
        if let Some(loader) = self.loader {
            let offset = body.put(loader);
            headers.header(PT_INTERP, 4, offset, loader.len() as u64);
        }
        if !self.notes.is_empty() {
            let offset = body.put(&self.notes);
            headers.header(PT_NOTE, 4, offset, self.notes.len() as u64);
        }
        if !self.dynamic.is_empty() {
            let section = self.dynamic_section(&mut body);
            let offset = body.put(&section);
            headers.header(PT_DYNAMIC, 4, offset, section.len() as u64);
        }
        body.put(&self.code);
        let end = body.end();
        headers.header(PT_LOAD, 5, 0, end);
        let offset = body.put(&self.data);
        headers.header(PT_LOAD, 6, offset, self.data.len() as u64);
        let (table, count) = self.section_table(&mut body);
        let mut file = self.header(table, count);
        file.extend(headers.bytes);
        file.extend(body.bytes);
        file.extend(&self.overlay);
        file
    }

    fn dynamic_section(&self, body: &mut Body) -> Vec<u8> {
        let mut strings = self.strings.to_vec();
        let mut section = ElfWriter::new(self.format);
        for (tag, value) in &self.dynamic {
            section.word(*tag);
            section.word(match value {
                Value::Number(number) => *number,
                Value::Table(bytes) => BASE + body.put(bytes),
                Value::Text(text) => {
                    strings.extend(*text);
                    strings.push(0);
                    (strings.len() - text.len() - 1) as u64
                }
            });
        }
        section.word(DT_STRTAB);
        section.word(BASE + body.put(&strings));
        section.word(DT_NULL);
        section.word(0);
        section.bytes
    }

    /// Where the section table is, and how many sections there are.
    fn section_table(&self, body: &mut Body) -> (u64, u16) {
        if self.sections.is_empty() {
            return (0, 0);
        }
        let mut names = b"\0.shstrtab\0".to_vec();
        let mut table = ElfWriter::new(self.format);
        table.bytes.extend(vec![0; self.sizes().2]);
        for (name, kind, flags, contents) in &self.sections {
            let place = u32::try_from(names.len()).unwrap();
            names.extend(name.as_bytes());
            names.push(0);
            let offset = body.put(contents);
            section_header(&mut table, place, *kind, *flags, offset, contents.len() as u64);
        }
        let offset = body.put(&names);
        section_header(&mut table, 1, 3, 0, offset, names.len() as u64);
        (body.put(&table.bytes), u16::try_from(self.sections.len() + 2).unwrap())
    }

    fn header(&self, sections: u64, count: u16) -> Vec<u8> {
        let (header, program_header, section_header) = self.sizes();
        let short = |size: usize| u16::try_from(size).unwrap();
        let mut writer = ElfWriter::new(self.format);
        writer.bytes.extend(b"\x7fELF");
        writer.bytes.extend([1 + u8::from(self.format.is_64), 1 + u8::from(self.format.big_endian), 1, self.os_abi]);
        writer.bytes.extend([0; 8]);
        writer.u16(self.kind);
        writer.u16(self.machine);
        writer.u32(1);
        writer.word(self.entry);
        writer.word(header as u64);
        writer.word(sections);
        writer.u32(self.flags);
        for size in [short(header), short(program_header), short(self.count()), short(section_header), count] {
            writer.u16(size);
        }
        writer.u16(count.saturating_sub(1));
        writer.bytes
    }
}

fn section_header(table: &mut ElfWriter, name: u32, kind: u32, flags: u64, offset: u64, size: u64) {
    table.u32(name);
    table.u32(kind);
    for word in [flags, 0, offset, size] {
        table.word(word);
    }
    table.u32(0);
    table.u32(0);
    table.word(1);
    table.word(0);
}

/// What stands behind the headers.
struct Body {
    start: usize,
    bytes: Vec<u8>,
}

impl Body {
    fn end(&self) -> u64 {
        (self.start + self.bytes.len()) as u64
    }

    /// Adds bytes on a 16-byte boundary, and tells where they are in the file.
    fn put(&mut self, bytes: &[u8]) -> u64 {
        let end = self.start + self.bytes.len();
        self.bytes.resize(end.next_multiple_of(16) - self.start, 0);
        let offset = self.end();
        self.bytes.extend(bytes);
        offset
    }
}

/// Writes `bytes` over those at `at`.
pub(super) fn patch(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}
