//! The only place that starts other programs: fixed arguments, an empty environment, a directory of its own
//! that is gone afterwards, a time limit. None of them is the program that is packed.

use crate::temporary::{self, Directory};
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long one call may take. UPX compresses a megabyte in a second or two.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// How long to wait before looking again whether a program is done.
const PAUSE: Duration = Duration::from_millis(10);

/// How many bytes of what a program says are read.
const MOST_SAID: u64 = 64 << 10;

/// Why another program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program has no directory to work in.
    #[error("cannot write into the temporary directory `{}`", directory.display())]
    Place {
        /// The directory for temporary files.
        directory: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The program cannot be started.
    #[error("cannot run `{}`", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The program took too long, and was killed.
    #[error("`{}` took longer than {} minutes", program.display(), LIMIT.as_secs() / 60)]
    TooLong {
        /// The program.
        program: PathBuf,
    },
    /// The program reports a failure.
    #[error("`{}` failed: {said}", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// Its own words, or its exit status.
        said: String,
    },
}

/// The real UPX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upx {
    path: PathBuf,
}

impl Upx {
    /// Looks for `upx` in the directories of `search`, the value of PATH.
    pub fn find(search: Option<&OsStr>) -> Option<Self> {
        let path = which::which_in("upx", Some(search?), "/").ok()?;
        Some(Self { path })
    }

    /// What UPX makes of the program that `copy` writes, checked by `upx -t`. `level` is a flag of UPX, or none.
    pub fn pack(&self, level: Option<&str>, copy: impl FnOnce(&mut File) -> io::Result<()>) -> Result<File, Error> {
        let directory = Self::directory(copy)?;
        self.run(directory.path(), level.into_iter().chain(["-q", "-o", MADE, GIVEN]))?;
        self.run(directory.path(), ["-q", "-t", MADE])?;
        Self::made(directory.path())
    }

    /// The program as it was before UPX packed what `copy` writes.
    pub fn unpack(&self, copy: impl FnOnce(&mut File) -> io::Result<()>) -> Result<File, Error> {
        let directory = Self::directory(copy)?;
        self.run(directory.path(), ["-q", "-d", "-o", MADE, GIVEN])?;
        Self::made(directory.path())
    }

    /// A directory with the copy in it, which nobody else may enter.
    fn directory(copy: impl FnOnce(&mut File) -> io::Result<()>) -> Result<Directory, Error> {
        let make = || {
            let directory = temporary::directory(&std::env::temp_dir(), OsStr::new(".upx.pack-"))?;
            let mut file = File::create_new(directory.path().join(GIVEN))?;
            file.set_permissions(Permissions::from_mode(0o700))?;
            copy(&mut file)?;
            Ok(directory)
        };
        make().map_err(no_place)
    }

    /// Opens the file that UPX made; its name goes with the directory.
    fn made(directory: &Path) -> Result<File, Error> {
        File::open(directory.join(MADE)).map_err(no_place)
    }

    fn run<'a>(&self, directory: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let cannot = |source| Error::Start { program: self.path.clone(), source };
        let mut said = tempfile::tempfile().map_err(no_place)?;
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().current_dir(directory).stdin(Stdio::null());
        command.stdout(said.try_clone().map_err(no_place)?).stderr(said.try_clone().map_err(no_place)?);
        let Some(status) = wait(&mut command).map_err(cannot)? else {
            return Err(Error::TooLong { program: self.path.clone() });
        };
        if status.success() {
            return Ok(());
        }
        let mut text = Vec::new();
        said.rewind().and_then(|()| said.take(MOST_SAID).read_to_end(&mut text)).map_err(no_place)?;
        let said = complaint(&String::from_utf8_lossy(&text)).unwrap_or_else(|| status.to_string());
        Err(Error::Failed { program: self.path.clone(), said })
    }
}

fn no_place(source: io::Error) -> Error {
    Error::Place { directory: std::env::temp_dir(), source }
}

/// What the copy is called, and what is made of it.
const GIVEN: &str = "program";
const MADE: &str = "made";

/// Waits for the end of a program; `None` where it took too long and was killed.
fn wait(command: &mut Command) -> io::Result<Option<ExitStatus>> {
    let mut child = command.spawn()?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The sentence in `upx: program: CantPackException: bad DT_HASH`.
fn complaint(said: &str) -> Option<String> {
    let line = said.lines().find_map(|line| line.strip_prefix("upx: "))?;
    Some(line.split_once(": ").map_or(line, |(_, sentence)| sentence).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_upx_complains_of_is_found_among_what_it_says() {
        for (said, expected) in [
            (
                "   UPX 4.2.2\n\nupx: program: NotPackedException: not packed by UPX\n",
                Some("NotPackedException: not packed by UPX"),
            ),
            ("upx: nothing\n", Some("nothing")),
            ("Packed 0 files.\n", None),
        ] {
            assert_eq!(complaint(said).as_deref(), expected, "{said}");
        }
    }
}
