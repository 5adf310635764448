//! The tables that an ELF file begins and ends with, read once for all that goes through the whole file.

use super::{Error, Header, Section, Segment, header, sections, segments};
use crate::bytes::ReadAt;

/// The ELF header, the program headers and the section table of one file.
pub struct Tables {
    /// The ELF header.
    pub header: Header,
    /// The program headers.
    pub segments: Vec<Segment>,
    /// The section table; `None` where there is none that fits the file.
    pub sections: Option<Vec<Section>>,
}

impl Tables {
    /// Reads all three.
    pub fn read(file: &dyn ReadAt) -> Result<Self, Error> {
        Self::behind(header(file)?, file)
    }

    /// Reads the others, of a file whose header is known.
    pub fn behind(header: Header, file: &dyn ReadAt) -> Result<Self, Error> {
        let segments = segments(file, &header)?;
        Ok(Self { header, segments, sections: sections(file, header.machine) })
    }
}
