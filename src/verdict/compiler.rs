//! Compilers of which no package tells what they need to compile and link: that is told once and whole.
//!
//! The evidence is the rule `compiler`: an object that names the start files of programs and the system's headers.

use crate::closure::Closure;
use crate::events::Warning;
use crate::evidence::Finding;
use crate::files::{Files, walk};
use crate::paths::ImagePath;
use crate::rootfs::Rootfs;
use crate::suggest::shell_word;
use std::path::{Path, PathBuf};

/// The name of the rule.
pub const RULE: &str = "compiler";

/// The directory of the parts of GCC, which other compilers link with too.
pub const GCC: &str = "/usr/lib/gcc";

/// The system's headers.
const HEADERS: &str = "/usr/include";

/// Start files, and what a linker finds in place of the C library.
const START: [&str; 9] =
    ["crt1.o", "Scrt1.o", "crti.o", "crtn.o", "libc.so", "libc_nonshared.a", "libm.so", "libm.so.6", "libmvec.so.1"];

/// Warns of what a compiler needs, is in `files`, and is not in `rootfs`.
pub fn compiler(given: &str, closure: &Closure, rootfs: &Rootfs, files: &dyn Files) -> Option<Warning> {
    let finding = closure.evidence.compiler.as_ref()?;
    let name = closure.program.name().to_string_lossy();
    let lacking: Vec<String> = parts(finding, &name, &closure.resolution.directories, files)
        .into_iter()
        .filter(|path| walk(files, path).is_ok() && walk(rootfs, path).is_err())
        .map(|path| path.display().to_string())
        .collect();
    // Without the headers, or what the linker needs first, nothing is compiled.
    let is_needed = |path: &String| path == HEADERS || path.ends_with("crt1.o") || path.starts_with(GCC);
    lacking.iter().any(is_needed).then(|| {
        let add: Vec<String> = lacking.iter().map(|path| format!("--add {}", shell_word(path))).collect();
        Warning {
            code: RULE,
            message: format!(
                "`{given}` is a compiler: it needs headers, start files, an assembler and a linker, and the image lacks them"
            ),
            details: vec![format!("`{}` names `{HEADERS}` and `crt1.o`", finding.object)],
            hint: format!("`{}` takes them in", add.join(" ")),
        }
    })
}

/// The files and directories that a compiler opens or starts. `name` is that of the program, `directories` the loader's
/// default ones.
fn parts(finding: &Finding, name: &str, directories: &[PathBuf], files: &dyn Files) -> Vec<PathBuf> {
    let mut parts = vec![PathBuf::from(HEADERS)];
    let has_start = |directory: &&PathBuf| walk(files, &directory.join("crt1.o")).is_ok();
    let libraries = directories.iter().find(has_start).map(|directory| real(directory, files));
    let triplet = libraries.as_deref().and_then(Path::file_name).unwrap_or_default().to_owned();
    parts.extend(libraries.iter().flat_map(|directory| START.map(|name| directory.join(name))));
    if finding.all.contains(&GCC) {
        parts.extend(gcc(&Path::new(GCC).join(triplet), name, files));
        parts.extend(["/usr/bin/as", "/usr/bin/ld"].map(PathBuf::from));
    }
    parts
}

/// The directory of one version of GCC in `above`: the one that `name` tells, else the newest.
fn gcc(above: &Path, name: &str, files: &dyn Files) -> Option<PathBuf> {
    let names = files.list(&ImagePath::new(real(above, files))?).ok()?;
    let versions = names.iter().filter_map(|(version, _)| version.to_str()?.parse::<u32>().ok());
    let told = name.rsplit('-').next().and_then(|version| version.parse::<u32>().ok());
    let version = versions.max_by_key(|version| (Some(*version) == told, *version))?;
    Some(above.join(version.to_string()))
}

/// The path at the end of all links; `path` itself if nothing is there.
fn real(path: &Path, files: &dyn Files) -> PathBuf {
    walk(files, path).map_or(path.to_owned(), |end| end.real.as_path().to_owned())
}
