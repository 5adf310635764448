//! An image that was read back, looked at as a program is: the program that it starts is found, inspected and resolved in
//! the image, and every file for which that gives a reason gets the reason.
//!
//! Who made the image, and for which purpose, does not count: the reasons are worked out again. A file that stays without
//! a reason may still be needed, by a name that the program makes at run time.

use super::Error;
use super::owners::{Explained, explain_source};
use super::reasons::{ReasonRef, Reasons};
use super::start::{self, Started};
use super::warnings::{missing_dlopen, packed_by_upx, shell_form};
use crate::accounts::Runner;
use crate::closure::{self, Closure, Followed, Opened};
use crate::elf::{Inspected, Kind, Libc, script};
use crate::events::Warning;
use crate::evidence::Finding;
use crate::evidence::rules::{BUNDLES, Brings};
use crate::files::{Files, Roots, walk};
use crate::options::{Add, Config, Contents, DlopenPolicy, Search};
use crate::packages::PackageDatabase;
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::{self, Program};
use crate::resolve::{LoadError, Resolution, SearchRule};
use crate::rootfs::recorded::Recorded;
use crate::rootfs::{self, Cause, Node, Reason, Rootfs};
use crate::shrink;
use crate::source::Source;
use crate::verdict;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::slice::from_ref;

/// Facts, errors and warnings about the program of an image.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The program that the kernel starts in the end; of a script the interpreter.
    pub program: Option<ImagePath>,
    /// The facts of that program; `None` where it cannot be read.
    pub inspected: Option<Inspected>,
    /// The loader and libraries of the program.
    pub resolution: Resolution,
    /// The findings of evidence in the program and its libraries.
    pub findings: Vec<Finding>,
    /// Everything that keeps the program from starting.
    pub errors: Vec<Error>,
    /// Warnings that do not keep the program from starting.
    pub warnings: Vec<Warning>,
    /// What the program may miss, a sentence each.
    pub hints: Vec<String>,
    /// How many bytes of the program strip would drop.
    pub removable: u64,
}

/// How many scripts may be interpreted by scripts: as many as the kernel follows.
const MAX_SCRIPTS: usize = 4;

/// How many commands of one script are followed.
const MAX_COMMANDS: usize = 16;

/// Looks at the program of an image, and gives each file of `source` that the program explains its reasons. With
/// `without_evidence` only what headers name counts; libraries that `provided` names are not missed. Packages and layers
/// of the files are told only if `explain` asks for them.
pub fn analyse(
    source: &mut Source,
    provided: &[String],
    without_evidence: bool,
    explain: bool,
) -> (Analysis, Option<Explained>) {
    let packages = PackageDatabase::open(&source.rootfs, None);
    let mut analyser = Analyser {
        analysis: Analysis::default(),
        source,
        without_evidence,
        provided,
        packages: &packages,
        runner: Runner::default(),
        scripts: BTreeSet::new(),
        reasons: Reasons::default(),
    };
    analyser.start();
    analyser.explain_configuration();
    analyser.explain_recorded();
    let Analyser { analysis, reasons, .. } = analyser;
    let explained = explain.then(|| explain_source(source, &packages));
    reasons.settle(&mut source.rootfs);
    (analysis, explained)
}

struct Analyser<'a> {
    analysis: Analysis,
    source: &'a Source,
    /// Only what headers name is looked for.
    without_evidence: bool,
    /// Sonames of libraries that whoever runs the image provides.
    provided: &'a [String],
    /// The package database of the image.
    packages: &'a PackageDatabase<'a>,
    runner: Runner,
    /// Shell scripts whose commands were followed.
    scripts: BTreeSet<ImagePath>,
    reasons: Reasons,
}

