//! What the texts say, for scripts. Fields are only ever added; keys are sorted.

use super::explain::ReasonTree;
use super::sum::Sum;
use super::words;
use pack::error::{Error, Problem};
use pack::events::{LeftOut, Warning};
use pack::facts::{
    Entry, Explained, Finding, GoBuild, Image, ImagePath, Inspected, Libc, Library, Linkage, Reference, Resolution,
    Rootfs, Sizes, Skipped, Stripped, Target, Toolchain,
};
use pack::summary::{FoundProgram, Packed, ProgramInspection, Summary};
use serde_json::{Value, json};

/// The text of `value`, with a line feed at its end. Characters that would steer a terminal are escaped as JSON does.
pub fn text(value: &Value) -> Vec<u8> {
    let written = serde_json::to_string_pretty(value).expect("a Value is JSON") + "\n";
    // Line feeds part the fields; inside strings serde_json has escaped all that JSON does not allow.
    let steers = |c: char| c != '\n' && words::steers(c);
    let mut text = String::with_capacity(written.len());
    for piece in written.split_inclusive(steers) {
        text.push_str(piece.trim_end_matches(steers));
        text.extend(piece.chars().next_back().filter(|c| steers(*c)).map(|c| format!("\\u{:04x}", u32::from(c))));
    }
    text.into_bytes()
}

/// What `pack --json` prints.
pub fn summary(summary: &Summary) -> Value {
    let written = summary.target.as_ref().and_then(Target::path).map(|path| path.to_string_lossy());
    json!({
        "names": summary.names.iter().map(Reference::full).collect::<Vec<_>>(),
        "digest": summary.delivered.as_ref().map(|delivered| delivered.digest.to_string()),
        "written": written,
        "images": summary.images().map(|(packed, image)| self::image(packed, image)).collect::<Vec<_>>(),
        "warnings": summary.warnings.iter().map(warning).collect::<Vec<_>>(),
        "hints": hints(summary),
        "errors": [],
    })
}

/// What `pack --json` prints where there is no image.
pub fn failure(error: &Error) -> Value {
    json!({
        "names": [],
        "digest": null,
        "written": null,
        "images": [],
        "warnings": error.warnings.iter().map(warning).collect::<Vec<_>>(),
        "hints": [],
        "errors": error.problems.iter().map(problem).collect::<Vec<_>>(),
    })
}

/// The hints of all programs, each once.
fn hints(summary: &Summary) -> Vec<&str> {
    let mut hints: Vec<&str> = Vec::new();
    for hint in summary.packed.iter().flat_map(|packed| &packed.hints) {
        if !hints.contains(&hint.as_str()) {
            hints.push(hint);
        }
    }
    hints
}

/// What `pack inspect --json` prints of what is not an image.
pub fn inspection(inspection: &ProgramInspection) -> Value {
    let mut value = match &inspection.found {
        Some(found) => program(&inspection.given, found),
        None => json!({
            "path": inspection.given, "file_format": null, "kind": null, "platform": null, "linkage": null, "libc": null,
            "toolchain": null, "loader": null, "libraries": [], "missing": [], "evidence": [], "removable": 0,
            "sizes": null, "interpreter": null, "upx": false,
        }),
    };
    value["warnings"] = inspection.warnings.iter().map(warning).collect();
    value["hints"] = json!(inspection.hints);
    value["errors"] = inspection.problems.iter().map(problem).collect();
    value
}

fn program(given: &str, found: &FoundProgram) -> Value {
    let FoundProgram { program, removable, resolution, findings, packages } = found;
    let mut value = about(given, &program.inspected, *removable, resolution, findings);
    if let Some(packages) = packages {
        let libraries = value["libraries"].as_array_mut().into_iter().flatten();
        for (told, library) in libraries.zip(&resolution.libraries) {
            told["package"] = json!(packages.get(&library.walk.real).map(ToString::to_string));
        }
    }
    value
}

