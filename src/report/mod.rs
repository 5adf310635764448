//! The only module that speaks: results on standard output, the conversation on standard error.
//!
//! Colour is for terminals and never carries meaning alone. A reader that goes away (a closed pipe) ends the
//! talk, not the work.

mod explain;
mod image;
mod json;
mod progress;
mod text;

use crate::error::{Error, Problem};
use crate::events::Progress;
use crate::summary::{ImageInspection, Inspection, Summary, Target};
use progress::ProgressLine;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// How the answer is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutputStyle {
    /// The result as JSON.
    pub json: bool,
    /// Only what is wrong.
    pub quiet: bool,
    /// Each file with its reason, each step with its time.
    pub verbose: bool,
    /// Whether in colour; `None`: on terminals.
    pub color: Option<bool>,
}

/// Could not be done.
const FAILED: u8 = 1;
/// Was asked wrongly.
const WRONG: u8 = 2;

/// Says what comes of a run.
#[derive(Debug)]
pub struct Report {
    style: OutputStyle,
    progress: ProgressLine,
}

impl Report {
    /// One that speaks in this style.
    pub fn new(style: OutputStyle) -> Self {
        let watched = io::stderr().is_terminal() && !style.quiet && !style.verbose;
        Self { style, progress: ProgressLine::new(watched, style.verbose) }
    }

    /// What wants to be told about the steps while they are taken.
    pub fn progress(&self) -> &dyn Progress {
        &self.progress
    }

    /// The end of a run that makes an image.
    pub fn packed(&self, outcome: &Result<Summary, Error>) -> ExitCode {
        self.progress.end();
        let summary = match outcome {
            Ok(summary) => summary,
            Err(error) => return self.failed(error),
        };
        self.warn(&summary.warnings.iter().cloned().map(Problem::from).collect::<Vec<_>>());
        if self.style.json {
            return print(&json::text(&json::summary(summary)));
        }
        // What is only told is the result; what is told beside a result is conversation.
        if matches!(summary.target, Target::Nothing) {
            return print(&text::summary(summary, true, self.paint(&io::stdout())));
        }
        let explained = print(&text::explained(summary, self.paint(&io::stdout())));
        if !self.style.quiet {
            say(&text::summary(summary, self.style.verbose, self.paint(&io::stderr())));
        }
        explained
    }

    /// The end of a run that tells what a file is.
    pub fn inspected(&self, outcome: &Inspection) -> ExitCode {
        let good = outcome.problems.is_empty();
        let end = if self.style.json {
            print(&json::text(&json::inspection(outcome)))
        } else if outcome.program.is_some() {
            print(&text::inspection(outcome, self.paint(&io::stdout())))
        } else {
            self.tell(&outcome.problems);
            ExitCode::SUCCESS
        };
        if good { end } else { ExitCode::from(FAILED) }
    }

    /// The end of a run that tells what an image is.
    pub fn image(&self, outcome: &ImageInspection) -> ExitCode {
        self.progress.end();
        let end = if self.style.json {
            print(&json::text(&image::value(outcome)))
        } else if outcome.image.is_some() {
            print(&image::text(outcome, self.paint(&io::stdout())))
        } else {
            self.tell(&outcome.problems);
            ExitCode::SUCCESS
        };
        let wrong = outcome.problems.iter().all(|problem| problem.is_usage_error);
        match outcome.problems.len() {
            0 => end,
            _ => ExitCode::from(if wrong { WRONG } else { FAILED }),
        }
    }

    /// Prints a text that was asked for.
    pub fn text(&self, text: &[u8]) -> ExitCode {
        print(text)
    }

    /// The end of a run that could not be made.
    pub fn failed(&self, error: &Error) -> ExitCode {
        self.progress.end();
        self.warn(&error.warnings.iter().cloned().map(Problem::from).collect::<Vec<_>>());
        if self.style.json {
            print(&json::text(&json::failure(error)));
        }
        self.tell(&error.problems);
        ExitCode::from(if error.is_usage_error() { WRONG } else { FAILED })
    }

    fn tell(&self, problems: &[Problem]) {
        let paint = self.paint(&io::stderr());
        say(&text::problems(problems, &paint.red("error"), paint));
    }

    fn warn(&self, problems: &[Problem]) {
        let paint = self.paint(&io::stderr());
        say(&text::problems(problems, &paint.yellow("warning"), paint));
    }

    fn paint(&self, stream: &impl IsTerminal) -> text::Paint {
        text::Paint { on: self.style.color.unwrap_or_else(|| stream.is_terminal()) }
    }
}

fn print(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // Who asked has heard enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("error: cannot write to standard output: {error}\n").as_bytes());
            ExitCode::from(FAILED)
        }
    }
}

fn say(text: &[u8]) {
    // There is nobody left to tell that nobody listens.
    let _ = io::stderr().lock().write_all(text);
}
