//! Fonts for programs that draw text through fontconfig: the families that its configuration prefers where a program
//! names none, and those that stand in for families that the objects name.
//!
//! Which files belong to a family is told by their names, as foundries and distributions write them: `DejaVu Sans` is in
//! `DejaVuSans-Bold.ttf`. All fonts of a machine are many times as large as what a program draws with.

use super::finding::Finding;
use super::fontconfig::{Aliases, GENERIC};
use super::intake::{Intake, ItemReason, inside};
use super::item::{Item, ItemKind};
use crate::file::FileKind;
use crate::files::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Directories of fonts (fontconfig's `fonts.conf`).
const DIRECTORIES: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];

/// The endings of fonts; metrics stand beside some of them.
const FORMATS: [&str; 9] = ["afm", "otc", "otf", "pfa", "pfb", "pfm", "t1", "ttc", "ttf"];

/// The endings of formats that all programs read that draw text. Fonts in others are taken where there are none in these.
const COMMON: [&str; 4] = ["otc", "otf", "ttc", "ttf"];

/// Words for the styles of a family that programs ask for without a name.
const STYLES: [&str; 12] = [
    "",
    "bold",
    "boldital",
    "bolditalic",
    "boldoblique",
    "book",
    "ital",
    "italic",
    "oblique",
    "regular",
    "roman",
    "medium",
];

/// The families of PostScript and of the web, which other families stand in for.
const NAMED: [&str; 8] =
    ["Arial", "Courier", "Courier New", "Helvetica", "Symbol", "Times", "Times New Roman", "Zapf Dingbats"];

/// Directories deeper than this are not looked into.
const DEEPEST: usize = 8;

/// What was taken of the fonts of a machine.
#[derive(Debug, PartialEq, Eq)]
pub enum TakenFonts {
    /// All, or none because there are none.
    All,
    /// The fonts of some families.
    Some,
}

/// Takes the fonts that a program draws with that shows `finding`. `names_families`: an object names one of the families
/// of PostScript or of the web.
pub fn bring(intake: &mut Intake<'_>, finding: &Finding, names_families: bool) -> TakenFonts {
    let object = Some(finding.object.clone());
    let reason = ItemReason { rule: finding.rule.name, what: finding.rule.what, because: finding.because(), object };
    if intake.takes_all {
        for directory in DIRECTORIES {
            intake.tree(&inside(directory), &reason, &|_| false);
        }
        return TakenFonts::All;
    }
    let mut fonts = Fonts::default();
    for directory in DIRECTORIES {
        fonts.list(intake, &inside(directory), DEEPEST);
    }
    fonts.by_path = named_by_settings(intake);
    let named: &[&str] = if names_families { &NAMED } else { &[] };
    let wanted = fonts.wanted(&Aliases::read(intake), named);
    for place in wanted.iter().flatten().chain(fonts.all.values().flatten().filter(|_| wanted.is_none())) {
        intake.file(place, &reason);
    }
    let taken = wanted.map_or(usize::MAX, |wanted| wanted.len());
    if taken < fonts.all.values().map(Vec::len).sum() { TakenFonts::Some } else { TakenFonts::All }
}

/// The files of fonts, by their names without ending and blanks, in lower case.
#[derive(Debug, Default)]
struct Fonts {
    all: BTreeMap<String, Vec<Place>>,
    /// Paths of fonts that settings name.
    by_path: BTreeSet<PathBuf>,
}

impl Fonts {
    /// Adds the fonts at and below `directory`; a link to a directory is not followed.
    fn list(&mut self, intake: &Intake<'_>, directory: &Place, deepest: usize) {
        for name in intake.list(directory) {
            let place = directory.join(std::os::unix::ffi::OsStrExt::as_bytes(name.as_os_str()));
            let Some(end) = intake.walk(&place) else { continue };
            let is_link = end.links.iter().any(|(link, _)| link.as_path() == place.path);
            if end.stat.kind == FileKind::Directory && !is_link && deepest > 0 {
                self.list(intake, &place, deepest - 1);
            } else if end.stat.kind == FileKind::File
                && ending(&place.path).is_some_and(|ending| FORMATS.contains(&&*ending))
            {
                let stem = place.path.file_stem().unwrap_or_default().to_string_lossy();
                self.all.entry(plain(&stem)).or_default().push(place);
            }
        }
    }

