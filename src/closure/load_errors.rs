//! What keeps the loader from starting the program, with what to do as far as more is known than the rule knows.

use super::error::Error;
use crate::files::{Roots, walk};
use crate::options::Search;
use crate::paths::ImagePath;
use crate::program::Program;
use crate::resolve::{LoadError, Resolution};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Everything that keeps the loader from starting the program.
pub fn load_errors(resolution: &Resolution, program: &Program, search: &Search, roots: Roots<'_>) -> Vec<Error> {
    let missing = resolution.missing.iter().map(|missing| Error::Resolve {
        hint: lost_origin(program)
            .or_else(|| in_environment(&missing.soname, search))
            .or_else(|| foreign(program, roots)),
        load_error: LoadError::Missing(missing.clone()),
    });
    let others = resolution.load_errors.iter().map(|load_error| Error::Resolve {
        hint: matches!(load_error, LoadError::Loader { .. }).then(|| foreign(program, roots)).flatten(),
        load_error: load_error.clone(),
    });
    // Without its loader there is no use in telling of libraries.
    let loader = resolution.load_errors.iter().any(|load_error| matches!(load_error, LoadError::Loader { .. }));
    if loader { others.collect() } else { missing.chain(others).collect() }
}

/// A program that runs with the rights of another finds nothing by `$ORIGIN` (ld.so(8), secure-execution mode).
fn lost_origin(program: &Program) -> Option<String> {
    let object = program.inspected.object.as_ref()?;
    let lists = [&object.rpath, &object.runpath];
    let named = lists.iter().filter_map(|list| list.as_ref()).any(|list| {
        let text = String::from_utf8_lossy(list);
        text.contains("$ORIGIN") || text.contains("${ORIGIN}")
    });
    (program.is_secure() && named).then(|| {
        "the program runs with the rights of another, and the loader then ignores `$ORIGIN`: link it with absolute \
         directories, or take the rights away (`chmod ug-s`, `setcap -r`)"
            .to_owned()
    })
}

/// Where the builder's own LD_LIBRARY_PATH has what is missing.
fn in_environment(soname: &[u8], search: &Search) -> Option<String> {
    let list = search.environment.as_ref()?;
    let parts = list.as_bytes().split(|byte| matches!(byte, b':' | b';')).filter(|part| !part.is_empty());
    let directory = parts
        .map(|part| PathBuf::from(OsStr::from_bytes(part)))
        .find(|directory| directory.join(OsStr::from_bytes(soname)).is_file())?;
    Some(format!(
        "LD_LIBRARY_PATH has it here, and does not count in an image: `--library-path {}`",
        directory.display()
    ))
}

/// Names of Debian's directories for other machines, by Go's word.
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

/// The root for another machine that this one has, where none was named.
fn foreign(program: &Program, roots: Roots<'_>) -> Option<String> {
    if roots.directory != Some(Path::new("/")) {
        return None;
    }
    let architecture = &program.inspected.platform.as_ref()?.architecture;
    let (_, triplet) = TRIPLETS.iter().find(|(name, _)| name == architecture)?;
    let root = ImagePath::known("/usr").join(triplet)?;
    walk(roots.host, root.as_path())
        .is_ok()
        .then(|| format!("it is for another machine, whose libraries are here: `--sysroot {root}`"))
}
