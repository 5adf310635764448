//! What is said of an image that was read back: in words, and for scripts.

use super::advice;
use super::explain;
use super::json;
use super::list::{self, is_unknown};
use super::sum::Sum;
use super::words::{self, Paint, field, printable, size};
use pack::facts::{Node, Reference, Source, SourceLayer};
use pack::summary::{FoundImage, ImageInspection};
use serde_json::{Value, json};

/// How many files without a reason are named where `--explain` was not asked for.
const MOST_UNEXPLAINED: usize = 20;

/// The image in words, with `all` hints or the first few; `None` where it cannot be read.
pub fn text(inspection: &ImageInspection, all: bool, paint: Paint) -> Option<Vec<u8>> {
    let mut text = String::new();
    let found = inspection.found.as_ref()?;
    let FoundImage { source, analysis, explained, .. } = found;
    words::line(&mut text, format_args!("{}", paint.bold(&printable(&inspection.given))));
    about(&mut text, source, paint);
    verdict(&mut text, inspection, found, all, paint);
    if let (Some(program), Some(inspected)) = (&analysis.program, &analysis.inspected) {
        let mut words = vec![words::linkage(inspected).to_owned()];
        words.extend(inspected.platform.as_ref().map(ToString::to_string));
        words.extend(inspected.toolchain.name.clone());
        field(&mut text, paint, "program", &format!("{program}: {}", words.join(", ")));
    }
    words::missing(&mut text, &analysis.resolution, paint);
    configuration(&mut text, source, paint);
    for (number, layer) in source.layers.iter().enumerate() {
        let history = source.config.history.get(number).map(|step| first_line(step)).unwrap_or_default();
        let colon = if history.is_empty() { "" } else { ": " };
        let (uncompressed, blob) = (size(layer.uncompressed.size), size(layer.blob.size));
        let how =
            if layer.uncompressed == layer.blob { uncompressed } else { format!("{uncompressed}, {blob} compressed") };
        let word = format!("layer {}", number + 1);
        field(&mut text, paint, &word, &format!("{how}, {}{colon}{history}", layer.blob.digest));
    }
    field(&mut text, paint, "contents", &format!("{} files, {}", source.rootfs.files(), size(source.rootfs.size())));
    match explained {
        Some(explained) => explain::text(&source.rootfs, explained, all, &mut text, paint),
        None => files(&mut text, source, all, paint),
    }
    Some(text.into_bytes())
}

fn about(text: &mut String, source: &Source, paint: Paint) {
    // A layout may hold the tag without the name.
    let whole = |name: &&String| name.contains(['/', ':']);
    let reference = |name: &String| Some(name).filter(whole).and_then(|name| Reference::parse(name).ok());
    let familiar = |name: &String| reference(name).map_or_else(|| name.clone(), |name| name.familiar());
    let mut words: Vec<String> = source.names.iter().map(familiar).collect();
    words.extend(source.platform.clone());
    let config = || source.config_digest.map(|digest| format!("configuration {digest}"));
    words.extend(source.digest.map(|digest| digest.to_string()).or_else(config));
    field(text, paint, "image", &words.join(", "));
    if source.platforms.len() > 1 {
        let others = source.platforms.iter().filter(|platform| Some(*platform) != source.platform.as_ref());
        field(text, paint, "also for", &others.cloned().collect::<Vec<_>>().join(", "));
    }
    if let Some(created) = &source.config.created {
        field(text, paint, "created", created);
    }
}

fn verdict(text: &mut String, inspection: &ImageInspection, found: &FoundImage, all: bool, paint: Paint) {
    let ImageInspection { warnings, hints, .. } = inspection;
    match inspection.problems.first() {
        None => {
            let verdict = advice::starts(&found.analysis.resolution, warnings.len(), hints.len());
            field(text, paint, "verdict", &verdict);
        }
        Some(_) => field(text, paint, "verdict", "will not start"),
    }
    for problem in &inspection.problems {
        field(text, paint, "", &problem.message);
        for detail in problem.causes.iter().chain(&problem.details) {
            field(text, paint, "", &format!("  {detail}"));
        }
        if !problem.hint.is_empty() {
            field(text, paint, "hint", &problem.hint);
        }
    }
    advice::warnings(text, warnings, paint);
    advice::hints(text, hints, all, paint);
}

