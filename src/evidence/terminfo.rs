//! Descriptions of terminals (terminfo(5)): of the one that the variable TERM names, else of those that people
//! start containers from. All of them would be 2 to 10 MB.

use super::intake::{Intake, ItemReason, Taken, inside};

/// Directories where ncurses looks, in its order (terminfo(5)).
const DIRECTORIES: [&str; 4] = ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"];

/// Terminals that people start containers from, and the one that programs assume where there is none.
const USUAL: [&str; 5] = ["xterm", "xterm-256color", "linux", "vt100", "dumb"];

/// Takes the description of `term`, else of the [`USUAL`] terminals. Returns the names that have none.
pub fn bring(intake: &mut Intake<'_>, term: Option<&str>, reason: &ItemReason) -> Vec<String> {
    let names: Vec<&str> = term.map_or_else(|| USUAL.to_vec(), |term| vec![term]);
    let mut missing = Vec::new();
    for name in names {
        let Some(first) = name.bytes().next().filter(u8::is_ascii_alphanumeric) else { continue };
        // On file systems without upper and lower case the directory has the letter's number.
        let paths = DIRECTORIES.iter().flat_map(|directory| {
            [format!("{directory}/{}/{name}", first as char), format!("{directory}/{first:02x}/{name}")]
        });
        let found = paths.into_iter().any(|path| intake.file(&inside(path), reason) == Taken::Yes);
        if !found {
            missing.push(name.to_owned());
        }
    }
    missing
}

/// Takes all descriptions.
pub fn bring_all(intake: &mut Intake<'_>, reason: &ItemReason) {
    for directory in DIRECTORIES {
        intake.tree(&inside(directory), reason, &|_| false);
    }
}
