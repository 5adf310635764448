//! pack: one compiled Linux program in, a container image out that holds it and exactly what it needs.
//!
//! The data goes one way; each step takes a finished value and gives one that knows more:
//!
//! ```text
//! ─prepare▶ Program ─close▶ Closure ─assemble▶ Rootfs ─judge▶ Verdict ─shrink▶ Packed ─encode▶ Layers ─describe▶ Image
//!          ─deliver▶
//! ```
//!
//! `commands` tells that story. `docs/design.md` lists the rooms in their order.

mod accounts;
mod blob;
mod bytes;
mod cache;
mod closure;
mod commands;
mod compress;
mod content;
mod elf;
pub mod error;
pub mod events;
mod evidence;
mod explain;
mod file;
mod files;
mod image;
mod layer;
pub mod options;
mod output;
mod packages;
mod paths;
mod platform;
mod program;
mod reference;
mod resolve;
mod rootfs;
mod shrink;
mod source;
mod suggest;
pub mod summary;
mod temporary;
mod tools;
mod verdict;

pub use commands::{inspect, pack as run};

/// What the values of [`options`] and [`summary`] are made of.
pub mod facts {
    pub use crate::compress::Compression;
    pub use crate::elf::{GoBuild, Inspected, Kind, Libc, Linkage, Sizes, Toolchain};
    pub use crate::evidence::Finding;
    pub use crate::explain::Explained;
    pub use crate::image::{Image, ImageConfig};
    pub use crate::output::Target;
    pub use crate::packages::Package;
    pub use crate::paths::ImagePath;
    pub use crate::platform::Platform;
    pub use crate::reference::Reference;
    pub use crate::resolve::{Library, LibraryId, Needer, Resolution, Skipped};
    pub use crate::rootfs::{Cause, Entry, Node, Reason, Rootfs};
    pub use crate::shrink::Stripped;
    pub use crate::source::{Source, SourceLayer};
    pub use crate::suggest::shell_word;
}

/// What tests and benches look at from outside. No part of the library: whatever changes inside changes here.
#[doc(hidden)]
pub mod testing {
    pub mod blob {
        pub use crate::blob::{BlobStore, Descriptor, Digest};
    }
    pub mod bytes {
        pub use crate::bytes::ReadAt;
    }
    pub mod cache {
        pub use crate::cache::{CacheDirectory, LayerCache};
    }
    pub mod closure {
        pub use crate::closure::{Closure, close, needs};
    }
    pub mod compress {
        pub use crate::compress::{Compression, Encoder};
    }
    pub mod content {
        pub use crate::content::{Content, Pieces};
    }
    pub mod elf {
        pub use crate::elf::{Kind, Section, header, inspect, sections, segments};
    }
    pub mod evidence {
        pub use crate::evidence::{ObjectRole, SeenObject, look};
        pub mod judgement {
            pub use crate::evidence::judgement::{Row, TABLE};
        }
        pub mod table {
            pub use crate::evidence::table::RULES;
        }
    }
    pub mod file {
        pub use crate::file::{FileId, HostFile};
    }
    pub mod files {
        pub use crate::files::{HostRoot, HostRoots, Overlay, OverlayLayer, Place, Root, Roots};
    }
    pub mod layer {
        pub use crate::layer::{How, encode, write_tar};
    }
    pub mod packages {
        pub use crate::packages::{PackageDatabase, PackageFacts, PackageId};
    }
    pub mod program {
        pub use crate::program::{Program, open};
    }
    pub mod resolve {
        pub use crate::resolve::{KnownFiles, Library, LoadError, Request, Resolution, SearchSettings, resolve};
        pub mod cache {
            pub use crate::resolve::cache::{LdSoCacheEntry, write};
        }
    }
    pub mod rootfs {
        pub use crate::rootfs::{Rootfs, assemble};
    }
    pub mod shrink {
        pub mod strip {
            pub use crate::shrink::strip::{StripOutcome, strip};
        }
    }
}
