//! Which package a file belongs to: dpkg's and apk's databases, read as files.
//!
//! Neither program is asked: the root may be another machine's, or an image's. Every list is read once, and of
//! its lines only those are kept that name a wanted file; what is damaged or too large names no owner, and stops
//! nothing.
//!
//! Not read: rpm's database, which is not text.

use crate::file::FileKind;
use crate::files::{Files, walk};
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

/// A package that is installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name, without an architecture.
    pub name: String,
    /// Its version; empty where the database has none.
    pub version: String,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " {}", self.version) }
    }
}

/// The packages to which the databases in `root` say that `wanted` belong: files and links, by the paths that
/// they have there.
pub fn owners(root: &dyn Files, wanted: &BTreeSet<ImagePath>) -> BTreeMap<ImagePath, Package> {
    let mut search = OwnerSearch::new(root, wanted);
    search.dpkg();
    search.distroless();
    search.apk();
    search.owners()
}

/// More than any database has: a file of hostile size is left unread.
const LARGEST: u64 = 64 << 20;
/// The same limit for all files together.
const MOST: u64 = 512 << 20;

/// Directories that many roots have in `/usr`, with a link to them at the top; databases name files by
/// either (Debian's usr-merge).
const MERGED: [&str; 7] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"];

/// What a path in a database stands for.
#[derive(Default)]
struct Spelling {
    /// Of the wanted files those that have this path.
    here: Vec<usize>,
    /// Those that stand where the path was diverted to, and the package that the path was left to
    /// (dpkg-divert(1)).
    diverted: Option<(Vec<usize>, Vec<u8>)>,
}

struct OwnerSearch<'a> {
    root: &'a dyn Files,
    wanted: Vec<&'a ImagePath>,
    /// Looked up only, never walked: its order reaches nothing.
    spellings: HashMap<Vec<u8>, Spelling>,
    found: BTreeMap<usize, Claim>,
    read: u64,
}

/// A package that has a wanted file.
#[derive(Clone, Default)]
struct Claim {
    name: Vec<u8>,
    /// Where several architectures of it may be installed.
    architecture: Vec<u8>,
    /// Where it stands beside the files.
    version: Option<Vec<u8>>,
}

impl<'a> OwnerSearch<'a> {
    fn new(root: &'a dyn Files, wanted: &'a BTreeSet<ImagePath>) -> Self {
        let merged: Vec<&str> = MERGED.into_iter().filter(|name| is_merged(root, name)).collect();
        let mut spellings: HashMap<Vec<u8>, Spelling> = HashMap::new();
        // Every package with a file there names the link, as the directory that it stands for.
        let is_top = |path: &ImagePath| merged.iter().any(|name| path.relative() == Path::new(name));
        for (index, path) in wanted.iter().enumerate().filter(|(_, path)| !is_top(path)) {
            for spelling in names(path.as_bytes(), &merged) {
                spellings.entry(spelling).or_default().here.push(index);
            }
        }
        let wanted = wanted.iter().collect();
        let mut search = Self { root, wanted, spellings, found: BTreeMap::new(), read: 0 };
        search.diversions(&merged);
        search
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        let end = walk(self.root, Path::new(path)).ok()?;
        self.read_file(&end.real)
    }

    /// A regular file, at a path without links.
    fn read_file(&mut self, real: &ImagePath) -> Option<Vec<u8>> {
        let stat = self.root.stat(real).ok().filter(|stat| stat.kind == FileKind::File)?;
        let size = stat.identity.size;
        if size > LARGEST || self.read + size > MOST {
            return None;
        }
        self.read += size;
        self.root.open(real).ok()?.bytes_at(0, usize::try_from(size).ok()?).ok()
    }

    /// The files of a directory whose names end so: what stands before that, and the path.
    fn list(&self, path: &str, end: &str) -> Vec<(String, ImagePath)> {
        let Ok(walk) = walk(self.root, Path::new(path)) else { return Vec::new() };
        let there = self.root.list(&walk.real).unwrap_or_default().into_iter();
        there
            .filter_map(|(name, _)| Some((name.to_str()?.strip_suffix(end)?.to_owned(), walk.real.join(&name)?)))
            .collect()
    }

