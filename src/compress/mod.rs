//! The pinned encoders of layers.

/// How layers are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// The plain tar.
    None,
    /// gzip by libdeflate, in parts.
    Gzip {
        /// 1 to 12.
        level: u8,
    },
}

impl Default for Compression {
    fn default() -> Self {
        Self::Gzip { level: 4 }
    }
}
