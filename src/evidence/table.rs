//! The table of rules, in the order in which findings are told. A new rule is a row here and in `docs/evidence.md`.

use super::rules::Brings::{
    AllConverters, Beside, Certificates, Converters, Development, Directory, Fact, File, Fonts, Gcc, Java, Link,
    Locale, NameServices, Pam, Postgres, Program, Python, Terminals, ToldUnless, Tree, TreeBeside, Unwinder, Zone,
};
use super::rules::Distance;
use super::rules::Distance::{Direct, Program as ProgramOnly};
use super::rules::Sign::{Import, Soname, Text, Without};
use super::rules::{BUNDLES, Rule, Settled};

/// The name of the rule that finds Rust's `Command`.
pub const RUST: &str = "rust-command";

/// The text by which Rust's `Command` replaces a string with a NUL in it.
pub const WITH_NUL: &str = "<string-with-nul>";

/// The defaults of a row.
const ROW: Rule = Rule {
    name: "",
    what: "",
    signs: &[],
    with: &[],
    furthest: Distance::Further,
    excluding: &[],
    brings: &[],
    because: "",
};

/// All rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "ca-certificates",
        what: "CA certificates",
        signs: &[
            Text(BUNDLES[0]),
            Text(BUNDLES[1]),
            Text(BUNDLES[2]),
            Text(BUNDLES[3]),
            Text(BUNDLES[4]),
            Text(BUNDLES[5]),
            Text(BUNDLES[6]),
            Text(BUNDLES[7]),
            Text(BUNDLES[8]),
            Text(BUNDLES[9]),
            Text(BUNDLES[10]),
            Text("/etc/ssl/certs"),
            Text("/etc/pki/tls/certs"),
            Import("SSL_CTX_set_default_verify_paths"),
            Import("X509_STORE_set_default_paths"),
            Import("gnutls_certificate_set_x509_system_trust"),
            Import("gnutls_x509_trust_list_add_system_trust"),
        ],
        // They name their directory whether or not anybody verifies a certificate.
        excluding: &["libcrypto.so", "libssl.so", "libgnutls.so", "libp11-kit.so"],
        brings: &[Certificates],
        because: "names the CA certificates of the system",
        ..ROW
    },
    Rule {
        name: "name-services",
        what: "name services",
        signs: &[
            Text("nsswitch.conf"),
            Import("getaddrinfo"),
            Import("gethostbyname"),
            Import("gethostbyname_r"),
            Import("gethostbyname2_r"),
            Import("gethostbyaddr"),
            Import("gethostbyaddr_r"),
            Import("getnameinfo"),
            Import("getpwnam"),
            Import("getpwnam_r"),
            Import("getpwuid"),
            Import("getpwuid_r"),
            Import("getgrnam"),
            Import("getgrnam_r"),
            Import("getgrgid"),
            Import("getgrgid_r"),
            Import("getgrouplist"),
            Import("initgroups"),
        ],
        brings: &[NameServices],
        because: "looks up hosts or users through name services",
        ..ROW
    },
    Rule {
        name: "services",
        what: "services",
        signs: &[
            Import("getservbyname"),
            Import("getservbyname_r"),
            Import("getservbyport"),
            Import("getservbyport_r"),
            Import("getservent"),
            Import("getprotobyname"),
            Import("getprotobyname_r"),
            Import("getprotobynumber"),
            Import("getprotobynumber_r"),
            Import("getprotoent"),
        ],
        brings: &[File("/etc/services", true), File("/etc/protocols", true)],
        because: "looks up services or protocols by name",
        ..ROW
    },
    Rule {
        name: "unwinder",
        what: "unwinder",
        signs: &[Import("pthread_cancel"), Import("pthread_exit"), Import("backtrace")],
        brings: &[Unwinder],
        because: "ends threads or walks the stack, for which glibc opens `libgcc_s.so.1`",
        ..ROW
    },
    // A static glibc carries the format string of its plug-ins wherever getaddrinfo, getpwnam and their
    // kin are linked in; since 2.34 the plug-in `files` is built in and its functions are named.
    Rule {
        name: RUST,
        signs: &[Text(WITH_NUL)],
        furthest: ProgramOnly,
        brings: &[Fact],
        because: "has the `Command` of Rust, which starts programs",
        ..ROW
    },
    Rule {
        name: "nss-modules",
        signs: &[Text("libnss_")],
        brings: &[Fact],
        because: "opens name service modules (`libnss_*`)",
        ..ROW
    },
    Rule {
        name: "nss-built-in",
        signs: &[Text("_nss_files_")],
        brings: &[Fact],
        because: "has the name service `files` built in",
        ..ROW
    },
    // Up to 2.33 glibc opens a module for each service, and finds nothing without them. Since then the two are
    // built in, and the files that are left are empty.
    Rule {
        name: "nss-files",
        what: "name services",
        signs: &[Soname("libc.so.6")],
        with: &[Without("_nss_files_getpwnam_r")],
        brings: &[Beside("", "libnss_files.so.2"), Beside("", "libnss_dns.so.2")],
        because: "opens a module for each name service",
        ..ROW
    },
    // OpenSSL opens its configuration at every start; where it is, is built in.
    Rule {
        name: "openssl-configuration",
        what: "OpenSSL's configuration",
        signs: &[Text("OPENSSLDIR: \"/usr/lib/ssl\"")],
        brings: &[File("/usr/lib/ssl/openssl.cnf", false)],
        because: "opens OpenSSL's configuration when it starts",
        ..ROW
    },
    Rule {
        name: "openssl-configuration",
        what: "OpenSSL's configuration",
        signs: &[Text("OPENSSLDIR: \"/etc/ssl\"")],
        brings: &[File("/etc/ssl/openssl.cnf", false)],
        because: "opens OpenSSL's configuration when it starts",
        ..ROW
    },
    Rule {
        name: "openssl-configuration",
        what: "OpenSSL's configuration",
        signs: &[Text("OPENSSLDIR: \"/etc/pki/tls\"")],
        brings: &[File("/etc/pki/tls/openssl.cnf", false), Tree("/etc/crypto-policies/back-ends")],
        because: "opens OpenSSL's configuration when it starts",
        ..ROW
    },
    Rule {
        name: "openssl-configuration",
        what: "OpenSSL's configuration",
        signs: &[Text("OPENSSLDIR: \"/usr/local/ssl\"")],
        brings: &[File("/usr/local/ssl/openssl.cnf", false)],
        because: "opens OpenSSL's configuration when it starts",
        ..ROW
    },
    Rule {
        name: "openssl-modules",
        what: "OpenSSL's modules",
        signs: &[Import("OSSL_PROVIDER_load"), Import("OSSL_PROVIDER_try_load")],
        with: &[Text("legacy")],
        brings: &[Beside("libcrypto.so", "ossl-modules/legacy.so")],
        because: "loads OpenSSL's module `legacy`",
        ..ROW
    },
    Rule {
        name: "openssl-modules",
        what: "OpenSSL's modules",
        signs: &[Import("OSSL_PROVIDER_load"), Import("OSSL_PROVIDER_try_load")],
        with: &[Text("fips")],
        furthest: ProgramOnly,
        brings: &[Beside("libcrypto.so", "ossl-modules/fips.so")],
        because: "loads OpenSSL's module `fips`",
        ..ROW
    },
    Rule {
        name: "all-converters",
        what: "converters",
        signs: &[Import("__gconv_get_modules_db")],
        furthest: ProgramOnly,
        brings: &[AllConverters],
        because: "lists all character sets",
        ..ROW
    },
    Rule {
        name: "converters",
        what: "converters",
        signs: &[Import("iconv_open")],
        furthest: Direct,
        // These libraries convert for their callers, if at all.
        excluding: &["libstdc++.", "libunistring.", "libidn", "libglib-2.0.", "libgio-2.0."],
        brings: &[Converters],
        because: "converts between character sets",
        ..ROW
    },
    Rule {
        name: "locales",
        what: "locales",
        signs: &[Import("setlocale"), Import("newlocale")],
        with: &[Text("\0C.UTF-8\0")],
        furthest: Direct,
        brings: &[Locale("C.UTF-8")],
        because: "names the locale `C.UTF-8`",
        ..ROW
    },
    Rule {
        name: "terminals",
        what: "terminals",
        signs: &[
            Import("setupterm"),
            Import("tgetent"),
            Import("initscr"),
            Import("newterm"),
            Import("SLtt_get_terminfo"),
            Import("_nc_read_entry2"),
            Import("_nc_read_entry"),
        ],
        excluding: &["libtinfo", "libncurses", "libtic", "libcurses", "libpanel", "libmenu", "libform"],
        brings: &[Terminals],
        because: "looks up what the terminal can do",
        ..ROW
    },
    // The table of functions' names is in stripped Go programs too, and holds only those that may be called.
    Rule {
        name: "zones",
        what: "time zones",
        signs: &[Text("\0time.LoadLocation\0")],
        with: &[Without("time/tzdata.loadFromEmbeddedTZData")],
        furthest: ProgramOnly,
        brings: &[ToldUnless(
            Settled::Zones,
            "the program loads time zones by name, and the image has none: `--zones NAME,…` or `--zones all` takes them in",
        )],
        because: "calls `time.LoadLocation`",
        ..ROW
    },
    Rule {
        name: "ghc-locale",
        what: "locales",
        signs: &[Text("GHCRTS")],
        furthest: Direct,
        brings: &[ToldUnless(
            Settled::Locale,
            "a program that GHC compiled takes the encoding of texts from the locale: `-e LANG=C.UTF-8` for UTF-8",
        )],
        because: "holds the runtime system of GHC",
        ..ROW
    },
    Rule {
        name: "magic",
        what: "file types",
        signs: &[Soname("libmagic.so"), Text("/etc/magic:/usr/share/misc/magic")],
        furthest: Direct,
        brings: &[
            File("/usr/share/misc/magic.mgc", false),
            File("/usr/share/file/magic.mgc", false),
            File("/etc/magic", false),
        ],
        because: "tells files apart by a table",
        ..ROW
    },
    Rule {
        name: "magic",
        what: "file types",
        signs: &[Soname("libmagic.so")],
        brings: &[ToldUnless(
            Settled::At("/usr/share/misc/magic.mgc"),
            "a library can tell files apart by libmagic's table, which is large and stays out: \
             `--add /usr/share/misc/magic.mgc` takes it in",
        )],
        because: "tells files apart by a table",
        ..ROW
    },
    Rule {
        name: "mime-types",
        what: "MIME types",
        signs: &[Import("g_content_type_guess"), Import("g_file_query_info"), Import("g_content_type_get_mime_type")],
        furthest: ProgramOnly,
        brings: &[
            File("/usr/share/mime/mime.cache", false),
            File("/usr/share/mime/globs2", false),
            File("/usr/share/mime/magic", false),
            File("/usr/share/mime/aliases", false),
            File("/usr/share/mime/subclasses", false),
            File("/usr/share/mime/generic-icons", false),
            File("/usr/share/mime/icons", false),
        ],
        because: "tells the types of files",
        ..ROW
    },
    Rule {
        name: "fonts",
        what: "fonts",
        signs: &[Soname("libfontconfig.so"), Text("/etc/fonts/fonts.conf")],
        brings: &[
            Tree("/etc/fonts"),
            Tree("/usr/share/fontconfig/conf.avail"),
            Fonts,
            Directory("/var/cache/fontconfig"),
        ],
        because: "draws text with the fonts of the system",
        ..ROW
    },
    // The families of PostScript and PDF, and of the web, for which others stand in: who names one may ask for each.
    Rule {
        name: "font-families",
        signs: &[
            Text("\0Arial"),
            Text("\0Courier"),
            Text("Helvetica"),
            Text("helvetica"),
            Text("Times New Roman"),
            Text("Times-Roman"),
        ],
        brings: &[Fact],
        because: "names families of fonts",
        ..ROW
    },
    Rule {
        name: "xml-catalogs",
        what: "XML catalogs",
        signs: &[Soname("libxml2.so")],
        brings: &[Tree("/etc/xml")],
        because: "looks up XML entities in the catalogs of the system",
        ..ROW
    },
    Rule {
        name: "pixbuf-loaders",
        what: "image loaders",
        signs: &[Soname("libgdk_pixbuf-2.0.so")],
        brings: &[TreeBeside("", "gdk-pixbuf-2.0/2.10.0")],
        because: "opens a module for each format of images",
        ..ROW
    },
    Rule {
        name: "gio-tls",
        what: "GIO's TLS",
        signs: &[
            Import("g_tls_client_connection_new"),
            Import("g_tls_server_connection_new"),
            Import("g_tls_backend_get_default"),
            Import("g_socket_client_set_tls"),
        ],
        furthest: Direct,
        excluding: &["libgio-2.0"],
        brings: &[
            Beside("libgio-2.0.so", "gio/modules/libgiognutls.so"),
            Beside("libgio-2.0.so", "gio/modules/libgioopenssl.so"),
            Beside("libgio-2.0.so", "gio/modules/giomodule.cache"),
        ],
        because: "speaks TLS through a module of GIO",
        ..ROW
    },
    Rule {
        name: "settings-schemas",
        what: "settings schemas",
        signs: &[Import("g_settings_new"), Import("g_settings_schema_source_get_default")],
        furthest: Direct,
        brings: &[File("/usr/share/glib-2.0/schemas/gschemas.compiled", false)],
        because: "reads settings by their schemas",
        ..ROW
    },
    Rule {
        name: "p11-kit",
        what: "PKCS#11 modules",
        signs: &[
            Import("p11_kit_modules_load_and_initialize"),
            Import("p11_kit_modules_load"),
            Text("/usr/libexec/p11-kit"),
        ],
        furthest: ProgramOnly,
        brings: &[
            Tree("/usr/share/p11-kit/modules"),
            Tree("/usr/share/ca-certificates/trust-source"),
            TreeBeside("libp11-kit.so", "pkcs11"),
            File("/usr/share/ca-certificates.conf", false),
        ],
        because: "loads PKCS#11 modules",
        ..ROW
    },
    Rule {
        name: "sasl",
        what: "SASL mechanisms",
        signs: &[Import("sasl_client_init"), Import("sasl_server_init")],
        excluding: &["libsasl2.so"],
        brings: &[TreeBeside("libsasl2.so", "sasl2")],
        because: "authenticates through modules of SASL",
        ..ROW
    },
    Rule {
        name: "kerberos",
        what: "Kerberos' configuration",
        signs: &[Import("krb5_init_context"), Import("gss_init_sec_context")],
        furthest: ProgramOnly,
        brings: &[File("/etc/krb5.conf", false)],
        because: "speaks Kerberos",
        ..ROW
    },
    Rule {
        name: "mounts",
        what: "the table of mounts",
        signs: &[Text("/etc/mtab")],
        furthest: Direct,
        brings: &[Link("/etc/mtab", "/proc/self/mounts")],
        because: "reads the table of mounts",
        ..ROW
    },
    Rule {
        name: "pam",
        what: "PAM",
        signs: &[Import("pam_start")],
        furthest: ProgramOnly,
        brings: &[Pam],
        because: "authenticates users through modules of PAM",
        ..ROW
    },
    Rule {
        name: "java",
        what: "Java",
        signs: &[Import("JLI_Launch"), Import("JLI_CmdToArgs"), Text("JLI_Launch")],
        furthest: ProgramOnly,
        brings: &[Java],
        because: "starts a Java virtual machine, which opens the files of its home",
        ..ROW
    },
    Rule {
        name: "python",
        what: "Python",
        signs: &[Text("PYTHONHOME")],
        with: &[Text("PYTHONPATH")],
        excluding: &["libboost"],
        brings: &[Python],
        because: "holds Python, which opens its standard library",
        ..ROW
    },
    Rule {
        name: "php",
        what: "PHP's configuration",
        signs: &[Text("PHP_INI_SCAN_DIR")],
        furthest: Direct,
        brings: &[
            Tree("/etc/php"),
            Tree("/etc/php.d"),
            File("/etc/php.ini", false),
            Zone("UTC"),
            File("/usr/share/zoneinfo/zone.tab", false),
        ],
        because: "loads the extensions that its configuration names",
        ..ROW
    },
    Rule {
        name: "perl",
        what: "Perl",
        signs: &[Text("PERL5LIB")],
        with: &[Text("/etc/perl")],
        furthest: Direct,
        brings: &[Tree("/etc/perl")],
        because: "holds Perl, which looks for modules there",
        ..ROW
    },
    Rule {
        name: "imagemagick",
        what: "ImageMagick's configuration",
        signs: &[Text("/etc/ImageMagick-6/")],
        brings: &[Tree("/etc/ImageMagick-6")],
        because: "reads its policies and delegates there",
        ..ROW
    },
    Rule {
        name: "imagemagick",
        what: "ImageMagick's configuration",
        signs: &[Text("/etc/ImageMagick-7/")],
        brings: &[Tree("/etc/ImageMagick-7")],
        because: "reads its policies and delegates there",
        ..ROW
    },
    Rule {
        name: "git",
        what: "git's programs",
        signs: &[Text("git-upload-pack")],
        with: &[Text("GIT_EXEC_PATH")],
        furthest: ProgramOnly,
        brings: &[Tree("/usr/share/git-core/templates"), Program("/bin/sh")],
        because: "starts its other commands, some of them through a shell",
        ..ROW
    },
    Rule {
        name: "compiler",
        signs: &[Text("crt1.o"), Text("/usr/lib/gcc")],
        with: &[Text("crt1.o"), Text("/usr/include")],
        what: "headers and start files",
        furthest: Direct,
        brings: &[Development],
        because: "names the start files of programs and the system's headers, as compilers do",
        ..ROW
    },
    Rule {
        name: "gcc",
        what: "GCC's parts",
        signs: &[Text("GCC_EXEC_PREFIX")],
        with: &[Text("%(cc1_options)")],
        furthest: ProgramOnly,
        brings: &[Gcc],
        because: "drives the compilers of GCC",
        ..ROW
    },
    Rule {
        name: "m4",
        what: "m4",
        signs: &[Text("/usr/bin/m4")],
        with: &[Text("m4_")],
        furthest: ProgramOnly,
        brings: &[Program("/usr/bin/m4")],
        because: "works through m4",
        ..ROW
    },
    Rule {
        name: "nginx",
        what: "nginx's files",
        signs: &[Text("/etc/nginx/nginx.conf")],
        furthest: ProgramOnly,
        brings: &[
            File("/etc/nginx/mime.types", false),
            Link("/var/log/nginx/access.log", "/dev/stdout"),
            Link("/var/log/nginx/error.log", "/dev/stderr"),
            Directory("/var/log/nginx"),
            Directory("/var/lib/nginx"),
            Directory("/run"),
            ToldUnless(
                Settled::At("/etc/nginx/nginx.conf"),
                "nginx starts with a configuration of yours: `--add nginx.conf:/etc/nginx/nginx.conf`",
            ),
        ],
        because: "serves files as its configuration says",
        ..ROW
    },
    Rule {
        name: "apache",
        what: "Apache's modules",
        signs: &[Text("HTTPD_ROOT=\"/etc/apache2\"")],
        furthest: ProgramOnly,
        brings: &[
            Tree("/usr/lib/apache2/modules"),
            File("/etc/mime.types", false),
            Directory("/var/log/apache2"),
            Directory("/run"),
            ToldUnless(
                Settled::At("/etc/apache2/apache2.conf"),
                "Apache starts with a configuration of yours: `--add apache2.conf:/etc/apache2/apache2.conf`",
            ),
        ],
        because: "loads the modules that its configuration names",
        ..ROW
    },
    // The server's answer to `--version`, which the programs that start it compare with their own (pg_ctl, initdb).
    Rule {
        name: "postgres",
        what: "PostgreSQL's server",
        signs: &[Text("postgres (PostgreSQL) ")],
        furthest: ProgramOnly,
        brings: &[Postgres, Zone("UTC"), Zone("Etc/UTC")],
        because: "runs PostgreSQL's server, which opens its modules and tables",
        ..ROW
    },
    Rule {
        name: "containers",
        what: "policy for images",
        signs: &[Text("/etc/containers/policy.json")],
        furthest: ProgramOnly,
        brings: &[File("/etc/containers/policy.json", true), Directory("/var/tmp")],
        because: "copies images only where a policy lets it",
        ..ROW
    },
    Rule {
        name: "aspell",
        what: "dictionaries",
        signs: &[Soname("libaspell.so")],
        brings: &[Tree("/usr/lib/aspell"), Tree("/var/lib/aspell")],
        because: "checks words with dictionaries",
        ..ROW
    },
    Rule {
        name: "vim",
        what: "vim's runtime",
        signs: &[Text("$VIMRUNTIME")],
        with: &[Text("/usr/share/vim")],
        furthest: ProgramOnly,
        brings: &[ToldUnless(
            Settled::At("/usr/share/vim"),
            "vim edits without its runtime files; `--add /usr/share/vim` takes them in",
        )],
        because: "reads help, syntax and indentation from its runtime files",
        ..ROW
    },
];
