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
