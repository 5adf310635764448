//! An image that was read back, looked at as a program is: what it starts is found, inspected and resolved in
//! the image, and every file for which that gives a reason gets it.
//!
//! Who made the image, and what for, does not count: the reasons are found anew. What stays without one may
//! still be needed, by a name that the program makes at run time.

use super::Error;
use super::reasons::{Reasons, Why};
use super::start::{self, Runner, Started};
use crate::elf::{self, Bytes, Inspected, Kind, Object};
use crate::events::Warning;
use crate::evidence::{self, Finding};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::resolve::{Library, Place, Request, Resolution, Rule, Trouble, resolve};
use crate::rootfs::Rootfs;
use crate::source::Source;
use crate::sysroot::Files;
use crate::verdict;
use std::ffi::OsString;
use std::path::Path;
use std::slice::from_ref;

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
    let mut search = Search { anew: Anew::default(), source, runner: Runner::default(), reasons: Reasons::default() };
    search.start();
    search.surroundings();
    let Search { anew, reasons, .. } = search;
    reasons.settle(&mut source.rootfs);
    anew
}

struct Search<'a> {
    anew: Anew,
    source: &'a Source,
    runner: Runner,
    reasons: Reasons,
}

impl Search<'_> {
    fn rootfs(&self) -> &Rootfs {
        &self.source.rootfs
    }

    fn give(&mut self, path: impl AsRef<Path>, why: &Why<'_>) -> Option<ImagePath> {
        self.reasons.give(&self.source.rootfs, path.as_ref(), why)
    }

    /// Finds what is started, and follows it.
    fn start(&mut self) {
        let config = &self.source.config;
        match start::runner(self.rootfs(), config.user.as_deref()) {
            Ok(runner) => self.runner = runner,
            Err(error) => self.anew.errors.push(error),
        }
        let Some(word) = config.words().first().copied() else {
            return self.anew.errors.push(Error::NoEntrypoint);
        };
        if start::is_shell_form(&config.entrypoint) {
            self.anew.warnings.push(shell_form(&config.entrypoint));
        }
        match start::program(self.rootfs(), config, word, self.runner) {
            Ok(started) => {
                let text = format!("the image starts `{word}`");
                if let Some(real) = self.give(&started.path, &Why::alone("program", &text)) {
                    self.follow(&started, &real, MOST_SCRIPTS);
                    self.others(&real);
                }
            }
            Err(error) => self.anew.errors.push(error),
        }
    }

    /// What a started file needs: an interpreter, or a loader and libraries.
    fn follow(&mut self, started: &Started, real: &ImagePath, scripts: usize) {
        let Ok(file) = self.rootfs().open(real) else { return };
        let shown = started.path.display().to_string();
        if let Some(words) = start::interpreter(&*file).filter(|_| scripts > 0) {
            return self.script(&shown, real, &words, scripts);
        }
        let inspected = match elf::inspect(&*file) {
            Ok(inspected) => inspected,
            Err(reason) => return self.anew.errors.push(Error::Damaged { path: shown, reason: reason.to_string() }),
        };
        match verdict::of_kind(&OsString::from(&shown), &inspected) {
            Some(_) if inspected.kind == Kind::Upx => self.anew.warnings.push(packed(&shown)),
            other => self.anew.errors.extend(other.map(Error::from)),
        }
        self.platform(&inspected, &shown);
        self.anew.findings = evidence::look(&*file, &inspected, &shown).unwrap_or_default();
        self.anew.program = Some(real.clone());
        if let Some(object) = inspected.object.as_ref().filter(|_| inspected.kind == Kind::Dynamic) {
            self.libraries(&inspected, object, &shown, real);
        }
        self.anew.inspected = Some(inspected);
        self.findings(real);
    }

    /// Programs that the first one is told to start: `tini -- /app`, `sh -c 'exec /app'`.
    fn others(&mut self, first: &ImagePath) {
        let config = &self.source.config;
        for word in start::others(&config.words()) {
            let Ok(started) = start::program(self.rootfs(), config, word, self.runner) else { continue };
            let is_program = self.rootfs().open(&started.walk.real).is_ok_and(|file| start::is_program(&*file));
            if !is_program || started.walk.real == *first {
                continue;
            }
            let text = format!("the argument `{word}` names it");
            let why = Why { code: "program", text: &text, entries: from_ref(first) };
            let Some(real) = self.give(&started.path, &why) else { continue };
            // What is told of the image's program stays that of the first.
            let mut main = std::mem::take(&mut self.anew);
            self.follow(&started, &real, MOST_SCRIPTS);
            main.errors.append(&mut self.anew.errors);
            main.warnings.append(&mut self.anew.warnings);
            main.findings.append(&mut self.anew.findings);
            self.anew = main;
        }
    }

    fn platform(&mut self, inspected: &Inspected, shown: &str) {
        let said = self.source.platform.as_deref().and_then(Platform::parse);
        if let (Some(own), Some(said)) = (&inspected.platform, said)
            && !said.runs(own)
        {
            let (own, said) = (own.to_string(), said.to_string());
            self.anew.errors.push(Error::OtherPlatform { path: shown.to_owned(), own, said });
        }
    }

    fn script(&mut self, shown: &str, real: &ImagePath, words: &[String], scripts: usize) {
        let Some(first) = words.first() else { return };
        let text = format!("`{shown}` is a script for it");
        let why = Why { code: "interpreter", text: &text, entries: from_ref(real) };
        let mut started = start::file(self.rootfs(), Path::new("/").join(first), first, self.runner).ok();
        let mut name = first.as_str();
        // `env` is there only to look the interpreter up.
        if let (Some(env), Some(named)) = (&started, start::of_env(words)) {
            self.give(&env.path, &why);
            started = start::program(self.rootfs(), &self.source.config, named, self.runner).ok();
            name = named;
        }
        let given = started.and_then(|started| Some((self.give(&started.path, &why)?, started)));
        if let Some((interpreter, started)) = given {
            return self.follow(&started, &interpreter, scripts - 1);
        }
        let (script, interpreter) = (shown.to_owned(), name.to_owned());
        self.anew.errors.push(Error::NoInterpreter { script, interpreter });
    }

    /// The loader's rules, with the image as their root, until nothing new appears.
    fn libraries(&mut self, inspected: &Inspected, object: &Object, shown: &str, real: &ImagePath) {
        let list = self.source.config.variable("LD_LIBRARY_PATH").unwrap_or_default();
        let directories = list.split([':', ';']).filter(|directory| directory.starts_with('/'));
        let library_path: Vec<Place> = directories.map(Place::inside).collect();
        let entry = &self.rootfs().entries[real];
        let secure = entry.mode & 0o6000 != 0 || entry.capability.is_some();
        let mut later: Vec<(Bytes, Option<Bytes>)> = Vec::new();
        let mut seen = 0;
        let mut resolution = loop {
            let resolution = resolve(&Request {
                given: shown,
                program: object,
                place: Place { path: real.as_path().to_owned(), outside: false, relative: true },
                libc: inspected.libc,
                sysroot: self.rootfs(),
                host: self.rootfs(),
                library_path: &library_path,
                secure,
                later: &later,
            });
            for library in resolution.libraries.iter().skip(seen) {
                let shown = self.rootfs().open(&library.walk.real);
                let shown = shown.and_then(|file| evidence::look_at_library(&*file, &library.object, &soname(library)));
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
        self.anew.errors.extend(missing.chain(resolution.troubles.iter().cloned()).map(Error::Loader));
        self.anew.warnings.extend(resolution.warnings.iter().cloned());
        self.readable(&resolution);
        self.loaded(&resolution, shown, real);
        self.anew.resolution = resolution;
    }

    /// The loader runs as the user too.
    fn readable(&mut self, resolution: &Resolution) {
        let loader = resolution.loader.iter().map(|loader| &loader.walk.real);
        let libraries = resolution.libraries.iter().map(|library| &library.walk.real);
        let Runner { uid, gid } = self.runner;
        let entries = loader.chain(libraries).filter_map(|path| Some((path, self.source.rootfs.entries.get(path)?)));
        let denied = entries.filter(|(_, entry)| !entry.allows(uid, gid, 4));
        let told = denied.map(|(path, entry)| Error::Unreadable { path: path.to_string(), uid, mode: entry.mode });
        self.anew.errors.extend(told);
    }

    /// The reasons of the loader, the libraries, and what leads to them.
    fn loaded(&mut self, resolution: &Resolution, shown: &str, real: &ImagePath) {
        if let Some(loader) = &resolution.loader {
            let text = format!("the loader that `{shown}` names");
            self.reasons.give_walk(&loader.walk, &Why { code: "loader", text: &text, entries: from_ref(real) });
        }
        let libraries = &resolution.libraries;
        for library in libraries {
            let by = library.needed_by.iter().map(|number| match number.checked_sub(1) {
                Some(index) => libraries[index].walk.real.clone(),
                None => real.clone(),
            });
            let by: Vec<ImagePath> = by.collect();
            let text = needed(library, libraries, shown);
            let why = Why { code: "library", text: &text, entries: &by };
            for walk in [&library.walk].into_iter().chain(library.aliases.iter().map(|(_, _, walk)| walk)) {
                self.reasons.give_walk(walk, &why);
            }
            let newer = format!("`{}` for newer processors", soname(library));
            for (_, walk) in &library.variants {
                self.reasons.give_walk(walk, &Why { text: &newer, ..why.clone() });
            }
        }
        let indexed = libraries.iter().filter(|library| matches!(library.rule, Rule::Cache(_)));
        let indexed: Vec<ImagePath> = indexed.map(|library| library.walk.real.clone()).collect();
        if let (Some(index), false) = (&resolution.index, indexed.is_empty()) {
            self.give(index, &Why { code: "index", text: "leads the loader to libraries", entries: &indexed });
        }
    }

    /// What the findings name, as far as the image has it.
    fn findings(&mut self, program: &ImagePath) {
        for finding in &self.anew.findings {
            let object = self.anew.resolution.libraries.iter().find(|library| soname(library) == finding.object);
            let object = object.map_or(program, |library| &library.walk.real);
            for path in finding.all.iter().filter(|sign| sign.starts_with('/')) {
                let text = format!("`{}` names `{path}`", finding.object);
                let why = Why { code: finding.rule.name, text: &text, entries: from_ref(object) };
                self.reasons.give_all(&self.source.rootfs, Path::new(path), &why);
            }
            let text = finding.because();
            let why = Why { code: finding.rule.name, text: &text, entries: from_ref(object) };
            for path in PLACES.iter().filter(|(rule, _)| *rule == finding.rule.name).flat_map(|(_, paths)| *paths) {
                self.reasons.give(&self.source.rootfs, Path::new(path), &why);
            }
        }
    }

    /// What stands in an image for every program, and what its configuration names.
    fn surroundings(&mut self) {
        let config = &self.source.config;
        let variables = config.env.iter().filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key != "PATH");
        for (key, value) in variables.filter(|(_, value)| value.starts_with('/')) {
            self.give(value, &Why::alone("environment", &format!("the variable `{key}` names it")));
        }
        for argument in config.words().into_iter().skip(1).filter(|argument| argument.starts_with('/')) {
            self.give(argument, &Why::alone("argument", &format!("the argument `{argument}` names it")));
        }
        if let Some(path) = &config.workdir {
            self.give(path, &Why::alone("asked", "the working directory"));
        }
        for path in &config.volumes {
            self.give(path, &Why::alone("asked", "a volume"));
        }
        for (path, code, text) in ALWAYS {
            self.give(path, &Why::alone(code, text));
        }
    }
}