/// What a program is.
pub fn about(
    path: &str,
    inspected: &Inspected,
    removable: u64,
    resolution: &Resolution,
    findings: &[Finding],
) -> Value {
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let object = inspected.object.as_ref();
    let missing = resolution.missing.iter().map(|missing| {
        json!({
            "soname": text(&missing.soname),
            "needed_by": missing.needed_by,
            "searched": missing.searched,
            "skipped": skipped(&missing.skipped),
        })
    });
    json!({
        "path": path,
        "file_format": inspected.file_format,
        "kind": inspected.kind.as_str(),
        "platform": inspected.platform.as_ref().map(ToString::to_string),
        "linkage": inspected.linkage.map(Linkage::as_str),
        "libc": inspected.libc.map(Libc::as_str),
        "toolchain": toolchain(&inspected.toolchain),
        "loader": object.and_then(|object| object.loader.as_ref()).map(text),
        "libraries": libraries(path, resolution),
        "missing": missing.collect::<Vec<_>>(),
        "evidence": findings.iter().map(finding).collect::<Vec<_>>(),
        "sizes": sizes(&inspected.sizes),
        "removable": removable,
        "upx": inspected.upx,
        "interpreter": inspected.interpreter.as_ref().map(text),
    })
}

/// Libraries in the order in which they are loaded.
fn libraries(program: &str, resolution: &Resolution) -> Value {
    let library = |library: &Library| {
        json!({
            "soname": library.name(),
            "path": library.place.path.to_string_lossy(),
            "real_path": library.walk.real.to_string(),
            "size": library.walk.stat.identity.size,
            "needed_by": resolution.needing(library, program),
            "rule": library.found_by.to_string(),
            "rule_code": library.found_by.rule.code(),
            "skipped": skipped(&library.skipped),
            "variants": library.hwcaps.iter().map(|(place, _)| place.path.to_string_lossy()).collect::<Vec<_>>(),
        })
    };
    resolution.libraries.iter().map(library).collect()
}

/// What the search passed over, and why.
fn skipped(skipped: &[Skipped]) -> Vec<String> {
    skipped.iter().map(ToString::to_string).collect()
}

fn toolchain(toolchain: &Toolchain) -> Value {
    json!({
        "name": toolchain.name,
        "rust": toolchain.rust,
        "comments": toolchain.comments,
        "go": toolchain.go.as_ref().map(go),
    })
}

fn go(go: &GoBuild) -> Value {
    let pair = |(path, version): &(String, String)| json!({ "path": path, "version": version });
    let setting = |(key, value): &(String, String)| (key.clone(), Value::from(value.as_str()));
    json!({
        "version": go.version,
        "path": go.path,
        "module": go.module.as_ref().map(pair),
        "dependencies": go.dependencies.iter().map(pair).collect::<Vec<_>>(),
        "settings": go.settings.iter().map(setting).collect::<serde_json::Map<_, _>>(),
        "commit_time": go.commit_time,
    })
}

