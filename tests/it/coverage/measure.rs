//! One use, measured: on this machine, from its image, and from the image that pack's own words lead to.

use super::advice::Advice;
use super::compare::Expectation;
use super::opened;
use super::sandbox::{From, Outcome, Place};
use super::table::{Peer, Use};
use crate::support::{Ran, tool};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often advice is followed that following advice brings.
const ROUNDS: usize = 3;

/// What came of a use. The classes are words, because the table and the results are text.
#[derive(Clone, Default)]
pub struct Measured {
    /// `runs`, `told`, `half`, `silent`, `refused`; `invalid` where it does not work on this machine.
    pub class: String,
    pub warnings: usize,
    pub hints: usize,
    pub packed: u64,
    pub opened: u64,
    pub flags: String,
    /// What was opened here and is not in the image.
    pub missing: String,
    pub note: String,
}

/// An image's root, and what was said when it was made.
struct Packed {
    root: PathBuf,
    program: Option<PathBuf>,
    env: Vec<String>,
    advice: Advice,
}

/// What a use does on this machine.
pub struct Here {
    program: PathBuf,
    expectation: Expectation,
    opened: Vec<PathBuf>,
}

/// A use that does not work on this machine, and why.
pub fn invalid(note: String) -> Measured {
    Measured { class: "invalid".into(), note, ..Measured::default() }
}

/// Runs a use twice on this machine, the second time under strace.
pub fn here(place: &Place, one: &Use, number: usize) -> Result<Here, String> {
    let program = one.installed().ok_or("not installed")?;
    let lacking = place.missing().into_iter().find(|sample| {
        let words = format!("{} {}", one.program, one.arguments);
        words.split([' ', '/', '\'', '"']).any(|word| word == sample)
    });
    if let Some(sample) = lacking {
        return Err(format!("no sample {sample}"));
    }
    let trace = place.path(&format!("trace-{number}"));
    let start = Instant::now();
    let first = place.run(one, From::Host { program: &program, trace: None }, &format!("here-{number}"));
    // What the second of a clock changes must differ between the two.
    std::thread::sleep(Duration::from_millis(1100).saturating_sub(start.elapsed()));
    let second = place.run(one, From::Host { program: &program, trace: Some(&trace) }, &format!("again-{number}"));
    let opened = opened::files(&trace, &program);
    let _ = std::fs::remove_file(&trace);
    let expectation = Expectation::new(first, &second);
    if expectation.code() != Some(0) {
        let told = expectation.stderr().trim().chars().take(300).collect::<String>();
        return Err(format!("exit code {:?}: {told}", expectation.code()));
    }
    if !expectation.is_visible() {
        return Err("prints and writes nothing".to_owned());
    }
    Ok(Here { program, expectation, opened })
}

/// Measures a use from its image.
pub fn measure(place: &Place, one: &Use, number: usize) -> Measured {
    let here = match here(place, one, number) {
        Ok(here) => here,
        Err(note) => return invalid(note),
    };
    let mut attempt = Attempt { place, one, here: &here, number };
    let result = attempt.classify();
    place.shell(&format!("rm -rf root-{number}"));
    result
}

struct Attempt<'a> {
    place: &'a Place,
    one: &'a Use,
    here: &'a Here,
    number: usize,
}

