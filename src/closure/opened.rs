//! Why a library is opened when the program runs, and so how serious it is if it cannot be.

use super::error::Error;
use crate::elf::{DlopenNote, Priority};
use crate::events::{Diagnostic, LeftOut, Warning};
use crate::resolve::LoadError;
use std::path::PathBuf;

/// Why a library is opened when the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// glibc opens it while it ends a thread, and aborts without it.
    Unwinder,
    /// The user names it with `--lib`.
    Asked,
    /// This variable of the image names it for the loader.
    Preloaded(&'static str),
    /// A dlopen note has it, in the object of this name.
    Note(DlopenNote, String),
    /// The user adds it, from this path of the host.
    Added(PathBuf),
    /// Evidence brings it, for this reason.
    Brought(String),
}

impl Opened {
    /// Adds `load_error` to one of the lists: an error, a warning, or a library that is left out.
    pub fn tell_unmet(
        &self,
        load_error: &LoadError,
        warnings: &mut Vec<Warning>,
        left_out: &mut Vec<LeftOut>,
        errors: &mut Vec<Error>,
    ) {
        let what = load_error.subject();
        let is_missing = matches!(load_error, LoadError::Missing(_));
        let state = if is_missing { "is not on this machine" } else { "cannot be loaded" };
        let warning = |code, message: String, hint: &str| {
            let sentence = (!is_missing).then(|| load_error.to_string());
            let details = sentence.into_iter().chain(load_error.details()).collect();
            Warning { code, message, details, hint: hint.to_owned() }
        };
        match self {
            Self::Unwinder => warnings.push(warning(
                "missing-later",
                format!("`{what}` is opened when a thread ends, and {state}"),
                "install the package `libgcc-s1`, or name the directory that holds it with `--library-path DIR`",
            )),
            Self::Asked => errors.push(Error::Resolve { load_error: load_error.clone(), hint: None }),
            Self::Preloaded(variable) => warnings.push(warning(
                "missing-preload",
                format!("`-e {variable}` names `{what}`, which {state}"),
                "name the directory that holds it with `--library-path DIR`; the loader goes on without it",
            )),
            Self::Note(note, object) if note.priority == Priority::Required => {
                let hint = format!(
                    "`{object}` says that it opens it when it runs; `--dlopen none` leaves it out, and the program may not work"
                );
                errors.push(Error::Resolve { load_error: load_error.clone(), hint: Some(hint) });
            }
            Self::Note(note, object) => {
                let feature = note.feature.as_ref().map_or(String::new(), |feature| format!(", for `{feature}`"));
                warnings.push(warning(
                    "missing-dlopen",
                    format!("`{object}` opens `{what}` when it runs{feature}, and that {state}"),
                    "install it, or use `--dlopen required` to pack without it",
                ));
            }
            Self::Added(path) => warnings.push(warning(
                "missing-for-added",
                format!("`{what}` is needed by the added `{}`, and {state}", path.display()),
                "name the directory that holds it with `--library-path DIR`",
            )),
            Self::Brought(because) => {
                let why = format!("needed by something that came in ({because}), and {state}");
                left_out.push(LeftOut { what, why });
            }
        }
    }
}
