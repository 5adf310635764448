//! Loads a program as its loader would: breadth first, each object once.

use super::loaded::{Loaded, LoadedObjects};
use super::outcome::{LoadError, Missing};
use super::request::{Dlopen, Request, SearchSettings};
use super::resolution::{Library, Needer, Provided, Resolution};
use super::roots::CachedRoots;
use super::rule::SearchRule;
use super::rules::Rules;
use super::search::{Answer, SearchOutcome, Searched, search};
use super::skipped::Skipped;
use super::step::{Asker, Lookup, SearchStep};
use super::{drivers, program_loader, versions};
use crate::elf::{self, Bytes, Libc, Note};
use crate::events::Warning;
use crate::files::Place;
use std::collections::{BTreeSet, VecDeque};
use std::os::unix::ffi::OsStrExt;

/// A program that is being resolved.
pub struct Engine<'a> {
    request: &'a Request<'a>,
    roots: CachedRoots<'a>,
    rules: Rules,
    /// The steps to the directories of LD_LIBRARY_PATH, and to those of `--library-path`.
    library_path: Vec<SearchStep>,
    objects: LoadedObjects<'a>,
    /// The objects whose needs are not loaded yet.
    queue: VecDeque<usize>,
    warnings: Vec<Warning>,
    /// The one of the request's `dlopens` that is followed now.
    dlopen: Option<usize>,
}

/// Whether what is asked for must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Needed,
    IfThere,
}

/// What the kernel maps beside the program, by the names under which it can be needed.
const VDSO: [&[u8]; 5] =
    [b"linux-vdso.so.1", b"linux-gate.so.1", b"linux-vdso64.so.1", b"linux-vdso32.so.1", b"linux-vdso.so"];

impl<'a> Engine<'a> {
    /// The program with its loader, before anything that it needs is looked for.
    pub fn new(request: &'a Request<'a>) -> Self {
        let roots = CachedRoots::new(request.roots, request.known);
        let is_musl = request.libc == Some(Libc::Musl);
        let mut resolution = Resolution::default();
        let (loader, defaults) = program_loader::find(request, &roots, &mut resolution.load_errors).unzip();
        let SearchSettings { environment, library_path, .. } = request.settings;
        let environment = SearchStep::directories(SearchRule::Environment, environment.as_slice());
        let library_path = SearchStep::directories(SearchRule::LibraryPath, library_path.as_slice());
        let library_path = environment.into_iter().chain(library_path).collect();
        let rules = Rules::read(&roots, request.libc, request.program, defaults);
        let mut all = vec![Loaded {
            // The empty name is the program's; to musl it is an error.
            names: if is_musl { BTreeSet::new() } else { BTreeSet::from([Vec::new()]) },
            soname: request.program.soname.clone(),
            origin: Some(request.place.directory()),
            id: Some(Needer::Program),
            ..Loaded::default()
        }];
        all.extend(loader.as_ref().map(|loader| Loaded {
            names: BTreeSet::from([loader.path.as_os_str().as_bytes().to_vec()]),
            soname: loader.soname.clone(),
            inode: Some(loader.walk.stat.identity.inode()),
            origin: Some(Place::sysroot(&loader.path).directory()),
            ..Loaded::default()
        }));
        // musl puts the vDSO behind all that is needed.
        if !is_musl {
            let names = VDSO.iter().map(|name| name.to_vec()).collect();
            all.push(Loaded { names, ..Loaded::default() });
        }
        resolution.loader = loader;
        let objects = LoadedObjects { given: request.given, program: request.program, is_musl, all, resolution };
        Self {
            request,
            roots,
            rules,
            library_path,
            objects,
            queue: VecDeque::from([0]),
            warnings: Vec::new(),
            dlopen: None,
        }
    }

    /// Loads everything that what is loaded needs, breadth first.
    pub fn load_needed(&mut self) {
        while let Some(by) = self.queue.pop_front() {
            let object = self.objects.object(by);
            let (filters, auxiliaries, needed) =
                (object.filters.clone(), object.auxiliaries.clone(), object.needed.clone());
            // musl knows neither of the two.
            if !self.rules.is_musl() {
                self.ask_all(&filters, by, Wanted::Needed);
                self.ask_all(&auxiliaries, by, Wanted::IfThere);
            }
            self.ask_all(&needed, by, Wanted::Needed);
            if by == 0 && !self.rules.is_musl() {
                self.ask_all(&self.auditors(), by, Wanted::IfThere);
            }
        }
    }

