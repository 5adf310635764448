//! The program that an engine starts in an image, and the user who runs it: found as engine and kernel find them, or the
//! reason why not.

use super::Error;
use crate::accounts::{self, AccountLine, Runner, parse_id};
use crate::bytes::ReadAt;
use crate::elf::{self, Kind, script};
use crate::file::FileKind;
use crate::files::{Files, Found, Place, Walk, walk};
use crate::options::PATH;
use crate::paths::ImagePath;
use crate::rootfs::{Entry, Node, Rootfs};
use crate::source::SourceConfig;
use std::path::{Path, PathBuf};

/// A file that the kernel starts, or reads to find what it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The path by which the file is named.
    pub path: PathBuf,
    /// Where the path leads.
    pub walk: Walk,
}

impl Started {
    /// The file as a program that was found in a root.
    pub fn to_found(&self) -> Found {
        let place = |path: &Path| Place { moves: true, ..Place::sysroot(path) };
        Found { named: place(&self.path), real: place(self.walk.real.as_path()), walk: self.walk.clone() }
    }
}

/// Who runs the program: `given` is the configuration's `USER[:GROUP]`, numbers or names of the image's own files,
/// as engines read them; `None` is root.
pub fn runner(rootfs: &Rootfs, given: Option<&str>) -> Result<Runner, Error> {
    let Some(given) = given else { return Ok(Runner::default()) };
    let (user, group) = given.split_once(':').map_or((given, None), |(user, group)| (user, Some(group)));
    let unknown = || Error::NoUser { given: given.to_owned() };
    let (passwd, groups) = (text(rootfs, "/etc/passwd"), text(rootfs, "/etc/group"));
    let line = accounts::find(&passwd, user);
    let id = |line: Option<AccountLine<'_>>, name| line.and_then(|line| line.id).or_else(|| parse_id(name));
    let uid = id(line, user).ok_or_else(unknown)?;
    let gid = match group {
        None => line.and_then(|line| line.gid).unwrap_or(0),
        Some(group) => id(accounts::find(&groups, group), group).ok_or_else(unknown)?,
    };
    Ok(Runner { uid, gid })
}

/// The first MiB of a text file; empty where it cannot be read.
fn text(rootfs: &Rootfs, path: &str) -> String {
    let end = walk(rootfs, Path::new(path)).and_then(|end| rootfs.open(&end.real));
    let bytes = end.and_then(|file| file.bytes_at(0, 1 << 20)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The program that `word` names: a path, or a name in the directories of the image's PATH.
pub fn program(rootfs: &Rootfs, config: &SourceConfig, word: &str, runner: Runner) -> Result<Started, Error> {
    let workdir = Path::new("/").join(config.workdir.as_deref().unwrap_or("/"));
    if word.contains('/') {
        return file(rootfs, workdir.join(word), word, runner);
    }
    let directories = config.variable("PATH").unwrap_or(PATH).split(':');
    let candidates: Vec<PathBuf> = directories.map(|directory| workdir.join(directory).join(word)).collect();
    let found = candidates.iter().find_map(|path| file(rootfs, path.clone(), word, runner).ok());
    found.ok_or_else(|| Error::NotInPath {
        word: word.to_owned(),
        searched: candidates.iter().filter_map(|path| path.parent()).map(|path| path.display().to_string()).collect(),
    })
}

/// The file at `path`, where `runner` may start it. `word` is what names it, for errors.
pub fn file(rootfs: &Rootfs, path: PathBuf, word: &str, runner: Runner) -> Result<Started, Error> {
    let not_there = || Error::NotThere { word: word.to_owned() };
    let walk = walk(rootfs, &path).map_err(|_| not_there())?;
    let entry = rootfs.entries().get(&walk.real).filter(|_| walk.stat.kind == FileKind::File).ok_or_else(not_there)?;
    let entered = walk.directories.iter().filter(|above| walk.real.is_within(above));
    let mut entered = entered.filter_map(|above| Some((above, rootfs.entries().get(above)?)));
    let denied = |why| Error::Denied { word: word.to_owned(), uid: runner.uid, why };
    if let Some((above, entry)) = entered.find(|(_, entry)| !entry.allows(runner, 1)) {
        return Err(denied(format!("the mode of `{above}` is {:04o}", entry.mode)));
    }
    // Root needs one x bit, whosever it is.
    if !entry.allows(runner, 1) || entry.mode & 0o111 == 0 {
        return Err(denied(format!("its mode is {:04o}", entry.mode)));
    }
    Ok(Started { path, walk })
}

/// Whether a shell is started only to start the program, as `ENTRYPOINT program` in a Dockerfile does.
pub fn is_shell_form(entrypoint: &[String]) -> bool {
    is_shell(entrypoint) && entrypoint.get(1).is_some_and(|word| word == "-c")
}

fn is_shell<W: AsRef<str>>(words: &[W]) -> bool {
    let name = words.first().and_then(|word| word.as_ref().rsplit('/').next());
    name.is_some_and(|name| matches!(name, "sh" | "bash" | "ash" | "dash"))
}

/// The words behind the first that may name a program that the first one starts: paths, and the first word of a line for
/// a shell.
pub fn others<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let line = words.get(2).filter(|_| is_shell(words) && words[1] == "-c");
    let first = line.into_iter().flat_map(|line| {
        let words = line.split_ascii_whitespace().skip_while(|word| *word == "exec" || word.contains('='));
        words.take(1).filter(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte)))
    });
    words.iter().skip(1).copied().filter(|word| word.starts_with('/')).chain(first).collect()
}

/// Whether the kernel would start this file, or the interpreter that its first line names.
pub fn is_program(file: &dyn ReadAt) -> bool {
    script::read(file).is_some()
        || elf::inspect(file).is_ok_and(|inspected| inspected.linkage.is_some() && inspected.kind != Kind::Library)
}

/// Every file and link at or below `path`, and every directory that holds nothing.
pub fn below(rootfs: &Rootfs, path: &ImagePath) -> Vec<ImagePath> {
    let own = rootfs.entries().get_key_value(path).into_iter();
    let is_end =
        |(path, entry): &(&ImagePath, &Entry)| entry.node != Node::Directory || rootfs.below(path).next().is_none();
    own.chain(rootfs.below(path)).filter(is_end).map(|(path, _)| path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_other_programs_are_paths_and_the_first_of_a_shells_line() {
        for (words, expected) in [
            (vec!["/app", "serve"], vec![]),
            (vec!["/sbin/tini", "--", "/app", "-x"], vec!["/app"]),
            (vec!["/bin/sh", "-c", "exec /app --port 80"], vec!["/app"]),
            (vec!["sh", "-c", "A=b app | cat"], vec!["app"]),
            (vec!["sh", "-c", "$APP"], vec![]),
            (vec!["sh", "-c", ""], vec![]),
            (vec!["sh", "-c"], vec![]),
            (vec!["app", "-c", "x"], vec![]),
        ] {
            assert_eq!(others(&words), expected, "{words:?}");
        }
    }
}
