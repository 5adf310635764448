//! Names of images, normalised as the field does (distribution's `reference` package).

/// A name with a tag, whole: `docker.io/library/x:latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: String,
}
