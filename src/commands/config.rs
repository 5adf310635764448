//! What an image's configuration says: the contents decide some of it, the user the rest.

use crate::image::ImageConfig;
use crate::options::{Options, PATH};
use crate::rootfs::recorded::{self, ANNOTATION};
use crate::summary::Packed;

/// The configuration of the image that `packed` goes into.
pub fn image_config(options: &Options, packed: &Packed) -> ImageConfig {
    let (config, assembled) = (&options.config, &packed.assembled);
    let commit = packed.inspected.toolchain.go.as_ref().and_then(|go| go.commit_time);
    ImageConfig {
        platform: packed.platform.clone(),
        entrypoint: assembled.entrypoint().into_iter().collect(),
        arguments: config.arguments.clone(),
        env: environment(options, packed),
        workdir: config.workdir.as_ref().map(ToString::to_string),
        user: format!("{}:{}", assembled.runner.uid, assembled.runner.gid),
        ports: config.ports.clone(),
        volumes: options.contents.volumes.iter().map(ToString::to_string).collect(),
        labels: packed.labels.iter().chain(&config.labels).cloned().collect(),
        annotations: annotations(options, packed),
        stop_signal: config.stop_signal.clone(),
        created: options.created.or(commit).unwrap_or(0),
    }
}

/// What the image cannot show by itself, then what was asked for, which counts more.
fn annotations(options: &Options, packed: &Packed) -> Vec<(String, String)> {
    let recorded = recorded::record(&packed.assembled.rootfs, &options.contents.libraries);
    let recorded = recorded.map(|recorded| (ANNOTATION.to_owned(), recorded));
    recorded.into_iter().chain(options.config.annotations.iter().cloned()).collect()
}

/// `KEY=VALUE`, each key once. Of several the last one counts, and stands where the first one stood.
fn environment(options: &Options, packed: &Packed) -> Vec<String> {
    let path = ("PATH", PATH.to_owned());
    let certificates = packed.assembled.certificates.iter().map(|path| ("SSL_CERT_FILE", path.to_string()));
    let asked = options.config.env.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let mut env: Vec<(&str, String)> = Vec::new();
    for (key, value) in std::iter::once(path).chain(certificates).chain(asked) {
        match env.iter_mut().find(|(other, _)| *other == key) {
            Some((_, there)) => *there = value,
            None => env.push((key, value)),
        }
    }
    env.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}
