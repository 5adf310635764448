//! What was probably meant: the existing name that is most similar to a missing one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How similar a name must be, from 0 to 1, to be what was meant.
const ENOUGH: f64 = 0.75;

/// The most similar of `names`, if one is similar enough to be meant.
pub fn closest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let like = |name: &str| strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase());
    let best = names.into_iter().max_by(|a, b| like(a).total_cmp(&like(b)))?;
    (like(best) >= ENOUGH).then_some(best)
}

/// The most similar name in the directory of `path`, beside it.
pub fn beside(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<OsString> =
        std::fs::read_dir(directory).ok()?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let texts: Vec<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    closest(&wanted, texts).map(|best| path.with_file_name(best))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_name_is_meant_or_none() {
        let names = ["Europe/Berlin", "Europe/Paris", "America/Lima"];
        assert_eq!(closest("europe/berln", names), Some("Europe/Berlin"));
        assert_eq!(closest("xyz", names), None);
        assert_eq!(closest("x", []), None);
    }
}
