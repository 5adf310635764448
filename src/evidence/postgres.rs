//! PostgreSQL: the server beside the programs that start it (initdb, pg_ctl), the shell through which they do, its
//! modules, and what it was built to find in `share`.
//!
//! Its clients have the same paths among their constants and open none of them, so these are no data of a program's
//! own. Left out: the compiler of queries, `llvmjit`, which is larger than all the rest together. The server asks
//! whether the file is there, and goes on without.

use super::finding::Named;
use super::intake::{Intake, Taken, Why, inside};
use crate::files::Place;
use std::collections::BTreeSet;
use std::path::Path;

/// What is told of what is left out.
pub const LEFT: &str = "PostgreSQL's compiler of queries, which is large, stays out: it runs without; `--add` of \
                        `llvmjit.so` and `bitcode`, to where they are here, takes it in";

/// What only the directory of its tables holds.
const LANDMARK: &[u8] = b"postgres.bki";

/// Takes what the program at `program`, which names the paths `named`, starts and opens, where the server is beside
/// it. Gives whether its compiler was left out.
pub fn bring(intake: &mut Intake<'_>, program: &Place, named: &BTreeSet<Named>, why: &Why) -> bool {
    let beside = program.directory();
    if intake.file(&beside.join(b"postgres"), why) != Taken::Yes {
        return false;
    }
    // By popen(3) and system(3).
    intake.file(&inside("/bin/sh"), why);
    let prefix = beside.directory();
    let modules = prefix.join(b"lib");
    intake.tree(&modules, why, &is_compiler);
    let around = [b"share/postgresql".as_slice(), b"share"].map(|share| prefix.join(share));
    let built_for = named.iter().map(|named| inside(&named.path));
    let tables = around.into_iter().chain(built_for).find(|place| intake.walk(&place.join(LANDMARK)).is_some());
    if let Some(tables) = tables {
        intake.tree(&tables, why, &|path| path.starts_with("man"));
    }
    intake.walk(&modules.join(b"llvmjit.so")).is_some()
}

/// A part of the compiler of queries, by its path below the directory of modules.
fn is_compiler(path: &Path) -> bool {
    path.starts_with("bitcode") || path.to_string_lossy().starts_with("llvmjit")
}
