//! From what the program needs to the tree: places, owners, modes, and what stands in every image.

use super::add::add;
use super::check::check;
use super::error::Error;
use super::homes::put_users;
use super::libraries::{put_libraries, put_links};
use super::merged::put_links_to_added;
use super::placement::Placement;
use super::pointers::shown_reason;
use super::{Cause, Conflict, Entry, ImagePart, Node, Reason, Rootfs};
use crate::accounts::Runner;
use crate::closure::{Closure, find_added};
use crate::events::{LeftOut, Warning};
use crate::evidence::{Item, ItemKind};
use crate::file::FileId;
use crate::files::{Roots, walk};
use crate::options::{Config, Contents};
use crate::paths::ImagePath;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The tree of one image, and what its configuration says of it.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The finished tree.
    pub rootfs: Rootfs,
    /// The path by which the program is started.
    pub program: ImagePath,
    /// Who runs the program.
    pub runner: Runner,
    /// Where the bundle of CA certificates is; `None` where none came in.
    pub certificates: Option<ImagePath>,
    /// For people: what else came in, in one or two words each.
    pub brought: Vec<&'static str>,
    /// Warnings about what was added, and about the program's file.
    pub warnings: Vec<Warning>,
}

/// Builds the tree, or tells every reason why it cannot be built.
///
/// `name` is what the program is called where it does not keep its path; `output` is the file that is being written, if
/// there is one.
pub fn assemble(
    closure: &Closure,
    name: &OsStr,
    contents: &Contents,
    config: &Config,
    roots: Roots<'_>,
    output: Option<FileId>,
) -> Result<Assembled, Vec<Error>> {
    let mut rootfs = Rootfs::default();
    let mut warnings = Vec::new();
    let mut errors = Vec::new();
    for added in &closure.added {
        let failed = add(&mut rootfs, added, roots, output, &mut warnings).err();
        errors.extend(failed.into_iter().flatten().map(Error::from));
    }
    put_links_to_added(&mut rootfs, roots.sysroot);
    let placement = Placement::decide(&rootfs, closure, name, contents);
    let placed = put_program(&mut rootfs, closure, &placement, roots, &mut warnings);
    let placed = placed.map_err(|error| errors.push(error)).is_ok();
    let runner = put_users(&mut rootfs, config.user.as_deref(), &closure.evidence.accounts);
    let runner = runner.map_err(|error| errors.push(error)).ok();
    let certificates = put_evidence(&mut rootfs, closure, &placement, runner);
    // A library or a Python may stand below root's home.
    rootfs.open_where_used(&ImagePath::known("/root"));
    if let Some(runner) = runner {
        errors.extend(put_directories(&mut rootfs, runner, contents, config).err());
    }
    // The loader's rules run over the tree when everything is in its place.
    if let (true, Err(wrong)) = (placed && errors.is_empty(), check(&mut rootfs, closure, &placement)) {
        errors.extend(wrong.into_iter().map(Error::Misplaced));
    }
    let Some(runner) = runner.filter(|_| errors.is_empty()) else { return Err(errors) };
    rootfs.settle_reasons();
    warnings.extend(unreadable(&rootfs, runner));
    let mut brought: Vec<&'static str> = Vec::new();
    for Item { what, .. } in &closure.evidence.brought {
        if !brought.contains(what) {
            brought.push(what);
        }
    }
    let program = placement.entry;
    Ok(Assembled { rootfs, program, runner, certificates, brought, warnings })
}

/// The errors in what the user asks for that do not depend on the program: they are told also where there is none.
pub fn problems(contents: &Contents, config: &Config, roots: Roots<'_>) -> Vec<Error> {
    let mut rootfs = Rootfs::default();
    let mut errors: Vec<Error> = Vec::new();
    for added in &find_added(&contents.add, roots) {
        let failed = add(&mut rootfs, added, roots, None, &mut Vec::new()).err();
        errors.extend(failed.into_iter().flatten().map(Error::from));
    }
    errors.extend(put_users(&mut rootfs, config.user.as_deref(), &[]).err());
    errors
}

