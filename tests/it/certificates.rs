//! CA certificates: brought where the program shows that it needs them or somebody asks, and left out elsewhere.

use crate::support::app::{reason, unpacked, with_strings};
use crate::support::image::Image;
use crate::support::programs::WEBSERVER;
use crate::support::{Test, lacks, skip};
use serde_json::json;
use std::fs;

/// Debian's bundle, which the tests take for the machine's.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Two blocks of base64 that begin as certificates do. Nobody looks further in before a handshake.
const MINE: &str = "-----BEGIN CERTIFICATE-----\nMIIBbWluZQ==\n-----END CERTIFICATE-----\n";
const YOURS: &str = "-----BEGIN CERTIFICATE-----\nMIIBeW91cnM=\n-----END CERTIFICATE-----\n";

/// Whether the machine has a bundle where Debian keeps it.
fn has_bundle() -> bool {
    let there = fs::metadata(BUNDLE).is_ok();
    if !there {
        skip("ca-certificates is not installed");
    }
    there
}

#[test]
fn a_go_program_that_links_crypto_x509_gets_the_certificates_and_an_environment_that_names_them() {
    let (t, Some(program)) = (Test::new(), WEBSERVER.program()) else { return };
    if !has_bundle() {
        return;
    }

    let (config, files) = unpacked(&t, &program.display().to_string());

    assert!(files.contains(&BUNDLE.to_owned()), "{files:?}");
    assert_eq!(fs::read(t.path("root").join(&BUNDLE[1..])).ok(), fs::read(BUNDLE).ok());
    let env = config["Env"].as_array().expect("there is an environment");
    assert!(env.contains(&json!(format!("SSL_CERT_FILE={BUNDLE}"))), "{env:?}");
    let told = t.pack(&[program.as_os_str(), "--dry-run".as_ref(), "--json".as_ref()]).succeeds();
    let because = reason(&told, BUNDLE).unwrap_or_default();
    assert!(because.contains("crypto/x509"), "{because}");
}

#[test]
fn certificates_come_to_the_path_that_the_program_names() {
    if !has_bundle() {
        return;
    }
    for (string, path) in [
        (BUNDLE, BUNDLE),
        ("/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/tls/certs/ca-bundle.crt"),
        ("/etc/ssl/cert.pem", "/etc/ssl/cert.pem"),
        ("/etc/ssl/certs", BUNDLE),
        // Strings of Go and Rust do not end in NUL.
        ("x/etc/ssl/ca-bundle.pemy", "/etc/ssl/ca-bundle.pem"),
    ] {
        let Some(t) = with_strings(&[string]) else { continue };

        let (config, files) = unpacked(&t, "app");

        assert!(files.contains(&path.to_owned()), "{string}: {files:?}");
        assert!(config["Env"].as_array().is_some_and(|env| env.contains(&json!(format!("SSL_CERT_FILE={path}")))));
    }
}

#[test]
fn a_plain_program_gets_certificates_only_where_they_are_asked_for() {
    if !has_bundle() {
        return;
    }
    let Some(t) = with_strings(&[BUNDLE]) else { return };
    for (flags, there) in [
        ("plain", false),
        ("plain --certs auto", false),
        ("plain --certs always", true),
        ("app --certs never", false),
        ("app --certs always", true),
        ("plain --certs mine.pem", true),
    ] {
        t.write("mine.pem", MINE);

        let (config, files) = unpacked(&t, flags);

        assert_eq!(files.contains(&BUNDLE.to_owned()), there, "{flags}");
        let env = config["Env"].to_string();
        assert_eq!(env.contains("SSL_CERT_FILE"), there, "{flags}: {env}");
    }
    let left = t.pack(&["app", "--certs", "never", "--dry-run", "--json"]).succeeds().json();
    assert_eq!(
        left["images"][0]["left_out"],
        json!([{ "what": "CA certificates", "why": format!("`app` names `{BUNDLE}`, but `--certs never` was asked") }])
    );
}

#[test]
fn ones_own_certificates_are_added_behind_the_machines_or_stand_alone() {
    if !has_bundle() {
        return;
    }
    let Some(t) = with_strings(&[BUNDLE]) else { return };
    t.write("mine.pem", format!("subject=mine\n{MINE}and more words\n"));
    t.write("yours.pem", YOURS);
    let host = fs::read_to_string(BUNDLE).expect("it is text");
    for (flags, expected) in [
        ("app --certs mine.pem", format!("{host}{MINE}")),
        ("plain --certs mine.pem --certs yours.pem", format!("{host}{MINE}{YOURS}")),
        ("plain --certs never --certs mine.pem", MINE.to_owned()),
    ] {
        unpacked(&t, flags);

        let bundle = fs::read_to_string(t.path("root").join(&BUNDLE[1..])).expect("it is there");
        assert!(bundle == expected, "{flags}: {} bytes instead of {}", bundle.len(), expected.len());
    }
}

