//! From programs to trees: closed, assembled and judged, all of them, and then made smaller.

use super::asked::with_the_rest;
use super::judge::{self, Accepted};
use super::labels::{labels, nothing_found};
use super::prepare::PreparedProgram;
use super::signals::ignores_signals;
use super::unused::{given_twice, without_an_image};
use crate::cache::CacheDirectory;
use crate::closure::Closure;
use crate::error::{Error, Problem};
use crate::events::Warning;
use crate::explain::{self, Explained};
use crate::file::FileId;
use crate::layer;
use crate::options::Options;
use crate::output::Target;
use crate::packages::{Package, PackageDatabase};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::shrink;
use crate::summary::Packed;
use crate::verdict;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A program in the tree that was made for it, against which nothing speaks.
struct Judged {
    closure: Closure,
    platform: Platform,
    accepted: Accepted,
    /// The packages that files belong to, where that was asked for.
    packages: Option<BTreeMap<ImagePath, Package>>,
}

/// What each image holds, with all warnings; or everything that speaks against any of them, together.
pub fn assemble(
    programs: Vec<PreparedProgram>,
    target: Option<&Target>,
    options: &Options,
) -> Result<(Vec<Packed>, Vec<Warning>), Error> {
    let judged = judge_all(programs, target, options).map_err(|error| with_the_rest(error, options))?;
    let mut failed = Error::default();
    let (mut packed, mut warnings) = (Vec::new(), Vec::new());
    for judged in judged {
        let Some((one, more)) = failed.take(shrink(judged, options)) else { continue };
        packed.push(one);
        warnings.extend(more);
    }
    warnings.extend(given_twice(&options.config));
    warnings.extend(without_an_image(options));
    warnings.extend(options.compression.warning().filter(|_| options.format.has_layers()));
    failed.or((packed, warnings))
}

fn judge_all(programs: Vec<PreparedProgram>, target: Option<&Target>, options: &Options) -> Result<Vec<Judged>, Error> {
    let mut failed = Error::default();
    failed.problems.extend(target.into_iter().flat_map(|target| over_itself(&programs, target, options)));
    let output = target.and_then(Target::inode);
    let judged = programs.into_iter().filter_map(|program| failed.take(judge(program, output, options))).collect();
    failed.or(judged)
}

/// What goes in must not be written over.
fn over_itself(programs: &[PreparedProgram], target: &Target, options: &Options) -> Vec<Problem> {
    let (Some(output), Some(destination)) = (target.inode(), target.path()) else { return Vec::new() };
    let is_output = |path: &PathBuf| Target::Path(path.clone()).inode() == Some(output);
    let certificates = options.contents.certificates.iter().any(is_output).then_some("a file of `--certs`");
    let programs = programs.iter().filter(|one| one.program.stat.identity.inode() == output);
    let what = certificates.into_iter().chain(programs.map(|_| "the program itself"));
    what.map(|what| verdict::Error::OverItself { destination: destination.to_owned(), what }.into()).collect()
}

fn judge(prepared: PreparedProgram, output: Option<FileId>, options: &Options) -> Result<Judged, Error> {
    let PreparedProgram { program, roots, platform, name } = prepared;
    let roots = roots.roots();
    // A dry run makes nothing, the directory of the cache included.
    let cache = options.cache.as_deref().filter(|cache| !options.dry_run || cache.exists());
    let cache = cache.and_then(CacheDirectory::open);
    let packages = PackageDatabase::open(roots.sysroot, cache.as_ref());
    let judge::Judged { closure, outcome } = judge::judge(program, &name, options.asked(), (roots, &packages), output)?;
    let accepted = outcome?;
    let packages = options.explain.then(|| explain::packages_of_files(&accepted.assembled.rootfs, roots, &packages));
    Ok(Judged { closure, platform, accepted, packages })
}

/// Lets go of what is not needed any more, and makes smaller what is.
fn shrink(judged: Judged, options: &Options) -> Result<(Packed, Vec<Warning>), Error> {
    let Judged { closure, platform, accepted, packages } = judged;
    let Accepted { mut assembled, mut warnings, hints } = accepted;
    let given = closure.program.given.to_string_lossy().into_owned();
    let own = closure.program.inspected.platform.as_ref().unwrap_or(&platform);
    let (shrunk, more) = shrink::shrink(&mut assembled.rootfs, &given, own, options)?;
    warnings.extend(more);
    // Which layer a file is in depends on sizes, which are final now.
    let layers = || options.format.has_layers().then(|| layer::numbers(&assembled.rootfs, options.division));
    let explained = packages.map(|packages| Explained { packages, layers: layers().unwrap_or_default() });
    let labels = if options.config.shown_labels {
        labels(&closure.program, options.search.sysroots.is_empty())
    } else {
        Vec::new()
    };
    warnings.extend((options.config.shown_labels && labels.is_empty()).then(|| nothing_found(&given)));
    let (findings, inspected) = (closure.evidence.findings, closure.program.inspected);
    let resolution = closure.resolution;
    let ignores_signals = ignores_signals(&inspected, &resolution);
    let packed = Packed {
        given,
        labels,
        platform,
        inspected,
        findings,
        resolution,
        assembled,
        hints,
        ignores_signals,
        shrunk,
        explained,
    };
    Ok((packed, warnings))
}
