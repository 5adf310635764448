//! The rules, as data: what shows a need, in which objects it counts, what it brings, and why. A new rule is a
//! new row here and in `docs/evidence.md`.

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What scripts know it by. Never changed, only added to.
    pub name: &'static str,
    /// What it brings, for people, in one or two words: `time zones`.
    pub what: &'static str,
    /// Any one of these shows the need.
    pub signs: &'static [Sign],
    /// And all of these with it.
    pub with: &'static [Sign],
    /// The objects in which it counts.
    pub counts: Counts,
    /// Sonames, or beginnings of them, of libraries in which the signs show nothing.
    pub excluding: &'static [&'static str],
    /// What comes into the image.
    pub brings: &'static [Brings],
    /// Why, in a phrase that follows the name of the object that shows it: "… names a bundle of CA certificates".
    pub because: &'static str,
}

/// The objects in which a sign counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counts {
    /// The program alone.
    Program,
    /// The program, and the libraries that it names itself.
    Near,
    /// All objects.
    Anywhere,
}

/// Something in an object that shows a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// These bytes stand somewhere in its read-only data, also as a part of something longer: the
    /// strings of Go and Rust do not end in NUL, and lie one beside the other.
    Text(&'static str),
    /// It imports this symbol.
    Import(&'static str),
    /// It is a library whose soname begins so.
    Soname(&'static str),
    /// These bytes do not stand in it.
    Without(&'static str),
}

/// What a rule brings. Paths are those of the sysroot, and of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// The bundle of CA certificates.
    Certificates,
    /// An `/etc/nsswitch.conf` of our own, for glibc and Go.
    NameServices,
    /// A file, where it is there, with the links that lead to it; `true`: its absence is told.
    File(&'static str, bool),
    /// A directory with all that is in it, where it is there.
    Tree(&'static str),
    /// A file below the directory that holds the library with the soname that begins so; `""`: the object itself.
    Beside(&'static str, &'static str),
    /// A directory likewise.
    TreeBeside(&'static str, &'static str),
    /// A program, with the libraries that it needs.
    Program(&'static str),
    /// An empty directory that the user who runs the program may write in.
    Directory(&'static str),
    /// A link, and where it leads.
    Link(&'static str, &'static str),
    /// `libgcc_s.so.1`, which glibc opens when a thread ends itself or is ended.
    Unwinder,
    /// Converters of character sets: those that the object names, else all.
    Converters,
    /// All converters of character sets.
    AllConverters,
    /// A locale.
    Locale(&'static str),
    /// Descriptions of terminals.
    Terminals,
    /// A time zone.
    Zone(&'static str),
    /// The home of a Java virtual machine.
    Java,
    /// The standard library of Python.
    Python,
    /// The server of PostgreSQL, with its modules and tables.
    Postgres,
    /// Nothing: what it would need is told, with what to do.
    Told(&'static str),
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