    /// Three lines each: the path, where another package's file of that path is instead, the package that the
    /// path is left to.
    fn diversions(&mut self, merged: &[&str]) {
        let Some(text) = self.read("/var/lib/dpkg/diversions") else { return };
        let lines: Vec<&[u8]> = lines(&text).collect();
        for three in lines.chunks_exact(3) {
            let [from, to, package] = [three[0], three[1], three[2]];
            let there = self.spellings.get(to).map(|spelling| spelling.here.clone()).unwrap_or_default();
            let here = self.spellings.contains_key(from);
            if here || !there.is_empty() {
                for spelling in names(from, merged) {
                    let spelling = self.spellings.entry(spelling).or_default();
                    spelling.diverted = Some((there.clone(), package.to_vec()));
                }
            }
        }
    }

    /// `package` has a file of this path.
    fn claims(&mut self, package: &Claim, path: &[u8]) {
        let Some(spelling) = self.spellings.get(path) else { return };
        let files = match &spelling.diverted {
            Some((there, left_to)) if *left_to != package.name => there,
            _ => &spelling.here,
        };
        for file in files {
            self.found.entry(*file).or_insert_with(|| package.clone());
        }
    }

    /// `/var/lib/dpkg/info/NAME[:ARCH].list`, a path in each line.
    fn dpkg(&mut self) {
        const INFO: &str = "/var/lib/dpkg/info";
        for (package, file) in self.list(INFO, ".list") {
            let Some(text) = self.read_file(&file) else { continue };
            let (name, architecture) = package.split_once(':').unwrap_or((&package, ""));
            let package = Claim { name: name.into(), architecture: architecture.into(), version: None };
            for path in lines(&text) {
                self.claims(&package, path);
            }
        }
    }

    /// `/var/lib/dpkg/status.d/NAME.md5sums`, a sum and a path without its slash in each line.
    fn distroless(&mut self) {
        for (package, file) in self.list(STATUS_D, ".md5sums") {
            let Some(text) = self.read_file(&file) else { continue };
            let package = Claim { name: package.into(), ..Claim::default() };
            for line in lines(&text) {
                let path = line.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or_default().trim_ascii_start();
                let path = path.strip_prefix(b"./").or(path.strip_prefix(b"/")).unwrap_or(path);
                self.claims(&package, &[b"/", path].concat());
            }
        }
    }

    /// A package is a paragraph: `P:` its name, `V:` its version, `F:` a directory, `R:` a file in it (apk-db).
    fn apk(&mut self) {
        let text = self.read("/usr/lib/apk/db/installed").or_else(|| self.read("/lib/apk/db/installed"));
        let Some(text) = text else { return };
        let (mut package, mut directory) = (Claim::default(), Vec::new());
        for line in text.split(|byte| *byte == b'\n') {
            match line {
                [b'P', b':', name @ ..] => package = Claim { name: name.to_vec(), ..Claim::default() },
                [b'V', b':', version @ ..] => package.version = Some(version.to_vec()),
                [b'F', b':', path @ ..] => directory = path.to_vec(),
                [b'R', b':', name @ ..] => {
                    let slash = if directory.is_empty() { b"".as_slice() } else { b"/" };
                    let path = [b"/", directory.as_slice(), slash, name].concat();
                    self.claims(&package, &path);
                }
                _ => {}
            }
        }
    }

    fn owners(mut self) -> BTreeMap<ImagePath, Package> {
        let versions = self.versions();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let named = self.found.iter().map(|(file, Claim { name, architecture, version })| {
            let version_for = |architecture: &[u8]| versions.get(&(name.clone(), architecture.to_vec()));
            let version = version.as_ref().or_else(|| version_for(architecture)).or_else(|| version_for(b""));
            let version = version.map(|version| text(version)).unwrap_or_default();
            (self.wanted[*file].clone(), Package { name: text(name), version })
        });
        named.collect()
    }

