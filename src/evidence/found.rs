//! What came of the evidence.

use super::accounts::Account;
use super::finding::{Finding, ObjectId};
use super::item::Item;
use super::starts::Starts;
use crate::events::{LeftOut, Warning};
use crate::files::Place;

/// What the evidence brings, and what it has to say about it.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What the objects show.
    pub findings: Vec<Finding>,
    /// What comes in.
    pub brought: Vec<Item>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What was looked for and is not there, or was shown and is not wanted: what, and why.
    pub left_out: Vec<LeftOut>,
    /// What the user may want to add, a sentence each.
    pub hints: Vec<String>,
    /// Other programs that the program starts.
    pub starts: Starts,
    /// Where the file of each object is that was looked at, at the end of all links; an [`ObjectId`] is an index.
    pub(super) objects: Vec<Place>,
    /// Users of the machine that the program names.
    pub accounts: Vec<Account>,
}

impl Evidence {
    /// Where the file of an object is.
    pub fn object(&self, id: ObjectId) -> &Place {
        &self.objects[id.0]
    }
}