    /// Opens one of the request's `dlopens`, and loads what that needs.
    pub fn open(&mut self, number: usize, dlopen: &Dlopen) {
        self.dlopen = Some(number);
        let by = dlopen.by.as_ref().and_then(|by| self.objects.answering(by)).unwrap_or(0);
        match &dlopen.place {
            Some(place) => {
                let step = SearchStep::path(Lookup::File(place.clone()));
                let searched = search(&self.rules, &self.roots, &dlopen.name, std::iter::once(step));
                self.take(&dlopen.name, by, Wanted::Needed, searched);
            }
            None => self.ask(&dlopen.name, by, Wanted::Needed),
        }
        self.load_needed();
        self.dlopen = None;
    }

    /// Compares symbol versions, and gives the answer.
    pub fn finish(mut self) -> Resolution {
        // musl does not compare them.
        if !self.rules.is_musl() {
            let (load_errors, warnings) = versions::check(&self.objects);
            self.warnings.extend(warnings);
            for (load_error, dlopen) in load_errors {
                self.keep(load_error, dlopen);
            }
        }
        self.warnings.sort();
        self.warnings.dedup();
        let (directories, index) = self.rules.places();
        Resolution { warnings: self.warnings, directories, index, ..self.objects.resolution }
    }

    /// DT_AUDIT and DT_DEPAUDIT of the program count since glibc 2.32; a missing one stops nothing.
    fn auditors(&self) -> Vec<Bytes> {
        let program = self.request.program;
        let lists = [&program.audit, &program.depaudit].into_iter().flatten();
        let names = lists.flat_map(|list| list.split(|byte| *byte == b':'));
        names.filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
    }

    fn ask_all(&mut self, names: &[Bytes], by: usize, wanted: Wanted) {
        for name in names {
            self.ask(name, by, wanted);
        }
    }

    /// Loads what `by` asks for by this name, unless something that is loaded answers.
    fn ask(&mut self, name: &[u8], by: usize, wanted: Wanted) {
        if let Some(number) = self.objects.answering(name) {
            self.objects.needs(by, number, name);
            return;
        }
        if let Some(flag) = self.request.settings.provider_of(name) {
            return self.leave_out(name, by, flag);
        }
        let loaded = &self.objects.all[by];
        let notes = loaded.notes.get_or_init(|| if self.rules.reads_notes() { self.notes(by) } else { Vec::new() });
        let (library_path, secure) = (self.library_path.as_slice(), self.request.secure);
        let asker = Asker { line: self.objects.line(by), notes, library_path, secure };
        let steps = self.rules.search_path(name, &asker);
        let searched = search(&self.rules, &self.roots, name, steps);
        self.take(name, by, wanted, searched);
    }

    /// The notes of an object, as far as it can be read again.
    fn notes(&self, by: usize) -> Vec<Note> {
        let read = || {
            let (place, walk) = match self.objects.library(by) {
                Some(library) => (&library.place, library.walk.clone()),
                None => (&self.request.place, self.roots.walk(&self.request.place).ok()?),
            };
            let file = self.roots.files(place).open(&walk.real).ok()?;
            elf::notes(&*file, self.objects.object(by)).ok()
        };
        read().unwrap_or_default()
    }

    /// Takes what a search came to.
    fn take(&mut self, name: &[u8], by: usize, wanted: Wanted, Searched { outcome, skipped }: Searched) {
        self.warnings.extend(skipped.iter().filter_map(Skipped::warning));
        match outcome {
            SearchOutcome::Found(answer) => self.load(name, by, *answer, skipped),
            _ if wanted == Wanted::IfThere => {}
            SearchOutcome::Stopped(load_error) => self.keep(load_error, self.dlopen),
            SearchOutcome::Unusable(place, why) => {
                let (soname, needed_by) =
                    (String::from_utf8_lossy(name).into_owned(), self.objects.name(by).into_owned());
                self.keep(LoadError::Candidate { path: place.path, why, soname, needed_by }, self.dlopen);
            }
            SearchOutcome::Nowhere(searched) => {
                self.lacks(Missing {
                    soname: name.to_vec(),
                    needed_by: vec![self.objects.name(by).into_owned()],
                    searched,
                    skipped,
                });
            }
        }
    }

