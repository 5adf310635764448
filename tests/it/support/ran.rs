//! A command that has ended, and what can be expected of it. A broken expectation shows the whole of it.

use std::fmt;
use std::process::{Command, Output, Stdio};

/// What a command was, and what came of it.
pub struct Ran {
    command: String,
    /// Exit code and the bytes of both streams.
    pub output: Output,
}

impl Ran {
    /// Runs a command to its end, with no standard input.
    pub fn of(command: &mut Command) -> Self {
        let shown = format!("{command:?}");
        let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{shown}: {error}"));
        Self { command: shown, output }
    }

    /// Expects exit code 0.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Expects this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(code), "{self}");
        self
    }

    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.output.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\nstdout: {}\nstderr: {}", self.command, self.output.status, self.stdout(), self.stderr())
    }
}
