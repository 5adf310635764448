//! What pack's own words tell somebody who reads them: how many, which flags they name, and what they speak of.

use std::path::{Path, PathBuf};

/// Flags that change how much is printed, or how large the image is, and not what it holds.
const APART: [&str; 9] =
    ["--strip", "--upx", "--explain", "--json", "--dry-run", "-v", "--layers", "--quiet", "--user"];

/// The words of one run.
pub struct Advice {
    text: String,
}

impl Advice {
    pub fn new(text: String) -> Self {
        Self { text }
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.text.lines().filter(|line| line.starts_with("warning: ")).count()
    }

    /// How many hints there are besides those that belong to a warning.
    pub fn hints(&self) -> usize {
        let own = |line: &&str| line.starts_with("  hint ") && !line.contains("--strip");
        self.text.lines().filter(own).count()
    }

    /// The first error, for who asks why nothing was packed.
    pub fn first_error(&self) -> String {
        self.text.lines().find(|line| line.starts_with("error")).unwrap_or("no error").to_owned()
    }

    /// What stands in backticks.
    fn quoted(&self) -> impl Iterator<Item = &str> {
        self.text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
    }

    /// The flags, as a shell reads them, without those that leave a word to the reader.
    pub fn flags(&self) -> Vec<String> {
        let is_open = |word: &str| {
            word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || ":,.…=".contains(c)) || word.contains('…')
        };
        let flags = self.quoted().filter(|text| text.starts_with('-') && text.contains(' '));
        let flags = flags.filter(|text| !APART.iter().any(|apart| text.split([' ', '=']).next() == Some(apart)));
        let mut flags: Vec<_> = flags.filter(|text| !text.split([' ', '=']).any(is_open)).map(str::to_owned).collect();
        flags.sort();
        flags.dedup();
        flags
    }

    /// Whether the words name one of these files, a directory above, or a program by its name.
    pub fn speaks_of(&self, missing: &[PathBuf]) -> bool {
        let words = self.quoted().flat_map(|text| text.split([' ', ':', '=', '"', ')']));
        words.filter(|word| word.len() > 1).any(|word| {
            let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_str() == Some(word));
            let above = |path: &PathBuf| Path::new(word).components().count() > 2 && path.starts_with(word);
            missing.iter().any(|path| if word.contains('/') { above(path) } else { named(path) })
        })
    }
}

#[test]
fn flags_are_those_that_can_be_followed() {
    let text = "warning: `a` starts `sort`\n\nhint: `--add \"$(command -v sh)\"` takes it in; or `--lib SONAME`\n  hint       see `-v`";
    let advice = Advice::new(text.to_owned());
    assert_eq!(advice.flags(), ["--add \"$(command -v sh)\""]);
    assert_eq!((advice.warnings(), advice.hints()), (1, 1));
    assert!(advice.speaks_of(&[PathBuf::from("/usr/bin/sort")]) && !advice.speaks_of(&[PathBuf::from("/usr/bin/tr")]));
}
