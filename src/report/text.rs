//! Words for people.

use crate::elf::{Inspected, Kind, Libc, Linkage, Sizes};
use crate::error::Problem;
use crate::events::{LeftOut, Warning};
use crate::options::Format;
use crate::packages::Package;
use crate::resolve::{LibraryId, Needer, Resolution};
use crate::rootfs::{Entry, Node};
use crate::shrink::Stripped;
use crate::summary::{Inspection, Packed, Summary, Target};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether there are colours.
    pub on: bool,
}

impl Paint {
    /// What went wrong.
    pub fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// What may go wrong.
    pub fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// What a part is about.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Each problem: the sentence, what led to it, the evidence, the way out.
pub fn problems(problems: &[Problem], word: &str, paint: Paint) -> Vec<u8> {
    let mut text = String::new();
    for problem in problems {
        line(&mut text, format_args!("{word}: {}", printable(&problem.message)));
        for cause in &problem.causes {
            line(&mut text, format_args!("  caused by: {}", printable(cause)));
        }
        for detail in &problem.details {
            line(&mut text, format_args!("  {}", printable(detail)));
        }
        if !problem.hint.is_empty() {
            line(&mut text, format_args!("\n{}: {}\n", paint.bold("hint"), printable(&problem.hint)));
        }
    }
    text.into_bytes()
}

/// Names of files may hold anything, and a terminal would obey it: what [`steers`] it is written as `\u{1b}`.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { printable.extend(c.escape_default()) } else { printable.push(c) }
    }
    printable
}

/// Whether a terminal would not show this character but do something: a control character (C0, DEL, C1), or one that
/// turns the direction of what stands around it (Unicode's `Bidi_Control`), so that a name looks like another one.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What was made of the programs; `files`: each file too.
pub fn summary(summary: &Summary, files: bool, paint: Paint) -> Vec<u8> {
    let mut text = String::new();
    for packed in &summary.images {
        field(&mut text, paint, "program", &program(packed));
        field(&mut text, paint, "contents", &contents(packed));
        if let Some(explained) = &packed.explained {
            // Beside an image that is written it is told on its own.
            if matches!(summary.target, Target::Nothing) {
                super::explain::text(&packed.assembled.rootfs, explained, &mut text, paint);
            }
        } else if files {
            for (path, entry) in packed.assembled.rootfs.entries() {
                field(&mut text, paint, "", &file(&path.to_string(), entry));
            }
            left_out(&mut text, &packed.assembled.rootfs.left_out, paint);
        }
        shrunk(&mut text, packed, paint);
        for hint in &packed.assembled.hints {
            field(&mut text, paint, "hint", hint);
        }
    }
    if let Some(image) = image(summary) {
        field(&mut text, paint, "image", &image);
    }
    match &summary.target {
        Target::Nothing => field(&mut text, paint, "written", "nothing: a dry run"),
        Target::Stdout => field(&mut text, paint, "written", "to standard output"),
        Target::Path(path) => {
            let shown = path.display().to_string();
            field(&mut text, paint, "written", &shown);
            if let Some(next) = next(summary, &shown) {
                line(&mut text, format_args!("             {}", paint.dim(&printable(&next))));
            }
        }
    }
    text.into_bytes()
}

/// Why each file of each image is there, where that was asked for.
pub fn explained(summary: &Summary, paint: Paint) -> Vec<u8> {
    let mut text = String::new();
    for packed in &summary.images {
        if let Some(explained) = &packed.explained {
            field(&mut text, paint, "program", &program(packed));
            super::explain::text(&packed.assembled.rootfs, explained, &mut text, paint);
        }
    }
    text.into_bytes()
}

fn program(packed: &Packed) -> String {
    let mut words = vec![linkage(&packed.inspected).to_owned(), packed.platform.to_string()];
    words.extend(packed.inspected.toolchain.name.clone());
    format!("{}: {}", packed.assembled.program.file_name().unwrap_or_default().display(), words.join(", "))
}

fn contents(packed: &Packed) -> String {
    let rootfs = &packed.assembled.rootfs;
    let mut what = vec!["program".to_owned()];
    if packed.resolution.loader.is_some() {
        what.push("loader".to_owned());
    }
    let libraries = packed.resolution.libraries.iter().filter(|library| library.dlopen.is_none());
    match libraries.count() {
        0 => {}
        1 => what.push("1 library".to_owned()),
        count => what.push(format!("{count} libraries")),
    }
    what.extend(packed.assembled.brought.iter().map(|what| match (*what, packed.known_as) {
        ("CA certificates", Some(known_as)) => format!("{what} ({known_as})"),
        _ => (*what).to_owned(),
    }));
    what.push("users".to_owned());
    let added = rootfs.entries().values().filter(|entry| matches!(entry.node, Node::File(_)) && entry.is_added());
    match added.count() {
        0 => {}
        1 => what.push("1 added file".to_owned()),
        count => what.push(format!("{count} added files")),
    }
    format!("{} files, {}: {}", rootfs.files(), size(rootfs.size()), what.join(", "))
}

