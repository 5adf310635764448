//! `pack inspect FILE`: what a program is and whether it can be packed, or what an image is and whether its program
//! starts. The file itself says which of the two it is.

use crate::closure;
use crate::error::{Error, Problem};
use crate::events::{Diagnostic, Progress};
use crate::explain;
use crate::options::{Inspect, InspectImage, InspectProgram};
use crate::program;
use crate::resolve::Resolution;
use crate::shrink;
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

/// Tells what a program is, and whether it can be packed.
fn inspect_program(asked: &Inspect) -> Result<ProgramInspection, Error> {
    let given = asked.file.to_string_lossy().into_owned();
    let (program, roots) = match program::open(&asked.file, &asked.search, None) {
        Ok(opened) => opened,
        Err(error) => {
            return Ok(ProgramInspection { given, found: None, problems: vec![error.into()], warnings: Vec::new() });
        }
    };
    let InspectProgram { search, explain } = for_program(asked)?;
    let roots = roots.roots();
    let admitted = verdict::admit(&program, None, roots, search.programs.as_deref());
    let mut problems: Vec<Problem> = admitted.err().map(Problem::from).into_iter().collect();
    let (resolution, findings) = closure::needs(&program, &search, roots).unwrap_or_else(|errors| {
        problems.extend(errors.into_iter().map(Problem::from));
        (Resolution::default(), Vec::new())
    });
    let load_errors = closure::load_errors(&resolution, &program, &search, roots);
    problems.extend(load_errors.into_iter().map(Problem::from));
    let mut warnings = resolution.warnings.clone();
    warnings.extend(verdict::name_services(&program, &findings));
    let packages = explain.then(|| explain::packages_of_libraries(&resolution, roots));
    let removable = shrink::removable(&*program.file, &program.inspected);
    let found = FoundProgram { program, removable, resolution, findings, packages };
    Ok(ProgramInspection { given, found: Some(found), problems, warnings })
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
            return Ok(ImageInspection { given, found: None, problems: vec![error.into()], warnings: Vec::new() });
        }
    };
    progress.step("looking at its program");
    let analysis = explain::analyse(&mut source, &options.provided, options.without_evidence);
    let problems = analysis.errors.iter().map(Problem::new).collect();
    let warnings = analysis.warnings.clone();
    let explained = options.explain.then(|| explain::explain_source(&source));
    let found = FoundImage { source, analysis, explained };
    Ok(ImageInspection { given, found: Some(found), problems, warnings })
}
