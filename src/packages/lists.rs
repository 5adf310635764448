//! The packages of a root with the lists of their files and their paragraphs: dpkg's, those of images without a package
//! manager, and apk's. Each is read when it is asked for.

use super::apk;
use super::control::{self, Record};
use super::facts::PackageId;
use super::spelling::Spelling;
use crate::bytes::ReadAt;
use crate::file::{FileKind, Identity};
use crate::files::{Files, Walk, walk};
use crate::paths::ImagePath;
use std::collections::HashMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// More than any database has: a file of hostile size is left unread.
const LARGEST: u64 = 64 << 20;
/// The same limit for all files that are read into memory and stay there.
const MOST: u64 = 512 << 20;

/// `NAME[:ARCH].list`, a path in each line.
const INFO: &str = "/var/lib/dpkg/info";
/// The paragraphs of dpkg's packages.
const STATUS: &str = "/var/lib/dpkg/status";
/// Where images without a package manager tell what they are made of (distroless): `NAME`, a paragraph, and
/// `NAME.md5sums`, a sum and a path without its slash in each line.
const STATUS_D: &str = "/var/lib/dpkg/status.d";
/// apk's database, in the order in which it is looked for.
const INSTALLED: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];

/// Where the list of a package is, and where its paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// dpkg's list, with this name before `.list`; the paragraph is in this range of the status file.
    Dpkg(String, Range<u64>),
    /// Of an image without a package manager: the list has this name before `.md5sums`, the paragraph the same name.
    StatusD(String),
    /// Both are in this range of apk's database.
    Apk(Range<u64>),
}

impl Place {
    /// The name of the package and, where several of them may be installed, the architecture, as a file's name tells.
    pub fn name(&self) -> Option<(&str, &str)> {
        match self {
            Self::Dpkg(name, _) => Some(name.split_once(':').unwrap_or((name, ""))),
            Self::StatusD(name) => Some((name, "")),
            Self::Apk(_) => None,
        }
    }
}

/// A package with what is read of it, once.
struct PackageText {
    place: Place,
    list: OnceLock<Vec<u8>>,
    record: OnceLock<Box<Record>>,
}

/// The places of the databases in a root, as they are when they are opened.
pub struct Databases<'a> {
    pub files: &'a dyn Files,
    pub spelling: Spelling,
    info: Option<Walk>,
    status_d: Option<Walk>,
    status: Option<DatabaseFile>,
    installed: Option<DatabaseFile>,
    read: AtomicU64,
}

/// A file with the paragraphs of many packages.
struct DatabaseFile {
    walk: Walk,
    /// The file, once somebody asks for a paragraph; the whole of it where all paragraphs had to be found.
    bytes: OnceLock<Option<Box<dyn ReadAt>>>,
}

impl<'a> Databases<'a> {
    pub fn new(files: &'a dyn Files) -> Self {
        let find = |path: &str| walk(files, Path::new(path)).ok();
        let [info, status_d] = [INFO, STATUS_D].map(find);
        let file = |walk| DatabaseFile { walk, bytes: OnceLock::new() };
        let (status, installed) = (find(STATUS).map(file), INSTALLED.into_iter().find_map(find).map(file));
        let (spelling, read) = (Spelling::new(files), AtomicU64::new(0));
        Self { files, spelling, info, status_d, status, installed, read }
    }

    /// The identities of all that is read. A list is only ever replaced by renaming, which changes its directory.
    pub fn identities(&self) -> [Option<Identity>; 4] {
        let [status, installed] = [&self.status, &self.installed].map(|file| file.as_ref().map(|file| &file.walk));
        [self.info.as_ref(), self.status_d.as_ref(), status, installed].map(|walk| Some(walk?.stat.identity))
    }

