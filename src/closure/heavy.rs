//! Modules that need a library which is many times as large as they are, and which nothing else needs.
//!
//! A directory of modules comes in because an object names the directory. A program that can work without one of them
//! rarely uses the one that needs such a library: the module stays out, and is told.

use super::opened::Opened;
use crate::events::LeftOut;
use crate::resolve::{Dlopen, Resolution};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The largest library, in bytes, that comes in for modules which no object names.
const LARGEST: u64 = 64 << 20;

/// Modules of one directory that stay out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeavyModules {
    /// Their directory.
    pub directory: PathBuf,
    /// The library that they need.
    pub soname: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Takes the modules out of `dlopens`, from number `first` on, that need a large library which nothing else needs, and
/// tells of them. `resolution` is that of all `dlopens`.
pub fn take_out(
    dlopens: &mut Vec<(Dlopen, Opened)>,
    first: usize,
    resolution: &Resolution,
    left_out: &mut Vec<LeftOut>,
) -> Vec<HeavyModules> {
    let mut heavy: BTreeMap<usize, (String, u64)> = BTreeMap::new();
    for library in resolution.libraries.iter().filter(|library| library.walk.stat.identity.size > LARGEST) {
        let module = |needer| {
            let module = resolution.needing_library(needer)?;
            let number = module.dlopen.filter(|number| *number >= first)?;
            (dlopens[number].0.place.as_ref() == Some(&module.place)).then_some(number)
        };
        let modules: Option<Vec<usize>> = library.needed_by.iter().map(|needer| module(*needer)).collect();
        let is_module = library.dlopen.is_some_and(|number| dlopens[number].0.place.as_ref() == Some(&library.place));
        for number in modules.filter(|_| !is_module).unwrap_or_default() {
            heavy.insert(number, (library.name(), library.walk.stat.identity.size));
        }
    }
    let mut told: Vec<HeavyModules> = Vec::new();
    for (number, (soname, size)) in &heavy {
        let Some(place) = &dlopens[*number].0.place else { continue };
        let directory = place.directory().path;
        let why = format!("it needs `{soname}`, which is large, and no object names it; `--add` takes it in");
        left_out.push(LeftOut::new(place.path.display().to_string(), why));
        let modules = HeavyModules { directory, soname: soname.clone(), size: *size };
        if !told.contains(&modules) {
            told.push(modules);
        }
    }
    for number in heavy.keys().rev() {
        dlopens.remove(*number);
    }
    told
}

impl HeavyModules {
    /// What is said of them.
    pub fn hint(&self) -> String {
        let (directory, megabytes) = (self.directory.display(), self.size / 1_000_000);
        format!(
            "modules in `{directory}` need `{}` ({megabytes} MB) and stay out: `--add {directory}` takes them in",
            self.soname
        )
    }
}
