//! Certificates in PEM form (RFC 7468): the text of a file that the user gives.

use std::path::Path;

/// Why the text of a file is refused. The sentence follows the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// The text has a private key.
    #[error("holds a private key, which must not go into an image")]
    PrivateKey {
        /// The number of the line where the key begins, from 1.
        line: usize,
    },
    /// The text has no certificate.
    #[error("holds no certificate in PEM form")]
    NoCertificate {
        /// Whether the file looks like a certificate in binary form (DER).
        binary: bool,
    },
    /// A block is not a certificate.
    #[error("holds a damaged certificate")]
    Damaged {
        /// The number of the line where the block begins, from 1.
        line: usize,
        /// The damage, as a clause: `it is empty`.
        what: &'static str,
    },
}

impl PemError {
    /// The name of the error for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PrivateKey { .. } => "private-key",
            Self::NoCertificate { .. } => "no-certificate",
            Self::Damaged { .. } => "certificate-damaged",
        }
    }

    /// Lines of evidence.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::PrivateKey { line } => vec![format!("line {line} begins a private key")],
            Self::Damaged { line, what } => vec![format!("the certificate at line {line}: {what}")],
            Self::NoCertificate { .. } => Vec::new(),
        }
    }

    /// A way out for the user, who gave `file`.
    pub fn hint(&self, file: &Path) -> String {
        match self {
            Self::PrivateKey { .. } => {
                "name a file that holds certificates only; give keys to the container when it runs".to_owned()
            }
            Self::NoCertificate { binary: true } => {
                format!("convert it: `openssl x509 -inform der -in {0} -out {0}.pem`", file.display())
            }
            Self::NoCertificate { .. } => "a certificate begins with `-----BEGIN CERTIFICATE-----`".to_owned(),
            Self::Damaged { .. } => "copy the file again from where it came".to_owned(),
        }
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The CERTIFICATE blocks of `text` (RFC 7468), one after the other, with lines of 64 characters. Text between blocks is
/// left out.
///
/// Fails if the text has a private key, a damaged block, or no block at all.
pub fn certificate_blocks(text: &[u8]) -> Result<Vec<u8>, PemError> {
    // Editors on Windows begin a text with a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut taken = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate().map(|(index, line)| (index + 1, line)) {
        let line = String::from_utf8_lossy(line.trim_ascii());
        if line.starts_with("-----BEGIN") && line.contains("PRIVATE KEY") {
            return Err(PemError::PrivateKey { line: number });
        }
        match (&mut open, line.as_ref()) {
            (None, BEGIN) => open = Some((number, String::new())),
            (None, _) => {}
            (Some((begun, body)), END) => {
                if let Some(what) = damage(body) {
                    return Err(PemError::Damaged { line: *begun, what });
                }
                taken.extend(block(body));
                open = None;
            }
            (Some((begun, _)), other) if other.starts_with("-----") => {
                return Err(PemError::Damaged { line: *begun, what: "it has no end" });
            }
            (Some((_, body)), other) => body.push_str(other),
        }
    }
    if let Some((line, _)) = open {
        return Err(PemError::Damaged { line, what: "it has no end" });
    }
    if taken.is_empty() {
        return Err(PemError::NoCertificate { binary: text.first() == Some(&0x30) });
    }
    Ok(taken)
}

/// The damage of a block's body, which is base64 of a DER sequence: its first byte 0x30 gives `M`. `None` if it is sound.
fn damage(body: &str) -> Option<&'static str> {
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

/// A block with this body.
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
            let taken = certificate_blocks(text.as_bytes());
            let taken = taken.map(|bytes| String::from_utf8(bytes).unwrap()).map_err(|error| error.code());
            assert_eq!(taken, expected, "{shows}");
        }
    }
}
