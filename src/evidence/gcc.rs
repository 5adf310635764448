//! The parts of GCC: what a driver (`gcc`, `g++`, `gfortran`, for any machine) starts and reads to compile, assemble and
//! link.
//!
//! They are in directories `lib/gcc/TARGET/VERSION`, and `libexec/gcc/TARGET/VERSION` where programs are apart. One
//! directory has the compilers of all languages, of which a driver gets those that its package holds or needs. Left out:
//! compilers of other languages, optimisation at link time, static libraries but for libgcc, libraries of other variants
//! of a machine.

use super::intake::{Intake, ItemReason, Taken, inside};
use super::ledger::Ledger;
use super::scan;
use super::seen::Seen;
use super::start_files::{LINKER, bring_start, needs};
use crate::file::FileKind;
use crate::files::Place;
use crate::packages::{PackageDatabase, PackageId};
use crate::suggest::shell_word;
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The name of the rule.
pub const RULE: &str = "gcc";

/// The directories with the parts of GCC, of packages and of the prefix that a driver is unpacked in.
const ABOVE: [&str; 3] = ["lib/gcc", "libexec/gcc", "lib/gcc-cross"];

/// Compilers of one language, and what the names of their libraries begin with.
const LANGUAGES: [(&str, &[&str]); 9] = [
    ("cc1", &[]),
    ("cc1plus", &["libstdc++"]),
    ("cc1obj", &["libobjc"]),
    ("cc1objplus", &["libobjc", "libstdc++"]),
    ("f951", &["libgfortran", "libquadmath"]),
    ("d21", &["libgphobos", "libgdruntime"]),
    ("gnat1", &["libgnat"]),
    ("go1", &["libgo"]),
    ("cc1gm2", &["libm2"]),
];

/// Programs and modules of all languages.
const COMMON: [&str; 2] = ["collect2", "liblto_plugin"];

/// Takes the parts of GCC that the driver `driver` needs; `program` is the packed program, which may have started it.
/// Returns a sentence on what it would need to link, for a machine whose libraries stay out.
pub fn bring(
    intake: &mut Intake<'_>,
    ledger: &Ledger<'_, '_>,
    (program, driver): (&Seen, &Seen),
    reason: &ItemReason,
) -> Option<String> {
    let packages = ledger.bonds.packages();
    let own = ledger.bonds.owner(&driver.place);
    // What starts a driver may be the compiler of another language of the same source.
    let first = ledger.bonds.owner(&program.place);
    let source = |package: PackageId| &packages.package(package).source;
    let package = own.map(|own| first.filter(|first| source(*first) == source(own)).unwrap_or(own));
    let mut targets = BTreeSet::new();
    let mut trees = Vec::new();
    for above in above(intake, driver) {
        let Some((target, tree)) = tree(intake, driver, &above) else { continue };
        match package {
            Some(package) if !intake.takes_all => bring_of_packages(intake, packages, (driver, package), &tree, reason),
            _ => {
                let languages = languages(&names(intake, &tree), driver);
                let skip = |path: &Path| !path.to_str().is_some_and(holds_parts) && !is_part(path, &languages);
                intake.large_tree(&tree, reason, &skip);
            }
        }
        targets.extend(beside_tree(&tree, &target));
        trees.push(tree);
    }
    let apart = bring_tools(intake, targets, reason);
    let is_whole = apart.is_empty() || intake.takes_all;
    let outside = apart.into_iter().chain(trees).map(|place| shell_word(&place.path.to_string_lossy()));
    let add: Vec<String> = outside.map(|path| format!("--add {path}")).collect();
    let (name, add) = (&driver.object, add.join(" "));
    (!is_whole).then(|| format!("`{name}` links for another machine, whose libraries stay out: `{add}` takes them in"))
}

/// Takes of `tree` what the packages of one source hold that `package` needs.
fn bring_of_packages(
    intake: &mut Intake<'_>,
    packages: &PackageDatabase<'_>,
    (driver, package): (&Seen, PackageId),
    tree: &Place,
    reason: &ItemReason,
) {
    let facts = packages.package(package);
    let is_same = |other: &PackageId| packages.package(*other).source == facts.source;
    let held = |package: PackageId| held(packages, package, &tree.path);
    let own = languages(&held(package), driver);
    let direct = facts.depends.iter().copied().filter(is_same).flat_map(held).collect();
    // A package without a compiler has drivers for that of one that it needs.
    let languages = if own.is_empty() { languages(&direct, driver) } else { own };
    for holder in needs(packages, package).into_iter().filter(is_same) {
        for path in held(holder).into_iter().filter(|path| is_part(path, &languages)) {
            intake.file(&tree.join(path.as_os_str().as_bytes()), reason);
        }
    }
}

