//! Why the tree cannot be built.

use super::check::Misplaced;
use super::{Conflict, add, users};
use crate::events::Diagnostic;

/// Why the tree cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the user adds cannot be added.
    #[error(transparent)]
    Add(#[from] add::Error),
    /// The user who is to run the program is unknown.
    #[error(transparent)]
    User(#[from] users::Error),
    /// The loader would not find a library at its place in the tree.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// The program, a library, or a directory asked for wants the path of something else.
    #[error("`{}` cannot hold {wanted}, because something else is there", conflict.path)]
    Taken {
        /// The thing that wants the path, with its article.
        wanted: String,
        /// Both things that want the path.
        conflict: Conflict,
        /// A sentence that says what to do about the conflict.
        hint: &'static str,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Add(error) => error.code(),
            Self::User(error) => error.code(),
            Self::Misplaced(_) => "misplaced-library",
            Self::Taken { .. } => "conflict",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Add(error) => error.details(),
            Self::User(error) => error.details(),
            Self::Misplaced(wrong) => vec![format!(
                "here it is `{}`, there {}",
                wrong.here.display(),
                wrong.there.as_ref().map_or("nothing".to_owned(), |there| format!("`{}`", there.display()))
            )],
            Self::Taken { conflict, .. } => vec![conflict.there.clone(), conflict.wanted.clone()],
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Add(error) => error.hint(),
            Self::User(error) => error.hint(),
            Self::Misplaced(_) => {
                "leave out `--path` and `--add` where they touch its directories; else name its directory with `--library-path DIR`".to_owned()
            }
            Self::Taken { hint, .. } => (*hint).to_owned(),
        }
    }

    fn is_usage_error(&self) -> bool {
        matches!(self, Self::User(_))
    }
}