impl Attempt<'_> {
    fn classify(&mut self) -> Measured {
        let (plain, difference) = self.try_with(&[]);
        let opened = opened::size(self.here.opened.iter().cloned()).max(1);
        let mut result = Measured {
            warnings: plain.advice.warnings(),
            hints: plain.advice.hints(),
            packed: opened::size(opened::below(&plain.root)),
            opened,
            ..Measured::default()
        };
        let Some(note) = difference else {
            return Measured { class: "runs".into(), ..result };
        };
        let missing = self.missing(&plain.root);
        let shown = missing.iter().take(8).map(|path| path.display().to_string());
        result.missing = shown.collect::<Vec<_>>().join(" ");
        result.note = note;
        let refused = plain.program.is_none();
        let mut relevant = plain.advice.speaks_of(&missing);
        let mut flags = plain.advice.flags();
        for _ in 0..ROUNDS {
            if flags.is_empty() {
                break;
            }
            result.flags = flags.join(" ");
            let (next, difference) = self.try_with(&flags);
            match difference {
                None => return Measured { class: "told".into(), ..result },
                // Further than before.
                Some(note) => relevant |= note != result.note && next.program.is_some(),
            }
            let more: BTreeSet<_> = flags.iter().cloned().chain(next.advice.flags()).collect();
            if more.len() == flags.len() {
                break;
            }
            flags = more.into_iter().collect();
        }
        let class = if refused {
            "refused"
        } else if relevant {
            "half"
        } else {
            "silent"
        };
        Measured { class: class.into(), ..result }
    }

    /// Packs with these flags and runs; how the run differs, if it does.
    fn try_with(&self, flags: &[String]) -> (Packed, Option<String>) {
        let packed = self.pack(flags);
        let Some(program) = &packed.program else {
            let note = packed.advice.first_error();
            return (packed, Some(note));
        };
        let from = From::Root { root: &packed.root, program, env: &packed.env };
        let there: Outcome = self.place.run(self.one, from, &format!("away-{}", self.number));
        let names = (program.to_str().expect("a plain path"), self.here.program.to_str().expect("a plain path"));
        let asks = matches!(self.one.peer, Peer::Client(_));
        let difference = self.here.expectation.difference(&there, names, asks);
        (packed, difference)
    }

    fn pack(&self, flags: &[String]) -> Packed {
        let root = self.place.path(&format!("root-{}", self.number));
        let pack = std::env::var("PACK_CORPUS_PACK").unwrap_or_else(|_| env!("CARGO_BIN_EXE_pack").to_owned());
        let (program, flags) = (self.here.program.display(), flags.join(" "));
        let (directory, own) = (root.display(), &self.one.flags);
        let call = |more: &str| {
            let script = format!("umask 022; exec timeout 300 {pack} {program} {own} {flags} {more}");
            let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
            Ran::of(tool("sh").args(["-c", &script]).current_dir(self.place.path("samples")).env("PATH", path))
        };
        self.place.shell(&format!("rm -rf {directory}"));
        let ran = call(&format!("--format rootfs -o {directory}"));
        let advice = Advice::new(format!("{}\n{}", ran.stderr(), ran.stdout()));
        let program = ran.output.status.success().then(|| self.entrypoint(&root, || call("--dry-run --json -q")));
        let mut env: Vec<_> =
            flags.split(" -e ").skip(1).filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect();
        let bundle = "etc/ssl/certs/ca-certificates.crt";
        if root.join(bundle).exists() {
            env.push(format!("SSL_CERT_FILE=/{bundle}"));
        }
        Packed { root, program, env, advice }
    }

    /// Where the program is in the root: at its own path, or where the summary says.
    fn entrypoint(&self, root: &Path, summary: impl Fn() -> Ran) -> PathBuf {
        let own = &self.here.program;
        let inside = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path)).symlink_metadata().is_ok();
        if inside(own) {
            return own.clone();
        }
        let json: serde_json::Value = serde_json::from_slice(&summary().output.stdout).unwrap_or_default();
        PathBuf::from(json["images"][0]["program"]["entrypoint"].as_str().unwrap_or("/"))
    }

    /// What was opened here, and is not in the root, at its path or by its name.
    fn missing(&self, root: &Path) -> Vec<PathBuf> {
        let names: BTreeSet<_> = opened::below(root)
            .into_iter()
            .filter_map(|path| path.file_name().map(std::ffi::OsStr::to_owned))
            .collect();
        let absent = |path: &&PathBuf| {
            let inside = root.join(path.strip_prefix("/").unwrap_or(path));
            let by_name = path.file_name().is_some_and(|name| names.contains(name));
            !inside.exists() && (!by_name || path.starts_with("/usr"))
        };
        let apart = ["/etc/ld.so.cache", "/usr/lib/locale", "/etc/passwd", "/etc/group"];
        self.here
            .opened
            .iter()
            .filter(|path| !apart.iter().any(|top| path.starts_with(top)))
            .filter(absent)
            .cloned()
            .collect()
    }
}
