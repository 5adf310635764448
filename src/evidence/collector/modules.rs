//! Modules that came in and that no object names: how near the object is that brought them, and what their libraries would
//! bring in turn.

use super::EvidenceCollector;
use crate::elf::Object;
use crate::evidence::candidate::Distance;
use crate::evidence::intake::{ElfFile, inside};
use crate::evidence::item::ItemKind;
use crate::evidence::ledger::{OPENED, OWN_DATA, PACKAGE, REGISTRY};
use crate::evidence::named::home;
use crate::evidence::rules::Brings;
use crate::evidence::seen::{self, ObjectRole};
use crate::evidence::{SeenObject, python};
use crate::files::Place;
use crate::resolve::Library;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Endings of scripts, by whose names a module is loaded: `openssl.rb` loads `openssl.so`.
const OF_SCRIPTS: [&str; 9] = ["rb", "py", "pm", "pl", "lua", "tcl", "scm", "php", "R"];

/// Rules that bring directories of modules, of which a use opens one.
const MODULES_OF_RULES: [&str; 1] = ["pixbuf-loaders"];

/// The largest list of modules, in bytes.
const LARGEST_LIST: u64 = 256 << 10;

/// The most that one directory counts, in bytes.
const MOST: u64 = 32 << 20;

impl EvidenceCollector<'_, '_> {
    /// How far the object is from the program that brought the module `file`, and whether that is a part of the program,
    /// if the module was brought by its directory, its package, a rule or a registry, or is opened by a library. `None` for
    /// one that the program opens by its name, or that the user asks for.
    pub fn unnamed_module(&self, file: &ElfFile) -> Option<(Distance, bool)> {
        let seen = self.seen.get(file.shown_by?.number())?;
        let name = file.place.path.file_name()?.to_str()?;
        let is_part = seen.distance == Distance::Program || self.ledger.is_of_its_source(seen);
        // A library names all that it can open for those who use it.
        let is_named = is_part && seen.libraries.contains(name);
        let counts = match file.rule {
            OWN_DATA => !file.alone && !is_named,
            PACKAGE => !is_named,
            OPENED => seen.distance != Distance::Program,
            // A program that is linked with a library of drivers works through these.
            REGISTRY => seen.distance != Distance::Direct || self.ledger.is_opened(&seen.place),
            rule => MODULES_OF_RULES.contains(&rule),
        };
        counts.then_some((seen.distance, is_part))
    }

    /// How far the object is from the packed program that brought the program `file`, and whether that was with a
    /// directory.
    pub fn brought_from(&self, file: &ElfFile) -> (Distance, bool) {
        let seen = file.shown_by.and_then(|object| self.seen.get(object.number()));
        let is_of_directory = !file.alone && matches!(file.rule, OWN_DATA | PACKAGE);
        seen.map_or((Distance::Program, false), |seen| (self.ledger.distance(seen), is_of_directory))
    }

    /// Whether the program at `place`, the end of all links, is a tool that every system has.
    pub fn is_tool(&self, place: &Place) -> bool {
        self.ledger.tools.contains(place) && self.ledger.is_essential(place)
    }

    /// Whether a file that came in names the module at `place`: a script with its name, or a list of modules beside it.
    pub fn is_named_by_file(&self, place: &Place) -> bool {
        let Some(name) = place.path.file_name().and_then(|name| name.to_str()) else { return false };
        let stem = name.split('.').next().unwrap_or(name);
        let up_to_version = name.find(".so").map_or(name, |at| &name[..at + ".so".len()]);
        self.intake.items.iter().any(|item| {
            let ItemKind::File(content) = &item.kind else { return false };
            let path = &item.place.path;
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let is_script = OF_SCRIPTS.contains(&ending) && path.file_stem().is_some_and(|script| script == stem);
            // A `.la` tells how its module is linked, not that something opens it.
            let is_list = path.parent() == place.path.parent() && ending != "la" && content.size() <= LARGEST_LIST;
            is_script
                || is_list
                    && !path.to_string_lossy().contains(".so")
                    && self.intake.contains(&item.place, up_to_version)
        })
    }

    /// About how many bytes come in because of what `library` shows: directories that it names, and a runtime.
    pub fn bytes_shown_by(&self, library: &Library) -> u64 {
        let real = library.place.at_end(&library.walk);
        let Some(file) = self.intake.open(&real) else { return 0 };
        let (name, object): (String, &Rc<Object>) = (library.name(), &library.object);
        let role = ObjectRole::Library { soname: &name, near: false };
        let Ok(seen) = seen::look(&*file, object, SeenObject::new(&name, self.seen.len()), role, real) else {
            return 0;
        };
        let brings_python = seen.findings.iter().any(|finding| finding.rule.brings.contains(&Brings::Python));
        let directory = |path: &String| {
            let path = Path::new(path);
            let is_own = path.is_absolute() && home(path, true).is_some();
            is_own.then(|| path.to_owned()).filter(|path| self.intake.is_directory(&inside(path)))
        };
        let all: BTreeSet<PathBuf> = seen.paths.iter().filter_map(|named| directory(&named.path)).collect();
        // A directory that is below another counts with that.
        let is_below = |path: &PathBuf| path.ancestors().skip(1).any(|above| all.contains(above));
        let directories = all.iter().filter(|path| !is_below(path));
        let named: u64 = directories.map(|path| self.intake.size_below(&inside(path), MOST)).sum();
        named + if brings_python { python::USUAL_SIZE } else { 0 }
    }
}
