//! Locales: those named by `--locale`, and by the variables LANG and LC_* that the image sets. Never the builder's.
//!
//! glibc takes a locale from a directory of its name, or from `locale-archive`, which holds many; musl reads
//! none.

use super::intake::{Intake, ItemReason, Taken, inside};
use crate::events::Diagnostic;
use crate::suggest;
use std::path::PathBuf;

/// The directory where glibc looks (locale(1)); all distributions compile in this one.
const DIRECTORY: &str = "/usr/lib/locale";

/// A locale that the machine does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no locale `{name}` on this machine")]
pub struct NoLocale {
    /// The locale as the user named it.
    name: String,
    /// The most similar name; `None` if there is none.
    closest: Option<String>,
}

impl Diagnostic for NoLocale {
    fn code(&self) -> &'static str {
        "no-locale"
    }

    fn hint(&self) -> String {
        match &self.closest {
            Some(closest) => format!("did you mean `{closest}`?"),
            None => {
                "make it with `localedef`, install the package `locales-all`, or choose `C.UTF-8`, which is everywhere"
                    .to_owned()
            }
        }
    }
}

/// The locales that the variables of an image name (locale(7)), without those that are built in.
pub fn named_by(env: &[(String, String)]) -> Vec<&str> {
    let is_locale = |key: &str| key == "LANG" || key.starts_with("LC_");
    let named = env.iter().filter(|(key, _)| is_locale(key)).map(|(_, value)| value.as_str());
    named.filter(|name| !matches!(*name, "" | "C" | "POSIX") && !name.starts_with('/')).collect()
}

/// Takes one locale: its directory, else the archive if it holds it.
pub fn bring(intake: &mut Intake<'_>, name: &str, reason: &ItemReason) -> Result<(), NoLocale> {
    for spelled in [name.to_owned(), normalized(name)] {
        if intake.tree(&inside(format!("{DIRECTORY}/{spelled}")), reason, &|_| false) == Taken::Yes {
            return Ok(());
        }
    }
    let archive = inside(format!("{DIRECTORY}/locale-archive"));
    let key = format!("{}\0", normalized(name));
    if intake.contains(&archive, &key) && intake.file(&archive, reason) == Taken::Yes {
        return Ok(());
    }
    let there: Vec<PathBuf> = intake.list(&inside(DIRECTORY));
    let there = there.iter().filter_map(|name| name.to_str()).filter(|name| *name != "locale-archive");
    Err(NoLocale { name: name.to_owned(), closest: suggest::closest(name, there).map(str::to_owned) })
}

/// Takes all locales.
pub fn bring_all(intake: &mut Intake<'_>, reason: &ItemReason) {
    intake.large_tree(&inside(DIRECTORY), reason, &|_| false);
}

/// `de_DE.UTF-8@euro` as glibc writes it in file names: `de_DE.utf8@euro` (`_nl_normalize_codeset`).
fn normalized(name: &str) -> String {
    let (base, modifier) = name.split_once('@').map_or((name, None), |(base, modifier)| (base, Some(modifier)));
    let (language, codeset) =
        base.split_once('.').map_or((base, None), |(language, codeset)| (language, Some(codeset)));
    let mut text = language.to_owned();
    if let Some(codeset) = codeset {
        let plain: String = codeset.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let number = plain.bytes().all(|byte| byte.is_ascii_digit());
        text.extend([".", if number { "iso" } else { "" }, &plain]);
    }
    if let Some(modifier) = modifier {
        text.extend(["@", modifier]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_spelled_as_glibc_spells_it_in_file_names() {
        for (name, expected) in [
            ("C.UTF-8", "C.utf8"),
            ("de_DE.UTF-8", "de_DE.utf8"),
            ("de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro"),
            ("de_DE", "de_DE"),
            ("de_DE.ISO-8859-1", "de_DE.iso88591"),
            ("ja_JP.8859-1", "ja_JP.iso88591"),
        ] {
            assert_eq!(normalized(name), expected);
        }
    }

    #[test]
    fn variables_name_locales_unless_they_name_none() {
        let env = [("LANG", "de_DE.UTF-8"), ("LC_ALL", "C"), ("LC_TIME", "fr_FR"), ("TZ", "UTC"), ("LANGUAGE", "de")];
        let env = env.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(named_by(&env), ["de_DE.UTF-8", "fr_FR"]);
    }
}
