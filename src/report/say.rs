//! The conversation: text on standard error.

use std::io::{self, Write as _};

/// Prints a text of the conversation.
pub fn say(text: &[u8]) {
    // An error of standard error has no place where it could be told.
    let _ = io::stderr().lock().write_all(text);
}
