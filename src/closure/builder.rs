//! The loop: libraries show evidence, evidence brings libraries and programs, and those show more.

use super::added::{self, Added};
use super::error::Error;
use super::heavy::{self, HeavyModules, HeavyPrograms, Unnamed};
use super::library_path::search_settings;
use super::load_errors::driver_hint;
use super::opened::Opened;
use super::preloaded::{Preloaded, preloaded};
use super::subject::{OtherProgram, Subject, request, subject};
use crate::elf::{self, Bytes, DlopenNote, Object, Priority};
use crate::events::LeftOut;
use crate::evidence::candidate::Distance;
use crate::evidence::rules::Brings;
use crate::evidence::{self, ElfFile, EvidenceCollector, ObjectRole};
use crate::file::FileId;
use crate::files::{Place, Roots};
use crate::options::{Config, Contents, DlopenPolicy, Search};
use crate::packages::PackageDatabase;
use crate::program::Program;
use crate::resolve::{Dlopen, KnownFiles, Library, LoadError, Missing, Resolution, SearchSettings, resolve};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;

/// The state of the loop over libraries and evidence.
pub struct ClosureBuilder<'a, 'p> {
    program: &'a Program,
    /// The program's path as the user gave it, for messages.
    given: String,
    contents: &'a Contents,
    /// The image's environment.
    env: &'a [(String, String)],
    roots: Roots<'a>,
    /// What is said about the search for libraries beside what the objects say.
    pub settings: SearchSettings,
    /// Whether only headers are followed: no rules, no dlopen notes.
    headers_only: bool,
    /// Files and directories that the user adds.
    pub added: Vec<Added>,
    /// Files that were read before, by identity.
    pub known: KnownFiles,
    /// Loader and libraries of the program, as of the last round.
    pub resolution: Resolution,
    /// Libraries that are opened when the program runs, and why.
    pub dlopens: Vec<(Dlopen, Opened)>,
    /// Programs that come in beside the packed one.
    pub others: Vec<OtherProgram>,
    /// Evidence of the program and of all objects in `looked`.
    pub evidence: EvidenceCollector<'a, 'p>,
    /// Identities of the objects whose evidence was collected.
    looked: BTreeSet<FileId>,
    /// Modules that bring much, and stay out.
    pub heavy: Vec<HeavyModules>,
    /// Programs that bring much, and stay out.
    pub heavy_programs: HeavyPrograms,
    /// Their places.
    pub stay_out: BTreeSet<Place>,
    /// Libraries that were looked for and stay out.
    pub left_out: Vec<LeftOut>,
    /// Problems with what the user added.
    pub errors: Vec<Error>,
}

/// As many libraries of an image that is read back are opened when its program runs; each makes one more round of the
/// loader's rules, and the image may be made to have as many as it likes.
const MOST_DLOPENS: usize = 2000;

/// As many programs that come with the program of such an image are followed.
const MOST_PROGRAMS: usize = 50;

