//! Will it run? Everything that speaks against it, together, before anything is written.
//!
//! What keeps a file from being packed at all is an [`Error`]; what may go wrong later, or only on some
//! ways through the program, is a warning. A plain program gets neither.

mod commands;
mod compiler;
mod error;
mod kinds;
mod libc;
mod mentioned;
mod mentions;
mod name_services;
mod pages;
mod reach;
mod script;
mod shell;
mod starts;
mod told;

pub use error::Error;
pub use kinds::kind_error;
pub use libc::two_libcs;
pub use name_services::name_services;

use crate::closure::Closure;
use crate::elf::{self, Kind};
use crate::error::Problem;
use crate::events::{LeftOut, Warning};
use crate::files::Roots;
use crate::options::Options;
use crate::platform::Platform;
use crate::program::Program;
use crate::rootfs::Assembled;
use crate::shrink;
use std::ffi::OsStr;

/// What speaks against an image.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What keeps it from being made.
    pub problems: Vec<Problem>,
    /// What will likely keep its program from some of its work.
    pub warnings: Vec<Warning>,
    /// What may, a sentence each.
    pub hints: Vec<String>,
    /// What objects show and the image lacks.
    pub left_out: Vec<LeftOut>,
}

/// Judges a program in the tree that was made for it. `roots`: where all that is in the tree comes from.
pub fn judge(closure: &Closure, assembled: &Assembled, roots: Roots<'_>, options: &Options) -> Verdict {
    let (program, rootfs) = (&closure.program, &assembled.rootfs);
    let given = program.given.to_string_lossy();
    let no_text = assembled.entrypoint().is_none().then(|| Error::NoText { given: program.given.clone() });
    let two_libcs = two_libcs(&given, program.inspected.libc, &closure.resolution, roots.sysroot);
    let search = options.search.programs.as_deref();
    let no_upx = options.upx.and_then(|_| shrink::refusal(program, search));
    let unreachable = reach::unreachable(assembled, options.config.workdir.as_ref());
    let mut problems: Vec<Problem> = no_text.into_iter().chain(two_libcs).map(Problem::from).collect();
    problems.extend(no_upx.map(Problem::from));
    // A closed directory above the program is told once.
    let unreadable = if unreachable.is_empty() { reach::unreadable(assembled) } else { None };
    problems.extend(unreachable.into_iter().chain(unreadable).map(Problem::from));
    let warnings = name_services(program, &closure.evidence.findings).into_iter().chain(starts::scripts(rootfs));
    let warnings = warnings.chain(commands::lacking_commands(rootfs, roots.sysroot));
    let warnings = warnings.chain(mentioned::not_packed(rootfs, options, roots));
    let warnings = warnings.chain(compiler::compiler(&given, closure, rootfs, roots.sysroot));
    let told = told::told(closure, rootfs, roots);
    let warnings = warnings.chain(told.warnings).collect();
    let pages = pages::small_pages(&given, program, &closure.resolution);
    Verdict { problems, warnings, hints: told.hints.into_iter().chain(pages).collect(), left_out: told.left_out }
}

/// The platform of the image for a program that is of a kind that can be packed: what `asked` says where the program
/// runs on it, else what the header says. `search` is the value of PATH in which the interpreter of a script is looked up.
pub fn admit(
    program: &Program,
    asked: Option<&Platform>,
    roots: Roots<'_>,
    search: Option<&OsStr>,
) -> Result<Platform, Error> {
    if program.inspected.kind == Kind::Script {
        return Err(script::script_error(program, roots, search));
    }
    match kind_error(&program.given, &program.inspected) {
        Some(error) => Err(error),
        None => platform(program, asked),
    }
}

fn platform(program: &Program, asked: Option<&Platform>) -> Result<Platform, Error> {
    let given = program.given.clone();
    match (&program.inspected.platform, asked) {
        (Some(own), Some(asked)) if asked.runs(own) => Ok(asked.clone()),
        (Some(own), Some(asked)) => Err(Error::OtherPlatform { given, asked: asked.clone(), own: own.clone() }),
        (Some(own), None) => Ok(own.clone()),
        (None, _) => {
            let machine = program.inspected.object.as_ref().map(|object| elf::machine_name(object.machine));
            let machine = machine.map(|name| format!("its header says: {name}"));
            Err(Error::NoPlatform {
                given,
                details: machine.into_iter().chain(program.inspected.evidence.clone()).collect(),
            })
        }
    }
}
