//! What is wrong with the command line as a whole, in our words, and what was probably meant.

use super::flags::Cli;
use super::values::misuse;
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use pack::error::Error;

/// What clap has to say, in our words. The help and the version are not errors: they are printed, and
/// the program exits.
pub fn misspelt(error: &clap::Error) -> Error {
    if !error.use_stderr() {
        error.exit();
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let word = context(ContextKind::InvalidArg);
    if let (ErrorKind::UnknownArgument, Some(word)) = (error.kind(), &word) {
        let hint = match closest_flag(word) {
            Some(flag) => format!("did you mean `{flag}`?"),
            None => "`pack --help` lists the flags; what is meant for the program comes behind `--`".to_owned(),
        };
        return misuse(format!("there is no flag `{word}`"), &hint);
    }
    if error.kind() == ErrorKind::MissingRequiredArgument {
        let hint = "`pack PROGRAM` makes an image of it; `pack --help` tells more";
        return misuse("no program is named".to_owned(), hint);
    }
    let text = error.to_string();
    let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ").trim_end_matches(':');
    let details: Vec<String> = text
        .lines()
        .skip(1)
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty())
        .map(|line| line.replace('\'', "`"))
        .collect();
    let mut error = misuse(sentence.replace('\'', "`"), "`pack --help` shows how it is used");
    error.problems[0].details = details;
    error
}

/// The flag that is most like `word`.
fn closest_flag(word: &str) -> Option<String> {
    let name = word.trim_start_matches('-').split('=').next().unwrap_or(word);
    let command = Cli::command();
    let flags = command.get_arguments().chain(command.get_subcommands().flat_map(clap::Command::get_arguments));
    let flags: Vec<&str> = flags.filter_map(clap::Arg::get_long).chain(["help", "version"]).collect();
    // A flag with more or less behind it is that flag.
    let longer =
        flags.iter().filter(|flag| name.starts_with(**flag) || flag.starts_with(name)).max_by_key(|flag| flag.len());
    if let (Some(flag), true) = (longer, name.len() > 2) {
        return Some(format!("--{flag}"));
    }
    // Two letters changed places count as one mistake; a third of the word may be wrong.
    let far = |flag: &str| strsim::osa_distance(name, flag);
    let best = flags.into_iter().min_by_key(|flag| far(flag))?;
    (word.starts_with("--") && far(best) <= name.len().div_ceil(3).min(3)).then(|| format!("--{best}"))
}
