//! What was asked for, read and found: the programs, the image's names, and where it goes.

use super::asked::with_the_rest;
use crate::error::Error;
use crate::files::HostRoots;
use crate::options::Options;
use crate::output::Target;
use crate::platform::Platform;
use crate::program::{self, Program};
use crate::reference::{Reference, name_from_program, program_name};
use crate::verdict;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// All that can be told before anything is resolved.
pub struct Prepared {
    /// The programs, each for another platform.
    pub programs: Vec<PreparedProgram>,
    /// The image's names; at least one.
    pub names: Vec<Reference>,
    /// Where it goes; `None`: nowhere, in a dry run.
    pub target: Option<Target>,
}

/// A program that can be packed, by its kind.
pub struct PreparedProgram {
    /// The program.
    pub program: Program,
    /// Where it and all that it needs is looked up.
    pub roots: HostRoots,
    /// What its image is for.
    pub platform: Platform,
    /// What it is called in the image where nobody says so.
    pub name: OsString,
}

/// Opens all programs, or tells all that keeps them from being packed.
pub fn prepare(options: &Options) -> Result<Prepared, Error> {
    let programs = open(options).map_err(|error| with_the_rest(error, options))?;
    let names = names(&options.tags, &programs);
    let name = names.first().map_or("image", Reference::last);
    let target = (!options.dry_run).then(|| Target::new(&options.destination, options.format, name));
    let shared = shared_name(&programs);
    let programs = programs.into_iter().map(|opened| {
        let name = shared.clone().unwrap_or_else(|| opened.name.clone());
        PreparedProgram { name, ..opened }
    });
    Ok(Prepared { programs: programs.collect(), names, target })
}

fn open(options: &Options) -> Result<Vec<PreparedProgram>, Error> {
    let mut failed = Error::default();
    let mut programs: Vec<PreparedProgram> = Vec::new();
    for given in &options.programs {
        let Some(opened) = failed.take(open_one(given, &programs, options)) else { continue };
        programs.push(opened);
    }
    if !options.format.has_layers() && options.programs.len() > 1 {
        failed.problems.push(verdict::Error::SeveralRoots.into());
    }
    failed.or(programs)
}

fn open_one(given: &OsStr, others: &[PreparedProgram], options: &Options) -> Result<PreparedProgram, Error> {
    let (program, roots) = program::open(given, &options.search, options.platform.as_ref())?;
    let platform =
        verdict::admit(&program, options.platform.as_ref(), roots.roots(), options.search.programs.as_deref())?;
    match others.iter().find(|other| other.platform == platform) {
        None => Ok(PreparedProgram { name: program_name(program.name()), program, roots, platform }),
        Some(other) => {
            let (first, second) = (other.program.given.clone(), given.to_owned());
            Err(verdict::Error::SamePlatform { first, second, platform }.into())
        }
    }
}

/// The names of the image: those asked for, each once, else one made from the first program's.
fn names(tags: &[Reference], programs: &[PreparedProgram]) -> Vec<Reference> {
    if tags.is_empty() {
        return programs.first().map(|one| Reference::for_program(one.program.name().as_bytes())).into_iter().collect();
    }
    let first = |(number, tag): &(usize, &Reference)| !tags[..*number].contains(tag);
    tags.iter().enumerate().filter(first).map(|(_, tag)| tag.clone()).collect()
}

/// The one name of several programs that do not agree on one: the first one's, as the image would have it.
fn shared_name(programs: &[PreparedProgram]) -> Option<OsString> {
    let [first, rest @ ..] = programs else { return None };
    let differ = rest.iter().any(|other| other.name != first.name);
    differ.then(|| name_from_program(first.program.name().as_bytes()).into())
}
