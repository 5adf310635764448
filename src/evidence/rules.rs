//! The parts of a rule: signs, the objects in which they count, and what the rule brings. The rules themselves are the
//! rows of `table.rs`.

/// A rule: signs that show a need, and what it brings.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name for scripts. Names are added, never changed.
    pub name: &'static str,
    /// The kind of thing that it brings, for people, in one or two words: `time zones`.
    pub what: &'static str,
    /// Signs of which any one shows the need.
    pub signs: &'static [Sign],
    /// Signs that the object must have too, all of them.
    pub with: &'static [Sign],
    /// The furthest object in which signs count.
    pub furthest: Distance,
    /// Sonames, or beginnings of sonames, of libraries in which the signs do not count.
    pub excluding: &'static [&'static str],
    /// Things that come into the image.
    pub brings: &'static [Brings],
    /// The reason, as a phrase that follows the object's name: `names the CA certificates of the system`.
    pub because: &'static str,
}

/// How far an object is from the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distance {
    /// The program itself.
    Program,
    /// A library that the program names.
    Direct,
    /// A library of a library, or one that is opened later.
    Further,
}

impl Distance {
    /// The distance in one word, for documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Direct => "direct library",
            Self::Further => "further library",
        }
    }
}

/// A property of an object that shows a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The read-only data contains these bytes, also as a part of a longer string: the strings of Go and Rust do not
    /// end in NUL, and lie one beside the other.
    Text(&'static str),
    /// The object imports this symbol.
    Import(&'static str),
    /// The object is a library whose soname begins with this.
    Soname(&'static str),
    /// The read-only data does not contain these bytes.
    Without(&'static str),
}

/// A thing that a rule brings. A path is the same in the sysroot and in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// The bundle of CA certificates.
    Certificates,
    /// An `/etc/nsswitch.conf` of our own, for glibc and Go.
    NameServices,
    /// A file, if it exists, with the links that lead to it; `true`: its absence is told.
    File(&'static str, bool),
    /// A directory, if it exists, with all that is below it.
    Tree(&'static str),
    /// A file below the directory of the library whose soname begins with the first text; `""`: of the object itself.
    Beside(&'static str, &'static str),
    /// A directory below the same, with all that is below it.
    TreeBeside(&'static str, &'static str),
    /// A program, with the libraries that it needs.
    Program(&'static str),
    /// An empty directory that the user who runs the program may write in.
    Directory(&'static str),
    /// A symbolic link, and its target.
    Link(&'static str, &'static str),
    /// Fonts of the families that are drawn with.
    Fonts,
    /// `libgcc_s.so.1`, which glibc opens when a thread ends itself or is ended.
    Unwinder,
    /// Converters for the character sets that the object names; for a program that names none, all.
    Converters,
    /// All converters of character sets.
    AllConverters,
    /// The locale of this name.
    Locale(&'static str),
    /// Descriptions of terminals.
    Terminals,
    /// The time zone of this name.
    Zone(&'static str),
    /// The home of a Java virtual machine.
    Java,
    /// The standard library of Python.
    Python,
    /// The server of PostgreSQL, with its modules and tables.
    Postgres,
    /// What PAM opens for the services that the program names.
    Pam,
    /// Headers, start files and the linker, for a compiler.
    Development,
    /// The parts of GCC, for one of its drivers.
    Gcc,
    /// No file: the sentence is told, which says what to add, where the thing is not settled.
    ToldUnless(Settled, &'static str),
    /// No file: the finding is a fact for the verdict.
    Fact,
}

/// A thing that the user may have settled by a flag or a variable, or that an image that was read back has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Which time zones there are.
    Zones,
    /// The locale that the program runs in.
    Locale,
    /// What the program looks for at this path.
    At(&'static str),
}

/// Sonames, or beginnings of sonames, of the parts of the C library. Their texts and imports do not count: every
/// dynamic program has them.
const LIBC_PARTS: [&str; 14] = [
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

/// Whether a library with this soname is a part of the C library.
pub fn is_part_of_libc(soname: &[u8]) -> bool {
    LIBC_PARTS.iter().any(|part| soname.starts_with(part.as_bytes()))
}

/// Known paths of the file with all CA certificates, Debian's first.
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
