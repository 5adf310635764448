//! Which files the loader will map, found without running anything.
//!
//! The order of ld.so(8) is followed, not a walk through a tree: breadth first, with the list of what is loaded
//! already (by the names asked for, SONAME, device and inode), because what was found first answers later
//! requests, also of others. Asking the host's loader would mean running it, and it knows neither other
//! machines nor other roots.
//!
//! Not modelled: what a program opens by name at run time (`evidence`), `ld.so.preload` and the environment of
//! the machine, prelinking.

pub mod cache;
mod candidate;
mod conf;
mod expand;
mod glibc;
mod indexed;
mod known;
mod lists;
mod loader;
mod machine;
mod musl;
mod nix;
mod outcome;
mod places;
mod versions;

pub use known::Known;
pub use machine::{cache_flag, musl_arch};
pub use musl::path_file;
pub use outcome::{LoadError, Missing, Rule};

use crate::bytes::ReadAt;
use crate::elf::{self, Bytes, Libc, Note, Object, Window};
use crate::events::Warning;
use crate::file::FileId;
use crate::files::{Place, Roots, Walk};
use candidate::{Candidate, Look};
use loader::Defaults;
use places::Places;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;

/// What is resolved, and where.
pub struct Request<'a> {
    /// What the program is called, for people.
    pub given: &'a str,
    /// What the loader looks at in it.
    pub program: &'a Object,
    /// Where its file is, at the end of all links.
    pub place: Place,
    /// Which rules its loader follows.
    pub libc: Option<Libc>,
    /// Where all is looked up.
    pub roots: Roots<'a>,
    /// What takes the place of LD_LIBRARY_PATH.
    pub library_path: &'a [Place],
    /// Whether the kernel starts it with `AT_SECURE`: setuid, setgid, or with file capabilities.
    pub secure: bool,
    /// What is opened later, when the program runs, in order.
    pub later: &'a [Dlopen],
    /// What was read before.
    pub known: &'a Known,
}

/// A library that something opens by itself when it runs (dlopen(3)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dlopen {
    /// The name that is given to dlopen, or that it is told by.
    pub name: Bytes,
    /// The soname of the object that opens it, whose paths count; `None`: the program.
    pub by: Option<Bytes>,
    /// Where it is; `None`: it is searched for by its name.
    pub place: Option<Place>,
}

/// The loader, which the kernel maps.
#[derive(Debug, Clone)]
pub struct Loader {
    /// The path that the program names.
    pub path: PathBuf,
    /// Where it led.
    pub walk: Walk,
    /// Its SONAME.
    pub soname: Option<Bytes>,
}

/// A library that the loader maps.
#[derive(Debug, Clone)]
pub struct Library {
    /// What it was asked for by, first.
    pub soname: Bytes,
    /// The path at which it was found, before links are followed.
    pub place: Place,
    /// Where that led.
    pub walk: Walk,
    /// What the loader looks at in it.
    pub object: Rc<Object>,
    /// Who asked for it: 0 is the program, n the library n - 1.
    pub needed_by: BTreeSet<usize>,
    /// Which rule found it.
    pub rule: Rule,
    /// Other paths at which it was found: to the loader one file.
    pub aliases: Vec<(Bytes, Place, Walk)>,
    /// Files for newer processors that the loader may take in its place.
    pub hwcaps: Vec<(Place, Walk)>,
    /// Which of the request's `later` brought it; `None`: it is there from the start.
    pub later: Option<usize>,
}

/// Everything that was found, and not found.
#[derive(Debug, Clone, Default)]
pub struct Resolution {
    /// The loader; `None` where the program names none, or it is not there.
    pub loader: Option<Loader>,
    /// The libraries, in the order in which they are loaded.
    pub libraries: Vec<Library>,
    /// What was not found.
    pub missing: Vec<Missing>,
    /// What will make the loader give up.
    pub load_errors: Vec<LoadError>,
    /// What keeps something that is opened later from being opened, with its number in the request's `later`.
    pub unmet: Vec<(usize, LoadError)>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// The default directories, and for musl those of its path file.
    pub directories: Vec<PathBuf>,
    /// Where glibc's cache, or musl's path file, is or would be.
    pub index: Option<PathBuf>,
}

impl Library {
    /// Its soname, for people.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.soname).into_owned()
    }
}

impl Resolution {
    /// What an object is called for people: 0 is the program, n the library n - 1.
    pub fn called(&self, number: usize, program: &str) -> String {
        number.checked_sub(1).map_or_else(|| program.to_owned(), |index| self.libraries[index].name())
    }

