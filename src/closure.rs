//! The program with all that it needs: what its header names, and what the evidence shows.

use crate::evidence::{self, Evidence};
use crate::options::{Config, Contents};
use crate::program::Program;
use crate::sysroot::Sysroot;

/// A program and what it needs.
#[derive(Debug)]
pub struct Closure {
    /// The program.
    pub program: Program,
    /// What it opens beside that, and what shows it.
    pub evidence: Evidence,
}

/// Follows `program` through `sysroot` until nothing new appears.
pub fn close(
    program: Program,
    contents: &Contents,
    config: &Config,
    sysroot: &Sysroot,
) -> Result<Closure, Vec<evidence::Error>> {
    let object = program.given.to_string_lossy().into_owned();
    let findings = evidence::look(&program.file, &program.inspected)
        .map_err(|source| vec![evidence::Error::Unreadable { object: object.clone(), source }])?;
    let evidence = evidence::follow(findings, &object, contents, &config.env, sysroot)?;
    Ok(Closure { program, evidence })
}
