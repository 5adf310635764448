//! Flags, and nothing else: the only user of clap, the only reader of the environment and the clock.

mod date;
mod flags;
mod misspelt;
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
    /// A text that is known before anything is read: completions, the manual page.
    Text(Vec<u8>),
}

/// Reads the command line and the environment: what is asked for, and how the answer is wanted. Prints the
/// help or the version where that is asked for, and exits.
pub fn read() -> (Result<Command, Error>, OutputStyle) {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return (Err(misspelt(&error)), style_of_words()),
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

/// The completions, or the manual page.
fn text(flags: &PackFlags) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(shell) = flags.completions {
        clap_complete::generate(shell, &mut Cli::command(), "pack", &mut text);
    } else if flags.manual {
        clap_mangen::Man::new(Cli::command()).render(&mut text).expect("a Vec takes all bytes");
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
}
