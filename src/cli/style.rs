//! How the answer is wanted, as flags and environment say.

use super::flags::{ColorWord, StyleFlags};
use crate::report::OutputStyle;
use std::ffi::OsString;

impl StyleFlags {
    /// The style, with what NO_COLOR and TERM say where no flag does.
    pub fn style(&self) -> OutputStyle {
        let color = match self.color {
            ColorWord::Auto => None,
            ColorWord::Always => Some(true),
            ColorWord::Never => Some(false),
        };
        // Any value but none at all (no-color.org).
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        OutputStyle {
            json: self.json,
            quiet: self.quiet,
            verbose: self.verbose,
            color: color.or((!wanted || dumb).then_some(false)),
        }
    }
}

/// The style, where the words as a whole cannot be read.
pub fn style_of_words() -> OutputStyle {
    let words: Vec<OsString> = std::env::args_os().take_while(|word| word != "--").collect();
    let color = |value: &str| {
        let together = format!("--color={value}");
        words.iter().any(|word| *word == *together)
            || words.windows(2).any(|two| two[0] == "--color" && two[1] == *value)
    };
    let color = if color("never") {
        ColorWord::Never
    } else if color("always") {
        ColorWord::Always
    } else {
        ColorWord::Auto
    };
    let json = words.iter().any(|word| word == "--json");
    StyleFlags { json, quiet: false, verbose: false, color }.style()
}