/// What any program may use, as in every image of ours.
const ALWAYS: [(&str, &str, &str); 5] = [
    ("/etc/passwd", "users", "names the users"),
    ("/etc/group", "users", "names the users"),
    ("/tmp", "always", "for temporary files"),
    ("/root", "always", "home of root"),
    ("/home/nonroot", "always", "home of nonroot"),
];

/// What the C library opens for a rule whose signs name no path.
const PLACES: [(&str, &[&str]); 2] = [
    ("name-services", &["/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf"]),
    ("services", &["/etc/services", "/etc/protocols"]),
];

fn soname(library: &Library) -> String {
    String::from_utf8_lossy(&library.soname).into_owned()
}

fn needed(library: &Library, libraries: &[Library], program: &str) -> String {
    const NAMED: usize = 3;
    let called = |number: &usize| match number.checked_sub(1) {
        Some(index) => format!("`{}`", soname(&libraries[index])),
        None => format!("`{program}`"),
    };
    let names: Vec<String> = library.needed_by.iter().take(NAMED).map(called).collect();
    let more = library.needed_by.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    // In an image the directories come from its configuration.
    let rule = match &library.rule {
        Rule::LibraryPath(directory) => format!("LD_LIBRARY_PATH: {}", directory.display()),
        rule => rule.to_string(),
    };
    format!("needed by {}{more} ({rule})", names.join(", "))
}

fn packed(program: &str) -> Warning {
    Warning {
        code: "upx",
        message: format!("`{program}` is packed by UPX, which hides what it needs"),
        details: Vec::new(),
        hint: "whether all that it needs is in the image cannot be told".to_owned(),
    }
}

fn shell_form(entrypoint: &[String]) -> Warning {
    Warning {
        code: "shell-form",
        message: "the image starts a shell that starts the program".to_owned(),
        details: vec![format!("entrypoint: {}", entrypoint.join(" "))],
        hint: "signals end the shell, not the program: write the entrypoint as a list, `[\"/PROGRAM\"]`".to_owned(),
    }
}
