//! Names that many programs share. Paths with them are not data of a program's own.

use std::path::Path;

/// Directories below which programs keep data of their own, one directory for each.
pub const ROOTS: [&str; 12] = [
    "/usr/share",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib32",
    "/usr/libexec",
    "/usr/local/share",
    "/usr/local/lib",
    "/usr/local/libexec",
    "/usr/games",
    "/usr/share/games",
    "/lib",
    "/lib64",
];

/// Names in those directories whose data is for many programs, or for the machine.
const SHARED: [&str; 78] = [
    "locale",
    // A rule of its own takes what its server opens.
    "postgresql",
    "man",
    "doc",
    "doc-base",
    "info",
    "zoneinfo",
    "terminfo",
    "icons",
    "fonts",
    "themes",
    "mime",
    "applications",
    "pixmaps",
    "sounds",
    "X11",
    "i18n",
    "pkgconfig",
    "bug",
    "lintian",
    "metainfo",
    "appdata",
    "games",
    "bash-completion",
    "dbus-1",
    "polkit-1",
    "glib-2.0",
    "gir-1.0",
    "girepository-1.0",
    "help",
    "misc",
    "nls",
    "tabset",
    "sgml",
    "xml",
    "xsessions",
    "wayland-sessions",
    "desktop-directories",
    "gtk-doc",
    "common-licenses",
    "base-passwd",
    "debug",
    "gconv",
    "modules",
    "modules-load.d",
    "modprobe.d",
    "binfmt.d",
    "sysctl.d",
    "systemd",
    "tmpfiles.d",
    "sysusers.d",
    "udev",
    "pam.d",
    "os-release",
    "firmware",
    "jvm",
    "ssl",
    "engines-3",
    "ossl-modules",
    "python3",
    "sasl2",
    "krb5",
    "gss",
    "security",
    "dri",
    "vdpau",
    "gio",
    "bfd-plugins",
    "p11-kit",
    "pkcs11",
    "ca-certificates",
    "fontconfig",
    "gdk-pixbuf-2.0",
    "locale-archive",
    "nss",
    "init",
    "src",
    "vim",
];

/// Whether the data below one of the [`ROOTS`] with this name is for many programs. A library or a directory of Python is,
/// too: the loader, or a rule, takes it.
pub fn is_shared(name: &str) -> bool {
    SHARED.contains(&name) || name.starts_with("python3.") || name.contains(".so")
}

/// Whether a directory of this name, of many programs' data, has a directory for each thing: then one of those is data
/// of who names it.
pub fn is_name_of_parts(name: &str) -> bool {
    const NAMES: [&str; 6] = ["X11", "nls", "sgml", "xml", "sounds", "i18n"];
    NAMES.contains(&name)
}

/// Whether a path is below such a directory.
pub fn is_of_parts(path: &Path) -> bool {
    let below = ROOTS.iter().filter_map(|root| path.strip_prefix(root).ok());
    below.filter_map(|below| below.components().next()?.as_os_str().to_str()).any(is_name_of_parts)
}

/// Whether a directory is one that other packages fill, and of which a program that searches it reads what it is asked
/// for: descriptions of libraries and interfaces.
pub fn is_filled_by_others(path: &Path) -> bool {
    const NAMES: [&str; 4] = ["pkgconfig", "gir-1.0", "girepository-1.0", "dbus-1"];
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| NAMES.contains(&name))
        && ROOTS.iter().any(|root| path.starts_with(root))
}

/// Whether a path is at or below a directory where packages put modules of a language, beside those that came with it.
pub fn is_site(path: &Path) -> bool {
    const NAMES: [&str; 9] = [
        "perl5",
        "vendor_perl",
        "site_perl",
        "dist-packages",
        "site-packages",
        "vendor_ruby",
        "site_ruby",
        "site-lisp",
        "site-library",
    ];
    let is_named = path.iter().filter_map(|part| part.to_str()).any(|part| NAMES.contains(&part));
    is_named && ROOTS.iter().any(|root| path.starts_with(root))
}

/// Whether a path below `/etc` is a file that the C library reads, or that the image has anyway.
pub fn is_libc_setting(path: &str) -> bool {
    const FILES: [&str; 24] = [
        "aliases",
        "ethers",
        "fstab",
        "gai.conf",
        "group",
        "gshadow",
        "host.conf",
        "hostname",
        "hosts",
        "hosts.equiv",
        "ld.so.cache",
        "ld.so.conf",
        "ld.so.preload",
        "locale.alias",
        "localtime",
        "mtab",
        "networks",
        "nsswitch.conf",
        "passwd",
        "protocols",
        "resolv.conf",
        "services",
        "shadow",
        "suid-debug",
    ];
    let name = path.strip_prefix("/etc/").unwrap_or(path);
    FILES.contains(&name) || name.starts_with("ssl/") || name.starts_with("pki/") || name == "shells"
}
