//! Where the program, its loader and its libraries go: at the paths at which the loader will look.
//!
//! What is found by default directories, absolute paths or a cache keeps its path, with every link and
//! directory on the way. What is found by `$ORIGIN` goes where the program goes, in the shape it has here; what
//! the user named with `--library-path` goes to `/opt/NAME/lib`.

use super::add;
use super::place::{at_the_top, keeps};
use super::{Cause, Conflict, Entry, Node, Part, Reason, Rootfs};
use crate::closure::{Added, Closure};
use crate::files::{Place, Root, Roots, Walk, walk};
use crate::options::Contents;
use crate::paths::ImagePath;
use crate::program::Program;
use crate::resolve::{Dlopen, Library, Resolution, SearchRule};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Where the program stands, and where what lies beside it goes.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The path by which the program is started.
    pub entry: ImagePath,
    /// Its file, at the end of the links of that path.
    pub real: ImagePath,
    /// From a directory of the host, or of the sysroot, to one of the image.
    moves: Vec<Move>,
    /// The directory that the program is in here; in the image it is in another.
    here: PathBuf,
}

#[derive(Debug, Clone)]
struct Move {
    from: PathBuf,
    root: Root,
    to: ImagePath,
}

/// Decides where everything goes. `name` is what the program is called where it keeps no path.
pub fn placement(rootfs: &Rootfs, closure: &Closure, name: &OsStr, contents: &Contents) -> Placement {
    let asked = contents.path.as_ref();
    let program = &closure.program;
    let own = installed(&program.named);
    let own_real = installed(&program.real);
    let libraries = &closure.resolution.libraries;
    let added = added(&closure.added);
    let is_added =
        |place: &Place| added.iter().any(|one| one.root == place.root && lexical(&place.path).starts_with(&one.from));
    let private: Vec<PathBuf> = libraries
        .iter()
        .flat_map(|library| std::iter::once(&library.place).chain(library.aliases.iter().map(|(_, place, _)| place)))
        .filter(|place| is_private(place) && !is_added(place))
        .map(|place| lexical(&place.directory().path))
        .chain(
            closure
                .evidence
                .brought
                .iter()
                .map(|brought| &brought.place)
                .filter(|place| is_private(place))
                .map(|place| lexical(&place.path)),
        )
        .collect();
    let (real_place, from) = (&program.real.path, program.real.root);
    let here = real_place.parent().unwrap_or(Path::new("/")).to_owned();
    let mut placement = match (asked, own.filter(keeps)) {
        (Some(asked), _) => {
            let top = common(&here, &private);
            let depth = here.strip_prefix(&top).map_or(0, |below| below.components().count());
            let to =
                std::iter::successors(asked.parent(), ImagePath::parent).nth(depth).unwrap_or_else(ImagePath::root);
            let moves = if private.is_empty() { Vec::new() } else { vec![Move { from: top, root: from, to }] };
            Placement { entry: asked.clone(), real: asked.clone(), moves, here: here.clone() }
        }
        (None, Some(entry)) => match own_real.filter(keeps) {
            Some(real) => Placement { entry, real, moves: Vec::new(), here: here.clone() },
            None if private.is_empty() => {
                Placement { real: entry.clone(), entry, moves: Vec::new(), here: here.clone() }
            }
            None => Placement { entry, ..tree(name, &here, real_place, &private, from) },
        },
        (None, None) if private.is_empty() => {
            let entry = at_the_top(name, |path| rootfs.entries().contains_key(path));
            Placement { real: entry.clone(), entry, moves: Vec::new(), here: here.clone() }
        }
        (None, None) => tree(name, &here, real_place, &private, from),
    };
    placement.moves.extend(named(libraries, name));
    placement.moves.extend(added);
    // The longest one counts.
    placement.moves.sort_by_key(|one| std::cmp::Reverse(one.from.as_os_str().len()));
    placement
}

/// The smallest tree that holds the program and its private libraries, below `/opt/NAME`.
fn tree(name: &OsStr, here: &Path, real: &Path, private: &[PathBuf], root: Root) -> Placement {
    let top = common(here, private);
    let to = opt(name);
    let below = real.strip_prefix(&top).unwrap_or(Path::new("program"));
    let entry = to.join(below).unwrap_or_else(|| to.clone());
    Placement { entry: entry.clone(), real: entry, moves: vec![Move { from: top, root, to }], here: here.to_owned() }
}

/// Where the libraries go that `--library-path` brought, and those that they find beside themselves.
fn named(libraries: &[Library], name: &OsStr) -> Option<Move> {
    let of_user =
        |library: &&Library| library.found_by.rule == SearchRule::LibraryPath && !is_installed(&library.place);
    let mut directories = libraries.iter().filter(of_user).map(|library| lexical(&library.place.directory().path));
    let first = directories.next()?;
    let root = libraries.iter().find(of_user)?.place.root;
    let from = common(&first, &directories.collect::<Vec<_>>());
    Some(Move { from, root, to: opt(name).join("lib")? })
}

