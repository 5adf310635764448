//! Scripts among what the user adds that will not start.

use crate::elf::script;
use crate::events::Warning;
use crate::files::walk;
use crate::rootfs::{Entry, Node, Rootfs};
use std::path::Path;

/// How many paths or names are listed.
const SHOWN: usize = 6;

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

fn warning(code: &'static str, message: String, details: Vec<String>, hint: &str) -> Warning {
    Warning { code, message, details, hint: hint.to_owned() }
}
