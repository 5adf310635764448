//! What databases of every kind tell, read from directories that hold nothing else.

use super::*;
use crate::files::HostRoot;
use std::path::Path;

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
    PackageDatabase::open(&HostRoot::new(root), None)
        .owners(&wanted)
        .values()
        .next()
        .map(ToString::to_string)
        .unwrap_or_default()
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

fn names(database: &PackageDatabase<'_>, packages: &[PackageId]) -> Vec<String> {
    packages.iter().map(|id| database.package(*id).name.clone()).collect()
}

fn package(database: &PackageDatabase<'_>, path: &str) -> PackageId {
    database.owner(&ImagePath::known(path)).unwrap_or_else(|| panic!("{path} belongs to a package"))
}

const RELATED: &str = "Package: curl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 8\nEssential: yes\n\
    Pre-Depends: init (>= 1)\nDepends: libcurl4 (= 8), gone | libssl | init, mta, absent\nRecommends: data:any\n\
    Suggests: removed, doc\n\nPackage: libcurl4\nStatus: install ok installed\nArchitecture: arm64\nSource: curl\n\n\
    Package: libcurl4\nStatus: install ok installed\nArchitecture: amd64\nSource: curl (8)\n\n\
    Package: libssl\nArchitecture: amd64\nSource: openssl\n\nPackage: data\nArchitecture: all\n\n\
    Package: exim\nArchitecture: amd64\nProvides: x (= 1), mta\n\nPackage: postfix\nProvides: mta\n\n\
    Package: init\nArchitecture: amd64\n\n\
    Package: removed\nStatus: deinstall ok config-files\nArchitecture: amd64\nSource: curl\n";

fn related() -> tempfile::TempDir {
    root(&[
        ("/var/lib/dpkg/status", RELATED),
        (
            "/var/lib/dpkg/info/curl.list",
            "/.\n/usr\n/usr/bin\n/usr/bin/curl\n/usr/share\n/usr/share/curl\n/etc/curl/rc\n",
        ),
        ("/var/lib/dpkg/info/libcurl4:amd64.list", "/usr/lib/libcurl.so\n/usr/share/curl/more/x\n"),
        ("/var/lib/dpkg/info/libcurl4:arm64.list", "/usr/lib/arm/libcurl.so\n"),
        (
            "/var/lib/dpkg/info/libssl.list",
            "/usr/lib/libssl.so\n/usr/share/both/ssl\n/usr/share/ssl/x\n/usr/share/curlx\n",
        ),
        ("/var/lib/dpkg/info/data.list", "/usr/share/both/data\n"),
        ("/var/lib/dpkg/info/exim.list", "/usr/sbin/exim\n"),
        ("/var/lib/dpkg/info/postfix.list", "/usr/sbin/postfix\n"),
        ("/var/lib/dpkg/info/init.list", "/sbin/init\n"),
        ("/var/lib/dpkg/info/removed.list", "/etc/curl/removed\n"),
    ])
}

#[test]
fn a_package_tells_what_it_asks_for_and_what_it_is_built_from() {
    let (directory, cache) = (related(), None);
    let files = HostRoot::new(directory.path());
    let database = PackageDatabase::open(&files, cache);

    let curl = package(&database, "/usr/bin/curl");
    let facts = database.package(curl);
    assert_eq!((facts.version.as_str(), facts.source.as_str(), facts.essential), ("8", "curl", true));
    // The library of the same architecture; the alternative that is installed; the first that provides the name.
    assert_eq!(names(&database, &facts.depends), ["init", "libcurl4", "libssl", "exim"]);
    assert_eq!(facts.depends[1], package(&database, "/usr/lib/libcurl.so"));
    assert_eq!(names(&database, &facts.recommends), ["data"]);
    assert_eq!(facts.suggests, []);
    assert_eq!(names(&database, &database.of_source(curl)), ["curl", "libcurl4", "libcurl4"]);
    let removed = package(&database, "/etc/curl/removed");
    assert!(!database.package(removed).installed);
    assert_eq!(database.of_source(removed).len(), 4);
    let files: Vec<String> =
        database.files(package(&database, "/usr/lib/libssl.so")).iter().map(ToString::to_string).collect();
    assert_eq!(files, ["/usr/lib/libssl.so", "/usr/share/both/ssl", "/usr/share/curlx", "/usr/share/ssl/x"]);
}

#[test]
fn a_directory_is_shared_where_another_source_has_something_in_it() {
    let directory = related();
    let files = HostRoot::new(directory.path());
    let database = PackageDatabase::open(&files, None);
    for (path, of, shared) in [
        ("/usr/share/curl", "/usr/bin/curl", false),
        ("/usr/share/curl/more", "/usr/bin/curl", false),
        ("/usr/share/curl", "/usr/lib/libssl.so", true),
        ("/usr/share/both", "/usr/lib/libssl.so", true),
        ("/usr/share/ssl", "/usr/lib/libssl.so", false),
        ("/usr/share", "/usr/lib/libssl.so", true),
        ("/", "/usr/bin/curl", true),
        // What is left of a removed package does not count.
        ("/etc/curl", "/usr/lib/libssl.so", true),
        ("/etc/curl", "/usr/bin/curl", false),
        ("/nowhere", "/usr/bin/curl", false),
    ] {
        let id = package(&database, of);
        assert_eq!(database.other_sources_below(&ImagePath::known(path), id), shared, "{path} of {of}");
    }
}

