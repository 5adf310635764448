//! The packages of a root with the lists of their files: dpkg's, those of images without a package manager, and apk's.

use super::apk;
use super::control::Record;
use super::facts::PackageId;
use super::spelling::Spelling;
use crate::file::{FileKind, Identity};
use crate::files::{Files, Walk, walk};
use crate::paths::ImagePath;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// More than any database has: a file of hostile size is left unread.
const LARGEST: u64 = 64 << 20;
/// The same limit for all files that are read into memory and stay there.
const MOST: u64 = 512 << 20;

/// `NAME[:ARCH].list`, a path in each line.
const INFO: &str = "/var/lib/dpkg/info";
/// Where images without a package manager tell what they are made of (distroless): `NAME`, a paragraph, and
/// `NAME.md5sums`, a sum and a path without its slash in each line.
const STATUS_D: &str = "/var/lib/dpkg/status.d";
/// apk's database, in the order in which it is looked for.
const INSTALLED: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];

/// Where the list of a package is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListPlace {
    /// In dpkg's directory, with this name before `.list`.
    Dpkg(String),
    /// In the directory of images without a package manager, with this name before `.md5sums`.
    StatusD(String),
    /// The paragraph in apk's database.
    Apk(Range<usize>),
}

/// A package with its list.
pub struct PackageList {
    pub place: ListPlace,
    /// What is read of the list, once.
    text: OnceLock<Vec<u8>>,
}

impl PackageList {
    fn new(place: ListPlace) -> Self {
        Self { place, text: OnceLock::new() }
    }

    /// The name of the package and, where several of them may be installed, the architecture, as a file's name tells.
    pub fn name(&self) -> Option<(&str, &str)> {
        match &self.place {
            ListPlace::Dpkg(name) => Some(name.split_once(':').unwrap_or((name, ""))),
            ListPlace::StatusD(name) => Some((name, "")),
            ListPlace::Apk(_) => None,
        }
    }
}

/// The places of the databases in a root, as they are when they are opened.
pub struct Databases<'a> {
    pub files: &'a dyn Files,
    pub spelling: Spelling,
    info: Option<Walk>,
    status_d: Option<Walk>,
    installed: Option<Walk>,
    read: AtomicU64,
}

impl<'a> Databases<'a> {
    pub fn new(files: &'a dyn Files) -> Self {
        let find = |path: &str| walk(files, Path::new(path)).ok();
        let [info, status_d] = [INFO, STATUS_D].map(find);
        let installed = INSTALLED.into_iter().find_map(find);
        Self { files, spelling: Spelling::new(files), info, status_d, installed, read: AtomicU64::new(0) }
    }

    /// The identities of all that the lists are read from.
    pub fn identities(&self) -> [Option<Identity>; 3] {
        [&self.info, &self.status_d, &self.installed].map(|walk| Some(walk.as_ref()?.stat.identity))
    }

    /// The file at `path`, links followed; empty where there is none, or none that can be read.
    pub fn read(&self, path: &str) -> Vec<u8> {
        walk(self.files, Path::new(path)).ok().and_then(|end| self.read_file(&end.real)).unwrap_or_default()
    }

    /// The file that tells about the packages of images without a package manager.
    pub fn read_status_d(&self, name: &str) -> Vec<u8> {
        self.status_d.as_ref().and_then(|walk| self.read_file(&walk.real.join(name)?)).unwrap_or_default()
    }

    /// A regular file, at a path without links.
    fn read_file(&self, real: &ImagePath) -> Option<Vec<u8>> {
        let stat = self.files.stat(real).ok().filter(|stat| stat.kind == FileKind::File)?;
        let size = stat.identity.size;
        if size > LARGEST || self.read.fetch_add(size, Ordering::Relaxed) + size > MOST {
            return None;
        }
        self.files.open_again(real).ok()?.bytes_at(0, usize::try_from(size).ok()?).ok()
    }

    /// apk's database as it is, with its packages.
    pub fn apk(&self) -> (Vec<u8>, Vec<(Record, Range<usize>)>) {
        let text = self.installed.as_ref().and_then(|walk| self.read_file(&walk.real)).unwrap_or_default();
        let packages = apk::packages(&text);
        (text, packages)
    }

