//! Where the program, its loader and its libraries go: at the paths at which the loader will look.
//!
//! What is found by default directories, absolute paths or a cache keeps its path, with every link and
//! directory on the way. What is found by `$ORIGIN` goes where the program goes, in the shape it has here; what
//! the user named with `--library-path` goes to `/opt/NAME/lib`.

use super::Rootfs;
use super::add;
use super::place::{at_the_top, keeps};
use crate::closure::{Added, Closure};
use crate::files::{Place, Root};
use crate::options::Contents;
use crate::paths::ImagePath;
use crate::program::Program;
use crate::resolve::{Library, SearchRule};
use std::cmp::Reverse;
use std::ffi::OsStr;
use std::iter::{once, successors};
use std::path::{Component, Path, PathBuf};

/// Where the program stands, and where what lies beside it goes.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The path by which the program is started.
    pub entry: ImagePath,
    /// The program's file, at the end of the links of that path.
    pub real: ImagePath,
    /// Directories that get another path, the longest first: the first that holds a path counts.
    moves: Vec<MovedDirectory>,
    /// Files and directories that the user adds, also those that a package installed.
    added: Vec<MovedDirectory>,
    /// The directory that the program is in here; in the image it may be in another.
    here: PathBuf,
}

/// A directory whose files get another path in the image.
#[derive(Debug, Clone)]
struct MovedDirectory {
    /// The path in `root`.
    from: PathBuf,
    root: Root,
    to: ImagePath,
}

impl Placement {
    /// Decides where everything goes. `name` is what the program is called where it does not keep its path; `rootfs` holds
    /// what the user added.
    pub fn decide(rootfs: &Rootfs, closure: &Closure, name: &OsStr, contents: &Contents) -> Self {
        let program = &closure.program;
        let here = program.real.directory().path;
        let added = moved_by_add(&closure.added);
        let private = private_directories(closure, &added);
        let kept = |place| installed(place).filter(|path| closure.evidence.stays || keeps(path));
        let (entry, real, own) = match (&contents.path, kept(&program.named), kept(&program.real)) {
            (Some(asked), ..) => {
                let moved = (!private.is_empty()).then(|| tree_around(asked, &here, program.real.root, &private));
                (asked.clone(), asked.clone(), moved)
            }
            (None, Some(entry), Some(real)) => (entry, real, None),
            (None, entry, _) if private.is_empty() => {
                let entry = entry.unwrap_or_else(|| at_the_top(name, |path| rootfs.entries().contains_key(path)));
                (entry.clone(), entry, None)
            }
            (None, entry, _) => {
                let (real, moved) = tree(name, &here, &program.real, &private);
                (entry.unwrap_or_else(|| real.clone()), real, Some(moved))
            }
        };
        let requested = moved_by_library_path(&closure.resolution.libraries, name);
        let mut moves: Vec<MovedDirectory> = own.into_iter().chain(requested).chain(added.iter().cloned()).collect();
        moves.sort_by_key(|moved| Reverse(moved.from.as_os_str().len()));
        Self { entry, real, moves, added, here }
    }

    /// The placement of an image that was read back: everything keeps its path. `None` where the program is not in
    /// the image.
    pub fn in_place(program: &Program) -> Option<Self> {
        let (entry, real) = (installed(&program.named)?, installed(&program.real)?);
        Some(Self { entry, real, moves: Vec::new(), added: Vec::new(), here: program.real.directory().path })
    }

    /// The path of what is at `place`, which moves if the program does; `None` where it has none in the image.
    pub fn in_image(&self, place: &Place) -> Option<ImagePath> {
        self.path_in_image(&place.path, place, is_private(place))
    }

    /// The path of a file that the user adds, which may be called by a link that is not in the image.
    pub fn added_in_image(&self, place: &Place) -> Option<ImagePath> {
        let plain = lexical(&place.path);
        let added = self.added.iter().find(|added| added.root == place.root && added.from == plain);
        added.map(|added| added.to.clone()).or_else(|| self.in_image(place))
    }

    /// The path of a library, as [`Placement::in_image`].
    pub fn library_in_image(&self, library: &Library) -> Option<ImagePath> {
        self.path_in_image(&library.place.path, &library.place, moves(&library.place, &library.found_by.rule))
    }

    /// The paths of a library's files for newer processors.
    pub fn hwcaps_in_image(&self, library: &Library) -> Vec<ImagePath> {
        let rule = &library.found_by.rule;
        let paths = library.hwcaps.iter().map(|(place, _)| self.path_in_image(&place.path, place, moves(place, rule)));
        paths.flatten().collect()
    }

    /// The path in the image of `path`, which is met on the way to `place`; `moved` tells whether what is at `place` gets
    /// another path. `None` for a directory of the host above a tree: it has no path in the image.
    pub fn path_in_image(&self, path: &Path, place: &Place, moved: bool) -> Option<ImagePath> {
        let plain = lexical(path);
        let own = ImagePath::new(&plain).filter(|_| place.root == Root::Sysroot);
        if !moved || own.as_ref().is_some_and(keeps) {
            return own;
        }
        for moved in self.moves.iter().filter(|moved| moved.root == place.root) {
            if let Ok(below) = plain.strip_prefix(&moved.from) {
                return if below.as_os_str().is_empty() { Some(moved.to.clone()) } else { moved.to.join(below) };
            }
        }
        own
    }

    /// Whether a directory on the way to a moved file comes along. What is above the program, or above the tree that
    /// moves, does not.
    pub fn comes_along(&self, directory: &ImagePath) -> bool {
        let directory = directory.as_path();
        !self.here.starts_with(directory) && self.moves.iter().any(|moved| directory.starts_with(&moved.from))
    }
}

