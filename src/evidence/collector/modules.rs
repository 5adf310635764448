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

/// The largest list of modules, in bytes.
const LARGEST_LIST: u64 = 256 << 10;

/// The most that one directory counts, in bytes.
const MOST: u64 = 32 << 20;

impl EvidenceCollector<'_, '_> {
    /// How far the object is from the program that brought the module `file`, if that was brought by its directory, its
    /// package or a registry, or is opened by a library. `None` for one that the program opens by its name, or that the
    /// user asks for.
    pub fn unnamed_module(&self, file: &ElfFile) -> Option<Distance> {
        let seen = self.seen.get(file.shown_by?.number())?;
        let name = file.place.path.file_name()?.to_str()?;
        let counts = match file.rule {
            OWN_DATA => !file.alone && !seen.libraries.contains(name),
            PACKAGE => !seen.libraries.contains(name),
            OPENED => seen.distance != Distance::Program,
            REGISTRY => seen.distance == Distance::Further,
            _ => false,
        };
        counts.then_some(seen.distance)
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
