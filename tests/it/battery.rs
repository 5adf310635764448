//! Corner cases of the loader's search, each built by the real compiler and put to the real loader.
//!
//! A case is a shell line that makes a program `app`, and the answer: the files that come with it, those that are
//! missing, the one that ends the search. Both the loader and `pack` must give it.

/// A program with `a` and `b` in its RUNPATH, a library in each, and what is done to them then.
macro_rules! two {
    ($then:literal) => {
        concat!("so a/libx.so; cp -r a b; app $U'$ORIGIN/a:$ORIGIN/b' a/libx.so; ", $then)
    };
}

/// A program that needs version V2 of a library without calling it; the library is then made anew.
macro_rules! versions {
    ($then:literal) => {
        concat!(
            "echo 'V1 { global: x; };' >v1; echo 'V2 { global: x; };' >v2; echo 'int x(void) { return 0; }' >x.c
            so l/libx.so x.c -Wl,--version-script=v2
            echo 'int x(void); int main(int count, char **words) { return count > 9 ? x() : 0; }' >main.c
            app $U'$ORIGIN/l' l/libx.so -Wl,-z,lazy; ",
            $then
        )
    };
}

mod bounds;
mod cache;
mod candidates;
mod conf;
mod damaged;
mod foreign;
mod image;
mod musl;
mod nixos;
mod packed;
mod search;
mod suites;
mod sysroot;
mod tags;

use crate::support::loader::{Listed, difference, found, inode};
use crate::support::{Ran, Test, lacks, tool};
use pack::testing::file::FileId;
use pack::testing::resolve::{Library, LoadError, Resolution};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A program, and what the loader will do with it.
struct Case {
    shows: &'static str,
    /// The shell line, with [`HELPERS`].
    made: &'static str,
    /// LD_LIBRARY_PATH for the loader, `--library-path` for `pack`; `@` stands for the directory of the test.
    library_path: &'static str,
    /// `a/liba.so`: that file is mapped. `!liba.so`: it is missing. `#a/liba.so`: the loader stops there.
    answer: &'static str,
    /// It stands in a root of its own, from which the paths of the answer count.
    in_root: bool,
}

const CASE: Case = Case { shows: "", made: "", library_path: "", answer: "", in_root: false };

/// The words of the lines.
const HELPERS: &str = include_str!("battery/helpers.sh");

/// What the helpers need.
const TOOLS: [&str; 3] = ["sh", "gcc", "python3"];

impl Case {
    /// Builds it and asks both; what is wrong, in words.
    fn fails(&self) -> Option<String> {
        let t = Test::new();
        let made = t.shell(&format!("{HELPERS}{}", self.made));
        if made.output.status.code() != Some(0) {
            return Some(format!("{}: {made}", self.shows));
        }
        self.differs(&Asked::of(self, &t)).map(|wrong| format!("{}: {wrong}", self.shows))
    }

    /// What is wrong with the answers.
    fn differs(&self, asked: &Asked) -> Option<String> {
        let library_path = asked.library_path(self);
        let parts: Vec<PathBuf> =
            library_path.split([':', ';']).filter(|part| !part.is_empty()).map(PathBuf::from).collect();
        let ran = asked.loader(&library_path, true);
        let mut listed = Listed::of(&ran, &asked.root);
        listed.started(&asked.loader(&library_path, false));
        let resolution = found(&asked.program, &asked.root, &parts).expect("it is a dynamic program");
        difference(&resolution, &listed)
            .or_else(|| self.is_not(&resolution, asked).map(|wrong| format!("{wrong}\n{ran}")))
            .or_else(|| image::differs(asked, &library_path, &listed).filter(|_| self.starts()))
    }

    /// Whether the answer is that all is found.
    fn starts(&self) -> bool {
        !self.answer.contains(['!', '#'])
    }

