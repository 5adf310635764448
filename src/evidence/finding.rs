//! What an object shows: rules whose signs are in it, and paths among its constants.

use super::rules::Rule;
use std::fmt;
use std::rc::Rc;

/// Which of the objects that were looked at, in the order in which they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub(super) usize);

/// An object that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenObject {
    /// Its name for people: two objects may have one.
    pub name: Rc<str>,
    /// Which one it is.
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

/// One rule that one object has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The object.
    pub object: SeenObject,
    /// What was found, the first of the rule's signs that is there.
    pub shown: &'static str,
    /// All of the rule's signs that are there.
    pub all: Vec<&'static str>,
    /// What people know it by, where it is more than the text that was found: `crypto/x509`.
    pub known_as: Option<&'static str>,
}

impl Finding {
    /// Why, as a phrase for people.
    pub fn because(&self) -> String {
        match self.known_as {
            Some(part) => format!("{part} is linked into `{}`", self.object),
            None if self.shown.starts_with('/') => format!("`{}` names `{}`", self.object, self.shown),
            None => format!("`{}` {}", self.object, self.rule.because),
        }
    }
}

/// A path that an object has as a constant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// As it stands there.
    pub path: String,
    /// The object.
    pub object: SeenObject,
}
