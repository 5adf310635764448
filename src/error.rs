//! The sum of the steps' errors: whatever went wrong, told together; and the exit codes, which follow from that.

use crate::events::{Diagnostic, Warning};

/// A thing that went wrong, as a person or a script meets it.
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
    /// Whether it was asked wrongly ([`Exit::Misused`]).
    pub is_usage_error: bool,
}

impl Problem {
    /// What `error` tells.
    pub fn new(error: &impl Diagnostic) -> Self {
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

impl<E: Diagnostic> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::new(&error)
    }
}

/// How a run ends. What the codes mean is part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// What was asked for could not be done.
    Failed = 1,
    /// The command was used wrongly: what was asked for could not have been done on any machine, at any time.
    Misused = 2,
}

impl Exit {
    /// The end of a run that met these problems.
    pub fn after(problems: &[Problem]) -> Self {
        match problems {
            [] => Self::Done,
            problems if problems.iter().all(|problem| problem.is_usage_error) => Self::Misused,
            _ => Self::Failed,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_was_asked_wrongly_where_nothing_that_went_wrong_could_have_gone_right() {
        let problem = |is_usage_error| Problem {
            code: "x",
            message: String::new(),
            causes: Vec::new(),
            details: Vec::new(),
            hint: String::new(),
            is_usage_error,
        };
        for (problems, code) in
            [(vec![], 0), (vec![false], 1), (vec![true], 2), (vec![true, true], 2), (vec![true, false], 1)]
        {
            let problems: Vec<Problem> = problems.into_iter().map(problem).collect();
            assert_eq!(Exit::after(&problems) as u8, code, "{problems:?}");
        }
    }
}
