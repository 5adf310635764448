//! A Java virtual machine: its home, as one unit. `bin/java` finds the home from its own place, and opens files there
//! that no header names: `lib/server/libjvm.so`, `lib/modules`, settings, certificates.
//!
//! Left out: files for compilers, debuggers and readers (`jmods`, sources, headers, manuals), and the other programs of
//! `bin`.

use super::intake::{Intake, ItemReason, Taken, inside};
use crate::files::{Place, Root};
use std::path::Path;

/// Files and directories of a home that are not needed to run a program.
const LEFT: [&str; 10] =
    ["bin", "jmods", "include", "man", "demo", "docs", "legal", "lib/src.zip", "src.zip", "sample"];

/// Takes the home of the `java` at `program`; `No` if the directory above `bin` does not look like a home.
pub fn bring(intake: &mut Intake<'_>, program: &Place, reason: &ItemReason) -> Taken {
    let Some(home) = program.path.parent().and_then(Path::parent) else { return Taken::No };
    let home = Place { path: home.to_owned(), ..program.clone() };
    // Java 8 has its virtual machine below `jre`.
    let signs = [
        "lib/modules",
        "lib/server/libjvm.so",
        "lib/client/libjvm.so",
        "lib/amd64/server/libjvm.so",
        "jre/lib/rt.jar",
        "lib/rt.jar",
    ];
    let is_home = signs.iter().any(|sign| intake.walk(&Place { path: home.path.join(sign), ..home.clone() }).is_some());
    if !is_home {
        return Taken::No;
    }
    // `ct.sym` has the signatures of older releases, for compilers.
    let is_java = program.path.file_name().is_some_and(|name| name == "java");
    let skip = |path: &Path| LEFT.iter().any(|left| path == Path::new(left)) || is_java && path.ends_with("ct.sym");
    let taken = intake.large_tree(&home, reason, &skip);
    // Debian's trust store is a link out of the home.
    let cacerts = inside("/etc/ssl/certs/java/cacerts");
    if home.root == Root::Sysroot && intake.has(&Place { path: home.path.join("lib/security/cacerts"), ..home.clone() })
    {
        intake.file(&cacerts, reason);
    }
    taken
}