    /// The versions of the packages that own something, by name and architecture, and by name alone.
    fn versions(&mut self) -> BTreeMap<(Vec<u8>, Vec<u8>), Vec<u8>> {
        let owning: BTreeSet<Vec<u8>> = self.found.values().map(|claim| claim.name.clone()).collect();
        let mut versions = BTreeMap::new();
        if let Some(status) = self.read("/var/lib/dpkg/status") {
            stanzas(&status, &owning, &mut versions);
        }
        for (_, file) in self.list(STATUS_D, "").into_iter().filter(|(name, _)| owning.contains(name.as_bytes())) {
            if let Some(status) = self.read_file(&file) {
                stanzas(&status, &owning, &mut versions);
            }
        }
        versions
    }
}

/// Where images without a package manager tell what they are made of.
const STATUS_D: &str = "/var/lib/dpkg/status.d";

/// Whether `/NAME` is a link to `/usr/NAME`.
fn is_merged(root: &dyn Files, name: &str) -> bool {
    let (top, usr) = (ImagePath::known("/").join(name), ImagePath::known("/usr").join(name));
    let links = top.as_ref().is_some_and(|top| root.stat(top).is_ok_and(|stat| stat.kind == FileKind::Link));
    links && top.and_then(|top| walk(root, top.as_path()).ok()).map(|end| end.real) == usr
}

/// A path as databases may spell it.
fn names(path: &[u8], merged: &[&str]) -> Vec<Vec<u8>> {
    let below = |path: &[u8]| {
        let top = path.strip_prefix(b"/").and_then(|path| path.split(|byte| *byte == b'/').next()).unwrap_or_default();
        merged.iter().any(|name| name.as_bytes() == top)
    };
    let mut names = vec![path.to_vec()];
    if let Some(rest) = path.strip_prefix(b"/usr").filter(|rest| below(rest)) {
        names.push(rest.to_vec());
    } else if below(path) {
        names.push([b"/usr", path].concat());
    }
    names
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
}

