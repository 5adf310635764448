//! The one judgement of all candidates: a table, in which the first row that fits decides.

use super::candidate::{Bond, Candidate, CandidateKind, Distance};
use Bond::{Foreign, Needed, Own, Unknown};
use CandidateKind::{
    Command, Data, Default, Helper, Interpreter, Module, PackageData, PackageRest, Program, ProgramName, Reading,
    Registry, ScriptCommand, Setting, SharedDirectory, Shell, Site, StateFile,
};
use Distance::{Direct, Further};

/// What becomes of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// It comes in.
    Take,
    /// It stays out, and the program will likely miss it: a warning.
    Warn,
    /// It stays out, and the program may miss it: a hint.
    Hint,
    /// It stays out, and is listed where all that stays out is.
    Leave,
}

impl Judgement {
    /// The judgement in one word, for documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Warn => "warn",
            Self::Hint => "hint",
            Self::Leave => "leave",
        }
    }
}

/// A row: what it fits, and what becomes of that.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The kinds that the row is for.
    pub kinds: &'static [CandidateKind],
    /// The distances; all if empty.
    pub distances: &'static [Distance],
    /// The bonds; all if empty.
    pub bonds: &'static [Bond],
    /// The largest size, in bytes.
    pub most: u64,
    /// Whether half of what the libraries have may be taken, where that is more: the image is then half as large again.
    pub or_half: bool,
    /// What becomes of what fits.
    pub judgement: Judgement,
    /// Why, as a phrase for people.
    pub why: &'static str,
}

impl Row {
    /// The row as the page on evidence has it, a line of a Markdown table.
    pub fn documentation(&self) -> String {
        let names = |names: Vec<&str>, all: &str| if names.is_empty() { all.to_owned() } else { names.join(", ") };
        let kinds = names(self.kinds.iter().map(|kind| kind.name()).collect(), "all");
        let distances = names(self.distances.iter().map(|distance| distance.name()).collect(), "all");
        let bonds = names(self.bonds.iter().map(|bond| bond.name()).collect(), "all");
        let most = if self.most == ANY { "any".to_owned() } else { format!("{} KiB", self.most >> 10) };
        let most = most + if self.or_half { ", or half of the libraries" } else { "" };
        format!("| {kinds} | {distances} | {bonds} | {most} | {} | {} |", self.judgement.name(), self.why)
    }
}

const MIB: u64 = 1 << 20;
const ANY: u64 = u64::MAX;
const ALL: &[Distance] = &[];
const NEAR: &[Distance] = &[Distance::Program, Direct];

const fn row(
    kinds: &'static [CandidateKind],
    distances: &'static [Distance],
    bonds: &'static [Bond],
    most: u64,
    judgement: Judgement,
    why: &'static str,
) -> Row {
    Row { kinds, distances, bonds, most, or_half: false, judgement, why }
}

