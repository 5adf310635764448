//! Files that a program opens beside the libraries that its header names, and the evidence for them.
//!
//! "The usual files" are not copied: each file comes in because a sign in an object shows the need ([`rules`]), and the
//! image can tell which. Certificates, time zones, locales and converters that the user asks for by a flag come in here
//! too.
//!
//! Settings of the machine that runs pack are not taken: neither its zone, nor its locale, nor its `nsswitch.conf`.

pub mod accounts;
mod beside;
mod bonds;
pub mod candidate;
mod carrier;
mod certificates;
mod collector;
mod command_lines;
mod data_directories;
mod development;
mod error;
mod finding;
mod fontconfig;
mod fonts;
mod found;
mod frozen;
mod gcc;
mod gconv;
mod intake;
mod item;
mod java;
pub mod judgement;
mod ledger;
mod locales;
mod mentions;
mod name_services;
mod named;
mod owned;
mod pam;
mod passed;
mod pem;
mod perl;
mod postgres;
mod python;
mod registry;
pub mod rules;
mod scan;
mod scripts;
mod seen;
mod settings;
mod shared;
pub mod shell;
mod sonames;
mod start_files;
mod starts;
mod state;
mod surroundings;
pub mod table;
mod terminfo;
mod texts;
mod tzdata;
mod venv;
mod weight;
mod words;
mod written;

pub use collector::EvidenceCollector;
pub use error::Error;
pub use finding::{Finding, SeenObject};
pub use found::Evidence;
pub use intake::ElfFile;
pub use item::{Item, ItemKind};
pub use seen::{ObjectRole, look};
