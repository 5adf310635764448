//! An image that was read back, looked at as a program is: what it starts is found, inspected and resolved in
//! the image, and every file for which that gives a reason gets it.
//!
//! Who made the image, and what for, does not count: the reasons are found anew. What stays without one may
//! still be needed, by a name that the program makes at run time.

use super::Error;
use super::start::{self, Runner, Started};
use crate::elf::{self, Inspected, Kind};
use crate::events::Warning;
use crate::evidence::{self, Finding};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::resolve::{Place, Request, Resolution, Rule, Trouble, resolve};
use crate::rootfs::{Reason, Rootfs};
use crate::source::Source;
use crate::sysroot::{Files, Walk, walk};
use crate::verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

/// What is found in an image.
#[derive(Debug, Default)]
pub struct Anew {
    /// The program that the kernel starts in the end; of a script the interpreter.
    pub program: Option<ImagePath>,
    /// What that is.
    pub inspected: Option<Inspected>,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// What it and they show.
    pub findings: Vec<Finding>,
    /// What keeps it from starting.
    pub errors: Vec<Error>,
    /// What should be known.
    pub warnings: Vec<Warning>,
}

/// Scripts may be for scripts; the kernel follows as many.
const MOST_SCRIPTS: usize = 4;

/// Looks at the image's program, and gives each file of `source` that is explained by it its reason.
pub fn anew(source: &mut Source) -> Anew {
    let mut search = Search { anew: Anew::default(), source, runner: Runner::default(), explained: BTreeMap::new() };
    search.start();
    search.surroundings();
    search.settle();
    search.anew
}

struct Search<'a> {
    anew: Anew,
    source: &'a mut Source,
    runner: Runner,
    explained: BTreeMap<ImagePath, BTreeSet<Reason>>,
}

