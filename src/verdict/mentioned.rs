//! Whether the image has what the user mentions: files and directories that variables (`-e`) and arguments name and that
//! exist where pack runs.
//!
//! A path that exists nowhere may be made when the program runs, and one in a directory that programs write in may, too.

use super::user_paths::{self, Mention, Source};
use crate::events::Warning;
use crate::file::FileKind;
use crate::files::{Place, Roots, Walk, walk};
use crate::options::{Config, Contents};
use crate::paths::ImagePath;
use crate::rootfs::{Entry, Rootfs};
use crate::suggest::shell_word;
use std::path::Path;

/// Directories that engines mount over, or whose content is made anew on each machine.
const MADE_ELSEWHERE: [&str; 5] = ["/dev", "/proc", "/run", "/sys", "/var/run"];

/// Files that engines mount.
const MOUNTED: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// Directories below which programs make directories of their own.
const WRITTEN: [&str; 8] =
    ["/home", "/tmp", "/var/cache", "/var/lib", "/var/lock", "/var/log", "/var/spool", "/var/tmp"];

/// Directories below which programs write files.
const WRITTEN_FILES: [&str; 4] = ["/var/cache", "/var/lock", "/var/log", "/var/spool"];

/// Directories at the top that belong to the whole system (hier(7)).
const TOP: [&str; 13] =
    ["bin", "boot", "etc", "home", "lib", "lib32", "lib64", "libx32", "opt", "root", "sbin", "usr", "var"];

/// Variables whose directories are searched for what is in them: those that the image has are enough.
const SEARCHED: [&str; 2] = ["LD_LIBRARY_PATH", "SSL_CERT_DIR"];

/// A warning for each path that the configuration mentions, that exists in `roots`, and that the image lacks.
pub fn not_packed(rootfs: &Rootfs, asked: (&Contents, &Config), roots: Roots<'_>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    let is_there = |path: &str| roots.walk(&Place::sysroot(path)).is_ok();
    for mention in user_paths::all(asked.1, &is_there) {
        let warning = if mention.path.starts_with('/') {
            absolute(rootfs, &mention, asked.0, roots)
        } else {
            relative(rootfs, &mention, asked.1, roots)
        };
        warnings.extend(warning.filter(|warning| !warnings.contains(warning)));
    }
    warnings
}

/// The warning for a path of the image.
fn absolute(rootfs: &Rootfs, mention: &Mention<'_>, contents: &Contents, roots: Roots<'_>) -> Option<Warning> {
    let path = ImagePath::new(Path::new("/").join(mention.path.trim_start_matches('/')))?;
    let place = Place::sysroot(path.as_path());
    let end = roots.walk(&place).ok().filter(|end| is_content(&path, end))?;
    let is_part = match lacks(rootfs, &path, &mention.source, &end) {
        Lack::Nothing => return None,
        Lack::Part => true,
        Lack::All => false,
    };
    if contents.directories.iter().chain(&contents.volumes).any(|directory| path.is_within(directory)) {
        return None;
    }
    let is_empty =
        end.stat.kind == FileKind::Directory && roots.files(&place).list(&end.real).is_ok_and(|names| names.is_empty());
    let host = roots.on_host(&place);
    let hint = if is_empty {
        format!("`--dir {path}` makes a directory there")
    } else if host == path.as_path() {
        format!("`--add {}` takes it in", shell_word(&path.to_string()))
    } else {
        format!("`--add {}` takes it in", shell_word(&format!("{}:{path}", host.display())))
    };
    let what = if is_part { "of which the image has only a part" } else { "which is here and not in the image" };
    Some(warning(mention, path.as_path(), what, hint))
}

