//! Why a file cannot be read as an ELF file.
//!
//! The messages do not name the file: who asked knows by which name it was asked for.

use crate::events::Diagnostic;
use std::io;

/// Why a file cannot be read as an ELF file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system does not give the bytes.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// The file does not begin with ELF's magic number, or is empty.
    #[error("is not an ELF file")]
    NotElf,
    /// A header promises bytes behind the end of the file.
    #[error("is cut off: {what} would end at byte {end}, and the file has {size}")]
    Truncated {
        /// What lies outside.
        what: String,
        /// Where it would end.
        end: u64,
        /// How many bytes there are.
        size: u64,
    },
    /// A header or table contradicts itself or the file.
    #[error("is damaged: {what}")]
    Damaged {
        /// What is wrong, as a sentence.
        what: String,
    },
}

impl Error {
    /// A contradiction, in words.
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// `what` lies at least partly outside of a file with `size` bytes.
    pub(super) fn truncated(what: impl Into<String>, offset: u64, length: u64, size: u64) -> Self {
        Self::Truncated { what: what.into(), end: offset.saturating_add(length), size }
    }
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "unreadable",
            Self::NotElf => "no-elf",
            Self::Truncated { .. } => "truncated",
            Self::Damaged { .. } => "damaged",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Io(_) => "check that the file exists and may be read",
            Self::NotElf => "name a program that a compiler made for Linux",
            Self::Truncated { .. } => "copy or build the file again: a part of it is missing",
            Self::Damaged { .. } => "build the file again",
        }
        .to_owned()
    }
}
