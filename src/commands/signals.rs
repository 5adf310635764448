//! Whether SIGTERM and SIGINT do nothing to a program that runs as process 1, for which the kernel has no default action.

use crate::elf::Inspected;
use crate::resolve::Resolution;

/// Functions by which a program learns of a signal, or chooses what comes of it; `syscall` may be any of them.
const HANDLING: [&str; 17] = [
    "sigaction",
    "__sigaction",
    "__libc_sigaction",
    "signal",
    "bsd_signal",
    "__bsd_signal",
    "sysv_signal",
    "__sysv_signal",
    "ssignal",
    "sigset",
    "sigvec",
    "sigwait",
    "sigwaitinfo",
    "sigtimedwait",
    "signalfd",
    "syscall",
    "uv_signal_start",
];

/// Parts of C libraries, which have all of these functions and call none by themselves.
const C_LIBRARIES: [&str; 5] = ["libc.so", "libc.musl-", "libpthread.so", "ld-linux", "ld-musl-"];

/// Whether neither the program nor a library that it loads imports a function that handles signals. Of a static program
/// nothing tells, nor of one whose own runtime handles them, as Go's and Java's do.
pub fn ignores_signals(inspected: &Inspected, resolution: &Resolution) -> bool {
    let Some(program) = inspected.object.as_ref().filter(|_| resolution.loader.is_some()) else { return false };
    let is_c = |name: &str| C_LIBRARIES.iter().any(|part| name.starts_with(part));
    let libraries = resolution.libraries.iter().filter(|library| !is_c(&library.name()));
    let mut objects = libraries.map(|library| &library.object).chain([program]);
    // A list without imports was not read.
    inspected.toolchain.go.is_none()
        && !program.imports.is_empty()
        && objects.all(|object| !HANDLING.iter().any(|name| object.has_import(name)))
}
