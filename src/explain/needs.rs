//! What one program of an image needs, found in the image: its loader and libraries, what they show, and what
//! that brings, until nothing new appears. Each file that is met gets its reason.
//!
//! The loop of `closure`, over a tree instead of a sysroot, and with nothing to take: what is not there is told.

use super::Error;
use super::reasons::{Reasons, Why};
use super::shown;
use crate::bytes::ReadAt;
use crate::elf::{self, Bytes, Inspected, Kind, Object, Priority};
use crate::events::Warning;
use crate::evidence::rules::{Brings, Sign};
use crate::evidence::{self, Finding, Seen, Who, named};
use crate::file::FileKind;
use crate::files::{Files, Place, Root, Roots, walk};
use crate::paths::ImagePath;
use crate::resolve::{Dlopen, Known, LoadError, Request, Resolution, Rule, resolve};
use crate::rootfs::Rootfs;
use crate::verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::slice::from_ref;

/// One program of the image.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The path by which it is started.
    pub shown: &'a str,
    /// Its file.
    pub real: &'a ImagePath,
    /// What it is.
    pub inspected: &'a Inspected,
    /// What the image has in LD_LIBRARY_PATH.
    pub library_path: &'a [Place],
}

/// What it needs, and what keeps it from having it.
#[derive(Default)]
pub struct Needs {
    /// Loader and libraries.
    pub resolution: Resolution,
    /// What was looked at.
    pub seen: Vec<Seen>,
    /// What keeps the loader from starting it.
    pub errors: Vec<Error>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// Programs that come with it.
    pub programs: Vec<ImagePath>,
    later: Vec<Dlopen>,
    required: BTreeSet<Bytes>,
    looked: BTreeSet<(u64, u64)>,
    followed: usize,
}

/// More modules than any program has; each makes one more round of the loader's rules.
const MOST_LATER: usize = 2000;

const UNWINDER: &[u8] = b"libgcc_s.so.1";

/// Follows `subject` through `rootfs`.
pub fn needs(rootfs: &Rootfs, subject: Subject<'_>, reasons: &mut Reasons) -> Needs {
    let mut needs = Needs::default();
    let Some(object) = &subject.inspected.object else { return needs };
    if let Ok(file) = rootfs.open(subject.real) {
        let go = subject.inspected.toolchain.go.is_some();
        let place = Place { path: subject.real.as_path().to_owned(), root: Root::Sysroot, moves: true };
        needs.look(&*file, object, subject.shown, Who::Program { go }, place);
    }
    loop {
        let known = needs.later.len();
        if subject.inspected.kind == Kind::Dynamic {
            needs.resolve(rootfs, subject, object);
        }
        needs.follow(rootfs, subject, reasons);
        if needs.later.len() == known || needs.later.len() > MOST_LATER {
            break;
        }
    }
    needs.tell(rootfs, subject);
    needs.loaded(rootfs, subject, reasons);
    needs
}

impl Needs {
    fn look(&mut self, file: &dyn ReadAt, object: &Rc<Object>, called: &str, who: Who<'_>, place: Place) {
        let by = if let Who::Library { soname, .. } = who { Some(soname.as_bytes().to_vec()) } else { None };
        self.seen.extend(evidence::look(file, object, called, who, place).ok());
        for note in elf::dlopen_notes(file, object).unwrap_or_default() {
            for soname in &note.sonames {
                self.opens(Dlopen { name: soname.clone().into_bytes(), by: by.clone(), place: None });
            }
            if let ([soname], Priority::Required) = (note.sonames.as_slice(), note.priority) {
                self.required.insert(soname.clone().into_bytes());
            }
        }
    }

    fn opens(&mut self, later: Dlopen) {
        if !self.later.contains(&later) && self.later.len() <= MOST_LATER {
            self.later.push(later);
        }
    }

