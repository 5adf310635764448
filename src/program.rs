//! The program as the user names it: found, opened, inspected.
//!
//! Links are followed to read the program, but it keeps the name that was given: `redis-server` may lead to a file of
//! another name, and looks at its own name when it starts.

use crate::bytes::ReadAt;
use crate::content::Content;
use crate::elf::{self, Inspected, Kind};
use crate::events::Diagnostic;
use crate::file::{FileKind, HostFile, Stat};
use crate::files::{Found, HostRoots, Place, Root, Roots, Walk};
use crate::options::{PATH, Search};
use crate::platform::Platform;
use crate::suggest::beside;
use crate::tools::Upx;
use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A program, read as far as its headers go.
pub struct Program {
    /// The program as it was given, for messages.
    pub given: OsString,
    /// The path by which the program is reached, with the links as they are and the last name as it was given.
    pub named: Place,
    /// The file at the end of all links.
    pub real: Place,
    /// Kind, mode and identity of the file.
    pub stat: Stat,
    /// `security.capability` of the file, as the file system gives it; `None` where it has none.
    pub capability: Option<Vec<u8>>,
    /// Where the bytes of the file come from.
    pub content: Content,
    /// The facts of the program; of one that UPX packed, those of the unpacked program where UPX is here.
    pub inspected: Inspected,
    /// The open file; of a program that UPX packed, the unpacked one where UPX is here.
    pub file: Box<dyn ReadAt>,
}

/// Why a program cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing at the path.
    #[error("there is no file `{}`", given.display())]
    NotFound {
        /// The program as it was given.
        given: OsString,
        /// The file with the most similar name in its directory.
        closest: Option<PathBuf>,
        /// The first directory of the path that is not there; `None` where all are.
        lacks: Option<PathBuf>,
    },
    /// A name without a slash that is neither here nor in PATH.
    #[error("there is no program `{}`, neither here nor in {}", given.display(), searched(sysroot.as_deref()))]
    NotInPath {
        /// The program as it was given.
        given: OsString,
        /// The sysroot that was searched instead of PATH; `None` for PATH.
        sysroot: Option<PathBuf>,
        /// The file with the most similar name in the working directory.
        closest: Option<PathBuf>,
    },
    /// The path is that of something other than a regular file.
    #[error("`{}` is {what}, not a program", given.display())]
    NotAFile {
        /// The program as it was given.
        given: OsString,
        /// The kind of file, with its article.
        what: &'static str,
        /// A sentence that says what to do about it.
        hint: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", given.display())]
    Unreadable {
        /// The program as it was given.
        given: OsString,
        /// The system's error.
        source: io::Error,
    },
    /// The file is an ELF file whose parts do not fit together.
    #[error("`{}` {reason}", given.display())]
    Damaged {
        /// The program as it was given.
        given: OsString,
        /// The part that does not fit.
        reason: elf::Error,
    },
}

/// The directories, besides the working directory, in which a name without a slash was looked for.
fn searched(sysroot: Option<&Path>) -> String {
    sysroot.map_or("PATH".to_owned(), |root| format!("the directories for programs of `{}`", root.display()))
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::NotInPath { .. } => "no-such-file",
            Self::NotAFile { .. } => "no-regular-file",
            Self::Unreadable { .. } => "unreadable",
            Self::Damaged { .. } => "damaged",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotFound { closest: Some(closest), .. } => format!("did you mean `{}`?", closest.display()),
            Self::NotFound { lacks: Some(lacks), .. } => {
                format!("there is no directory `{}`; build the program first, or correct its path", lacks.display())
            }
            Self::NotFound { .. } => "build the program first, or correct its path".to_owned(),
            Self::NotInPath { closest: Some(closest), .. } => format!("did you mean `./{}`?", closest.display()),
            Self::NotInPath { .. } => "name the file with its directory, such as `./bin/app`".to_owned(),
            Self::NotAFile { hint, .. } => hint.clone(),
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "whoever runs pack must be allowed to read the program: `chmod +r` it, or run as its owner".to_owned()
            }
            Self::Unreadable { .. } => String::new(),
            Self::Damaged { .. } => "build or copy the program again: this file would not start".to_owned(),
        }
    }
}

/// The roots that `search` names for a platform: its own, else the one for all, else `/`.
pub fn roots(search: &Search, platform: Option<&Platform>) -> HostRoots {
    let own = search.sysroots.iter().rev().find(|(of, _)| of.is_some() && of.as_ref() == platform);
    let any = || search.sysroots.iter().rev().find(|(of, _)| of.is_none());
    HostRoots::new(own.or_else(any).map_or(Path::new("/"), |(_, root)| root))
}

