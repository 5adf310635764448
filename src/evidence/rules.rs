//! The rules, as data: what shows a need, what it brings, and why. A new rule is a new row here and in
//! `docs/evidence.md`.

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What scripts know it by. Never changed, only added to.
    pub name: &'static str,
    /// Any one of these shows the need.
    pub signs: &'static [Sign],
    /// Sonames, or beginnings of them, of libraries in which the signs show nothing.
    pub excluding: &'static [&'static str],
    /// What comes into the image.
    pub brings: Brings,
    /// Why, in a phrase that follows the name of the object that shows it: "… names a bundle of CA certificates".
    pub because: &'static str,
}

/// Something in an object that shows a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// These bytes stand somewhere in its read-only data, also as a part of something longer: the
    /// strings of Go and Rust do not end in NUL, and lie one beside the other.
    Text(&'static str),
    /// It imports this symbol.
    Import(&'static str),
}

/// What a rule brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// The bundle of CA certificates.
    Certificates,
    /// An `/etc/nsswitch.conf` of our own, for glibc and Go.
    NameServices,
    /// `/etc/services` and `/etc/protocols`.
    Services,
    /// `libgcc_s.so.1`, which glibc opens when a thread ends itself or is ended.
    Unwinder,
    /// No file: a fact for the verdict.
    Fact,
}

/// Parts of the C library, whose texts and imports are there in every program.
pub const LIBC_PARTS: [&str; 14] = [
    "libc.so",
    "libc.musl-",
    "libm.so",
    "libmvec.so",
    "libpthread.so",
    "libdl.so",
    "librt.so",
    "libutil.so",
    "libanl.so",
    "libnsl.so",
    "libnss_",
    "libresolv.so",
    "libgcc_s.so",
    "ld-",
];

/// Where programs and distributions keep the one file with all CA certificates, Debian's place first.
pub const BUNDLES: [&str; 11] = [
    // Debian, Ubuntu, Alpine, Arch, Gentoo
    "/etc/ssl/certs/ca-certificates.crt",
    // Fedora, Red Hat
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    // SUSE
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    // NixOS
    "/etc/ssl/certs/ca-bundle.crt",
    // OpenELEC
    "/etc/pki/tls/cacert.pem",
    // Alpine, and what OpenSSL was configured with on others
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/ssl/cert.pem",
];

/// All rules.
pub const RULES: [Rule; 6] = [
    Rule {
        name: "ca-certificates",
        signs: &[
            Sign::Text(BUNDLES[0]),
            Sign::Text(BUNDLES[1]),
            Sign::Text(BUNDLES[2]),
            Sign::Text(BUNDLES[3]),
            Sign::Text(BUNDLES[4]),
            Sign::Text(BUNDLES[5]),
            Sign::Text(BUNDLES[6]),
            Sign::Text(BUNDLES[7]),
            Sign::Text(BUNDLES[8]),
            Sign::Text(BUNDLES[9]),
            Sign::Text(BUNDLES[10]),
            Sign::Text("/etc/ssl/certs"),
            Sign::Text("/etc/pki/tls/certs"),
            Sign::Import("SSL_CTX_set_default_verify_paths"),
            Sign::Import("X509_STORE_set_default_paths"),
            Sign::Import("gnutls_certificate_set_x509_system_trust"),
        ],
        // It names its directory whether or not anybody verifies a certificate.
        excluding: &["libcrypto.so", "libssl.so", "libgnutls.so", "libp11-kit.so"],
        brings: Brings::Certificates,
        because: "names the CA certificates of the system",
    },
    Rule {
        name: "name-services",
        signs: &[
            Sign::Text("nsswitch.conf"),
            Sign::Import("getaddrinfo"),
            Sign::Import("gethostbyname"),
            Sign::Import("gethostbyname_r"),
            Sign::Import("gethostbyname2_r"),
            Sign::Import("gethostbyaddr"),
            Sign::Import("gethostbyaddr_r"),
            Sign::Import("getnameinfo"),
            Sign::Import("getpwnam"),
            Sign::Import("getpwnam_r"),
            Sign::Import("getpwuid"),
            Sign::Import("getpwuid_r"),
            Sign::Import("getgrnam"),
            Sign::Import("getgrnam_r"),
            Sign::Import("getgrgid"),
            Sign::Import("getgrgid_r"),
            Sign::Import("getgrouplist"),
            Sign::Import("initgroups"),
        ],
        excluding: &[],
        brings: Brings::NameServices,
        because: "looks up hosts or users through name services",
    },
    Rule {
        name: "services",
        signs: &[
            Sign::Import("getservbyname"),
            Sign::Import("getservbyname_r"),
            Sign::Import("getservbyport"),
            Sign::Import("getservbyport_r"),
            Sign::Import("getprotobyname"),
            Sign::Import("getprotobyname_r"),
            Sign::Import("getprotobynumber"),
            Sign::Import("getprotobynumber_r"),
        ],
        excluding: &[],
        brings: Brings::Services,
        because: "looks up services or protocols by name",
    },
    Rule {
        name: "unwinder",
        signs: &[Sign::Import("pthread_cancel"), Sign::Import("pthread_exit"), Sign::Import("backtrace")],
        excluding: &[],
        brings: Brings::Unwinder,
        because: "ends threads or walks the stack, for which glibc opens `libgcc_s.so.1`",
    },
    // A static glibc carries the format string of its plug-ins wherever getaddrinfo, getpwnam and their
    // kin are linked in; since 2.34 the plug-in `files` is built in and its functions are named.
    Rule {
        name: "nss-modules",
        signs: &[Sign::Text("libnss_")],
        excluding: &[],
        brings: Brings::Fact,
        because: "opens name service modules (`libnss_*`)",
    },
    Rule {
        name: "nss-built-in",
        signs: &[Sign::Text("_nss_files_")],
        excluding: &[],
        brings: Brings::Fact,
        because: "has the name service `files` built in",
    },
];
