//! pack: one compiled Linux program in, a container image out that holds it and exactly what it needs.
//!
//! The data goes one way; each step takes a finished value and gives one that knows more:
//!
//! ```text
//! program ─inspect▶ Inspected ─close▶ Closure ─assemble▶ Rootfs ─judge▶ Rootfs ─encode▶ Layers ─describe▶ Image ─deliver▶
//! ```
//!
//! A module imports only what stands above it in `docs/design.md`, section 1.

pub mod blob;
pub mod compress;
pub mod elf;
pub mod events;
pub mod image;
pub mod layer;
pub mod options;
pub mod paths;
pub mod platform;
pub mod reference;
pub mod rootfs;
pub mod sysroot;
