//! What is known of a package.

use crate::paths::ImagePath;
use std::fmt;

/// A package of one database, by its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub(super) u32);

impl PackageId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a database has fewer packages"))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A package that is installed, as messages name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name, without an architecture.
    pub name: String,
    /// Its version; empty where the database has none.
    pub version: String,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " {}", self.version) }
    }
}

/// What a database says of a package, and which other packages the package asks for.
///
/// Of alternatives the first one that is installed counts; a name that several packages provide stands for the first
/// of them. What is not installed is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFacts {
    /// The name, without an architecture.
    pub name: String,
    /// The version; empty where the database has none.
    pub version: String,
    /// The source package that the package is built from (apk: its origin).
    pub source: String,
    /// Those without which the package does not work (`Depends` and `Pre-Depends`; apk's `D:`).
    pub depends: Vec<PackageId>,
    /// Those with which the package is usually installed (`Recommends`).
    pub recommends: Vec<PackageId>,
    /// Those that make the package more useful (`Suggests`).
    pub suggests: Vec<PackageId>,
    /// Its settings (dpkg's conffiles), each with the MD5 sum of the file that the package brought, in hexadecimal.
    pub settings: Vec<(ImagePath, String)>,
    /// Whether every system has the package (`Essential: yes`).
    pub essential: bool,
    /// Whether the package is there as a whole, not only the settings that a removed one left.
    pub installed: bool,
}
