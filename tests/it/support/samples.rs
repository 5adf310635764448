//! The files that programs of Debian work on, made by the distribution's own programs.

use super::{Ran, Test, repository, skip, tool};
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

/// Where a distribution puts its programs. Others of the same names may come first in PATH.
const DIRECTORIES: &str = "/usr/bin:/usr/sbin:/bin:/sbin";

/// The distribution's own program of that name. A script is a stand-in: what the tests pack are programs.
pub fn installed(name: &str) -> Option<PathBuf> {
    let program = which::which_in(name, Some(DIRECTORIES), "/").ok()?;
    let mut magic = [0; 4];
    File::open(&program).ok()?.read_exact(&mut magic).ok()?;
    (&magic == b"\x7fELF").then_some(program)
}

/// The samples in a test's directory.
pub struct Samples {
    missing: Vec<String>,
}

impl Samples {
    /// Makes them in `samples`.
    pub fn make(t: &Test) -> Self {
        t.shell("chmod 755 .; mkdir samples").succeeds();
        let script = repository().join("testdata/debian/samples.sh");
        let ran = Ran::of(tool("sh").arg(script).current_dir(t.path("samples"))).succeeds();
        Self { missing: ran.stdout().lines().map(str::to_owned).collect() }
    }

    /// Whether a command works on a sample that could not be made: the command is then skipped.
    #[must_use]
    pub fn lack(&self, command: &str) -> bool {
        let mut words = command.split(|c: char| c.is_whitespace() || c == '/');
        let missing = words.find(|word| self.missing.iter().any(|name| name == word));
        missing.map(|name| skip(&format!("no sample `{name}` could be made for: {command}"))).is_some()
    }
}
