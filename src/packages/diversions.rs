//! Files of packages that stand at another path than their package says (dpkg-divert(1)).

use super::lists::lines;
use super::spelling::Spelling;
use std::collections::BTreeMap;

/// Which paths are diverted, by canonical names.
#[derive(Debug, Default)]
pub struct Diversions {
    /// Where the file goes instead, and the package to which the path is left.
    from: BTreeMap<Vec<u8>, (Vec<u8>, String)>,
    to: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
}

impl Diversions {
    /// Three lines each: the path, where another package's file of that path is instead, the package to which the
    /// path is left; `:` is the administrator.
    pub fn new(text: &[u8], spelling: &Spelling) -> Self {
        let mut diversions = Self::default();
        let all: Vec<&[u8]> = lines(text).collect();
        for three in all.chunks_exact(3) {
            let [from, to] = [three[0], three[1]].map(|path| spelling.canonical(path).into_owned());
            diversions.to.entry(to.clone()).or_default().push(from.clone());
            diversions.from.insert(from, (to, String::from_utf8_lossy(three[2]).into_owned()));
        }
        diversions
    }

    /// Where a file that a package of this name has at `path` really is; `None`: at `path`.
    pub fn elsewhere(&self, path: &[u8], package: &str) -> Option<&[u8]> {
        self.from.get(path).filter(|(_, left_to)| left_to != package).map(|(to, _)| to.as_slice())
    }

    /// The paths whose files may be at `path` instead.
    pub fn led_to(&self, path: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.to.get(path).into_iter().flatten().map(Vec::as_slice)
    }
}
