//! From a program to the tree that would be its image, and everything that speaks for and against it: what `pack` and
//! `pack inspect` have in common.

use super::unused::{Moved, moved, unused};
use crate::closure::{self, Closure};
use crate::error::{Error, Problem};
use crate::events::{LeftOut, Warning};
use crate::file::FileId;
use crate::files::Roots;
use crate::options::Asked;
use crate::packages::PackageDatabase;
use crate::paths::ImagePath;
use crate::program::Program;
use crate::rootfs::{self, Assembled, Rootfs};
use crate::verdict::{self, Advice};
use std::ffi::OsStr;

/// A program with all that it needs, and what comes of it.
pub struct Judged {
    /// The program and its needs, whatever is missing.
    pub closure: Closure,
    /// The tree that was made for it, or everything that speaks against that.
    pub outcome: Result<Accepted, Error>,
}

/// A tree against which nothing speaks.
pub struct Accepted {
    /// The tree.
    pub assembled: Assembled,
    /// What will likely keep the program from some of its work.
    pub warnings: Vec<Warning>,
    /// What may, a sentence each.
    pub hints: Vec<String>,
}

/// Closes over `program`, makes its tree, and judges that. `name` is what the program is called where it does not keep its
/// path; `output` is the file that is being written, if there is one.
///
/// Fails if the program cannot be followed at all.
pub fn judge(
    program: Program,
    name: &OsStr,
    asked: Asked<'_>,
    (roots, packages): (Roots<'_>, &PackageDatabase<'_>),
    output: Option<FileId>,
) -> Result<Judged, Error> {
    let Asked { contents, config, search, .. } = asked;
    let followed = closure::follow(program, contents, config, search, roots, packages)?;
    let (closure, errors) = followed.settle(search, roots);
    let outcome = if errors.is_empty() { accept(&closure, name, asked, roots, output) } else { Err(errors.into()) };
    Ok(Judged { closure, outcome })
}

fn accept(
    closure: &Closure,
    name: &OsStr,
    asked: Asked<'_>,
    roots: Roots<'_>,
    output: Option<FileId>,
) -> Result<Accepted, Error> {
    let Asked { contents, config, .. } = asked;
    let mut assembled = rootfs::assemble(closure, name, contents, config, roots, output)?;
    let problems: Vec<Problem> = verdict::problems(closure, &assembled, roots, asked);
    Error { problems, warnings: Vec::new() }.or(())?;
    let advice = verdict::advise(closure, &assembled.rootfs, &assembled.warnings, roots, (contents, config));
    let Advice { mut warnings, mut hints, left_out } = advice;
    warnings.extend(unused(closure, &assembled.rootfs, contents));
    match moved(&assembled, name, contents) {
        None => {}
        Some(Moved::For(warning)) => warnings.push(warning),
        Some(Moved::Hint(hint)) => hints.push(hint),
    }
    let said = std::mem::take(&mut assembled.rootfs.left_out).into_iter().chain(left_out);
    assembled.rootfs.left_out = still_left_out(said, &assembled.rootfs);
    Ok(Accepted { assembled, warnings, hints })
}

/// What is left out in the end: each thing once, and nothing that came in after all by a flag or for another object.
fn still_left_out(said: impl Iterator<Item = LeftOut>, rootfs: &Rootfs) -> Vec<LeftOut> {
    let is_in = |what: &str| {
        ImagePath::new(what).and_then(|path| rootfs.entries().get(&path)).is_some_and(|it| !it.is_parent())
    };
    let mut left_out: Vec<LeftOut> = Vec::new();
    for left in said {
        if !is_in(&left.what) && left_out.iter().all(|other| other.what != left.what) {
            left_out.push(left);
        }
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rootfs::{Cause, Entry, ImagePart, Node, Reason};

    #[test]
    fn what_is_left_out_is_told_once_and_not_where_it_came_in() {
        let mut rootfs = Rootfs::default();
        let link = Entry::new(Node::Link("x".into()), 0o777, ImagePart::Added, Reason::new(Cause::Asked, "`--add`"));
        rootfs.insert(&ImagePath::known("/etc/app/conf"), link).unwrap();
        let left = |what: &str, why: &str| LeftOut::new(what, why);
        let said = [
            left("/etc/app/conf", "it was a setting"),
            left("/etc/app", "only a part of it is there"),
            left("`llvmjit`", "it is large"),
            left("`llvmjit`", "it is large, and told again"),
            left("/etc/other", "it is a setting"),
        ];

        let told = still_left_out(said.into_iter(), &rootfs);

        let told: Vec<_> = told.iter().map(|left| (left.what.as_str(), left.why.as_str())).collect();
        let expected = [
            ("/etc/app", "only a part of it is there"),
            ("`llvmjit`", "it is large"),
            ("/etc/other", "it is a setting"),
        ];
        assert_eq!(told, expected);
    }
}
