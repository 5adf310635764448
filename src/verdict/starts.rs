//! Whether the image lacks programs that the program starts.

use crate::elf::script;
use crate::events::Warning;
use crate::evidence::starts::Starts;
use crate::files::walk;
use crate::rootfs::{Entry, Node, Rootfs};
use std::path::Path;

/// How many paths or names are listed.
const SHOWN: usize = 6;

/// Warns of the shell and of the other programs that the image lacks.
pub fn lacking(given: &str, starts: &Starts, rootfs: &Rootfs) -> Vec<Warning> {
    let has = |path: &str| walk(rootfs, Path::new(path)).is_ok();
    let has_name = |name: &String| {
        ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].iter().any(|directory| has(&format!("{directory}/{name}")))
    };
    let paths: Vec<&str> =
        starts.paths.iter().map(String::as_str).filter(|path| *path != "/bin/sh" && !has(path)).collect();
    let names: Vec<&str> = starts.names.iter().filter(|name| !has_name(name)).map(String::as_str).collect();
    let mut details = Vec::new();
    details.extend(listed("it names the paths", &paths));
    details.extend(listed("it names", &names));
    if let Some(function) = starts.shell.filter(|_| !has("/bin/sh")) {
        details.insert(0, format!("it imports `{function}`"));
        let hint = "where that is needed, `--add /bin/sh` takes the shell in, and `--add PROGRAM` what it runs";
        return vec![warning(
            "runs-a-shell",
            format!("`{given}` runs commands through a shell, and the image has none"),
            details,
            hint,
        )];
    }
    if details.is_empty() {
        return Vec::new();
    }
    let hint = match (paths.first(), names.first()) {
        (Some(path), _) => format!("where it is needed, `--add {path}` takes it in, with its libraries"),
        (None, Some(name)) => {
            format!("where it is needed, `--add \"$(command -v {name})\"` takes it in, with its libraries")
        }
        (None, None) => String::new(),
    };
    vec![warning(
        "starts-programs",
        format!("`{given}` starts other programs, and the image lacks them"),
        details,
        &hint,
    )]
}

/// Warns of scripts among what was added whose interpreter the image lacks.
pub fn scripts(rootfs: &Rootfs) -> Option<Warning> {
    let asked = |entry: &Entry| entry.mode & 0o111 != 0 && entry.is_added();
    let files = rootfs.entries().iter().filter(|(_, entry)| asked(entry));
    let useless: Vec<(String, String)> = files
        .filter_map(|(path, entry)| {
            let Node::File(content) = &entry.node else { return None };
            let interpreter = script::read(&*content.open().ok()?)?.into_iter().next()?;
            walk(rootfs, Path::new(&interpreter)).is_err().then(|| (path.to_string(), interpreter))
        })
        .collect();
    let (first, interpreter) = useless.first()?;
    let more = if useless.len() > 1 { " and others" } else { "" };
    let details = useless.iter().take(SHOWN).map(|(path, interpreter)| format!("`{path}` is for `{interpreter}`"));
    Some(warning(
        "scripts",
        format!("`{first}`{more} will not start: a script whose interpreter the image lacks"),
        details.collect(),
        &format!("`--add {interpreter}` takes it in, with its libraries"),
    ))
}

fn listed(what: &str, names: &[&str]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("{what} {}{more}", shown.join(", ")))
}

fn warning(code: &'static str, message: String, details: Vec<String>, hint: &str) -> Warning {
    Warning { code, message, details, hint: hint.to_owned() }
}