/// Where what the user adds goes, with the libraries that it finds beside itself.
fn added(added: &[Added]) -> Vec<Move> {
    let one = |added: &Added| {
        let found = added.found.as_ref().ok()?;
        Some(Move { root: found.real.root, from: found.real.path.clone(), to: add::destination(&added.asked, found)? })
    };
    added.iter().filter_map(one).collect()
}

/// Found by `$ORIGIN`, from the program on, and not among what is installed: it goes where the program goes.
fn is_private(place: &Place) -> bool {
    place.moves && !is_installed(place)
}

/// Whether what a rule found at a place goes to another one.
fn moves(place: &Place, rule: &SearchRule) -> bool {
    is_private(place) || *rule == SearchRule::LibraryPath && !is_installed(place)
}

/// In a directory of the sysroot whose files keep their paths.
fn is_installed(place: &Place) -> bool {
    place.root == Root::Sysroot && ImagePath::new(lexical(&place.path)).is_some_and(|path| keeps(&path))
}

fn opt(name: &OsStr) -> ImagePath {
    ImagePath::known("/opt").join(name).unwrap_or_else(|| ImagePath::known("/opt/program"))
}

/// The path of a place of the sysroot, where it is one of an image too.
fn installed(place: &Place) -> Option<ImagePath> {
    ImagePath::new(&place.path).filter(|_| place.root == Root::Sysroot)
}

/// `path` with each `..` taking away the name before it.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => {
                plain.pop();
            }
            _ => {}
        }
    }
    plain
}

/// The lowest directory above all.
fn common(first: &Path, others: &[PathBuf]) -> PathBuf {
    let holds = |directory: &&Path| others.iter().all(|other| other.starts_with(directory));
    first.ancestors().find(holds).unwrap_or(Path::new("/")).to_owned()
}

impl Placement {
    /// Everything at the path that it has: the placement of an image that is read back. `None`: the program is in none.
    pub fn in_place(program: &Program) -> Option<Self> {
        let (entry, real) = (installed(&program.named)?, installed(&program.real)?);
        Some(Self { entry, real, moves: Vec::new(), here: program.real.directory().path })
    }

    /// Where a library goes that is found at `place`.
    pub fn library_path(&self, library: &Library) -> Option<ImagePath> {
        self.of(&library.place.path, &library.place, moves(&library.place, &library.found_by.rule))
    }

    /// Where its files for newer processors go.
    pub fn hwcaps_paths(&self, library: &Library) -> Vec<ImagePath> {
        let of = |place: &Place| self.of(&place.path, place, moves(place, &library.found_by.rule));
        library.hwcaps.iter().filter_map(|(place, _)| of(place)).collect()
    }

    /// Where a path goes that is met on the way to `place`; `None` where it has no place in the image: a
    /// directory of the host above a tree.
    fn of(&self, path: &Path, place: &Place, moved: bool) -> Option<ImagePath> {
        let plain = lexical(path);
        let own = ImagePath::new(&plain).filter(|_| place.root == Root::Sysroot);
        if !moved || own.as_ref().is_some_and(keeps) {
            return own;
        }
        for one in self.moves.iter().filter(|one| one.root == place.root) {
            if let Ok(below) = plain.strip_prefix(&one.from) {
                return if below.as_os_str().is_empty() { Some(one.to.clone()) } else { one.to.join(below) };
            }
        }
        own
    }

    /// Where something goes that is at `place`, and moves if the program does.
    pub fn image_path(&self, place: &Place) -> Option<ImagePath> {
        self.of(&place.path, place, is_private(place))
    }

    /// Puts loader and libraries into the tree, those of the program and of the programs that come with it.
    pub fn put(&self, rootfs: &mut Rootfs, closure: &Closure, roots: Roots<'_>) -> Result<(), Conflict> {
        let given = closure.program.given.to_string_lossy();
        self.put_one(rootfs, &closure.resolution, (&given, &self.real), &closure.dlopens, roots)?;
        for other in &closure.others {
            let Some(own) = self.image_path(&other.place) else { continue };
            self.put_one(rootfs, &other.resolution, (&other.called, &own), &[], roots)?;
        }
        Ok(())
    }

    fn put_one(
        &self,
        rootfs: &mut Rootfs,
        resolution: &Resolution,
        (given, own): (&str, &ImagePath),
        later: &[Dlopen],
        roots: Roots<'_>,
    ) -> Result<(), Conflict> {
        if let Some(loader) = &resolution.loader {
            let reason = Reason {
                cause: Cause::Loader,
                text: format!("the loader that `{given}` names").into(),
                entries: vec![own.clone()],
            };
            let place = Place::sysroot(&loader.path);
            self.file(rootfs, (&place, false), &loader.walk, roots, reason, 0o755)?;
        }
        for library in &resolution.libraries {
            // What was brought or added is there already, with the reason for it.
            let opened = library.dlopen.map(|number| &later[number]);
            if opened.is_some_and(|opened| opened.place.as_ref() == Some(&library.place)) {
                continue;
            }
            let reason = self.reason(library, resolution, (given, own), opened);
            let found = |place| (place, moves(place, &library.found_by.rule));
            self.file(rootfs, found(&library.place), &library.walk, roots, reason.clone(), 0)?;
            for (_, place, walk) in &library.aliases {
                self.file(rootfs, found(place), walk, roots, reason.clone(), 0)?;
            }
            for (place, walk) in &library.hwcaps {
                let text = format!("`{}` for newer processors", library.name());
                self.file(rootfs, found(place), walk, roots, Reason { text: text.into(), ..reason.clone() }, 0)?;
            }
        }
        Ok(())
    }

