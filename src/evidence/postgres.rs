//! PostgreSQL: the server beside the programs that start it (initdb, pg_ctl), the shell through which they do, its
//! modules, and the tables that it was built to find in `share`.
//!
//! Its clients have the same paths among their constants and open none of them, so these paths do not count as data of a
//! program's own. Left out: the compiler of queries, `llvmjit`, which is larger than all the rest together. The server
//! works without it.

use super::finding::NamedPath;
use super::intake::{Intake, ItemReason, Taken, inside};
use crate::files::Place;
use std::collections::BTreeSet;
use std::path::Path;

/// The sentence for the user about the compiler that is left out.
pub const LEFT: &str = "PostgreSQL's compiler of queries, which is large, stays out: it runs without; `--add` of \
                        `llvmjit.so` and `bitcode`, to where they are here, takes it in";

/// A file that only the directory of its tables has.
const LANDMARK: &[u8] = b"postgres.bki";

/// Takes the files that the program at `program` starts and opens, if the server is beside it. `named` are the paths
/// among its constants. Returns whether the compiler of queries was left out.
pub fn bring(intake: &mut Intake<'_>, program: &Place, named: &BTreeSet<NamedPath>, reason: &ItemReason) -> bool {
    let beside = program.directory();
    if intake.file(&beside.join(b"postgres"), reason) != Taken::Yes {
        return false;
    }
    // The programs start each other through popen(3) and system(3).
    intake.file(&inside("/bin/sh"), reason);
    let prefix = beside.directory();
    let modules = prefix.join(b"lib");
    intake.tree(&modules, reason, &is_compiler);
    let around = [b"share/postgresql".as_slice(), b"share"].map(|share| prefix.join(share));
    let built_for = named.iter().map(|named| inside(&named.path));
    let tables = around.into_iter().chain(built_for).find(|place| intake.walk(&place.join(LANDMARK)).is_some());
    if let Some(tables) = tables {
        intake.tree(&tables, reason, &|path| path.starts_with("man"));
    }
    intake.walk(&modules.join(b"llvmjit.so")).is_some()
}

/// Whether a path below the directory of modules is part of the compiler of queries.
fn is_compiler(path: &Path) -> bool {
    path.starts_with("bitcode") || path.to_string_lossy().starts_with("llvmjit")
}