impl Analyser<'_> {
    fn rootfs(&self) -> &Rootfs {
        &self.source.rootfs
    }

    fn give(&mut self, path: impl AsRef<Path>, why: &ReasonRef<'_>) -> Option<ImagePath> {
        self.reasons.give(&self.source.rootfs, path.as_ref(), why)
    }

    /// Finds the program that is started, and follows it.
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
                let why = ReasonRef::alone(Cause::Program, &text);
                if let Some(real) = self.give(&started.path, &why) {
                    self.follow(&started, &real, &why, MAX_SCRIPTS);
                    self.follow_others(&real);
                }
            }
            Err(error) => self.analysis.errors.push(error),
        }
    }

    /// Follows a started file to what it needs: an interpreter, or a loader and libraries. `real` is its path at the end of
    /// all links, `why` its own reason, `scripts` how many more scripts are followed.
    fn follow(&mut self, started: &Started, real: &ImagePath, why: &ReasonRef<'_>, scripts: usize) {
        let Ok(file) = self.rootfs().open(real) else { return };
        let shown = started.path.display().to_string();
        if let Some(words) = script::read(&*file).filter(|_| scripts > 0) {
            return self.follow_script(&shown, real, &words, scripts);
        }
        let roots = Roots::one(self.rootfs());
        let program = match program::read(started.path.as_os_str(), started.to_found(), roots, None) {
            Ok(program) => program,
            Err(error) => return self.analysis.errors.push(Error::Program(error)),
        };
        match verdict::kind_error(&OsString::from(&shown), &program.inspected) {
            Some(_) if program.inspected.kind == Kind::Upx => self.analysis.warnings.push(packed_by_upx(&shown)),
            other => self.analysis.errors.extend(other.map(Error::from)),
        }
        self.check_platform(&program.inspected, &shown);
        self.analysis.program = Some(real.clone());
        self.close(program, &shown, why);
    }

    /// Closes over the program in the image: its loader, its libraries, what they show, and the programs that come along.
    fn close(&mut self, program: Program, shown: &str, why: &ReasonRef<'_>) {
        let source = self.source;
        let (roots, config) = (Roots::one(&source.rootfs), &source.config);
        let settings = config.variables().filter(|(key, _)| is_setting(key));
        let env = settings.map(|(key, value)| (key.into(), value.into())).collect();
        let says = Config { env, ..Config::default() };
        // What is in it for a reason that does not show may need libraries all the same.
        let add = source.recorded.iter().filter(|recorded| is_content(recorded, &source.rootfs));
        let add = add.map(|recorded| Add {
            source: recorded.path.as_path().to_owned(),
            destination: None,
            into_directory: false,
        });
        let contents = Contents { add: add.collect(), dlopen: DlopenPolicy::All, ..Contents::default() };
        let search =
            Search { provided: self.provided.to_vec(), without_evidence: self.without_evidence, ..Search::default() };
        // A program that cannot be read was told as damaged before.
        let Ok(followed) = closure::follow(program, &contents, &says, &search, roots, self.packages) else { return };
        let Followed { closure, unmet, .. } = followed;
        self.analysis.removable = shrink::removable(&*closure.program.file, &closure.program.inspected);
        self.diagnose(&closure.resolution, closure.program.inspected.libc, shown, &unmet);
        let own = Reason { cause: why.cause, text: why.text.into(), entries: why.entries.to_vec() };
        self.reasons.absorb(rootfs::reasons(&closure, roots, own));
        self.explain_findings(&closure);
        let advice = verdict::advise(&closure, &source.rootfs, &[], roots, (&contents, &Config::default()));
        self.analysis.warnings.extend(advice.warnings);
        self.analysis.hints.extend(advice.hints);
        self.explain_index(&closure.resolution);
        self.analysis.findings = closure.evidence.findings;
        self.analysis.inspected = Some(closure.program.inspected);
        self.analysis.resolution = closure.resolution;
    }

    /// Adds the errors that keep the loader from starting the program, and warnings of what the program may miss later.
    fn diagnose(&mut self, resolution: &Resolution, libc: Option<Libc>, shown: &str, unmet: &[(Opened, LoadError)]) {
        let errors = &mut self.analysis.errors;
        let missing = resolution.missing.iter().cloned().map(LoadError::Missing);
        errors.extend(missing.chain(resolution.load_errors.iter().cloned()).map(Error::Loader));
        errors.extend(verdict::two_libcs(shown, libc, resolution, &self.source.rootfs).map(Error::Kind));
        let (source, runner) = (self.source, self.runner);
        // The loader runs as the user too.
        let loader = resolution.loader.iter().map(|loader| &loader.walk.real);
        let files = loader.chain(resolution.libraries.iter().map(|library| &library.walk.real));
        let denied = files.filter_map(|path| {
            let (barrier, closed) = source.rootfs.barrier(path, runner)?;
            let (path, barrier) = (path.to_string(), barrier.to_string());
            Some(Error::Unreadable { path, uid: runner.uid, barrier, mode: closed.mode })
        });
        errors.extend(denied);
        self.analysis.warnings.extend(unmet.iter().filter_map(|(opened, error)| missing_dlopen(shown, opened, error)));
    }

    /// Gives reasons to the files that signs of rules name by path, and to those that are looked up beside what a rule
    /// brings.
    fn explain_findings(&mut self, closure: &Closure) {
        for finding in &closure.evidence.findings {
            let object = ImagePath::new(&closure.evidence.object(finding.object.id).path);
            let entries = object.as_slice();
            let cause = Cause::Evidence(finding.rule.name);
            for sign in finding.all.iter().filter(|sign| sign.starts_with('/')) {
                let text = format!("`{}` names `{sign}`", finding.object);
                self.reasons.give_all(&self.source.rootfs, Path::new(sign), &ReasonRef { cause, text: &text, entries });
            }
            let looked_up = finding.rule.brings.iter().flat_map(|brings| looked_up(*brings));
            for path in looked_up {
                let why = ReasonRef { cause, text: &finding.because(), entries };
                self.reasons.give(&self.source.rootfs, Path::new(path), &why);
            }
        }
    }

    /// Gives its reason to the index by which the loader found libraries.
    fn explain_index(&mut self, resolution: &Resolution) {
        let indexed = resolution.libraries.iter().filter(|library| library.found_by.rule == SearchRule::Cache);
        let indexed: Vec<ImagePath> = indexed.map(|library| library.walk.real.clone()).collect();
        if let (Some(index), false) = (&resolution.index, indexed.is_empty()) {
            let why = ReasonRef { cause: Cause::Index, text: "leads the loader to libraries", entries: &indexed };
            self.give(index, &why);
        }
    }

    /// Follows the programs that the first one is told to start: `tini -- /app`, `sh -c 'exec /app'`.
    fn follow_others(&mut self, first: &ImagePath) {
        let config = &self.source.config;
        for word in start::others(&config.words()) {
            let Ok(started) = start::program(self.rootfs(), config, word, self.runner) else { continue };
            let is_program = self.rootfs().open(&started.walk.real).is_ok_and(|file| start::is_program(&*file));
            if !is_program || started.walk.real == *first {
                continue;
            }
            let text = format!("the argument `{word}` names it");
            let why = ReasonRef { cause: Cause::Program, text: &text, entries: from_ref(first) };
            self.follow_beside(&started, &why, MAX_SCRIPTS);
        }
    }

    /// Adds an error where the program is for another platform than the configuration tells.
    fn check_platform(&mut self, inspected: &Inspected, shown: &str) {
        let said = self.source.platform.as_deref().and_then(Platform::parse);
        if let (Some(own), Some(said)) = (&inspected.platform, said)
            && !said.runs(own)
        {
            let (own, said) = (own.to_string(), said.to_string());
            self.analysis.errors.push(Error::OtherPlatform { path: shown.to_owned(), own, said });
        }
    }

    /// Follows a script to its interpreter; `words` are those of its first line.
    fn follow_script(&mut self, shown: &str, real: &ImagePath, words: &[String], scripts: usize) {
        let Some(first) = words.first() else { return };
        let text = format!("`{shown}` is a script for it");
        let why = ReasonRef { cause: Cause::Interpreter, text: &text, entries: from_ref(real) };
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
            self.follow(&started, &interpreter, &why, scripts - 1);
            return self.follow_commands(shown, real, words, scripts - 1);
        }
        let (script, interpreter) = (shown.to_owned(), name.to_owned());
        self.analysis.errors.push(Error::NoInterpreter { script, interpreter });
    }

    /// Follows a shell script to the programs that it becomes, and to its arguments where these are the command.
    fn follow_commands(&mut self, shown: &str, real: &ImagePath, words: &[String], scripts: usize) {
        let Ok(file) = self.rootfs().open(real) else { return };
        let Some(end) = verdict::script_end(words, &*file).filter(|_| self.scripts.insert(real.clone())) else {
            return;
        };
        let config = &self.source.config;
        let arguments = config.words().get(1).copied().filter(|_| end.runs_arguments);
        for command in end.programs.iter().map(String::as_str).chain(arguments).take(MAX_COMMANDS) {
            let Ok(started) = start::program(self.rootfs(), config, command, self.runner) else {
                if end.last.as_deref() == Some(command) {
                    let (script, command) = (shown.to_owned(), command.to_owned());
                    self.analysis.errors.push(Error::NoCommand { script, command });
                }
                continue;
            };
            let text = format!("`{shown}` runs it");
            let why = ReasonRef { cause: Cause::Program, text: &text, entries: from_ref(real) };
            self.follow_beside(&started, &why, scripts);
        }
    }

    /// Follows a program that another one starts. The image's program stays the first one.
    fn follow_beside(&mut self, started: &Started, why: &ReasonRef<'_>, scripts: usize) {
        let Some(real) = self.give(&started.path, why) else { return };
        let mut main = std::mem::take(&mut self.analysis);
        self.follow(started, &real, why, scripts);
        main.errors.append(&mut self.analysis.errors);
        let Analysis { warnings, hints, .. } = &mut self.analysis;
        warnings.retain(|warning| !main.warnings.contains(warning));
        hints.retain(|hint| !main.hints.contains(hint));
        main.warnings.append(warnings);
        main.hints.append(hints);
        main.findings.append(&mut self.analysis.findings);
        self.analysis = main;
    }

    /// Gives the reasons that the image records to what they are for; those of rules only where nothing else shows why.
    fn explain_recorded(&mut self) {
        let rootfs = &self.source.rootfs;
        for Recorded { path, is_tree, cause, text } in &self.source.recorded {
            let meant = if *is_tree { start::below(rootfs, path) } else { vec![path.clone()] };
            for path in meant {
                if *cause == Cause::Asked || !self.reasons.has(&path) {
                    self.reasons.add(&path, Reason::new(*cause, text.as_str()));
                }
                // A link to a library is asked for with the library.
                let end = walk(rootfs, path.as_path()).ok().filter(|end| !self.reasons.has(&end.real));
                if let Some(end) = end {
                    self.reasons.give_walk(&end, &ReasonRef::alone(*cause, text));
                }
            }
        }
    }

    /// Gives reasons to what every image has, and to what the configuration names.
    fn explain_configuration(&mut self) {
        let config = &self.source.config;
        let variables = config.variables().filter(|(key, _)| *key != "PATH");
        for (key, value) in variables.filter(|(_, value)| value.starts_with('/')) {
            self.give(value, &ReasonRef::alone(Cause::Environment, &format!("the variable `{key}` names it")));
        }
        for argument in config.words().into_iter().skip(1).filter(|argument| argument.starts_with('/')) {
            self.give(argument, &ReasonRef::alone(Cause::Argument, &format!("the argument `{argument}` names it")));
        }
        if let Some(path) = &config.workdir {
            self.give(path, &ReasonRef::alone(Cause::Asked, "the working directory"));
        }
        for path in &config.volumes {
            self.give(path, &ReasonRef::alone(Cause::Asked, "a volume"));
        }
        for (path, cause, text) in ALWAYS {
            self.give(path, &ReasonRef::alone(cause, text));
        }
    }
}

/// Whether a recorded reason is that of files, and not of a directory alone.
fn is_content(recorded: &Recorded, rootfs: &Rootfs) -> bool {
    recorded.is_tree || rootfs.entries().get(&recorded.path).is_some_and(|entry| entry.node != Node::Directory)
}

/// The paths that any program may use, with the reasons that they have in an image made by pack.
const ALWAYS: [(&str, Cause, &str); 5] = [
    ("/etc/passwd", Cause::Users, "names the users"),
    ("/etc/group", Cause::Users, "names the users"),
    ("/tmp", Cause::Always, "for temporary files"),
    ("/root", Cause::Always, "home of root"),
    ("/home/nonroot", Cause::Always, "home of nonroot"),
];

/// Whether a variable decides what is opened: a time zone, a locale, a terminal, or libraries by the loader.
fn is_setting(key: &str) -> bool {
    matches!(key, "TZ" | "LANG" | "TERM") || key.starts_with("LC_") || key.starts_with("LD_")
}

/// The files that glibc reads to look up hosts and users.
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
