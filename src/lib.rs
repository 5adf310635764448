//! pack: one compiled Linux program in, a container image out that holds it and exactly what it needs.
//!
//! The data goes one way; each step takes a finished value and gives one that knows more:
//!
//! ```text
//! program ─inspect▶ Inspected ─close▶ Closure ─assemble▶ Rootfs ─judge▶ Rootfs ─shrink▶ Rootfs ─encode▶ Layers
//!         ─describe▶ Image ─deliver▶
//! ```
//!
//! A module imports only what stands above it in `docs/design.md`, section 1.

pub mod blob;
pub mod bytes;
pub mod cache;
pub mod cli;
pub mod closure;
pub mod compress;
pub mod content;
pub mod elf;
pub mod error;
pub mod events;
pub mod evidence;
pub mod explain;
pub mod file;
pub mod files;
pub mod image;
pub mod layer;
pub mod options;
pub mod output;
pub mod packages;
pub mod paths;
pub mod platform;
pub mod program;
pub mod reference;
pub mod report;
pub mod resolve;
pub mod rootfs;
pub mod shrink;
pub mod source;
pub mod suggest;
pub mod summary;
pub mod temporary;
pub mod tools;
pub mod verdict;

use cache::LayerCache;
use error::{Error, Problem};
use events::{Progress, Warning};
use layer::How;
use options::{Destination, Format, Look, Options, PATH};
use platform::Platform;
use program::Program;
use reference::Reference;
use resolve::Resolution;
use shrink::Shrunk;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use summary::{ImageInspection, Inspection, Packed, Summary, Target};

/// Builds one image for each program that `options` names, and delivers them together. `progress` is told of
/// each step.
pub fn run(options: &Options, progress: &dyn Progress) -> Result<Summary, Error> {
    progress.step("reading the programs");
    let programs = open(options).map_err(|error| with_the_rest(error, options))?;
    let names = names(options, &programs);
    let target = target(options, &names);
    progress.step("collecting what they need");
    let mut images = collect(programs, options, &target)?;
    progress.bytes(images.iter().map(Packed::read).sum());
    let mut warnings: Vec<Warning> =
        images.iter_mut().flat_map(|packed| std::mem::take(&mut packed.assembled.warnings)).collect();
    warnings.extend(options.compression.warning().filter(|_| options.format != Format::Rootfs));
    if options.strict && !warnings.is_empty() {
        return Err(Error { problems: warnings.into_iter().map(Problem::from).collect(), warnings: Vec::new() });
    }
    let mut summary = Summary { names, digest: None, format: options.format, target, images, warnings };
    if !options.dry_run {
        let path = if let Target::Path(path) = &summary.target { Some(path.clone()) } else { None };
        deliver(options, &mut summary, path.as_deref(), progress).map_err(|error| error.at(path.as_deref()))?;
    }
    Ok(summary)
}