    fn reason(
        &self,
        library: &Library,
        resolution: &Resolution,
        (given, own): (&str, &ImagePath),
        opened: Option<&Dlopen>,
    ) -> Reason {
        let entries = library.needed_by.iter().filter_map(|needer| match resolution.needing_library(*needer) {
            Some(library) => self.library_path(library),
            None => Some(own.clone()),
        });
        Reason {
            cause: Cause::Library,
            text: format!("{} ({})", resolution.why(library, given, opened), library.found_by).into(),
            entries: entries.collect(),
        }
    }

    /// A file at its place, with the links and directories on the way, moved or not. `mode` is at least that.
    fn file(
        &self,
        rootfs: &mut Rootfs,
        (place, moved): (&Place, bool),
        to: &Walk,
        roots: Roots<'_>,
        reason: Reason,
        mode: u32,
    ) -> Result<(), Conflict> {
        let part = if moved { Part::Program } else { Part::System };
        let of = |path: &ImagePath| self.of(path.as_path(), place, moved);
        let Some(real) = of(&to.real) else { return Ok(()) };
        let links: Vec<_> = to.links.iter().filter_map(|(path, target)| Some((of(path)?, target.clone()))).collect();
        // Of a tree that moves, what is above the program or the tree is left behind.
        let stays = |path: &&ImagePath| {
            !moved
                || !self.here.starts_with(path.as_path())
                    && self.moves.iter().any(|one| path.as_path().starts_with(&one.from))
        };
        let directories: Vec<_> = to.directories.iter().filter(stays).filter_map(of).collect();
        rootfs.insert_parents(&links, &directories, &real, part)?;
        let content = roots.files(place).content(&to.real, &to.stat);
        let executable = if to.stat.mode & 0o111 == 0 { 0o644 } else { 0o755 };
        if rootfs.is_there_too(&real, &Node::File(content.clone()), &reason) {
            return Ok(());
        }
        rootfs.insert(&real, Entry::new(Node::File(content), executable | mode, part, reason)).map(drop)
    }

    /// The links between the path by which an installed program is started and its file.
    pub fn put_links(&self, rootfs: &mut Rootfs, closure: &Closure, roots: Roots<'_>) {
        let Some(own) = installed(&closure.program.named).filter(|own| *own == self.entry) else { return };
        let Ok(end) = walk(roots.sysroot, own.as_path()) else { return };
        if end.real == self.real {
            // Where the user put something else, the program goes where that leads.
            let _ = rootfs.insert_parents(&end.links, &[], &self.real, Part::Program);
        } else if self.entry != self.real {
            let target = Node::Link(self.real.as_path().to_owned());
            let reason = Reason::towards(Cause::Link, "leads to", &self.real);
            let _ = rootfs.insert(&self.entry, Entry::new(target, 0o777, Part::Program, reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_tree_holds_all() {
        for (first, others, expected) in [
            ("/p/bin", vec!["/p/lib"], "/p"),
            ("/p/bin", vec!["/p/bin"], "/p/bin"),
            ("/p/bin", vec!["/p/bin/sub"], "/p/bin"),
            ("/p/bin", vec!["/q/lib"], "/"),
            ("/p/bin", vec![], "/p/bin"),
        ] {
            let others: Vec<PathBuf> = others.iter().map(PathBuf::from).collect();
            assert_eq!(common(Path::new(first), &others), Path::new(expected), "{first} {others:?}");
        }
    }

    #[test]
    fn a_tree_keeps_its_shape() {
        let (real, private) = (Path::new("/home/me/p/bin/app"), [PathBuf::from("/home/me/p/lib")]);
        let placement = tree(OsStr::new("app"), Path::new("/home/me/p/bin"), real, &private, Root::Sysroot);
        assert_eq!(placement.entry, ImagePath::known("/opt/app/bin/app"));
        let own = Place { moves: true, ..Place::sysroot("/home/me/p/bin/../lib/libx.so") };
        let of = |place: &Place| placement.of(&place.path, place, is_private(place));
        assert_eq!(of(&own), Some(ImagePath::known("/opt/app/lib/libx.so")));
        for relative in [false, true] {
            let system = Place { moves: relative, ..Place::sysroot("/usr/lib/libz.so") };
            assert_eq!(of(&system), Some(ImagePath::known("/usr/lib/libz.so")), "what is installed stays");
        }
        assert_eq!(of(&Place { root: Root::Host, ..Place::sysroot("/other/libz.so") }), None);
    }
}
