//! The commands, each a story told in values: what a step gives is what the next one takes, and it has all that it
//! says. A new command is a file here, a row in `main`, and its flags.

mod asked;
mod assemble;
mod config;
mod git;
mod inspect;
mod judge;
mod labels;
mod pack;
mod prepare;
mod signals;
mod unused;

pub use inspect::inspect;
pub use pack::pack;
