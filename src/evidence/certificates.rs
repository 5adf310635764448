//! The bundle of CA certificates: whether it goes in, from where, and to which path.
//!
//! It is one file, at the first known path that the evidence names. An object that names none of the paths already
//! filled gets a link at its own; so does OpenSSL, whose path is that of its configuration: it counts where nobody
//! sets SSL_CERT_FILE, as in a plain root file system.

use super::finding::{Finding, ObjectId};
use super::found::Evidence;
use super::item::{Item, Source};
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

/// The largest file that is taken for one with certificates: the bundles of distributions have 0.2 to 0.5 MB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why certificates cannot go in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of `--certs` cannot be read.
    #[error("cannot read the certificates in `{}`", file.display())]
    Unreadable {
        /// As it was given.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file with a private key.
    #[error("`{}` holds a private key, which must not go into an image", file.display())]
    PrivateKey {
        /// As it was given.
        file: PathBuf,
        /// The line with it, from 1.
        line: usize,
    },
    /// A file without a certificate.
    #[error("`{}` holds no certificate in PEM form", file.display())]
    NoCertificate {
        /// As it was given.
        file: PathBuf,
        /// Whether it looks like the binary form.
        binary: bool,
    },
    /// A certificate that is none.
    #[error("`{}` holds a damaged certificate", file.display())]
    Damaged {
        /// As it was given.
        file: PathBuf,
        /// The line where it begins, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// `--certs always` where there is no bundle.
    #[error("there is no bundle of CA certificates on this machine")]
    NoBundle,
}

impl Diagnostic for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "certificates-unreadable",
            Self::PrivateKey { .. } => "private-key",
            Self::NoCertificate { .. } => "no-certificate",
            Self::Damaged { .. } => "certificate-damaged",
            Self::NoBundle => "no-certificates",
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::PrivateKey { line, .. } => vec![format!("line {line} begins a private key")],
            Self::Damaged { line, what, .. } => vec![format!("the certificate at line {line}: {what}")],
            Self::NoBundle => vec![searched()],
            Self::Unreadable { .. } | Self::NoCertificate { .. } => Vec::new(),
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
            Self::PrivateKey { .. } => {
                "name a file that holds certificates only; give keys to the container when it runs".to_owned()
            }
            Self::NoCertificate { file, binary: true } => {
                format!("convert it: `openssl x509 -inform der -in {0} -out {0}.pem`", file.display())
            }
            Self::NoCertificate { .. } => "a certificate begins with `-----BEGIN CERTIFICATE-----`".to_owned(),
            Self::Damaged { .. } => "copy the file again from where it came".to_owned(),
            Self::NoBundle => NO_BUNDLE_HINT.to_owned(),
        }
    }
}

const NO_BUNDLE_HINT: &str = "install the package `ca-certificates`, or name a file of your own with `--certs FILE`";

fn searched() -> String {
    format!("searched: {}", BUNDLES.join(", "))
}