impl Search<'_> {
    fn rootfs(&self) -> &Rootfs {
        &self.source.rootfs
    }

    /// Finds what is started, and follows it.
    fn start(&mut self) {
        match start::runner(self.rootfs(), self.source.config.user.as_deref()) {
            Ok(runner) => self.runner = runner,
            Err(error) => self.anew.errors.push(error),
        }
        let config = self.source.config.clone();
        let Some(word) = config.words().first().map(|word| (*word).to_owned()) else {
            return self.anew.errors.push(Error::NoEntrypoint);
        };
        if start::is_shell_form(&config.entrypoint) {
            self.anew.warnings.push(shell_form(&config.entrypoint));
        }
        match start::program(self.rootfs(), &config, &word, self.runner) {
            Ok(started) => {
                let text = format!("the image starts `{word}`");
                if let Some(real) = self.explain(&started.path, "program", text, Vec::new()) {
                    self.follow(started, &real, MOST_SCRIPTS);
                }
            }
            Err(error) => self.anew.errors.push(error),
        }
    }

    /// What a started file needs: an interpreter, or a loader and libraries.
    fn follow(&mut self, started: Started, real: &ImagePath, scripts: usize) {
        let Ok(file) = self.rootfs().open(real) else { return };
        let shown = started.path.display().to_string();
        if let Some(words) = start::interpreter(&*file).filter(|_| scripts > 0) {
            return self.script(&shown, real, &words, scripts);
        }
        let inspected = match elf::inspect(&*file) {
            Ok(inspected) => inspected,
            Err(reason) => return self.anew.errors.push(Error::Damaged { path: shown, reason: reason.to_string() }),
        };
        let given = OsString::from(&shown);
        if let Some(error) = verdict::of_kind(&given, &inspected) {
            self.anew.errors.push(error.into());
        }
        let said = self.source.platform.as_deref().and_then(Platform::parse);
        if let (Some(own), Some(said)) = (&inspected.platform, said)
            && !said.runs(own)
        {
            let (own, said) = (own.to_string(), said.to_string());
            self.anew.errors.push(Error::OtherPlatform { path: shown.clone(), own, said });
        }
        self.anew.findings = evidence::look(&*file, &inspected, &shown).unwrap_or_default();
        self.anew.program = Some(real.clone());
        if inspected.kind == Kind::Dynamic {
            self.libraries(&inspected, &shown, real);
        }
        self.anew.inspected = Some(inspected);
        self.findings(real);
    }

    fn script(&mut self, shown: &str, real: &ImagePath, words: &[String], scripts: usize) {
        let Some(first) = words.first() else { return };
        let absent =
            |interpreter: &str| Error::NoInterpreter { script: shown.to_owned(), interpreter: interpreter.to_owned() };
        let Ok(started) = start::file(self.rootfs(), Path::new("/").join(first), first, self.runner) else {
            return self.anew.errors.push(absent(first));
        };
        let text = format!("`{shown}` is a script for it");
        let Some(interpreter) = self.explain(&started.path, "interpreter", text.clone(), vec![real.clone()]) else {
            return;
        };
        let Some(name) = start::of_env(words).map(str::to_owned) else {
            return self.follow(started, &interpreter, scripts - 1);
        };
        // `env` is there only to look the interpreter up.
        let config = self.source.config.clone();
        match start::program(self.rootfs(), &config, &name, self.runner) {
            Ok(started) => {
                if let Some(named) = self.explain(&started.path, "interpreter", text, vec![real.clone()]) {
                    self.follow(started, &named, scripts - 1);
                }
            }
            Err(_) => self.anew.errors.push(absent(&name)),
        }
    }

    /// The loader's rules, with the image as their root.
    fn libraries(&mut self, inspected: &Inspected, shown: &str, real: &ImagePath) {
        let Some(object) = &inspected.object else { return };
        let list = self.source.config.variable("LD_LIBRARY_PATH").unwrap_or_default();
        let directories = list.split([':', ';']).filter(|directory| directory.starts_with('/'));
        let library_path: Vec<Place> = directories.map(Place::inside).collect();
        let mut later = Vec::new();
        let entry = &self.rootfs().entries[real];
        let secure = entry.mode & 0o6000 != 0 || entry.capability.is_some();
        let mut seen = 0;
        let mut resolution = loop {
            let request = Request {
                given: shown,
                program: object,
                place: Place { path: real.as_path().to_owned(), outside: false, relative: true },
                libc: inspected.libc,
                sysroot: self.rootfs(),
                host: self.rootfs(),
                library_path: &library_path,
                secure,
                later: &later,
            };
            let resolution = resolve(&request);
            for library in resolution.libraries.iter().skip(seen) {
                let soname = String::from_utf8_lossy(&library.soname).into_owned();
                let file = self.source.rootfs.open(&library.walk.real);
                let shown = file.and_then(|file| evidence::look_at_library(&*file, &library.object, &soname));
                self.anew.findings.extend(shown.unwrap_or_default());
            }
            seen = resolution.libraries.len();
            let unwinds = self.anew.findings.iter().any(|finding| finding.rule.name == "unwinder");
            let glibc = resolution.libraries.iter().any(|library| library.soname == b"libc.so.6");
            if !unwinds || !glibc || !later.is_empty() {
                break resolution;
            }
            later.push((b"libgcc_s.so.1".to_vec(), Some(b"libc.so.6".to_vec())));
        };
        resolution.missing.retain(|missing| !later.iter().any(|(soname, _)| *soname == missing.soname));
        let missing = resolution.missing.iter().cloned().map(Trouble::Missing);
        let troubles = resolution.troubles.iter().cloned();
        self.anew.errors.extend(missing.chain(troubles).map(Error::Loader));
        self.anew.warnings.extend(resolution.warnings.iter().cloned());
        self.loaded(&resolution, shown, real);
        self.anew.resolution = resolution;
    }

    /// The reasons of the loader, the libraries, and what leads to them.
    fn loaded(&mut self, resolution: &Resolution, shown: &str, real: &ImagePath) {
        if let Some(loader) = &resolution.loader {
            let text = format!("the loader that `{shown}` names");
            self.explain_walk(&loader.walk, "loader", text, vec![real.clone()]);
        }
        let called = |number: &usize| match number.checked_sub(1) {
            Some(index) => String::from_utf8_lossy(&resolution.libraries[index].soname).into_owned(),
            None => shown.to_owned(),
        };
        let mut indexed = Vec::new();
        for library in &resolution.libraries {
            let names: Vec<String> =
                library.needed_by.iter().take(3).map(called).map(|name| format!("`{name}`")).collect();
            let more = library.needed_by.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let rule = match &library.rule {
                Rule::LibraryPath(directory) => format!("LD_LIBRARY_PATH: {}", directory.display()),
                rule => rule.to_string(),
            };
            let text = format!("needed by {}{more} ({rule})", names.join(", "));
            let by = library.needed_by.iter().map(|number| match number.checked_sub(1) {
                Some(index) => resolution.libraries[index].walk.real.clone(),
                None => real.clone(),
            });
            let by: Vec<ImagePath> = by.filter(|path| *path != library.walk.real).collect();
            self.explain_walk(&library.walk, "library", text.clone(), by.clone());
            for (_, _, walk) in &library.aliases {
                self.explain_walk(walk, "library", text.clone(), by.clone());
            }
            for (_, walk) in &library.variants {
                let text = format!("`{}` for newer processors", String::from_utf8_lossy(&library.soname));
                self.explain_walk(walk, "library", text, by.clone());
            }
            if matches!(library.rule, Rule::Cache(_)) {
                indexed.push(library.walk.real.clone());
            }
        }
        if let (Some(index), false) = (&resolution.index, indexed.is_empty()) {
            let text = "leads the loader to libraries".to_owned();
            self.explain(index, "index", text, indexed);
        }
    }

    /// What the findings name, as far as the image has it.
    fn findings(&mut self, program: &ImagePath) {
        for finding in self.anew.findings.clone() {
            let library = |library: &&crate::resolve::Library| {
                String::from_utf8_lossy(&library.soname) == finding.object.as_str()
            };
            let object = self.anew.resolution.libraries.iter().find(library);
            let object = object.map_or_else(|| program.clone(), |library| library.walk.real.clone());
            let named = finding.all.iter().filter(|sign| sign.starts_with('/')).copied();
            let known = PLACES.iter().filter(|(rule, _)| *rule == finding.rule.name).flat_map(|(_, paths)| *paths);
            for path in named.chain(known.copied()) {
                let text = if finding.all.contains(&path) {
                    format!("`{}` names `{path}`", finding.object)
                } else {
                    finding.because()
                };
                self.explain_all(Path::new(path), finding.rule.name, &text, &[object.clone()]);
            }
        }
    }

    /// What stands in an image for every program, and what its configuration names.
    fn surroundings(&mut self) {
        let config = self.source.config.clone();
        for (key, value) in config.env.iter().filter_map(|pair| pair.split_once('=')) {
            if key != "PATH" && value.starts_with('/') {
                let text = format!("the variable `{key}` names it");
                self.explain(Path::new(value), "environment", text, Vec::new());
            }
        }
        for argument in config.words().iter().skip(1).filter(|argument| argument.starts_with('/')) {
            let text = format!("the argument `{argument}` names it");
            self.explain(Path::new(argument), "argument", text, Vec::new());
        }
        for (path, why) in config
            .workdir
            .iter()
            .map(|path| (path, "the working directory"))
            .chain(config.volumes.iter().map(|path| (path, "a volume")))
        {
            self.explain(Path::new(path), "asked", why.to_owned(), Vec::new());
        }
        for path in ["/etc/passwd", "/etc/group"] {
            self.explain(Path::new(path), "users", "names the users".to_owned(), Vec::new());
        }
        for (path, why) in
            [("/tmp", "for temporary files"), ("/root", "home of root"), ("/home/nonroot", "home of nonroot")]
        {
            self.explain(Path::new(path), "always", why.to_owned(), Vec::new());
        }
    }

    /// A reason for all that is at or below `path`.
    fn explain_all(&mut self, path: &Path, code: &'static str, text: &str, entries: &[ImagePath]) {
        let Some(real) = self.explain(path, code, text.to_owned(), entries.to_vec()) else { return };
        for below in start::below(self.rootfs(), &real) {
            self.explain(below.as_path(), code, text.to_owned(), entries.to_vec());
        }
    }

    fn explain(&mut self, path: &Path, code: &'static str, text: String, entries: Vec<ImagePath>) -> Option<ImagePath> {
        let walk = walk(self.rootfs(), path).ok().filter(|walk| !walk.real.is_root())?;
        self.explain_walk(&walk, code, text, entries);
        Some(walk.real)
    }

    fn explain_walk(&mut self, walk: &Walk, code: &'static str, text: String, entries: Vec<ImagePath>) {
        for (link, _) in &walk.links {
            let reason =
                Reason { code: "link", text: format!("leads to `{}`", walk.real), entries: vec![walk.real.clone()] };
            self.explained.entry(link.clone()).or_default().insert(reason);
        }
        for directory in walk.directories.iter().filter(|directory| **directory != walk.real) {
            self.hold(directory, &walk.real, "on the way to");
        }
        let entries = entries.into_iter().filter(|path| *path != walk.real).collect();
        self.explained.entry(walk.real.clone()).or_default().insert(Reason { code, text, entries });
    }

    fn hold(&mut self, directory: &ImagePath, path: &ImagePath, word: &str) {
        let reasons = self.explained.entry(directory.clone()).or_default();
        if reasons.is_empty() {
            reasons.insert(Reason { code: "parent", text: format!("{word} `{path}`"), entries: vec![path.clone()] });
        }
    }

    /// Gives the entries what was found, and the directories above them.
    fn settle(&mut self) {
        for path in self.explained.keys().cloned().collect::<Vec<_>>() {
            for above in path.ancestors().filter(|above| !above.is_root()) {
                self.hold(&above, &path, "holds");
            }
        }
        for (path, reasons) in std::mem::take(&mut self.explained) {
            if let Some(entry) = self.source.rootfs.entries.get_mut(&path) {
                entry.reasons = reasons;
            }
        }
    }
}

/// What libraries open without naming it where they are looked at: the C library's own files.
const PLACES: [(&str, &[&str]); 2] = [
    ("name-services", &["/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf"]),
    ("services", &["/etc/services", "/etc/protocols"]),
];

fn shell_form(entrypoint: &[String]) -> Warning {
    Warning {
        code: "shell-form",
        message: "the image starts a shell that starts the program".to_owned(),
        details: vec![format!("entrypoint: {}", entrypoint.join(" "))],
        hint: "signals end the shell, not the program: write the entrypoint as a list, `[\"/PROGRAM\"]`".to_owned(),
    }
}
