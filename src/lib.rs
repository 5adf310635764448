//! pack: one compiled Linux program in, a container image out that holds it and exactly what it needs.
//!
//! The data goes one way; each step takes a finished value and gives one that knows more:
//!
//! ```text
//! program ─inspect▶ Inspected ─close▶ Closure ─assemble▶ Rootfs ─judge▶ Rootfs ─shrink▶ Rootfs ─encode▶ Layers
//!         ─describe▶ Image ─deliver▶
//! ```
//!
//! A module imports only what stands above it in `docs/design.md`, section 1.

pub mod blob;
pub mod bytes;
pub mod cache;
pub mod cli;
pub mod closure;
pub mod commands;
pub mod compress;
pub mod content;
pub mod elf;
pub mod error;
pub mod events;
pub mod evidence;
pub mod explain;
pub mod file;
pub mod files;
pub mod image;
pub mod layer;
pub mod options;
pub mod output;
pub mod packages;
pub mod paths;
pub mod platform;
pub mod program;
pub mod reference;
pub mod report;
pub mod resolve;
pub mod rootfs;
pub mod shrink;
pub mod source;
pub mod suggest;
pub mod summary;
pub mod temporary;
pub mod tools;
pub mod verdict;

pub use commands::{inspect, pack as run};