fn sizes(sizes: &Sizes) -> Value {
    json!({
        "code": sizes.code,
        "read_only": sizes.read_only,
        "data": sizes.data,
        "symbols": sizes.symbols,
        "debug": sizes.debug,
        "overlay": sizes.overlay,
        "other": sizes.other,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({ "rule": finding.rule.name, "shown": finding.all, "because": finding.because() })
}

fn image(packed: &Packed, image: Option<&Image>) -> Value {
    let assembled = &packed.assembled;
    let layers = image.iter().flat_map(|image| &image.layers.0).map(|layer| {
        json!({
            "digest": layer.blob.digest.to_string(),
            "diff_id": layer.diff_id.to_string(),
            "size": layer.size,
            "compressed_size": layer.blob.size,
        })
    });
    let files = assembled.rootfs.entries().iter().map(|(path, entry)| file_in(packed, image, path, entry));
    let mut program =
        about(&packed.given, &packed.inspected, packed.shrunk.removable, &packed.resolution, &packed.findings);
    program["entrypoint"] = json!(assembled.program.to_string());
    // Warnings, hints and errors are those of the whole run.
    program["warnings"] = json!([]);
    program["hints"] = json!([]);
    program["errors"] = json!([]);
    let mut value = json!({
        "platform": packed.platform.to_string(),
        "program": program,
        "config_digest": image.map(|image| image.config.digest.to_string()),
        "manifest_digest": image.map(|image| image.manifest.digest.to_string()),
        "size": assembled.rootfs.size(),
        "compressed_size": image.map(Image::compressed_size),
        "layers": layers.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "stripped": packed.shrunk.stripped.as_ref().map(stripped),
        "upx": packed.shrunk.upx.map(|upx| json!({
            "used": upx.is_used(),
            "compressed_size": upx.with,
            "compressed_size_without": upx.without,
        })),
        "left_out": assembled.rootfs.left_out.iter().map(left_out).collect::<Vec<_>>(),
    });
    if packed.explained.is_some() {
        value["reasons"] = reasons(&assembled.rootfs);
    }
    value
}

/// What each reason brought.
pub fn reasons(rootfs: &Rootfs) -> Value {
    let sum = |(code, sum): (&'static str, Sum)| {
        json!({
            "code": code,
            "files": sum.files,
            "directories": sum.directories,
            "links": sum.links,
            "size": sum.size,
        })
    };
    ReasonTree::new(rootfs).sums().into_iter().map(sum).collect()
}

fn file_in(packed: &Packed, image: Option<&Image>, path: &ImagePath, entry: &Entry) -> Value {
    let layers = image.into_iter().flat_map(|image| &image.layers.0);
    let layer = layers.enumerate().find(|(_, layer)| layer.paths.binary_search(path).is_ok());
    let layer = layer.map(|(index, _)| index);
    let layer = layer.or_else(|| packed.explained.as_ref()?.layers.get(path).copied());
    file(path, entry, layer, packed.explained.as_ref())
}

/// An entry of a tree.
pub fn file(path: &ImagePath, entry: &Entry, layer: Option<usize>, explained: Option<&Explained>) -> Value {
    let mut value = json!({
        "path": path.to_string(),
        "type": entry.kind(),
        "size": entry.size(),
        "mode": format!("{:04o}", entry.mode),
        "layer": layer,
        "reasons": entry.reasons.iter().map(|reason| json!({
            "code": reason.cause.code(),
            "text": &*reason.text,
            "files": reason.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    if let Some(explained) = explained {
        value["package"] = json!(explained.packages.get(path).map(ToString::to_string));
    }
    value
}

fn stripped(stripped: &Stripped) -> Value {
    let as_it_is = stripped.as_it_is.iter().map(|(path, why)| json!({ "path": path.to_string(), "why": why }));
    json!({
        "files": stripped.files,
        "bytes": stripped.bytes,
        "zeros": stripped.zeros,
        "as_it_is": as_it_is.collect::<Vec<_>>(),
    })
}

/// A file that was looked for and not packed.
pub fn left_out(left: &LeftOut) -> Value {
    json!({ "what": left.what, "why": left.why })
}

/// What should be known.
pub fn warning(warning: &Warning) -> Value {
    json!({ "code": warning.code, "message": warning.message, "details": warning.details, "hint": warning.hint })
}

/// What went wrong.
pub fn problem(problem: &Problem) -> Value {
    json!({
        "code": problem.code,
        "message": problem.message,
        "causes": problem.causes,
        "details": problem.details,
        "hint": problem.hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_escaped_and_reads_back_as_it_was() {
        let value = json!({ "a": ["\u{202e}x\u{2066}\u{61c}", "\u{7f}\u{9b}\u{1b}\n\"", "é\u{200e}"] });

        let text = String::from_utf8(text(&value)).unwrap();

        let expected = r#""\u202ex\u2066\u061c", "\u007f\u009b\u001b\n\"", "é\u200e""#;
        assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), format!("{{ \"a\": [ {expected} ] }}"));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
