//! What comes in because the program shows that it needs it, or because it was asked for: certificates, name
//! services, time zones. And what does not.

use crate::support::image::Image;
use crate::support::programs::{HELLOS, WEBSERVER};
use crate::support::{Ran, Test, lacks, skip};
use serde_json::{Value, json};
use std::fs;

/// Debian's bundle, which the tests take for the machine's.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Two blocks of base64 that begin as certificates do. Nobody looks further in before a handshake.
const MINE: &str = "-----BEGIN CERTIFICATE-----\nMIIBbWluZQ==\n-----END CERTIFICATE-----\n";
const YOURS: &str = "-----BEGIN CERTIFICATE-----\nMIIBeW91cnM=\n-----END CERTIFICATE-----\n";

/// A test with two static programs: `plain`, and `app`, whose C source declares `strings`.
fn with_strings(strings: &[&str]) -> Option<Test> {
    let t = Test::new();
    fs::copy(HELLOS[0].program()?, t.path("plain")).expect("a program is copied");
    // Volatile, because a compiler leaves out what nobody looks at. Rust writes a list of strings as C does.
    let list = format!("{strings:?}").replace(['[', ']'], "");
    let source = format!("char *volatile strings[] = {{ \"\", {list} }};\nint main(void) {{ return !strings[0]; }}\n");
    t.write("app.c", source);
    t.shell("gcc -static app.c -o app").succeeds();
    Some(t)
}

/// Whether the machine has a bundle where Debian keeps it.
fn has_bundle() -> bool {
    let there = fs::metadata(BUNDLE).is_ok();
    if !there {
        skip("ca-certificates is not installed");
    }
    there
}

/// Packs with these flags, without a word, and unpacks to `root`; gives the configuration and the paths.
#[track_caller]
fn packed(t: &Test, flags: &str) -> (Value, Vec<String>) {
    let ran = t.shell(&format!("rm -rf root; exec $pack {flags} -q -o image.tar")).succeeds();
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("", ""), "{flags}: nothing is to be said");
    let image = Image::open(&t.path("image.tar"));
    image.unpack(t);
    (image.config()["config"].clone(), image.files())
}

/// The reasons of a file, in words, as `--json` has them; `None` where the image does not hold it.
fn reason(told: &Ran, path: &str) -> Option<String> {
    let told = told.json();
    let files = told["images"][0]["files"].as_array().expect("files are a list");
    let file = files.iter().find(|file| file["path"] == path)?;
    Some(file["reasons"][0]["text"].as_str().expect("a reason has words").to_owned())
}

