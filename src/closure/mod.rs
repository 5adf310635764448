//! The program with all that it needs: what its header names, and what the evidence shows.
//!
//! The one loop in the way of the data: what evidence brings may be a library, or a program, and what that needs
//! is resolved too, until nothing new appears. The same loop serves a program of this machine, one of a sysroot, and one
//! of an image that is read back.

mod added;
mod builder;
mod error;
mod library_path;
mod load_errors;
mod opened;
mod subject;

pub use added::{Added, find as find_added};
pub use error::Error;
pub use load_errors::load_errors;
pub use opened::Opened;
pub use subject::{Other, Subject, request, subject};

use crate::events::{LeftOut, Warning};
use crate::evidence::{Evidence, Finding};
use crate::files::Roots;
use crate::options::{Contents, Search};
use crate::program::Program;
use crate::resolve::{Dlopen, KnownFiles, LoadError, Resolution};
use builder::ClosureBuilder;

/// A program and what it needs.
#[derive(Debug)]
pub struct Closure {
    /// The program.
    pub program: Program,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// What is opened later, when the program runs.
    pub later: Vec<Dlopen>,
    /// Programs that come in with it, each with a list of libraries of its own.
    pub others: Vec<Other>,
    /// What it opens beside that, and what shows it.
    pub evidence: Evidence,
    /// What the user adds.
    pub added: Vec<Added>,
    /// What was read.
    pub known: KnownFiles,
}

/// What following a program came to, whatever is missing.
#[derive(Debug)]
pub struct Followed {
    /// The program with what there is of what it needs.
    pub closure: Closure,
    /// What cannot be opened when the program runs, and why it would be.
    pub unmet: Vec<(Opened, LoadError)>,
    /// What went wrong with what was asked for beside the program.
    pub errors: Vec<Error>,
}

/// Follows `program` through `roots` until nothing new appears. `env` is what the image sets.
pub fn follow(
    program: Program,
    contents: &Contents,
    env: &[(String, String)],
    search: &Search,
    roots: Roots<'_>,
) -> Result<Followed, Vec<Error>> {
    let mut builder = ClosureBuilder::new(&program, contents, env, search, roots)?;
    builder.run()?;
    let ClosureBuilder { resolution, known, added, later, others, evidence, left_out, mut errors, .. } = builder;
    let (mut evidence, more) = evidence.finish(program.inspected.libc);
    errors.extend(more.into_iter().map(Error::from));
    evidence.left_out.extend(left_out);
    let unmet = resolution.unmet.iter().map(|(number, error)| (later[*number].1.clone(), error.clone())).collect();
    let later = later.into_iter().map(|(later, _)| later).collect();
    Ok(Followed { closure: Closure { program, resolution, later, others, evidence, added, known }, unmet, errors })
}

/// The same, where everything that the program needs is there.
pub fn close(
    program: Program,
    contents: &Contents,
    env: &[(String, String)],
    search: &Search,
    roots: Roots<'_>,
) -> Result<Closure, Vec<Error>> {
    let Followed { mut closure, unmet, errors: more } = follow(program, contents, env, search, roots)?;
    let mut errors = load_errors(&closure.resolution, &closure.program, search, roots);
    let (mut warnings, mut left_out): (Vec<Warning>, Vec<LeftOut>) = Default::default();
    for (opened, load_error) in &unmet {
        opened.unmet(load_error, &mut warnings, &mut left_out, &mut errors);
    }
    closure.evidence.warnings.extend(warnings);
    closure.evidence.left_out.extend(left_out);
    errors.extend(more);
    if errors.is_empty() { Ok(closure) } else { Err(errors) }
}

/// What `pack inspect` tells: what the program needs from the start, and what shows more.
pub fn needs(program: &Program, search: &Search, roots: Roots<'_>) -> Result<(Resolution, Vec<Finding>), Vec<Error>> {
    let contents = Contents::default();
    let mut builder = ClosureBuilder::new(program, &contents, &[], search, roots)?;
    builder.once()?;
    let findings = builder.evidence.findings().cloned().collect();
    Ok((builder.resolution, findings))
}
