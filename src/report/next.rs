//! The commands that people run next, once an image is written: those that do with this image, on this machine.

use pack::facts::{Compression, Reference, shell_word};
use pack::options::Format;
use pack::summary::Summary;

/// The commands that take the file at `path` on: into an engine, and into the registries that its names have. None where
/// it is no file that engines load.
pub fn next(summary: &Summary, path: &str) -> Vec<String> {
    if summary.format != Format::Archive || summary.target.as_ref().is_none_or(|target| target.inode().is_none()) {
        return Vec::new();
    }
    let to_registries: Vec<&Reference> = summary.names.iter().filter(|name| name.has_registry()).collect();
    match (summary.packed.as_slice(), summary.names.first()) {
        ([], _) | (_, None) => Vec::new(),
        ([packed], Some(name)) => {
            // Docker before 23 does not read zstd.
            let engine = if matches!(summary.compression, Compression::Zstd { .. }) { "podman" } else { "docker" };
            let load = format!("{engine} load -i {}", shell_word(path));
            let run = match (packed.platform.runs_here(), packed.ignores_signals) {
                (false, _) => String::new(),
                (true, false) => format!(" && {engine} run --rm {}", short(name)),
                // Process 1 gets no signal that it does not handle: another one has to be that.
                (true, true) => format!(" && {engine} run --rm --init {}", short(name)),
            };
            let push = to_registries.iter().map(|name| format!(" && {engine} push {}", name.familiar()));
            let push = push.collect::<Vec<_>>().concat();
            vec![if push.is_empty() { load + &run } else { load + &push }]
        }
        (_, Some(_)) => {
            // With several names the archive has several entries, and skopeo asks for one.
            let entry = |name: &Reference| {
                let tag = if summary.names.len() > 1 { format!(":{}", name.tag()) } else { String::new() };
                shell_word(&format!("oci-archive:{path}{tag}"))
            };
            let copy = |name: &Reference, to: String| format!("skopeo copy --all {} docker://{to}", entry(name));
            match to_registries.as_slice() {
                [] => summary
                    .names
                    .iter()
                    .take(1)
                    .map(|name| copy(name, format!("REGISTRY/{}", name.familiar())))
                    .collect(),
                names => names.iter().map(|name| copy(name, name.familiar())).collect(),
            }
        }
    }
}

/// A name as people write it, without the tag that engines take where none is given.
fn short(name: &Reference) -> String {
    let familiar = name.familiar();
    familiar.strip_suffix(":latest").map_or(familiar.clone(), str::to_owned)
}