/// Adds the bundle to what `evidence` brings, where it shows the need or the user asks for it. `env` is what the
/// image sets.
pub fn bring(
    evidence: &mut Evidence,
    contents: &Contents,
    env: &[(String, String)],
    sysroot: &dyn Files,
) -> Result<(), Vec<Error>> {
    // Many programs have a variable of their own: CURL_CA_BUNDLE, NODE_EXTRA_CA_CERTS, GIT_SSL_CAINFO.
    let set = env.iter().find_map(|(key, value)| Some((key, *BUNDLES.iter().find(|path| *path == value)?)));
    let finding = evidence.findings.iter().find(|finding| finding.rule.brings.contains(&Brings::Certificates)).cloned();
    let shown = match (set, &finding) {
        (Some((key, path)), _) => Some(format!("`-e {key}` names `{path}`")),
        (None, finding) => finding.as_ref().map(Finding::because),
    };
    let object = finding.as_ref().filter(|_| set.is_none()).map(|finding| finding.object.id);
    let (because, object) = match (shown, contents.certs, contents.certificates.is_empty()) {
        (Some(shown), Certs::Never, true) => {
            let why = format!("{shown}, but `--certs never` was asked");
            evidence.left_out.push(LeftOut::new("CA certificates", why));
            return Ok(());
        }
        (None, Certs::Auto | Certs::Never, true) => return Ok(()),
        (Some(shown), Certs::Auto | Certs::Always, _) => (shown, object),
        (_, _, false) => ("asked for with `--certs FILE`".to_owned(), None),
        (None, Certs::Always, true) => ("asked for with `--certs always`".to_owned(), None),
    };
    let added = added(&contents.certificates)?;
    let found = if contents.certs == Certs::Never { None } else { bundle(sysroot).map_err(|error| vec![error])? };
    let source = match found {
        Some(content) if added.is_empty() => Source::File(content),
        Some(content) => Source::made(&joined(&content, &added).map_err(|error| vec![error])?),
        None if !added.is_empty() => Source::made(&added),
        None if contents.certs == Certs::Always => return Err(vec![Error::NoBundle]),
        None => {
            evidence.warnings.push(Warning {
                code: "no-certificates",
                message: format!("{because}, and this machine has no bundle of CA certificates"),
                details: vec![searched()],
                hint: NO_BUNDLE_HINT.to_owned(),
            });
            return Ok(());
        }
    };
    let named = finding.iter().flat_map(|finding| &finding.all).find(|path| BUNDLES.contains(path));
    let first = set.map(|(_, path)| path).or(named.copied()).unwrap_or(BUNDLES[0]);
    let put = |path: &str, source, because, object| Item {
        place: Place::sysroot(path),
        mode: if matches!(source, Source::Link(_)) { 0o777 } else { 0o644 },
        source,
        rule: "ca-certificates",
        what: "CA certificates",
        because,
        object,
    };
    let twins = twins(&evidence.findings, first);
    evidence.brought.push(put(first, source, because, object));
    let link = || Source::Link(PathBuf::from(first));
    let links = twins.into_iter().map(|(path, (because, object))| put(path, link(), because, Some(object)));
    evidence.brought.extend(links);
    Ok(())
}

/// Where OpenSSL looks, by the directory that its configuration is in (`X509_CERT_FILE` in `crypto/x509/x_def`).
const OF_OPENSSL: [(&str, &str); 4] = [
    ("/usr/lib/ssl", "/usr/lib/ssl/cert.pem"),
    ("/etc/ssl", "/etc/ssl/cert.pem"),
    ("/etc/pki/tls", "/etc/pki/tls/cert.pem"),
    ("/usr/local/ssl", "/usr/local/ssl/cert.pem"),
];

