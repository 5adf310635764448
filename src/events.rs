//! What happens while an image is made, as values; `report` alone turns them into words.

/// Something worth saying that does not stop us.
///
/// Every step that has one collects them in its value; nobody prints from the depths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// What scripts know it by: lower case, words joined by `-`. Never changed, only added to.
    pub code: &'static str,
    /// One sentence: lower case, no full stop, literals in backticks.
    pub message: String,
    /// Lines of evidence, without indentation.
    pub details: Vec<String>,
    /// What to do about it; empty where there is nothing to do.
    pub hint: String,
}

/// What every error of a step can tell beside its one sentence; [`crate::error`] sums them up.
pub trait Diagnostic: std::error::Error {
    /// What scripts know it by: lower case, words joined by `-`. Never changed, only added to.
    fn code(&self) -> &'static str;

    /// Lines of evidence, without indentation.
    fn details(&self) -> Vec<String> {
        Vec::new()
    }

    /// What to do about it; empty where there is nothing to do.
    fn hint(&self) -> String {
        String::new()
    }

    /// Whether the user asked for something that cannot be meant (exit code 2), rather than for
    /// something that could not be done (1).
    fn is_usage_error(&self) -> bool {
        false
    }
}

/// The receiver of what happens while the work goes on.
pub trait Progress: Sync {
    /// A step begins, and the one before it is done. `name` is a phrase for people: `compressing 8.4 MB`.
    fn step(&self, name: &str);

    /// The step that is taken now has done this many bytes.
    fn bytes(&self, _: u64) {}
}

/// A receiver that ignores everything.
impl Progress for () {
    fn step(&self, _: &str) {}
}

/// Something that was looked for and is not in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// What: a path, a soname, a family of files.
    pub what: String,
    /// Why it is not in.
    pub why: String,
}

impl LeftOut {
    /// `what` is left out because of `why`.
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}
