//! Parse, run, report, exit. Everything else is in the library.

use pack::cli::{self, Asked};
use pack::report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (asked, manner) = cli::read();
    let report = Report::new(manner);
    match asked {
        Ok(Asked::Pack(options)) => report.packed(&pack::run(&options, report.watch())),
        Ok(Asked::Inspect(look)) => match pack::inspect_image(&look, report.watch()) {
            Some(image) => report.image(&image),
            None => report.inspected(&pack::inspect(&look)),
        },
        Ok(Asked::Text(text)) => report.text(&text),
        Err(error) => report.failed(&error),
    }
}