    /// Who needs a library, for people.
    pub fn needing(&self, library: &Library, program: &str) -> Vec<String> {
        library.needed_by.iter().map(|number| self.called(*number, program)).collect()
    }

    /// The same as a phrase, which names some; `opened` is what brought it, where it is opened later.
    pub fn why(&self, library: &Library, program: &str, opened: Option<&Dlopen>) -> String {
        const NAMED: usize = 3;
        let needing = self.needing(library, program);
        let names: Vec<String> = needing.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let more = needing.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let is_opened = opened.is_some_and(|opened| opened.name == library.soname);
        let verb = if is_opened { "opened later by" } else { "needed by" };
        format!("{verb} {}{more}", names.join(", "))
    }
}

/// Finds what `request` will load.
pub fn resolve(request: &Request<'_>) -> Resolution {
    let mut engine = Engine::new(request);
    engine.run();
    for (number, later) in request.later.iter().enumerate() {
        engine.later = Some(number);
        let by = later.by.as_ref().and_then(|by| engine.known(by)).unwrap_or(0);
        match &later.place {
            Some(place) => engine.open(&later.name, by, place),
            None => engine.ask(&later.name, by, Wanted::Needed),
        }
        engine.run();
    }
    engine.later = None;
    versions::check(&mut engine);
    engine.warnings.sort();
    engine.warnings.dedup();
    engine.found.warnings = engine.warnings;
    if let Some(settings) = engine.glibc {
        (engine.found.directories, engine.found.index) = settings.places();
    } else if let Some(settings) = engine.musl {
        engine.found.directories = settings.directories;
        engine.found.index = request.program.loader.as_deref().and_then(path_file);
    }
    engine.found
}

/// Whether what is asked for must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Needed,
    IfThere,
}

/// An object that is loaded.
struct Loaded {
    names: BTreeSet<Bytes>,
    soname: Option<Bytes>,
    inode: Option<FileId>,
    /// Who first asked for it.
    parent: Option<usize>,
    /// The directory of its path; `None` for what has no file.
    origin: Option<Place>,
    /// Its number in the answer; 0 is the program. `None`: the loader, the vDSO.
    number: Option<usize>,
    /// Which of the request's `later` brought it.
    later: Option<usize>,
}

struct Engine<'a> {
    request: &'a Request<'a>,
    places: Places<'a>,
    glibc: Option<glibc::Settings>,
    musl: Option<musl::Settings>,
    loaded: Vec<Loaded>,
    queue: VecDeque<usize>,
    found: Resolution,
    warnings: Vec<Warning>,
    /// The one of the request's `later` that is followed now.
    later: Option<usize>,
}

/// What a search came to.
enum Search {
    /// A file, the rule that led to it, and what newer processors get in its place.
    Found(Box<Candidate>, Rule, Vec<(Place, Walk)>),
    /// Nothing, and where it was looked for.
    Nowhere(Vec<String>),
    /// The loader itself, which has it built in.
    Answered,
    /// The loader gives up here.
    Fatal(LoadError),
}

/// What the kernel maps beside the program, by the names under which it can be needed.
const VDSO: [&[u8]; 5] =
    [b"linux-vdso.so.1", b"linux-gate.so.1", b"linux-vdso64.so.1", b"linux-vdso32.so.1", b"linux-vdso.so"];

