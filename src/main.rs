//! Parse, run, report, exit. The command line and the report are here; everything else is in the library.

mod cli;
mod report;

use cli::Command;
use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (asked, style) = cli::read();
    let report = Report::new(style);
    match asked {
        Ok(Command::Pack(options)) => report.packed(&pack::run(&options, report.progress())),
        Ok(Command::Inspect(asked)) => report.inspected(&pack::inspect(&asked, report.progress())),
        Ok(Command::Text(text)) => report::print(&text),
        Err(error) => report.failed(&error),
    }
}
