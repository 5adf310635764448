//! What else the program opens, beside itself and what its header names, and what shows it.
//!
//! "The usual files" are not copied: each file comes in because something in an object shows the need
//! ([`rules`]), and the image can tell which. What the user asks for by a flag has its place here too where
//! it is of the same kind: certificates and time zones.
//!
//! Nothing of the builder's own settings is taken: not its zone, its locale, or its `nsswitch.conf`.

pub mod accounts;
mod certificates;
mod collector;
mod error;
mod finding;
mod found;
mod gconv;
mod intake;
mod item;
mod java;
mod locales;
mod named;
mod postgres;
mod python;
pub mod rules;
mod scan;
mod seen;
pub mod starts;
mod state;
pub mod table;
mod terminfo;
mod tzdata;

pub use collector::EvidenceCollector;
pub use error::Error;
pub use finding::{Finding, SeenObject};
pub use found::Evidence;
pub use item::{Item, Source};
pub use seen::{Who, look};
