//! Why the loader would not start the program, with better hints than the search for libraries can give.

use super::error::Error;
use crate::files::{Roots, walk};
use crate::options::Search;
use crate::paths::ImagePath;
use crate::program::Program;
use crate::resolve::{LoadError, Resolution, is_driver, names_origin};
use crate::suggest::shell_word;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Every reason for which the loader would not start the program; none if it would.
pub fn load_errors(resolution: &Resolution, program: &Program, search: &Search, roots: Roots<'_>) -> Vec<Error> {
    let missing = resolution.missing.iter().map(|missing| Error::Resolve {
        hint: lost_origin(program)
            .or_else(|| environment_hint(&missing.soname, search))
            .or_else(|| foreign_root(program, roots))
            .or_else(|| driver_hint(&missing.soname)),
        load_error: LoadError::Missing(missing.clone()),
    });
    let others = resolution.load_errors.iter().map(|load_error| Error::Resolve {
        hint: matches!(load_error, LoadError::Loader { .. }).then(|| foreign_root(program, roots)).flatten(),
        load_error: load_error.clone(),
    });
    // Without its loader a program loads no library.
    let loader = resolution.load_errors.iter().any(|load_error| matches!(load_error, LoadError::Loader { .. }));
    if loader { others.collect() } else { missing.chain(others).collect() }
}

/// A hint if the program names `$ORIGIN`, which the loader ignores in secure-execution mode (ld.so(8)).
fn lost_origin(program: &Program) -> Option<String> {
    let object = program.inspected.object.as_ref()?;
    let lists = [&object.rpath, &object.runpath];
    let named = lists.into_iter().flatten().any(|list| names_origin(list));
    (program.is_secure() && named).then(|| {
        "the program runs with elevated privileges, and the loader then ignores `$ORIGIN`: link it with absolute \
         directories, or take the privileges away (`chmod ug-s`, `setcap -r`)"
            .to_owned()
    })
}

/// A hint if a directory of the builder's own LD_LIBRARY_PATH has the missing library.
fn environment_hint(soname: &[u8], search: &Search) -> Option<String> {
    let list = search.environment.as_ref()?;
    let parts = list.as_bytes().split(|byte| matches!(byte, b':' | b';')).filter(|part| !part.is_empty());
    let directory = parts
        .map(|part| PathBuf::from(OsStr::from_bytes(part)))
        .find(|directory| directory.join(OsStr::from_bytes(soname)).is_file())?;
    Some(format!(
        "LD_LIBRARY_PATH leads to it here, and does not count in an image: use `--library-path {}`",
        shell_word(&directory.display().to_string())
    ))
}

/// A hint if the missing library belongs to a driver, which machines without the device lack.
pub fn driver_hint(soname: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(soname);
    is_driver(soname).then(|| {
        format!(
            "a driver has it, and the runtime of the container brings it from the machine that runs it: \
             `--provided {name}` packs without it"
        )
    })
}

/// Debian's directories for other machines, by Go's name of the architecture.
const TRIPLETS: [(&str, &str); 9] = [
    ("arm64", "aarch64-linux-gnu"),
    ("arm", "arm-linux-gnueabihf"),
    ("386", "i686-linux-gnu"),
    ("riscv64", "riscv64-linux-gnu"),
    ("ppc64le", "powerpc64le-linux-gnu"),
    ("ppc64", "powerpc64-linux-gnu"),
    ("s390x", "s390x-linux-gnu"),
    ("loong64", "loongarch64-linux-gnu"),
    ("mips64le", "mips64el-linux-gnuabi64"),
];

/// A hint if this machine has a root for the program's machine, as Debian's cross compilers install one, and the user
/// named no root.
fn foreign_root(program: &Program, roots: Roots<'_>) -> Option<String> {
    if roots.directory != Some(Path::new("/")) {
        return None;
    }
    let architecture = &program.inspected.platform.as_ref()?.architecture;
    let (_, triplet) = TRIPLETS.iter().find(|(name, _)| name == architecture)?;
    let root = ImagePath::known("/usr").join(triplet)?;
    walk(roots.host, root.as_path())
        .is_ok()
        .then(|| format!("the program is for another machine, whose libraries are in `{root}`: use `--sysroot {root}`"))
}
