//! Parse, run, report, exit. Everything else is in the library.

use pack::cli::{self, Command};
use pack::report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (asked, style) = cli::read();
    let report = Report::new(style);
    match asked {
        Ok(Command::Pack(options)) => report.packed(&pack::run(&options, report.progress())),
        Ok(Command::Inspect(look)) => match pack::inspect_image(&look, report.progress()) {
            Some(image) => report.image(&image),
            None => report.inspected(&pack::inspect(&look)),
        },
        Ok(Command::Text(text)) => report.text(&text),
        Err(error) => report.failed(&error),
    }
}