/// Reads paragraphs of `Field: value` (deb-control(5)).
fn stanzas(text: &[u8], owning: &BTreeSet<Vec<u8>>, versions: &mut BTreeMap<(Vec<u8>, Vec<u8>), Vec<u8>>) {
    let (mut name, mut architecture, mut version) = (None, Vec::new(), Vec::new());
    for line in text.split(|byte| *byte == b'\n').chain([b"".as_slice()]) {
        if let Some(value) = line.strip_prefix(b"Package:") {
            name = Some(value.trim_ascii().to_vec()).filter(|name| owning.contains(name));
        } else if name.is_none() {
            // Most of a database is about other packages.
        } else if let Some(value) = line.strip_prefix(b"Architecture:") {
            architecture = value.trim_ascii().to_vec();
        } else if let Some(value) = line.strip_prefix(b"Version:") {
            version = value.trim_ascii().to_vec();
        } else if line.is_empty()
            && let Some(name) = name.take()
        {
            let (architecture, version) = (std::mem::take(&mut architecture), std::mem::take(&mut version));
            versions.entry((name.clone(), Vec::new())).or_insert_with(|| version.clone());
            versions.insert((name, architecture), version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::HostRoot;

    /// A root with these files.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(&path[1..]);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    fn owner(root: &Path, path: &str) -> String {
        let wanted = BTreeSet::from([ImagePath::known(path)]);
        owners(&HostRoot::new(root), &wanted).values().next().map(ToString::to_string).unwrap_or_default()
    }

    const STATUS: &str = "Package: libz\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n\
        Version: 1:1.2\nDescription: x\n Version: 9\n\nPackage: libz\nArchitecture: arm64\nVersion: 1:1.3\n\n\
        Package: dash\nArchitecture: amd64\nVersion: 0.5\n\nPackage: bash\nVersion: 5.2\n";

    #[test]
    fn dpkg_tells_whose_a_file_is() {
        let root = root(&[
            ("/var/lib/dpkg/status", STATUS),
            ("/var/lib/dpkg/info/libz:amd64.list", "/.\n/lib\n/lib/x/libz.so.1\n"),
            ("/var/lib/dpkg/info/libz:arm64.list", "/usr/lib/arm/libz.so.1\n"),
            ("/var/lib/dpkg/info/dash.list", "/bin/sh\n/bin/dash\n/usr/share/man/sh.1\n"),
            ("/var/lib/dpkg/info/bash.list", "/usr/bin/bash\n/bin/sh"),
            ("/var/lib/dpkg/info/odd.list", "/odd\n"),
            (
                "/var/lib/dpkg/diversions",
                "/bin/sh\n/bin/sh.distrib\ndash\n/usr/share/man/sh.1\n/usr/share/man/old.1\n:\nhalf\n",
            ),
            ("/usr/lib/here", ""),
            ("/usr/bin/here", ""),
        ]);
        std::os::unix::fs::symlink("usr/lib", root.path().join("lib")).unwrap();
        std::os::unix::fs::symlink("/usr/bin", root.path().join("bin")).unwrap();
        for (path, expected) in [
            ("/usr/lib/x/libz.so.1", "libz 1:1.2"),
            ("/lib/x/libz.so.1", "libz 1:1.2"),
            ("/usr/lib/arm/libz.so.1", "libz 1:1.3"),
            ("/usr/bin/dash", "dash 0.5"),
            // The path was left to dash, and bash's own file of that name is elsewhere.
            ("/usr/bin/sh", "dash 0.5"),
            ("/bin/sh.distrib", "bash 5.2"),
            // The administrator's own diversion: the package's file is at the other path.
            ("/usr/share/man/sh.1", ""),
            ("/usr/share/man/old.1", "dash 0.5"),
            ("/odd", "odd"),
            ("/lib", ""),
            ("/usr/lib/x/libz.so.2", ""),
        ] {
            assert_eq!(owner(root.path(), path), expected, "{path}");
        }
    }

    #[test]
    fn a_directory_at_the_top_that_is_no_link_has_files_of_its_own() {
        let root = root(&[("/lib/x", ""), ("/usr/lib/x", ""), ("/var/lib/dpkg/info/a.list", "/lib/x\n")]);
        assert_eq!((owner(root.path(), "/lib/x").as_str(), owner(root.path(), "/usr/lib/x").as_str()), ("a", ""));
    }

    #[test]
    fn images_without_a_package_manager_and_alpine_tell_it_in_their_own_way() {
        let distroless = root(&[
            ("/var/lib/dpkg/status.d/libc6", "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n"),
            ("/var/lib/dpkg/status.d/libc6.md5sums", "0123  lib/libc.so.6\n4567  usr/lib/b\n"),
        ]);
        assert_eq!(owner(distroless.path(), "/lib/libc.so.6"), "libc6 2.36-9");
        let installed = "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\n\
            R:libc.musl-x86_64.so.1\n\nP:base\nV:3\nF:\nR:top\nF:etc\nR:passwd\n\n";
        for database in ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] {
            let alpine = root(&[(database, installed)]);
            for (path, expected) in [
                ("/lib/ld-musl-x86_64.so.1", "musl 1.2.5-r0"),
                ("/etc/passwd", "base 3"),
                ("/top", "base 3"),
                ("/lib/passwd", ""),
            ] {
                assert_eq!(owner(alpine.path(), path), expected, "{database} {path}");
            }
        }
    }

    #[test]
    fn what_is_no_database_names_no_owner() {
        for (path, text) in [
            ("/var/lib/dpkg/info", "a file"),
            ("/var/lib/dpkg/info/a.list/b", ""),
            ("/var/lib/dpkg/status.d/a.md5sums", "no sum\n\n \n"),
            ("/lib/apk/db/installed", "R:x\nF:../..\nR:etc/x\nP:\nV:\n"),
            ("/var/lib/dpkg/diversions", "/x\n\n/x\n"),
        ] {
            let root = root(&[(path, text)]);
            assert_eq!(owner(root.path(), "/x"), "", "{path}");
        }
        let endless = root(&[("/var/lib/dpkg/info/a.list", "/x\n")]);
        let file = std::fs::File::create(endless.path().join("var/lib/dpkg/info/b.list")).unwrap();
        file.set_len(1 << 40).unwrap();
        assert_eq!(owner(endless.path(), "/x"), "a");
    }
}
