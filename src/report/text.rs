//! What a program is, in words.

use super::advice;
use super::words::{Paint, field, line, missing, printable, size};
use pack::facts::{Inspected, Kind, LibraryId, Needer, Package, Sizes};
use pack::summary::{FoundProgram, ProgramInspection};
use std::collections::BTreeSet;

/// What a file is, with `all` hints or the first few; `None` where it cannot be read.
pub fn text(inspection: &ProgramInspection, all: bool, paint: Paint) -> Option<Vec<u8>> {
    let mut text = String::new();
    let ProgramInspection { given, found, .. } = inspection;
    let found = found.as_ref()?;
    let inspected = &found.program.inspected;
    line(&mut text, format_args!("{}", paint.bold(&printable(given))));
    field(&mut text, paint, "kind", &kind(inspected));
    verdict(&mut text, inspection, found, all, paint);
    about(&mut text, inspected, found.removable, paint);
    tree(&mut text, found, all, paint);
    for finding in &found.findings {
        let also = finding.all.iter().filter(|sign| **sign != finding.shown).map(|sign| format!("`{sign}`"));
        let also: Vec<String> = also.filter(|_| found.packages.is_some()).collect();
        let also = if also.is_empty() { String::new() } else { format!(" (also shown by {})", also.join(", ")) };
        field(&mut text, paint, "evidence", &format!("{}: {}{also}", finding.rule.name, finding.because()));
    }
    Some(text.into_bytes())
}

/// Whether it starts from its image: a line, with all that speaks against it below, or what it may miss.
fn verdict(text: &mut String, inspection: &ProgramInspection, found: &FoundProgram, all: bool, paint: Paint) {
    let ProgramInspection { warnings, hints, .. } = inspection;
    let verdict = match inspection.problems.first() {
        None => advice::starts(&found.resolution, warnings.len(), hints.len()),
        Some(problem) => format!("cannot be packed: {}", of_it(&problem.message, &inspection.given)),
    };
    field(text, paint, "verdict", &verdict);
    for (number, problem) in inspection.problems.iter().enumerate() {
        if number > 0 {
            field(text, paint, "", &of_it(&problem.message, &inspection.given));
        }
        for detail in problem.causes.iter().chain(&problem.details) {
            field(text, paint, "", detail);
        }
        if !problem.hint.is_empty() {
            field(text, paint, "hint", &problem.hint);
        }
    }
    advice::warnings(text, warnings, paint);
    advice::hints(text, hints, all, paint);
}

/// The loader, and each library below the first one that asks for it: in full once, by name again.
fn tree(text: &mut String, inspection: &FoundProgram, all: bool, paint: Paint) {
    let resolution = &inspection.resolution;
    if let Some(loader) = &resolution.loader {
        let bytes = size(loader.walk.stat.identity.size);
        let owner = inspection.packages.as_ref().map(|packages| owned(packages.get(&loader.walk.real)));
        let (path, owner) = (loader.path.display(), owner.unwrap_or_default());
        field(text, paint, "loader", &format!("{path}, {bytes}{owner}"));
    }
    let mut lines = Vec::new();
    let mut shown = BTreeSet::new();
    below(Needer::Program, 0, (inspection, all), &mut shown, &mut lines);
    for (index, line) in lines.iter().enumerate() {
        field(text, paint, if index == 0 { "libraries" } else { "" }, line);
    }
    missing(text, resolution, paint);
}

/// A line for each library that `needer` needs, with those below that it needs itself; with `all` that need it.
fn below(
    needer: Needer,
    depth: usize,
    (inspection, all): (&FoundProgram, bool),
    shown: &mut BTreeSet<LibraryId>,
    lines: &mut Vec<String>,
) {
    /// Lines are not indented further than this.
    const DEEPEST: usize = 24;
    for (id, library) in inspection.resolution.needed(needer) {
        let indent = "  ".repeat(depth.min(DEEPEST));
        let soname = library.name();
        if !shown.insert(id) {
            // With packages, the full line says who needs the library.
            if inspection.packages.is_none() {
                lines.push(format!("{indent}{soname}, see above"));
            }
            continue;
        }
        let (path, bytes) = (library.place.path.display(), size(library.walk.stat.identity.size));
        let owner = inspection.packages.as_ref().map(|packages| owned(packages.get(&library.walk.real)));
        lines.push(format!("{indent}{soname} => {path}, {bytes}{} ({})", owner.unwrap_or_default(), library.found_by));
        if inspection.packages.is_some() {
            let needing = inspection.resolution.needing(library, &inspection.program.given.to_string_lossy());
            lines.push(format!("{indent}    needed by {}", few(&needing, all)));
            let skipped = library.skipped.iter().filter(|skipped| skipped.is_by_object());
            lines.extend(skipped.map(|skipped| format!("{indent}    skipped {skipped}")));
        }
        if depth < MOST_NESTED {
            below(Needer::Library(id), depth + 1, (inspection, all), shown, lines);
        }
    }
}

