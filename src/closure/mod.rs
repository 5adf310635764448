//! A program with all that it needs: libraries that headers name, and files that evidence shows.
//!
//! This is the only loop between steps. Evidence may bring a library or a program, whose own needs are resolved too,
//! until nothing new appears. The same loop serves a program of this machine, of a sysroot, and of an image that is read
//! back.

mod added;
mod builder;
mod error;
mod heavy;
mod library_path;
mod load_errors;
mod opened;
mod preloaded;
mod provided;
mod subject;

pub use added::{Added, find_added};
pub use error::Error;
pub use load_errors::load_errors;
pub use opened::Opened;
pub use subject::{OtherProgram, Subject, request, subject};

use crate::events::{LeftOut, Warning};
use crate::evidence::{Evidence, Finding, Item, ItemKind};
use crate::files::{Place, Roots};
use crate::options::{Config, Contents, Search};
use crate::packages::PackageDatabase;
use crate::program::Program;
use crate::resolve::{Dlopen, KnownFiles, LoadError, Resolution, SearchSettings};
use builder::ClosureBuilder;
use std::collections::BTreeSet;

/// A program and all that it needs.
#[derive(Debug)]
pub struct Closure {
    /// The program.
    pub program: Program,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// Libraries that are opened when the program runs; `Library::dlopen` is an index.
    pub dlopens: Vec<Dlopen>,
    /// Programs that come in beside it, each with its own loader and libraries.
    pub others: Vec<OtherProgram>,
    /// Other files that it opens, and what shows this.
    pub evidence: Evidence,
    /// Files and directories that the user adds.
    pub added: Vec<Added>,
    /// What is said about the search for libraries beside what the objects say.
    pub settings: SearchSettings,
    /// Files that were read, by identity.
    pub known: KnownFiles,
}

/// The closure of a program, whatever is missing.
#[derive(Debug)]
pub struct Followed {
    /// The program with those of its needs that exist.
    pub closure: Closure,
    /// Libraries that cannot be opened when the program runs: why they would be, and why they cannot.
    pub unmet: Vec<(Opened, LoadError)>,
    /// Problems with what the user asks for beside the program.
    pub errors: Vec<Error>,
}

/// Follows `program` through `roots` until nothing new appears. `config` is the image's configuration, `packages` the package
/// database of the sysroot.
///
/// Missing libraries are part of the value. Fails if a file cannot be read, or a directory of `search` does not exist.
pub fn follow(
    program: Program,
    contents: &Contents,
    config: &Config,
    search: &Search,
    roots: Roots<'_>,
    packages: &PackageDatabase<'_>,
) -> Result<Followed, Vec<Error>> {
    let mut builder = ClosureBuilder::new(&program, contents, config, search, roots, packages)?;
    builder.run()?;
    let ClosureBuilder {
        resolution,
        settings,
        known,
        added,
        dlopens,
        others,
        evidence,
        left_out,
        heavy,
        heavy_programs,
        stay_out,
        mut errors,
        ..
    } = builder;
    let (mut evidence, more) = evidence.finish(program.inspected.libc);
    errors.extend(more.into_iter().map(Error::from));
    evidence.left_out.extend(left_out);
    // A link to what stays out would be opened, and fail.
    let leads_out = |item: &Item| matches!(item.kind, ItemKind::Link(_)) && ends_in(roots, &item.place, &stay_out);
    evidence.brought.retain(|item| !stay_out.contains(&item.place) && !leads_out(item));
    evidence.hints.extend(heavy.into_iter().chain(heavy_programs.told()).map(|heavy| heavy.hint()));
    let unmet = resolution.unmet.iter().map(|(number, error)| (dlopens[*number].1.clone(), error.clone())).collect();
    let dlopens = dlopens.into_iter().map(|(dlopen, _)| dlopen).collect();
    let closure = Closure { program, resolution, dlopens, others, evidence, added, settings, known };
    Ok(Followed { closure, unmet, errors })
}

/// Whether the link at `place` leads to one of `places`, at the ends of all links.
fn ends_in(roots: Roots<'_>, place: &Place, places: &BTreeSet<Place>) -> bool {
    !places.is_empty() && roots.walk(place).is_ok_and(|end| places.contains(&place.at_end(&end)))
}

impl Followed {
    /// The closure, with what is told of libraries that cannot be opened, and every reason why the program cannot do with it.
    pub fn settle(self, search: &Search, roots: Roots<'_>) -> (Closure, Vec<Error>) {
        let Self { mut closure, unmet, errors: more } = self;
        let mut errors = load_errors(&closure.resolution, &closure.program, search, roots);
        let (mut warnings, mut left_out): (Vec<Warning>, Vec<LeftOut>) = Default::default();
        for (opened, load_error) in &unmet {
            opened.tell_unmet(load_error, &mut warnings, &mut left_out, &mut errors);
        }
        closure.evidence.warnings.extend(warnings);
        closure.evidence.left_out.extend(left_out);
        let others = closure.others.iter().flat_map(|other| &other.resolution.provided);
        let all: Vec<_> = closure.resolution.provided.iter().chain(others).collect();
        provided::tell(&all, &closure.settings.provided, &mut closure.evidence);
        errors.extend(more);
        (closure, errors)
    }
}

/// The closure of `program` as `follow` gives it, if nothing that it cannot do without is missing.
///
/// Fails with every problem at once.
pub fn close(
    program: Program,
    contents: &Contents,
    config: &Config,
    search: &Search,
    roots: Roots<'_>,
    packages: &PackageDatabase<'_>,
) -> Result<Closure, Vec<Error>> {
    let (closure, errors) = follow(program, contents, config, search, roots, packages)?.settle(search, roots);
    if errors.is_empty() { Ok(closure) } else { Err(errors) }
}

/// What `pack inspect` shows: the libraries that the program is started with, and the rules that it and they match.
pub fn needs(program: &Program, search: &Search, roots: Roots<'_>) -> Result<(Resolution, Vec<Finding>), Vec<Error>> {
    let (contents, config) = (Contents::default(), Config::default());
    let packages = PackageDatabase::open(roots.sysroot, None);
    let mut builder = ClosureBuilder::new(program, &contents, &config, search, roots, &packages)?;
    builder.run_once()?;
    let findings = builder.evidence.findings().cloned().collect();
    Ok((builder.resolution, findings))
}