/// The paths, beside the `first`, of objects that would find nothing there, and why.
fn twins(findings: &[Finding], first: &'static str) -> BTreeMap<&'static str, (String, ObjectId)> {
    let mut twins = BTreeMap::new();
    for finding in findings {
        let of_openssl = OF_OPENSSL.iter().filter(|(directory, _)| {
            finding.rule.name == "openssl-configuration" && finding.shown.contains(&format!("\"{directory}\""))
        });
        let named = finding.all.iter().filter(|path| BUNDLES.contains(path)).copied();
        let paths: Vec<&'static str> = of_openssl.map(|(_, path)| *path).chain(named).collect();
        let filled = paths.iter().any(|path| *path == first || twins.contains_key(path));
        if let Some(path) = paths.first().filter(|_| !filled) {
            twins.insert(*path, (finding.because(), finding.object.id));
        }
    }
    twins
}

/// The machine's bundle: the first of the known paths that leads to a file with bytes in it.
fn bundle(sysroot: &dyn Files) -> Result<Option<Content>, Error> {
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

fn joined(bundle: &Content, added: &[u8]) -> Result<Vec<u8>, Error> {
    let file = bundle.host_path().map_or_else(PathBuf::new, PathBuf::from);
    let mut bytes = bundle.open().and_then(|file| read(&*file)).map_err(|source| Error::Unreadable { file, source })?;
    if !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(added);
    Ok(bytes)
}

/// The certificates of all files, one block after the other, and every problem with them.
fn added(files: &[PathBuf]) -> Result<Vec<u8>, Vec<Error>> {
    let mut bytes = Vec::new();
    let mut errors = Vec::new();
    for path in files {
        let unreadable = |source| Error::Unreadable { file: path.clone(), source };
        let text = HostFile::open(path).and_then(|file| read(&file)).map_err(unreadable);
        match text.and_then(|text| blocks(path, &text)) {
            Ok(blocks) => bytes.extend(blocks),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(bytes) } else { Err(errors) }
}

fn read(file: &dyn ReadAt) -> io::Result<Vec<u8>> {
    if file.size() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large for a file of certificates"));
    }
    file.bytes_at(0, usize::try_from(LARGEST).unwrap_or(usize::MAX))
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The CERTIFICATE blocks of a text, as they stand there (RFC 7468); what is between them is not taken.
fn blocks(path: &std::path::Path, text: &[u8]) -> Result<Vec<u8>, Error> {
    let file = || path.to_owned();
    // Editors of Windows begin a text so.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut taken = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate().map(|(index, line)| (index + 1, line)) {
        let line = String::from_utf8_lossy(line.trim_ascii());
        if line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY") {
            return Err(Error::PrivateKey { file: file(), line: number });
        }
        match (&mut open, line.as_ref()) {
            (None, BEGIN) => open = Some((number, String::new())),
            (None, _) => {}
            (Some((begun, body)), END) => {
                if let Some(what) = wrong(body) {
                    return Err(Error::Damaged { file: file(), line: *begun, what });
                }
                taken.extend(block(body));
                open = None;
            }
            (Some((begun, _)), other) if other.starts_with("-----") => {
                return Err(Error::Damaged { file: file(), line: *begun, what: "it has no end" });
            }
            (Some((_, body)), other) => body.push_str(other),
        }
    }
    if let Some((line, _)) = open {
        return Err(Error::Damaged { file: file(), line, what: "it has no end" });
    }
    if taken.is_empty() {
        return Err(Error::NoCertificate { file: file(), binary: text.first() == Some(&0x30) });
    }
    Ok(taken)
}

/// What is wrong with the body of a block: base64 of a DER sequence, whose first byte 0x30 gives `M`.
fn wrong(body: &str) -> Option<&'static str> {
    let digits = body.trim_end_matches('=');
    let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
    if body.is_empty() {
        Some("it is empty")
    } else if !plain || !body.len().is_multiple_of(4) || body.len() - digits.len() > 2 {
        Some("it is not base64")
    } else if !body.starts_with('M') {
        Some("it does not begin as a certificate does")
    } else {
        None
    }
}

fn block(body: &str) -> Vec<u8> {
    let mut text = format!("{BEGIN}\n");
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(END);
    text.push('\n');
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn only_certificates_are_taken_and_keys_refused() {
        let cert = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n";
        let one_line = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n";
        for (shows, text, expected) in [
            ("one block, written anew", cert.to_owned(), Ok(one_line.to_owned())),
            (
                "text around it is left",
                format!("subject=x\r\n{}tail", cert.replace('\n', "\r\n")),
                Ok(one_line.to_owned()),
            ),
            ("two blocks", format!("{cert}\n{cert}"), Ok(one_line.repeat(2))),
            ("a key", format!("{cert}-----BEGIN RSA PRIVATE KEY-----\n"), Err("private-key")),
            ("no block", "hello".to_owned(), Err("no-certificate")),
            ("no end", "-----BEGIN CERTIFICATE-----\nMIIB\n".to_owned(), Err("certificate-damaged")),
            ("no base64", cert.replace("MIIB", "M??B"), Err("certificate-damaged")),
            ("another thing in base64", cert.replace("MIIB", "AIIB"), Err("certificate-damaged")),
        ] {
            let taken = blocks(Path::new("f"), text.as_bytes());
            let taken = taken.map(|bytes| String::from_utf8(bytes).unwrap()).map_err(|error| error.code());
            assert_eq!(taken, expected, "{shows}");
        }
    }
}