/// The warning for a path from the working directory: that of pack here, and that of the image there.
fn relative(rootfs: &Rootfs, mention: &Mention<'_>, config: &Config, roots: Roots<'_>) -> Option<Warning> {
    let found = std::path::absolute(mention.path).and_then(|path| roots.find(&path)).ok()?;
    if found.walk.stat.kind != FileKind::File || found.walk.stat.identity.size == 0 {
        return None;
    }
    let workdir = config.workdir.as_ref().map_or(Path::new("/"), |path| path.as_path());
    let plain = mention.path.strip_prefix("./").unwrap_or(mention.path);
    let path = ImagePath::new(workdir.join(plain))?;
    if walk(rootfs, path.as_path()).is_ok() {
        return None;
    }
    let source = if path.as_path() == Path::new("/").join(plain) && !plain.contains('/') {
        mention.path.to_owned()
    } else {
        format!("{}:{path}", mention.path)
    };
    let hint = format!("`--add {}` takes it in", shell_word(&source));
    Some(warning(mention, Path::new(mention.path), "which is here and not in the image", hint))
}

fn warning(mention: &Mention<'_>, path: &Path, what: &str, hint: String) -> Warning {
    let who = match mention.source {
        Source::Variable(key) => format!("`-e {key}`"),
        Source::Argument(argument) if argument == mention.path => "an argument of the program".to_owned(),
        Source::Argument(argument) => format!("the argument `{argument}`"),
    };
    Warning {
        code: "mentioned-not-packed",
        message: format!("{who} names `{}`, {what}", path.display()),
        details: Vec::new(),
        hint,
    }
}

/// How much of something the image lacks.
enum Lack {
    Nothing,
    /// A directory is there for the sake of some of its files.
    Part,
    All,
}

fn lacks(rootfs: &Rootfs, path: &ImagePath, source: &Source<'_>, end: &Walk) -> Lack {
    let Ok(there) = walk(rootfs, path.as_path()) else { return Lack::All };
    let is_searched = matches!(source, Source::Variable(key) if SEARCHED.contains(key));
    let entry = rootfs.entries().get(&there.real);
    let is_part = end.stat.kind == FileKind::Directory && entry.is_some_and(Entry::is_parent);
    if is_part && !is_searched { Lack::Part } else { Lack::Nothing }
}

/// Whether a program would read what is at the end of `path`, and not rather make it: a file, or a directory of its own.
fn is_content(path: &ImagePath, end: &Walk) -> bool {
    let within =
        |directories: &[&str]| directories.iter().any(|directory| path.is_within(&ImagePath::known(directory)));
    let is_setting = within(&MADE_ELSEWHERE) || within(&MOUNTED);
    match end.stat.kind {
        FileKind::Directory => !is_setting && !within(&WRITTEN) && !is_of_the_system(path),
        FileKind::File => {
            let ending = path.as_path().extension().and_then(|ending| ending.to_str());
            let is_written = matches!(ending, Some("log" | "pid" | "lock" | "tmp" | "sock"));
            !is_setting && !within(&WRITTEN_FILES) && !is_written && end.stat.identity.size > 0
        }
        _ => false,
    }
}

/// Whether a directory belongs to all programs: `/usr/share`, `/usr/local/lib`, `/usr/lib/x86_64-linux-gnu`.
fn is_of_the_system(path: &ImagePath) -> bool {
    let names: Vec<String> = path.as_path().iter().skip(1).map(|name| name.to_string_lossy().into_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_triplet = |name: &str| name.contains("-linux-gnu") || name.contains("-linux-musl");
    match names.as_slice() {
        [] | ["usr", _] | ["usr", "local", _] => true,
        [top] => TOP.contains(top),
        ["usr" | "lib", .., last] => is_triplet(last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_the_system_is_not_a_programs_own() {
        for (path, expected) in [
            ("/usr", true),
            ("/usr/share", true),
            ("/usr/local/lib", true),
            ("/usr/lib/x86_64-linux-gnu", true),
            ("/lib/aarch64-linux-gnu", true),
            ("/etc", true),
            ("/usr/lib/R", false),
            ("/usr/local/lib/thing", false),
            ("/etc/ssl", false),
            ("/data", false),
            ("/srv", false),
            ("/opt/vendor", false),
        ] {
            assert_eq!(is_of_the_system(&ImagePath::known(path)), expected, "{path}");
        }
    }
}
