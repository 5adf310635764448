//! Commands of shell scripts that the user adds, and that the image lacks.

use crate::bytes::ReadAt;
use crate::elf::script;
use crate::events::Warning;
use crate::evidence::shell::{self, ScriptEnd};
use crate::file::FileKind;
use crate::files::{Files, walk};
use crate::options::PATH;
use crate::rootfs::{Node, Rootfs};
use crate::suggest::shell_word;
use std::collections::BTreeMap;
use std::path::Path;

/// How many commands are told.
const SHOWN: usize = 8;

/// Warns of programs of `files` that a shell script among what was added runs, and that are not in `rootfs`.
pub fn lacking_commands(rootfs: &Rootfs, files: &dyn Files) -> Option<Warning> {
    // The program, and the first script that runs it.
    let mut lacking: BTreeMap<String, String> = BTreeMap::new();
    for (path, entry) in rootfs.entries().iter().filter(|(_, entry)| entry.is_added()) {
        let Node::File(content) = &entry.node else { continue };
        let Ok(file) = content.open() else { continue };
        if !script::read(&*file).is_some_and(|words| shell::is_shell(&words)) {
            continue;
        }
        let Ok(text) = file.bytes_at(0, shell::LARGEST) else { continue };
        for program in shell::read(&text).commands.iter().filter_map(|command| lacking_program(command, rootfs, files))
        {
            lacking.entry(program).or_insert_with(|| path.to_string());
        }
    }
    let (_, first) = lacking.first_key_value()?;
    let more = if lacking.values().any(|script| script != first) { " and others run" } else { " runs" };
    let details = lacking.iter().take(SHOWN).map(|(program, script)| format!("`{script}` runs `{program}`"));
    let rest = lacking.len().checked_sub(SHOWN).filter(|rest| *rest > 0).map(|rest| format!("and {rest} more"));
    let add: Vec<String> = lacking.keys().map(|program| format!("--add {}", shell_word(program))).collect();
    Some(Warning {
        code: "script-commands",
        message: format!("`{first}`{more} commands that are here, and that the image lacks"),
        details: details.chain(rest).collect(),
        hint: format!("`{}` takes them in, with their libraries", add.join(" ")),
    })
}

/// What a script becomes in the end, if `words`, those of its first line, name a shell.
pub fn script_end(words: &[String], file: &dyn ReadAt) -> Option<ScriptEnd> {
    let text = shell::is_shell(words).then(|| file.bytes_at(0, shell::LARGEST).ok())??;
    let mut end = shell::end(&text);
    // Where the script looks programs up itself, or is not read whole, what is absent here may be found there.
    if text.len() == shell::LARGEST || text.windows(5).any(|five| five == b"PATH=") || end.runs_arguments {
        end.last = None;
    }
    Some(end)
}

/// The path of the program that `command` runs here; `None` if it runs none here, or one in the image too.
fn lacking_program(command: &str, rootfs: &Rootfs, files: &dyn Files) -> Option<String> {
    let starts = |files: &dyn Files, path: &str| {
        walk(files, Path::new(path)).is_ok_and(|end| end.stat.kind == FileKind::File && end.stat.mode & 0o111 != 0)
    };
    let paths: Vec<String> = if command.contains('/') {
        command.starts_with('/').then(|| command.to_owned()).into_iter().collect()
    } else {
        PATH.split(':').map(|directory| format!("{directory}/{command}")).collect()
    };
    if paths.iter().any(|path| starts(rootfs, path)) {
        return None;
    }
    paths.into_iter().find(|path| starts(files, path))
}
