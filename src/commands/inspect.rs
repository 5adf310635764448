//! `pack inspect FILE`: what a program is and whether it can be packed, or what an image is and whether its program
//! starts. The file itself says which of the two it is.

use super::judge::{Accepted, Judged, judge};
use crate::closure::{self, Closure};
use crate::error::{Error, Problem};
use crate::events::{Diagnostic, Progress};
use crate::explain;
use crate::files::Roots;
use crate::options::{Asked, Config, Contents, Inspect, InspectImage, InspectProgram, Search};
use crate::packages::PackageDatabase;
use crate::program::{self, Program};
use crate::reference::program_name;
use crate::resolve::Resolution;
use crate::source::{self, OpenedImage};
use crate::summary::{FoundImage, FoundProgram, ImageInspection, Inspection, ProgramInspection};
use crate::verdict;
use std::path::Path;

/// A flag that says nothing about a file of this kind.
#[derive(Debug, thiserror::Error)]
#[error("`{flag}` means nothing for `{given}`, which is {what}")]
struct Meaningless {
    flag: &'static str,
    given: String,
    what: &'static str,
    hint: &'static str,
}

impl Diagnostic for Meaningless {
    fn code(&self) -> &'static str {
        "usage"
    }

    fn hint(&self) -> String {
        format!("leave it out: {}", self.hint)
    }

    fn is_usage_error(&self) -> bool {
        true
    }
}

/// Tells what a file is. What is wrong with the file is part of the answer; an error says that it was asked wrongly.
pub fn inspect(asked: &Inspect, progress: &dyn Progress) -> Result<Inspection, Error> {
    Ok(match source::open(Path::new(&asked.file)).transpose() {
        Some(image) => Inspection::Image(Box::new(inspect_image(asked, image, progress)?)),
        None => Inspection::Program(Box::new(inspect_program(asked)?)),
    })
}

/// What is asked of a program.
fn for_program(asked: &Inspect) -> Result<InspectProgram, Error> {
    let platform = ("--platform", asked.platform.is_some(), "it names one of several images in a file");
    meaningless(asked, "not an image", &[platform])?;
    Ok(InspectProgram { search: asked.search.clone(), explain: asked.explain })
}

/// What is asked of an image.
fn for_image(asked: &Inspect) -> Result<InspectImage, Error> {
    let Inspect { search, platform, explain, .. } = asked;
    let sysroot = ("--sysroot", !search.sysroots.is_empty(), "an image is a root of its own");
    let library_path =
        ("--library-path", !search.library_path.is_empty(), "libraries are looked up in the image alone");
    meaningless(asked, "an image", &[sysroot, library_path])?;
    let (platform, provided) = (platform.clone(), search.provided.clone());
    Ok(InspectImage { platform, without_evidence: search.without_evidence, provided, explain: *explain })
}

fn meaningless(asked: &Inspect, what: &'static str, flags: &[(&'static str, bool, &'static str)]) -> Result<(), Error> {
    let given = asked.file.to_string_lossy();
    let flags = flags.iter().filter(|(_, is_set, _)| *is_set);
    let errors = flags.map(|(flag, _, hint)| Meaningless { flag, given: given.clone().into_owned(), what, hint });
    Error::from(errors.collect::<Vec<_>>()).or(())
}

/// Tells what a program is, and what `pack` without flags would say of it.
fn inspect_program(asked: &Inspect) -> Result<ProgramInspection, Error> {
    let given = asked.file.to_string_lossy().into_owned();
    let (program, roots) = match program::open(&asked.file, &asked.search, None) {
        Ok(opened) => opened,
        Err(error) => return Ok(unread(given, error.into())),
    };
    let InspectProgram { search, explain } = for_program(asked)?;
    let roots = roots.roots();
    let packages = PackageDatabase::open(roots.sysroot, None);
    let mut inspection = match verdict::admit(&program, None, roots, search.programs.as_deref()) {
        Ok(_) => admitted(program, given, &search, (roots, &packages))?,
        Err(error) => refused(program, given, error.into(), &search, roots),
    };
    if let Some(found) = inspection.found.as_mut().filter(|_| explain) {
        found.packages = Some(explain::packages_of_libraries(&found.resolution, &packages));
    }
    Ok(inspection)
}

/// What is told of a program that is of a kind that can be packed.
fn admitted(
    program: Program,
    given: String,
    search: &Search,
    from: (Roots<'_>, &PackageDatabase<'_>),
) -> Result<ProgramInspection, Error> {
    let (contents, config) = (Contents::default(), Config::default());
    let asked = Asked { contents: &contents, config: &config, search, upx: false };
    let name = program_name(program.name());
    let Judged { closure, outcome } = match judge(program, &name, asked, from, None) {
        Ok(judged) => judged,
        Err(Error { problems, .. }) if problems.iter().all(|problem| problem.is_usage_error) => {
            return Err(Error { problems, warnings: Vec::new() });
        }
        Err(error) => return Ok(unread(given, error)),
    };
    let Closure { program, resolution, evidence, .. } = closure;
    let (problems, warnings, hints) = match outcome {
        Ok(Accepted { warnings, hints, .. }) => (Vec::new(), warnings, hints),
        Err(Error { problems, warnings }) => (problems, warnings, Vec::new()),
    };
    let found = FoundProgram::new(program, resolution, evidence.findings);
    Ok(ProgramInspection { given, found: Some(found), problems, warnings, hints })
}

/// What is told of a file that is of no kind that can be packed: it may have libraries all the same.
fn refused(program: Program, given: String, error: Problem, search: &Search, roots: Roots<'_>) -> ProgramInspection {
    let mut problems = vec![error];
    let (resolution, findings) = closure::needs(&program, search, roots).unwrap_or_else(|errors| {
        problems.extend(errors.into_iter().map(Problem::from));
        (Resolution::default(), Vec::new())
    });
    let load_errors = closure::load_errors(&resolution, &program, search, roots);
    problems.extend(load_errors.into_iter().map(Problem::from));
    let found = FoundProgram::new(program, resolution, findings);
    ProgramInspection { given, found: Some(found), problems, warnings: Vec::new(), hints: Vec::new() }
}

/// What is told of a file that cannot be read.
fn unread(given: String, Error { problems, warnings }: Error) -> ProgramInspection {
    ProgramInspection { given, found: None, problems, warnings, hints: Vec::new() }
}

/// Tells what an image is, and whether its program will start.
fn inspect_image(
    asked: &Inspect,
    image: Result<OpenedImage, source::Error>,
    progress: &dyn Progress,
) -> Result<ImageInspection, Error> {
    let given = asked.file.to_string_lossy().into_owned();
    let options = for_image(asked)?;
    progress.step("reading the image");
    let mut source = match image.and_then(|image| image.read(options.platform.as_ref())) {
        Ok(source) => source,
        Err(error) => {
            let problems = vec![error.into()];
            return Ok(ImageInspection { given, found: None, problems, warnings: Vec::new(), hints: Vec::new() });
        }
    };
    progress.step("looking at its program");
    let InspectImage { provided, without_evidence, explain, .. } = options;
    let (analysis, explained) = explain::analyse(&mut source, &provided, without_evidence, explain);
    let problems = analysis.errors.iter().map(Problem::new).collect();
    let (warnings, hints) = (analysis.warnings.clone(), analysis.hints.clone());
    let found = FoundImage { source, analysis, explained };
    Ok(ImageInspection { given, found: Some(found), problems, warnings, hints })
}
