//! An image that was read back, looked at as a program is: what it starts is found, inspected and resolved in
//! the image, and every file for which that gives a reason gets it.
//!
//! Who made the image, and what for, does not count: the reasons are worked out again. What stays without one may
//! still be needed, by a name that the program makes at run time.

use super::Error;
use super::reasons::{Reasons, Why};
use super::start::{self, Started};
use crate::accounts::Runner;
use crate::closure::{self, Closure, Followed, Opened};
use crate::elf::{Inspected, Kind, Libc, Priority, script};
use crate::events::Warning;
use crate::evidence::Finding;
use crate::evidence::rules::{BUNDLES, Brings};
use crate::files::{Files, Place, Roots};
use crate::options::{Contents, DlopenPolicy, Search};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::{self, Program};
use crate::resolve::{LoadError, Resolution, SearchRule};
use crate::rootfs::{self, Cause, Entry, Reason, Rootfs};
use crate::shrink;
use crate::source::{Source, SourceConfig};
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

/// Looks at the image's program, and gives each file of `source` that is explained by it its reason;
/// `without_evidence`: by what headers name alone.
pub fn analyse(source: &mut Source, without_evidence: bool) -> Analysis {
    let mut analyser = Analyser {
        analysis: Analysis::default(),
        source,
        without_evidence,
        runner: Runner::default(),
        reasons: Reasons::default(),
    };
    analyser.start();
    analyser.surroundings();
    let Analyser { analysis, reasons, .. } = analyser;
    reasons.settle(&mut source.rootfs);
    analysis
}

struct Analyser<'a> {
    analysis: Analysis,
    source: &'a Source,
    /// Only what headers name is looked for.
    without_evidence: bool,
    runner: Runner,
    reasons: Reasons,
}