/// Finds the program that `given` names, reads its headers, and returns it with the roots for its platform: `asked`, or the
/// one that its headers tell.
///
/// A path is followed inside the sysroot that it enters. A name without a slash is a file in the working directory, else
/// an executable file in the directories of PATH, or in those of the sysroot where a flag names one.
pub fn open(given: &OsStr, search: &Search, asked: Option<&Platform>) -> Result<(Program, HostRoots), Error> {
    let guess = roots_holding(given, search);
    let program = open_in(given, search, &guess)?;
    let platform = asked.or(program.inspected.platform.as_ref());
    let roots = roots(search, platform);
    if roots == guess { Ok((program, roots)) } else { Ok((open_in(given, search, &roots)?, roots)) }
}

/// The roots whose sysroot holds what `given` names; else those for any platform. The platform of the program is not
/// known before the program is open.
fn roots_holding(given: &OsStr, search: &Search) -> HostRoots {
    let each = search.sysroots.iter().rev().map(|(_, root)| HostRoots::new(root));
    let holds = |roots: &HostRoots| find(given, search, roots).is_ok_and(|found| found.named.root == Root::Sysroot);
    each.filter(|roots| !roots.is_host()).find(holds).unwrap_or_else(|| roots(search, None))
}

fn open_in(given: &OsStr, search: &Search, roots: &HostRoots) -> Result<Program, Error> {
    read(given, find(given, search, roots)?, roots.roots(), search.programs.as_deref())
}

/// Reads the program that was found in `roots`. `search` is the value of PATH in which UPX is looked for.
pub fn read(given: &OsStr, found: Found, roots: Roots<'_>, search: Option<&OsStr>) -> Result<Program, Error> {
    let Found { named, real, walk } = found;
    if let Some(refusal) = refusal(given, walk.stat.kind) {
        return Err(refusal);
    }
    let unreadable = |source| Error::Unreadable { given: given.to_owned(), source };
    let files = roots.files(&real);
    let content = files.content(&walk.real, &walk.stat);
    let capability = files.capability(&walk.real).map_err(unreadable)?;
    let file = files.open_again(&walk.real).map_err(unreadable)?;
    let damaged = |reason| Error::Damaged { given: given.to_owned(), reason };
    let (inspected, file) = look_inside(elf::inspect(&*file).map_err(damaged)?, file, search);
    let moving = |place| Place { moves: true, ..place };
    let (named, real) = (moving(named), moving(real));
    Ok(Program { given: given.to_owned(), named, real, stat: walk.stat, capability, content, inspected, file })
}

/// Unpacks a program that UPX has packed, where UPX is here: nothing else shows what such a program needs.
fn look_inside(packed: Inspected, file: Box<dyn ReadAt>, search: Option<&OsStr>) -> (Inspected, Box<dyn ReadAt>) {
    if packed.kind != Kind::Upx {
        return (packed, file);
    }
    let why = match Upx::find(search) {
        None => "there is no `upx` in PATH to look inside with".to_owned(),
        Some(upx) => match upx.unpack(|to| file.copy_to(to)).map(HostFile::new) {
            Ok(Ok(inner)) => match elf::inspect(&inner) {
                Ok(inside) => return (Inspected { upx: true, sizes: packed.sizes, ..inside }, Box::new(inner)),
                Err(error) => format!("what `upx -d` makes of it {error}"),
            },
            Ok(Err(error)) => error.to_string(),
            Err(error) => match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        },
    };
    let evidence = packed.evidence.iter().cloned().chain([why]).collect();
    (Inspected { evidence, ..packed }, file)
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("given", &self.given).field("real", &self.real).finish_non_exhaustive()
    }
}

impl Program {
    /// Whether the kernel starts the program with `AT_SECURE`: setuid, setgid, or with file capabilities.
    pub fn is_secure(&self) -> bool {
        self.stat.mode & 0o6000 != 0 || self.capability.is_some()
    }

    /// The name of the program.
    pub fn name(&self) -> &OsStr {
        // A path such as `dir/..` has no last name, but the file at its end has one.
        self.named.path.file_name().or_else(|| self.real.path.file_name()).unwrap_or(OsStr::new("program"))
    }
}

fn find(given: &OsStr, search: &Search, roots: &HostRoots) -> Result<Found, Error> {
    let path = PathBuf::from(given);
    // A link that leads nowhere counts as there: the error then tells of the link.
    if given.as_bytes().contains(&b'/') || path.symlink_metadata().is_ok() {
        return in_roots(given, &path, roots);
    }
    let found = if roots.is_host() {
        // `which` answers for one name in given directories; it looks for the x bit as execvp(3) does.
        which::which_in(given, search.programs.as_deref(), "/").ok().map(|path| in_roots(given, &path, roots))
    } else {
        in_sysroot(given, roots).map(Ok)
    };
    found.unwrap_or_else(|| {
        Err(Error::NotInPath {
            given: given.to_owned(),
            sysroot: roots.roots().directory.filter(|_| !roots.is_host()).map(Path::to_owned),
            closest: beside(&path).map(|path| path.file_name().map_or(path.clone(), PathBuf::from)),
        })
    })
}

