//! The one loop that runs the steps of a search.

use super::candidate::{Candidate, CandidateOutcome};
use super::outcome::LoadError;
use super::roots::CachedRoots;
use super::rule::FoundBy;
use super::rules::Rules;
use super::skipped::Skipped;
use super::step::{Lookup, SearchStep};
use super::trail::{SearchTrail, StepOutcome};
use crate::events::Warning;
use crate::files::{Place, Walk};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// What a search came to.
pub struct Searched {
    /// The answer.
    pub outcome: SearchOutcome,
    /// What was skipped before it.
    pub skipped: Vec<Skipped>,
    /// What should be known.
    pub warnings: Vec<Warning>,
}

/// The answer of a search.
pub enum SearchOutcome {
    /// A library.
    Found(Box<Found>),
    /// Nothing, and where it was looked for.
    Nowhere(Vec<String>),
    /// The loader gives up at this file, and why.
    Unusable(Place, String),
    /// The loader gives up at the name.
    Stopped(LoadError),
}

/// A library that was found.
pub struct Found {
    /// Its file.
    pub candidate: Candidate,
    /// The rule that led to it.
    pub found_by: FoundBy,
    /// Files that newer processors get in its place.
    pub hwcaps: Vec<(Place, Walk)>,
}

/// Follows `steps` until one leads to a library for `name`, or the loader gives up.
pub fn search(rules: &Rules, roots: &CachedRoots<'_>, name: &[u8], steps: &[SearchStep]) -> Searched {
    let mut trail = SearchTrail::default();
    let (mut searched, mut skipped) = (Vec::new(), Vec::new());
    for step in steps {
        let found = match &step.lookup {
            Lookup::Skip(why) => {
                skipped.push(Skipped { rule: step.rule.clone(), why: why.clone() });
                continue;
            }
            Lookup::Stop(load_error) => return Searched::new(SearchOutcome::Stopped(load_error.clone()), skipped),
            Lookup::Directories(directories) => rules.look_in(roots, name, directories, &step.rule, &mut trail),
            Lookup::File(place) => look(rules, roots, place, step),
            Lookup::Index { defaults } => rules.look_up(roots, name, *defaults, &mut trail),
        };
        match found {
            Ok(None) => searched.push((step, std::mem::take(&mut trail.unreadable))),
            Ok(Some((candidate, found_by))) => {
                let hwcaps = places(trail.hwcaps);
                let found = Found { candidate, found_by, hwcaps };
                return Searched::new(SearchOutcome::Found(Box::new(found)), skipped);
            }
            Err((place, why)) => return Searched::new(SearchOutcome::Unusable(place, why), skipped),
        }
    }
    // The last one that was found asks least of the processor.
    let Some((candidate, found_by)) = trail.hwcaps.pop() else {
        let searched =
            searched.into_iter().flat_map(|(step, unreadable)| told(step, rules).into_iter().chain(unreadable));
        return Searched::new(SearchOutcome::Nowhere(searched.collect()), skipped);
    };
    let warning = for_newer_processors(name, &candidate);
    let found = Found { candidate, found_by, hwcaps: places(trail.hwcaps) };
    let mut searched = Searched::new(SearchOutcome::Found(Box::new(found)), skipped);
    searched.warnings.push(warning);
    searched
}

impl Searched {
    fn new(outcome: SearchOutcome, skipped: Vec<Skipped>) -> Self {
        let warnings = skipped.iter().filter_map(Skipped::warning).collect();
        Self { outcome, skipped, warnings }
    }
}

fn look(rules: &Rules, roots: &CachedRoots<'_>, place: &Place, step: &SearchStep) -> StepOutcome {
    match rules.look(roots, place) {
        CandidateOutcome::Taken(candidate) => {
            Ok(Some((*candidate, FoundBy { rule: step.rule.clone(), path: place.path.clone() })))
        }
        CandidateOutcome::SteppedOver | CandidateOutcome::ListEnds => Ok(None),
        CandidateOutcome::Fatal(why) => Err((place.clone(), why)),
    }
}

fn places(hwcaps: Vec<(Candidate, FoundBy)>) -> Vec<(Place, Walk)> {
    hwcaps.into_iter().map(|(candidate, _)| (candidate.place, candidate.walk)).collect()
}

/// In words, where a step looked.
fn told(step: &SearchStep, rules: &Rules) -> Option<String> {
    let places = match &step.lookup {
        Lookup::Directories(directories) => directories.as_slice(),
        Lookup::File(place) => std::slice::from_ref(place),
        Lookup::Index { .. } => return rules.looked_up(),
        Lookup::Skip(_) | Lookup::Stop(_) => return None,
    };
    let shown: Vec<String> = places.iter().map(|place| place.path.display().to_string()).collect();
    Some(format!("{} {}", step.rule.word(), shown.join(", ")).trim_start().to_owned())
}

fn for_newer_processors(name: &[u8], candidate: &Candidate) -> Warning {
    let path = candidate.place.directory().path.join(OsStr::from_bytes(name));
    Warning {
        code: "newer-processor",
        message: format!(
            "`{}` is there for newer processors only: `{}`",
            String::from_utf8_lossy(name),
            path.display()
        ),
        details: Vec::new(),
        hint:
            "the image will not run on an older processor; name a directory with a plain one with `--library-path DIR`"
                .to_owned(),
    }
}