/// The table.
pub const TABLE: &[Row] = &[
    row(&[Reading], ALL, &[], ANY, Judgement::Leave, "is for compilers or readers"),
    row(
        &[SharedDirectory],
        &[Distance::Program],
        &[],
        ANY,
        Judgement::Hint,
        "is searched for what other packages put there",
    ),
    row(&[SharedDirectory], ALL, &[], ANY, Judgement::Leave, "is searched for what other packages put there"),
    row(&[Site], &[Direct], &[], ANY, Judgement::Hint, "is for programs that the library runs, where they ask for it"),
    row(&[Site], ALL, &[], ANY, Judgement::Leave, "is for programs that a library runs"),
    row(&[Module], &[Distance::Program], &[], ANY, Judgement::Take, "is opened by its name"),
    row(&[Module], ALL, &[Own], ANY, Judgement::Take, "belongs to the library that opens it"),
    row(&[Module], &[Direct], &[Needed], ANY, Judgement::Take, "is needed by the package of the library that opens it"),
    row(&[Module], &[Further], &[Needed], MIB / 4, Judgement::Take, "is small, and needed by its package"),
    row(&[Module], &[Direct], &[Foreign, Unknown], 2 * MIB, Judgement::Take, "is small, and opened by its name"),
    row(&[Module], &[Direct], &[], ANY, Judgement::Hint, "is another package's, which few uses open"),
    row(&[Module], &[Further], &[], ANY, Judgement::Leave, "is opened by a library that the program does not name"),
    row(
        &[Data],
        &[Distance::Program],
        &[Own, Needed, Unknown],
        128 * MIB,
        Judgement::Take,
        "is data that the program names",
    ),
    row(&[Data], &[Distance::Program], &[Foreign], 32 * MIB, Judgement::Take, "is data that the program names"),
    row(&[Data], &[Direct], &[Own, Needed, Unknown], 64 * MIB, Judgement::Take, "is data of a library"),
    row(&[Data], &[Direct], &[Foreign], 8 * MIB, Judgement::Take, "is named by a library of the program"),
    row(&[Data], &[Further], &[Own], 32 * MIB, Judgement::Take, "is a library's own"),
    row(&[Data], &[Further], &[Needed], 8 * MIB, Judgement::Take, "is needed by a library's package"),
    row(&[Data], &[Distance::Program], &[Own, Needed, Unknown], ANY, Judgement::Warn, "is large"),
    row(&[Data], &[Distance::Program], &[Foreign], ANY, Judgement::Hint, "is large, and another package's"),
    row(&[Data], ALL, &[Own, Needed], ANY, Judgement::Hint, "is large"),
    row(&[Data], &[Direct], &[], ANY, Judgement::Hint, "is large, and another package's"),
    row(&[Data], ALL, &[], ANY, Judgement::Leave, "is another package's"),
    Row {
        or_half: true,
        ..row(
            &[PackageData],
            &[Distance::Program],
            &[Own, Needed],
            16 * MIB,
            Judgement::Take,
            "is the program's package's",
        )
    },
    row(&[PackageData], ALL, &[Own, Needed], 8 * MIB, Judgement::Take, "is a library's package's, which mentions it"),
    row(&[PackageRest], ALL, &[], 2 * MIB, Judgement::Take, "is small, and the program's package's"),
    row(&[PackageData, PackageRest], NEAR, &[], ANY, Judgement::Hint, "is large"),
    row(&[PackageData], ALL, &[], ANY, Judgement::Leave, "is large"),
    row(&[StateFile], ALL, &[Own, Needed], 32 * MIB, Judgement::Take, "came with the package, and is read"),
    row(&[StateFile], ALL, &[], ANY, Judgement::Leave, "is state of this machine"),
    row(&[Helper], ALL, &[Own, Unknown], 64 * MIB, Judgement::Take, "is started by the object that it was made for"),
    row(
        &[Program],
        &[Distance::Program],
        &[Own, Needed],
        32 * MIB,
        Judgement::Take,
        "is started, and its package is needed",
    ),
    row(&[Program], &[Direct], &[Own, Needed], 8 * MIB, Judgement::Take, "is started, and its package is needed"),
    row(&[Program], &[Further], &[Own], MIB, Judgement::Take, "is small, and made for the library that starts it"),
    row(&[ProgramName], NEAR, &[Own, Needed], 2 * MIB, Judgement::Take, "is started, and its package is needed"),
    row(&[Shell], &[Distance::Program], &[], 2 * MIB, Judgement::Take, "is small, and runs the program's commands"),
    row(&[Command], &[Distance::Program], &[], 2 * MIB, Judgement::Take, "is small, and run by a command line"),
    row(
        &[Command],
        &[Distance::Program],
        &[Own, Needed],
        8 * MIB,
        Judgement::Take,
        "is run by a command line, and its package is needed",
    ),
    row(&[Program], &[Distance::Program], &[Own, Needed], ANY, Judgement::Warn, "is started, and large"),
    row(&[ProgramName], &[Distance::Program], &[Own, Needed], ANY, Judgement::Hint, "is large, and may be started"),
    row(&[ProgramName], ALL, &[], ANY, Judgement::Leave, "may be another word"),
    row(&[Program, Helper, Command, Shell], &[Distance::Program], &[], ANY, Judgement::Hint, "may be started"),
    row(&[Program, Helper, Command, Shell], ALL, &[], ANY, Judgement::Leave, "may be started by a library"),
    row(&[Interpreter], ALL, &[], 4 * MIB, Judgement::Take, "starts a script that came in"),
    row(
        &[ScriptCommand],
        ALL,
        &[Own, Needed],
        8 * MIB,
        Judgement::Take,
        "is run by a script, and its package is needed",
    ),
    row(&[ScriptCommand], ALL, &[], 2 * MIB, Judgement::Take, "is small, and run by a script that came in"),
    row(&[Interpreter, ScriptCommand], &[Distance::Program], &[], ANY, Judgement::Hint, "is large, and a script's"),
    row(&[Interpreter, ScriptCommand], ALL, &[], ANY, Judgement::Leave, "is large, and a script's"),
    row(&[Registry], ALL, &[], 8 * MIB, Judgement::Take, "lists modules that a library opens"),
    row(&[Default], NEAR, &[Own, Needed], MIB, Judgement::Take, "is a default of the package, and nobody changed it"),
    row(&[Default], ALL, &[], MIB / 16, Judgement::Take, "is small, and as its package brought it"),
    row(&[Setting], &[Direct], &[Own, Unknown], ANY, Judgement::Hint, "is a setting of this machine, for a library"),
    row(&[Setting, Default], &[Distance::Program], &[], ANY, Judgement::Hint, "is a setting of this machine"),
    row(&[Setting, Default, Registry], ALL, &[], ANY, Judgement::Leave, "is a setting of this machine"),
];

/// What becomes of a candidate, and why.
pub fn judge(candidate: &Candidate) -> (Judgement, &'static str) {
    let row = TABLE.iter().find(|row| fits(row, candidate) && candidate.bytes <= row.most);
    let row = row.expect("the last row of each kind fits everything");
    (row.judgement, row.why)
}

/// The most bytes that a candidate of this kind, distance and bond may have to come in beside libraries of `libraries`
/// bytes; 0 where none does.
pub fn most_taken(candidate: &Candidate, libraries: u64) -> u64 {
    let rows = TABLE.iter().filter(|row| fits(row, candidate) && row.judgement == Judgement::Take);
    rows.map(|row| if row.or_half { row.most.max(libraries / 2) } else { row.most }).max().unwrap_or(0)
}

fn fits(row: &Row, candidate: &Candidate) -> bool {
    row.kinds.contains(&candidate.kind)
        && (row.distances.is_empty() || row.distances.contains(&candidate.distance))
        && (row.bonds.is_empty() || row.bonds.contains(&candidate.bond))
}
