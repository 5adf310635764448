//! Which files the loader will map, found without running anything.
//!
//! The order of ld.so(8) is followed, not a walk through a tree: breadth first, with the list of what is loaded
//! already (by the names asked for, SONAME, device and inode), because what was found first answers later
//! requests, also of others. Asking the host's loader would mean running it, and it knows neither other
//! machines nor other roots.
//!
//! Each search is a list of steps (`step.rs`), made by the rules of glibc or musl without a look at any file, and run
//! by one loop (`search.rs`): which rungs were skipped, and why, is part of the answer.
//!
//! Not modelled: what a program opens by name at run time (`evidence`), `ld.so.preload` and the environment of
//! the machine, prelinking.

pub mod cache;
mod candidate;
mod conf;
mod drivers;
mod engine;
mod expand;
mod glibc;
mod indexed;
mod known;
mod lists;
mod loaded;
mod loader;
mod machine;
mod musl;
mod nix;
mod outcome;
mod program_loader;
mod request;
mod resolution;
mod roots;
mod rule;
mod rules;
mod search;
mod skipped;
mod step;
#[cfg(test)]
mod tests;
mod trail;
mod versions;

pub use drivers::is_driver;
pub use expand::{after_origin, names_origin};
pub use known::KnownFiles;
pub use machine::cache_flag;
pub use outcome::{LoadError, Missing};
pub use request::{Dlopen, Request, SearchSettings};
pub use resolution::{Library, LibraryId, Needer, Provided, Resolution};
pub use rule::SearchRule;
pub use skipped::Skipped;

/// Finds what `request` will load: all that is needed from the start, then what is opened when the program runs.
pub fn resolve(request: &Request<'_>) -> Resolution {
    let mut engine = engine::Engine::new(request);
    engine.load_needed();
    for (number, dlopen) in request.dlopens.iter().enumerate() {
        engine.open(number, dlopen);
    }
    engine.finish()
}