#[test]
fn files_stand_where_links_and_diversions_lead() {
    let root = root(&[
        ("/var/lib/dpkg/status", STATUS),
        ("/var/lib/dpkg/info/bash.list", "/bin/sh\n/bin/bash\nrelative\n/../x\n"),
        ("/var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n"),
        ("/usr/bin/here", ""),
    ]);
    std::os::unix::fs::symlink("usr/bin", root.path().join("bin")).unwrap();
    let files = HostRoot::new(root.path());
    let database = PackageDatabase::open(&files, None);
    let bash = package(&database, "/usr/bin/bash");
    assert_eq!(database.files(bash), ["/usr/bin/bash", "/usr/bin/sh.distrib"].map(ImagePath::known));
}

#[test]
fn alpine_tells_what_a_package_asks_for() {
    let installed = "P:curl\nV:8\no:curl\nD:so:libcurl.so.4 ca-certificates>1 !wget /bin/sh\nF:usr/bin\nR:curl\n\n\
        P:libcurl\nV:8\no:curl\np:so:libcurl.so.4=4.8.0\nF:usr/lib\nR:libcurl.so.4\n\n\
        P:busybox\nV:1\no:busybox\np:/bin/sh cmd:sh=1\nF:bin\nR:busybox\n\n";
    let alpine = root(&[("/lib/apk/db/installed", installed)]);
    let files = HostRoot::new(alpine.path());
    let database = PackageDatabase::open(&files, None);
    let curl = package(&database, "/usr/bin/curl");
    assert_eq!(names(&database, &database.package(curl).depends), ["libcurl", "busybox"]);
    assert_eq!(names(&database, &database.of_source(curl)), ["curl", "libcurl"]);
    let usr = ImagePath::known("/usr");
    assert!(!database.other_sources_below(&usr, curl));
    assert!(database.other_sources_below(&usr, package(&database, "/bin/busybox")));
}

/// What a database says, with whether its index came from the cache.
fn asked(root: &Path, cache: &CacheDirectory) -> (Vec<String>, bool) {
    let files = HostRoot::new(root);
    let database = PackageDatabase::open(&files, Some(cache));
    let mut said = Vec::new();
    for path in ["/usr/bin/curl", "/usr/lib/libssl.so", "/etc/curl/removed", "/nowhere", "/usr/share/new"] {
        let owner = database.owner(&ImagePath::known(path));
        said.push(format!(
            "{path} {:?}",
            owner.map(|id| (database.package(id), database.files(id), database.of_source(id)))
        ));
    }
    let opened = database.opened();
    (said, opened.kept.is_some() && opened.made.get().is_none())
}

#[test]
fn an_index_that_was_kept_tells_the_same_and_one_that_is_old_or_damaged_is_made_again() {
    let (one, other, cache) = (related(), related(), tempfile::tempdir().unwrap());
    let list = one.path().join("var/lib/dpkg/info/new.list");
    std::fs::write(other.path().join("var/lib/dpkg/info/init.list"), "/usr/share/new\n").unwrap();
    let cache = CacheDirectory::open(&cache.path().join("pack")).unwrap();
    let settle = || std::thread::sleep(std::time::Duration::from_millis(2_100));
    let indexes = || std::fs::read_dir(cache.part("packages").unwrap()).unwrap().map(|file| file.unwrap().path());

    // Whoever writes right after the index was made would not be seen.
    let (young, _) = asked(one.path(), &cache);
    assert_eq!(indexes().count(), 0);
    settle();
    let made = asked(one.path(), &cache);
    assert_eq!((&made.0, made.1, indexes().count()), (&young, false, 1));
    assert_eq!(asked(one.path(), &cache), (young.clone(), true));

    let path = indexes().next().unwrap();
    let whole = std::fs::read(&path).unwrap();
    for at in [0, 40, 66, 90, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        for bytes in [&damaged, &whole[..at]] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(asked(one.path(), &cache).0, young, "byte {at}");
            assert_eq!(asked(one.path(), &cache), (young.clone(), true), "made again, byte {at}");
        }
    }

    let (said, from_cache) = asked(other.path(), &cache);
    assert!(said != young && !from_cache, "another root has its own");
    std::fs::write(&list, "/usr/share/new\n").unwrap();
    let (said, from_cache) = asked(one.path(), &cache);
    assert!(said[4].contains("new") && !from_cache, "{said:?}");
}