/// Takes what linkers put into every program, of the parts of GCC that a package holds: for compilers that are none.
pub fn bring_for_linker(
    intake: &mut Intake<'_>,
    packages: &PackageDatabase<'_>,
    package: PackageId,
    reason: &ItemReason,
) {
    let languages = BTreeSet::from(["cc1plus"]);
    for path in packages.files(package) {
        let Ok(below) = path.as_path().strip_prefix("/usr/lib/gcc") else { continue };
        let below: PathBuf = below.components().skip(2).collect();
        let is_library = below.components().count() == 1 && is_part(&below, &languages);
        if is_library && below.extension().is_some() {
            intake.file(&inside(path.as_path()), reason);
        }
    }
}

/// Takes assembler and linker, and headers and start files of other machines. `targets` are the directories that a machine
/// may have of its own.
/// Returns the directories of a machine's own of which something stays out.
fn bring_tools(intake: &mut Intake<'_>, targets: BTreeSet<Place>, reason: &ItemReason) -> Vec<Place> {
    let mut is_native = true;
    let mut apart = Vec::new();
    for target in targets {
        for tool in ["bin/as", "bin/ld"] {
            let path = target.join(tool.as_bytes());
            is_native &= intake.file(&path, reason) != Taken::Yes;
        }
        let headers = |path: &Path| path.starts_with("c++");
        let include = target.join(b"include");
        if intake.tree_up_to(LARGEST_HEADERS, &include, reason, &headers) == Taken::TooLarge {
            apart.push(include);
        }
        let libraries = target.join(b"lib");
        if !bring_start(intake, &libraries, reason) && intake.is_directory(&libraries) {
            apart.push(libraries);
        }
    }
    if is_native {
        intake.file(&inside("/usr/bin/as"), reason);
        intake.file(&inside(LINKER), reason);
    }
    apart
}

/// The most bytes of headers of another machine.
const LARGEST_HEADERS: u64 = 32 << 20;

/// Whether a path is in one of the directories with the parts of GCC.
pub fn is_above(path: &Path) -> bool {
    ABOVE.iter().any(|above| path.starts_with(Path::new("/usr").join(above)))
}

/// The directories below which a driver looks for its parts.
fn above(intake: &Intake<'_>, driver: &Seen) -> BTreeSet<Place> {
    let is_parts = |path: &&str| ABOVE.iter().any(|above| path.trim_end_matches('/').ends_with(above));
    let named = driver.paths.iter().map(|named| named.path.as_str()).filter(is_parts);
    let named = named.map(|path| inside(path.trim_end_matches('/')));
    let prefix = driver.place.directory().directory();
    let around = ABOVE.map(|above| prefix.join(above.as_bytes()));
    let real = |place: Place| {
        let end = intake.walk(&place).filter(|end| end.stat.kind == FileKind::Directory)?;
        Some(place.at_end(&end))
    };
    let mut found: BTreeSet<Place> = named.filter_map(real).collect();
    if found.is_empty() {
        found.extend(around.into_iter().filter_map(real));
    }
    found
}

/// The machine that a driver compiles for, and the directory below `above` of its version.
fn tree(intake: &Intake<'_>, driver: &Seen, above: &Place) -> Option<(String, Place)> {
    let names = |place: &Place| -> Vec<String> {
        intake.list(place).into_iter().filter_map(|name| name.into_os_string().into_string().ok()).collect()
    };
    let called = driver.place.path.file_name()?.to_string_lossy().into_owned();
    let targets = names(above);
    let whole = whole(intake, driver, &targets);
    let begins = |target: &&String| called.strip_prefix(target.as_str()).is_some_and(|rest| rest.starts_with('-'));
    let target = targets.iter().find(begins).or_else(|| targets.iter().find(|name| whole.contains(*name)))?;
    let at = above.join(target.as_bytes());
    let version = |name: &String| name.split(['.', '-']).next().and_then(|first| first.parse::<u32>().ok());
    let is_told = |name: &String| called.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('-'));
    let versions: Vec<String> = names(&at).into_iter().filter(|name| version(name).is_some()).collect();
    let whole = self::whole(intake, driver, &versions);
    let key = |name: &String| (is_told(name), whole.contains(name), version(name), name.clone());
    let version = versions.into_iter().max_by_key(key)?;
    Some((target.clone(), at.join(version.as_bytes())))
}

