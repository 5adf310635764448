//! The loop: libraries show evidence, evidence brings libraries and programs, and those show more.

use super::added::{self, Added};
use super::error::Error;
use super::library_path::library_path;
use super::opened::Opened;
use super::subject::{Other, Subject, request, subject};
use crate::elf::{self, Bytes, DlopenNote, Object, Priority};
use crate::events::LeftOut;
use crate::evidence::rules::Brings;
use crate::evidence::{self, EvidenceCollector, Who};
use crate::file::FileId;
use crate::files::{Place, Roots};
use crate::options::{Contents, DlopenPolicy, Search};
use crate::program::Program;
use crate::resolve::{Dlopen, KnownFiles, LoadError, Missing, Resolution, resolve};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;

/// The loop of libraries and evidence, and what it has come to.
pub struct ClosureBuilder<'a> {
    program: &'a Program,
    given: String,
    contents: &'a Contents,
    roots: Roots<'a>,
    library_path: Vec<Place>,
    /// Nothing is looked for but what headers name.
    headers_only: bool,
    /// What the user adds.
    pub added: Vec<Added>,
    /// What was read.
    pub known: KnownFiles,
    /// Loader and libraries of the program.
    pub resolution: Resolution,
    /// What is opened later, and why.
    pub later: Vec<(Dlopen, Opened)>,
    /// The programs that come with it.
    pub others: Vec<Other>,
    /// What was seen.
    pub evidence: EvidenceCollector<'a>,
    /// Objects that were looked at.
    looked: BTreeSet<FileId>,
    /// What is not in, and why.
    pub left_out: Vec<LeftOut>,
    /// What stops us.
    pub errors: Vec<Error>,
}