    /// The file at `path`, links followed; empty where there is none, or none that can be read.
    pub fn read(&self, path: &str) -> Vec<u8> {
        walk(self.files, Path::new(path)).ok().and_then(|end| self.read_file(&end.real)).unwrap_or_default()
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

    /// All packages, in the order in which they are asked whether a file is theirs.
    pub fn places(&self) -> Vec<Place> {
        let dpkg = self.names(self.info.as_ref(), ".list");
        let status = self.status.as_ref().filter(|_| !dpkg.is_empty());
        let paragraphs = paragraphs(&dpkg, &status.map(|status| self.whole(status)).unwrap_or_default());
        let dpkg = dpkg.into_iter().zip(paragraphs).map(|(name, paragraph)| Place::Dpkg(name, paragraph));
        let status_d = self.names(self.status_d.as_ref(), ".md5sums").into_iter().map(Place::StatusD);
        let installed = self.installed.as_ref().map(|installed| self.whole(installed)).unwrap_or_default();
        let apk = apk::paragraphs(&installed).into_iter().map(Place::Apk);
        dpkg.chain(status_d).chain(apk).collect()
    }

    /// All bytes of a database, which are kept for the questions that follow.
    fn whole(&self, file: &DatabaseFile) -> Arc<Vec<u8>> {
        let bytes = Arc::new(self.read_file(&file.walk.real).unwrap_or_default());
        let _ = file.bytes.set(Some(Box::new(bytes.clone())));
        bytes
    }

    /// The paragraph in this range.
    fn paragraph(&self, file: &DatabaseFile, range: &Range<u64>) -> Option<Vec<u8>> {
        let length = range.end.checked_sub(range.start).filter(|length| (1..=LARGEST).contains(length))?;
        let is_file = file.walk.stat.kind == FileKind::File;
        let open = || self.files.open_again(&file.walk.real).ok().filter(|_| is_file);
        let bytes = file.bytes.get_or_init(open).as_ref()?;
        bytes.bytes_at(range.start, usize::try_from(length).ok()?).ok()
    }

    /// What stands before `end` in the names of the regular files of a directory.
    fn names(&self, directory: Option<&Walk>, end: &str) -> Vec<String> {
        let there = directory.map(|walk| self.files.list(&walk.real).unwrap_or_default()).unwrap_or_default();
        let files = there.into_iter().filter(|(_, kind)| *kind == FileKind::File);
        let name = |name: OsString| Some(name.to_str()?.strip_suffix(end)?.to_owned());
        files.filter_map(|(file, _)| name(file)).filter(|name| !name.contains('\n')).collect()
    }

    fn list_file(&self, place: &Place) -> Option<ImagePath> {
        match place {
            Place::Dpkg(name, _) => self.info.as_ref()?.real.join(format!("{name}.list")),
            Place::StatusD(name) => self.status_d.as_ref()?.real.join(format!("{name}.md5sums")),
            Place::Apk(_) => None,
        }
    }

    fn read_list(&self, place: &Place) -> Option<Vec<u8>> {
        match place {
            Place::Apk(range) => self.paragraph(self.installed.as_ref()?, range),
            place => self.read_file(&self.list_file(place)?),
        }
    }

    fn record(&self, place: &Place) -> Option<Record> {
        match place {
            Place::Dpkg(_, range) => {
                control::records(&self.paragraph(self.status.as_ref()?, range)?).into_iter().next()
            }
            Place::StatusD(name) => {
                let text = self.read_file(&self.status_d.as_ref()?.real.join(name)?)?;
                control::records(&text).into_iter().next()
            }
            Place::Apk(range) => Some(apk::record(&self.paragraph(self.installed.as_ref()?, range)?)),
        }
    }
}

/// The paragraph of each list in dpkg's status file; an empty range where it has none.
fn paragraphs(lists: &[String], status: &[u8]) -> Vec<Range<u64>> {
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, list) in lists.iter().enumerate() {
        named.entry(list.split(':').next().unwrap_or_default()).or_default().push(index);
    }
    let mut found = vec![(0..0, false); lists.len()];
    for (heading, range) in control::headings(status) {
        for index in named.get(&*heading.name).into_iter().flatten() {
            let architecture = lists[*index].split_once(':').map_or("", |(_, architecture)| architecture);
            let fits = architecture.is_empty() || architecture == heading.architecture;
            let (before, is_installed) = &found[*index];
            // Settings that a removed package left may stand beside the package of another architecture.
            if fits && (before.is_empty() || !is_installed && heading.installed) {
                found[*index] = (range.start as u64..range.end as u64, heading.installed);
            }
        }
    }
    found.into_iter().map(|(range, _)| range).collect()
}

