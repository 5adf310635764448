//! From what the program needs to the tree: places, owners, modes, and what stands in every image.

use super::add::{self, add};
use super::check::{Misplaced, check};
use super::libraries::{Placement, placement};
use super::pointers::shown;
use super::users::{self, Account};
use super::{Cause, Conflict, Entry, Node, Part, Reason, Rootfs};
use crate::closure::{Closure, find_added};
use crate::content::Content;
use crate::events::{Diagnostic, LeftOut, Warning};
use crate::evidence::accounts::Account as NamedAccount;
use crate::evidence::{Item, ItemKind};
use crate::file::{FileId, FileKind};
use crate::files::{Files, Roots, walk};
use crate::options::{Config, Contents};
use crate::paths::ImagePath;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The tree of one image, and what its configuration says of it.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The tree.
    pub rootfs: Rootfs,
    /// The path by which the program is started.
    pub program: ImagePath,
    /// Who runs it.
    pub account: Account,
    /// Where the bundle of CA certificates is.
    pub certificates: Option<ImagePath>,
    /// For people: what else came in, in one or two words each.
    pub brought: Vec<&'static str>,
    /// What should be known.
    pub warnings: Vec<Warning>,
    /// What the user may want to add, a sentence each.
    pub hints: Vec<String>,
}

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the user adds.
    #[error(transparent)]
    Add(#[from] add::Error),
    /// The user who runs it.
    #[error(transparent)]
    User(#[from] users::Error),
    /// The loader would not find a library there.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// The program, or a directory asked for, meets something.
    #[error("`{}` cannot hold {wanted}, because something else is there", conflict.path)]
    Taken {
        /// What wants the path.
        wanted: String,
        /// What it meets.
        conflict: Conflict,
        /// What to do.
        hint: &'static str,
    },
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Add(error) => error.code(),
            Self::User(error) => error.code(),
            Self::Misplaced(_) => "misplaced-library",
            Self::Taken { .. } => "conflict",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Add(error) => error.details(),
            Self::User(error) => error.details(),
            Self::Misplaced(wrong) => vec![format!(
                "here it is `{}`, there {}",
                wrong.here.display(),
                wrong.there.as_ref().map_or("nothing".to_owned(), |there| format!("`{}`", there.display()))
            )],
            Self::Taken { conflict, .. } => vec![conflict.there.clone(), conflict.wanted.clone()],
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Add(error) => error.hint(),
            Self::User(error) => error.hint(),
            Self::Misplaced(_) => {
                "leave out `--path` and `--add` where they touch its directories; else name its directory with `--library-path DIR`".to_owned()
            }
            Self::Taken { hint, .. } => (*hint).to_owned(),
        }
    }

    fn is_usage_error(&self) -> bool {
        matches!(self, Self::User(_))
    }
}

/// Builds the tree. `name` is what the program is called where it keeps no path; `output` is the file
/// that is being written, if there is one.
pub fn assemble(
    closure: &Closure,
    name: &OsStr,
    contents: &Contents,
    config: &Config,
    roots: Roots<'_>,
    output: Option<FileId>,
) -> Result<Assembled, Vec<Error>> {
    let mut rootfs = Rootfs::default();
    let mut warnings = closure.evidence.warnings.clone();
    let mut errors = Vec::new();
    for asked in &closure.added {
        if let Err(found) = add(&mut rootfs, asked, roots, output, &mut warnings) {
            errors.extend(found.into_iter().map(Error::from));
        }
    }
    let placement = placement(&rootfs, closure, name, contents);
    let placed = program(&mut rootfs, closure, &placement, roots, &mut warnings);
    let placed = placed.map_err(|error| errors.push(error)).is_ok();
    let account =
        users(&mut rootfs, config.user.as_deref(), &closure.evidence.accounts).map_err(|error| errors.push(error)).ok();
    let certificates = evidence(&mut rootfs, closure, &placement, account.as_ref());
    // A library or a Python may stand below root's home.
    rootfs.open_where_used(&ImagePath::known("/root"));
    if let Some(account) = &account {
        errors.extend(asked_for(&mut rootfs, account, contents, config).err());
    }
    // What the loader finds is looked at when everything is in its place.
    if let (true, Err(wrong)) = (placed && errors.is_empty(), check(&mut rootfs, closure, &placement)) {
        errors.extend(wrong.into_iter().map(Error::Misplaced));
    }
    match account {
        Some(account) if errors.is_empty() => {
            rootfs.settle_reasons();
            warnings.extend(unreadable(&rootfs, &account));
            warnings.extend(closure.resolution.warnings.iter().cloned());
            let mut brought: Vec<&'static str> = Vec::new();
            for Item { what, .. } in &closure.evidence.brought {
                if !brought.contains(what) {
                    brought.push(what);
                }
            }
            Ok(Assembled {
                rootfs,
                program: placement.entry,
                account,
                certificates,
                brought,
                warnings,
                hints: closure.evidence.hints.clone(),
            })
        }
        _ => Err(errors),
    }
}