/// The directories of all that goes where the program goes, but for what `added` moves.
fn private_directories(closure: &Closure, added: &[MovedDirectory]) -> Vec<PathBuf> {
    let holds = |moved: &MovedDirectory, place: &Place| {
        moved.root == place.root && lexical(&place.path).starts_with(&moved.from)
    };
    let libraries = closure.resolution.libraries.iter();
    let places =
        libraries.flat_map(|library| once(&library.place).chain(library.aliases.iter().map(|(_, place, _)| place)));
    let places = places.filter(|place| is_private(place) && !added.iter().any(|moved| holds(moved, place)));
    let items = closure.evidence.brought.iter().map(|item| &item.place).filter(|place| is_private(place));
    let directories = places.map(|place| lexical(&place.directory().path));
    directories.chain(items.map(|place| lexical(&place.path))).collect()
}

/// The smallest directory that holds the program and its private libraries, moved so that the program, which is in `here`,
/// gets the path `asked`; as near as may be where the path is too short for that.
fn tree_around(asked: &ImagePath, here: &Path, root: Root, private: &[PathBuf]) -> MovedDirectory {
    let from = common(here, private);
    let depth = here.strip_prefix(&from).map_or(0, |below| below.components().count());
    let to = successors(asked.parent(), ImagePath::parent).nth(depth).unwrap_or_else(ImagePath::root);
    MovedDirectory { from, root, to }
}

/// The smallest directory that holds the program and its private libraries, moved to `/opt/NAME`; and the program's path
/// there. `here` is the directory of `real`, the program's file.
fn tree(name: &OsStr, here: &Path, real: &Place, private: &[PathBuf]) -> (ImagePath, MovedDirectory) {
    let (from, to) = (common(here, private), opt(name));
    let below = real.path.strip_prefix(&from).unwrap_or(Path::new("program"));
    let entry = to.join(below).unwrap_or_else(|| to.clone());
    (entry, MovedDirectory { from, root: real.root, to })
}

/// Where the libraries go that `--library-path` brought, and those that they find beside themselves.
fn moved_by_library_path(libraries: &[Library], name: &OsStr) -> Option<MovedDirectory> {
    let is_requested =
        |library: &&Library| library.found_by.rule == SearchRule::LibraryPath && !is_installed(&library.place);
    let mut requested = libraries.iter().filter(is_requested).map(|library| library.place.directory());
    let first = requested.next()?;
    let others: Vec<PathBuf> = requested.map(|directory| lexical(&directory.path)).collect();
    let from = common(&lexical(&first.path), &others);
    Some(MovedDirectory { from, root: first.root, to: opt(name).join("lib")? })
}

/// Where what the user adds goes, with the libraries that it finds beside itself.
fn moved_by_add(added: &[Added]) -> Vec<MovedDirectory> {
    let moved = |added: &Added| {
        let found = added.found.as_ref().ok()?;
        let (from, root) = (found.real.path.clone(), found.real.root);
        Some(MovedDirectory { from, root, to: add::destination(&added.asked, found)? })
    };
    added.iter().filter_map(moved).collect()
}

/// Whether the file at `place` goes where the program goes: found by `$ORIGIN`, from the program on, and not installed.
fn is_private(place: &Place) -> bool {
    place.moves && !is_installed(place)
}

/// Whether a library that `rule` found at `place` gets another path in the image.
pub fn moves(place: &Place, rule: &SearchRule) -> bool {
    is_private(place) || *rule == SearchRule::LibraryPath && !is_installed(place)
}

/// Whether `place` is in a directory of the sysroot whose files keep their paths.
fn is_installed(place: &Place) -> bool {
    place.root == Root::Sysroot && ImagePath::new(lexical(&place.path)).is_some_and(|path| keeps(&path))
}

/// The directory of a program that is packed with its own libraries: `/opt/NAME`.
fn opt(name: &OsStr) -> ImagePath {
    ImagePath::known("/opt").join(name).unwrap_or_else(|| ImagePath::known("/opt/program"))
}

/// The path of a place of the sysroot, as a path of the image; `None` for one of the host, or with `..` in it.
pub fn installed(place: &Place) -> Option<ImagePath> {
    ImagePath::new(&place.path).filter(|_| place.root == Root::Sysroot)
}

/// `path` with each `..` taking away the name before it, whatever links there are.
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

/// The lowest directory that is `first` or above it, and holds all `others`.
fn common(first: &Path, others: &[PathBuf]) -> PathBuf {
    let holds = |directory: &&Path| others.iter().all(|other| other.starts_with(directory));
    first.ancestors().find(holds).unwrap_or(Path::new("/")).to_owned()
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
        let here = PathBuf::from("/home/me/p/bin");
        let (entry, moved) = tree(OsStr::new("app"), &here, &Place::sysroot(real), &private);
        assert_eq!(entry, ImagePath::known("/opt/app/bin/app"));
        let placement = Placement { real: entry.clone(), entry, moves: vec![moved], added: Vec::new(), here };
        let own = Place { moves: true, ..Place::sysroot("/home/me/p/bin/../lib/libx.so") };
        assert_eq!(placement.in_image(&own), Some(ImagePath::known("/opt/app/lib/libx.so")));
        for relative in [false, true] {
            let system = Place { moves: relative, ..Place::sysroot("/usr/lib/libz.so") };
            assert_eq!(
                placement.in_image(&system),
                Some(ImagePath::known("/usr/lib/libz.so")),
                "what is installed stays"
            );
        }
        assert_eq!(placement.in_image(&Place { root: Root::Host, ..Place::sysroot("/other/libz.so") }), None);
    }
}