/// A path with what is there.
pub fn named(path: &str, entry: &Entry) -> String {
    match &entry.node {
        Node::Directory => format!("{path}/"),
        Node::Link(target) => format!("{path} -> {}", target.display()),
        Node::File(content) => format!("{path}, {}", size(content.size())),
    }
}

/// The same, with why it is there.
pub fn file(path: &str, entry: &Entry) -> String {
    let mut reasons: Vec<&str> = entry.reasons.iter().take(MOST_REASONS).map(|reason| &*reason.text).collect();
    let more = format!("and {} more", entry.reasons.len().saturating_sub(MOST_REASONS));
    if entry.reasons.len() > MOST_REASONS {
        reasons.push(&more);
    }
    format!("{}: {}", named(path, entry), reasons.join("; "))
}

/// As many reasons of one entry are shown; `--json` has them all.
const MOST_REASONS: usize = 2;

/// What was made smaller, or could be.
fn shrunk(text: &mut String, packed: &Packed, paint: Paint) {
    if let Some(stripped) = &packed.shrunk.stripped {
        if stripped.files > 0 || stripped.as_it_is.is_empty() {
            field(text, paint, "stripped", &dropped(stripped));
        }
        for (path, why) in &stripped.as_it_is {
            field(text, paint, "as it is", &format!("{path}: {why}"));
        }
    }
    if let Some(upx) = packed.shrunk.upx {
        let (with, without) = distinct(upx.with, upx.without);
        let end = if upx.is_used() { "and the program starts slower" } else { "so it is packed as it is" };
        field(text, paint, "UPX", &format!("{with} instead of {without} compressed, {end}"));
    }
    let no_symbols = packed.shrunk.stripped.is_some() || packed.shrunk.is_by_upx();
    if let (Some(hint), false) = (removable(packed.shrunk.removable), no_symbols) {
        field(text, paint, "hint", &hint);
    }
}

fn dropped(stripped: &Stripped) -> String {
    if stripped.files == 0 {
        return "nothing: there are no symbols and no debugging information".to_owned();
    }
    let files = if stripped.files == 1 { String::new() } else { format!(", in {} files", stripped.files) };
    let zeros = if stripped.zeros == 0 { String::new() } else { format!(", {} of it zeros now", size(stripped.zeros)) };
    format!("{} of symbols and debugging information{files}{zeros}", size(stripped.bytes))
}

/// What nothing loads.
fn removable(bytes: u64) -> Option<String> {
    const WORTH_A_WORD: u64 = 100_000;
    if bytes < WORTH_A_WORD {
        return None;
    }
    Some(format!("{} of it are symbols: --strip leaves them out", size(bytes)))
}

fn image(summary: &Summary) -> Option<String> {
    let names: Vec<String> = summary.names.iter().map(crate::reference::Reference::familiar).collect();
    let digest = summary.digest?;
    let plain: u64 = summary.images.iter().map(|packed| packed.assembled.rootfs.size()).sum();
    let compressed = summary.images.iter().map(Packed::compressed_size).sum::<Option<u64>>()?;
    Some(format!("{}, {}, {} compressed, {digest}", names.join(", "), size(plain), size(compressed)))
}

/// What people do next.
fn next(summary: &Summary, path: &str) -> Option<String> {
    let name = summary.names.first()?;
    let run = name.familiar();
    let run = run.strip_suffix(":latest").unwrap_or(&run);
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+,@%".contains(&byte));
    (summary.format == Format::Archive && plain).then(|| format!("docker load -i {path} && docker run --rm {run}"))
}

/// What a file is.
pub fn inspection(inspection: &Inspection, paint: Paint) -> Vec<u8> {
    let mut text = String::new();
    let Some(program) = &inspection.program else { return Vec::new() };
    let inspected = &program.inspected;
    line(&mut text, format_args!("{}", paint.bold(&printable(&inspection.given))));
    field(&mut text, paint, "kind", &kind(inspected));
    verdict(&mut text, inspection, paint);
    about(&mut text, inspected, inspection.removable, paint);
    tree(&mut text, inspection, paint);
    for finding in &inspection.findings {
        let also = finding.all.iter().filter(|sign| **sign != finding.shown).map(|sign| format!("`{sign}`"));
        let also: Vec<String> = also.filter(|_| inspection.packages.is_some()).collect();
        let also = if also.is_empty() { String::new() } else { format!(" (also shown by {})", also.join(", ")) };
        field(&mut text, paint, "evidence", &format!("{}: {}{also}", finding.rule.name, finding.because()));
    }
    warnings(&mut text, &inspection.warnings, paint);
    text.into_bytes()
}