    /// Keeps what stops the loader, at the start or when it opens one of the request's `dlopens`.
    fn keep(&mut self, load_error: LoadError, dlopen: Option<usize>) {
        let found = &mut self.objects.resolution;
        match dlopen {
            Some(number) => found.unmet.push((number, load_error)),
            None if found.load_errors.contains(&load_error) => {}
            None => found.load_errors.push(load_error),
        }
    }

    /// Keeps what is missing, once for all who need it.
    fn lacks(&mut self, missing: Missing) {
        if self.dlopen.is_some() {
            return self.keep(LoadError::Missing(missing), self.dlopen);
        }
        let all = &mut self.objects.resolution.missing;
        match all.iter_mut().find(|other| other.soname == missing.soname) {
            Some(other) if other.needed_by.contains(&missing.needed_by[0]) => {}
            Some(other) => other.needed_by.extend(missing.needed_by),
            None => all.push(missing),
        }
    }

    /// Leaves out what `flag` says is provided, once for all who need it.
    fn leave_out(&mut self, name: &[u8], by: usize, flag: &str) {
        let needed_by = self.objects.name(by).into_owned();
        let all = &mut self.objects.resolution.provided;
        match all.iter_mut().find(|other| other.soname == name) {
            Some(other) if other.needed_by.contains(&needed_by) => {}
            Some(other) => other.needed_by.push(needed_by),
            None => all.push(Provided {
                soname: name.to_vec(),
                needed_by: vec![needed_by],
                flag: flag.to_owned(),
                is_opened: self.dlopen.is_some(),
            }),
        }
    }

    /// Loads a file that was found, unless it is loaded already under another name.
    fn load(&mut self, name: &[u8], by: usize, answer: Answer, skipped: Vec<Skipped>) {
        let Answer { candidate, found_by, hwcaps, is_for_newer } = answer;
        self.warnings.extend(is_for_newer.then(|| for_newer_processors(name, &candidate.place)));
        self.warnings.extend(drivers::stub_warning(name, &candidate.place, &candidate.walk));
        let inode = candidate.walk.stat.identity.inode();
        // musl takes the name under which it was found; glibc the whole path too.
        let path = candidate.place.path.as_os_str().as_bytes().to_vec();
        if let Some(same) = self.objects.all.iter().position(|loaded| loaded.inode == Some(inode)) {
            self.objects.all[same].names.insert(path);
            self.objects.needs(by, same, name);
            if let Some(library) = self.objects.library_mut(same) {
                library.aliases.push((name.to_vec(), candidate.place, candidate.walk));
                library.hwcaps.extend(hwcaps);
            }
            return;
        }
        let (soname, origin) = (candidate.object.soname.clone(), candidate.place.directory());
        let id = self.objects.resolution.push(Library {
            soname: name.to_vec(),
            place: candidate.place,
            walk: candidate.walk,
            object: candidate.object,
            needed_by: BTreeSet::from([self.objects.needer(by)]),
            found_by,
            skipped,
            aliases: Vec::new(),
            hwcaps,
            dlopen: self.dlopen,
        });
        self.queue.push_back(self.objects.all.len());
        self.objects.all.push(Loaded {
            names: BTreeSet::from([name.to_vec(), path]),
            soname,
            inode: Some(inode),
            parent: Some(by),
            origin: Some(origin),
            id: Some(Needer::Library(id)),
            dlopen: self.dlopen,
            ..Loaded::default()
        });
    }
}

fn for_newer_processors(name: &[u8], place: &Place) -> Warning {
    let path = place.directory().join(name).path;
    Warning {
        code: "newer-processor",
        message: format!(
            "`{}` is there for newer processors only: `{}`",
            String::from_utf8_lossy(name),
            path.display()
        ),
        details: Vec::new(),
        hint:
            "the image will not run on an older processor; name a directory with a plain one with `--library-path DIR`"
                .to_owned(),
    }
}
