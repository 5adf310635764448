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
mod name_services;
mod pages;
mod reach;
mod script;
mod starts;
mod told;
mod user_paths;

pub use commands::script_end;
pub use error::Error;
pub use kinds::kind_error;
pub use libc::two_libcs;

use crate::closure::Closure;
use crate::elf::{self, Kind};
use crate::error::Problem;
use crate::events::{LeftOut, Warning};
use crate::files::Roots;
use crate::options::{Asked, Config, Contents};
use crate::platform::Platform;
use crate::program::Program;
use crate::rootfs::{Assembled, Rootfs};
use crate::shrink;
use name_services::name_services;
use std::ffi::OsStr;

/// What may go wrong with a program that starts.
#[derive(Debug, Default)]
pub struct Advice {
    /// What will likely keep the program from some of its work.
    pub warnings: Vec<Warning>,
    /// What may, a sentence each.
    pub hints: Vec<String>,
    /// What objects show and the image lacks.
    pub left_out: Vec<LeftOut>,
}

/// Everything that keeps a program from being packed in the tree that was made for it. `roots`: where all that is in the
/// tree comes from.
pub fn problems(closure: &Closure, assembled: &Assembled, roots: Roots<'_>, asked: Asked<'_>) -> Vec<Problem> {
    let program = &closure.program;
    let given = program.given.to_string_lossy();
    let no_text = assembled.entrypoint().is_none().then(|| Error::NoText { given: program.given.clone() });
    let two_libcs = two_libcs(&given, program.inspected.libc, &closure.resolution, roots.sysroot);
    let no_upx = if asked.upx { shrink::refusal(program, asked.search.programs.as_deref()) } else { None };
    let unreachable = reach::unreachable(assembled, asked.config.workdir.as_ref());
    let mut problems: Vec<Problem> = no_text.into_iter().chain(two_libcs).map(Problem::from).collect();
    problems.extend(no_upx.map(Problem::from));
    // A closed directory above the program is told once.
    let unreadable = if unreachable.is_empty() { reach::unreadable(assembled) } else { None };
    problems.extend(unreachable.into_iter().chain(unreadable).map(Problem::from));
    problems
}

/// What may go wrong with a program that starts from `rootfs`: the one list for an image that is made, for one that would
/// be made, and for one that was read back. `more` are the warnings of the step that made the tree; `roots`: where all that
/// is in the tree comes from.
pub fn advise(
    closure: &Closure,
    rootfs: &Rootfs,
    more: &[Warning],
    roots: Roots<'_>,
    (contents, config): (&Contents, &Config),
) -> Advice {
    let Closure { program, evidence, resolution, .. } = closure;
    let given = program.given.to_string_lossy();
    let told = told::told(closure, rootfs, roots);
    let mut warnings: Vec<Warning> =
        evidence.warnings.iter().chain(more).chain(&resolution.warnings).cloned().collect();
    warnings.extend(name_services(program, &evidence.findings));
    warnings.extend(starts::scripts(rootfs));
    warnings.extend(commands::lacking_commands(rootfs, roots.sysroot));
    warnings.extend(mentioned::not_packed(rootfs, (contents, config), roots));
    warnings.extend(compiler::compiler(&given, closure, rootfs, roots.sysroot));
    warnings.extend(told.warnings);
    let mut hints = evidence.hints.clone();
    hints.extend(told.hints);
    hints.extend(pages::small_pages(&given, program, resolution));
    Advice { warnings, hints, left_out: told.left_out }
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
