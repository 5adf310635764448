//! The ledger: candidates that stay out, each once, with what the table says of it.

use super::bonds::Bonds;
use super::candidate::{Bond, Candidate, CandidateKind, Distance, Shown};
use super::intake::{Intake, ItemReason, Taken};
use super::judgement::{Judgement, judge, most_taken};
use super::perl;
use super::registry;
use super::seen::Seen;
use crate::elf::Bytes;
use crate::file::FileKind;
use crate::files::{Place, Roots, Walk};
use crate::packages::{PackageDatabase, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// The name of the rule by which an object names what comes in.
pub const OWN_DATA: &str = "own-data";

/// The name of the rule by which a package's own directories come in.
pub const PACKAGE: &str = "package";

/// The name of the rule by which libraries come in that an object opens.
pub const OPENED: &str = "opened";

/// The name of the rule by which directories come in that list modules.
pub const REGISTRY: &str = "registry";

/// The largest program of a package that every system has that counts as needed by all, in bytes.
const LARGEST_TOOL: u64 = 256 << 10;

/// The candidates of all objects that did not come in.
pub struct Ledger<'a, 'p> {
    /// What objects and things have to do with each other.
    pub bonds: Bonds<'a, 'p>,
    /// The size of all libraries of the closure, in bytes.
    pub libraries: u64,
    /// The packages whose directories were looked at, and for how near an object.
    looked: BTreeMap<PackageId, Distance>,
    /// For each package that was asked for, the programs of the packages around it, by their names.
    pub programs_around: BTreeMap<PackageId, Rc<BTreeMap<String, Place>>>,
    /// The place of the packed program, once it was looked at.
    packed: Option<Place>,
    /// The places of the modules that came in because the packed program names them.
    opened: BTreeSet<Place>,
    /// The sonames that objects so far need.
    pub sonames: BTreeSet<Bytes>,
    /// Programs that came in, and were not looked at yet: scripts need more.
    pub started: Vec<Candidate>,
    /// Programs that scripts run, or that every system has: what their packages hold, and the names in them, do not count.
    pub tools: BTreeSet<Place>,
    /// The scripts that were followed.
    pub scripts: BTreeSet<Place>,
    /// By place: of several objects that show a thing, the nearest counts.
    candidates: BTreeMap<Place, Candidate>,
}

impl<'a, 'p> Ledger<'a, 'p> {
    /// An empty ledger. `packages` is the package database of the sysroot.
    pub fn new(roots: Roots<'a>, packages: &'a PackageDatabase<'p>) -> Self {
        Self {
            bonds: Bonds::new(roots, packages),
            libraries: 0,
            looked: BTreeMap::new(),
            programs_around: BTreeMap::new(),
            packed: None,
            opened: BTreeSet::new(),
            sonames: BTreeSet::new(),
            started: Vec::new(),
            tools: BTreeSet::new(),
            scripts: BTreeSet::new(),
            candidates: BTreeMap::new(),
        }
    }

    /// Tells where the packed program is, at the end of all links.
    pub fn packed(&mut self, place: &Place) {
        self.packed = Some(place.clone());
    }

    /// Whether the packed program opens the library at `place`, the end of all links, by a name that it has.
    pub fn is_opened(&self, place: &Place) -> bool {
        self.opened.contains(place)
    }

    /// How far `seen` is from the packed program. A library that the program names and that one source made with it is a
    /// part of the program: what it names counts as what the program names.
    pub fn distance(&self, seen: &Seen) -> Distance {
        if seen.distance == Distance::Direct && self.is_of_its_source(seen) { Distance::Program } else { seen.distance }
    }

    /// Whether one source package made `seen` and the packed program.
    pub fn is_of_its_source(&self, seen: &Seen) -> bool {
        self.packed.as_ref().is_some_and(|packed| self.bonds.are_of_one_source(packed, &seen.place))
    }

    /// The candidate at `place`, which `end` leads to, as `seen` shows it.
    pub fn candidate(&self, seen: &Seen, place: Place, end: &Walk, kind: CandidateKind, shown: Shown) -> Candidate {
        let mut bond = self.bonds.between(&seen.place, &place, end);
        // What is named after a library, and the library's package does without, few programs ask for that do not name it.
        let is_far = kind == CandidateKind::Data && seen.distance == Distance::Further && bond == Bond::Own;
        if is_far && self.bonds.is_by_name_alone(&seen.place, &place, end) {
            bond = Bond::Needed;
        }
        let bytes = if end.stat.kind == FileKind::File { end.stat.identity.size } else { 0 };
        // What such a library can do with things of others, few programs ask of it.
        let is_of_others = matches!(bond, Bond::Foreign | Bond::Unknown);
        let opens = matches!(
            kind,
            CandidateKind::Module | CandidateKind::Data | CandidateKind::Program | CandidateKind::ProgramName
        );
        let distance = if is_of_others && opens { seen.distance } else { self.distance(seen) };
        let object = seen.object.clone();
        let is_path = kind == CandidateKind::Program && matches!(shown, Shown::Path(_));
        let is_everywhere = is_path && is_of_others && self.is_small_tool(&place.at_end(end), bytes);
        let bond = if is_everywhere { Bond::Needed } else { bond };
        Candidate { place, kind, object, distance, bond, shown, bytes }
    }

    /// Whether a program at the end of all links is a small one of a package that every system has: no package says that it
    /// needs such a package.
    fn is_small_tool(&self, real: &Place, bytes: u64) -> bool {
        let owner = Some(real).filter(|_| bytes <= LARGEST_TOOL).and_then(|real| self.bonds.owner(real));
        owner.is_some_and(|package| self.bonds.packages().package(package).essential)
    }

    /// Whether the directories of a package were not looked at yet for an object as near as `distance`; from now on they
    /// were. Libraries of one package are looked at one by one, since each may mention other directories.
    pub fn first_look(&mut self, package: PackageId, distance: Distance) -> bool {
        let is_first = self.looked.get(&package).is_none_or(|before| *before > Distance::Program);
        let nearest = self.looked.entry(package).or_insert(distance);
        *nearest = distance.min(*nearest);
        is_first
    }

    /// Adds a candidate that does not come in.
    pub fn add(&mut self, candidate: Candidate) {
        let known = self.candidates.entry(candidate.place.clone()).or_insert_with(|| candidate.clone());
        if (candidate.distance, candidate.bond) < (known.distance, known.bond) {
            *known = candidate;
        }
    }

    /// Takes a candidate, or adds it, as the table says; in an image everything that is shown is there for that reason.
    /// Returns what came of it.
    pub fn decide(&mut self, intake: &mut Intake<'_>, mut candidate: Candidate) -> Taken {
        let is_taken = intake.takes_all || judge(&candidate).0 == Judgement::Take;
        if is_taken && candidate.kind == CandidateKind::Module && candidate.distance == Distance::Program {
            let end = intake.walk(&candidate.place);
            self.opened.extend(end.map(|end| candidate.place.at_end(&end)));
        }
        let taken = if is_taken { take(intake, &mut candidate, self.libraries) } else { Taken::No };
        if !is_taken || taken == Taken::TooLarge {
            self.add(candidate);
        } else if taken == Taken::Yes && candidate.kind.is_program() {
            self.note_tool(intake, &candidate);
            self.started.push(candidate);
        }
        taken
    }

    /// Notes a program that came in if it is a tool: one that scripts run, or of a package that every system has.
    fn note_tool(&mut self, intake: &Intake<'_>, candidate: &Candidate) {
        let Some(end) = intake.walk(&candidate.place).filter(|_| candidate.bond != Bond::Own) else { return };
        let real = candidate.place.at_end(&end);
        let is_of_scripts =
            matches!(candidate.kind, CandidateKind::Shell | CandidateKind::Interpreter | CandidateKind::ScriptCommand);
        if is_of_scripts || self.is_essential(&real) {
            self.tools.insert(real);
        }
    }

    /// Whether the file at `real`, the end of all links, is of a package that every system has.
    pub fn is_essential(&self, real: &Place) -> bool {
        self.bonds.owner(real).is_some_and(|package| self.bonds.packages().package(package).essential)
    }

    /// The candidates that did not come in so far, in the order of their places.
    pub fn left(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.values()
    }

    /// All candidates, in the order of their places.
    pub fn into_candidates(self) -> Vec<Candidate> {
        self.candidates.into_values().collect()
    }
}

/// Takes a candidate whole, beside libraries of `libraries` bytes. The size of a directory that is too large is then
/// without a bound.
pub fn take(intake: &mut Intake<'_>, candidate: &mut Candidate, libraries: u64) -> Taken {
    let reason = item_reason(candidate);
    let taken = if candidate.kind == CandidateKind::Registry {
        registry::bring(intake, &candidate.place, &reason)
    } else if intake.is_directory(&candidate.place) {
        let skip = |relative: &Path| perl::is_unused(&candidate.place.path, relative);
        intake.tree_up_to(most_taken(candidate, libraries), &candidate.place, &reason, &skip)
    } else {
        intake.file(&candidate.place, &reason)
    };
    if taken == Taken::TooLarge {
        candidate.bytes = u64::MAX;
    }
    taken
}

/// The reason for taking a candidate.
pub fn item_reason(candidate: &Candidate) -> ItemReason {
    let (rule, what) = match candidate.kind {
        kind if kind.is_program() => ("started", "programs that it starts"),
        CandidateKind::Module => (OPENED, "modules"),
        CandidateKind::PackageData | CandidateKind::PackageRest => (PACKAGE, "what its package holds"),
        CandidateKind::Registry => (REGISTRY, "lists of modules"),
        _ => (OWN_DATA, "its own data"),
    };
    ItemReason { rule, what, because: candidate.to_string(), object: Some(candidate.object.clone()) }
}
