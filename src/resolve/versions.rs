//! Symbol versions: the loader does not start a program whose library lacks one that is needed (glibc,
//! elf/dl-version.c).

use super::loaded::LoadedObjects;
use super::outcome::LoadError;
use crate::events::Warning;

/// Compares what every loaded object needs with what the chosen libraries have. Each error comes with the one of the
/// request's `dlopens` that brought the object.
pub fn check(objects: &LoadedObjects<'_>) -> (Vec<(LoadError, Option<usize>)>, Vec<Warning>) {
    let (mut load_errors, mut warnings) = (Vec::new(), Vec::new());
    for (number, loaded) in objects.all.iter().enumerate().filter(|(_, loaded)| loaded.id.is_some()) {
        for needed in &objects.object(number).versions_needed {
            // What is missing is told elsewhere, and the loader has no versions that we read.
            let Some(library) = objects.answering(&needed.soname).and_then(|answers| objects.library(answers)) else {
                continue;
            };
            let object = objects.name(number).into_owned();
            let soname = String::from_utf8_lossy(&needed.soname).into_owned();
            let path = &library.place.path;
            match &library.object.versions_defined {
                None => warnings.push(Warning {
                    code: "no-versions",
                    message: format!(
                        "`{object}` was linked with versions of `{soname}`, and `{}` has none",
                        path.display()
                    ),
                    details: Vec::new(),
                    hint: "it may be another library of that name; name the directory of the right one with \
                           `--library-path DIR`"
                        .to_owned(),
                }),
                Some(defined) if defined.contains(&needed.version) || needed.weak => {}
                Some(_) => {
                    let version = String::from_utf8_lossy(&needed.version).into_owned();
                    let load_error = LoadError::Version { object, version, soname, library: path.clone() };
                    load_errors.push((load_error, loaded.dlopen));
                }
            }
        }
    }
    (load_errors, warnings)
}
