//! The program with all that it needs: what its header names, and what the evidence shows.
//!
//! The one loop in the way of the data: what evidence brings may be a library, and what that needs is
//! resolved too, until nothing new appears.

use crate::elf::{Bytes, Kind};
use crate::events::{Tell, Warning};
use crate::evidence::rules::Brings;
use crate::evidence::{self, Evidence, Finding};
use crate::likeness;
use crate::options::{Config, Contents, Search};
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::Program;
use crate::resolve::{Place, Request, Resolution, Trouble, resolve};
use crate::sysroot::{FileKind, Files, Sysroot, walk};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A program and what it needs.
#[derive(Debug)]
pub struct Closure {
    /// The program.
    pub program: Program,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// Sonames that are opened later, each with the object that opens it.
    pub later: Vec<(Bytes, Option<Bytes>)>,
    /// What it opens beside that, and what shows it.
    pub evidence: Evidence,
}

/// Why something that is needed is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the loader will not find or take.
    #[error("{trouble}")]
    Resolve {
        /// What it is.
        trouble: Trouble,
        /// What to do, where more is known than the rule knows.
        hint: Option<String>,
    },
    /// A directory of `--library-path` is not there.
    #[error("there is no directory `{}` to look for libraries in", directory.display())]
    NoDirectory {
        /// As it was given.
        directory: PathBuf,
    },
    /// What the evidence shows.
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
}

impl Tell for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Resolve { trouble, .. } => trouble.code(),
            Self::NoDirectory { .. } => "no-directory",
            Self::Evidence(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Resolve { trouble, .. } => trouble.details(),
            Self::NoDirectory { .. } => Vec::new(),
            Self::Evidence(error) => error.details(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Resolve { trouble, hint } => hint.clone().unwrap_or_else(|| trouble.hint()),
            Self::NoDirectory { directory } => match likeness::beside(directory) {
                Some(closest) => format!("did you mean `{}`?", closest.display()),
                None => "`--library-path DIR` takes a directory of this machine, `=DIR` one of the sysroot".to_owned(),
            },
            Self::Evidence(error) => error.hint(),
        }
    }

    fn asked_wrongly(&self) -> bool {
        matches!(self, Self::NoDirectory { .. })
    }
}

/// The root that `search` names for a platform: its own, else the one for all, else `/`.
pub fn sysroot(search: &Search, platform: Option<&Platform>) -> Sysroot {
    let own = search.sysroots.iter().rev().find(|(of, _)| of.is_some() && of.as_ref() == platform);
    let any = || search.sysroots.iter().rev().find(|(of, _)| of.is_none());
    let root = own.or_else(any).map_or(Path::new("/"), |(_, root)| root);
    Sysroot::new(std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()))
}

/// A path of the host as a place: of the sysroot where it lies in there, else outside.
fn place(path: &Path, sysroot: &Sysroot, relative: bool) -> Place {
    match path.strip_prefix(sysroot.root()) {
        Ok(inside) => Place { path: Path::new("/").join(inside), outside: false, relative },
        Err(_) => Place { path: path.to_owned(), outside: true, relative },
    }
}

/// The directories of `--library-path`, as places; `=DIR` is one of the sysroot. `$ORIGIN` is the program's
/// directory, as in LD_LIBRARY_PATH (ld.so(8)).
fn library_path(program: &Program, search: &Search, sysroot: &Sysroot) -> Result<Vec<Place>, Vec<Error>> {
    let origin = program.real.parent().unwrap_or(Path::new("/")).as_os_str().as_bytes();
    let mut places = Vec::new();
    let mut errors = Vec::new();
    let parts = search.library_path.iter().flat_map(|list| list.as_bytes().split(|byte| matches!(byte, b':' | b';')));
    for part in parts {
        let expanded = part.strip_prefix(b"$ORIGIN").or_else(|| part.strip_prefix(b"${ORIGIN}"));
        let text = expanded.map_or_else(|| part.to_vec(), |rest| [origin, rest].concat());
        let inside = text.strip_prefix(b"=").map(|inside| Path::new("/").join(OsStr::from_bytes(inside)));
        let found = match &inside {
            Some(inside) => walk(sysroot, inside).is_ok_and(|end| end.stat.kind == FileKind::Directory),
            None => Path::new(OsStr::from_bytes(&text)).is_dir(),
        };
        match (inside, std::path::absolute(OsStr::from_bytes(&text))) {
            (Some(inside), _) if found => places.push(Place::inside(inside)),
            (None, Ok(path)) if found => places.push(place(&path, sysroot, false)),
            _ => errors.push(Error::NoDirectory { directory: PathBuf::from(OsStr::from_bytes(part)) }),
        }
    }
    if errors.is_empty() { Ok(places) } else { Err(errors) }
}