/// Those of `names` that are whole strings of the driver.
fn whole(intake: &Intake<'_>, driver: &Seen, names: &[String]) -> BTreeSet<String> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let file = intake.open(&driver.place);
    let found = file.and_then(|file| scan::whole_strings(&*file, &driver.literals, &names, b"").ok());
    found.into_iter().flatten().map(str::to_owned).collect()
}

/// The directories of a machine's own beside the tree of its compiler, of which at most one is there.
fn beside_tree(tree: &Place, target: &str) -> Vec<Place> {
    let at = |levels: usize| tree.path.ancestors().nth(levels).map(|above| above.join(target));
    [3, 4].into_iter().filter_map(at).map(|path| Place { path, ..tree.clone() }).collect()
}

/// What a package holds below `tree`, from there on.
fn held(packages: &PackageDatabase<'_>, package: PackageId, tree: &Path) -> BTreeSet<PathBuf> {
    let files = packages.files(package);
    let below = files.iter().filter_map(|path| path.as_path().strip_prefix(tree).ok());
    below.filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned).collect()
}

/// The names in a directory.
fn names(intake: &Intake<'_>, tree: &Place) -> BTreeSet<PathBuf> {
    intake.list(tree).into_iter().collect()
}

/// The compilers among `names`, of C++ or of the others as the driver is called.
fn languages(names: &BTreeSet<PathBuf>, driver: &Seen) -> BTreeSet<&'static str> {
    let is_there = |language: &&str| names.contains(Path::new(language));
    let found: BTreeSet<&str> = LANGUAGES.iter().map(|(compiler, _)| *compiler).filter(is_there).collect();
    let is_plus = driver.place.path.file_name().is_some_and(|name| name.to_string_lossy().contains("++"));
    let plus = |name: &&str| name.ends_with("plus");
    let of_driver: BTreeSet<&str> = found.iter().copied().filter(|name| plus(name) == is_plus).collect();
    if of_driver.is_empty() { found } else { of_driver }
}

/// Whether the directory of this name in the tree holds parts.
fn holds_parts(name: &str) -> bool {
    name.contains("include") || matches!(name, "adalib" | "device-specs")
}

/// Whether a path below the tree is a part that compilers of these languages need.
fn is_part(path: &Path, languages: &BTreeSet<&str>) -> bool {
    let mut names = path.components().map(|part| part.as_os_str().to_string_lossy());
    let Some(first) = names.next() else { return false };
    let is_static = path.extension().is_some_and(|end| end == "a" || end == "so");
    if names.next().is_some() {
        return holds_parts(&first) && !is_static;
    }
    let ends = |end: &str| first.ends_with(end);
    let of_language = |(compiler, libraries): &(&str, &[&str])| {
        languages.contains(compiler)
            && (first == *compiler
                || libraries.iter().any(|library| first.starts_with(library) && (ends(".so") || ends(".spec"))))
    };
    COMMON.iter().any(|common| first.starts_with(common))
        || first.starts_with("libgcc")
        || first.starts_with("crt") && ends(".o")
        || ends("target_properties")
        || LANGUAGES.iter().any(of_language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_needs_the_parts_of_its_language() {
        let (c, plus) = (BTreeSet::from(["cc1"]), BTreeSet::from(["cc1plus"]));
        for (path, of_c, of_plus) in [
            ("cc1", true, false),
            ("cc1plus", false, true),
            ("f951", false, false),
            ("lto1", false, false),
            ("collect2", true, true),
            ("crtbegin.o", true, true),
            ("libgcc.a", true, true),
            ("libgcc_s.so", true, true),
            ("libasan.a", false, false),
            ("libstdc++.so", false, true),
            ("libstdc++.a", false, false),
            ("include/stddef.h", true, true),
            ("include-fixed/limits.h", true, true),
            ("device-specs/specs-avr2", true, true),
            ("avr25/libgcc.a", false, false),
            ("plugin/gtype.state", false, false),
            ("adalib/libgnat.a", false, false),
        ] {
            assert_eq!(is_part(Path::new(path), &c), of_c, "{path}");
            assert_eq!(is_part(Path::new(path), &plus), of_plus, "{path}");
        }
    }
}