    /// The lists that are files of their own, in the order in which packages are asked whether a file is theirs.
    pub fn list_places(&self) -> Vec<ListPlace> {
        let dpkg = self.names(self.info.as_ref(), ".list").into_iter().map(ListPlace::Dpkg);
        let status_d = self.names(self.status_d.as_ref(), ".md5sums").into_iter().map(ListPlace::StatusD);
        dpkg.chain(status_d).collect()
    }

    /// What stands before `end` in the names of the regular files of a directory.
    fn names(&self, directory: Option<&Walk>, end: &str) -> Vec<String> {
        let there = directory.map(|walk| self.files.list(&walk.real).unwrap_or_default()).unwrap_or_default();
        let files = there.into_iter().filter(|(_, kind)| *kind == FileKind::File);
        let name = |name: OsString| Some(name.to_str()?.strip_suffix(end)?.to_owned());
        files.filter_map(|(file, _)| name(file)).filter(|name| !name.contains('\n')).collect()
    }

    fn file(&self, place: &ListPlace) -> Option<ImagePath> {
        match place {
            ListPlace::Dpkg(name) => self.info.as_ref()?.real.join(format!("{name}.list")),
            ListPlace::StatusD(name) => self.status_d.as_ref()?.real.join(format!("{name}.md5sums")),
            ListPlace::Apk(_) => None,
        }
    }
}

/// All packages of a root, by their numbers.
pub struct Lists<'a> {
    pub databases: Databases<'a>,
    pub packages: Vec<PackageList>,
    apk: Vec<u8>,
}

impl<'a> Lists<'a> {
    pub fn new(databases: Databases<'a>, places: Vec<ListPlace>, apk: Vec<u8>) -> Self {
        Self { databases, packages: places.into_iter().map(PackageList::new).collect(), apk }
    }

    /// The numbers of all packages.
    pub fn ids(&self) -> impl Iterator<Item = PackageId> + use<> {
        (0..self.packages.len()).map(PackageId::new)
    }

    /// Each path in the list of a package, by its canonical name. The list is kept.
    pub fn each_path(&self, id: PackageId, visit: &mut dyn FnMut(&[u8])) {
        let Some(list) = self.packages.get(id.index()) else { return };
        let read = |path: ImagePath| self.databases.read_file(&path);
        let text = || list.text.get_or_init(|| self.databases.file(&list.place).and_then(read).unwrap_or_default());
        match &list.place {
            ListPlace::Apk(range) => self.each_path_in(&list.place, &self.apk[range.clone()], visit),
            place => self.each_path_in(place, text(), visit),
        }
    }

    /// As [`Lists::each_path`] for one package after the other; of the lists nothing is kept but `buffer`.
    pub fn each_path_once(&self, id: PackageId, buffer: &mut Vec<u8>, visit: &mut dyn FnMut(&[u8])) {
        let list = &self.packages[id.index()];
        let Some(path) = self.databases.file(&list.place) else { return self.each_path(id, visit) };
        // Its directory told that this is a regular file.
        let Ok(file) = self.databases.files.open_again(&path) else { return };
        let Some(size) = usize::try_from(file.size()).ok().filter(|_| file.size() <= LARGEST) else { return };
        buffer.resize(size, 0);
        let Ok(read) = file.read_at(buffer, 0) else { return };
        self.each_path_in(&list.place, &buffer[..read], visit);
    }

    fn each_path_in(&self, place: &ListPlace, text: &[u8], visit: &mut dyn FnMut(&[u8])) {
        let mut visit = |path: &[u8]| visit(&self.databases.spelling.canonical(path));
        match place {
            // Each list begins with the root, as `/.`.
            ListPlace::Dpkg(_) => lines(text).filter(|line| line.len() > 1 && *line != b"/.").for_each(visit),
            ListPlace::StatusD(_) => lines(text).for_each(|line| {
                let path = line.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or_default().trim_ascii_start();
                let path = path.strip_prefix(b"./").or(path.strip_prefix(b"/")).unwrap_or(path);
                if !path.is_empty() {
                    visit(&[b"/", path].concat());
                }
            }),
            ListPlace::Apk(_) => apk::each_path(text, &mut visit),
        }
    }
}

/// Lines that are not empty.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    let lines = std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr(b'\n', text);
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    });
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.is_empty())
}
