//! Warnings about the program of an image that was read back.

use crate::closure::Opened;
use crate::elf::Priority;
use crate::events::Warning;
use crate::resolve::LoadError;

/// The warning that the image does not have a library without which, a note of the program says, it cannot do.
pub fn missing_dlopen(program: &str, opened: &Opened, error: &LoadError) -> Option<Warning> {
    let Opened::Note(note, _) = opened else { return None };
    let [name] = note.sonames.as_slice() else { return None };
    (note.priority == Priority::Required).then(|| Warning {
        code: "missing-dlopen",
        message: format!("`{program}` opens `{name}` when it runs, and the image does not have it"),
        details: vec![error.to_string()],
        hint: "put it into the image where the program cannot do without it".to_owned(),
    })
}

/// The warning that UPX has packed the program of the image.
pub fn packed_by_upx(program: &str) -> Warning {
    Warning {
        code: "upx",
        message: format!("`{program}` is packed by UPX, which hides what it needs"),
        details: Vec::new(),
        hint: "whether all that it needs is in the image cannot be told".to_owned(),
    }
}

/// The warning that a shell is started only to start the program.
pub fn shell_form(entrypoint: &[String]) -> Warning {
    Warning {
        code: "shell-form",
        message: "the image starts a shell that starts the program".to_owned(),
        details: vec![format!("entrypoint: {}", entrypoint.join(" "))],
        hint: "signals end the shell, not the program: write the entrypoint as a list, `[\"/PROGRAM\"]`".to_owned(),
    }
}
