//! What came of a run, as values; `report` turns them into words.

use crate::blob::Digest;
use crate::compress::Compression;
use crate::elf::{Inspected, Sizes};
use crate::error::Problem;
use crate::events::Warning;
use crate::evidence::Finding;
use crate::explain::{Analysis, Explained};
use crate::image::{Image, ImageConfig};
use crate::options::Format;
use crate::output::Target;
use crate::packages::Package;
use crate::paths::ImagePath;
use crate::platform::Platform;
use crate::program::Program;
use crate::reference::Reference;
use crate::resolve::Resolution;
use crate::rootfs::Assembled;
use crate::shrink::{self, Shrunk};
use crate::source::Source;
use std::collections::BTreeMap;

/// What came of packing.
#[derive(Debug)]
pub struct Summary {
    /// The image's names.
    pub names: Vec<Reference>,
    /// In which form.
    pub format: Format,
    /// Where it was written; `None`: nowhere, in a dry run.
    pub target: Option<Target>,
    /// What was packed: one for each program.
    pub packed: Vec<Packed>,
    /// What the configuration of each says.
    pub configurations: Vec<ImageConfig>,
    /// How layers are compressed.
    pub compression: Compression,
    /// The images of `packed`, in their order; `None` in a dry run, and where a tree was written plain.
    pub delivered: Option<Delivered>,
    /// What should be known.
    pub warnings: Vec<Warning>,
}

impl Summary {
    /// What was packed, each with its image where there is one.
    pub fn images(&self) -> impl Iterator<Item = (&Packed, Option<&Image>)> {
        let images = self.delivered.iter().flat_map(|delivered| &delivered.images);
        self.packed.iter().zip(images.map(Some).chain(std::iter::repeat(None)))
    }
}

/// Images that are where they were wanted.
#[derive(Debug)]
pub struct Delivered {
    /// Of the manifest, or of the index where there are several images.
    pub digest: Digest,
    /// The images.
    pub images: Vec<Image>,
}

/// A program with all that goes into its image.
#[derive(Debug)]
pub struct Packed {
    /// The program as it was given.
    pub given: String,
    /// Labels that it shows, where these were asked for.
    pub labels: Vec<(String, String)>,
    /// What the image is for.
    pub platform: Platform,
    /// What the program is.
    pub inspected: Inspected,
    /// What it shows.
    pub findings: Vec<Finding>,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// The tree.
    pub assembled: Assembled,
    /// What its program may miss, a sentence each.
    pub hints: Vec<String>,
    /// Whether signals do nothing to it as process 1, as far as its files show.
    pub ignores_signals: bool,
    /// What was made smaller.
    pub shrunk: Shrunk,
    /// What else is known of its files, where that was asked for.
    pub explained: Option<Explained>,
}

impl Packed {
    /// Bytes of the program and its libraries, in which evidence is looked for.
    pub fn read(&self) -> u64 {
        let Sizes { code, read_only, data, symbols, debug, overlay, other } = self.inspected.sizes;
        let libraries = self.resolution.libraries.iter().map(|library| library.walk.stat.identity.size);
        code + read_only + data + symbols + debug + overlay + other + libraries.sum::<u64>()
    }

    /// What shows the need of certificates, where that has a name of its own.
    pub fn known_as(&self) -> Option<&'static str> {
        self.findings.iter().find_map(|finding| finding.known_as)
    }
}

/// What a file is.
#[derive(Debug)]
pub enum Inspection {
    /// A program, or something that is not one.
    Program(Box<ProgramInspection>),
    /// A file that has the form of an image.
    Image(Box<ImageInspection>),
}

/// What a file is that is not an image.
#[derive(Debug)]
pub struct ProgramInspection {
    /// As it was given.
    pub given: String,
    /// What is found in it; `None` where it cannot be read.
    pub found: Option<FoundProgram>,
    /// What speaks against packing it.
    pub problems: Vec<Problem>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What it may miss in its image, a sentence each.
    pub hints: Vec<String>,
}

/// What is found in a program.
#[derive(Debug)]
pub struct FoundProgram {
    /// The program.
    pub program: Program,
    /// Bytes that strip would drop.
    pub removable: u64,
    /// Its loader and libraries.
    pub resolution: Resolution,
    /// What it shows.
    pub findings: Vec<Finding>,
    /// The packages that its libraries belong to, by their paths in the sysroot; where that was asked for.
    pub packages: Option<BTreeMap<ImagePath, Package>>,
}

impl FoundProgram {
    /// A program with its libraries, whose packages were not looked up.
    pub fn new(program: Program, resolution: Resolution, findings: Vec<Finding>) -> Self {
        let removable = shrink::removable(&*program.file, &program.inspected);
        Self { program, removable, resolution, findings, packages: None }
    }
}

/// What an image is.
#[derive(Debug)]
pub struct ImageInspection {
    /// As it was given.
    pub given: String,
    /// What is found in it; `None` where it cannot be read.
    pub found: Option<FoundImage>,
    /// What keeps its program from starting, or the image from being read.
    pub problems: Vec<Problem>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What its program may miss, a sentence each.
    pub hints: Vec<String>,
}

/// What is found in an image.
#[derive(Debug)]
pub struct FoundImage {
    /// The image.
    pub source: Source,
    /// What its program needs.
    pub analysis: Analysis,
    /// What else is known of its files, where that was asked for.
    pub explained: Option<Explained>,
}
