//! What is said of libraries that stay out because whoever runs the image provides them.

use crate::events::{LeftOut, Warning};
use crate::evidence::Evidence;
use crate::resolve::Provided;
use std::collections::BTreeSet;

/// Tells of `all` libraries that `--provided` keeps out, and warns of a value of the flag, one of `names`, that names
/// none of them.
pub fn tell(all: &[&Provided], names: &[String], evidence: &mut Evidence) {
    let mut told = BTreeSet::new();
    for Provided { soname, needed_by, .. } in all.iter().filter(|provided| told.insert(provided.soname.clone())) {
        let what = String::from_utf8_lossy(soname).into_owned();
        let why = format!("needed by {}, and whoever runs the image provides it (`--provided`)", needed_by.join(", "));
        evidence.left_out.push(LeftOut { what, why });
    }
    let at_start = all.iter().filter(|provided| !provided.is_opened).map(|provided| &provided.soname);
    let at_start: BTreeSet<String> = at_start.map(|soname| format!("`{}`", String::from_utf8_lossy(soname))).collect();
    if !at_start.is_empty() {
        let names = Vec::from_iter(at_start).join(", ");
        evidence.hints.push(format!("the image starts only where {names} is provided, as `--provided` says"));
    }
    for name in names {
        if !all.iter().any(|provided| provided.flag == *name) {
            evidence.warnings.push(Warning {
                code: "provided-unneeded",
                message: format!("nothing needs `{name}`, which `--provided` names"),
                details: Vec::new(),
                hint: "leave the flag out, or write the name as the program asks for it: `pack inspect` lists them"
                    .to_owned(),
            });
        }
    }
}
