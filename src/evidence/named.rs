//! Data of a program's own: files and directories below `/usr/share`, `/usr/lib`, `/usr/libexec` and their kin that
//! the program, or a library that it names itself, has the path of.
//!
//! A constant that is the path of an installed file is not there by chance. What many programs share (locales,
//! manuals, icons) is named by all of them and has rules of its own, or is left out; so is what is larger than a
//! program's data is. Libraries that name what only some of their users open (drivers, modules for
//! authentication) have rules too and do not count here.

use super::finding::Named;
use super::intake::{Intake, Taken, Why};
use super::state;
use crate::elf::Object;
use crate::file::FileKind;
use crate::files::Place;
use crate::paths::ImagePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The rule's name.
pub const RULE: &str = "own-data";

/// Directories below which programs keep data of their own, one directory for each.
const ROOTS: [&str; 12] = [
    "/usr/share",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib32",
    "/usr/libexec",
    "/usr/local/share",
    "/usr/local/lib",
    "/usr/local/libexec",
    "/usr/games",
    "/usr/share/games",
    "/lib",
    "/lib64",
];

/// What is in those directories for many programs, or for the machine.
const SHARED: [&str; 78] = [
    "locale",
    // A rule of its own takes what its server opens.
    "postgresql",
    "man",
    "doc",
    "doc-base",
    "info",
    "zoneinfo",
    "terminfo",
    "icons",
    "fonts",
    "themes",
    "mime",
    "applications",
    "pixmaps",
    "sounds",
    "X11",
    "i18n",
    "pkgconfig",
    "bug",
    "lintian",
    "metainfo",
    "appdata",
    "games",
    "bash-completion",
    "dbus-1",
    "polkit-1",
    "glib-2.0",
    "gir-1.0",
    "girepository-1.0",
    "help",
    "misc",
    "nls",
    "tabset",
    "sgml",
    "xml",
    "xsessions",
    "wayland-sessions",
    "desktop-directories",
    "gtk-doc",
    "common-licenses",
    "base-passwd",
    "debug",
    "gconv",
    "modules",
    "modules-load.d",
    "modprobe.d",
    "binfmt.d",
    "sysctl.d",
    "systemd",
    "tmpfiles.d",
    "sysusers.d",
    "udev",
    "pam.d",
    "os-release",
    "firmware",
    "jvm",
    "ssl",
    "engines-3",
    "ossl-modules",
    "python3",
    "sasl2",
    "krb5",
    "gss",
    "security",
    "dri",
    "vdpau",
    "gio",
    "bfd-plugins",
    "p11-kit",
    "pkcs11",
    "ca-certificates",
    "fontconfig",
    "gdk-pixbuf-2.0",
    "locale-archive",
    "nss",
    "init",
    "src",
    "vim",
];

/// Libraries whose data only some of their users open, or that drive hardware an image has not; most have rules of
/// their own.
const QUIET: [&str; 38] = [
    "libcrypto.",
    "libssl.",
    "libgio-2.0.",
    "libglib-2.0.",
    "libX11.",
    "libxkbcommon",
    "libasound.",
    "libpulse",
    "libva",
    "libvdpau.",
    "libdrm",
    "libgbm.",
    "libEGL",
    "libGL",
    "libvulkan.",
    "libOpenCL.",
    "libcuda",
    "libsystemd",
    "libudev.",
    "libpam",
    "libsasl2.",
    "libkrb5",
    "libgssapi",
    "libp11-kit.",
    "libgnutls.",
    "libtinfo",
    "libncurses",
    "libslang.",
    "libpython",
    "libbfd",
    "libopcodes",
    "libctf",
    "libsframe",
    "libLLVM",
    "libasan.",
    "libtsan.",
    "libbluray.",
    "libfontconfig.",
];

/// Whether the paths in a library that the program names itself count.
pub fn speaks(soname: &str) -> bool {
    !QUIET.iter().any(|quiet| soname.starts_with(quiet))
}

/// What the paths in one object came to beside what was taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// Trees that are too large to be taken unasked.
    pub too_large: BTreeSet<Named>,
    /// Files of `/etc`: settings of the machine.
    pub settings: BTreeSet<Named>,
    /// Programs that it may start.
    pub programs: BTreeSet<Named>,
}