/// Whether it can be packed: a line, with all that speaks against it below.
fn verdict(text: &mut String, inspection: &Inspection, paint: Paint) {
    let verdict = match inspection.problems.first() {
        None if inspection.warnings.is_empty() => "can be packed, and runs from its image".to_owned(),
        None => "can be packed, with a warning".to_owned(),
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
}

/// A sentence among what is told of `given`: where that is its subject, `it` takes the name's place.
fn of_it(sentence: &str, given: &str) -> String {
    let rest = sentence.strip_prefix('`').and_then(|rest| rest.strip_prefix(given)?.strip_prefix("` "));
    rest.map_or_else(|| sentence.to_owned(), |rest| format!("it {rest}"))
}

/// What should be known, among what is told of a file.
pub fn warnings(text: &mut String, warnings: &[Warning], paint: Paint) {
    for warning in warnings {
        field(text, paint, "warning", &warning.message);
        for detail in &warning.details {
            field(text, paint, "", detail);
        }
        if !warning.hint.is_empty() {
            field(text, paint, "hint", &warning.hint);
        }
    }
}

/// What is not in, and why.
pub fn left_out(text: &mut String, left_out: &[LeftOut], paint: Paint) {
    for left in left_out {
        field(text, paint, "left out", &format!("{}: {}", left.what, left.why));
    }
}

/// The loader, and each library below the first one that asks for it: in full once, by name again.
fn tree(text: &mut String, inspection: &Inspection, paint: Paint) {
    let resolution = &inspection.resolution;
    if let Some(loader) = &resolution.loader {
        let bytes = size(loader.walk.stat.identity.size);
        let owner = inspection.packages.as_ref().map(|packages| owned(packages.get(&loader.walk.real)));
        let (path, owner) = (loader.path.display(), owner.unwrap_or_default());
        field(text, paint, "loader", &format!("{path}, {bytes}{owner}"));
    }
    let mut lines = Vec::new();
    let mut shown = BTreeSet::new();
    below(Needer::Program, 0, inspection, &mut shown, &mut lines);
    for (index, line) in lines.iter().enumerate() {
        field(text, paint, if index == 0 { "libraries" } else { "" }, line);
    }
    missing(text, resolution, paint);
}

/// The libraries that are not there.
pub fn missing(text: &mut String, resolution: &Resolution, paint: Paint) {
    for missing in &resolution.missing {
        let soname = String::from_utf8_lossy(&missing.soname);
        field(text, paint, "missing", &format!("{soname}, needed by {}", missing.needed_by.join(", ")));
    }
}

/// A line for each library that `needer` needs, with those below that it needs itself.
fn below(
    needer: Needer,
    depth: usize,
    inspection: &Inspection,
    shown: &mut BTreeSet<LibraryId>,
    lines: &mut Vec<String>,
) {
    /// Deeper than this a line has no room.
    const DEEPEST: usize = 24;
    for (id, library) in inspection.resolution.needed(needer) {
        let indent = "  ".repeat(depth.min(DEEPEST));
        let soname = library.name();
        if !shown.insert(id) {
            // All who need it are told where it stands.
            if inspection.packages.is_none() {
                lines.push(format!("{indent}{soname}, see above"));
            }
            continue;
        }
        let (path, bytes) = (library.place.path.display(), size(library.walk.stat.identity.size));
        let owner = inspection.packages.as_ref().map(|packages| owned(packages.get(&library.walk.real)));
        lines.push(format!("{indent}{soname} => {path}, {bytes}{} ({})", owner.unwrap_or_default(), library.found_by));
        if inspection.packages.is_some() {
            lines.push(format!(
                "{indent}    needed by {}",
                inspection.resolution.needing(library, &inspection.given).join(", ")
            ));
            let skipped = library.skipped.iter().filter(|skipped| skipped.is_by_object());
            lines.extend(skipped.map(|skipped| format!("{indent}    skipped {skipped}")));
        }
        if depth < MOST_NESTED {
            below(Needer::Library(id), depth + 1, inspection, shown, lines);
        }
    }
}

fn owned(package: Option<&Package>) -> String {
    package.map_or(", of no package".to_owned(), |package| format!(", {package}"))
}

/// A chain of libraries may be long, and the stack is not.
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
            Kind::Unknown => "no program",
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
        field(text, paint, "libc", libc_name(libc));
    }
    if inspected.object.is_some() {
        field(text, paint, "sizes", &sizes(&inspected.sizes));
        if removable > 0 {
            field(text, paint, "removable", &format!("{} of symbols and debugging information", size(removable)));
        }
    }
}

