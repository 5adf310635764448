//! What is decided once, when all objects were looked at.

use super::EvidenceCollector;
use crate::evidence::fonts::{self, TakenFonts};
use crate::evidence::rules::Brings;
use std::path::Path;

impl EvidenceCollector<'_, '_> {
    /// Takes fonts if an object draws text with those of the system.
    pub(super) fn bring_fonts(&mut self) {
        let draws = self.findings().find(|finding| finding.rule.brings.contains(&Brings::Fonts)).cloned();
        let Some(draws) = draws else { return };
        let names_families = self.findings().any(|finding| finding.rule.name == "font-families");
        let taken = fonts::bring(&mut self.intake, &draws, names_families);
        if taken == TakenFonts::Some && !self.contents.adds(Path::new("/usr/share/fonts")) {
            self.hint("of the fonts here only the default families came in: `--add /usr/share/fonts` takes all in");
        }
    }
}