/// What is wrong with what the user asks for, whatever the program is: told also where there is none.
pub fn problems(contents: &Contents, config: &Config, roots: Roots<'_>) -> Vec<Error> {
    let mut rootfs = Rootfs::default();
    let mut errors: Vec<Error> = Vec::new();
    for asked in &find_added(&contents.add, roots) {
        errors
            .extend(add(&mut rootfs, asked, roots, None, &mut Vec::new()).err().into_iter().flatten().map(Error::from));
    }
    errors.extend(users(&mut rootfs, config.user.as_deref(), &[]).err());
    errors
}

fn program(
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
    let content = program.content.clone();
    // What is special about running it stays special.
    let mode = 0o755 | program.stat.mode & 0o6000;
    let mut entry = Entry::new(
        Node::File(content),
        mode,
        Part::Program,
        Reason::new(Cause::Program, format!("the program `{given}`")),
    );
    entry.capability.clone_from(&program.capability);
    let taken = |wanted: &str, conflict| Error::Taken {
        wanted: wanted.to_owned(),
        conflict,
        hint: "give the program another place with `--path PATH`",
    };
    placement.put(rootfs, closure, roots).map_err(|conflict| taken("a library", conflict))?;
    placement.put_links(rootfs, closure, roots);
    rootfs.insert(&placement.real, entry).map(drop).map_err(|conflict| taken("the program", conflict))
}

/// What the evidence brings, where the user has not put a file of their own; gives the path of the bundle.
pub fn evidence(
    rootfs: &mut Rootfs,
    closure: &Closure,
    placement: &Placement,
    account: Option<&Account>,
) -> Option<ImagePath> {
    let evidence = &closure.evidence;
    rootfs.left_out.extend(evidence.left_out.iter().cloned());
    let mut certificates = None;
    for brought in &evidence.brought {
        let Some(path) = placement.of_place(&brought.place) else { continue };
        let node = match &brought.kind {
            ItemKind::File(content) => Node::File(content.clone()),
            ItemKind::Link(target) => Node::Link(target.clone()),
            ItemKind::Directory { .. } => Node::Directory,
        };
        let reason = shown(brought, closure, placement);
        let mut entry = Entry::new(node, brought.mode, Part::System, reason.clone());
        if let (ItemKind::Directory { writable: true }, Some(account)) = (&brought.kind, account) {
            entry.uid = account.uid;
        }
        let is_there = !matches!(entry.node, Node::Directory) && rootfs.is_there_too(&path, &entry.node, &reason);
        if !is_there && rootfs.insert(&path, entry).is_err() {
            let why = format!("something that was added is at `{path}`");
            rootfs.left_out.push(LeftOut { what: path.to_string(), why });
        }
        if brought.rule == "ca-certificates" && certificates.is_none() {
            certificates = Some(path);
        }
    }
    certificates
}

