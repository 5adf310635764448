//! The path of the program in the image.
//!
//! An installed program keeps its path, since it may look for files beside itself; a program anywhere else, in a build
//! directory as a rule, goes to the top.

use crate::paths::ImagePath;
use std::ffi::OsStr;

/// Names at the top of a root file system that mean something to engines or people (hier(7)).
const SYSTEM_NAMES: [&str; 24] = [
    "bin", "boot", "dev", "etc", "gnu", "home", "lib", "lib32", "lib64", "libexec", "libx32", "media", "mnt", "nix",
    "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

/// Whether a program at `path` keeps its path: below bin, sbin, lib*, libexec of `/`, `/usr` or `/usr/local`,
/// below `/opt`, `/nix` or `/gnu`, and never below a directory `src`.
pub fn keeps(path: &ImagePath) -> bool {
    let names: Vec<&[u8]> = path.as_bytes()[1..].split(|byte| *byte == b'/').collect();
    let Some((_, directories)) = names.split_last() else { return false };
    if directories.contains(&b"src".as_slice()) {
        return false;
    }
    match directories {
        [b"opt" | b"nix" | b"gnu", ..] => true,
        [b"usr", b"local", rest @ ..] | [b"usr", rest @ ..] | rest => {
            rest.first().is_some_and(|name| matches!(*name, b"bin" | b"sbin") || name.starts_with(b"lib"))
        }
    }
}

/// The path of a program called `name` that does not keep its own: `/NAME`, and `/usr/local/bin/NAME` where that is a
/// system name or `taken`.
pub fn at_the_top(name: &OsStr, taken: impl Fn(&ImagePath) -> bool) -> ImagePath {
    let named = |directory: &str| ImagePath::known(directory).join(name);
    let system = SYSTEM_NAMES.iter().any(|system| OsStr::new(system) == name);
    let top = named("/").filter(|path| !system && !taken(path));
    top.or_else(|| named("/usr/local/bin")).unwrap_or_else(|| ImagePath::known("/program"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_program_keeps_its_path_and_a_built_one_does_not() {
        for (path, kept) in [
            ("/usr/bin/curl", true),
            ("/bin/bash", true),
            ("/usr/local/bin/app", true),
            ("/usr/lib/git-core/git", true),
            ("/usr/lib64/x/y", true),
            ("/usr/libexec/x", true),
            ("/opt/x/bin/y", true),
            ("/nix/store/x/bin/y", true),
            ("/usr/local/go/bin/go", false),
            ("/usr/games/fortune", false),
            ("/opt/src/app", false),
            ("/usr/local/src/bin/app", false),
            ("/home/me/bin/app", false),
            ("/app", false),
            ("/bin", false),
        ] {
            assert_eq!(keeps(&ImagePath::known(path)), kept, "{path}");
        }
    }

    #[test]
    fn a_program_goes_to_the_top_unless_its_name_means_something_there() {
        let taken = |path: &ImagePath| *path == ImagePath::known("/site");
        for (name, expected) in [
            ("app", "/app"),
            ("libtool", "/libtool"),
            ("liberty", "/liberty"),
            ("tmp", "/usr/local/bin/tmp"),
            ("lib64", "/usr/local/bin/lib64"),
            ("var", "/usr/local/bin/var"),
            ("site", "/usr/local/bin/site"),
        ] {
            assert_eq!(at_the_top(OsStr::new(name), taken), ImagePath::known(expected), "{name}");
        }
    }
}
