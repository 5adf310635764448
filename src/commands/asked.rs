//! What is asked for beside the programs, looked at even where a program cannot be packed.

use crate::error::{Error, Problem};
use crate::evidence::EvidenceCollector;
use crate::options::Options;
use crate::packages::PackageDatabase;
use crate::program;
use crate::rootfs;

/// Adds what is wrong with what was asked for beside the program, so that all is told at once.
pub fn with_the_rest(mut error: Error, options: &Options) -> Error {
    let (contents, config) = (&options.contents, &options.config);
    let roots = program::roots(&options.search, options.platform.as_ref());
    let packages = PackageDatabase::open(roots.roots().sysroot, None);
    let (_, wrong) = EvidenceCollector::new(contents, &config.env, roots.roots(), &packages).finish(None);
    let rest = wrong.into_iter().map(Problem::from);
    let rest = rest.chain(rootfs::problems(contents, config, roots.roots()).into_iter().map(Problem::from));
    // The same addition fails in the same way for each program.
    let mut problems: Vec<Problem> = Vec::new();
    for problem in error.problems.into_iter().chain(rest) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    error.problems = problems;
    error
}
