//! Findings: rules whose signs an object has, and paths among its constants.

use super::rules::Rule;
use std::fmt;
use std::rc::Rc;

/// The number of an object, in the order in which objects were looked at, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub(super) usize);

impl ObjectId {
    /// How many objects were looked at before.
    pub fn number(self) -> usize {
        self.0
    }

    /// Whether the object was looked at before all others.
    pub fn is_first(self) -> bool {
        self.0 == 0
    }
}

/// An object that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenObject {
    /// Its name for people; two objects may have the same.
    pub name: Rc<str>,
    /// Its number, which no other object has.
    pub id: ObjectId,
}

impl SeenObject {
    /// The object that was looked at after `number` others.
    pub fn new(name: &str, number: usize) -> Self {
        Self { name: name.into(), id: ObjectId(number) }
    }
}

impl fmt::Display for SeenObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A rule whose signs an object has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that counts for the object.
    pub rule: &'static Rule,
    /// The object that has the signs.
    pub object: SeenObject,
    /// The text of the first of the rule's signs that the object has.
    pub shown: &'static str,
    /// The texts of all of the rule's signs that the object has.
    pub all: Vec<&'static str>,
    /// The package that has the signs, if it is known: `crypto/x509`.
    pub known_as: Option<&'static str>,
}

impl Finding {
    /// The reason for what the rule brings, as a phrase for people.
    pub fn because(&self) -> String {
        match self.known_as {
            Some(part) => format!("{part} is linked into `{}`", self.object),
            None if self.shown.starts_with('/') => format!("`{}` names `{}`", self.object, self.shown),
            None => format!("`{}` {}", self.object, self.rule.because),
        }
    }
}

/// A path among the constants of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedPath {
    /// The constant, unchanged.
    pub path: String,
    /// The object that has the constant.
    pub object: SeenObject,
}
