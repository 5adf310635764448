//! Room for the bytes of a part, used again for one part after the other.

use super::parts::TarPart;
use crate::compress::Encoder;
use std::io;

/// Room for a part, uncompressed and compressed. Neither is made shorter, so that nothing is wiped twice.
#[derive(Default)]
pub struct Slot {
    /// The uncompressed bytes.
    pub uncompressed: Vec<u8>,
    compressed: Vec<u8>,
}

/// A part that can be written.
pub struct ReadyPart {
    /// Which one.
    pub part: TarPart,
    /// The bytes.
    pub slot: Slot,
    /// How many of the compressed bytes there are; `None`: the uncompressed ones are written.
    compressed: Option<usize>,
}

impl ReadyPart {
    /// Compresses the part that was read into `slot`, where there is an encoder.
    pub fn new(part: TarPart, mut slot: Slot, encoder: Option<&mut Encoder>) -> io::Result<Self> {
        let uncompressed = &slot.uncompressed[..part.size];
        let compressed = encoder.map(|encoder| encoder.part(uncompressed, &mut slot.compressed)).transpose()?;
        Ok(Self { part, slot, compressed })
    }

    /// The bytes of the blob.
    pub fn bytes(&self) -> &[u8] {
        match self.compressed {
            Some(used) => &self.slot.compressed[..used],
            None => &self.slot.uncompressed[..self.part.size],
        }
    }
}
