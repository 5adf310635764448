//! Each rule of evidence: what shows it, and that nothing else does; in a root that holds what it brings, and nothing
//! of this machine.

use crate::support::{Test, lacks};
use serde_json::Value;
use std::collections::BTreeSet;

/// A rule, what a program has that shows it (imports, or texts), and a file that it then brings.
struct Case {
    rule: &'static str,
    imports: &'static [&'static str],
    texts: &'static [&'static str],
    brings: &'static str,
}

const fn by_import(rule: &'static str, imports: &'static [&'static str], brings: &'static str) -> Case {
    Case { rule, imports, texts: &[], brings }
}

const fn by_text(rule: &'static str, texts: &'static [&'static str], brings: &'static str) -> Case {
    Case { rule, imports: &[], texts, brings }
}

const CASES: &[Case] = &[
    by_text("ca-certificates", &["/etc/ssl/certs/ca-certificates.crt"], "/etc/ssl/certs/ca-certificates.crt"),
    by_import("ca-certificates", &["SSL_CTX_set_default_verify_paths"], "/etc/ssl/certs/ca-certificates.crt"),
    by_import("name-services", &["getaddrinfo"], "/etc/nsswitch.conf"),
    by_import("services", &["getservbyname"], "/etc/services"),
    by_import("services", &["getprotobynumber"], "/etc/protocols"),
    by_text("openssl-configuration", &["OPENSSLDIR: \"/usr/lib/ssl\""], "/usr/lib/ssl/openssl.cnf"),
    by_import("terminals", &["setupterm"], "/usr/share/terminfo/x/xterm"),
    by_text("magic", &["/etc/magic:/usr/share/misc/magic"], "/usr/share/misc/magic.mgc"),
    by_import("mime-types", &["g_content_type_guess"], "/usr/share/mime/mime.cache"),
    by_text("fonts", &["/etc/fonts/fonts.conf"], "/etc/fonts/fonts.conf"),
    by_import("settings-schemas", &["g_settings_new"], "/usr/share/glib-2.0/schemas/gschemas.compiled"),
    by_import("p11-kit", &["p11_kit_modules_load"], "/usr/share/p11-kit/modules/a.module"),
    by_import(
        "settings-schemas",
        &["g_settings_schema_source_get_default"],
        "/usr/share/glib-2.0/schemas/gschemas.compiled",
    ),
    by_text("mounts", &["/etc/mtab"], "/etc/mtab"),
    by_import("kerberos", &["krb5_init_context"], "/etc/krb5.conf"),
    by_text("php", &["PHP_INI_SCAN_DIR"], "/etc/php/8.2/cli/php.ini"),
    by_text("perl", &["PERL5LIB", "/etc/perl"], "/etc/perl/Net.pm"),
    by_text("imagemagick", &["/etc/ImageMagick-6/"], "/etc/ImageMagick-6/policy.xml"),
    by_text("git", &["git-upload-pack", "GIT_EXEC_PATH"], "/usr/share/git-core/templates/description"),
    by_text("m4", &["/usr/bin/m4", "m4_"], "/usr/bin/m4"),
    by_text("nginx", &["/etc/nginx/nginx.conf"], "/etc/nginx/mime.types"),
    by_text("apache", &["HTTPD_ROOT=\"/etc/apache2\""], "/etc/mime.types"),
    by_text("own-data", &["/usr/share/thing"], "/usr/share/thing/data"),
    by_text("own-data", &["/usr/share/thing/data"], "/usr/share/thing/data"),
    by_text("state", &["/var/lib/thing/db"], "/var/lib/thing"),
];

/// A root with the loader and libc of this machine, the files of all cases, and `app`, whose C source has these
/// imports and texts; `other` has none.
fn with_root(imports: &[&str], texts: &[&str]) -> Option<Test> {
    if lacks(&["gcc"]) {
        return None;
    }
    let t = Test::new();
    t.shell(
        "mkdir -p root/lib64 root/lib/x86_64-linux-gnu root/var/lib/thing && cp -L /lib64/ld-linux-x86-64.so.2 root/lib64 &&
         cp -L /lib/x86_64-linux-gnu/libc.so.6 root/lib/x86_64-linux-gnu",
    )
    .succeeds();
    for case in CASES.iter().filter(|case| !["/var/lib/thing", "/etc/nsswitch.conf"].contains(&case.brings)) {
        t.write(&format!("root{}", case.brings), "data");
    }
    t.shell("chmod 755 root/usr/bin/m4").succeeds();
    let calls: Vec<String> = imports.iter().map(|name| format!("extern void {name}(void); {name}();")).collect();
    let texts = format!("{texts:?}").replace(['[', ']'], "");
    let source = format!(
        "char *volatile texts[] = {{ \"\", {texts} }};\nint main(int n, char **a) {{ if (n > 9) {{ {} }} return !texts[0]; }}\n",
        calls.concat()
    );
    t.write("app.c", source);
    t.write("other.c", "int main(void) { return 0; }\n");
    let stubs: Vec<String> = imports.iter().map(|name| format!("void {name}(void) {{}}\n")).collect();
    t.write("stub.c", stubs.concat());
    t.shell(
        "lib=root/lib/x86_64-linux-gnu; gcc -w -fno-builtin -shared -fPIC stub.c -Wl,-soname,libstub.so -o $lib/libstub.so &&
         gcc -w app.c -L$lib -Wl,--no-as-needed -lstub -o root/app && gcc other.c -o root/other && chmod -R go+rX root",
    )
    .succeeds();
    Some(t)
}

/// The paths that a rule brings into the image of a program of the root.
fn brought(t: &Test, program: &str, rule: &str, flags: &[&str]) -> BTreeSet<String> {
    let program = format!("root/{program}");
    let arguments = [&[program.as_str(), "--sysroot", "root", "--dry-run", "--json"], flags].concat();
    let told = t.pack(&arguments).succeeds().json();
    let files = told["images"][0]["files"].as_array().expect("files are a list").clone();
    let by_rule = |file: &&Value| file["reasons"].as_array().into_iter().flatten().any(|reason| reason["code"] == rule);
    files.iter().filter(by_rule).map(|file| file["path"].as_str().expect("a path").to_owned()).collect()
}

#[test]
fn each_rule_brings_what_it_says_where_it_is_shown_and_nothing_elsewhere() {
    for case in CASES {
        let Some(t) = with_root(case.imports, case.texts) else { continue };
        let rule = case.rule;
        assert!(brought(&t, "app", rule, &[]).contains(case.brings), "{rule} {:?} {:?}", case.imports, case.texts);
        let silent = brought(&t, "other", rule, &[]);
        assert!(silent.is_empty(), "{rule}: {silent:?}");
    }
}

#[test]
fn what_needs_two_signs_is_not_shown_by_one() {
    let Some(t) = with_root(&["OSSL_PROVIDER_load"], &["PERL5LIB", "GIT_EXEC_PATH", "PYTHONHOME", "m4_"]) else {
        return;
    };
    for rule in ["openssl-modules", "perl", "git", "python", "m4"] {
        let silent = brought(&t, "app", rule, &[]);
        assert!(silent.is_empty(), "{rule}: {silent:?}");
    }
}

#[test]
fn pam_brings_the_services_that_a_program_names_and_their_modules() {
    let Some(t) = with_root(&["pam_start"], &["mine"]) else { return };
    let says = |t: &Test| t.pack(&["root/app", "--sysroot", "root", "--dry-run"]).succeeds().stdout();
    t.shell(
        "lib=root/lib/x86_64-linux-gnu; gcc -w -shared -fPIC stub.c -Wl,-soname,libpam.so.0 -o $lib/libpam.so.0 &&
         gcc -w app.c -L$lib -Wl,--no-as-needed -l:libpam.so.0 -o root/app",
    )
    .succeeds();
    let none = "PAM needs a file for each service, and this machine has none: `--add DIR:/etc/pam.d` takes yours in";
    assert!(says(&t).contains(none), "{}", says(&t));
    for (path, text) in [
        ("etc/pam.d/mine", "auth required pam_a.so\n@include common\n"),
        ("etc/pam.d/common", "auth [default=die] pam_b.so x\n"),
        ("etc/pam.d/other", "account required pam_c.so\n"),
        ("etc/pam.d/others", "account required pam_d.so\n"),
        ("lib/x86_64-linux-gnu/security/pam_a.so", "a"),
        ("lib/x86_64-linux-gnu/security/pam_b.so", "b"),
        ("lib/x86_64-linux-gnu/security/pam_c.so", "c"),
        ("lib/x86_64-linux-gnu/security/pam_d.so", "d"),
    ] {
        t.write(&format!("root/{path}"), text);
    }
    t.shell("chmod -R go+rX root").succeeds();

    let found: Vec<String> = brought(&t, "app", "pam", &[]).into_iter().collect();

    let modules = ["a", "b", "c"].map(|name| format!("/lib/x86_64-linux-gnu/security/pam_{name}.so"));
    let services = ["common", "mine", "other"].map(|name| format!("/etc/pam.d/{name}"));
    assert_eq!(found, [&services[..], &modules[..]].concat());
    assert!(!says(&t).contains(none));
}

#[test]
fn the_terminal_that_the_image_names_is_the_only_one() {
    let Some(t) = with_root(&["tgetent"], &[]) else { return };
    t.write("root/usr/share/terminfo/d/dumb", "data");
    let terminals = brought(&t, "app", "terminals", &["-e", "TERM=dumb"]);
    assert!(terminals.contains("/usr/share/terminfo/d/dumb"), "{terminals:?}");
    assert!(!terminals.contains("/usr/share/terminfo/x/xterm"), "{terminals:?}");
}

#[test]
fn shared_directories_settings_and_libraries_are_not_a_programs_own_data() {
    let texts =
        ["/usr/share/locale", "/usr/share/man", "/etc/thing.conf", "/usr/lib/libthing.so", "see /usr/share/thing"];
    let Some(t) = with_root(&[], &texts) else { return };
    for path in ["usr/share/locale/de/x", "usr/share/man/x", "etc/thing.conf", "usr/lib/libthing.so"] {
        t.write(&format!("root/{path}"), "data");
    }
    let own = brought(&t, "app", "own-data", &[]);
    assert!(own.is_empty(), "{own:?}");
}

#[test]
fn a_tree_that_is_too_large_is_told_with_the_flag_that_takes_it_in() {
    // One by its path alone, one by a rule's row.
    for (text, tree) in [("/usr/share/thing", "/usr/share/thing"), ("/etc/ImageMagick-6/", "/etc/ImageMagick-6")] {
        let Some(t) = with_root(&[], &[text]) else { continue };
        t.shell(&format!("mkdir -p root{tree}; truncate -s 200M root{tree}/big")).succeeds();

        let ran = t.pack(&["root/app", "--sysroot", "root", "--dry-run", "-q"]).succeeds();

        let here = t.path(format!("root{tree}"));
        let says = format!(
            "warning: `root/app` names `{tree}`, which is too large to be packed unasked\n\n\
             hint: `--add {}` takes it in\n\n",
            here.display()
        );
        assert_eq!(ran.stderr(), says);
    }
}

#[test]
fn programs_that_a_program_starts_are_told() {
    let hints = |t: &Test| {
        let ran = t.pack(&["root/app", "--sysroot", "root", "--dry-run", "--strict"]).succeeds();
        let lines = ran.stdout() + &ran.stderr();
        lines.lines().filter_map(|line| line.trim().strip_prefix("hint       ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let Some(t) = with_root(&["system"], &[]) else { return };
    assert_eq!(
        hints(&t),
        [
            "`root/app` imports `system`, which runs commands through a shell; the image has none: `--add /bin/sh` takes it in"
        ]
    );
    let Some(t) = with_root(&["execv"], &["/usr/bin/helper"]) else { return };
    t.write("root/usr/bin/helper", "#!/bin/sh\n");
    t.shell("chmod 755 root/usr/bin/helper").succeeds();
    let helper = t.path("root/usr/bin/helper").display().to_string();
    assert_eq!(
        hints(&t),
        [format!(
            "`root/app` may start other programs, which the image lacks (`/usr/bin/helper`): `--add {helper}` takes one in"
        )]
    );
    // What cannot start others names a program for another purpose.
    let Some(t) = with_root(&[], &["/usr/bin/helper"]) else { return };
    t.write("root/usr/bin/helper", "#!/bin/sh\n");
    t.shell("chmod 755 root/usr/bin/helper").succeeds();
    assert_eq!(hints(&t), [""; 0]);
}

#[test]
fn glibc_of_two_places_is_refused() {
    let Some(t) = with_root(&[], &[]) else { return };
    t.shell(
        "mkdir -p root/opt/app/lib && cp -L /lib/x86_64-linux-gnu/libm.so.6 root/opt/app/lib &&
         echo 'double sin(double); int main(int n, char **a) { return sin(n) > 2; }' >m.c &&
         gcc m.c -o root/opt/app/app -lm -Wl,-rpath,/opt/app/lib",
    )
    .succeeds();

    let ran = t.pack(&["root/opt/app/app", "--sysroot", "root", "--dry-run"]).exits(1);

    assert_eq!(
        ran.stderr(),
        "error: the glibc of `root/opt/app/app` would come from two places, and crash\n  \
         /lib64/ld-linux-x86-64.so.2, /lib/x86_64-linux-gnu/libc.so.6\n  \
         /opt/app/lib/libm.so.6\n\n\
         hint: leave the private copies of glibc out of the program's directories, or pack from the root that they \
         belong to: `--sysroot DIR`\n\n"
    );
}
