//! What a file carries that nobody may move or drop.

use crate::bytes::ReadAt;
use crate::elf::{self, Tables};
use std::io;

/// What `file` carries that nobody may move or drop, as a sentence.
pub fn carries(file: &dyn ReadAt, tables: &Tables) -> io::Result<Option<String>> {
    if let Some(overlay) = elf::overlay(file, tables)? {
        let kind = overlay.kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        return Ok(Some(format!("it has data behind its last section{kind}")));
    }
    Ok(elf::payload(file, tables)?.map(|kind| format!("it carries data of its own ({kind})")))
}