fn in_roots(given: &OsStr, path: &Path, roots: &HostRoots) -> Result<Found, Error> {
    let absolute = std::path::absolute(path).map_err(|source| Error::Unreadable { given: given.to_owned(), source })?;
    roots.roots().find(&absolute).map_err(|error| unreachable_file(given, path, link_target(&absolute, roots), error))
}

/// The target of the link at a path of the host, in whichever root the path is; `None` where there is no link.
fn link_target(path: &Path, roots: &HostRoots) -> Option<PathBuf> {
    let directory = roots.roots().find(path.parent()?).ok()?;
    let link = directory.walk.real.join(path.file_name()?)?;
    roots.roots().files(&directory.real).read_link(&link).ok()
}

/// A program called `name` in the directories of the sysroot that an image's PATH names.
fn in_sysroot(name: &OsStr, roots: &HostRoots) -> Option<Found> {
    let paths = PATH.split(':').map(|directory| Place::sysroot(Path::new(directory).join(name)));
    let walked = paths.filter_map(|named| Some((roots.roots().walk(&named).ok()?, named)));
    let starts = |walk: &Walk| walk.stat.kind == FileKind::File && walk.stat.mode & 0o111 != 0;
    let (walk, named) = walked.into_iter().find(|(walk, _)| starts(walk))?;
    Some(Found { named, real: Place::sysroot(walk.real.as_path()), walk })
}

/// The error of a path that leads to no file; `link` is the target where a link is at the path.
fn unreachable_file(given: &OsStr, path: &Path, link: Option<PathBuf>, error: io::Error) -> Error {
    match (error.kind(), link) {
        (io::ErrorKind::NotFound, Some(target)) => Error::NotAFile {
            given: given.to_owned(),
            what: "a link that leads nowhere",
            hint: format!("it points to `{}`, which is not there", target.display()),
        },
        (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, _) => {
            Error::NotFound { given: given.to_owned(), closest: beside(path), lacks: lacking(path) }
        }
        _ => Error::Unreadable { given: given.to_owned(), source: error },
    }
}

/// The error of a file that is not a regular one; `None` for a regular file.
fn refusal(given: &OsStr, kind: FileKind) -> Option<Error> {
    let (what, hint) = match kind {
        FileKind::File => return None,
        FileKind::Directory => ("a directory", "name the program in it, and bring the rest with `--add`"),
        FileKind::Fifo => ("a named pipe", "write the program to a file first: pack reads it more than once"),
        FileKind::Socket => ("a socket", "name the program's file"),
        FileKind::Device | FileKind::Link => ("a device", "name the program's file"),
    };
    Some(Error::NotAFile { given: given.to_owned(), what, hint: hint.to_owned() })
}

/// The first directory on the way to `path` that is not there.
fn lacking(path: &Path) -> Option<PathBuf> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()).collect();
    above.reverse();
    above.into_iter().find(|path| !path.is_dir()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_told_with_the_closest_name() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("helloworld"), "").unwrap();
        let wrong = directory.path().join("heloworld");

        let error = open(wrong.as_os_str(), &Search::default(), None).unwrap_err();

        assert_eq!(error.to_string(), format!("there is no file `{}`", wrong.display()));
        assert_eq!(error.hint(), format!("did you mean `{}`?", directory.path().join("helloworld").display()));
    }

    #[test]
    fn what_is_no_file_is_called_by_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from(0o644)).unwrap();
        let nowhere = directory.path().join("nowhere");
        std::os::unix::fs::symlink("gone", &nowhere).unwrap();
        for (path, what) in [
            (directory.path(), "a directory"),
            (&pipe, "a named pipe"),
            (Path::new("/dev/null"), "a device"),
            (&nowhere, "a link that leads nowhere"),
        ] {
            let error = open(path.as_os_str(), &Search::default(), None).unwrap_err();
            assert_eq!(error.to_string(), format!("`{}` is {what}, not a program", path.display()));
        }
    }

    #[test]
    fn a_path_is_searched_for_a_name_without_a_slash_only() {
        let search = Search { programs: Some("/usr/bin:/bin".into()), ..Search::default() };
        let open = |given| open(OsStr::new(given), &search, None);
        assert!(matches!(open("no-such-program-anywhere"), Err(Error::NotInPath { .. })));
        assert!(matches!(open("./no-such"), Err(Error::NotFound { .. })));
    }
}