    /// How the answer is another than the case says.
    fn is_not(&self, resolution: &Resolution, asked: &Asked) -> Option<String> {
        let (mut files, mut missing, mut stops): (BTreeSet<FileId>, BTreeSet<_>, BTreeSet<_>) = Default::default();
        for word in self.answer.split(' ').filter(|word| !word.is_empty()) {
            if let Some(name) = word.strip_prefix('!') {
                missing.insert(name.to_owned());
            } else if let Some(name) = word.strip_prefix('#') {
                stops.insert(name.to_owned());
            } else {
                files.insert(inode(&asked.root, &asked.here.join(word)).expect("the case names it"));
            }
        }
        let c_library = |library: &&Library| matches!(&*library.soname, b"libc.so" | b"libc.so.6" | b"libm.so.6");
        let private = resolution.libraries.iter().filter(|library| !c_library(library));
        let ours: BTreeSet<_> = private.map(|library| library.walk.stat.identity.inode()).collect();
        let lacking: BTreeSet<_> =
            resolution.missing.iter().map(|missing| String::from_utf8_lossy(&missing.soname).into_owned()).collect();
        let ends: BTreeSet<_> = resolution.load_errors.iter().map(|load_error| end(load_error, &asked.here)).collect();
        let is = if stops.is_empty() { ours == files && lacking == missing && ends.is_empty() } else { ends == stops };
        let paths = || resolution.libraries.iter().map(|library| &library.place.path).collect::<Vec<_>>();
        (!is).then(|| format!("expected {}, got {:?}, lacking {lacking:?}, {ends:?}", self.answer, paths()))
    }
}

/// A program that is made, and its loader.
struct Asked {
    /// `/`, or the root that the case made.
    root: PathBuf,
    /// The directory in the root from which the answer's paths count.
    here: PathBuf,
    program: PathBuf,
    /// What runs it, where it is for another machine.
    emulator: Option<PathBuf>,
    /// Its loader, where that lists what it maps by a flag.
    lists: Option<&'static str>,
}

impl Asked {
    fn of(case: &Case, t: &Test) -> Self {
        let directory = t.path("").canonicalize().expect("it is there");
        if case.in_root {
            let root = directory.join("root");
            Self { here: PathBuf::from("/"), program: root.join("app"), root, emulator: None, lists: None }
        } else {
            Self {
                root: PathBuf::from("/"),
                program: directory.join("app"),
                here: directory,
                emulator: None,
                lists: None,
            }
        }
    }

    fn library_path(&self, case: &Case) -> String {
        let here = if self.root == self.here { "" } else { self.here.to_str().expect("it is plain") };
        case.library_path.replace('@', here)
    }

    /// Starts the program, or has its loader list what it maps. Relative parts must not find anything where
    /// that happens to be.
    fn loader(&self, library_path: &str, list: bool) -> Ran {
        if self.root == Path::new("/") {
            let (words, set) = self.words(&self.program, library_path, list);
            return Ran::of(tool(words[0]).args(&words[1..]).envs(set).current_dir("/proc"));
        }
        self.inside(&self.root, Path::new("/app"), library_path, list)
    }

    /// The same for a program in a root that nothing is in but its own files.
    fn inside(&self, root: &Path, program: &Path, library_path: &str, list: bool) -> Ran {
        let (words, set) = self.words(program, library_path, list);
        let mut bwrap = tool("bwrap");
        bwrap.arg("--bind").arg(root).args(["/", "--proc", "/proc", "--clearenv", "--chdir", "/proc"]);
        for (name, value) in set {
            bwrap.args(["--setenv", name, value]);
        }
        if let Some(emulator) = &self.emulator {
            bwrap.arg("--ro-bind").arg(emulator).args(["/.emulator", "/.emulator"]);
        }
        Ran::of(bwrap.args(words))
    }

    /// The command and what its environment holds.
    fn words<'a>(&self, program: &'a Path, library_path: &'a str, list: bool) -> (Vec<&'a Path>, Vec<(&str, &'a str)>) {
        let by_variable = if list && self.lists.is_none() { "1" } else { "" };
        let set = [("LD_LIBRARY_PATH", library_path), ("LD_TRACE_LOADED_OBJECTS", by_variable)];
        let by_flag = self.lists.filter(|_| list).map(|loader| [Path::new(loader), Path::new("--list")]);
        let words = by_flag.into_iter().flatten().chain([program]);
        (words.collect(), set.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// The file, or the name, at which the loader stops.
fn end(load_error: &LoadError, here: &Path) -> String {
    match load_error {
        LoadError::Missing(missing) => String::from_utf8_lossy(&missing.soname).into_owned(),
        LoadError::Candidate { path, .. } => path.strip_prefix(here).unwrap_or(path).display().to_string(),
        LoadError::Relative { soname, .. } | LoadError::Version { soname, .. } => soname.clone(),
        LoadError::Loader { loader, .. } => loader.strip_prefix(here).unwrap_or(loader).display().to_string(),
    }
}

/// Puts every case to both, and tells of all that are wrong.
#[track_caller]
fn agree(cases: &[Case]) {
    if lacks(&TOOLS) {
        return;
    }
    let wrong: Vec<String> = cases.iter().filter_map(Case::fails).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}
