//! Strip, on every program and library of the machine: nothing that is loaded changes, what reads ELF files finds no
//! more to complain of, and the file is as small as binutils makes it.
//!
//! Binutils moves segments in the file where a tool has left room between them, and merges notes where it does; we
//! never do, and such a file is compared in all but its size.

use crate::support::{Ran, lacks, skip, tool};
use pack::testing::bytes::ReadAt;
use pack::testing::content::{Content, Pieces};
use pack::testing::elf;
use pack::testing::file::HostFile;
use pack::testing::shrink::strip::{StripOutcome, strip};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How many bytes more than binutils leaves are no loss: tables may be aligned otherwise.
const ALLOWED: u64 = 100;

/// Every ET_EXEC and ET_DYN file below these directories, each file once.
fn files() -> Vec<PathBuf> {
    let of = |name: &str, arguments: &[&str]| {
        let ran = which::which(name).ok().map(|_| Ran::of(tool(name).args(arguments)).stdout());
        ran.map(|text| PathBuf::from(text.trim())).filter(|path| path.is_absolute())
    };
    let toolchains = [of("rustc", &["--print", "sysroot"]), of("go", &["env", "GOROOT"])];
    let mut todo: Vec<PathBuf> = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec"].map(PathBuf::from).into();
    todo.extend(toolchains.into_iter().flatten().filter_map(|path| path.canonicalize().ok()));
    todo.extend(["/usr/aarch64-linux-gnu", "/usr/s390x-linux-gnu"].map(PathBuf::from));
    let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.path().symlink_metadata() else { continue };
            if metadata.is_dir() {
                todo.push(entry.path());
            } else if metadata.is_file() && seen.insert((metadata.dev(), metadata.ino())) && is_meant(&entry.path()) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

fn is_meant(path: &Path) -> bool {
    let header = HostFile::open(path).ok().and_then(|file| elf::header(&file).ok());
    header.is_some_and(|header| matches!(header.kind, 2 | 3))
}

/// What came of a file.
#[derive(Default)]
struct Counts {
    files: usize,
    stripped: usize,
    moved: usize,
    unknown: usize,
    worst: i64,
}

/// Strips one file; gives what is wrong with the result.
fn judged(path: &Path, place: &TempDir, counts: &mut Counts) -> Vec<String> {
    let (ours, theirs) = (place.path().join("ours"), place.path().join("theirs"));
    let Ok(file) = HostFile::open(path) else { return Vec::new() };
    counts.files += 1;
    let mut wrong = Vec::new();
    match strip(&file).expect("it is read") {
        StripOutcome::Kept(why) => wrong.push(format!("packed as it is: {why}")),
        StripOutcome::Nothing => return smaller(path, path, &theirs, file.size(), counts).into_iter().collect(),
        StripOutcome::Stripped { pieces, .. } => {
            counts.stripped += 1;
            let made = Pieces { path: path.to_owned(), identity: file.stat.identity, pieces };
            let stripped = Content::Pieces(made).open().expect("it was just read");
            let mut out = BufWriter::new(File::create(&ours).expect("a file is made"));
            stripped.copy_to(&mut out).and_then(|()| out.flush()).expect("it is written");
            wrong.extend(changed(&file, &*stripped));
            wrong.extend(smaller(path, &ours, &theirs, stripped.size(), counts));
            for (reader, flags) in [("readelf", "-aW"), ("eu-elflint", "--gnu-ld")] {
                let known: BTreeSet<_> =
                    complaints(reader, flags, path).into_iter().chain(complaints(reader, flags, &theirs)).collect();
                let more = complaints(reader, flags, &ours).into_iter().filter(|line| !known.contains(line));
                wrong.extend(more.map(|line| format!("{reader}: {line}")));
            }
        }
    }
    let _ = (fs::remove_file(&ours), fs::remove_file(&theirs));
    wrong
}

/// Which bytes are others that a loader maps, or that program headers tell of.
fn changed(before: &dyn ReadAt, after: &dyn ReadAt) -> Option<String> {
    let header = elf::header(before).expect("it was just read");
    let segments = elf::segments(before, &header).expect("it was just read");
    if elf::segments(after, &header).ok() != Some(segments.clone()) {
        return Some("the program headers are others".to_owned());
    }
    let sections = |file: &dyn ReadAt| {
        let all = elf::sections(file, elf::header(file).ok()?.machine)?;
        Some(
            all.into_iter()
                .filter(elf::Section::is_loaded)
                .map(|s| (s.name, s.address, s.offset, s.size))
                .collect::<Vec<_>>(),
        )
    };
    if sections(before) != sections(after) {
        return Some("the sections that are loaded are others".to_owned());
    }
    for segment in segments.iter().filter(|segment| segment.is_in_file()) {
        // The header tells of the new table.
        let start = if segment.offset == 0 { header.size() } else { segment.offset };
        let end = segment.offset + segment.file_size;
        let mut at = start;
        while at < end {
            let length = usize::try_from((end - at).min(1 << 20)).expect("a megabyte at most");
            if before.bytes_at(at, length).ok() != after.bytes_at(at, length).ok() {
                return Some(format!("bytes at {at:#x} are others"));
            }
            at += length as u64;
        }
    }
    None
}

/// Whether binutils makes the file much smaller than `size`, without moving a segment.
fn smaller(path: &Path, ours: &Path, theirs: &Path, size: u64, counts: &mut Counts) -> Option<String> {
    let strips = ["strip", "aarch64-linux-gnu-strip", "s390x-linux-gnu-strip"];
    let made = strips.iter().filter(|strip| which::which(strip).is_ok()).any(|strip| {
        let ran = Ran::of(tool(strip).arg("-s").arg("-o").arg(theirs).arg(path));
        ran.output.status.code() == Some(0) && ran.stderr().is_empty()
    });
    if !made {
        counts.unknown += 1;
        return None;
    }
    let headers = |path: &Path| {
        let file = HostFile::open(path).ok()?;
        let mut segments = elf::segments(&file, &elf::header(&file).ok()?).ok()?;
        // Its size in the file is nothing that anybody reads, and binutils changes it.
        segments.retain(|segment| segment.kind != 0x6474_e552);
        Some(segments)
    };
    if headers(theirs) != headers(ours) {
        counts.moved += 1;
        return None;
    }
    let least = theirs.metadata().expect("it was made").len();
    let more = i64::try_from(size).expect("a file is small") - i64::try_from(least).expect("a file is small");
    counts.worst = counts.worst.max(more);
    (size > least + ALLOWED).then(|| format!("{size} bytes, and binutils makes {least}"))
}

/// What a reader complains of, without the file's name and the sections' numbers.
fn complaints(reader: &str, flags: &str, path: &Path) -> Vec<String> {
    let ran = Ran::of(tool(reader).arg(flags).arg(path));
    let text = if reader == "readelf" { ran.stderr() } else { format!("{}{}", ran.stdout(), ran.stderr()) };
    let plain = |line: &str| {
        let line = line.replace(&path.display().to_string(), "");
        let numbered = line.split_once("section [").and_then(|(head, rest)| Some((head, rest.split_once(']')?.1)));
        numbered.map_or(line.clone(), |(head, tail)| format!("{head}section{tail}"))
    };
    text.lines().filter(|line| *line != "No errors").map(plain).collect()
}

#[test]
fn every_program_and_library_of_the_machine_is_stripped_as_binutils_does_and_read_as_before() {
    if lacks(&["strip", "readelf", "eu-elflint"]) {
        return;
    }
    let mut all = files();
    // A fixed sample; all of them before a release.
    if std::env::var_os("PACK_TEST_FULL").is_none() {
        all = all.into_iter().step_by(20).collect();
    }
    let place = tempfile::tempdir().expect("the temporary directory is writable");
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for path in &all {
        let lines = judged(path, &place, &mut counts);
        wrong.extend(lines.into_iter().map(|line| format!("{}: {line}", path.display())));
    }
    let Counts { files, stripped, moved, unknown, worst } = counts;
    let told = format!(
        "{files} files, {stripped} stripped; binutils moves segments of {moved} and does not know {unknown}; \
         at most {worst} bytes more"
    );
    writeln!(std::io::stderr(), "strip: {told}").expect("standard error takes a line");
    if stripped == 0 {
        return skip("no file of the sample has symbols");
    }
    assert!(wrong.is_empty(), "{told}\n{}", wrong.join("\n"));
}