impl<'a, 'p> ClosureBuilder<'a, 'p> {
    /// A builder that has looked at nothing but the paths of `contents` and `search`. `config` is the image's configuration.
    ///
    /// Fails if a directory of `--library-path` does not exist.
    pub fn new(
        program: &'a Program,
        contents: &'a Contents,
        config: &'a Config,
        search: &Search,
        roots: Roots<'a>,
        packages: &'a PackageDatabase<'p>,
    ) -> Result<Self, Vec<Error>> {
        let env = &config.env;
        let settings = search_settings(program, env, search, roots)?;
        let mut evidence = EvidenceCollector::new(contents, env, roots, packages);
        evidence.said(config);
        Ok(Self {
            program,
            given: program.given.to_string_lossy().into_owned(),
            contents,
            env,
            roots,
            settings,
            headers_only: search.without_evidence,
            added: added::find_added(&contents.add, roots),
            known: KnownFiles::new(!search.without_evidence),
            resolution: Resolution::default(),
            dlopens: Vec::new(),
            others: Vec::new(),
            evidence,
            looked: BTreeSet::new(),
            heavy: Vec::new(),
            heavy_programs: HeavyPrograms::default(),
            stay_out: BTreeSet::new(),
            left_out: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// Collects the evidence of the program and of the libraries that it is started with.
    pub fn run_once(&mut self) -> Result<(), Vec<Error>> {
        let inspected = &self.program.inspected;
        if let Some(object) = inspected.object.as_ref().filter(|_| !self.headers_only) {
            self.evidence.called_by(&self.program.named);
            let role = ObjectRole::Program { go: inspected.toolchain.go.is_some() };
            let seen = self.evidence.look(&*self.program.file, object, &self.given, role, self.program.real.clone());
            seen.map_err(|error| unreadable(&self.given, error))?;
            let notes = elf::dlopen_notes(&*self.program.file, object).unwrap_or_default();
            self.follow_notes(notes, None, &self.given.clone());
        }
        self.resolve()?;
        if self.add_unwinder() { self.resolve() } else { Ok(()) }
    }

    /// Repeats resolution and evidence until neither brings a library or a program.
    pub fn run(&mut self) -> Result<(), Vec<Error>> {
        let asked = self.contents.libraries.iter().map(|soname| {
            let dlopen = Dlopen { name: soname.clone().into_bytes(), by: None, place: None };
            (dlopen, Opened::Asked)
        });
        self.dlopens.extend(asked);
        self.open_preloaded();
        // The packed program is looked at first; what is added then, as programs of their own.
        self.run_once()?;
        let known = self.dlopens.len();
        self.follow_added()?;
        if self.dlopens.len() > known {
            self.resolve()?;
        }
        let directories = self.resolution.directories.clone();
        self.evidence.bring_asked(&directories, self.program.inspected.libc);
        let (mut libraries, mut programs) = (0, 0);
        loop {
            let known = self.dlopens.len() + self.others.len();
            self.add_unwinder();
            self.evidence.follow(&self.resolution.libraries, &directories);
            self.open_libraries(libraries);
            libraries = self.evidence.libraries().len();
            let most = if self.roots.is_image() { MOST_PROGRAMS } else { usize::MAX };
            for index in programs..self.evidence.programs().len().min(most) {
                let file = &self.evidence.programs()[index];
                let (place, object) = (file.place.clone(), file.object.clone());
                let (distance, is_of_directory) = self.evidence.brought_from(file);
                let weighed = is_of_directory && !self.roots.is_image();
                self.add_program(place, object, None, (distance, weighed))?;
            }
            programs = self.evidence.programs().len();
            if self.dlopens.len() + self.others.len() == known {
                return Ok(());
            }
            self.resolve()?;
        }
    }

    /// Opens the libraries that evidence brought, from number `first` on, if they are for the program's machine. Modules
    /// that no object names come last, and those that bring much stay out.
    fn open_libraries(&mut self, first: usize) {
        let machine = self.machine();
        let most = if self.roots.is_image() { MOST_DLOPENS.saturating_sub(self.dlopens.len()) } else { usize::MAX };
        let new = self.evidence.libraries()[first..].iter().take(most);
        let new = new.filter(|file| machine == Some(file.object.machine.machine));
        let (modules, others): (Vec<_>, Vec<_>) = new
            .map(|file| (file, self.evidence.unnamed_module(file).filter(|_| !self.roots.is_image())))
            .partition(|(_, distance)| distance.is_some());
        let opened = |(file, _): &(&ElfFile, Option<(Distance, bool)>)| {
            let name = file.place.path.as_os_str().as_bytes().to_vec();
            let dlopen = Dlopen { name, by: None, place: Some(file.place.clone()) };
            (dlopen, Opened::Brought(file.because.clone()))
        };
        self.dlopens.extend(others.iter().map(opened));
        let first = self.dlopens.len();
        self.dlopens.extend(modules.iter().map(opened));
        let is_new = |soname: &Bytes| !self.resolution.libraries.iter().any(|library| library.soname == *soname);
        if modules.iter().any(|(file, _)| file.size > heavy::LEAST || file.object.needed.iter().any(is_new)) {
            let modules = modules.iter().enumerate().filter_map(|(index, (file, distance))| {
                let (distance, of_program) = (*distance)?;
                Some(Unnamed { number: first + index, distance, of_program, alone: file.alone })
            });
            self.take_out_heavy(&modules.collect::<Vec<_>>());
        }
    }

    /// Takes out those of `modules`, the last ones of the dlopens, that bring too much.
    fn take_out_heavy(&mut self, modules: &[Unnamed]) {
        let Some(subject) = subject(self.program, &self.given) else { return };
        let dlopens: Vec<Dlopen> = self.dlopens.iter().map(|(dlopen, _)| dlopen.clone()).collect();
        let at = self.program.real.clone();
        let resolution = resolve(&request(subject, at, self.roots, &self.settings, &dlopens, &self.known));
        let shown = |library: &Library| self.evidence.bytes_shown_by(library);
        let size = self.program.file.size();
        let is_named = |place: &Place| self.evidence.is_said(place) || self.evidence.is_named_by_file(place);
        let heavy =
            heavy::take_out(&mut self.dlopens, modules, &resolution, size, &shown, &is_named, &mut self.left_out);
        self.heavy.extend(heavy);
        let kept: BTreeSet<&Place> = self.dlopens.iter().filter_map(|(dlopen, _)| dlopen.place.as_ref()).collect();
        let weighed = modules.iter().filter_map(|module| dlopens[module.number].place.clone());
        self.stay_out.extend(weighed.filter(|place| !kept.contains(place)));
    }

    /// Opens the libraries that the image's environment names for the loader. One that is named by its path comes in like
    /// a file that evidence brings, so that what the user adds at that path counts more.
    fn open_preloaded(&mut self) {
        if self.machine().is_none() {
            return;
        }
        for Preloaded { variable, name } in preloaded(self.env) {
            if name.starts_with('/') {
                self.evidence.bring_preloaded(variable, name);
            } else {
                let dlopen = Dlopen { name: name.as_bytes().to_vec(), by: None, place: None };
                self.dlopens.push((dlopen, Opened::Preloaded(variable)));
            }
        }
    }

    /// The program's `e_machine`; `None` if no loader loads it.
    fn machine(&self) -> Option<u16> {
        subject(self.program, "").map(|own| own.object.machine.machine)
    }

    /// Resolves the program with all its dlopens, and collects the evidence of new libraries.
    fn resolve(&mut self) -> Result<(), Vec<Error>> {
        let Some(subject) = subject(self.program, &self.given) else { return Ok(()) };
        let dlopens: Vec<Dlopen> = self.dlopens.iter().map(|(dlopen, _)| dlopen.clone()).collect();
        let at = self.program.real.clone();
        let resolution = resolve(&request(subject, at, self.roots, &self.settings, &dlopens, &self.known));
        self.look(&resolution, true)?;
        self.resolution = resolution;
        Ok(())
    }

    /// Collects the evidence of the libraries that are not in `looked` yet. Unless the program is `near`, all of them are
    /// far.
    fn look(&mut self, resolution: &Resolution, near: bool) -> Result<(), Vec<Error>> {
        if self.headers_only {
            return Ok(());
        }
        for library in &resolution.libraries {
            if !self.looked.insert(library.walk.stat.identity.inode()) {
                continue;
            }
            let soname = library.name();
            let real = library.place.at_end(&library.walk);
            let near = near && library.is_direct() || self.evidence.is_opened(&real);
            let role = ObjectRole::Library { soname: &soname, near };
            let file = self
                .roots
                .files(&library.place)
                .open(&library.walk.real)
                .map_err(|error| unreadable(&soname, error))?;
            let seen = self.evidence.look(&*file, &library.object, &soname, role, real);
            seen.map_err(|error| unreadable(&soname, error))?;
            let notes = elf::dlopen_notes(&*file, &library.object).unwrap_or_default();
            self.follow_notes(notes, Some(&library.soname), &soname);
        }
        Ok(())
    }

    /// Adds the libraries of the notes that `--dlopen` selects, and tells of the others as left out. `by` is the soname
    /// of the library that has the notes, `None` for the program; `object` its name for messages.
    fn follow_notes(&mut self, notes: Vec<DlopenNote>, by: Option<&Bytes>, object: &str) {
        let wanted = |note: &DlopenNote| match note.priority {
            Priority::Required => self.contents.dlopen >= DlopenPolicy::Required,
            Priority::Recommended => self.contents.dlopen >= DlopenPolicy::Recommended,
            Priority::Suggested => self.contents.dlopen >= DlopenPolicy::All,
        };
        let (taken, left): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| wanted(note));
        for note in left {
            let why = format!("`{object}` opens it when it runs, if it is there; `--dlopen all` takes it in");
            self.left_out.push(LeftOut { what: note.sonames[0].clone(), why });
        }
        for note in taken {
            let name = self.first_found(&note, by);
            let dlopen = Dlopen { name, by: by.cloned(), place: None };
            if !self.dlopens.iter().any(|(other, _)| *other == dlopen) {
                self.dlopens.push((dlopen, Opened::Note(note, object.to_owned())));
            }
        }
    }

    /// The first of the note's sonames that the loader finds; the first of all if it finds none.
    fn first_found(&self, note: &DlopenNote, by: Option<&Bytes>) -> Bytes {
        let first = note.sonames[0].clone().into_bytes();
        let Some(subject) = subject(self.program, &self.given).filter(|_| note.sonames.len() > 1) else { return first };
        let at = self.program.real.clone();
        let found = note.sonames.iter().map(|soname| soname.clone().into_bytes()).find(|name| {
            let dlopens = [Dlopen { name: name.clone(), by: by.cloned(), place: None }];
            let roots = self.roots;
            let resolution = resolve(&request(subject, at.clone(), roots, &self.settings, &dlopens, &self.known));
            resolution.unmet.is_empty()
        });
        found.unwrap_or(first)
    }

    /// Follows the ELF files among what the user adds: programs, and libraries for the program's machine.
    fn follow_added(&mut self) -> Result<(), Vec<Error>> {
        for (place, object) in added::objects(&self.added, self.roots) {
            let path = self.roots.on_host(&place);
            let at = Place { moves: true, ..place };
            if object.is_program() {
                self.add_program(at, Rc::new(object), Some(&path), (Distance::Program, false))?;
            } else if object.dynamic && object.kind == 3 && self.machine() == Some(object.machine.machine) {
                let dlopen = Dlopen { name: path.as_os_str().as_bytes().to_vec(), by: None, place: Some(at) };
                self.dlopens.push((dlopen, Opened::Added(path)));
            }
        }
        Ok(())
    }

    /// Adds a program beside the packed one, with its own loader and libraries. `added` is its path on the host if the
    /// user adds it. The distance is that of what brought it; if it is `weighed`, because its directory brought it, it stays
    /// out where it brings much.
    fn add_program(
        &mut self,
        at: Place,
        object: Rc<Object>,
        added: Option<&PathBuf>,
        (distance, weighed): (Distance, bool),
    ) -> Result<(), Vec<Error>> {
        let called = at.path.display().to_string();
        let Ok(end) = self.roots.walk(&at) else { return Ok(()) };
        let libc = elf::linked_libc(&object);
        let roots = self.roots;
        let subject = Subject { given: &called, object: &object, libc, secure: false };
        let resolution = resolve(&request(subject, at.clone(), roots, &self.settings, &[], &self.known));
        if weighed && self.is_heavy(&at, distance, &resolution) {
            self.stay_out.insert(at);
            return Ok(());
        }
        let file = self.roots.files(&at).open(&end.real).map_err(|error| unreadable(&called, error))?;
        if self.looked.insert(end.stat.identity.inode()) {
            let seen = self.evidence.look(&*file, &object, &called, ObjectRole::Program { go: false }, at.clone());
            let seen = seen.map_err(|error| unreadable(&called, error))?;
            seen.is_added = added.is_some();
            seen.distance = distance;
            // The trees of what was added are the user's to name, as are those of a program's helpers.
            seen.paths.clear();
        }
        // What the libraries of a tool can do besides is not what the tool is started for.
        self.look(&resolution, distance == Distance::Program && !self.evidence.is_tool(&at))?;
        for missing in &resolution.missing {
            self.tell_missing(missing, &called, added);
        }
        self.others.push(OtherProgram { called, place: at, object, libc, resolution });
        Ok(())
    }

    /// Whether a program that was brought with its directory brings too many libraries that nothing else needs.
    fn is_heavy(&mut self, at: &Place, distance: Distance, resolution: &Resolution) -> bool {
        let others = self.others.iter().map(|other| &other.resolution);
        let there: BTreeSet<&Bytes> = others
            .chain([&self.resolution])
            .flat_map(|resolution| resolution.libraries.iter().map(|library| &library.soname))
            .collect();
        let size = |library: &Library| library.walk.stat.identity.size;
        let new = resolution.libraries.iter().filter(|library| !there.contains(&library.soname));
        let brought = new.map(|library| (library.soname.clone(), size(library))).collect();
        let base = self.program.file.size() + self.resolution.libraries.iter().map(size).sum::<u64>();
        self.heavy_programs.is_heavy(at, distance, brought, base, &mut self.left_out)
    }

    /// Tells of a library that the program `called` needs: an error if the user added that program, else left out.
    fn tell_missing(&mut self, missing: &Missing, called: &str, added: Option<&PathBuf>) {
        let Some(path) = added else {
            let what = String::from_utf8_lossy(&missing.soname).into_owned();
            let why = format!("`{called}` needs it, and it is not on this machine");
            return self.left_out.push(LeftOut { what, why });
        };
        let added =
            || format!("`{}` was added; name the directory that holds it with `--library-path DIR`", path.display());
        let hint = driver_hint(&missing.soname).unwrap_or_else(added);
        self.errors.push(Error::Resolve { load_error: LoadError::Missing(missing.clone()), hint: Some(hint) });
    }

    /// Adds the unwinder to the dlopens if an object shows that glibc opens it and it is not among the libraries.
    /// Returns whether it was added.
    fn add_unwinder(&mut self) -> bool {
        let libraries = &self.resolution.libraries;
        let glibc = libraries.iter().any(|library| library.soname == b"libc.so.6");
        let there = libraries.iter().any(|library| library.soname == UNWINDER);
        let asked = self.dlopens.iter().any(|(_, opened)| *opened == Opened::Unwinder);
        let shown = self.evidence.findings().any(|finding| finding.rule.brings.contains(&Brings::Unwinder));
        let wanted = shown && glibc && !there && !asked;
        if wanted {
            let dlopen = Dlopen { name: UNWINDER.to_vec(), by: Some(b"libc.so.6".to_vec()), place: None };
            self.dlopens.push((dlopen, Opened::Unwinder));
        }
        wanted
    }
}

/// The library that glibc opens when a thread ends itself or is ended.
const UNWINDER: &[u8] = b"libgcc_s.so.1";

fn unreadable(object: &str, source: io::Error) -> Vec<Error> {
    vec![Error::from(evidence::Error::Unreadable { object: object.to_owned(), source })]
}