impl Analyser<'_> {
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
                let why = Why::alone(Cause::Program, &text);
                if let Some(real) = self.give(&started.path, &why) {
                    self.follow(&started, &real, &why, MOST_SCRIPTS);
                    self.others(&real);
                }
            }
            Err(error) => self.analysis.errors.push(error),
        }
    }

    /// What a started file needs: an interpreter, or a loader and libraries. `why` is the file's own reason.
    fn follow(&mut self, started: &Started, real: &ImagePath, why: &Why<'_>, scripts: usize) {
        let Ok(file) = self.rootfs().open(real) else { return };
        let shown = started.path.display().to_string();
        if let Some(words) = script::read(&*file).filter(|_| scripts > 0) {
            return self.script(&shown, real, &words, scripts);
        }
        let roots = Roots::one(self.rootfs());
        let program = match program::read(started.path.as_os_str(), started.found(), roots, None) {
            Ok(program) => program,
            Err(error) => return self.analysis.errors.push(Error::Program(error)),
        };
        match verdict::kind_error(&OsString::from(&shown), &program.inspected) {
            Some(_) if program.inspected.kind == Kind::Upx => self.analysis.warnings.push(packed(&shown)),
            other => self.analysis.errors.extend(other.map(Error::from)),
        }
        self.platform(&program.inspected, &shown);
        self.analysis.program = Some(real.clone());
        self.needs(program, &shown, why);
    }

    /// Its loader, its libraries, what they show, and the programs that come with it: the closure, found in the image.
    fn needs(&mut self, program: Program, shown: &str, why: &Why<'_>) {
        let source = self.source;
        let (roots, config) = (Roots::one(&source.rootfs), &source.config);
        let settings = config.variables().filter(|(key, _)| is_setting(key));
        let env: Vec<(String, String)> = settings.map(|(key, value)| (key.into(), value.into())).collect();
        let contents = Contents { dlopen: DlopenPolicy::All, ..Contents::default() };
        let search = Search {
            library_path: library_path(config, roots),
            without_evidence: self.without_evidence,
            ..Search::default()
        };
        // What cannot be read is told as a file that is damaged, where it is the program.
        let Ok(followed) = closure::follow(program, &contents, &env, &search, roots) else { return };
        let Followed { closure, unmet, .. } = followed;
        self.analysis.removable = shrink::removable(&*closure.program.file, &closure.program.inspected);
        self.tell(&closure.resolution, closure.program.inspected.libc, shown, &unmet);
        let own = Reason { cause: why.cause, text: why.text.into(), entries: why.entries.to_vec() };
        self.reasons.absorb(rootfs::reasons(&closure, roots, own));
        self.named(&closure);
        self.index(&closure.resolution);
        self.analysis.findings = closure.evidence.findings;
        self.analysis.inspected = Some(closure.program.inspected);
        self.analysis.resolution = closure.resolution;
    }

    /// What keeps the loader from starting the program, and what it may miss later.
    fn tell(&mut self, resolution: &Resolution, libc: Option<Libc>, shown: &str, unmet: &[(Opened, LoadError)]) {
        let errors = &mut self.analysis.errors;
        let missing = resolution.missing.iter().cloned().map(LoadError::Missing);
        errors.extend(missing.chain(resolution.load_errors.iter().cloned()).map(Error::Loader));
        errors.extend(verdict::two_libcs(shown, libc, resolution, &self.source.rootfs).map(Error::Kind));
        let (source, runner) = (self.source, self.runner);
        // The loader runs as the user too.
        let loader = resolution.loader.iter().map(|loader| &loader.walk.real);
        let files = loader.chain(resolution.libraries.iter().map(|library| &library.walk.real));
        let denied = files.filter_map(|path| Some((path, source.rootfs.entries().get(path)?)));
        let denied = denied.filter(|(_, entry)| !entry.allows(runner, 4));
        let unreadable = |(path, entry): (&ImagePath, &Entry)| Error::Unreadable {
            path: path.to_string(),
            uid: runner.uid,
            mode: entry.mode,
        };
        errors.extend(denied.map(unreadable));
        self.analysis.warnings.extend(resolution.warnings.iter().cloned());
        self.analysis.warnings.extend(unmet.iter().filter_map(|(opened, error)| missing_later(shown, opened, error)));
    }

    /// What the signs of rules name by its path, and what is looked up beside what a rule brings.
    fn named(&mut self, closure: &Closure) {
        for finding in &closure.evidence.findings {
            let object = ImagePath::new(&closure.evidence.object(finding.object.id).path);
            let entries = object.as_slice();
            let cause = Cause::Evidence(finding.rule.name);
            for sign in finding.all.iter().filter(|sign| sign.starts_with('/')) {
                let text = format!("`{}` names `{sign}`", finding.object);
                self.reasons.give_all(&self.source.rootfs, Path::new(sign), &Why { cause, text: &text, entries });
            }
            let looked_up = finding.rule.brings.iter().flat_map(|brings| looked_up(*brings));
            for path in looked_up {
                let why = Why { cause, text: &finding.because(), entries };
                self.reasons.give(&self.source.rootfs, Path::new(path), &why);
            }
        }
    }

    /// The index by which the loader found libraries.
    fn index(&mut self, resolution: &Resolution) {
        let indexed = resolution.libraries.iter().filter(|library| library.found_by.rule == SearchRule::Cache);
        let indexed: Vec<ImagePath> = indexed.map(|library| library.walk.real.clone()).collect();
        if let (Some(index), false) = (&resolution.index, indexed.is_empty()) {
            let why = Why { cause: Cause::Index, text: "leads the loader to libraries", entries: &indexed };
            self.give(index, &why);
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
            let why = Why { cause: Cause::Program, text: &text, entries: from_ref(first) };
            let Some(real) = self.give(&started.path, &why) else { continue };
            // What is told of the image's program stays that of the first.
            let mut main = std::mem::take(&mut self.analysis);
            self.follow(&started, &real, &why, MOST_SCRIPTS);
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
        let why = Why { cause: Cause::Interpreter, text: &text, entries: from_ref(real) };
        let mut started = start::file(self.rootfs(), Path::new("/").join(first), first, self.runner).ok();
        let mut name = first.as_str();
        // `env` is there only to look the interpreter up.
        if let (Some(env), Some(named)) = (&started, script::program_behind_env(words)) {
            self.give(&env.path, &why);
            started = start::program(self.rootfs(), &self.source.config, named, self.runner).ok();
            name = named;
        }
        let given = started.and_then(|started| Some((self.give(&started.path, &why)?, started)));
        if let Some((interpreter, started)) = given {
            return self.follow(&started, &interpreter, &why, scripts - 1);
        }
        let (script, interpreter) = (shown.to_owned(), name.to_owned());
        self.analysis.errors.push(Error::NoInterpreter { script, interpreter });
    }

    /// What stands in an image for every program, and what its configuration names.
    fn surroundings(&mut self) {
        let config = &self.source.config;
        let variables = config.variables().filter(|(key, _)| *key != "PATH");
        for (key, value) in variables.filter(|(_, value)| value.starts_with('/')) {
            self.give(value, &Why::alone(Cause::Environment, &format!("the variable `{key}` names it")));
        }
        for argument in config.words().into_iter().skip(1).filter(|argument| argument.starts_with('/')) {
            self.give(argument, &Why::alone(Cause::Argument, &format!("the argument `{argument}` names it")));
        }
        if let Some(path) = &config.workdir {
            self.give(path, &Why::alone(Cause::Asked, "the working directory"));
        }
        for path in &config.volumes {
            self.give(path, &Why::alone(Cause::Asked, "a volume"));
        }
        for (path, cause, text) in ALWAYS {
            self.give(path, &Why::alone(cause, text));
        }
    }
}

