//! What is wrong with the command line as a whole, in our words, and what was probably meant.

use super::flags::Cli;
use super::neighbours::{name_of, neighbour};
use super::values::misuse;
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use pack::error::Error;

/// What clap has to say, in our words. `is_inspect`: of `pack inspect`. The help and the version are not errors: they are
/// printed, and the program exits.
pub fn misspelt(error: &clap::Error, is_inspect: bool) -> Error {
    if !error.use_stderr() {
        error.exit();
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let first = |kind| context(kind).into_iter().next().unwrap_or_default();
    let (word, value) = (first(ContextKind::InvalidArg), first(ContextKind::InvalidValue));
    // `--tag <NAME[:TAG]>` is written `--tag NAME[:TAG]`, and called `--tag`.
    let usage = word.replace(['<', '>'], "");
    let flag = usage.split([' ', '[']).next().unwrap_or(&usage);
    match error.kind() {
        ErrorKind::UnknownArgument => unknown(&word, is_inspect),
        ErrorKind::MissingRequiredArgument if is_inspect => {
            misuse("no file is named".to_owned(), "`pack inspect FILE` tells what a file is: a program, or an image")
        }
        ErrorKind::MissingRequiredArgument => misuse(
            "no program is named".to_owned(),
            "`pack PROGRAM` makes an image of it; `pack -h` tells more, with examples",
        ),
        ErrorKind::InvalidValue if value.is_empty() => misuse(
            format!("`{flag}` has no value"),
            &format!("write `{}`", usage.replace("[=", "=").replace("all]", "all")),
        ),
        ErrorKind::InvalidValue => not_one_of(flag, &value, &context(ContextKind::ValidValue)),
        ErrorKind::TooManyValues => misuse(format!("`{flag}` takes no value"), &format!("write `{flag}` alone")),
        ErrorKind::ArgumentConflict => conflict(flag, &first(ContextKind::PriorArg)),
        _ => {
            let text = error.to_string();
            let sentence = text.lines().next().unwrap_or_default().trim_start_matches("error: ").trim_end_matches(':');
            misuse(sentence.replace('\'', "`"), "`pack -h` shows how it is used")
        }
    }
}

/// A flag that does not exist here, or one file more than `pack inspect` takes.
fn unknown(word: &str, is_inspect: bool) -> Error {
    if !word.starts_with('-') {
        return misuse(
            format!("`pack inspect` takes one file, and `{word}` is one more"),
            "inspect them one after the other",
        );
    }
    let (here, there) = if is_inspect { ("pack inspect", "pack PROGRAM") } else { ("pack PROGRAM", "pack inspect") };
    let is_known = |inspect: bool| flags(inspect).iter().any(|flag| flag == name_of(word));
    if is_known(!is_inspect) {
        let flag = format!("--{}", name_of(word));
        return misuse(
            format!("`{flag}` is a flag of `{there}`, not of `{here}`"),
            &format!("leave it out; `{} -h` lists the flags", here.trim_end_matches(" PROGRAM")),
        );
    }
    let message = format!("there is no flag `{word}`");
    if let Some(hint) = neighbour(word) {
        return misuse(message, hint);
    }
    match closest(word, &flags(is_inspect)).or_else(|| closest(word, &flags(!is_inspect))) {
        Some(flag) => misuse(message, &format!("did you mean `--{flag}`?")),
        None => misuse(message, "`pack --help` lists the flags; what is meant for the program comes behind `--`"),
    }
}

/// A value that is none of those that a flag takes.
fn not_one_of(flag: &str, value: &str, valid: &[String]) -> Error {
    let message = format!("`{flag}={value}` is not one of `{}`", valid.join("`, `"));
    let message = if flag == "--strip" { message } else { message.replacen('=', " ", 1) };
    if flag == "--labels" && value.contains('=') {
        return misuse(message, &format!("did you mean `--label {value}`?"));
    }
    let like = |word: &&String| strsim::jaro_winkler(word, value);
    let best = valid.iter().max_by(|a, b| like(a).total_cmp(&like(b))).filter(|best| like(best) > 0.7);
    match best {
        Some(best) => misuse(message, &format!("did you mean `{best}`?")),
        None => misuse(message, "write one of these"),
    }
}

/// Two flags that do not go together, or one that stands twice or not alone.
fn conflict(flag: &str, other: &str) -> Error {
    let other = other.split([' ', '[']).next().unwrap_or(other);
    if other.is_empty() {
        return misuse(format!("`{flag}` stands alone"), "leave everything else out");
    }
    if flag == other {
        return misuse(format!("`{flag}` is given twice"), "leave one of the two out");
    }
    misuse(format!("`{flag}` and `{other}` do not go together"), "leave one of the two out")
}

/// The long names of all flags of `pack inspect`, or of `pack PROGRAM`.
fn flags(is_inspect: bool) -> Vec<String> {
    let command = Cli::command();
    let command = if is_inspect { command.find_subcommand("inspect").unwrap_or(&command) } else { &command };
    let own = command.get_arguments().filter_map(clap::Arg::get_long);
    own.chain(["help", "version"]).map(str::to_owned).collect()
}

/// The flag that is most like `word`.
fn closest(word: &str, flags: &[String]) -> Option<String> {
    let name = name_of(word);
    // A flag with more or less behind it is that flag.
    let longer = flags.iter().filter(|flag| name.starts_with(flag.as_str()) || flag.starts_with(name));
    if let (Some(flag), true) = (longer.max_by_key(|flag| flag.len()), name.len() > 2) {
        return Some(flag.clone());
    }
    // Two letters changed places count as one mistake; a third of the word may be wrong.
    let far = |flag: &String| strsim::osa_distance(name, flag);
    let best = flags.iter().min_by_key(|flag| far(flag))?;
    (word.starts_with("--") && far(best) <= name.len().div_ceil(3).min(3)).then(|| best.clone())
}
