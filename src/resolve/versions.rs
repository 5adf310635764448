//! Symbol versions: the loader does not start a program whose library lacks one that it needs
//! (glibc, elf/dl-version.c). musl does not compare them.

use super::Engine;
use super::outcome::LoadError;

/// Compares what every loaded object needs with what the chosen libraries have.
pub fn check(engine: &mut Engine<'_>) {
    if engine.musl.is_some() {
        return;
    }
    let mut load_errors = Vec::new();
    let mut unversioned = Vec::new();
    for index in (0..engine.loaded.len()).filter(|index| engine.loaded[*index].number.is_some()) {
        for needed in &engine.object(index).versions_needed {
            // What is missing is told elsewhere, and the loader has no versions that we read.
            let Some(number) = engine.known(&needed.soname).and_then(|known| engine.loaded[known].number) else {
                continue;
            };
            let Some(library) = number.checked_sub(1).map(|number| &engine.found.libraries[number]) else { continue };
            let object = engine.called(index);
            let soname = String::from_utf8_lossy(&needed.soname).into_owned();
            match &library.object.versions_defined {
                None => unversioned.push((object, soname, library.place.path.clone())),
                Some(defined) if defined.contains(&needed.version) || needed.weak => {}
                Some(_) => load_errors.push((
                    LoadError::Version {
                        object,
                        version: String::from_utf8_lossy(&needed.version).into_owned(),
                        soname,
                        library: library.place.path.clone(),
                    },
                    engine.loaded[index].later,
                )),
            }
        }
    }
    for (load_error, later) in load_errors {
        engine.load_error(load_error, later);
    }
    unversioned.sort();
    unversioned.dedup();
    for (object, soname, path) in unversioned {
        engine.warn(
            "no-versions",
            format!("`{object}` was linked with versions of `{soname}`, and `{}` has none", path.display()),
            "it may be another library of that name; name the directory of the right one with `--library-path DIR`",
        );
    }
}