/// What an image's libraries are resolved by, once in the sysroot and once in the finished tree.
pub fn request<'a>(
    program: &'a Program,
    given: &'a str,
    at: Place,
    files: (&'a dyn Files, &'a dyn Files),
    library_path: &'a [Place],
    later: &'a [(Bytes, Option<Bytes>)],
) -> Option<Request<'a>> {
    Some(Request {
        given,
        program: program.inspected.object.as_ref().filter(|_| program.inspected.kind == Kind::Dynamic)?,
        place: at,
        libc: program.inspected.libc,
        sysroot: files.0,
        host: files.1,
        library_path,
        secure: program.stat.mode & 0o6000 != 0 || program.capability.is_some(),
        later,
    })
}

/// Follows `program` through `sysroot` until nothing new appears.
pub fn close(
    program: Program,
    contents: &Contents,
    config: &Config,
    search: &Search,
    sysroot: &Sysroot,
) -> Result<Closure, Vec<Error>> {
    let (resolution, later, findings) = needs(&program, search, sysroot)?;
    let evidence = evidence::follow(findings, contents, &config.env, program.inspected.libc, sysroot);
    let errors = troubles(&resolution, &program, search, sysroot);
    match evidence {
        Ok(evidence) if errors.is_empty() => Ok(Closure { program, resolution, later, evidence }),
        Ok(_) => Err(errors),
        Err(more) => Err(errors.into_iter().chain(more.into_iter().map(Error::from)).collect()),
    }
}

type Needs = (Resolution, Vec<(Bytes, Option<Bytes>)>, Vec<Finding>);

/// What the program needs, and what shows it: the loop of libraries and evidence.
pub fn needs(program: &Program, search: &Search, sysroot: &Sysroot) -> Result<Needs, Vec<Error>> {
    let given = program.given.to_string_lossy().into_owned();
    let unreadable =
        |object: &str, source| vec![Error::from(evidence::Error::Unreadable { object: object.to_owned(), source })];
    let mut findings =
        evidence::look(&program.file, &program.inspected, &given).map_err(|error| unreadable(&given, error))?;
    let at = place(&program.real, sysroot, true);
    let library_path = library_path(program, search, sysroot)?;
    let host = Sysroot::new("/");
    let mut later: Vec<(Bytes, Option<Bytes>)> = Vec::new();
    let mut seen = 0;
    loop {
        let request = request(program, &given, at.clone(), (sysroot, &host), &library_path, &later);
        let Some(request) = request else { return Ok((Resolution::default(), later, findings)) };
        let mut resolution = resolve(&request);
        for library in resolution.libraries.iter().skip(seen) {
            let soname = String::from_utf8_lossy(&library.soname).into_owned();
            let files: &dyn Files = if library.place.outside { &host } else { sysroot };
            let shown = files
                .open(&library.walk.real)
                .and_then(|file| evidence::look_at_library(&*file, &library.object, &soname));
            findings.extend(shown.map_err(|error| unreadable(&soname, error))?);
        }
        seen = resolution.libraries.len();
        if !wants_unwinder(&findings, &resolution, &later) {
            optional(&mut resolution, &later);
            return Ok((resolution, later, findings));
        }
        later.push((UNWINDER.to_vec(), Some(b"libc.so.6".to_vec())));
    }
}

const UNWINDER: &[u8] = b"libgcc_s.so.1";

