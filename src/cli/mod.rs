//! Flags, and nothing else: the only user of clap, the only reader of the environment and the clock.

mod date;
mod flags;
mod help;
mod misspelt;
mod neighbours;
mod options;
mod signal;
mod style;
mod values;

use crate::report::OutputStyle;
use clap::{CommandFactory, Parser};
use flags::{Cli, PackFlags, SubCommand};
use misspelt::misspelt;
use pack::error::Error;
use pack::options::{Inspect, Options};
use style::style_of_words;

/// What was asked for.
#[derive(Debug)]
pub enum Command {
    /// An image.
    Pack(Box<Options>),
    /// To tell what a file is.
    Inspect(Box<Inspect>),
    /// A text that is known before anything is read: the summary of the flags, completions, the manual page.
    Text(Vec<u8>),
}

/// Reads the command line and the environment: what is asked for, and how the answer is wanted. Prints the
/// help or the version where that is asked for, and exits.
pub fn read() -> (Result<Command, Error>, OutputStyle) {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return (Err(misspelt(&error, is_inspect())), style_of_words()),
    };
    if let Some(SubCommand::Inspect(flags)) = cli.command {
        let style = flags.style.style();
        return (flags.options().map(|asked| Command::Inspect(Box::new(asked))), style);
    }
    let style = cli.pack.style.style();
    if let Some(text) = text(&cli.pack) {
        return (Ok(Command::Text(text)), style);
    }
    (cli.pack.options().map(|options| Command::Pack(Box::new(options))), style)
}

/// Whether the words ask for `pack inspect`, as far as that shows where they cannot be read.
fn is_inspect() -> bool {
    std::env::args_os().nth(1).is_some_and(|word| word == "inspect")
}

/// The summary of the flags, the completions, or the manual page.
fn text(flags: &PackFlags) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(shell) = flags.completions {
        clap_complete::generate(shell, &mut Cli::command(), "pack", &mut text);
    } else if flags.summary {
        text.extend_from_slice(help::SUMMARY.as_bytes());
    } else if flags.manual {
        let command = Cli::command().long_about(help::DESCRIPTION);
        clap_mangen::Man::new(command).render(&mut text).expect("a Vec takes all bytes");
    } else {
        return None;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_summary_fits_two_screens_and_has_flags_that_exist() {
        assert!(help::SUMMARY.lines().count() <= 48, "{}", help::SUMMARY.lines().count());
        let too_long: Vec<_> = help::SUMMARY.lines().filter(|line| line.chars().count() > 80).collect();
        assert_eq!(too_long, Vec::<&str>::new());
        let command = Cli::command();
        let own = || help::SUMMARY.lines().filter(|line| !line.contains("docker"));
        for word in own().flat_map(|line| line.split([' ', ',', ';', '`'])) {
            let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) else { continue };
            assert!(command.get_arguments().any(|flag| flag.get_long() == Some(name)), "{word}");
        }
    }
}