    fn resolve(&mut self, rootfs: &Rootfs, subject: Subject<'_>, object: &Object) {
        let entry = &rootfs.entries[subject.real];
        let resolution = resolve(&Request {
            given: subject.shown,
            program: object,
            place: Place { path: subject.real.as_path().to_owned(), root: Root::Sysroot, moves: true },
            libc: subject.inspected.libc,
            roots: Roots::one(rootfs),
            library_path: subject.library_path,
            secure: entry.mode & 0o6000 != 0 || entry.capability.is_some(),
            later: &self.later.clone(),
            known: &Known::default(),
        });
        for library in &resolution.libraries {
            if self.looked.insert(library.walk.stat.identity.inode())
                && let Ok(file) = rootfs.open(&library.walk.real)
            {
                let soname = library.name();
                let near = library.needed_by.contains(&0) && library.later.is_none();
                let place = Place { path: library.walk.real.as_path().to_owned(), ..library.place.clone() };
                self.look(&*file, &library.object, &soname, Who::Library { soname: &soname, near }, place);
            }
        }
        self.resolution = resolution;
        let unwinds = self.findings().any(|finding| finding.rule.brings.contains(&Brings::Unwinder));
        if unwinds && self.resolution.libraries.iter().any(|library| library.soname == b"libc.so.6") {
            self.opens(Dlopen { name: UNWINDER.to_vec(), by: Some(b"libc.so.6".to_vec()), place: None });
        }
    }

