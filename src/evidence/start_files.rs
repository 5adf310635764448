//! Start files, and what else a linker puts into programs; and the packages that a compiler's package needs, which tell
//! what of such things is the compiler's.

use super::intake::{Intake, ItemReason};
use crate::files::Place;
use crate::packages::{PackageDatabase, PackageId};
use std::collections::BTreeSet;

/// The linker of the machine's own programs.
pub const LINKER: &str = "/usr/bin/ld";

/// The file with which every program begins.
pub const FIRST: &str = "crt1.o";

/// Start files, and what a linker finds in place of the C library and of what its scripts name.
const START: [&str; 12] = [
    FIRST,
    "Scrt1.o",
    "crti.o",
    "crtn.o",
    "libc.so",
    "libc.so.6",
    "libc_nonshared.a",
    "libm.so",
    "libm.so.6",
    "libmvec.so",
    "libmvec.so.1",
    "libgcc_s.so.1",
];

/// How many packages lie between a compiler and what it needs: tools, the compiler, a library of a language, the C library.
const STEPS: usize = 4;

/// Takes the start files in the directory `libraries`; returns whether the first one is there.
pub fn bring_start(intake: &mut Intake<'_>, libraries: &Place, reason: &ItemReason) -> bool {
    for name in START {
        intake.file(&libraries.join(name.as_bytes()), reason);
    }
    intake.walk(&libraries.join(FIRST.as_bytes())).is_some()
}

/// A package, and the installed ones that it needs, directly and through some others.
pub fn needs(packages: &PackageDatabase<'_>, package: PackageId) -> BTreeSet<PackageId> {
    let mut needed = BTreeSet::from([package]);
    let mut last = needed.clone();
    for _ in 0..STEPS {
        let next = last.iter().flat_map(|package| packages.package(*package).depends.iter().copied());
        last = next.filter(|other| packages.package(*other).installed && !needed.contains(other)).collect();
        needed.extend(&last);
    }
    needed
}
