//! Errors of evidence.

use super::{certificates, gconv, locales, tzdata};
use crate::events::Diagnostic;
use std::io;

/// Why evidence cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An object cannot be read.
    #[error("cannot read `{object}`")]
    Unreadable {
        /// The object's name for messages.
        object: String,
        /// The error of the system.
        source: io::Error,
    },
    /// Certificates cannot go in.
    #[error(transparent)]
    Certificates(#[from] certificates::Error),
    /// A time zone cannot go in.
    #[error(transparent)]
    Zones(#[from] tzdata::Error),
    /// The machine does not have a locale.
    #[error(transparent)]
    Locales(#[from] locales::NoLocale),
    /// The machine does not have a converter.
    #[error(transparent)]
    Converters(#[from] gconv::NoConverter),
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Certificates(error) => error.code(),
            Self::Zones(error) => error.code(),
            Self::Locales(error) => error.code(),
            Self::Converters(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } | Self::Locales(_) | Self::Converters(_) => Vec::new(),
            Self::Certificates(error) => error.details(),
            Self::Zones(error) => error.details(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => String::new(),
            Self::Certificates(error) => error.hint(),
            Self::Zones(error) => error.hint(),
            Self::Locales(error) => error.hint(),
            Self::Converters(error) => error.hint(),
        }
    }
}