/// glibc opens it by name in the middle of ending a thread, and aborts without it.
fn wants_unwinder(findings: &[Finding], resolution: &Resolution, later: &[(Bytes, Option<Bytes>)]) -> bool {
    let glibc = resolution.libraries.iter().any(|library| library.soname == b"libc.so.6");
    let there = resolution.libraries.iter().any(|library| library.soname == UNWINDER);
    let shown = findings.iter().any(|finding| finding.rule.brings == Brings::Unwinder);
    shown && glibc && !there && later.is_empty()
}

/// What is opened later and is not there may never be opened: it is told, and stops nothing.
fn optional(resolution: &mut Resolution, later: &[(Bytes, Option<Bytes>)]) {
    let is_later = |soname: &Bytes| later.iter().any(|(name, _)| name == soname);
    let (gone, missing): (Vec<_>, Vec<_>) =
        std::mem::take(&mut resolution.missing).into_iter().partition(|missing| is_later(&missing.soname));
    resolution.missing = missing;
    resolution.warnings.extend(gone.into_iter().map(|missing| Warning {
        code: "missing-later",
        message: format!(
            "`{}` is opened when a thread ends, and is not there",
            String::from_utf8_lossy(&missing.soname)
        ),
        details: vec![format!("searched: {}", missing.searched.join("; "))],
        hint:
            "install the package `libgcc-s1`, or name the directory that holds it with `--library-path DIR`".to_owned(),
    }));
}

/// Everything that keeps the loader from starting the program.
pub fn troubles(resolution: &Resolution, program: &Program, search: &Search, sysroot: &Sysroot) -> Vec<Error> {
    let missing = resolution.missing.iter().map(|missing| Error::Resolve {
        hint: in_environment(&missing.soname, search).or_else(|| foreign(program, sysroot)),
        trouble: Trouble::Missing(missing.clone()),
    });
    let others = resolution.troubles.iter().map(|trouble| Error::Resolve {
        hint: matches!(trouble, Trouble::Loader { .. }).then(|| foreign(program, sysroot)).flatten(),
        trouble: trouble.clone(),
    });
    // Without its loader there is no use in telling of libraries.
    let loader = resolution.troubles.iter().any(|trouble| matches!(trouble, Trouble::Loader { .. }));
    if loader { others.collect() } else { missing.chain(others).collect() }
}

/// Where the builder's own LD_LIBRARY_PATH has what is missing.
fn in_environment(soname: &[u8], search: &Search) -> Option<String> {
    let list = search.environment.as_ref()?;
    let parts = list.as_bytes().split(|byte| matches!(byte, b':' | b';')).filter(|part| !part.is_empty());
    let directory = parts
        .map(|part| PathBuf::from(OsStr::from_bytes(part)))
        .find(|directory| directory.join(OsStr::from_bytes(soname)).is_file())?;
    Some(format!(
        "LD_LIBRARY_PATH has it here, and does not count in an image: `--library-path {}`",
        directory.display()
    ))
}

/// Names of Debian's directories for other machines, by Go's word.
const TRIPLETS: [(&str, &str); 9] = [
    ("arm64", "aarch64-linux-gnu"),
    ("arm", "arm-linux-gnueabihf"),
    ("386", "i686-linux-gnu"),
    ("riscv64", "riscv64-linux-gnu"),
    ("ppc64le", "powerpc64le-linux-gnu"),
    ("ppc64", "powerpc64-linux-gnu"),
    ("s390x", "s390x-linux-gnu"),
    ("loong64", "loongarch64-linux-gnu"),
    ("mips64le", "mips64el-linux-gnuabi64"),
];

/// The root for another machine that this one has, where none was named.
fn foreign(program: &Program, sysroot: &Sysroot) -> Option<String> {
    if sysroot.root() != Path::new("/") {
        return None;
    }
    let architecture = &program.inspected.platform.as_ref()?.architecture;
    let (_, triplet) = TRIPLETS.iter().find(|(name, _)| name == architecture)?;
    let root = ImagePath::known("/usr").join(triplet)?;
    root.as_path().is_dir().then(|| format!("it is for another machine, whose libraries are here: `--sysroot {root}`"))
}
