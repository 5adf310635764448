//! What objects show and the image lacks, in words: warnings for what the program will likely miss, hints for what it may
//! miss, and the list of all that stays out.

use super::compiler;
use crate::closure::Closure;
use crate::events::{LeftOut, Warning};
use crate::evidence::Evidence;
use crate::evidence::candidate::{Candidate, CandidateKind, Shown};
use crate::evidence::judgement::{Judgement, judge};
use crate::file::FileKind;
use crate::files::{Place, Root, Roots, walk};
use crate::rootfs::Rootfs;
use crate::suggest::shell_word;
use std::collections::BTreeSet;
use std::path::Path;

/// How many paths or names are listed.
const SHOWN: usize = 6;

/// What is told of the candidates that stay out.
#[derive(Debug, Default)]
pub struct Told {
    /// What the program will likely miss.
    pub warnings: Vec<Warning>,
    /// What it may miss, a sentence each.
    pub hints: Vec<String>,
    /// Everything that stays out.
    pub left_out: Vec<LeftOut>,
}

/// What is told of the candidates of `closure` that `rootfs` lacks.
pub fn told(closure: &Closure, rootfs: &Rootfs, roots: Roots<'_>) -> Told {
    // What came in from beside the program is at another path in the image.
    let brought: BTreeSet<&Place> = closure.evidence.brought.iter().map(|item| &item.place).collect();
    let lacks = |candidate: &&Candidate| !is_in(rootfs, &candidate.place) && !brought.contains(&candidate.place);
    let lacking: Vec<&Candidate> = closure.evidence.candidates.iter().filter(lacks).collect();
    let mut told = Told { left_out: lacking.iter().map(|candidate| left_out(candidate)).collect(), ..Told::default() };
    // What a compiler needs is told once, whole.
    let is_compiler = closure.evidence.compiler.is_some();
    let is_told = |candidate: &Candidate| is_compiler && candidate.place.path.starts_with(compiler::GCC);
    let of = |kinds: &[CandidateKind], judgement: Judgement| -> Vec<&Candidate> {
        let fits = |candidate: &&&Candidate| {
            kinds.contains(&candidate.kind) && judge(candidate).0 == judgement && !is_told(candidate)
        };
        lacking.iter().filter(fits).copied().collect()
    };
    let programs = CandidateKind::PROGRAMS;
    let things = [
        CandidateKind::Data,
        CandidateKind::PackageData,
        CandidateKind::PackageRest,
        CandidateKind::StateFile,
        CandidateKind::Module,
        CandidateKind::Registry,
        CandidateKind::SharedDirectory,
        CandidateKind::Site,
    ];
    let needed = of(&programs, Judgement::Warn);
    told.warnings.extend(starts_programs(&needed, roots));
    told.warnings.extend(of(&things, Judgement::Warn).into_iter().map(|candidate| large(candidate, roots)));
    told.hints.extend(of(&things, Judgement::Hint).into_iter().map(|candidate| thing_hint(candidate, roots)));
    let (shells, started): (Vec<_>, Vec<_>) = of(&programs, Judgement::Hint).into_iter().partition(|one| is_shell(one));
    if !is_in(rootfs, &Place::sysroot("/bin/sh")) {
        told.hints.extend(shell_hint(&closure.evidence, &shells, &started));
    }
    told.hints.extend(programs_hint(&started, roots));
    told.hints.extend(settings_hint(&of(&[CandidateKind::Setting], Judgement::Hint), roots));
    told
}

/// Whether a path of the sysroot leads to something in the tree. A directory that is there for what is below it alone is
/// not in.
fn is_in(rootfs: &Rootfs, place: &Place) -> bool {
    let end = Some(place).filter(|place| place.root == Root::Sysroot).and_then(|place| walk(rootfs, &place.path).ok());
    let entry = end.and_then(|end| Some((end.stat.kind, rootfs.entries().get(&end.real)?)));
    entry.is_some_and(|(kind, entry)| kind != FileKind::Directory || !entry.is_parent())
}

fn left_out(candidate: &Candidate) -> LeftOut {
    let (_, why) = judge(candidate);
    LeftOut::new(candidate.place.path.display().to_string(), format!("{candidate}; it {why}"))
}

