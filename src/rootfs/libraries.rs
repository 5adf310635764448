//! Loader and libraries, put into the tree with the links and directories that lead to them.

use super::placement::{Placement, installed, moves};
use super::{Cause, Conflict, Entry, ImagePart, Node, Reason, Rootfs};
use crate::closure::Closure;
use crate::files::{Place, Roots, Walk, walk};
use crate::paths::ImagePath;
use crate::resolve::{Dlopen, Library, Resolution};

/// Puts loader and libraries into the tree, those of the program and of the programs that come with it.
pub fn put_libraries(
    rootfs: &mut Rootfs,
    closure: &Closure,
    placement: &Placement,
    roots: Roots<'_>,
) -> Result<(), Conflict> {
    let given = closure.program.given.to_string_lossy();
    let program = PlacedProgram { given: &given, path: &placement.real, dlopens: &closure.dlopens };
    let mut putter = Putter { rootfs, placement, roots };
    putter.put(&closure.resolution, &program)?;
    for other in &closure.others {
        let Some(path) = placement.in_image(&other.place) else { continue };
        putter.put(&other.resolution, &PlacedProgram { given: &other.called, path: &path, dlopens: &[] })?;
    }
    Ok(())
}

/// Puts the links between the path by which an installed program is started and its file into the tree.
pub fn put_links(rootfs: &mut Rootfs, closure: &Closure, placement: &Placement, roots: Roots<'_>) {
    let Some(own) = installed(&closure.program.named).filter(|own| *own == placement.entry) else { return };
    let Ok(end) = walk(roots.sysroot, own.as_path()) else { return };
    if end.real == placement.real {
        // Where the user put something else, the program goes where that leads.
        let _ = rootfs.insert_parents(&end.links, &[], &placement.real, ImagePart::Program);
    } else if placement.entry != placement.real {
        let target = Node::Link(placement.real.as_path().to_owned());
        let reason = Reason::towards(Cause::Link, "leads to", &placement.real);
        let _ = rootfs.insert(&placement.entry, Entry::new(target, 0o777, ImagePart::Program, reason));
    }
}

/// A program whose loader and libraries are put into the tree.
struct PlacedProgram<'a> {
    /// The name of the program in messages.
    given: &'a str,
    /// The path of its file in the image.
    path: &'a ImagePath,
    /// Libraries that the program opens when it runs; [`Library`] refers to one by its index.
    dlopens: &'a [Dlopen],
}

/// The tree that loaders and libraries are put into, and where they go.
struct Putter<'a> {
    rootfs: &'a mut Rootfs,
    placement: &'a Placement,
    roots: Roots<'a>,
}

impl Putter<'_> {
    fn put(&mut self, resolution: &Resolution, program: &PlacedProgram<'_>) -> Result<(), Conflict> {
        if let Some(loader) = &resolution.loader {
            let text = format!("the loader that `{}` names", program.given).into();
            let reason = Reason { cause: Cause::Loader, text, entries: vec![program.path.clone()] };
            self.put_file((&Place::sysroot(&loader.path), false), &loader.walk, reason, 0o755)?;
        }
        for library in &resolution.libraries {
            // A library that evidence brought or the user added is there already, with its reason.
            let opened = library.dlopen.map(|number| &program.dlopens[number]);
            if opened.is_some_and(|opened| opened.place.as_ref() == Some(&library.place)) {
                continue;
            }
            let reason = self.reason(library, resolution, program, opened);
            let found = |place| (place, moves(place, &library.found_by.rule));
            self.put_file(found(&library.place), &library.walk, reason.clone(), 0)?;
            for (_, place, walk) in &library.aliases {
                self.put_file(found(place), walk, reason.clone(), 0)?;
            }
            for (place, walk) in &library.hwcaps {
                let text = format!("`{}` for newer processors", library.name());
                self.put_file(found(place), walk, Reason { text: text.into(), ..reason.clone() }, 0)?;
            }
        }
        Ok(())
    }

    /// The reason of a library: what needs or opens it, and the rule that found it.
    fn reason(
        &self,
        library: &Library,
        resolution: &Resolution,
        program: &PlacedProgram<'_>,
        opened: Option<&Dlopen>,
    ) -> Reason {
        let needers = library.needed_by.iter().map(|needer| resolution.needing_library(*needer));
        let entries = needers.filter_map(|needer| match needer {
            Some(library) => self.placement.library_in_image(library),
            None => Some(program.path.clone()),
        });
        Reason {
            cause: Cause::Library,
            text: format!("{} ({})", resolution.why(library, program.given, opened), library.found_by).into(),
            entries: entries.collect(),
        }
    }

    /// Puts the file to which `to` led at its path, with the links and directories on the way. `place` is where the way
    /// began, and whether the file gets another path; `mode` is added to the file's own, 0644 or 0755.
    fn put_file(
        &mut self,
        (place, moved): (&Place, bool),
        to: &Walk,
        reason: Reason,
        mode: u32,
    ) -> Result<(), Conflict> {
        let part = if moved { ImagePart::Program } else { ImagePart::System };
        let in_image = |path: &ImagePath| self.placement.path_in_image(path.as_path(), place, moved);
        let Some(real) = in_image(&to.real) else { return Ok(()) };
        let links = to.links.iter().filter_map(|(path, target)| Some((in_image(path)?, target.clone())));
        let links: Vec<_> = links.collect();
        let directories = to.directories.iter().filter(|path| !moved || self.placement.comes_along(path));
        let directories: Vec<_> = directories.filter_map(in_image).collect();
        self.rootfs.insert_parents(&links, &directories, &real, part)?;
        let node = Node::File(self.roots.files(place).content(&to.real, &to.stat));
        if self.rootfs.is_there_too(&real, &node, &reason) {
            return Ok(());
        }
        let own_mode = if to.stat.mode & 0o111 == 0 { 0o644 } else { 0o755 };
        self.rootfs.insert(&real, Entry::new(node, own_mode | mode, part, reason)).map(drop)
    }
}
