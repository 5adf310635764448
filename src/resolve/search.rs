//! The one loop that runs the steps of a search.

use super::candidate::Candidate;
use super::outcome::LoadError;
use super::roots::CachedRoots;
use super::rule::FoundBy;
use super::rules::Rules;
use super::skipped::Skipped;
use super::step::{Lookup, SearchStep};
use super::trail::SearchTrail;
use crate::files::{Place, Walk};

/// What a search came to.
pub struct Searched {
    /// The answer.
    pub outcome: SearchOutcome,
    /// What was skipped before it.
    pub skipped: Vec<Skipped>,
}

/// The answer of a search.
pub enum SearchOutcome {
    /// A library.
    Found(Box<Answer>),
    /// Nothing, and where it was looked for.
    Nowhere(Vec<String>),
    /// The loader gives up at this file, and why.
    Unusable(Place, String),
    /// The loader gives up at the name.
    Stopped(LoadError),
}

/// A library that was found.
pub struct Answer {
    /// Its file.
    pub candidate: Candidate,
    /// The rule that led to it.
    pub found_by: FoundBy,
    /// Files that newer processors get in its place.
    pub hwcaps: Vec<(Place, Walk)>,
    /// Whether older processors find no library of that name.
    pub is_for_newer: bool,
}

/// A search tells of no more skipped rungs than these, but for those that are worth a warning: a long line of objects
/// may have as many.
const MOST_SKIPPED: usize = 16;

/// Follows `steps` until one leads to a library for `name`, or the loader gives up.
pub fn search(
    rules: &Rules,
    roots: &CachedRoots<'_>,
    name: &[u8],
    steps: impl Iterator<Item = SearchStep>,
) -> Searched {
    let mut trail = SearchTrail::default();
    let (mut followed, mut skipped) = (Vec::new(), Vec::new());
    for step in steps {
        match step.lookup {
            Lookup::Skip(why) => {
                let one = Skipped { rule: step.rule, why };
                if skipped.len() < MOST_SKIPPED || one.warning().is_some() {
                    skipped.push(one);
                }
            }
            Lookup::Stop(load_error) => return Searched { outcome: SearchOutcome::Stopped(load_error), skipped },
            _ => match rules.follow(roots, name, &step, &mut trail) {
                Ok(None) => followed.push((step, std::mem::take(&mut trail.unreadable))),
                Ok(Some(answer)) => return Searched { outcome: found(answer, trail, false), skipped },
                Err((place, why)) => return Searched { outcome: SearchOutcome::Unusable(place, why), skipped },
            },
        }
    }
    // The last one that was found asks least of the processor.
    let outcome = if let Some(answer) = trail.hwcaps.pop() {
        found(answer, trail, true)
    } else {
        let told = |(step, unreadable)| rules.followed(&step).into_iter().chain(unreadable);
        SearchOutcome::Nowhere(followed.into_iter().flat_map(told).collect())
    };
    Searched { outcome, skipped }
}

fn found((candidate, found_by): (Candidate, FoundBy), trail: SearchTrail, is_for_newer: bool) -> SearchOutcome {
    let hwcaps = trail.hwcaps.into_iter().map(|(candidate, _)| (candidate.place, candidate.walk)).collect();
    SearchOutcome::Found(Box::new(Answer { candidate, found_by, hwcaps, is_for_newer }))
}
