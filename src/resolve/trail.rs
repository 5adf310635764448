//! What a search has come to while it goes on.

use super::candidate::{Candidate, NotTaken};
use super::rule::FoundBy;
use crate::files::Place;

/// What a step of a search came to: a file and the rule that led to it, nothing, or the place of a file at which the
/// loader gives up, and why.
pub type StepOutcome = Result<Option<(Candidate, FoundBy)>, (Place, String)>;

/// What a search found beside its answer.
#[derive(Default)]
pub struct SearchTrail {
    /// Files for newer processors only, the best first.
    pub hwcaps: Vec<(Candidate, FoundBy)>,
    /// In words, the files that are there and cannot be read.
    pub unreadable: Vec<String>,
}

/// What it means for a step that `place` was looked at.
pub fn step_outcome(
    looked: Result<Candidate, NotTaken>,
    place: Place,
    found_by: impl FnOnce() -> FoundBy,
) -> StepOutcome {
    match looked {
        Ok(candidate) => Ok(Some((candidate, found_by()))),
        Err(NotTaken::Fatal(why)) => Err((place, why)),
        Err(NotTaken::SteppedOver | NotTaken::ListEnds) => Ok(None),
    }
}