/// Tells what a file is, and whether it can be packed.
pub fn inspect(look: &Look) -> Inspection {
    let (path, search) = (look.file.as_os_str(), &look.search);
    let mut inspection = Inspection {
        given: path.to_string_lossy().into_owned(),
        program: None,
        removable: 0,
        resolution: Resolution::default(),
        findings: Vec::new(),
        packages: None,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    let (program, roots) = match program::open(path, search, None) {
        Ok(opened) => opened,
        Err(error) => {
            inspection.problems.push(error.into());
            return inspection;
        }
    };
    inspection.problems.extend(verdict::of_kind(&program.given, &program.inspected).map(Problem::from));
    if inspection.problems.is_empty() {
        inspection.problems.extend(verdict::platform(&program, None).err().map(Problem::from));
    }
    let roots = roots.roots();
    match closure::needs(&program, search, roots) {
        Ok((resolution, findings)) => {
            let load_errors = closure::load_errors(&resolution, &program, search, roots);
            inspection.problems.extend(load_errors.into_iter().map(Problem::from));
            inspection.warnings.extend(resolution.warnings.iter().cloned());
            inspection.packages = look.explain.then(|| explain::of_libraries(&resolution, roots));
            (inspection.resolution, inspection.findings) = (resolution, findings);
        }
        Err(errors) => inspection.problems.extend(errors.into_iter().map(Problem::from)),
    }
    inspection.warnings.extend(verdict::judge(&program, &inspection.findings));
    inspection.removable = shrink::removable(&*program.file, &program.inspected);
    inspection.program = Some(program);
    inspection
}

/// Tells what an image is, and whether its program will start; `None`: the file has not the form of one.
pub fn inspect_image(look: &Look, progress: &dyn Progress) -> Option<ImageInspection> {
    let opened = source::open(Path::new(&look.file)).transpose()?;
    progress.step("reading the image");
    let read = opened.and_then(|opened| opened.read(look.platform.as_ref()));
    let mut inspection = ImageInspection {
        given: look.file.to_string_lossy().into_owned(),
        image: None,
        explained: None,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    match read {
        Err(error) => inspection.problems.push(error.into()),
        Ok(mut source) => {
            progress.step("looking at its program");
            let mut analysis = explain::analyse(&mut source);
            inspection.problems.extend(std::mem::take(&mut analysis.errors).into_iter().map(Problem::from));
            inspection.warnings.append(&mut analysis.warnings);
            inspection.explained = look.explain.then(|| explain::explain_source(&source));
            inspection.image = Some((source, analysis));
        }
    }
    Some(inspection)
}

/// Opens all programs and tells all that keeps them from being packed.
fn open(options: &Options) -> Result<Vec<(Program, Platform)>, Error> {
    let mut failed = Error::default();
    let mut programs: Vec<(Program, Platform)> = Vec::new();
    for given in &options.programs {
        let opened = program::open(given, &options.search, options.platform.as_ref());
        let Some((program, _)) = failed.take(opened) else { continue };
        if let Some(error) = verdict::of_kind(given, &program.inspected) {
            failed.problems.push(error.into());
            continue;
        }
        let Some(platform) = failed.take(verdict::platform(&program, options.platform.as_ref())) else { continue };
        if let Some((other, _)) = programs.iter().find(|(_, there)| *there == platform) {
            let (first, second) = (other.given.clone(), given.clone());
            failed.problems.push(verdict::Error::SamePlatform { first, second, platform }.into());
            continue;
        }
        programs.push((program, platform));
    }
    if options.format == Format::Rootfs && options.programs.len() > 1 {
        failed.problems.push(verdict::Error::SeveralRoots.into());
    }
    failed.or(programs)
}

/// The names of the image: those asked for, else one made from the first program's.
fn names(options: &Options, programs: &[(Program, Platform)]) -> Vec<Reference> {
    if !options.tags.is_empty() {
        let mut tags: Vec<Reference> = Vec::new();
        for tag in &options.tags {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        return tags;
    }
    programs.first().map(|(program, _)| Reference::of_program(program.name().as_bytes())).into_iter().collect()
}

fn target(options: &Options, names: &[Reference]) -> Target {
    let name = names.first().map_or("image", Reference::last);
    match (&options.destination, options.format) {
        _ if options.dry_run => Target::Nothing,
        (Destination::Stdout, _) => Target::Stdout,
        (Destination::Path(path), _) => Target::Path(path.clone()),
        (Destination::Here, Format::Archive) => Target::Path(format!("{name}.tar").into()),
        (Destination::Here, Format::Rootfs) => Target::Path(format!("{name}.rootfs").into()),
    }
}

/// What each image holds; everything that speaks against it is told together.
fn collect(programs: Vec<(Program, Platform)>, options: &Options, target: &Target) -> Result<Vec<Packed>, Error> {
    let mut failed = Error::default();
    let mut images = Vec::new();
    let output = there(target);
    let shared = shared_name(&programs);
    let is_output = |path: &PathBuf| output.is_some() && output == there(&Target::Path(path.clone()));
    if options.contents.certificates.iter().any(is_output) {
        failed.problems.push(over(target, "a file of `--certs`"));
    }
    for (program, platform) in programs {
        if output == Some(program.stat.identity.inode()) {
            failed.problems.push(over(target, "the program itself"));
        }
        let roots = program::roots(&options.search, Some(&platform));
        let roots = roots.roots();
        let closed = closure::close(program, &options.contents, &options.config.env, &options.search, roots);
        let Some(mut closure) = failed.take(closed) else { continue };
        let given = closure.program.given.to_string_lossy().into_owned();
        let name = shared.clone().unwrap_or_else(|| closure.program.name().to_owned());
        let assembled = rootfs::assemble(&closure, &name, &options.contents, &options.config, roots, output);
        let Some(mut assembled) = failed.take(assembled) else { continue };
        if assembled.entrypoint().is_none() {
            failed.problems.push(verdict::Error::NoText { given: closure.program.given.clone() }.into());
        }
        let parts = verdict::one_place(&given, closure.program.inspected.libc, &closure.resolution, roots.sysroot);
        failed.problems.extend(parts.map(Problem::from));
        if options.upx.is_some() {
            let refused = shrink::refusal(&closure.program, options.search.programs.as_deref());
            failed.problems.extend(refused.map(Problem::from));
        }
        let unreachable = verdict::reachable(&assembled, options.config.workdir.as_ref());
        failed.problems.extend(unreachable.into_iter().map(Problem::from));
        assembled.warnings.extend(verdict::judge(&closure.program, &closure.evidence.findings));
        assembled.warnings.extend(verdict::scripts(&assembled.rootfs));
        assembled.warnings.extend(verdict::starts(&given, &closure.evidence.starts, &assembled.rootfs));
        let findings = std::mem::take(&mut closure.evidence.findings);
        let division = (options.format != Format::Rootfs).then_some(options.division);
        let explained = options.explain.then(|| explain::explain(&assembled.rootfs, roots, division));
        images.push(Packed {
            given,
            platform,
            known_as: findings.iter().find_map(|finding| finding.known_as),
            findings,
            resolution: closure.resolution,
            inspected: closure.program.inspected,
            assembled,
            shrunk: Shrunk::default(),
            layers: None,
            image: None,
            explained,
        });
    }
    let mut images = failed.or(images).map_err(|error| with_the_rest(error, options))?;
    let mut failed = Error::default();
    for packed in &mut images {
        let (tree, own) = (&mut packed.assembled.rootfs, packed.inspected.platform.as_ref());
        let shrunk = shrink::shrink(tree, &packed.given, own.unwrap_or(&packed.platform), options);
        let Some((shrunk, warnings)) = failed.take(shrunk) else { continue };
        packed.shrunk = shrunk;
        packed.assembled.warnings.extend(warnings);
    }
    failed.or(images)
}

/// Adds what is wrong with what was asked for beside the program, so that all is told at once.
fn with_the_rest(mut error: Error, options: &Options) -> Error {
    let (contents, config) = (&options.contents, &options.config);
    let roots = program::roots(&options.search, options.platform.as_ref());
    let (_, wrong) = evidence::EvidenceCollector::new(contents, &config.env, roots.roots()).finish(None);
    let rest = wrong.into_iter().map(Problem::from);
    for problem in rest.chain(rootfs::problems(contents, config, roots.roots()).into_iter().map(Problem::from)) {
        error.problems.push(problem);
    }
    // The same addition fails in the same way for each program.
    let mut told = Vec::new();
    error.problems.retain(|problem| !told.contains(problem) && (told.push(problem.clone()), true).1);
    error
}

fn over(target: &Target, what: &'static str) -> Problem {
    let destination = if let Target::Path(path) = target { path.clone() } else { PathBuf::new() };
    verdict::Error::OverItself { destination, what }.into()
}

/// Which file is at the destination now.
fn there(target: &Target) -> Option<file::FileId> {
    let Target::Path(path) = target else { return None };
    let stat = file::Stat::of(&std::fs::metadata(path).ok()?);
    (stat.kind == file::FileKind::File).then(|| stat.identity.inode())
}

/// The one name of several programs: theirs where they agree, else the first one's without its platform.
fn shared_name(programs: &[(Program, Platform)]) -> Option<OsString> {
    let [(first, _), rest @ ..] = programs else { return None };
    if rest.iter().all(|(program, _)| program.name() == first.name()) {
        return None;
    }
    Some(reference::name_from_program(first.name().as_bytes()).into())
}

fn deliver(
    options: &Options,
    summary: &mut Summary,
    path: Option<&Path>,
    progress: &dyn Progress,
) -> Result<(), output::Error> {
    if options.format == Format::Rootfs {
        progress.step("writing the root file system");
        let [packed] = summary.images.as_slice() else { unreachable!("several programs were refused") };
        progress.bytes(packed.assembled.rootfs.size());
        return output::write_rootfs(&packed.assembled.rootfs, path);
    }
    let mut archive = output::archive(path)?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    progress.step("writing the layers");
    let cache = options.cache.as_deref().and_then(LayerCache::open);
    let how = How { division: options.division, compression: options.compression, threads, cache: cache.as_ref() };
    let roots: Vec<&rootfs::Rootfs> = summary.images.iter().map(|packed| &packed.assembled.rootfs).collect();
    let layers = layer::encode(&roots, &how, &mut archive)?;
    progress.bytes(layers.iter().flat_map(|layers| &layers.0).map(|layer| layer.size).sum());
    for (packed, layers) in summary.images.iter_mut().zip(layers) {
        packed.layers = Some(layers);
    }
    progress.step("writing the archive");
    for packed in &mut summary.images {
        let config = image_config(options, packed);
        let layers = packed.layers.as_ref().expect("they were just made");
        packed.image = Some(image::describe(layers, &config, &mut archive)?);
    }
    let images: Vec<&image::Image> = summary.images.iter().filter_map(|packed| packed.image.as_ref()).collect();
    summary.digest = Some(archive.deliver(&images, &summary.names)?);
    Ok(())
}

/// What an image's configuration says: the contents decide some, the user the rest.
fn image_config(options: &Options, packed: &Packed) -> image::ImageConfig {
    let config = &options.config;
    let assembled = &packed.assembled;
    let commit = packed.inspected.toolchain.go.as_ref().and_then(|go| go.commit_time);
    let mut env: Vec<(String, String)> = vec![("PATH".to_owned(), PATH.to_owned())];
    if let Some(certificates) = &assembled.certificates {
        env.push(("SSL_CERT_FILE".to_owned(), certificates.to_string()));
    }
    for (key, value) in &config.env {
        // Of several the last one counts, and stands where the first one stood.
        match env.iter_mut().find(|(other, _)| other == key) {
            Some((_, there)) => there.clone_from(value),
            None => env.push((key.clone(), value.clone())),
        }
    }
    image::ImageConfig {
        platform: packed.platform.clone(),
        entrypoint: assembled.entrypoint().into_iter().collect(),
        arguments: config.arguments.clone(),
        env: env.into_iter().map(|(key, value)| format!("{key}={value}")).collect(),
        workdir: config.workdir.as_ref().map(ToString::to_string),
        user: format!("{}:{}", assembled.account.uid, assembled.account.gid),
        ports: config.ports.clone(),
        volumes: options.contents.volumes.iter().map(ToString::to_string).collect(),
        labels: config.labels.clone(),
        annotations: config.annotations.clone(),
        stop_signal: config.stop_signal.clone(),
        created: options.created.or(commit).unwrap_or(0),
    }
}