/// What any program may use, as in every image of ours.
const ALWAYS: [(&str, Cause, &str); 5] = [
    ("/etc/passwd", Cause::Users, "names the users"),
    ("/etc/group", Cause::Users, "names the users"),
    ("/tmp", Cause::Always, "for temporary files"),
    ("/root", Cause::Always, "home of root"),
    ("/home/nonroot", Cause::Always, "home of nonroot"),
];

/// Whether a variable names something by another word than its path: a zone, a locale, a terminal.
fn is_setting(key: &str) -> bool {
    matches!(key, "TZ" | "LANG" | "TERM") || key.starts_with("LC_")
}

/// What glibc reads to look up hosts and users.
const NAME_SERVICES: [&str; 5] =
    ["/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf"];

/// The paths at which programs look for what a rule brings, where several will do.
fn looked_up(brings: Brings) -> &'static [&'static str] {
    match brings {
        Brings::Certificates => &BUNDLES,
        Brings::NameServices => &NAME_SERVICES,
        _ => &[],
    }
}

/// The directories of the image's LD_LIBRARY_PATH that are there, as `--library-path` takes them.
fn library_path(config: &SourceConfig, roots: Roots<'_>) -> Vec<OsString> {
    let list = config.variable("LD_LIBRARY_PATH").unwrap_or_default();
    let directories = list.split([':', ';']).filter(|directory| directory.starts_with('/'));
    let there = directories.filter(|directory| roots.walk(&Place::sysroot(directory)).is_ok());
    there.map(|directory| format!("={directory}").into()).collect()
}

/// What a note tells that the program cannot do without, and the image does not have.
fn missing_later(program: &str, opened: &Opened, error: &LoadError) -> Option<Warning> {
    let Opened::Note(note, _) = opened else { return None };
    let [name] = note.sonames.as_slice() else { return None };
    (note.priority == Priority::Required).then(|| Warning {
        code: "missing-dlopen",
        message: format!("`{program}` opens `{name}` when it runs, and the image does not have it"),
        details: vec![error.to_string()],
        hint: "put it into the image where the program cannot do without it".to_owned(),
    })
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
