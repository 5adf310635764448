//! Why something is opened when the program runs, and so what it means where it is not there.

use super::error::Error;
use crate::elf::{DlopenNote, Priority};
use crate::events::{Diagnostic, LeftOut, Warning};
use crate::resolve::LoadError;
use std::path::PathBuf;

/// Why something is opened later, which decides what it means that it cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// glibc opens it in the middle of ending a thread, and aborts without it.
    Unwinder,
    /// `--lib`.
    Asked,
    /// A note of an object tells of it.
    Note(DlopenNote, String),
    /// The user added it.
    Added(PathBuf),
    /// It came with evidence.
    Brought(String),
}

impl Opened {
    /// Tells that `load_error` keeps it from being opened.
    pub fn unmet(
        &self,
        load_error: &LoadError,
        warnings: &mut Vec<Warning>,
        left_out: &mut Vec<LeftOut>,
        errors: &mut Vec<Error>,
    ) {
        let what = match load_error {
            LoadError::Missing(missing) => String::from_utf8_lossy(&missing.soname).into_owned(),
            other => other.to_string(),
        };
        let warning = |code, message: String, hint: &str| Warning {
            code,
            message,
            details: load_error.details(),
            hint: hint.to_owned(),
        };
        match self {
            Self::Unwinder => warnings.push(warning(
                "missing-later",
                format!("`{what}` is opened when a thread ends, and is not there"),
                "install the package `libgcc-s1`, or name the directory that holds it with `--library-path DIR`",
            )),
            Self::Asked => errors.push(Error::Resolve { load_error: load_error.clone(), hint: None }),
            Self::Note(note, object) if note.priority == Priority::Required => {
                let hint = format!(
                    "`{object}` tells that it opens it when it runs; `--dlopen none` leaves it out, and the program may not work"
                );
                errors.push(Error::Resolve { load_error: load_error.clone(), hint: Some(hint) });
            }
            Self::Note(note, object) => {
                let feature = note.feature.as_ref().map_or(String::new(), |feature| format!(", for `{feature}`"));
                warnings.push(warning(
                    "missing-dlopen",
                    format!("`{object}` opens `{what}` when it runs{feature}, and it is not here"),
                    "install it, or say `--dlopen required` to pack without",
                ));
            }
            Self::Added(path) => warnings.push(warning(
                "missing-for-added",
                format!("`{what}` is needed by `{}`, which was added, and is not here", path.display()),
                "name the directory that holds it with `--library-path DIR`",
            )),
            Self::Brought(because) => {
                let why = format!("something that came in needs it ({because}), and it is not on this machine");
                left_out.push(LeftOut { what, why });
            }
        }
    }
}
