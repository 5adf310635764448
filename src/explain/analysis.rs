//! An image that was read back, looked at as a program is: what it starts is found, inspected and resolved in
//! the image, and every file for which that gives a reason gets it.
//!
//! Who made the image, and what for, does not count: the reasons are worked out again. What stays without one may
//! still be needed, by a name that the program makes at run time.

use super::Error;
use super::needs::{Subject, needs};
use super::reasons::{Reasons, Why};
use super::start::{self, Runner, Started};
use crate::elf::{self, Inspected, Kind, script};
use crate::events::Warning;
use crate::evidence::Finding;
use crate::files::{Files, Place};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::resolve::Resolution;
use crate::rootfs::Rootfs;
use crate::source::Source;
use crate::verdict;
use std::ffi::OsString;
use std::path::Path;
use std::slice::from_ref;

/// What is found in an image.
#[derive(Debug, Default)]
pub struct Analysis {
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
    /// Bytes of the program that strip would drop.
    pub removable: u64,
}

/// Scripts may be for scripts; the kernel follows as many.
const MOST_SCRIPTS: usize = 4;

/// As many programs that come with one are followed.
const MOST_PROGRAMS: usize = 50;

/// Looks at the image's program, and gives each file of `source` that is explained by it its reason.
pub fn analyse(source: &mut Source) -> Analysis {
    let mut search =
        Search { analysis: Analysis::default(), source, runner: Runner::default(), reasons: Reasons::default() };
    search.start();
    search.surroundings();
    let Search { analysis, reasons, .. } = search;
    reasons.settle(&mut source.rootfs);
    analysis
}

struct Search<'a> {
    analysis: Analysis,
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
            Err(error) => self.analysis.errors.push(error),
        }
        let Some(word) = config.words().first().copied() else {
            return self.analysis.errors.push(Error::NoEntrypoint);
        };
        if start::is_shell_form(&config.entrypoint) {
            self.analysis.warnings.push(shell_form(&config.entrypoint));
        }
        match start::program(self.rootfs(), config, word, self.runner) {
            Ok(started) => {
                let text = format!("the image starts `{word}`");
                if let Some(real) = self.give(&started.path, &Why::alone("program", &text)) {
                    self.follow(&started, &real, MOST_SCRIPTS);
                    self.others(&real);
                }
            }
            Err(error) => self.analysis.errors.push(error),
        }
    }

    /// What a started file needs: an interpreter, or a loader and libraries.
    fn follow(&mut self, started: &Started, real: &ImagePath, scripts: usize) {
        let Ok(file) = self.rootfs().open(real) else { return };
        let shown = started.path.display().to_string();
        if let Some(words) = script::read(&*file).filter(|_| scripts > 0) {
            return self.script(&shown, real, &words, scripts);
        }
        let inspected = match elf::inspect(&*file) {
            Ok(inspected) => inspected,
            Err(reason) => {
                return self.analysis.errors.push(Error::Damaged { path: shown, reason: reason.to_string() });
            }
        };
        match verdict::of_kind(&OsString::from(&shown), &inspected) {
            Some(_) if inspected.kind == Kind::Upx => self.analysis.warnings.push(packed(&shown)),
            other => self.analysis.errors.extend(other.map(Error::from)),
        }
        self.platform(&inspected, &shown);
        self.needs(&inspected, &shown, real);
        self.analysis.program = Some(real.clone());
        self.analysis.inspected = Some(inspected);
    }

    /// Its loader, its libraries, what they show, and the programs that come with it.
    fn needs(&mut self, inspected: &Inspected, shown: &str, real: &ImagePath) {
        let list = self.source.config.variable("LD_LIBRARY_PATH").unwrap_or_default();
        let directories = list.split([':', ';']).filter(|directory| directory.starts_with('/'));
        let library_path: Vec<Place> = directories.map(Place::sysroot).collect();
        let subject = Subject { shown, real, inspected, library_path: &library_path };
        let found = needs(&self.source.rootfs, subject, &mut self.reasons);
        self.readable(&found.resolution);
        for program in found.programs.iter().take(MOST_PROGRAMS) {
            self.helper(program, &library_path);
        }
        self.analysis.findings = found.findings().cloned().collect();
        self.analysis.errors.extend(found.errors);
        self.analysis.warnings.extend(found.warnings);
        self.analysis.resolution = found.resolution;
    }

    /// A program that another one may start; what it lacks keeps nobody from starting.
    fn helper(&mut self, real: &ImagePath, library_path: &[Place]) {
        let inspected = self.rootfs().open(real).ok().and_then(|file| elf::inspect(&*file).ok());
        if let Some(inspected) = inspected {
            let shown = real.to_string();
            let subject = Subject { shown: &shown, real, inspected: &inspected, library_path };
            needs(&self.source.rootfs, subject, &mut self.reasons);
        }
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
            let mut main = std::mem::take(&mut self.analysis);
            self.follow(&started, &real, MOST_SCRIPTS);
            main.errors.append(&mut self.analysis.errors);
            main.warnings.append(&mut self.analysis.warnings);
            main.findings.append(&mut self.analysis.findings);
            self.analysis = main;
        }
    }

    fn platform(&mut self, inspected: &Inspected, shown: &str) {
        let said = self.source.platform.as_deref().and_then(Platform::parse);
        if let (Some(own), Some(said)) = (&inspected.platform, said)
            && !said.runs(own)
        {
            let (own, said) = (own.to_string(), said.to_string());
            self.analysis.errors.push(Error::OtherPlatform { path: shown.to_owned(), own, said });
        }
    }

    fn script(&mut self, shown: &str, real: &ImagePath, words: &[String], scripts: usize) {
        let Some(first) = words.first() else { return };
        let text = format!("`{shown}` is a script for it");
        let why = Why { code: "interpreter", text: &text, entries: from_ref(real) };
        let mut started = start::file(self.rootfs(), Path::new("/").join(first), first, self.runner).ok();
        let mut name = first.as_str();
        // `env` is there only to look the interpreter up.
        if let (Some(env), Some(named)) = (&started, script::of_env(words)) {
            self.give(&env.path, &why);
            started = start::program(self.rootfs(), &self.source.config, named, self.runner).ok();
            name = named;
        }
        let given = started.and_then(|started| Some((self.give(&started.path, &why)?, started)));
        if let Some((interpreter, started)) = given {
            return self.follow(&started, &interpreter, scripts - 1);
        }
        let (script, interpreter) = (shown.to_owned(), name.to_owned());
        self.analysis.errors.push(Error::NoInterpreter { script, interpreter });
    }

    /// The loader runs as the user too.
    fn readable(&mut self, resolution: &Resolution) {
        let loader = resolution.loader.iter().map(|loader| &loader.walk.real);
        let libraries = resolution.libraries.iter().map(|library| &library.walk.real);
        let Runner { uid, gid } = self.runner;
        let entries = loader.chain(libraries).filter_map(|path| Some((path, self.source.rootfs.entries.get(path)?)));
        let denied = entries.filter(|(_, entry)| !entry.allows(uid, gid, 4));
        let told = denied.map(|(path, entry)| Error::Unreadable { path: path.to_string(), uid, mode: entry.mode });
        self.analysis.errors.extend(told);
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