impl<'a> ClosureBuilder<'a> {
    /// Before anything is looked at.
    pub fn new(
        program: &'a Program,
        contents: &'a Contents,
        env: &'a [(String, String)],
        search: &Search,
        roots: Roots<'a>,
    ) -> Result<Self, Vec<Error>> {
        let library_path = library_path(program, search, roots)?;
        Ok(Self {
            program,
            given: program.given.to_string_lossy().into_owned(),
            contents,
            roots,
            library_path,
            headers_only: search.without_evidence,
            added: added::find(&contents.add, roots),
            known: KnownFiles::new(!search.without_evidence),
            resolution: Resolution::default(),
            later: Vec::new(),
            others: Vec::new(),
            evidence: EvidenceCollector::new(contents, env, roots),
            looked: BTreeSet::new(),
            left_out: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// Looks at the program, and at what it needs from the start.
    pub fn once(&mut self) -> Result<(), Vec<Error>> {
        let inspected = &self.program.inspected;
        if let Some(object) = inspected.object.as_ref().filter(|_| !self.headers_only) {
            let who = Who::Program { go: inspected.toolchain.go.is_some() };
            let seen = self.evidence.look(&*self.program.file, object, &self.given, who, self.program.real.clone());
            seen.map_err(|error| unreadable(&self.given, error))?;
            let notes = elf::dlopen_notes(&*self.program.file, object).unwrap_or_default();
            self.notes(notes, None, &self.given.clone());
        }
        self.resolve()?;
        if self.unwinder() { self.resolve() } else { Ok(()) }
    }

    /// Goes on until nothing new appears.
    pub fn run(&mut self) -> Result<(), Vec<Error>> {
        let asked = self.contents.libraries.iter().map(|soname| {
            let later = Dlopen { name: soname.clone().into_bytes(), by: None, place: None };
            (later, Opened::Asked)
        });
        self.later.extend(asked);
        self.look_at_added()?;
        self.once()?;
        let directories = self.resolution.directories.clone();
        self.evidence.asked(&directories, self.program.inspected.libc);
        let (mut libraries, mut programs) = (0, 0);
        loop {
            let known = self.later.len() + self.others.len();
            self.unwinder();
            self.evidence.follow(&self.resolution.libraries, &directories);
            for index in libraries..self.evidence.libraries().len() {
                let elf = &self.evidence.libraries()[index];
                if subject(self.program, "").is_some_and(|own| elf.object.machine.machine == own.object.machine.machine)
                {
                    let name = elf.place.path.as_os_str().as_bytes().to_vec();
                    let later = Dlopen { name, by: None, place: Some(elf.place.clone()) };
                    self.later.push((later, Opened::Brought(elf.because.clone())));
                }
            }
            libraries = self.evidence.libraries().len();
            for index in programs..self.evidence.programs().len() {
                let elf = &self.evidence.programs()[index];
                let (place, object) = (elf.place.clone(), elf.object.clone());
                self.other(place, object, None)?;
            }
            programs = self.evidence.programs().len();
            if self.later.len() + self.others.len() == known {
                return Ok(());
            }
            self.resolve()?;
        }
    }

    /// Resolves the program with all that is opened later, and looks at what is new.
    fn resolve(&mut self) -> Result<(), Vec<Error>> {
        let Some(subject) = subject(self.program, &self.given) else { return Ok(()) };
        let later: Vec<Dlopen> = self.later.iter().map(|(later, _)| later.clone()).collect();
        let at = self.program.real.clone();
        let resolution = resolve(&request(subject, at, self.roots, &self.library_path, &later, &self.known));
        self.look(&resolution)?;
        self.resolution = resolution;
        Ok(())
    }

    /// Looks at the libraries that were not looked at yet.
    fn look(&mut self, resolution: &Resolution) -> Result<(), Vec<Error>> {
        if self.headers_only {
            return Ok(());
        }
        for library in &resolution.libraries {
            if !self.looked.insert(library.walk.stat.identity.inode()) {
                continue;
            }
            let soname = library.name();
            let near = library.is_direct();
            let who = Who::Library { soname: &soname, near };
            let real = Place { path: library.walk.real.as_path().to_owned(), ..library.place.clone() };
            let file = self
                .roots
                .files(&library.place)
                .open(&library.walk.real)
                .map_err(|error| unreadable(&soname, error))?;
            let seen = self.evidence.look(&*file, &library.object, &soname, who, real);
            seen.map_err(|error| unreadable(&soname, error))?;
            let notes = elf::dlopen_notes(&*file, &library.object).unwrap_or_default();
            self.notes(notes, Some(&library.soname), &soname);
        }
        Ok(())
    }

    /// Takes what notes tell of, as far as `--dlopen` goes.
    fn notes(&mut self, notes: Vec<DlopenNote>, by: Option<&Bytes>, object: &str) {
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
            let name = self.best(&note, by);
            let later = Dlopen { name, by: by.cloned(), place: None };
            if !self.later.iter().any(|(other, _)| *other == later) {
                self.later.push((later, Opened::Note(note, object.to_owned())));
            }
        }
    }

    /// Of several sonames that do as well the first one that is there.
    fn best(&self, note: &DlopenNote, by: Option<&Bytes>) -> Bytes {
        let first = note.sonames[0].clone().into_bytes();
        let Some(subject) = subject(self.program, &self.given).filter(|_| note.sonames.len() > 1) else { return first };
        let at = self.program.real.clone();
        let found = note.sonames.iter().map(|soname| soname.clone().into_bytes()).find(|name| {
            let later = [Dlopen { name: name.clone(), by: by.cloned(), place: None }];
            let files = self.roots;
            let resolution = resolve(&request(subject, at.clone(), files, &self.library_path, &later, &self.known));
            resolution.unmet.is_empty()
        });
        found.unwrap_or(first)
    }

    /// The ELF files in what the user adds.
    fn look_at_added(&mut self) -> Result<(), Vec<Error>> {
        for (place, object) in added::objects(&self.added, self.roots) {
            let path = self.roots.on_host(&place);
            let at = Place { moves: true, ..place };
            let of_program = subject(self.program, "").map(|own| own.object.machine.machine);
            if object.is_program() {
                self.other(at, Rc::new(object), Some(&path))?;
            } else if object.dynamic && object.kind == 3 && of_program == Some(object.machine.machine) {
                let later = Dlopen { name: path.as_os_str().as_bytes().to_vec(), by: None, place: Some(at) };
                self.later.push((later, Opened::Added(path)));
            }
        }
        Ok(())
    }

    /// A program that comes in with the program, which has a list of libraries of its own.
    fn other(&mut self, at: Place, object: Rc<Object>, added: Option<&PathBuf>) -> Result<(), Vec<Error>> {
        let called = at.path.display().to_string();
        let Ok(end) = self.roots.walk(&at) else { return Ok(()) };
        let file = self.roots.files(&at).open(&end.real).map_err(|error| unreadable(&called, error))?;
        if self.looked.insert(end.stat.identity.inode()) {
            let seen = self.evidence.look(&*file, &object, &called, Who::Program { go: false }, at.clone());
            // The trees of what was added are the user's to name, as are those of a program's helpers.
            seen.map_err(|error| unreadable(&called, error))?.paths.clear();
        }
        let libc = elf::linked_libc(&object);
        let subject = Subject { given: &called, object: &object, libc, secure: false };
        let files = self.roots;
        let resolution = resolve(&request(subject, at.clone(), files, &self.library_path, &[], &self.known));
        self.look(&resolution)?;
        for missing in &resolution.missing {
            self.lacks(missing, &called, added);
        }
        self.others.push(Other { called, place: at, object, libc, resolution });
        Ok(())
    }

    /// What another program needs and does not find: an error where the user added that program.
    fn lacks(&mut self, missing: &Missing, called: &str, added: Option<&PathBuf>) {
        let Some(path) = added else {
            let what = String::from_utf8_lossy(&missing.soname).into_owned();
            let why = format!("`{called}` needs it, and it is not on this machine");
            return self.left_out.push(LeftOut { what, why });
        };
        let hint =
            format!("`{}` was added; name the directory that holds it with `--library-path DIR`", path.display());
        self.errors.push(Error::Resolve { load_error: LoadError::Missing(missing.clone()), hint: Some(hint) });
    }

    /// Takes the unwinder that glibc opens, where something shows that it does and none is there; whether that is so.
    fn unwinder(&mut self) -> bool {
        let libraries = &self.resolution.libraries;
        let glibc = libraries.iter().any(|library| library.soname == b"libc.so.6");
        let there = libraries.iter().any(|library| library.soname == UNWINDER);
        let asked = self.later.iter().any(|(_, opened)| *opened == Opened::Unwinder);
        let shown = self.evidence.findings().any(|finding| finding.rule.brings.contains(&Brings::Unwinder));
        let wanted = shown && glibc && !there && !asked;
        if wanted {
            let later = Dlopen { name: UNWINDER.to_vec(), by: Some(b"libc.so.6".to_vec()), place: None };
            self.later.push((later, Opened::Unwinder));
        }
        wanted
    }
}

const UNWINDER: &[u8] = b"libgcc_s.so.1";

fn unreadable(object: &str, source: io::Error) -> Vec<Error> {
    vec![Error::from(evidence::Error::Unreadable { object: object.to_owned(), source })]
}