/// The flag that takes a candidate in.
fn add(candidate: &Candidate, roots: Roots<'_>) -> String {
    format!("--add {}", shell_word(&roots.on_host(&candidate.place).display().to_string()))
}

fn starts_programs(needed: &[&Candidate], roots: Roots<'_>) -> Option<Warning> {
    let first = needed.first()?;
    Some(Warning {
        code: "starts-programs",
        message: match objects(needed) {
            (first, false) => format!("`{first}` starts other programs, and the image lacks them"),
            (first, true) => format!("`{first}` and others start other programs, and the image lacks them"),
        },
        details: needed.iter().take(SHOWN).map(ToString::to_string).collect(),
        hint: format!("where it is needed, `{}` takes it in, with its libraries", add(first, roots)),
    })
}

fn large(candidate: &Candidate, roots: Roots<'_>) -> Warning {
    Warning {
        code: "large-data",
        message: format!("{candidate}, which is too large to be packed unasked"),
        details: Vec::new(),
        hint: format!("`{}` takes it in", add(candidate, roots)),
    }
}

/// Whether a candidate is the shell of the system.
fn is_shell(candidate: &Candidate) -> bool {
    candidate.place.path.ends_with("bin/sh")
}

/// The hint at the shell, by which the program may run commands: it imports `function`, names the shell, or has the command
/// line of one of the programs that it may start.
fn shell_hint(evidence: &Evidence, shells: &[&Candidate], started: &[&Candidate]) -> Option<String> {
    let command = started.iter().find(|candidate| matches!(candidate.shown, Shown::Command(_)));
    let names = || evidence.named_shell.as_ref().map(|(program, name)| format!("`{program}` names `{name}`"));
    let imports = || {
        let (program, function) = evidence.shell.as_ref()?;
        Some(format!("`{program}` imports `{function}`, which runs commands through a shell"))
    };
    let shown = command.or(shells.first()).map(ToString::to_string);
    let shown = shown.or_else(names).or_else(imports)?;
    Some(format!("{shown}; the image has none: `--add /bin/sh` takes it in"))
}

fn programs_hint(programs: &[&Candidate], roots: Roots<'_>) -> Option<String> {
    let first = programs.first()?;
    let names: Vec<String> = programs.iter().take(SHOWN).map(|one| format!("`{}`", one.shown.text())).collect();
    let more = programs.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (names, add) = (names.join(", "), add(first, roots));
    let (object, others) = objects(programs);
    let others = if others { " and others" } else { "" };
    Some(format!(
        "`{object}`{others} may start other programs, which the image lacks ({names}{more}): `{add}` takes one in"
    ))
}

/// The object that shows the first of some candidates, and whether others show more.
fn objects(candidates: &[&Candidate]) -> (String, bool) {
    let mut names = candidates.iter().map(|candidate| candidate.object.to_string());
    let first = names.next().unwrap_or_default();
    let others = names.any(|name| name != first);
    (first, others)
}

fn thing_hint(candidate: &Candidate, roots: Roots<'_>) -> String {
    format!("{candidate}, and it {}: `{}` takes it in", judge(candidate).1, add(candidate, roots))
}

fn settings_hint(settings: &[&Candidate], roots: Roots<'_>) -> Option<String> {
    let first = settings.first()?;
    let above = first.place.path.parent()?;
    let is_one_directory =
        above != Path::new("/etc") && settings.iter().all(|setting| setting.place.path.parent() == Some(above));
    Some(match settings.len() {
        1 => format!(
            "`{}` is a setting of this machine, and stays out; `{}` takes it in",
            first.shown.text(),
            add(first, roots)
        ),
        _ if is_one_directory => {
            let directory = Place { path: above.to_owned(), ..first.place.clone() };
            let word = shell_word(&roots.on_host(&directory).display().to_string());
            format!("settings of this machine in `{}` stay out; `--add {word}` takes them in", above.display())
        }
        _ => {
            let flags: Vec<String> = settings.iter().take(SHOWN).map(|setting| add(setting, roots)).collect();
            format!(
                "`{}` and others are settings of this machine, which stay out; `{}` takes them in",
                first.shown.text(),
                flags.join(" ")
            )
        }
    })
}
