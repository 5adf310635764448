//! What else comes in because the program shows that it needs it, or because it was asked for: name services, time
//! zones. And what does not.

use crate::support::app::{reason, unpacked, with_strings};
use crate::support::{Ran, Test, lacks, skip, tool};
use std::fs;

#[test]
fn name_services_get_a_configuration_of_our_own_where_they_are_used() {
    let Some(t) = with_strings(&[]) else { return };
    t.write(
        "looks.c",
        "#include <netdb.h>\nint main(void) { struct addrinfo *a; return getaddrinfo(\"localhost\", \"80\", 0, &a); }\n",
    );
    t.shell("gcc -static looks.c -o looks").succeeds();

    unpacked(&t, "looks");

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
    let (_, files) = unpacked(&t, "plain");
    assert!(!files.contains(&"/etc/nsswitch.conf".to_owned()), "a program that looks up nothing needs none");
}

#[test]
fn ones_own_files_stand_in_the_place_of_what_evidence_brings() {
    for path in ["/etc/nsswitch.conf", "/etc/ssl/certs/ca-certificates.crt"] {
        let Some(t) = with_strings(&[path]) else { continue };
        t.shell("echo mine >mine").succeeds();

        unpacked(&t, &format!("app --add mine:{path}"));

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
        let Some(t) = with_strings(&[]) else { continue };

        let (_, files) = unpacked(&t, &format!("plain {flags}"));

        let zones: Vec<_> = files.iter().filter_map(|path| path.strip_prefix(ZONES)).collect();
        let zones: Vec<_> = zones.into_iter().filter(|zone| !zone.is_empty()).collect();
        assert_eq!(zones, expected, "{flags}");
    }
}

#[test]
fn a_program_that_sets_its_zone_itself_brings_the_zones_that_it_names() {
    if fs::metadata("/usr/share/zoneinfo/Europe/Berlin").is_err() {
        return skip("/usr/share/zoneinfo is not there");
    }
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    t.write(
        "app.c",
        "#include <stdio.h>\n#include <stdlib.h>\n#include <time.h>\n\
         int main(void) { time_t then = 1000000000; char text[64]; setenv(\"TZ\", \"Europe/Berlin\", 1); tzset();\n\
         strftime(text, sizeof text, \"%H:%M %Z\", localtime(&then)); puts(text);\n\
         puts(\"for example Europe/Paris\"); return 0; }\n",
    );
    t.shell("gcc app.c -o app; exec $pack app --format rootfs -o root").succeeds();

    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(t.path("root")).args(["/", "/app"]);
    assert_eq!(Ran::of(&mut bwrap).stdout(), "03:46 CEST\nfor example Europe/Paris\n");
    assert!(!t.path("root/usr/share/zoneinfo/Europe/Paris").exists(), "an example brings nothing");
}

#[test]
fn all_time_zones_are_those_of_the_machine_without_its_own_setting() {
    const ZONES: &str = "/usr/share/zoneinfo/";
    if fs::metadata("/usr/share/zoneinfo/Europe/Berlin").is_err() {
        return skip("tzdata is not installed");
    }
    let Some(t) = with_strings(&[]) else { return };
    let (_, files) = unpacked(&t, "plain --zones all");
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
             hint: a zone is named as in `--zones Europe/Paris,America/Lima`; `--zones none` takes none\n\n",
        ),
        (
            ["-e", "TZ=Europe/Berlni"],
            "error: there is no time zone `Europe/Berlni` on this machine\n\nhint: did you mean `Europe/Berlin`?\n\n",
        ),
    ] {
        let Some(t) = with_strings(&[]) else { continue };

        let ran = t.pack(&["plain", flags[0], flags[1], "-o", "image.tar"]).exits(1);

        assert_eq!((ran.stderr().as_str(), t.path("image.tar").exists()), (says, false), "{flags:?}");
    }
}

#[test]
fn inspect_tells_the_libraries_without_a_search_for_more() {
    let Some(t) = with_strings(&["/etc/ssl/certs/ca-certificates.crt"]) else { return };

    let with = t.pack(&["inspect", "app", "--json"]).succeeds().json();
    let without = t.pack(&["inspect", "app", "--json", "--no-evidence"]).succeeds().json();

    assert_eq!(with["evidence"].as_array().map(Vec::len), Some(1));
    assert_eq!(without["evidence"], serde_json::json!([]));
    assert_eq!((&without["libraries"], &without["kind"]), (&with["libraries"], &with["kind"]));
}

#[test]
fn data_that_a_program_names_beside_itself_goes_with_it() {
    if lacks(&["gcc", "bwrap"]) {
        return;
    }
    let t = Test::new();
    t.write(
        "app.c",
        r#"#include <stdio.h>
        #include <string.h>
        #include <unistd.h>
        const char *volatile data = "share/app";
        int main(void) {
            char path[5000], line[99];
            path[readlink("/proc/self/exe", path, 4000)] = 0;
            *strrchr(path, '/') = 0;
            strcat(strcat(strcpy(strrchr(path, '/') + 1, ""), data), "/greeting");
            FILE *file = fopen(path, "r");
            return !file || puts(fgets(line, 99, file)) < 0;
        }"#,
    );
    t.write("tree/share/app/greeting", "hello from data");
    t.shell("mkdir tree/bin; gcc app.c -o tree/bin/app").succeeds();

    t.pack(&["tree/bin/app", "--format", "rootfs", "-o", "root", "-q"]).succeeds();

    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(t.path("root")).args(["/", "--proc", "/proc", "/opt/app/bin/app"]);
    assert_eq!(Ran::of(&mut bwrap).succeeds().stdout(), "hello from data\n");
}
