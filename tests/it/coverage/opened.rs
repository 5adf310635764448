//! What a program opened, mapped or started on this machine, read off strace's own words.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The regular files, in the order in which they came.
pub fn files(trace: &Path, program: &Path) -> Vec<PathBuf> {
    let text = String::from_utf8_lossy(&std::fs::read(trace).unwrap_or_default()).into_owned();
    let program = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    // What starts the program comes before.
    let is_start = |line: &str| started(line).is_some_and(|path| path == program);
    let lines = text.lines().skip_while(|line| !is_start(line));
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let paths = lines.flat_map(|line| match opened(line) {
        Some(path) => vec![path],
        // The kernel maps the loader, which strace does not tell.
        None => started(line).into_iter().flat_map(|path| [loader(&path), Some(path)]).flatten().collect(),
    });
    for path in paths {
        let apart = ["/proc", "/dev", "/sys", "/mnt", "/tmp", "/run"].iter().any(|top| path.starts_with(top));
        if !apart && path.is_file() && seen.insert(path.clone()) {
            found.push(path);
        }
    }
    found
}

/// The file that a line of strace tells to be open: `… = 3</usr/lib/x>`.
fn opened(line: &str) -> Option<PathBuf> {
    let (_, result) = line.rsplit_once(" = ")?;
    let path = result.split_once('<')?.1.strip_suffix('>')?;
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// The program that a line of strace tells to be started: `execve("/usr/bin/x", … = 0`.
fn started(line: &str) -> Option<PathBuf> {
    let (_, call) = line.split_once("execve(\"")?;
    let fails = call.contains(" = -1 ");
    let (path, _) = call.split_once('"')?;
    (!fails && path.starts_with('/')).then(|| Path::new(path).canonicalize().ok())?
}

/// The loader that the head of a program names.
fn loader(program: &Path) -> Option<PathBuf> {
    const HEAD: usize = 4096;
    let bytes = std::fs::read(program).ok().filter(|bytes| bytes.starts_with(b"\x7fELF"))?;
    let mut texts = bytes[..bytes.len().min(HEAD)].split(|byte| *byte == 0);
    let text = texts.find(|text| text.starts_with(b"/lib") && memchr::memmem::find(text, b"/ld-").is_some())?;
    Path::new(std::str::from_utf8(text).ok()?).canonicalize().ok()
}

/// The sum of the sizes of these files, each counted once.
pub fn size(files: impl IntoIterator<Item = PathBuf>) -> u64 {
    let mut seen = BTreeSet::new();
    let sizes = files.into_iter().filter_map(|path| path.symlink_metadata().ok()).filter(std::fs::Metadata::is_file);
    sizes.filter(|file| seen.insert((file.dev(), file.ino()))).map(|file| file.len()).sum()
}

/// Every file below a directory; links are not followed.
pub fn below(directory: &Path) -> Vec<PathBuf> {
    let (mut found, mut todo) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(entry.path()),
                _ => found.push(entry.path()),
            }
        }
    }
    found
}