#[test]
fn real_certificates_are_taken_as_openssl_writes_them() {
    if lacks(&["openssl"]) || !has_bundle() {
        return;
    }
    let Some(t) = with_strings(&[]) else { return };
    t.shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=test -days 1
        openssl x509 -in cert.pem -text -out text.pem; openssl x509 -in cert.pem -outform der -out cert.der
        cat cert.pem key.pem >both.pem",
    )
    .succeeds();
    let cert = fs::read_to_string(t.path("cert.pem")).expect("it is text");

    unpacked(&t, "plain --certs never --certs text.pem");

    assert_eq!(fs::read_to_string(t.path("root").join(&BUNDLE[1..])).expect("it is there"), cert);
    let line = cert.lines().count() + 1;
    for (file, says) in [
        (
            "both.pem",
            format!(
                "error: `both.pem` holds a private key, which must not go into an image\n  \
                 line {line} begins a private key\n\n\
                 hint: name a file that holds certificates only; give keys to the container when it runs\n\n"
            ),
        ),
        (
            "cert.der",
            "error: `cert.der` holds no certificate in PEM form\n\n\
             hint: convert it: `openssl x509 -inform der -in cert.der -out cert.der.pem`\n\n"
                .to_owned(),
        ),
    ] {
        let ran = t.pack(&["plain", "--certs", file, "-o", "refused.tar"]).exits(1);
        assert_eq!((ran.stderr(), t.path("refused.tar").exists()), (says, false), "{file}");
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    for (content, says) in [
        (
            "hello\n".to_owned(),
            "error: `f.pem` holds no certificate in PEM form\n\n\
             hint: a certificate begins with `-----BEGIN CERTIFICATE-----`\n\n",
        ),
        (
            MINE.replace("-----END CERTIFICATE-----\n", ""),
            "error: `f.pem` holds a damaged certificate\n  the certificate at line 1: it has no end\n\n\
             hint: copy the file again from where it came\n\n",
        ),
        (
            format!("words\n{}", MINE.replace("MIIB", "M**B")),
            "error: `f.pem` holds a damaged certificate\n  the certificate at line 2: it is not base64\n\n\
             hint: copy the file again from where it came\n\n",
        ),
        (
            format!("{MINE}-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
            "error: `f.pem` holds a private key, which must not go into an image\n  line 4 begins a private key\n\n\
             hint: name a file that holds certificates only; give keys to the container when it runs\n\n",
        ),
    ] {
        let Some(t) = with_strings(&[]) else { continue };
        t.write("f.pem", content);

        let ran = t.pack(&["plain", "--certs", "f.pem", "-o", "image.tar"]).exits(1);

        assert_eq!(ran.stderr(), says);
        assert!(!t.path("image.tar").exists());
    }
    let Some(t) = with_strings(&[]) else { return };
    let ran = t.pack(&["plain", "--certs", "nowhere"]).exits(1);
    assert_eq!(
        ran.stderr(),
        "error: cannot read the certificates in `nowhere`\n  caused by: No such file or directory (os error 2)\n\n\
         hint: `--certs` takes `auto`, `always`, `never`, or a file with certificates in PEM form\n\n"
    );
}

#[test]
fn a_machine_without_certificates_is_told_of_only_where_they_are_needed() {
    if lacks(&["bwrap"]) {
        return;
    }
    let Some(t) = with_strings(&[BUNDLE]) else { return };
    t.write("mine.pem", MINE);
    // All the known places but two, which no distribution has filled beside /etc, lie below it.
    let bare = |flags: &str| {
        t.shell(&format!("exec bwrap --dev-bind / / --tmpfs /etc --chdir $PWD $pack {flags} -q -o image.tar"))
    };
    let searched = "  searched: /etc/ssl/certs/ca-certificates.crt, /etc/pki/tls/certs/ca-bundle.crt, \
        /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem, /etc/ssl/ca-bundle.pem, \
        /var/lib/ca-certificates/ca-bundle.pem, /etc/ssl/certs/ca-bundle.crt, /etc/pki/tls/cacert.pem, \
        /etc/ssl/cert.pem, /etc/pki/tls/cert.pem, /usr/lib/ssl/cert.pem, /usr/local/ssl/cert.pem\n\n\
        hint: install the package `ca-certificates`, or name a file of your own with `--certs FILE`\n\n";

    let warned = bare("app").succeeds();
    let first = format!("warning: `app` names `{BUNDLE}`, and this machine has no bundle of CA certificates\n");
    assert_eq!(warned.stderr(), format!("{first}{searched}"));
    let config = Image::open(&t.path("image.tar")).config();
    assert!(!config["config"]["Env"].to_string().contains("SSL_CERT_FILE"), "{config}");

    for silent in ["plain", "app --certs never", "app --certs mine.pem"] {
        assert_eq!(bare(silent).succeeds().stderr(), "", "{silent}");
    }
    let asked = bare("plain --certs always").exits(1);
    assert_eq!(asked.stderr(), format!("error: there is no bundle of CA certificates on this machine\n{searched}"));
}
