//! The table of uses, `testdata/corpus/programs.tsv`, and which of them a run takes.

use crate::support::repository;
use crate::support::samples::installed;
use std::path::PathBuf;

/// Who else takes part in a use.
#[derive(Clone)]
pub enum Peer {
    /// Nobody.
    None,
    /// A shell command that serves on port 8090; the program asks it.
    Server(String),
    /// A shell command that asks the program. What it prints is compared.
    Client(String),
}

/// The two parts: one was looked at while rules were made, the other was set aside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Seen,
    Aside,
}

impl Half {
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Aside => "aside",
        }
    }
}

/// One line of the table.
#[derive(Clone)]
pub struct Use {
    pub name: String,
    /// A path, a name of the distribution's, or a path below the directory of the corpus.
    pub program: String,
    /// As a shell reads them.
    pub arguments: String,
    /// What it needs: words `light`, `aside`, `deb:…`, `pypi:…`, `npm:…`, `built:…`.
    pub setup: String,
    /// The class that is expected, or `-` where nobody has measured yet.
    pub expected: String,
    pub peer: Peer,
    /// Flags of pack that somebody who knows the program gives; variables count on this machine too.
    pub flags: String,
}

impl Use {
    fn parse(line: &str) -> Self {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut cell = || cells.next().unwrap_or_default();
        let (name, program, arguments, setup, expected, peer) = (cell(), cell(), cell(), cell(), cell(), cell());
        let flags = cell();
        assert!(!setup.is_empty(), "a line has a name, a program, arguments and a set-up: {line}");
        let peer = match peer.split_once(": ") {
            Some(("server", command)) => Peer::Server(command.to_owned()),
            Some(("client", command)) => Peer::Client(command.to_owned()),
            _ => Peer::None,
        };
        let expected = if expected.is_empty() { "-".to_owned() } else { expected };
        Self { name, program, arguments, setup, expected, peer, flags }
    }

    /// The variables that its flags set.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.flags.split("-e ").skip(1).filter_map(|rest| rest.split(' ').next())
    }

    /// Whether its set-up has this word.
    fn is_marked(&self, mark: &str) -> bool {
        self.setup.split(' ').any(|word| word == mark)
    }

    pub fn half(&self) -> Half {
        if self.is_marked("aside") { Half::Aside } else { Half::Seen }
    }

    /// Whether it belongs to the sample that every run of the tests takes.
    pub fn is_light(&self) -> bool {
        self.is_marked("light")
    }

    /// Where the program is on this machine.
    pub fn installed(&self) -> Option<PathBuf> {
        let below = ["pypi/", "npm/", "built/"].iter().any(|top| self.program.starts_with(top));
        let path = if below { directory().join(&self.program) } else { installed(&self.program)? };
        path.is_file().then_some(path)
    }
}

/// Where wheels, packages of npm and programs that were built are.
pub fn directory() -> PathBuf {
    std::env::var_os("PACK_CORPUS_DIR").map_or_else(|| repository().join("target/corpus"), PathBuf::from)
}

/// Where the table is.
pub fn path() -> PathBuf {
    repository().join("testdata/corpus/programs.tsv")
}

/// Every line of the table.
pub fn uses() -> Vec<Use> {
    let text = std::fs::read_to_string(path()).expect("the table is there");
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Use::parse).collect()
}
