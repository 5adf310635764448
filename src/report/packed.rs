//! What was made of programs, in words: the end of `pack PROGRAM`.

use super::advice;
use super::explain;
use super::list;
use super::next::next;
use super::words::{Paint, command, distinct, field, left_out, linkage, size, words};
use pack::facts::{Image, ImageConfig, Node, Reference, Stripped, Target};
use pack::summary::{Packed, Summary};

/// How much of the contents is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// No files.
    None,
    /// The files, those of a directory that share their reasons on one line.
    Folded,
    /// Each file, link and directory.
    All,
}

/// What was made of the programs, with `files` of them.
pub fn summary(summary: &Summary, files: Files, paint: Paint) -> Vec<u8> {
    let all = files == Files::All;
    let mut text = String::new();
    for packed in &summary.packed {
        field(&mut text, paint, "program", &program(packed));
        field(&mut text, paint, "contents", &contents(packed));
        if let Some(explained) = &packed.explained {
            // Beside an image that is written, the explanation goes to standard output on its own.
            if summary.target.is_none() {
                explain::text(&packed.assembled.rootfs, explained, all, &mut text, paint);
            }
        } else if files != Files::None {
            list::text(&packed.assembled.rootfs, all, &mut text, paint);
            left_out(&mut text, &packed.assembled.rootfs.left_out, paint);
        }
        shrunk(&mut text, packed, paint);
        advice::hints(&mut text, &packed.hints, files != Files::None, paint);
    }
    if let Some(image) = image(summary) {
        field(&mut text, paint, "image", &image);
    }
    match &summary.target {
        None => field(&mut text, paint, "written", "nothing: a dry run"),
        Some(Target::Stdout) => field(&mut text, paint, "written", "to standard output"),
        Some(Target::Path(path)) => {
            let shown = path.display().to_string();
            field(&mut text, paint, "written", &shown);
            for next in next(summary, &shown) {
                command(&mut text, paint, &next);
            }
            for config in summary.configurations.iter().filter(|_| !summary.format.has_layers()) {
                configuration(&mut text, config, paint);
            }
        }
    }
    text.into_bytes()
}

/// Why each file of each image is there, where that was asked for; `all`: with a line for each.
pub fn explained(summary: &Summary, all: bool, paint: Paint) -> Vec<u8> {
    let mut text = String::new();
    for packed in &summary.packed {
        if let Some(explained) = &packed.explained {
            field(&mut text, paint, "program", &program(packed));
            explain::text(&packed.assembled.rootfs, explained, all, &mut text, paint);
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
    what.extend(packed.assembled.brought.iter().map(|what| match (*what, packed.known_as()) {
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

/// A hint where the program has much that nothing loads.
fn removable(bytes: u64) -> Option<String> {
    const WORTH_A_WORD: u64 = 100_000;
    if bytes < WORTH_A_WORD {
        return None;
    }
    Some(format!("{} of it are symbols, which `--strip` drops", size(bytes)))
}

fn image(summary: &Summary) -> Option<String> {
    let delivered = summary.delivered.as_ref()?;
    let names: Vec<String> = summary.names.iter().map(Reference::familiar).collect();
    let uncompressed: u64 = summary.packed.iter().map(|packed| packed.assembled.rootfs.size()).sum();
    let compressed: u64 = delivered.images.iter().map(Image::compressed_size).sum();
    let (uncompressed, compressed) = (size(uncompressed), size(compressed));
    Some(format!("{}, {uncompressed}, {compressed} compressed, {}", names.join(", "), delivered.digest))
}

/// How to run a plain root file system, which has no configuration that would tell.
fn configuration(text: &mut String, config: &ImageConfig, paint: Paint) {
    for (name, value) in [
        ("entrypoint", words(&config.entrypoint)),
        ("arguments", words(&config.arguments)),
        ("user", config.user.clone()),
        ("workdir", config.workdir.clone().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            field(text, paint, name, &value);
        }
    }
    for variable in &config.env {
        field(text, paint, "env", variable);
    }
}
