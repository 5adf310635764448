//! The bundle of CA certificates: whether it goes in, from where, and to which path.
//!
//! The bundle is one file, at the first known path that an object names. An object that names only other paths gets a
//! link to the bundle at its own. So does OpenSSL, whose path follows from that of its configuration: it is read where
//! SSL_CERT_FILE is not set, as in a plain root file system.

use super::finding::{Finding, ObjectId};
use super::found::Evidence;
use super::item::{Item, ItemKind};
use super::pem::{PemError, certificate_blocks};
use super::rules::{BUNDLES, Brings};
use crate::bytes::ReadAt;
use crate::content::Content;
use crate::events::{Diagnostic, LeftOut, Warning};
use crate::file::{FileKind, HostFile};
use crate::files::{Files, Place, walk};
use crate::options::{Certs, Contents};
use crate::paths::ImagePath;
use crate::suggest;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// The largest file of certificates that is read, in bytes: the bundles of distributions have 0.2 to 0.5 MB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why certificates cannot go in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of `--certs` cannot be read.
    #[error("cannot read the certificates in `{}`", file.display())]
    Unreadable {
        /// The file as the user gave it.
        file: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The text of a file of `--certs` is refused.
    #[error("`{}` {error}", file.display())]
    Pem {
        /// The file as the user gave it.
        file: PathBuf,
        /// The problem with its text.
        error: PemError,
    },
    /// `--certs always` is given, and there is no bundle.
    #[error("there is no bundle of CA certificates on this machine")]
    NoBundle,
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "certificates-unreadable",
            Self::Pem { error, .. } => error.code(),
            Self::NoBundle => "no-certificates",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::Pem { error, .. } => error.details(),
            Self::NoBundle => vec![searched()],
            Self::Unreadable { .. } => Vec::new(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { file, source } => match suggest::beside(file) {
                Some(closest) if source.kind() == io::ErrorKind::NotFound => {
                    format!("did you mean `{}`?", closest.display())
                }
                _ => "`--certs` takes `auto`, `always`, `never`, or a file with certificates in PEM form".to_owned(),
            },
            Self::Pem { file, error } => error.hint(file),
            Self::NoBundle => NO_BUNDLE_HINT.to_owned(),
        }
    }
}

const NO_BUNDLE_HINT: &str = "install the package `ca-certificates`, or name a file of your own with `--certs FILE`";

/// The known paths, as a line of evidence.
fn searched() -> String {
    format!("searched: {}", BUNDLES.join(", "))
}

/// Adds the bundle, and links to it, to the items of `evidence` if an object needs it or the user asks for it. `env` is
/// the image's environment.
///
/// A bundle that objects need and that does not exist is a warning; one that the user asks for is an error.
pub fn bring(
    evidence: &mut Evidence,
    contents: &Contents,
    env: &[(String, String)],
    sysroot: &dyn Files,
) -> Result<(), Vec<Error>> {
    // Many programs have a variable of their own: CURL_CA_BUNDLE, NODE_EXTRA_CA_CERTS, GIT_SSL_CAINFO.
    let set = env.iter().find_map(|(key, value)| Some((key.as_str(), *BUNDLES.iter().find(|path| *path == value)?)));
    let finding = evidence.findings.iter().find(|finding| finding.rule.brings.contains(&Brings::Certificates)).cloned();
    let Some((because, object)) = reason(set, finding.as_ref(), contents, &mut evidence.left_out) else {
        return Ok(());
    };
    let Some(kind) = content(contents, sysroot)? else {
        evidence.warnings.push(Warning {
            code: "no-certificates",
            message: format!("{because}, and this machine has no bundle of CA certificates"),
            details: vec![searched()],
            hint: NO_BUNDLE_HINT.to_owned(),
        });
        return Ok(());
    };
    let named = finding.iter().flat_map(|finding| &finding.all).find(|path| BUNDLES.contains(path));
    let first = set.map(|(_, path)| path).or(named.copied()).unwrap_or(BUNDLES[0]);
    let item = |path: &str, kind, because, object| Item {
        place: Place::sysroot(path),
        mode: if matches!(kind, ItemKind::Link(_)) { 0o777 } else { 0o644 },
        kind,
        rule: "ca-certificates",
        what: "CA certificates",
        because,
        object,
    };
    let other_paths = other_paths(&evidence.findings, first);
    evidence.brought.push(item(first, kind, because, object));
    let link = || ItemKind::Link(PathBuf::from(first));
    let links = other_paths.into_iter().map(|(path, (because, object))| item(path, link(), because, Some(object)));
    evidence.brought.extend(links);
    Ok(())
}