/// Names in a row: all, or the first few.
fn few(names: &[impl AsRef<str>], all: bool) -> String {
    const FEW: usize = 3;
    let shown = if all || names.len() == FEW + 1 { names.len() } else { FEW };
    let mut words: Vec<String> = names.iter().take(shown).map(|name| name.as_ref().to_owned()).collect();
    if names.len() > shown {
        words.push(format!("and {} more", names.len() - shown));
    }
    words.join(", ")
}

fn owned(package: Option<&Package>) -> String {
    package.map_or(", of no package".to_owned(), |package| format!(", {package}"))
}

/// How deep the tree is followed: a chain of libraries may be longer than the stack is deep.
const MOST_NESTED: usize = 1000;

fn kind(inspected: &Inspected) -> String {
    let mut words = vec![
        match inspected.kind {
            Kind::Static => "static program",
            Kind::StaticPie => "static program at any address (static-pie)",
            Kind::Dynamic => "dynamic program",
            Kind::Library => "shared library",
            Kind::Object => "object file",
            Kind::KernelModule => "kernel module",
            Kind::Core => "memory of a crashed program",
            Kind::DebugOnly => "debugging information",
            Kind::NoLoader => "program with libraries and without loader",
            Kind::Upx => "program packed by UPX",
            Kind::Truncated => "ELF file that ends too early",
            Kind::Script => "script",
            Kind::Pe => "Windows program",
            Kind::MachO => "macOS program",
            Kind::JavaClass => "Java class",
            Kind::Archive => "static library",
            Kind::Wasm => "WebAssembly module",
            Kind::Bitcode => "LLVM bitcode",
            Kind::Compressed => "compressed file",
            Kind::Empty => "empty file",
            Kind::Unknown => "not a program",
        }
        .to_owned(),
    ];
    words.extend(inspected.platform.as_ref().map(ToString::to_string));
    words.extend(inspected.upx.then(|| "packed by UPX".to_owned()));
    words.extend(inspected.object.is_some().then(|| inspected.file_format.clone()));
    words.join(", ")
}

fn about(text: &mut String, inspected: &Inspected, removable: u64, paint: Paint) {
    if let Some(name) = &inspected.toolchain.name {
        field(text, paint, "toolchain", name);
    }
    if let Some(go) = &inspected.toolchain.go {
        if let Some((module, version)) = &go.module {
            field(text, paint, "module", &format!("{module} {version}"));
        }
        if let Some(time) = go.settings.iter().find(|(key, _)| key == "vcs.time") {
            field(text, paint, "commit", &time.1);
        }
    }
    if let Some(libc) = inspected.libc {
        field(text, paint, "libc", libc.as_str());
    }
    if inspected.object.is_some() {
        field(text, paint, "sizes", &sizes(&inspected.sizes));
        if removable > 0 {
            field(text, paint, "removable", &format!("{} of symbols and debugging information", size(removable)));
        }
    }
}

fn sizes(sizes: &Sizes) -> String {
    let parts = [
        ("code", sizes.code),
        ("read-only data", sizes.read_only),
        ("data", sizes.data),
        ("symbols", sizes.symbols),
        ("debugging information", sizes.debug),
        ("behind the last section", sizes.overlay),
        ("other", sizes.other),
    ];
    let parts = parts.iter().filter(|(_, bytes)| *bytes > 0);
    parts.map(|(name, bytes)| format!("{name} {}", size(*bytes))).collect::<Vec<_>>().join(", ")
}

/// A sentence among what is told of `given`: where that is its subject, `it` takes the name's place.
fn of_it(sentence: &str, given: &str) -> String {
    let rest = sentence.strip_prefix('`').and_then(|rest| rest.strip_prefix(given)?.strip_prefix("` "));
    rest.map_or_else(|| sentence.to_owned(), |rest| format!("it {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_about_the_file_itself_says_it_and_any_other_is_told_whole() {
        for (sentence, expected) in [
            ("`./a b` is empty", "it is empty"),
            ("`./a b` needs version `V` of `x`, and `y` does not", "it needs version `V` of `x`, and `y` does not"),
            ("cannot find `x`, needed by `./a b`", "cannot find `x`, needed by `./a b`"),
            ("`./a b.so` is empty", "`./a b.so` is empty"),
            ("`other` is empty", "`other` is empty"),
        ] {
            assert_eq!(of_it(sentence, "./a b"), expected);
        }
    }
}
