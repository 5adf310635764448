//! The sum of the steps' errors: whatever went wrong, told together.

use crate::events::{Diagnostic, Warning};

/// One thing that went wrong, as a person or a script meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What scripts know it by.
    pub code: &'static str,
    /// One sentence: lower case, no full stop, literals in backticks.
    pub message: String,
    /// What led to it, nearest first.
    pub causes: Vec<String>,
    /// Lines of evidence, without indentation.
    pub details: Vec<String>,
    /// What to do about it; may be empty.
    pub hint: String,
    /// Whether it was asked wrongly (exit code 2).
    pub is_usage_error: bool,
}

impl<E: Diagnostic> From<E> for Problem {
    fn from(error: E) -> Self {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        Self {
            code: error.code(),
            message: error.to_string(),
            causes: causes.map(ToString::to_string).collect(),
            details: error.details(),
            hint: error.hint(),
            is_usage_error: error.is_usage_error(),
        }
    }
}

/// All that went wrong, and what else should be known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Error {
    /// At least one.
    pub problems: Vec<Problem>,
    /// What would not have stopped us.
    pub warnings: Vec<Warning>,
}

impl Error {
    /// Whether nothing that went wrong could have gone right (exit code 2).
    pub fn is_usage_error(&self) -> bool {
        self.problems.iter().all(|problem| problem.is_usage_error)
    }

    /// The problems, or `value` where there are none.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.problems.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds what is in `result` to the problems, or gives its value.
    pub fn take<T, E: Into<Self>>(&mut self, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let error = error.into();
                self.problems.extend(error.problems);
                self.warnings.extend(error.warnings);
                None
            }
        }
    }
}

impl<E: Diagnostic> From<E> for Error {
    fn from(error: E) -> Self {
        Self { problems: vec![error.into()], warnings: Vec::new() }
    }
}

impl<E: Diagnostic> From<Vec<E>> for Error {
    fn from(errors: Vec<E>) -> Self {
        Self { problems: errors.into_iter().map(Problem::from).collect(), warnings: Vec::new() }
    }
}

impl From<Warning> for Problem {
    /// As `--strict` wants it.
    fn from(warning: Warning) -> Self {
        Self {
            code: warning.code,
            message: warning.message,
            causes: Vec::new(),
            details: warning.details,
            hint: warning.hint,
            is_usage_error: false,
        }
    }
}