    /// What all objects show.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.seen.iter().flat_map(|seen| &seen.findings)
    }

    /// Gives what was shown since the last time its reason, as far as the image has it.
    fn follow(&mut self, rootfs: &Rootfs, subject: Subject<'_>, reasons: &mut Reasons) {
        let mut met: BTreeSet<ImagePath> = BTreeSet::new();
        for seen in &self.seen[self.followed..] {
            let object = ImagePath::new(&seen.place.path).unwrap_or_else(|| subject.real.clone());
            let mut give = |path: &Path, code, text: &str| {
                met.extend(reasons.give_all(rootfs, path, &Why { code, text, entries: from_ref(&object) }));
            };
            for finding in &seen.findings {
                let texts = finding.rule.signs.iter().filter_map(|sign| match sign {
                    Sign::Text(text) if text.starts_with('/') && finding.all.contains(text) => Some(*text),
                    _ => None,
                });
                for sign in texts {
                    give(Path::new(sign), finding.rule.name, &format!("`{}` names `{sign}`", finding.object));
                }
                let brings = finding.rule.brings.iter();
                for path in brings.flat_map(|brings| shown::places(*brings, seen, &self.resolution)) {
                    give(&path, finding.rule.name, &finding.because());
                }
            }
            for (path, named) in own_data(rootfs, seen) {
                give(&path, named::RULE, &format!("`{}` names `{named}`", seen.object));
            }
        }
        self.followed = self.seen.len();
        for path in met {
            self.module(rootfs, subject, &path);
        }
    }

    /// A file that something opens by its path may be a library, or a program, and then needs more.
    fn module(&mut self, rootfs: &Rootfs, subject: Subject<'_>, path: &ImagePath) {
        let Ok(file) = rootfs.open(path) else { return };
        let Ok(object) = elf::read(&*file) else { return };
        let same = subject.inspected.object.as_ref().is_some_and(|own| own.machine.machine == object.machine.machine);
        let inode = |path: &ImagePath| rootfs.stat(path).ok().map(|stat| stat.identity.inode());
        if object.is_program() {
            if self.programs.iter().all(|other| inode(other) != inode(path)) {
                self.programs.push(path.clone());
            }
        } else if object.dynamic && same && subject.inspected.kind == Kind::Dynamic {
            let name = path.as_bytes().to_vec();
            self.opens(Dlopen { name, by: None, place: Some(Place::sysroot(path.as_path())) });
        }
    }

    /// What keeps the loader from starting the program, and what it may miss later.
    fn tell(&mut self, rootfs: &Rootfs, subject: Subject<'_>) {
        let resolution = &self.resolution;
        let missing = resolution.missing.iter().cloned().map(LoadError::Missing);
        self.errors.extend(missing.chain(resolution.load_errors.iter().cloned()).map(Error::Loader));
        let two = verdict::one_place(subject.shown, subject.inspected.libc, resolution, rootfs);
        self.errors.extend(two.map(Error::Kind));
        self.warnings.extend(resolution.warnings.iter().cloned());
        let required = resolution.unmet.iter().filter(|(number, _)| self.required.contains(&self.later[*number].name));
        self.warnings.extend(required.map(|(number, load_error)| {
            let name = String::from_utf8_lossy(&self.later[*number].name);
            Warning {
                code: "missing-dlopen",
                message: format!("`{}` opens `{name}` when it runs, and the image has it not", subject.shown),
                details: vec![load_error.to_string()],
                hint: "put it into the image where the program cannot do without it".to_owned(),
            }
        }));
    }

    /// The reasons of the loader, the libraries, and what leads to them.
    fn loaded(&self, rootfs: &Rootfs, subject: Subject<'_>, reasons: &mut Reasons) {
        let Resolution { loader, libraries, index, .. } = &self.resolution;
        if let Some(loader) = loader {
            let text = format!("the loader that `{}` names", subject.shown);
            reasons.give_walk(&loader.walk, &Why { code: "loader", text: &text, entries: from_ref(subject.real) });
        }
        for library in libraries {
            // What is opened by its path has the reason for that already.
            let opened = library.later.map(|number| &self.later[number]);
            if opened.is_some_and(|opened| opened.place.as_ref() == Some(&library.place)) {
                continue;
            }
            let by = library.needed_by.iter().map(|number| match number.checked_sub(1) {
                Some(index) => libraries[index].walk.real.clone(),
                None => subject.real.clone(),
            });
            let by: Vec<ImagePath> = by.collect();
            // In an image the directories come from its configuration.
            let rule = match &library.rule {
                Rule::LibraryPath(directory) => format!("LD_LIBRARY_PATH: {}", directory.display()),
                rule => rule.to_string(),
            };
            let text = format!("{} ({rule})", self.resolution.why(library, subject.shown, opened));
            let why = Why { code: "library", text: &text, entries: &by };
            for walk in [&library.walk].into_iter().chain(library.aliases.iter().map(|(_, _, walk)| walk)) {
                reasons.give_walk(walk, &why);
            }
            let newer = format!("`{}` for newer processors", library.name());
            for (_, walk) in &library.hwcaps {
                reasons.give_walk(walk, &Why { text: &newer, ..why.clone() });
            }
        }
        let indexed = libraries.iter().filter(|library| matches!(library.rule, Rule::Cache(_)));
        let indexed: Vec<ImagePath> = indexed.map(|library| library.walk.real.clone()).collect();
        if let (Some(index), false) = (index, indexed.is_empty()) {
            let why = Why { code: "index", text: "leads the loader to libraries", entries: &indexed };
            reasons.give(rootfs, index, &why);
        }
    }
}

/// What of an image the paths among an object's constants stand for: a file, a directory of its own, or that
/// directory where several paths lie in it; each with the path that names it.
fn own_data<'a>(rootfs: &Rootfs, seen: &'a Seen) -> BTreeMap<PathBuf, &'a str> {
    let mut data = BTreeMap::new();
    let mut homes: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let prefix = named::prefix(&seen.place);
    for named in &seen.paths {
        let Some(place) = named::place(&named.path, prefix.as_ref()) else { continue };
        let Ok(end) = walk(rootfs, &place.path) else { continue };
        let is_directory = end.stat.kind == FileKind::Directory;
        let home = named::home(&place.path, is_directory);
        // A directory that many share says nothing of what is in it.
        if is_directory && home.is_none() {
            continue;
        }
        data.insert(place.path, named.path.as_str());
        if let Some(home) = home {
            let count = homes.entry(home.clone()).or_default();
            *count += 1;
            if *count > 1 {
                data.insert(home, named.path.as_str());
            }
        }
    }
    data
}