/// Takes what `paths` name. `prefix` is where the program is installed, against which paths like
/// `share/NAME` count; `own`: the object is the program itself.
pub fn bring(
    intake: &mut Intake<'_>,
    paths: &BTreeSet<Named>,
    object: &Object,
    prefix: Option<&Place>,
    own: bool,
) -> Rest {
    let mut rest = Rest::default();
    let mut data: BTreeMap<PathBuf, Vec<(Place, bool, &Named)>> = BTreeMap::new();
    for named in paths {
        let Some(place) = place(&named.path, prefix).filter(|_| !searched(object, &named.path)) else { continue };
        let path = &place.path;
        if state::is_state(path) {
            // A static program has the constants of its C library too.
            if own && (object.loader.is_some() || path != Path::new(state::TEMPORARY)) {
                state::bring(intake, &place, named);
            }
            continue;
        }
        let Some(end) = intake.walk(&place) else { continue };
        let is_directory = end.stat.kind == FileKind::Directory;
        // Where programs are is where others are looked up.
        if is_directory && (path.ends_with("bin") || path.ends_with("sbin")) {
            continue;
        }
        let is_program = end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0;
        let is_setting = path.starts_with("/etc");
        if intake.whole && !is_directory && (is_program || is_setting) {
            intake.file(&place, &why(named));
        } else if is_program && !is_library(path) && !is_setting {
            rest.programs.insert(Named { path: path.display().to_string(), object: named.object.clone() });
        } else if is_setting {
            if own && end.stat.kind == FileKind::File && end.stat.identity.size > 0 && !is_of_libc(&named.path) {
                rest.settings.insert(named.clone());
            }
        } else if let Some(root) = home(path, is_directory).or_else(|| beside(&place)) {
            data.entry(root).or_default().push((place, is_directory, named));
        }
    }
    for named in data.into_values() {
        rest.too_large.extend(together(intake, &named));
    }
    rest
}

/// Takes what an object names below one directory: a file or a directory alone; of several what holds them all,
/// since what lies between them belongs to them. What is too large is given back.
fn together(intake: &mut Intake<'_>, all: &[(Place, bool, &Named)]) -> Option<Named> {
    let (first, is_directory, named) = all.first()?;
    let why = why(named);
    if all.len() == 1 && !is_directory {
        intake.file(first, &why);
        return None;
    }
    let directory = |(place, is_directory, _): &(Place, bool, &Named)| {
        if *is_directory { place.path.clone() } else { place.path.parent().unwrap_or(Path::new("/")).to_owned() }
    };
    let directories: Vec<PathBuf> = all.iter().map(directory).collect();
    let holds = |above: &&Path| directories.iter().all(|directory| directory.starts_with(above));
    let common = directories[0].ancestors().find(holds).unwrap_or(&first.path).to_owned();
    let tree = Place { path: common, ..first.clone() };
    if intake.tree(&tree, &why, &|_| false) != Taken::TooLarge {
        return None;
    }
    // Each for itself may be small enough.
    let mut too_large = None;
    for (place, is_directory, named) in all {
        let taken = if *is_directory { intake.tree(place, &why, &|_| false) } else { intake.file(place, &why) };
        if taken == Taken::TooLarge {
            too_large = Some(Named { path: place.path.display().to_string(), object: named.object.clone() });
        }
    }
    too_large
}

fn why(named: &Named) -> Why {
    let because = format!("`{}` names `{}`", named.object, named.path);
    Why { rule: RULE, what: "its own data", because, object: Some(named.object.clone()) }
}

/// Where the program at `place` is installed: above its `bin`.
pub fn prefix(place: &Place) -> Option<Place> {
    let directory = place.path.parent()?;
    let is_bin = directory.file_name().is_some_and(|name| name == "bin" || name == "sbin");
    let prefix = directory.parent().filter(|_| is_bin)?;
    Some(Place { path: prefix.to_owned(), ..place.clone() })
}

/// Where a constant leads: an absolute path without `..`; one that begins with a directory of a prefix is below the
/// program's own.
pub fn place(text: &str, prefix: Option<&Place>) -> Option<Place> {
    let below = |directory: &str| text == directory || text.starts_with(&format!("{directory}/"));
    let relative = text.trim_start_matches('/');
    if ["/usr", "/opt", "/etc", "/bin", "/sbin", "/var", "/run"].iter().any(|top| below(top)) {
        let path: PathBuf = Path::new(text).components().collect();
        return ImagePath::new(&path).map(|path| Place::sysroot(path.as_path()));
    }
    let prefix = prefix?;
    let deep = Path::new(relative).components().count() > 1;
    let plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
    (deep && plain).then(|| Place { path: prefix.path.join(relative), ..prefix.clone() })
}

