//! What is wrong with an image that is read back; each error names the file or the blob.

use crate::events::Diagnostic;
use std::io;

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system does not give the bytes.
    #[error("cannot read {what}")]
    Unreadable {
        /// The file or the blob, in backticks.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// The temporary directory has no room for what is unpacked.
    #[error("cannot unpack {what} in the temporary directory")]
    Unpack {
        /// The file or the blob.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// A blob that a document names is not there.
    #[error("{what} is not in the image")]
    Absent {
        /// The blob, and what it is.
        what: String,
        /// What names it.
        named_by: String,
    },
    /// Bytes that are not those that their digest names.
    #[error("{what} is damaged: its digest is {found}")]
    Digest {
        /// The blob, and what it is.
        what: String,
        /// What the bytes are.
        found: String,
    },
    /// A file or blob does not have the form that it must have.
    #[error("{what} {why}")]
    Malformed {
        /// The file or the blob, and what it is.
        what: String,
        /// What is wrong, with a verb.
        why: String,
    },
    /// Larger than anything of its kind; more would be read than memory or disk should hold.
    #[error("{what} {why}")]
    TooLarge {
        /// The file or the blob, and what it is.
        what: String,
        /// In which way, with a verb.
        why: String,
    },
    /// A layer is compressed in a way that is not known here.
    #[error("{what} is compressed with {method}, which pack does not read")]
    Compression {
        /// The blob, and what it is.
        what: String,
        /// `zstd`, `xz`, …
        method: &'static str,
    },
    /// The file is well-formed and does not hold an image of a program.
    #[error("`{given}` does not hold an image: {why}")]
    NoImage {
        /// The file, as it was given.
        given: String,
        /// What there is.
        why: String,
    },
    /// No image for the platform that was asked for.
    #[error("`{given}` has no image for `{asked}`")]
    NoPlatform {
        /// The file, as it was given.
        given: String,
        /// What was asked for.
        asked: String,
        /// What there is.
        there: Vec<String>,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::Unpack { .. } => "cannot-unpack",
            Self::Absent { .. } => "missing-blob",
            Self::Digest { .. } => "wrong-digest",
            Self::Malformed { .. } => "damaged-image",
            Self::TooLarge { .. } => "too-large",
            Self::Compression { .. } => "unknown-compression",
            Self::NoImage { .. } => "no-image",
            Self::NoPlatform { .. } => "no-such-platform",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Absent { named_by, .. } => vec![format!("{named_by} names it")],
            Self::NoPlatform { there, .. } => vec![format!("it has: {}", there.join(", "))],
            _ => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Absent { .. } | Self::Digest { .. } | Self::Malformed { .. } => {
                "write or copy the image again: engines would refuse it too".to_owned()
            }
            Self::Unpack { .. } => "make room there, or name another one with the variable TMPDIR".to_owned(),
            Self::Compression { .. } => {
                "copy it with other layers: `skopeo copy --dest-compress-format gzip FROM oci:DIR`".to_owned()
            }
            Self::NoPlatform { there, .. } => {
                there.first().map(|first| format!("name one that it has: `--platform {first}`")).unwrap_or_default()
            }
            Self::Unreadable { .. } | Self::TooLarge { .. } | Self::NoImage { .. } => String::new(),
        }
    }

    fn is_usage_error(&self) -> bool {
        matches!(self, Self::NoPlatform { .. })
    }
}
