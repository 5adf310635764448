//! The ELF header.
//!
//! [`Header`] is read alone where nothing else may be asked of a file: a loader compares it before it
//! takes a library, and a core file or an object file has nothing else that is needed here.

use super::format::WordFormat;
use super::{Error, Machine};
use crate::bytes::ReadAt;
use goblin::elf::{Elf, header};

/// What the ELF header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The machine it is for.
    pub machine: Machine,
    /// `e_type`: 1 `ET_REL`, 2 `ET_EXEC`, 3 `ET_DYN`, 4 `ET_CORE`.
    pub kind: u16,
    /// `e_version`; the only one there is is 1.
    pub version: u32,
    /// `e_ident[EI_OSABI]`.
    pub os_abi: u8,
    /// `e_ident[EI_ABIVERSION]`.
    pub abi_version: u8,
    /// `e_entry`.
    pub entry: u64,
    /// `e_phoff`.
    pub program_headers: u64,
    /// `e_phentsize`.
    pub program_header_size: u16,
    /// `e_phnum`.
    pub program_header_count: u16,
    /// `e_shoff`; 0 where there is no section table.
    pub sections: u64,
    /// `e_shentsize`.
    pub section_size: u16,
    /// `e_shnum`; 0 also where there are too many for the field.
    pub section_count: u16,
    /// `e_shstrndx`: the number of the section that holds the sections' names.
    pub section_names: u16,
}

impl Header {
    /// Word size and byte order.
    pub(super) fn format(&self) -> WordFormat {
        WordFormat::new(self.machine)
    }

    /// How many bytes the header itself has.
    pub fn size(&self) -> u64 {
        if self.machine.is_64 { 64 } else { 52 }
    }

    /// Where the program headers end.
    pub fn program_headers_end(&self) -> u64 {
        let length = u64::from(self.program_header_size) * u64::from(self.program_header_count);
        if length == 0 { self.size() } else { self.program_headers.saturating_add(length) }
    }
}

/// Reads the ELF header, and nothing else of the file.
pub fn header(file: &dyn ReadAt) -> Result<Header, Error> {
    let bytes = file.bytes_at(0, 64)?;
    if !bytes.starts_with(header::ELFMAG) {
        return Err(Error::NotElf);
    }
    let length = match bytes.get(header::EI_CLASS) {
        Some(&header::ELFCLASS32) => 52,
        Some(&header::ELFCLASS64) | None => 64,
        Some(class) => return Err(Error::damaged(format!("its class is {class}, neither 32-bit (1) nor 64-bit (2)"))),
    };
    if bytes.len() < length {
        return Err(Error::truncated("the ELF header", 0, length as u64, file.size()));
    }
    let data = bytes[header::EI_DATA];
    if data != header::ELFDATA2LSB && data != header::ELFDATA2MSB {
        return Err(Error::damaged(format!("its byte order is {data}, neither little-endian (1) nor big-endian (2)")));
    }
    let raw = Elf::parse_header(&bytes).map_err(|error| Error::damaged(format!("its header: {error}")))?;
    Ok(widen(&raw))
}

fn widen(raw: &header::Header) -> Header {
    Header {
        machine: Machine {
            is_64: raw.e_ident[header::EI_CLASS] == header::ELFCLASS64,
            big_endian: raw.e_ident[header::EI_DATA] == header::ELFDATA2MSB,
            machine: raw.e_machine,
            flags: raw.e_flags,
        },
        kind: raw.e_type,
        version: raw.e_version,
        os_abi: raw.e_ident[header::EI_OSABI],
        abi_version: raw.e_ident[header::EI_ABIVERSION],
        entry: raw.e_entry,
        program_headers: raw.e_phoff,
        program_header_size: raw.e_phentsize,
        program_header_count: raw.e_phnum,
        sections: raw.e_shoff,
        section_size: raw.e_shentsize,
        section_count: raw.e_shnum,
        section_names: raw.e_shstrndx,
    }
}