/// The reason for the bundle, and the object that shows the need; `None` if none is to go in. `set` is the variable of
/// the image that names a bundle, with its path. A bundle that is needed and not wanted is left out.
fn reason(
    set: Option<(&str, &str)>,
    finding: Option<&Finding>,
    contents: &Contents,
    left_out: &mut Vec<LeftOut>,
) -> Option<(String, Option<ObjectId>)> {
    let shown = match set {
        Some((key, path)) => Some((format!("`-e {key}` names `{path}`"), None)),
        None => finding.map(|finding| (finding.because(), Some(finding.object.id))),
    };
    match (shown, contents.certs, contents.certificates.is_empty()) {
        (Some((shown, _)), Certs::Never, true) => {
            let why = format!("{shown}, but `--certs never` was asked");
            left_out.push(LeftOut::new("CA certificates", why));
            None
        }
        (None, Certs::Auto | Certs::Never, true) => None,
        (Some(shown), Certs::Auto | Certs::Always, _) => Some(shown),
        (_, _, false) => Some(("asked for with `--certs FILE`".to_owned(), None)),
        (None, Certs::Always, true) => Some(("asked for with `--certs always`".to_owned(), None)),
    }
}

/// The machine's bundle, the certificates of `--certs`, or both; `None` if there is neither and `--certs always` is not
/// given.
fn content(contents: &Contents, sysroot: &dyn Files) -> Result<Option<ItemKind>, Vec<Error>> {
    let added = read_certificates(&contents.certificates)?;
    let bundle = if contents.certs == Certs::Never { Ok(None) } else { find_bundle(sysroot) };
    Ok(Some(match bundle.map_err(|error| vec![error])? {
        Some(content) if added.is_empty() => ItemKind::File(content),
        Some(content) => ItemKind::from_bytes(&joined(&content, &added).map_err(|error| vec![error])?),
        None if !added.is_empty() => ItemKind::from_bytes(&added),
        None if contents.certs == Certs::Always => return Err(vec![Error::NoBundle]),
        None => return Ok(None),
    }))
}

/// The path of OpenSSL's bundle, by the directory of its configuration (`X509_CERT_FILE` in `crypto/x509/x_def`).
const OPENSSL_BUNDLES: [(&str, &str); 4] = [
    ("/usr/lib/ssl", "/usr/lib/ssl/cert.pem"),
    ("/etc/ssl", "/etc/ssl/cert.pem"),
    ("/etc/pki/tls", "/etc/pki/tls/cert.pem"),
    ("/usr/local/ssl", "/usr/local/ssl/cert.pem"),
];

/// The paths where objects that do not name `first` look for the bundle, one for each such object, and the reason.
fn other_paths(findings: &[Finding], first: &'static str) -> BTreeMap<&'static str, (String, ObjectId)> {
    let mut others = BTreeMap::new();
    for finding in findings {
        let openssl = OPENSSL_BUNDLES.iter().filter(|(directory, _)| {
            finding.rule.name == "openssl-configuration" && finding.shown.contains(&format!("\"{directory}\""))
        });
        let named = finding.all.iter().filter(|path| BUNDLES.contains(path)).copied();
        let paths: Vec<&'static str> = openssl.map(|(_, path)| *path).chain(named).collect();
        let filled = paths.iter().any(|path| *path == first || others.contains_key(path));
        if let Some(path) = paths.first().filter(|_| !filled) {
            others.insert(*path, (finding.because(), finding.object.id));
        }
    }
    others
}

/// The machine's bundle: the first known path that leads to a file that is not empty and that everybody may read.
fn find_bundle(sysroot: &dyn Files) -> Result<Option<Content>, Error> {
    for path in BUNDLES {
        let Ok(end) = walk(sysroot, ImagePath::known(path).as_path()) else { continue };
        if end.stat.kind == FileKind::File && end.stat.identity.size > 0 && end.stat.is_public() {
            let content = sysroot.content(&end.real, &end.stat);
            let opened = content.open().map(|_| Some(content));
            return opened.map_err(|source| Error::Unreadable { file: PathBuf::from(path), source });
        }
    }
    Ok(None)
}

/// The bytes of the bundle, followed by `added`.
fn joined(bundle: &Content, added: &[u8]) -> Result<Vec<u8>, Error> {
    let file = bundle.host_path().map_or_else(PathBuf::new, PathBuf::from);
    let mut bytes = bundle.open().and_then(|file| read(&*file)).map_err(|source| Error::Unreadable { file, source })?;
    if !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(added);
    Ok(bytes)
}

/// The certificates of all `files`, one block after the other. Fails with a problem for each file that is refused.
fn read_certificates(files: &[PathBuf]) -> Result<Vec<u8>, Vec<Error>> {
    let mut bytes = Vec::new();
    let mut errors = Vec::new();
    for path in files {
        let unreadable = |source| Error::Unreadable { file: path.clone(), source };
        let text = HostFile::open(path).and_then(|file| read(&file)).map_err(unreadable);
        let pem = |error| Error::Pem { file: path.clone(), error };
        match text.and_then(|text| certificate_blocks(&text).map_err(pem)) {
            Ok(blocks) => bytes.extend(blocks),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(bytes) } else { Err(errors) }
}

/// The bytes of `file`; an error if they are more than [`LARGEST`].
fn read(file: &dyn ReadAt) -> io::Result<Vec<u8>> {
    if file.size() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large for a file of certificates"));
    }
    file.bytes_at(0, usize::try_from(LARGEST).unwrap_or(usize::MAX))
}