/// Puts the program, its loader and its libraries into the tree.
fn put_program(
    rootfs: &mut Rootfs,
    closure: &Closure,
    placement: &Placement,
    roots: Roots<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(), Error> {
    let program = &closure.program;
    let given = program.given.to_string_lossy();
    if program.stat.mode & 0o111 == 0 {
        warnings.push(Warning {
            code: "not-executable",
            message: format!("`{given}` has no x bit here; it has one in the image"),
            details: Vec::new(),
            hint: format!("`chmod +x {given}` lets it run here too"),
        });
    }
    // setuid, setgid and capabilities stay, since the program may not work without them.
    let mode = 0o755 | program.stat.mode & 0o6000;
    let reason = Reason::new(Cause::Program, format!("the program `{given}`"));
    let entry = Entry {
        capability: program.capability.clone(),
        ..Entry::new(Node::File(program.content.clone()), mode, ImagePart::Program, reason)
    };
    let taken = |wanted: &str, conflict: Conflict| Error::Taken {
        wanted: wanted.to_owned(),
        conflict,
        hint: "give the program another place with `--path PATH`",
    };
    put_libraries(rootfs, closure, placement, roots).map_err(|conflict| taken("a library", conflict))?;
    put_links(rootfs, closure, placement, roots);
    rootfs.insert(&placement.real, entry).map(drop).map_err(|conflict| taken("the program", conflict))
}

/// Puts what the evidence brings into the tree, where the user has not put a file of their own; gives the path of the
/// bundle of CA certificates. Directories that the program writes to belong to `runner`.
pub fn put_evidence(
    rootfs: &mut Rootfs,
    closure: &Closure,
    placement: &Placement,
    runner: Option<Runner>,
) -> Option<ImagePath> {
    let evidence = &closure.evidence;
    rootfs.left_out.extend(evidence.left_out.iter().cloned());
    let mut certificates = None;
    for item in &evidence.brought {
        let Some(path) = placement.in_image(&item.place) else { continue };
        let node = match &item.kind {
            ItemKind::File(content) => Node::File(content.clone()),
            ItemKind::Link(target) => Node::Link(target.clone()),
            ItemKind::Directory { .. } => Node::Directory,
        };
        let reason = shown_reason(item, closure, placement);
        let mut entry = Entry::new(node, item.mode, ImagePart::System, reason.clone());
        if let (ItemKind::Directory { writable: true }, Some(runner)) = (&item.kind, runner) {
            entry.uid = runner.uid;
        }
        let is_there = entry.node != Node::Directory && rootfs.is_there_too(&path, &entry.node, &reason);
        if !is_there && rootfs.insert(&path, entry).is_err() {
            let why = format!("something that was added is at `{path}`");
            rootfs.left_out.push(LeftOut { what: path.to_string(), why });
        }
        if item.rule == "ca-certificates" && certificates.is_none() {
            certificates = Some(path);
        }
    }
    certificates
}

/// Puts the directories of `--dir`, `--volume` and the working directory into the tree: writable for the user who runs
/// the program, and for any user of group 0, as platforms run it that choose the user's number themselves.
fn put_directories(rootfs: &mut Rootfs, runner: Runner, contents: &Contents, config: &Config) -> Result<(), Error> {
    let directories = contents.directories.iter().map(|path| (path, "`--dir`"));
    let volumes = contents.volumes.iter().map(|path| (path, "`--volume`"));
    let workdir = config.workdir.iter().filter(|path| walk(rootfs, path.as_path()).is_err());
    let workdir: Vec<_> = workdir.map(|path| (path, "the working directory")).collect();
    for (path, why) in directories.chain(volumes).chain(workdir).filter(|(path, _)| !path.is_root()) {
        let reason = Reason::new(Cause::Asked, why);
        let entry = Entry { uid: runner.uid, ..Entry::new(Node::Directory, 0o775, ImagePart::Added, reason) };
        let real = rootfs.insert(path, entry).map_err(|conflict| Error::Taken {
            wanted: format!("a directory ({why})"),
            conflict,
            hint: "name another path",
        })?;
        rootfs.make_writable(&real, runner.uid);
    }
    Ok(())
}

/// The warning that the user who runs the program cannot read what was added.
fn unreadable(rootfs: &Rootfs, runner: Runner) -> Option<Warning> {
    const SHOWN: usize = 5;
    let is_denied = |entry: &Entry| match entry.node {
        Node::Directory => !entry.allows(runner, 0o5),
        Node::File(_) => !entry.allows(runner, 0o4),
        Node::Link(_) => false,
    };
    let denied = rootfs.entries().iter().filter(|(_, entry)| entry.is_added() && is_denied(entry));
    let denied: Vec<(&ImagePath, &Entry)> = denied.collect();
    let (first, _) = denied.first()?;
    let told = denied.iter().take(SHOWN).map(|(path, entry)| format!("`{path}` has mode {:04o}", entry.mode));
    let rest = denied.len().checked_sub(SHOWN).filter(|rest| *rest > 0).map(|rest| format!("and {rest} more"));
    let others = if denied.len() > 1 { " and others" } else { "" };
    Some(Warning {
        code: "not-readable",
        message: format!("user {} cannot read `{first}`{others}", runner.uid),
        details: told.chain(rest).collect(),
        hint: "let others read it (`chmod o+rX`), or say who runs the program with `--user`".to_owned(),
    })
}

impl Assembled {
    /// The program's path as an argument of exec; `None` where it is not UTF-8, which a configuration cannot hold.
    pub fn entrypoint(&self) -> Option<String> {
        std::str::from_utf8(self.program.as_path().as_os_str().as_bytes()).ok().map(str::to_owned)
    }
}