/// Whether a file of `/etc` is one of the C library, or one that the image has anyway.
fn is_of_libc(path: &str) -> bool {
    const FILES: [&str; 22] = [
        "aliases",
        "ethers",
        "fstab",
        "gai.conf",
        "group",
        "gshadow",
        "host.conf",
        "hostname",
        "hosts",
        "hosts.equiv",
        "ld.so.cache",
        "ld.so.preload",
        "localtime",
        "mtab",
        "networks",
        "nsswitch.conf",
        "passwd",
        "protocols",
        "resolv.conf",
        "services",
        "shadow",
        "suid-debug",
    ];
    let name = path.strip_prefix("/etc/").unwrap_or(path);
    FILES.contains(&name) || name.starts_with("ssl/") || name.starts_with("pki/") || name == "shells"
}

/// Whether a path is one where the loader looks for the object's libraries: named, but not as data.
fn searched(object: &Object, path: &str) -> bool {
    let lists = [&object.rpath, &object.runpath];
    let path = path.trim_end_matches('/').as_bytes();
    lists.iter().filter_map(|list| list.as_ref()).any(|list| list.split(|byte| *byte == b':').any(|part| part == path))
}

fn is_library(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"))
}

/// The directory of a program's own that a path is in, or is; `None` where it is of what many share.
pub fn home(path: &Path, is_directory: bool) -> Option<PathBuf> {
    if path.starts_with("/opt") {
        return (path.components().count() > 2).then(|| path.components().take(3).collect());
    }
    // The longest root counts.
    let root = ROOTS.iter().filter(|root| path.starts_with(root)).max_by_key(|root| root.len())?;
    let mut names = path.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_string_lossy());
    let mut home = PathBuf::from(root);
    let mut first = names.next()?;
    if is_triplet(&first) {
        home.push(first.as_ref());
        first = names.next()?;
    }
    home.push(first.as_ref());
    // A file beside the libraries is one that the loader knows, or a rule.
    let shared = SHARED.contains(&first.as_ref()) || first.starts_with("python3.") || first.contains(".so");
    (!shared || !is_directory && first == "misc" && names.next().is_some())
        .then(|| if shared { path.to_owned() } else { home })
}

/// What a program names beside itself where it is built or unpacked, outside the directories of the system, is its own.
fn beside(place: &Place) -> Option<PathBuf> {
    const SYSTEM: [&str; 7] = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/opt"];
    let own = place.moves && !SYSTEM.iter().any(|system| place.path.starts_with(system));
    own.then(|| place.path.clone())
}

/// Debian's directories for one machine: `x86_64-linux-gnu`.
fn is_triplet(name: &str) -> bool {
    name.contains("-linux-gnu") || name.contains("-linux-musl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_a_program_is_its_own_where_only_it_keeps_something_there() {
        for (path, is_directory, own) in [
            ("/usr/share/nmap", true, true),
            ("/usr/share/units/definitions.units", false, true),
            ("/usr/lib/x86_64-linux-gnu/graphviz", true, true),
            ("/usr/lib/git-core", true, true),
            ("/usr/local/share/thing", true, true),
            ("/opt/vendor/data", true, true),
            ("/usr/share", true, false),
            ("/usr/lib/x86_64-linux-gnu", true, false),
            ("/usr/share/locale", true, false),
            ("/usr/share/man/man1", true, false),
            ("/usr/share/misc", true, false),
            ("/usr/share/misc/units.dat", false, true),
            ("/usr/lib/x86_64-linux-gnu/libx.so.1", false, false),
            ("/usr/lib/python3.11", true, false),
            ("/usr/include/x", true, false),
            ("/opt", true, false),
        ] {
            assert_eq!(home(Path::new(path), is_directory).is_some(), own, "{path}");
        }
    }

    #[test]
    fn a_relative_path_counts_from_where_the_program_is_installed() {
        let prefix = Place::sysroot("/usr");
        for (text, expected) in [
            ("/usr/share/x", Some("/usr/share/x")),
            ("/usr/share//x/", Some("/usr/share/x")),
            ("share/x", Some("/usr/share/x")),
            ("/share/x-1", Some("/usr/share/x-1")),
            ("share/", None),
            ("share/../x", None),
        ] {
            let found = place(text, Some(&prefix)).map(|place| place.path);
            assert_eq!(found.as_deref(), expected.map(Path::new), "{text}");
        }
        assert_eq!(place("share/x", None), None);
    }
}
