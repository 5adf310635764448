//! The only module that speaks: results on standard output, the conversation on standard error.
//!
//! Colour is for terminals and never carries meaning alone. A reader that goes away (a closed pipe) ends the
//! talk, not the work.

mod advice;
mod explain;
mod fold;
mod image;
mod json;
mod list;
mod next;
mod packed;
mod progress;
mod say;
mod sum;
mod text;
mod words;
mod wrap;

use pack::error::{Error, Exit, Problem};
use pack::events::Progress;
use pack::summary::{Inspection, Summary};
use progress::ProgressLine;
use say::say;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
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

/// Says what comes of a run.
#[derive(Debug)]
pub struct Report {
    style: OutputStyle,
    progress: ProgressLine,
}

impl Report {
    /// A report that speaks in this style.
    pub fn new(style: OutputStyle) -> Self {
        let watched = io::stderr().is_terminal() && !style.quiet && !style.verbose;
        Self { style, progress: ProgressLine::new(watched, style.verbose) }
    }

    /// The receiver of what is told about each step while it is taken.
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
        // In a dry run the summary is the result; beside an image the summary is conversation.
        if summary.target.is_none() {
            return print(&packed::summary(summary, self.files(true), self.paint(&io::stdout())));
        }
        let explained = print(&packed::explained(summary, self.style.verbose, self.paint(&io::stdout())));
        if !self.style.quiet {
            say(&packed::summary(summary, self.files(false), self.paint(&io::stderr())));
        }
        explained
    }

    /// The end of a run that tells what a file is.
    pub fn inspected(&self, outcome: &Result<Inspection, Error>) -> ExitCode {
        self.progress.end();
        let inspection = match outcome {
            Ok(inspection) => inspection,
            Err(error) => return self.failed(error),
        };
        let (paint, json) = (self.paint(&io::stdout()), self.style.json);
        let (shown, problems) = match inspection {
            Inspection::Program(one) if json => (Some(json::text(&json::inspection(one))), &one.problems),
            Inspection::Program(one) => (text::text(one, self.style.verbose, paint), &one.problems),
            Inspection::Image(one) if json => (Some(json::text(&image::value(one))), &one.problems),
            Inspection::Image(one) => (image::text(one, self.style.verbose, paint), &one.problems),
        };
        let end = shown.as_deref().map(print);
        if end.is_none() {
            self.tell(problems);
        }
        end.filter(|_| problems.is_empty()).unwrap_or_else(|| exit(Exit::after(problems)))
    }

    /// The end of a run that could not be made.
    pub fn failed(&self, error: &Error) -> ExitCode {
        self.progress.end();
        self.warn(&error.warnings.iter().cloned().map(Problem::from).collect::<Vec<_>>());
        if self.style.json {
            print(&json::text(&json::failure(error)));
        }
        self.tell(&error.problems);
        exit(Exit::after(&error.problems))
    }

    /// How much of the contents is told; `listed`: also where `-v` does not ask for it.
    fn files(&self, listed: bool) -> packed::Files {
        match self.style.verbose {
            true => packed::Files::All,
            false if listed => packed::Files::Folded,
            false => packed::Files::None,
        }
    }

    fn tell(&self, problems: &[Problem]) {
        let paint = self.paint(&io::stderr());
        say(&words::problems(problems, "error", words::Paint::red, paint));
    }

    fn warn(&self, problems: &[Problem]) {
        let paint = self.paint(&io::stderr());
        say(&words::problems(problems, "warning", words::Paint::yellow, paint));
    }

    fn paint(&self, stream: &(impl IsTerminal + AsFd)) -> words::Paint {
        let width = stream.is_terminal().then(|| width(stream));
        words::Paint { on: self.style.color.unwrap_or(width.is_some()), width }
    }
}

/// How many columns a terminal has.
fn width(terminal: &impl AsFd) -> usize {
    /// What terminals have that do not tell.
    const USUAL: usize = 80;
    let size = rustix::termios::tcgetwinsize(terminal);
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(USUAL)
}

fn exit(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

/// Prints a result.
pub fn print(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => exit(Exit::Done),
        // The reader has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit(Exit::Done),
        Err(error) => {
            say(format!("error: cannot write to standard output: {error}\n").as_bytes());
            exit(Exit::Failed)
        }
    }
}