    /// The fonts that are drawn with where a program names no family, and those that stand in for `named`; `None` if the
    /// configuration prefers none that is here.
    fn wanted(&self, aliases: &Aliases, named: &[&str]) -> Option<BTreeSet<Place>> {
        let mut wanted = BTreeSet::new();
        for generic in GENERIC {
            let styles = |style: &str| STYLES.contains(&style);
            let first =
                aliases.of(generic).iter().map(|family| self.family(family, &styles)).find(|files| !files.is_empty());
            wanted.extend(first.into_iter().flatten());
        }
        if wanted.is_empty() {
            return None;
        }
        let is_family = |name: &&String| !GENERIC.contains(&name.as_str());
        for family in named {
            let others: Vec<&String> = aliases.of(family).iter().filter(is_family).collect();
            // A family stands in for those that a related one stands in for: Helvetica, Arial, Liberation Sans.
            let further = others.iter().flat_map(|other| aliases.of(other)).filter(is_family);
            let related = others.iter().copied().chain(further).map(String::as_str);
            for family in std::iter::once(*family).chain(related) {
                wanted.extend(self.family(family, &|_| true));
            }
        }
        Some(wanted)
    }

    /// The fonts of a family whose styles `is_wanted` selects. Of fonts in several formats those in a common one, and
    /// those that settings name by their path.
    fn family(&self, family: &str, is_wanted: &dyn Fn(&str) -> bool) -> Vec<Place> {
        let family = plain(family);
        let styled = self.all.range(family.clone()..).take_while(|(name, _)| name.starts_with(&family));
        let styled = styled.filter(|(name, _)| {
            let rest = &name[family.len()..];
            (rest.is_empty() || rest.starts_with(['-', '_', '['])) && is_wanted(rest.trim_start_matches(['-', '_']))
        });
        let mut files = Vec::new();
        for (_, places) in styled {
            let is_common = |place: &&Place| ending(&place.path).is_some_and(|ending| COMMON.contains(&&*ending));
            let common: Vec<Place> = places.iter().filter(is_common).cloned().collect();
            let by_path = places.iter().filter(|place| self.by_path.contains(&place.path)).cloned();
            files.extend(if common.is_empty() { places.clone() } else { common.into_iter().chain(by_path).collect() });
        }
        files
    }
}

/// The paths of fonts in the settings that came in, such as those of ImageMagick.
fn named_by_settings(intake: &Intake<'_>) -> BTreeSet<PathBuf> {
    const LARGEST: u64 = 256 << 10;
    let is_setting = |item: &&Item| {
        item.place.path.starts_with("/etc")
            && matches!(&item.kind, ItemKind::File(content) if content.size() <= LARGEST)
    };
    let settings: Vec<Place> = intake.items.iter().filter(is_setting).map(|item| item.place.clone()).collect();
    let mut paths = BTreeSet::new();
    for place in settings {
        let text = intake.read(&place).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        for (at, _) in text.match_indices(DIRECTORIES[0]) {
            let path = text[at..].split(['"', '\'', '<', ' ', '\n']).next().unwrap_or_default();
            paths.insert(PathBuf::from(path));
        }
    }
    paths
}

/// A name without blanks, in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts(names: &[&str]) -> Fonts {
        let mut fonts = Fonts::default();
        for name in names {
            let place = inside(format!("/f/{name}"));
            let stem = place.path.file_stem().unwrap().to_string_lossy().into_owned();
            fonts.all.entry(plain(&stem)).or_default().push(place);
        }
        fonts
    }

    #[test]
    fn the_first_family_that_is_there_is_taken_and_what_stands_in_for_a_named_one() {
        let fonts = fonts(&[
            "DejaVuSans.ttf",
            "DejaVuSans-Bold.ttf",
            "DejaVuSans-ExtraLight.ttf",
            "DejaVuSansMono.ttf",
            "NotoSans-Regular.ttf",
            "NimbusSans-Regular.otf",
            "NimbusSans-Regular.t1",
            "NimbusSansNarrow-Regular.otf",
            "Z003.t1",
        ]);
        let aliases = Aliases::parse(
            "<alias><family>sans-serif</family><prefer><family>Vera</family><family>DejaVu Sans</family></prefer></alias>
             <alias><family>sans-serif</family><prefer><family>Noto Sans</family></prefer></alias>
             <alias binding=\"same\"><family>Arial</family><default><family>Helvetica</family></default></alias>
             <alias><family>Helvetica</family><accept><family>Nimbus Sans</family><family>Z003</family></accept></alias>",
        );
        let default = ["/f/DejaVuSans-Bold.ttf", "/f/DejaVuSans.ttf"];
        for (named, more) in [
            (vec![], vec![]),
            (vec!["Helvetica"], vec!["/f/NimbusSans-Regular.otf", "/f/Z003.t1"]),
            (vec!["Arial"], vec!["/f/NimbusSans-Regular.otf", "/f/Z003.t1"]),
            (vec!["Courier"], vec![]),
        ] {
            let wanted = fonts.wanted(&aliases, &named).expect("there is a default");
            let wanted: Vec<String> = wanted.iter().map(|place| place.path.display().to_string()).collect();
            assert_eq!(wanted, [&default[..], &more[..]].concat(), "{named:?}");
        }
        assert_eq!(fonts.wanted(&Aliases::default(), &[]), None);
    }
}