/// All packages of a root, by their numbers.
pub struct Lists<'a> {
    pub databases: Databases<'a>,
    packages: Vec<PackageText>,
}

impl<'a> Lists<'a> {
    pub fn new(databases: Databases<'a>, places: Vec<Place>) -> Self {
        let unread = |place| PackageText { place, list: OnceLock::new(), record: OnceLock::new() };
        Self { databases, packages: places.into_iter().map(unread).collect() }
    }

    /// The numbers of all packages.
    pub fn ids(&self) -> impl Iterator<Item = PackageId> + use<> {
        (0..self.packages.len()).map(PackageId::new)
    }

    /// Whether there is a package with this number.
    pub fn has(&self, id: PackageId) -> bool {
        id.index() < self.packages.len()
    }

    /// Where each package is described, in the order of their numbers.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.packages.iter().map(|package| &package.place)
    }

    /// Where a package is described.
    pub fn place(&self, id: PackageId) -> &Place {
        &self.packages[id.index()].place
    }

    /// What the database says of a package; of one without a paragraph no more than the name is known.
    pub fn record(&self, id: PackageId) -> &Record {
        let package = &self.packages[id.index()];
        package.record.get_or_init(|| {
            let name = package.place.name().map(|(name, _)| name);
            let found = self.databases.record(&package.place);
            let mut record = found.filter(|found| name.is_none_or(|name| name == found.name)).unwrap_or_default();
            record.name = name.map_or(record.name, str::to_owned);
            if record.source.is_empty() {
                record.source.clone_from(&record.name);
            }
            Box::new(record)
        })
    }

    /// Each path in the list of a package, by its canonical name. The list is kept.
    pub fn each_path(&self, id: PackageId, visit: &mut dyn FnMut(&[u8])) {
        let PackageText { place, list, .. } = &self.packages[id.index()];
        let text = list.get_or_init(|| self.databases.read_list(place).unwrap_or_default());
        self.each_path_in(place, text, visit);
    }

    /// As [`Lists::each_path`] for one package after the other; of the lists nothing is kept but `buffer`.
    /// Tells how many bytes the list has; `None` where it cannot be read.
    pub fn each_path_once(&self, id: PackageId, buffer: &mut Vec<u8>, visit: &mut dyn FnMut(&[u8])) -> Option<usize> {
        let place = self.place(id);
        let Some(path) = self.databases.list_file(place) else {
            let paragraph = self.databases.read_list(place)?;
            self.each_path_in(place, &paragraph, visit);
            return Some(paragraph.len());
        };
        // Its directory told that this is a regular file.
        let file = self.databases.files.open_again(&path).ok()?;
        let size = usize::try_from(file.size()).ok().filter(|_| file.size() <= LARGEST)?;
        if buffer.len() < size {
            *buffer = vec![0; size.next_power_of_two()];
        }
        let read = file.read_at(&mut buffer[..size], 0).ok()?;
        self.each_path_in(place, &buffer[..read], visit);
        Some(read)
    }

    fn each_path_in(&self, place: &Place, text: &[u8], visit: &mut dyn FnMut(&[u8])) {
        let mut visit = |path: &[u8]| visit(&self.databases.spelling.canonical(path));
        match place {
            // Each list begins with the root, as `/.`.
            Place::Dpkg(..) => lines(text).filter(|line| line.len() > 1 && *line != b"/.").for_each(visit),
            Place::StatusD(_) => lines(text).for_each(|line| {
                let path = line.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or_default().trim_ascii_start();
                let path = path.strip_prefix(b"./").or(path.strip_prefix(b"/")).unwrap_or(path);
                if !path.is_empty() {
                    visit(&[b"/", path].concat());
                }
            }),
            Place::Apk(_) => apk::each_path(text, &mut visit),
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