fn configuration(text: &mut String, source: &Source, paint: Paint) {
    let config = &source.config;
    let labels: Vec<String> = config.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    for (name, value) in [
        ("entrypoint", words::words(&config.entrypoint)),
        ("arguments", words::words(&config.arguments)),
        ("user", config.user.clone().unwrap_or_else(|| "root, because none is named".to_owned())),
        ("workdir", config.workdir.clone().unwrap_or_default()),
        ("ports", config.ports.join(", ")),
        ("volumes", config.volumes.join(", ")),
        ("signal", config.stop_signal.clone().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            field(text, paint, name, &value);
        }
    }
    for (name, values) in [("env", &config.env), ("label", &labels)] {
        for value in values {
            field(text, paint, name, value);
        }
    }
}

/// The files with their reasons, one after the other, then those without.
fn files(text: &mut String, source: &Source, all: bool, paint: Paint) {
    let entries = || source.rootfs.entries().iter();
    list::text(&source.rootfs, all, text, paint);
    let unknown: Vec<_> = entries().filter(|(_, entry)| is_unknown(entry) && entry.node != Node::Directory).collect();
    if !unknown.is_empty() {
        let sum = Sum::of(unknown.iter().map(|(_, entry)| *entry));
        field(text, paint, "no reason", &format!("is found for {}", sum.text()));
    }
    for (path, entry) in unknown.iter().take(MOST_UNEXPLAINED) {
        field(text, paint, "", &words::named(&path.to_string(), entry));
    }
    if unknown.len() > MOST_UNEXPLAINED {
        field(text, paint, "", &format!("and {} more, which `--explain` lists", unknown.len() - MOST_UNEXPLAINED));
    }
    words::left_out(text, &source.rootfs.left_out, paint);
}

fn first_line(step: &str) -> &str {
    const WORTH_READING: usize = 100;
    let line = step.trim().lines().next().unwrap_or_default().trim();
    line.char_indices().nth(WORTH_READING).map_or(line, |(end, _)| &line[..end])
}

/// The image for scripts. Fields that `pack --json` has too mean the same.
pub fn value(inspection: &ImageInspection) -> Value {
    let mut value = match &inspection.found {
        Some(found) => found_value(&inspection.given, found),
        None => json!({
            "path": inspection.given, "file_format": "image", "kind": "image", "names": [], "platform": null, "platforms": [],
            "manifest_digest": null, "config_digest": null, "layers": [], "program": null, "files": [], "left_out": [],
        }),
    };
    value["warnings"] = inspection.warnings.iter().map(json::warning).collect();
    value["hints"] = json!(inspection.hints);
    value["errors"] = inspection.problems.iter().map(json::problem).collect();
    value
}

fn found_value(given: &str, found: &FoundImage) -> Value {
    let FoundImage { source, analysis, explained } = found;
    let config = &source.config;
    let layer = |(number, layer): (usize, &SourceLayer)| {
        json!({
            "digest": layer.blob.digest.to_string(),
            "diff_id": layer.uncompressed.digest.to_string(),
            "size": layer.uncompressed.size,
            "compressed_size": layer.blob.size,
            "created_by": config.history.get(number),
        })
    };
    let files = source
        .rootfs
        .entries()
        .iter()
        .map(|(path, entry)| json::file(path, entry, source.origins.get(path).copied(), explained.as_ref()));
    let program = analysis.program.as_ref().zip(analysis.inspected.as_ref()).map(|(path, inspected)| {
        json::about(&path.to_string(), inspected, analysis.removable, &analysis.resolution, &analysis.findings)
    });
    let mut value = json!({
        "path": given,
        "file_format": "image",
        "kind": "image",
        "names": source.names,
        "platform": source.platform,
        "platforms": source.platforms,
        "manifest_digest": source.digest.map(|digest| digest.to_string()),
        "config_digest": source.config_digest.map(|digest| digest.to_string()),
        "created": config.created,
        "user": config.user,
        "entrypoint": config.entrypoint,
        "arguments": config.arguments,
        "env": config.env,
        "workdir": config.workdir,
        "ports": config.ports,
        "volumes": config.volumes,
        "labels": config.labels.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "stop_signal": config.stop_signal,
        "size": source.rootfs.size(),
        "compressed_size": source.layers.iter().map(|layer| layer.blob.size).sum::<u64>(),
        "layers": source.layers.iter().enumerate().map(layer).collect::<Vec<_>>(),
        "program": program,
        "files": files.collect::<Vec<_>>(),
        "left_out": source.rootfs.left_out.iter().map(json::left_out).collect::<Vec<_>>(),
    });
    if explained.is_some() {
        value["reasons"] = json::reasons(&source.rootfs);
    }
    value
}
