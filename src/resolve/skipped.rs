//! What a search passes over although the files name it, and why.

use super::rule::SearchRule;
use crate::events::Warning;
use std::fmt;
use std::path::PathBuf;

/// A rung of a search, or a part of one, that the loader skips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The rule that would have led there.
    pub rule: SearchRule,
    /// Why the loader does not follow it.
    pub why: SkipReason,
}

/// Why a loader skips a rung of its search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// The DT_RUNPATH of this object silences DT_RPATH.
    Silenced(String),
    /// A DT_RUNPATH counts only for what its own object needs.
    NotInherited,
    /// This part has `$ORIGIN`, in a program that runs with elevated privileges.
    Untrusted(String),
    /// This part is relative, or empty.
    Relative(String),
    /// This text of an object has `$PLATFORM`, whose rare values are not tried.
    RarePlatforms(String, String),
    /// musl ignores a list with a token that it does not know.
    UnknownToken,
    /// This object is linked with DF_1_NODEFLIB.
    NoDefaults(String),
    /// No cache can be read at this path.
    NoCache(PathBuf),
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = &self.rule;
        match &self.why {
            SkipReason::Silenced(object) => write!(f, "{rule}, silenced by the RUNPATH of `{object}`"),
            SkipReason::NotInherited => write!(f, "{rule}, which its libraries do not inherit"),
            SkipReason::Untrusted(part) => {
                write!(f, "`{part}` in the {rule}, not trusted in a program that runs with elevated privileges")
            }
            SkipReason::Relative(part) if part.is_empty() => {
                write!(f, "an empty part of the {rule}, which stands for the directory that the program is started in")
            }
            SkipReason::Relative(part) => {
                write!(f, "`{part}` in the {rule}, relative to the directory that the program is started in")
            }
            SkipReason::RarePlatforms(text, object) => {
                write!(f, "rare values of `$PLATFORM` in `{text}` of `{object}`")
            }
            SkipReason::UnknownToken => write!(f, "{rule}, which has a token that musl does not know"),
            SkipReason::NoDefaults(object) => {
                write!(f, "default directories, and what the cache has below them: `{object}` has DF_1_NODEFLIB")
            }
            SkipReason::NoCache(path) => write!(f, "`{}`, which is absent or damaged", path.display()),
        }
    }
}

impl Skipped {
    /// Whether an object is the reason, and not the root, in which it is the same for all.
    pub fn is_by_object(&self) -> bool {
        !matches!(self.why, SkipReason::NoCache(_))
    }

    /// What the user should know, where the program was probably meant to work otherwise.
    pub(super) fn warning(&self) -> Option<Warning> {
        let rule = &self.rule;
        let (code, message, hint) = match &self.why {
            SkipReason::Untrusted(part) => (
                "secure-origin",
                format!("`{part}` in the {rule} will not count: the program runs with elevated privileges"),
                "the loader ignores `$ORIGIN` in such a program; link it with absolute directories",
            ),
            SkipReason::Relative(part) => {
                let part = if part.is_empty() { "an empty part".to_owned() } else { format!("the relative `{part}`") };
                (
                    "relative-directory",
                    format!("the {rule} has {part}, which depends on the directory that the program is started in"),
                    "pack does not look there; link it again with absolute directories, or with `$ORIGIN`",
                )
            }
            SkipReason::RarePlatforms(text, object) => (
                "platform-token",
                format!("`{text}` of `{object}` depends on the processor"),
                "pack tries the common values of `$PLATFORM` one after the other",
            ),
            _ => return None,
        };
        Some(Warning { code, message, details: Vec::new(), hint: hint.to_owned() })
    }
}
