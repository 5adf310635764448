//! Whether the user who runs the program gets to it.

use super::error::Error;
use crate::file::FileKind;
use crate::files::walk;
use crate::paths::ImagePath;
use crate::rootfs::{Assembled, Cause, Node};

/// Directories and files that engines mount over, whatever an image has there.
const MOUNTED: [&str; 6] = ["/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// What keeps the user who runs the program from it, or from the working directory.
pub fn unreachable(assembled: &Assembled, workdir: Option<&ImagePath>) -> Vec<Error> {
    let program = [("the program's place", assembled.program.clone(), "give it another place with `--path PATH`")];
    let workdir = workdir.map(|path| {
        (
            "the working directory",
            path.clone(),
            "name another one with `--workdir PATH`, or say who runs the program with `--user`",
        )
    });
    let both = program.into_iter().chain(workdir);
    both.filter_map(|(what, path, hint)| {
        let why = mounted(&path).or_else(|| barred(assembled, &path, what == "the working directory"))?;
        Some(Error::Unreachable { what, path, why, hint })
    })
    .collect()
}

/// The first file that the program needs and the user who runs it may not read. What the user added for other uses than
/// the loader's is told as a warning.
pub fn unreadable(assembled: &Assembled) -> Option<Error> {
    let (rootfs, runner) = (&assembled.rootfs, assembled.runner);
    let needed = rootfs.entries().iter().filter(|(_, entry)| {
        let is_file = matches!(entry.node, Node::File(_));
        let is_loaded = entry.reasons.iter().any(|reason| matches!(reason.cause, Cause::Loader | Cause::Library));
        is_file && (is_loaded || !entry.is_added())
    });
    let mut barred = needed.filter_map(|(path, entry)| {
        let (barrier, closed) = rootfs.barrier(path, runner)?;
        let reason = entry.reasons.first().map(|reason| reason.text.to_string()).unwrap_or_default();
        Some(Error::Unreadable { uid: runner.uid, path: path.clone(), barrier, mode: closed.mode, reason })
    });
    barred.next()
}

fn mounted(path: &ImagePath) -> Option<String> {
    let over = MOUNTED.iter().map(|over| ImagePath::known(over)).find(|over| path.is_within(over))?;
    Some(format!("engines mount their own `{over}`"))
}

/// Why the user does not get to `path`: a directory above it is closed, or it is not what it should be.
fn barred(assembled: &Assembled, path: &ImagePath, directory: bool) -> Option<String> {
    let runner = assembled.runner;
    let Ok(end) = walk(&assembled.rootfs, path.as_path()) else { return Some("it is not there".to_owned()) };
    if directory && end.stat.kind != FileKind::Directory {
        return Some("it is not a directory".to_owned());
    }
    let (barrier, closed) = assembled.rootfs.barrier(&end.real, runner)?;
    Some(format!("user {} may not enter `{barrier}`, whose mode is {:04o}", runner.uid, closed.mode))
}