#[test]
fn a_go_program_that_links_crypto_x509_gets_the_certificates_and_an_environment_that_names_them() {
    let (t, Some(program)) = (Test::new(), WEBSERVER.program()) else { return };
    if !has_bundle() {
        return;
    }

    let (config, files) = packed(&t, &program.display().to_string());

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
        let Some(t) = with_strings(&[string]) else { return };

        let (config, files) = packed(&t, "app");

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

        let (config, files) = packed(&t, flags);

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
        packed(&t, flags);

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

    packed(&t, "plain --certs never --certs text.pem");

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
        let Some(t) = with_strings(&[]) else { return };
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

#[test]
fn name_services_get_a_configuration_of_our_own_where_they_are_used() {
    let Some(t) = with_strings(&[]) else { return };
    t.write(
        "looks.c",
        "#include <netdb.h>\nint main(void) { struct addrinfo *a; return getaddrinfo(\"localhost\", \"80\", 0, &a); }\n",
    );
    t.shell("gcc -static looks.c -o looks").succeeds();

    packed(&t, "looks");

    let own = fs::read_to_string(t.path("root/etc/nsswitch.conf")).expect("it is there");
    let rules: Vec<Vec<_>> = own.lines().map(|line| line.split_whitespace().collect()).collect();
    for rule in [
        vec!["passwd:", "files"],
        vec!["group:", "files"],
        vec!["hosts:", "files", "dns"],
        vec!["services:", "files"],
        vec!["protocols:", "files"],
    ] {
        assert!(rules.contains(&rule), "{rule:?}: {own}");
    }
    let told = t.pack(&["looks", "--dry-run", "--json"]).succeeds();
    let because = reason(&told, "/etc/nsswitch.conf");
    assert_eq!(because.as_deref(), Some("`looks` looks up hosts or users through name services"));
    let (_, files) = packed(&t, "plain");
    assert!(!files.contains(&"/etc/nsswitch.conf".to_owned()), "a program that looks up nothing needs none");
}

#[test]
fn ones_own_files_stand_in_the_place_of_what_evidence_brings() {
    let Some(t) = with_strings(&["/etc/nsswitch.conf", BUNDLE]) else { return };
    t.shell("echo mine >mine; chmod 644 mine").succeeds();

    packed(&t, &format!("app --add mine:/etc/nsswitch.conf --add mine:{BUNDLE}"));

    for path in ["/etc/nsswitch.conf", BUNDLE] {
        assert_eq!(fs::read_to_string(t.path("root").join(&path[1..])).expect("it is there"), "mine\n", "{path}");
    }
}

#[test]
fn a_static_glibc_program_without_its_name_services_is_warned_of() {
    let Some(t) = with_strings(&["libnss_files.so.2", "/etc/nsswitch.conf"]) else { return };

    let ran = t.pack(&["app", "-q", "-o", "image.tar"]).succeeds();

    let says = "`app` will not find hosts or users by name: its glibc opens name services at run time\n  \
        it is static and names `libnss_*` modules, and has none built in (glibc before 2.34)\n  \
        modules of another glibc would crash it, so none are packed\n\n\
        hint: link it with glibc 2.34 or newer, or with musl (`musl-gcc -static`)\n\n";
    assert_eq!(ran.stderr(), format!("warning: {says}"));
    assert_eq!(t.pack(&["app", "--strict", "-o", "strict.tar"]).exits(1).stderr(), format!("error: {says}"));
    assert!(!t.path("strict.tar").exists());
    let told = t.pack(&["inspect", "app", "--json"]).succeeds().json();
    assert_eq!(told["warnings"][0]["code"], "static-name-services");
}

#[test]
fn time_zones_come_in_by_name_or_with_the_variable_that_names_one() {
    const ZONES: &str = "/usr/share/zoneinfo/";
    if fs::metadata("/usr/share/zoneinfo/Europe/Berlin").is_err() {
        return skip("tzdata is not installed");
    }
    for (flags, expected) in [
        ("", vec![]),
        ("--zones Europe/Berlin", vec!["Europe/", "Europe/Berlin"]),
        ("--zones Europe/Berlin,America/Lima", vec!["America/", "America/Lima", "Europe/", "Europe/Berlin"]),
        ("-e TZ=Europe/Berlin", vec!["Europe/", "Europe/Berlin"]),
        ("-e TZ=:Europe/Berlin", vec!["Europe/", "Europe/Berlin"]),
        ("-e TZ=CET-1CEST,M3.5.0,M10.5.0/3", vec![]),
        ("-e TZ=Europe/Berlin --zones none", vec![]),
        ("--zones none", vec![]),
    ] {
        let Some(t) = with_strings(&[]) else { return };

        let (_, files) = packed(&t, &format!("plain {flags}"));

        let zones: Vec<_> = files.iter().filter_map(|path| path.strip_prefix(ZONES)).collect();
        let zones: Vec<_> = zones.into_iter().filter(|zone| !zone.is_empty()).collect();
        assert_eq!(zones, expected, "{flags}");
    }
    let Some(t) = with_strings(&[]) else { return };
    let (_, files) = packed(&t, "plain --zones all");
    assert!(files.iter().filter(|path| path.starts_with(ZONES)).count() > 300, "all are many");
    for path in ["localtime", "posixrules"] {
        assert!(!files.contains(&format!("{ZONES}{path}")), "{path} is this machine's setting");
    }
    assert_eq!(
        fs::read(t.path("root/usr/share/zoneinfo/Europe/Berlin")).ok(),
        fs::read("/usr/share/zoneinfo/Europe/Berlin").ok()
    );
}

#[test]
fn a_time_zone_that_is_not_there_is_refused_with_the_one_that_was_meant() {
    if fs::metadata("/usr/share/zoneinfo/Europe/Berlin").is_err() {
        return skip("tzdata is not installed");
    }
    for (flags, says) in [
        (
            ["--zones", "Berlin,Nowhere/At_All"],
            "error: there is no time zone `Berlin` on this machine\n\nhint: did you mean `Europe/Berlin`?\n\n\
             error: there is no time zone `Nowhere/At_All` on this machine\n\n\
             hint: a zone is named as in `--zones Europe/Paris,America/Lima`\n\n",
        ),
        (
            ["-e", "TZ=Europe/Berlni"],
            "error: there is no time zone `Europe/Berlni` on this machine\n\nhint: did you mean `Europe/Berlin`?\n\n",
        ),
    ] {
        let Some(t) = with_strings(&[]) else { return };

        let ran = t.pack(&["plain", flags[0], flags[1], "-o", "image.tar"]).exits(1);

        assert_eq!((ran.stderr().as_str(), t.path("image.tar").exists()), (says, false), "{flags:?}");
    }
}
