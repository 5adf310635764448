//! Parse, run, report, exit. Everything else is in the library.

use pack::cli::{self, Command};
use pack::report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (asked, style) = cli::read();
    let report = Report::new(style);
    match asked {
        Ok(Command::Pack(options)) => report.packed(&pack::run(&options, report.progress())),
        Ok(Command::Inspect(asked)) => report.inspected(&pack::inspect(&asked, report.progress())),
        Ok(Command::Text(text)) => report.text(&text),
        Err(error) => report.failed(&error),
    }
}