/// `glibc`, `musl`, `other`.
pub fn libc_name(libc: Libc) -> &'static str {
    match libc {
        Libc::Glibc => "glibc",
        Libc::Musl => "musl",
        Libc::Other => "other",
    }
}

/// `static`, `static-pie`, `dynamic`.
pub fn linkage(inspected: &Inspected) -> &'static str {
    match inspected.linkage {
        Some(Linkage::Static) => "static",
        Some(Linkage::StaticPie) => "static-pie",
        Some(Linkage::Dynamic) => "dynamic",
        None => inspected.kind.as_str(),
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

/// Bytes in the units of SI, with two digits that count: `8.4 MB`, `762 kB`, `12 B`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes;
    let mut rest = 0;
    let mut unit = 0;
    // Tenths are rounded before the unit is chosen: 999,960 bytes are 1.0 MB.
    while value >= 1000 || (unit > 0 && value == 999 && rest >= 950) {
        rest = value % 1000;
        value /= 1000;
        unit += 1;
    }
    let tenths = value * 10 + (rest + 50) / 100;
    if unit == 0 || tenths >= 100 {
        format!("{} {}", if unit == 0 { value } else { (tenths + 5) / 10 }, UNITS[unit.min(4)])
    } else {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit.min(4)])
    }
}

/// Two sizes that are compared, in one unit and with the digits that tell them apart.
fn distinct(one: u64, other: u64) -> (String, String) {
    let (unit, name) = if one.max(other) < 1_000_000 { (1_000, "kB") } else { (1_000_000, "MB") };
    let written = |bytes: u64, digits: u32| {
        let scale = 10_u64.pow(digits);
        let scaled = (bytes * scale + unit / 2) / unit;
        format!("{}.{:0width$} {name}", scaled / scale, scaled % scale, width = digits as usize)
    };
    let digits = (1..=3).find(|digits| written(one, *digits) != written(other, *digits)).unwrap_or(1);
    (written(one, digits), written(other, digits))
}

/// A line: what it is about, in a column of its own, and what there is to say.
pub fn field(text: &mut String, paint: Paint, name: &str, value: &str) {
    let pad = 10_usize.saturating_sub(name.len());
    line(text, format_args!("  {}{:pad$} {}", paint.dim(name), "", printable(value)));
}

/// A line with what was put together.
pub fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a String takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_digits_that_count() {
        for (bytes, expected) in [
            (0, "0 B"),
            (12, "12 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1449, "1.4 kB"),
            (9960, "10 kB"),
            (762_424, "762 kB"),
            (8_449_000, "8.4 MB"),
            (42_791_888, "43 MB"),
            (1_000_000_000, "1.0 GB"),
        ] {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn sizes_that_are_compared_can_be_told_apart() {
        for (one, other, expected) in [
            (12_212_000, 12_346_000, ("12.2 MB", "12.3 MB")),
            (1_097_801, 1_083_667, ("1.10 MB", "1.08 MB")),
            (4826, 2058, ("4.8 kB", "2.1 kB")),
            (7, 7, ("0.0 kB", "0.0 kB")),
        ] {
            assert_eq!(distinct(one, other), (expected.0.to_owned(), expected.1.to_owned()));
        }
    }

    #[test]
    fn what_would_steer_a_terminal_is_written_out_and_nothing_else() {
        for (text, expected) in [
            ("naïve 名前 😀 عربي", "naïve 名前 😀 عربي"),
            ("a\tb\n\u{1b}[31m", "a\\tb\\n\\u{1b}[31m"),
            ("\u{7f}\u{80}\u{9b}2J", "\\u{7f}\\u{80}\\u{9b}2J"),
            ("\u{202a}\u{202e}fdp.exe", "\\u{202a}\\u{202e}fdp.exe"),
            ("\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}", "\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}"),
            // Neither turns anything: a zero-width joiner belongs into names, and U+2065 is nothing.
            ("\u{200d}\u{2065}", "\u{200d}\u{2065}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

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

    #[test]
    fn a_problem_is_a_sentence_then_the_evidence_then_what_to_do() {
        let problem = Problem {
            code: "x",
            message: "cannot read `a\x1b[31m`".to_owned(),
            causes: vec!["Permission denied".to_owned()],
            details: vec!["searched: /a, /b".to_owned()],
            hint: "do this".to_owned(),
            is_usage_error: false,
        };
        let text = String::from_utf8(problems(&[problem], "error", Paint { on: false })).unwrap();
        assert_eq!(
            text,
            "error: cannot read `a\\u{1b}[31m`\n  caused by: Permission denied\n  searched: /a, /b\n\nhint: do this\n\n"
        );
    }
}
