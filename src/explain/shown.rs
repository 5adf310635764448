//! Where in an image that is which a rule of evidence brings: the same rules as for an image that is made, read
//! the other way.

use crate::evidence::rules::{BUNDLES, Brings};
use crate::evidence::{Seen, locales, terminfo};
use crate::files::Place;
use crate::resolve::Resolution;
use std::path::{Path, PathBuf};

/// What glibc reads to look up hosts and users.
const NAME_SERVICES: [&str; 5] =
    ["/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/host.conf", "/etc/gai.conf"];

/// Where the library of Python may stand (`sys.prefix`).
const PYTHON: [&str; 2] = ["/usr/lib", "/usr/local/lib"];

/// The paths that `brings` stands for. `seen` is the object that shows it.
pub fn places(brings: Brings, seen: &Seen, resolution: &Resolution) -> Vec<PathBuf> {
    let beside = |soname: &str, path: &str| {
        let of = |library: &&crate::resolve::Library| library.soname.starts_with(soname.as_bytes());
        let place = match soname {
            "" => Some(seen.place.directory()),
            _ => resolution.libraries.iter().find(of).map(|library| library.place.directory()),
        };
        place.map(|place| place.join(path.as_bytes()).path).into_iter().collect()
    };
    let all = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
    match brings {
        Brings::File(path, _)
        | Brings::Tree(path)
        | Brings::Program(path)
        | Brings::Directory(path)
        | Brings::Link(path, _) => all(&[path]),
        Brings::Beside(soname, path) | Brings::TreeBeside(soname, path) => beside(soname, path),
        Brings::Certificates => all(&BUNDLES),
        Brings::NameServices => all(&NAME_SERVICES),
        Brings::Converters | Brings::AllConverters => {
            resolution.directories.iter().map(|directory| directory.join("gconv")).collect()
        }
        Brings::Locale(name) => {
            [name.to_owned(), locales::normalized(name)].map(|name| Path::new(locales::DIRECTORY).join(name)).into()
        }
        Brings::Terminals => all(&terminfo::DIRECTORIES),
        Brings::Zone(name) => vec![Path::new("/usr/share/zoneinfo").join(name)],
        Brings::Java => home(&seen.place).into_iter().collect(),
        Brings::Python => python(&seen.place.path),
        Brings::Postgres => postgres(seen),
        Brings::Unwinder | Brings::Told(_) | Brings::Fact => Vec::new(),
    }
}

/// The home of a Java virtual machine: above its `bin` or `lib`.
fn home(place: &Place) -> Option<PathBuf> {
    let is_part = |above: &&Path| above.file_name().is_some_and(|name| name == "bin" || name == "lib");
    let part = place.path.ancestors().skip(1).find(is_part)?;
    part.parent().filter(|home| home.components().count() > 2).map(Path::to_owned)
}

/// The programs, the modules and the tables of the server, and the shell that starts it.
fn postgres(seen: &Seen) -> Vec<PathBuf> {
    let programs = seen.place.directory().path;
    let modules = programs.with_file_name("lib");
    let tables = seen
        .paths
        .iter()
        .map(|named| PathBuf::from(&named.path))
        .filter(|path| path.starts_with("/usr/share/postgresql"));
    [programs, modules, PathBuf::from("/bin/sh")].into_iter().chain(tables).collect()
}

/// `/usr/lib/python3.11`, by the name of the program or its library, and what Debian has for all its versions.
fn python(object: &Path) -> Vec<PathBuf> {
    let name = object.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.trim_start_matches("lib").trim_start_matches("python");
    let version: String = name.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let version = version.trim_end_matches('.');
    let major = version.split('.').next().unwrap_or(version);
    let directories = [format!("python{version}"), format!("python{major}")];
    PYTHON.iter().flat_map(|above| directories.iter().map(|name| Path::new(above).join(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_machine_is_at_home_above_its_directories() {
        for (path, expected) in [
            ("/usr/lib/jvm/java-17/bin/java", Some("/usr/lib/jvm/java-17")),
            ("/usr/lib/jvm/java-17/lib/server/libjvm.so", Some("/usr/lib/jvm/java-17")),
            ("/opt/jre/bin/java", Some("/opt/jre")),
            ("/usr/bin/java", None),
            ("/java", None),
        ] {
            assert_eq!(home(&Place::sysroot(path)).as_deref().map(|p| p.to_str().unwrap()), expected, "{path}");
        }
    }

    #[test]
    fn the_library_of_python_goes_by_its_version() {
        for (object, expected) in [
            ("/usr/bin/python3.11", "/usr/lib/python3.11"),
            ("/usr/lib/libpython3.9.so.1.0", "/usr/lib/python3.9"),
            ("/python3", "/usr/lib/python3"),
        ] {
            assert_eq!(
                python(Path::new(object))[..2],
                [Path::new(expected), Path::new("/usr/lib/python3")],
                "{object}"
            );
        }
    }
}
