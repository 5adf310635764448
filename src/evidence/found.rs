//! Evidence of all objects, once nothing new appears.

use super::accounts::Account;
use super::candidate::Candidate;
use super::finding::{Finding, ObjectId};
use super::item::Item;
use crate::events::{LeftOut, Warning};
use crate::files::Place;

/// Findings of all objects, the items that they bring, and what users are told about them.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Rules whose signs the objects have, in the order of the objects.
    pub findings: Vec<Finding>,
    /// Files, links and directories that come in.
    pub brought: Vec<Item>,
    /// Problems that do not stop us.
    pub warnings: Vec<Warning>,
    /// Things that objects need and that are not in: they do not exist, or are not wanted.
    pub left_out: Vec<LeftOut>,
    /// Things that the user may want to add, a sentence each.
    pub hints: Vec<String>,
    /// Whether the program is started by the path by which it was called, since what it finds depends on it.
    pub stays: bool,
    /// What objects show and what does not come in.
    pub candidates: Vec<Candidate>,
    /// The first program that gives commands to a shell, the packed one or one that is added, and its function for that.
    pub shell: Option<(String, &'static str)>,
    /// The finding of a compiler of which no package tells what it needs.
    pub compiler: Option<Finding>,
    /// The first program of an image that names the shell, and how.
    pub named_shell: Option<(String, &'static str)>,
    /// The place of each object's file, at the end of all links; an [`ObjectId`] is an index.
    pub(super) objects: Vec<Place>,
    /// Users of the machine that the program names.
    pub accounts: Vec<Account>,
}

impl Evidence {
    /// The place of an object's file, at the end of all links.
    pub fn object(&self, id: ObjectId) -> &Place {
        &self.objects[id.0]
    }
}