fn users(rootfs: &mut Rootfs, given: Option<&str>, named: &[NamedAccount]) -> Result<Account, Error> {
    let [passwd, group] = ["/etc/passwd", "/etc/group"].map(ImagePath::known);
    let own = |rootfs: &Rootfs, path: &ImagePath| {
        let real = walk(rootfs, path.as_path()).ok().filter(|end| end.stat.kind == FileKind::File)?;
        // The program there is a conflict, not a list of users.
        let entry = rootfs.entries().get(&real.real)?;
        if entry.is_program() {
            return None;
        }
        let file = rootfs.open(&real.real).ok()?;
        let bytes = file.bytes_at(0, 1 << 20).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (own_passwd, own_group) = (own(rootfs, &passwd), own(rootfs, &group));
    let mut users = users::find(given, own_passwd.as_deref(), own_group.as_deref())?;
    users.add(named);
    let reason = Reason::new(Cause::Users, "names the users");
    let text = |text: &str, mode| {
        Entry::new(Node::File(Content::Bytes(text.as_bytes().into())), mode, Part::System, reason.clone())
    };
    let directory = |mode, uid, reason: &str| {
        let mut entry = Entry::new(Node::Directory, mode, Part::System, Reason::new(Cause::Always, reason));
        entry.uid = uid;
        entry
    };
    if own_passwd.is_none() {
        put(rootfs, &passwd, text(&users.passwd, 0o644))?;
        put(rootfs, &ImagePath::known("/root"), directory(0o700, 0, "home of root"))?;
        put(rootfs, &ImagePath::known("/home/nonroot"), directory(0o775, 65532, "home of nonroot"))?;
    }
    if own_group.is_none() {
        put(rootfs, &group, text(&users.group, 0o644))?;
    }
    if let Some(home) = &users.account.home {
        put(
            rootfs,
            &ImagePath::known(home),
            directory(0o775, users.account.uid, "home of the user who runs the program"),
        )?;
    }
    put(rootfs, &ImagePath::known("/tmp"), directory(0o1777, 0, "for temporary files"))?;
    Ok(users.account)
}

/// Puts something that stands in every image; what the user added there takes its place.
fn put(rootfs: &mut Rootfs, path: &ImagePath, entry: Entry) -> Result<(), Error> {
    let wanted = format!("what stands in every image ({})", entry.kind());
    let hint = "leave that path to pack, or add a directory where pack makes one";
    match rootfs.insert(path, entry) {
        Ok(_) => Ok(()),
        Err(conflict) => Err(Error::Taken { wanted, conflict, hint }),
    }
}

/// `--dir`, `--volume` and the working directory: for the user who runs the program, and for any user of
/// group 0, as platforms run it that choose the number themselves.
fn asked_for(rootfs: &mut Rootfs, account: &Account, contents: &Contents, config: &Config) -> Result<(), Error> {
    let asked = contents.directories.iter().map(|path| (path, "`--dir`"));
    let asked = asked.chain(contents.volumes.iter().map(|path| (path, "`--volume`")));
    let workdir = config.workdir.iter().filter(|path| walk(rootfs, path.as_path()).is_err());
    let asked: Vec<_> = asked
        .chain(workdir.map(|path| (path, "the working directory")))
        .map(|(path, why)| (path.clone(), why))
        .collect();
    for (path, why) in asked.into_iter().filter(|(path, _)| !path.is_root()) {
        let mut entry = Entry::new(Node::Directory, 0o775, Part::Added, Reason::new(Cause::Asked, why));
        entry.uid = account.uid;
        let conflict =
            |conflict| Error::Taken { wanted: format!("a directory ({why})"), conflict, hint: "name another path" };
        let real = rootfs.insert(&path, entry).map_err(conflict)?;
        rootfs.make_writable(&real, account.uid);
    }
    Ok(())
}

/// What was added and the user who runs the program may not read.
fn unreadable(rootfs: &Rootfs, account: &Account) -> Option<Warning> {
    const SHOWN: usize = 5;
    let denied = |entry: &Entry| {
        let needed = if entry.node == Node::Directory { 0o5 } else { 0o4 };
        !matches!(entry.node, Node::Link(_)) && !entry.allows(account.uid, account.gid, needed)
    };
    let asked = |entry: &Entry| entry.is_added();
    let paths: Vec<String> = rootfs
        .entries()
        .iter()
        .filter(|(_, entry)| asked(entry) && denied(entry))
        .map(|(path, entry)| format!("`{path}` has mode {:04o}", entry.mode))
        .collect();
    let (first, rest) = (paths.first()?, paths.len().saturating_sub(SHOWN));
    let mut details: Vec<String> = paths.iter().take(SHOWN).cloned().collect();
    if rest > 0 {
        details.push(format!("and {rest} more"));
    }
    let first = first.split('`').nth(1).unwrap_or_default();
    Some(Warning {
        code: "not-readable",
        message: format!(
            "user {} cannot read `{first}`{}",
            account.uid,
            if paths.len() > 1 { " and others" } else { "" }
        ),
        details,
        hint: "let others read it (`chmod o+rX`), or say who runs the program with `--user`".to_owned(),
    })
}

impl Assembled {
    /// The program's path as an argument of exec; `None` where it is no UTF-8, which a configuration cannot hold.
    pub fn entrypoint(&self) -> Option<String> {
        std::str::from_utf8(self.program.as_path().as_os_str().as_bytes()).ok().map(str::to_owned)
    }
}
