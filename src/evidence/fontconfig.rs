//! fontconfig's configuration, as far as it says which family stands in for which (fonts-conf(5), `alias`).

use super::intake::{Intake, inside};
use std::collections::BTreeMap;

/// The families that programs ask for without a name.
pub const GENERIC: [&str; 3] = ["sans-serif", "serif", "monospace"];

/// The directory of the configuration's files, which count in the order of their names.
const DIRECTORY: &str = "/etc/fonts/conf.d";

/// Which families stand in for which, the best first.
#[derive(Debug, Default)]
pub struct Aliases {
    all: BTreeMap<String, Vec<String>>,
}

impl Aliases {
    /// Reads the configuration of the root; what cannot be read says nothing.
    pub fn read(intake: &Intake<'_>) -> Self {
        let directory = inside(DIRECTORY);
        let mut text = String::new();
        for name in intake.list(&directory) {
            let name = name.to_string_lossy();
            if name.starts_with(|c: char| c.is_ascii_digit()) && name.ends_with(".conf") {
                let bytes = intake.read(&directory.join(name.as_bytes())).unwrap_or_default();
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        Self::parse(&text)
    }

    /// The families of the elements `alias` in a text.
    pub fn parse(text: &str) -> Self {
        let text = without_comments(text);
        let mut aliases = Self::default();
        for block in text.split("<alias").skip(1) {
            let block = block.split("</alias>").next().unwrap_or_default();
            let mut families = block.split("<family>").skip(1).filter_map(|rest| rest.split('<').next());
            let Some(family) = families.next() else { continue };
            let all = aliases.all.entry(family.trim().to_owned()).or_default();
            all.extend(families.map(|family| family.trim().to_owned()));
        }
        aliases
    }

    /// The families that stand in for `family`.
    pub fn of(&self, family: &str) -> &[String] {
        self.all.get(family).map_or(&[], Vec::as_slice)
    }
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("-->").map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_those_that_stand_in_for_it_in_the_order_of_the_files() {
        let text = "<alias binding=\"same\"><family>Helvetica</family>
              <accept><family>Nimbus Sans</family> <!-- <family>No</family> --><family> TeX Gyre Heros </family></accept></alias>
            <alias>\n<family>serif</family><prefer/></alias><alias></alias><match/>
            <alias><family>Helvetica</family><default><family>Arial</family></default></alias>";
        let aliases = Aliases::parse(text);
        assert_eq!(aliases.of("Helvetica"), ["Nimbus Sans", "TeX Gyre Heros", "Arial"]);
        assert_eq!(aliases.of("serif"), [""; 0]);
        assert_eq!(aliases.of("none"), [""; 0]);
    }
}
