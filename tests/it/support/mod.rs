//! What the tests stand on: a directory for each, the real `pack`, compilers, engines, and witnesses that
//! are not our code. What a test asks for and how it is judged stands in the test.

pub mod app;
pub mod elf;
pub mod engine;
pub mod image;
pub mod imports;
pub mod loader;
pub mod programs;
mod ran;
pub mod refused;
pub mod root;
pub mod samples;
pub mod source;

pub use ran::Ran;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// One test's own directory, in which `pack` runs.
pub struct Test {
    dir: TempDir,
    cache: TempDir,
}

impl Test {
    /// With an empty directory, which goes away with the value.
    pub fn new() -> Self {
        let directory = || tempfile::tempdir().expect("the temporary directory is writable");
        Self { dir: directory(), cache: directory() }
    }

    /// Where `name` is, or would be, in this test's directory.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a file, with the directories above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("directories are made");
        std::fs::write(&path, content).expect("a file is written");
        path
    }

    /// The file names in this test's directory, hidden ones too, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).expect("the directory is there");
        let mut names: Vec<_> = entries.map(|e| e.expect("it is read").file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().expect("tests use plain names")).collect()
    }

    /// `pack` with these arguments, here, in an environment that holds nothing but PATH; not yet started.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pack"));
        command.args(arguments).current_dir(self.dir.path()).env_clear().env("PATH", tool_path());
        command
    }

    /// Runs `pack` with these arguments.
    pub fn pack<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Where `pack` keeps layers in this test's shell scripts.
    pub fn cache(&self) -> PathBuf {
        self.cache.path().join("pack")
    }

    /// Runs a shell script here; `$pack` is the command under test. What it makes has the usual modes.
    pub fn shell(&self, script: &str) -> Ran {
        let script = format!("umask 022; {script}");
        let mut shell = tool("sh");
        shell.args(["-c", &script]).current_dir(self.dir.path()).env("pack", env!("CARGO_BIN_EXE_pack"));
        Ran::of(shell.env("XDG_CACHE_HOME", self.cache.path()))
    }
}

/// A tool of the machine, with PATH and nothing else in its environment, not yet started.
pub fn tool(name: impl AsRef<OsStr>) -> Command {
    let mut command =
        Command::new(which::which_in(&name, Some(tool_path()), "/").unwrap_or_else(|_| name.as_ref().into()));
    command.env_clear().env("PATH", tool_path()).env("HOME", env!("CARGO_TARGET_TMPDIR"));
    // No test is answered by what another one, or another build, has kept; but Go may be.
    command.env("XDG_CACHE_HOME", "/dev/null").env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/.cache/go-build"));
    for kept in ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(std::env::var_os(kept).map(|value| (kept, value)));
    }
    // rustc is often a proxy that looks for its toolchains at home.
    if let (None, Some(home)) = (std::env::var_os("RUSTUP_HOME"), std::env::var_os("HOME")) {
        command.env("RUSTUP_HOME", Path::new(&home).join(".rustup"));
    }
    command
}

/// PATH, and the directories of daemons, which a user's PATH may lack.
fn tool_path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

/// Whether a command that the test needs is missing: the test is then skipped.
#[must_use]
pub fn lacks(commands: &[&str]) -> bool {
    let missing = |name: &&&str| which::which_in(name, Some(tool_path()), "/").is_err();
    let missing: Vec<_> = commands.iter().filter(missing).copied().collect();
    if !missing.is_empty() {
        skip(&format!("not installed: {}", missing.join(", ")));
    }
    !missing.is_empty()
}

/// Says that the running test is skipped, and why. With PACK_TEST_ALL=1, where nothing may be lacking, fails.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(std::env::var_os("PACK_TEST_ALL").is_none(), "PACK_TEST_ALL is set and {test} cannot run: {why}");
    // Not eprintln: the test harness shows that only for tests that fail.
    writeln!(io::stderr(), "skipped {test}: {why}").expect("standard error takes a line");
}

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
