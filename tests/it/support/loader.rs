//! What `pack` finds through its library, and what a loader lists; how the two differ.
//!
//! Files are compared by device and inode. The kernel says which those are for a path in another root
//! (openat2(2), `RESOLVE_IN_ROOT`), and not our own walk.

use super::Ran;
use pack::testing::elf::{self, Kind};
use pack::testing::file::{FileId, HostFile};
use pack::testing::files::{HostRoot, Place, Root, Roots};
use pack::testing::resolve::{KnownFiles, Request, Resolution, SearchSettings, resolve};
use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, openat2};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// What `pack` finds for a program, in `root`, with these directories as `--library-path`. `None` where the file
/// is no dynamic program.
pub fn found(program: &Path, root: &Path, library_path: &[PathBuf]) -> Option<Resolution> {
    let real = program.canonicalize().ok()?;
    let file = HostFile::open(&real).ok()?;
    let inspected = elf::inspect(&file).ok().filter(|inspected| inspected.kind == Kind::Dynamic)?;
    let (sysroot, host) = (HostRoot::new(root), HostRoot::new("/"));
    let place = |path: &Path, relative| match path.strip_prefix(root) {
        Ok(inside) => Place { path: Path::new("/").join(inside), root: Root::Sysroot, moves: relative },
        Err(_) => Place { path: path.to_owned(), root: Root::Host, moves: relative },
    };
    let library_path: Vec<_> = library_path.iter().map(|path| place(path, false)).collect();
    Some(resolve(&Request {
        given: "program",
        program: inspected.object.as_ref()?,
        place: place(&real, true),
        libc: inspected.libc,
        roots: Roots { sysroot: &sysroot, host: &host, directory: Some(root) },
        settings: &SearchSettings { library_path, ..SearchSettings::default() },
        secure: false,
        dlopens: &[],
        known: &KnownFiles::default(),
    }))
}

/// What a loader lists.
pub struct Listed {
    /// The files at the right of `=>`, by inode, without those that are not there.
    pub files: BTreeMap<FileId, PathBuf>,
    /// The names that it does not find.
    pub missing: BTreeSet<String>,
    /// It gave up, and why.
    pub gave_up: Option<String>,
}

impl Listed {
    /// Reads what a loader printed that ran with `root` as its root, or one laid over the host's.
    pub fn of(ran: &Ran, root: &Path) -> Self {
        let mut listed = Self { files: BTreeMap::new(), missing: BTreeSet::new(), gave_up: None };
        for line in ran.stdout().lines().map(str::trim) {
            let (name, rest) = line.split_once(" => ").unwrap_or((line, line));
            if rest.starts_with("not found") {
                listed.missing.insert(name.to_owned());
            } else if let Some(path) = rest.split(" (0x").next().filter(|path| path.starts_with('/')) {
                let path = Path::new(path);
                let inode = inode(root, path).or_else(|| inode(Path::new("/"), path));
                listed.files.insert(inode.expect("the loader mapped it"), path.to_owned());
            }
        }
        listed.gave_up = (ran.output.status.code() != Some(0)).then(|| ran.stderr());
        listed.by_musl();
        listed
    }
}

impl Listed {
    /// musl tells of what is missing where it tells of everything that goes wrong.
    fn by_musl(&mut self) {
        let told = self.gave_up.take_if(|text| text.starts_with("Error loading shared library "));
        for line in told.iter().flat_map(|text| text.lines()) {
            // Where it had no directory to look in there is no error either.
            let words = [": No such file or directory (needed by ", ": No error information (needed by "];
            let missing = words.iter().find_map(|words| line.split_once(words));
            match missing.and_then(|(name, _)| name.strip_prefix("Error loading shared library ")) {
                Some(name) => drop(self.missing.insert(name.to_owned())),
                None => self.gave_up.get_or_insert_default().push_str(line),
            }
        }
    }

    /// What a start of the program says beyond the list: that nothing was needed of what is missing, or that the
    /// end comes later.
    pub fn started(&mut self, ran: &Ran) {
        if ran.output.status.code() == Some(0) {
            self.missing.clear();
        } else if self.missing.is_empty() {
            self.gave_up = Some(ran.stderr());
        }
    }
}

/// Which file a path is in a root, as the kernel walks it there.
pub fn inode(root: &Path, path: &Path) -> Option<FileId> {
    let stat = fstat(&open(root, path, OFlags::PATH)?).ok()?;
    Some(FileId::Host { device: stat.st_dev, inode: stat.st_ino })
}

/// What is in the file at a path in a root.
pub fn contents(root: &Path, path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::from(open(root, path, OFlags::RDONLY)?).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn open(root: &Path, path: &Path, flags: OFlags) -> Option<OwnedFd> {
    let root = rustix::fs::open(root, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let relative = path.strip_prefix("/").unwrap_or(path);
    openat2(&root, relative, flags | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT).ok()
}

/// How the answers differ, both in full; `None` where they agree. Of a library with files for newer processors the
/// loader lists the one for this processor.
pub fn difference(resolution: &Resolution, listed: &Listed) -> Option<String> {
    let own_loader = resolution.loader.as_ref().map(|loader| loader.walk.stat.identity.inode());
    let files: BTreeSet<_> = listed.files.keys().copied().filter(|inode| Some(*inode) != own_loader).collect();
    let ours: BTreeSet<_> = resolution
        .libraries
        .iter()
        .map(|library| {
            let variants = library.hwcaps.iter().map(|(_, walk)| walk.stat.identity.inode());
            let own = library.walk.stat.identity.inode();
            variants.into_iter().find(|inode| files.contains(inode)).unwrap_or(own)
        })
        .collect();
    let lacking: BTreeSet<_> =
        resolution.missing.iter().map(|missing| String::from_utf8_lossy(&missing.soname).into_owned()).collect();
    let agree = ours == files && lacking == listed.missing;
    let stops = !resolution.load_errors.is_empty();
    // What comes after the end is no answer. Where we stop at a relative name, the loader has one missing.
    let lists_all = listed.gave_up.is_none();
    let agree = if stops { !lists_all || !listed.missing.is_empty() } else { agree && lists_all };
    (!agree).then(|| {
        let ours: Vec<_> = resolution.libraries.iter().map(|library| &library.place.path).collect();
        format!(
            "{ours:?}, lacking {lacking:?}, {:?}; the loader: {:?}, lacking {:?}, {:?}",
            resolution.load_errors,
            listed.files.values(),
            listed.missing,
            listed.gave_up,
        )
    })
}