impl<'a> Engine<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        let mut engine = Self {
            request,
            places: Places::new(request.roots, request.known),
            glibc: None,
            musl: None,
            loaded: Vec::new(),
            queue: VecDeque::from([0]),
            found: Resolution::default(),
            warnings: Vec::new(),
            later: None,
        };
        let program = request.program;
        engine.loaded.push(Loaded {
            // An empty name is the program's; to musl it is an error.
            names: if request.libc == Some(Libc::Musl) { BTreeSet::new() } else { BTreeSet::from([Vec::new()]) },
            soname: program.soname.clone(),
            inode: None,
            parent: None,
            origin: Some(request.place.directory()),
            number: Some(0),
            later: None,
        });
        let defaults = engine.loader();
        // musl puts it behind all that is needed.
        if request.libc != Some(Libc::Musl) {
            let names = VDSO.iter().map(|name| name.to_vec()).collect();
            engine.loaded.push(Loaded {
                names,
                soname: None,
                inode: None,
                parent: None,
                origin: None,
                number: None,
                later: None,
            });
        }
        if request.libc == Some(Libc::Musl) {
            engine.musl = Some(musl::Settings::read(&engine.places, program.loader.as_deref()));
        } else {
            let settings = glibc::Settings::read(&engine.places, program.loader.as_deref(), defaults, program.machine);
            engine.glibc = Some(settings);
        }
        engine
    }

    /// Loads everything that what is loaded needs, breadth first.
    fn run(&mut self) {
        while let Some(by) = self.queue.pop_front() {
            let object = self.object(by);
            let (filters, auxiliaries, needed) =
                (object.filters.clone(), object.auxiliaries.clone(), object.needed.clone());
            let optional = self.musl.is_some();
            // musl knows neither of the two.
            if !optional {
                for name in &filters {
                    self.ask(name, by, Wanted::Needed);
                }
                for name in &auxiliaries {
                    self.ask(name, by, Wanted::IfThere);
                }
            }
            for name in &needed {
                self.ask(name, by, Wanted::Needed);
            }
            if by == 0 && !optional {
                self.auditors();
            }
        }
    }

    /// DT_AUDIT and DT_DEPAUDIT of the program count since glibc 2.32; a missing one stops nothing.
    fn auditors(&mut self) {
        let program = self.request.program;
        let lists = [program.audit.clone(), program.depaudit.clone()];
        let names: Vec<Bytes> =
            lists.iter().flatten().flat_map(|list| list.split(|byte| *byte == b':')).map(<[u8]>::to_vec).collect();
        for name in names.iter().filter(|name| !name.is_empty()) {
            self.ask(name, 0, Wanted::IfThere);
        }
    }

    fn object(&self, index: usize) -> &Object {
        match self.loaded[index].number {
            None | Some(0) => self.request.program,
            Some(number) => &self.found.libraries[number - 1].object,
        }
    }

    /// The notes of an object, as far as it can be read again.
    fn notes(&self, index: usize) -> Option<Vec<Note>> {
        let (place, walk) = match self.loaded[index].number? {
            0 => (&self.request.place, self.places.walk(&self.request.place).ok()?),
            number => {
                let library = &self.found.libraries[number - 1];
                (&library.place, library.walk.clone())
            }
        };
        let file = self.places.files(place).open(&walk.real).ok()?;
        elf::notes(&*file, self.object(index)).ok()
    }

    /// What an object is called for people.
    fn called(&self, index: usize) -> String {
        self.found.called(self.loaded[index].number.unwrap_or(0), self.request.given)
    }

    /// The loaded object that answers to a name.
    fn known(&self, name: &[u8]) -> Option<usize> {
        self.loaded.iter().position(|loaded| {
            loaded.names.contains(name) || self.musl.is_none() && loaded.soname.as_deref() == Some(name)
        })
    }

    fn ask(&mut self, name: &[u8], by: usize, wanted: Wanted) {
        if let Some(known) = self.known(name) {
            self.loaded[known].names.insert(name.to_vec());
            self.needed_by(known, by);
            return;
        }
        let searched = if self.musl.is_some() { musl::search(self, name, by) } else { glibc::search(self, name, by) };
        match searched {
            Search::Found(candidate, rule, hwcaps) => self.load(name, by, *candidate, rule, hwcaps),
            Search::Answered => {}
            _ if wanted == Wanted::IfThere => {}
            Search::Fatal(load_error) => self.load_error(load_error, self.later),
            Search::Nowhere(searched) => self.lacks(name, by, searched),
        }
    }

    /// Keeps what stops the loader, at the start or when it opens one of the request's `later`.
    fn load_error(&mut self, load_error: LoadError, later: Option<usize>) {
        match later {
            Some(number) => self.found.unmet.push((number, load_error)),
            None if self.found.load_errors.contains(&load_error) => {}
            None => self.found.load_errors.push(load_error),
        }
    }

    /// Loads the file at `place`, which is opened by its path.
    fn open(&mut self, name: &[u8], by: usize, place: &Place) {
        match candidate::look(&self.places, place, self.request.program.machine) {
            Look::Take(candidate) => self.load(name, by, *candidate, Rule::Path, Vec::new()),
            Look::Skip | Look::StopList => self.lacks(name, by, vec![place.path.display().to_string()]),
            Look::Fatal(why) => {
                let (soname, needed_by) = (String::from_utf8_lossy(name).into_owned(), self.called(by));
                let load_error = LoadError::Candidate { path: place.path.clone(), why, soname, needed_by };
                self.load_error(load_error, self.later);
            }
        }
    }

    fn lacks(&mut self, name: &[u8], by: usize, searched: Vec<String>) {
        let by = self.called(by);
        if let Some(number) = self.later {
            let missing = Missing { soname: name.to_vec(), needed_by: vec![by], searched };
            self.found.unmet.push((number, LoadError::Missing(missing)));
            return;
        }
        match self.found.missing.iter_mut().find(|missing| missing.soname == name) {
            Some(missing) => {
                if !missing.needed_by.contains(&by) {
                    missing.needed_by.push(by);
                }
            }
            None => self.found.missing.push(Missing { soname: name.to_vec(), needed_by: vec![by], searched }),
        }
    }

    fn needed_by(&mut self, known: usize, by: usize) {
        let by = self.loaded[by].number.unwrap_or(0);
        match self.loaded[known].number {
            Some(number) if number > 0 => {
                self.found.libraries[number - 1].needed_by.insert(by);
            }
            _ => {}
        }
    }

    fn load(&mut self, name: &[u8], by: usize, candidate: Candidate, rule: Rule, hwcaps: Vec<(Place, Walk)>) {
        let Candidate { place, walk, object } = candidate;
        let inode = walk.stat.identity.inode();
        // musl takes the name under which it was found; glibc the whole path too.
        let path = place.path.as_os_str().as_bytes().to_vec();
        if let Some(same) = self.loaded.iter().position(|loaded| loaded.inode == Some(inode)) {
            self.loaded[same].names.extend([name.to_vec(), path]);
            self.needed_by(same, by);
            if let Some(number) = self.loaded[same].number.filter(|number| *number > 0) {
                let library = &mut self.found.libraries[number - 1];
                library.aliases.push((name.to_vec(), place, walk));
                library.hwcaps.extend(hwcaps);
            }
            return;
        }
        let needed_by = BTreeSet::from([self.loaded[by].number.unwrap_or(0)]);
        self.loaded.push(Loaded {
            names: BTreeSet::from([name.to_vec(), path]),
            soname: object.soname.clone(),
            inode: Some(inode),
            parent: Some(by),
            origin: Some(place.directory()),
            number: Some(self.found.libraries.len() + 1),
            later: self.later,
        });
        self.queue.push_back(self.loaded.len() - 1);
        let aliases = Vec::new();
        self.found.libraries.push(Library {
            soname: name.to_vec(),
            place,
            walk,
            object,
            needed_by,
            rule,
            aliases,
            hwcaps,
            later: self.later,
        });
    }

    /// Finds the loader that the program names, and puts it on the list of what is loaded.
    fn loader(&mut self) -> Option<Rc<Defaults>> {
        let path = self.request.program.loader.clone()?;
        let shown = PathBuf::from(OsStr::from_bytes(&path));
        let load_error = |why: &str| LoadError::Loader {
            program: self.request.given.to_owned(),
            loader: shown.clone(),
            why: why.to_owned(),
        };
        if !shown.is_absolute() {
            self.found
                .load_errors
                .push(load_error("its path is relative: it counts from wherever the program is started"));
            return None;
        }
        let place = Place::sysroot(&shown);
        let walk = match self.places.walk(&place) {
            Ok(walk) => walk,
            Err(error) => {
                let why = if error.kind() == std::io::ErrorKind::NotFound {
                    "which is not there".to_owned()
                } else {
                    error.to_string()
                };
                self.found.load_errors.push(load_error(&why));
                return None;
            }
        };
        // execve(2) wants an x bit of the loader; of a library only that it can be read.
        if walk.stat.kind != crate::file::FileKind::File {
            self.found.load_errors.push(load_error("which is no file"));
            return None;
        }
        if walk.stat.mode & 0o111 == 0 {
            self.found.load_errors.push(load_error("which has no x bit"));
        }
        let read = || {
            let file = self.request.roots.sysroot.open(&walk.real)?;
            let file: &dyn ReadAt = &Window::new(&*file);
            let object = Rc::new(elf::read_with_header(file, &elf::header(file)?, false)?);
            let defaults = loader::defaults(Some((file, &object)), self.request.program.machine);
            Ok((object, Rc::new(defaults)))
        };
        let (object, defaults) = match self.request.known.loaders.get_or(&walk.stat.identity, read) {
            Ok(known) => known,
            Err(error) => {
                let error: elf::Error = error;
                self.found.load_errors.push(load_error(&format!("which {error}")));
                return None;
            }
        };
        self.loaded.push(Loaded {
            names: BTreeSet::from([path]),
            soname: object.soname.clone(),
            inode: Some(walk.stat.identity.inode()),
            parent: None,
            origin: Some(place.directory()),
            number: None,
            later: None,
        });
        self.found.loader = Some(Loader { path: shown, walk, soname: object.soname.clone() });
        Some(defaults)
    }

    fn warn(&mut self, code: &'static str, message: String, hint: &str) {
        self.warnings.push(Warning { code, message, details: Vec::new(), hint: hint.to_owned() });
    }
}
