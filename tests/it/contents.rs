//! What goes in: the tree of an image as `tar` lists it, with places, owners and modes.

use crate::support::app::{ALWAYS, more, packed, with_app};
use crate::support::image::Image;
use crate::support::lacks;
use serde_json::json;
use std::fs;

#[test]
fn a_plain_program_comes_with_users_a_place_for_temporary_files_and_nothing_else() {
    let Some(t) = with_app() else { return };

    let image = packed(&t, "app");

    let mut expected = ALWAYS.to_vec();
    expected.insert(0, "-rwxr-xr-x 0/0 /app");
    assert_eq!(image.listing(), expected);
    let root = image.unpack(&t);
    let text = |name: &str| fs::read_to_string(root.join(name)).expect("it is text");
    assert_eq!(
        text("etc/passwd"),
        "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
         nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
    );
    assert_eq!(text("etc/group"), "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n");
    let config = &Image::open(&t.path("image.tar")).config()["config"];
    assert_eq!(
        config,
        &json!({ "User": "65532:65532", "Entrypoint": ["/app"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] })
    );
}

#[test]
fn the_program_stands_where_it_was_installed_or_at_the_top_or_where_it_is_asked_to() {
    for (shows, made, flags, entrypoint, parents) in [
        ("a build directory", "mkdir -p bin", "bin/app", "/app", vec![]),
        (
            "a place asked for",
            "mkdir -p bin",
            "bin/app --path /srv/bin/serve",
            "/srv/bin/serve",
            vec!["/srv/bin/", "/srv/"],
        ),
        (
            "a name that means something",
            "cp app tmp",
            "./tmp",
            "/usr/local/bin/tmp",
            vec!["/usr/local/bin/", "/usr/local/", "/usr/"],
        ),
        (
            "a name that is taken",
            "mkdir x; echo >x/y",
            "app --add x:/app",
            "/usr/local/bin/app",
            vec!["/usr/local/bin/", "/usr/local/", "/usr/"],
        ),
        ("the name given, not the file's", "ln -s app serve", "./serve", "/serve", vec![]),
        ("a name that ends in its platform", "cp app app-linux-amd64", "app-linux-amd64", "/app", vec![]),
    ] {
        let Some(t) = with_app() else { continue };
        t.shell(&format!("{made}; if [ -d bin ]; then cp app bin/app; fi")).succeeds();

        let image = packed(&t, flags);

        assert_eq!(image.config()["config"]["Entrypoint"], json!([entrypoint]), "{shows}");
        let listing = image.listing();
        assert!(listing.contains(&format!("-rwxr-xr-x 0/0 {entrypoint}")), "{shows}: {listing:?}");
        for parent in parents {
            assert!(listing.contains(&format!("drwxr-xr-x 0/0 {parent}")), "{shows}: {listing:?}");
        }
    }
}

#[test]
fn an_installed_program_keeps_its_path() {
    if lacks(&["bwrap"]) {
        return;
    }
    let Some(t) = with_app() else { return };
    // A machine of its own, where it is installed.
    let script = "mkdir opt; mkdir -p opt/team/bin; cp app opt/team/bin/; \
        exec bwrap --dev-bind / / --tmpfs /opt --bind opt /opt --chdir $PWD $pack /opt/team/bin/app -q -o image.tar";
    t.shell(script).succeeds();

    let image = Image::open(&t.path("image.tar"));

    assert_eq!(image.config()["config"]["Entrypoint"], json!(["/opt/team/bin/app"]));
    assert!(image.files().contains(&"/opt/team/".to_owned()));
}

#[test]
fn directories_volumes_and_the_working_directory_belong_to_the_user_and_group_0() {
    let Some(t) = with_app() else { return };

    let image = packed(&t, "app --dir /data --volume /var/cache/app -w /work --user 1000:1000");

    assert_eq!(
        more(&image),
        [
            "-rwxr-xr-x 0/0 /app",
            "drwxrwxr-x 1000/0 /data/",
            "drwxrwxr-x 1000/0 /home/user/",
            "drwxr-xr-x 0/0 /var/",
            "drwxr-xr-x 0/0 /var/cache/",
            "drwxrwxr-x 1000/0 /var/cache/app/",
            "drwxrwxr-x 1000/0 /work/",
        ]
    );
    let config = &image.config()["config"];
    assert_eq!((&config["Volumes"], &config["WorkingDir"]), (&json!({ "/var/cache/app": {} }), &json!("/work")));
}

#[test]
fn a_directory_that_is_there_already_is_not_made_anew() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir -m 750 site; mkdir -m 755 etc; echo a >site/a; chmod 644 site/a").succeeds();

    let image = packed(&t, "app --add site:/srv --dir /srv --dir /tmp --volume /home/nonroot -w /etc");

    assert_eq!(more(&image), ["-rwxr-xr-x 0/0 /app", "drwxrwxr-x 65532/0 /srv/", "-rw-r--r-- 0/0 /srv/a"]);
    assert_eq!(image.config()["config"]["WorkingDir"], "/etc");
}

#[test]
fn a_user_is_a_name_or_a_number_and_written_as_numbers() {
    for (flags, user, lines) in [
        ("", "65532:65532", ""),
        ("--user nonroot", "65532:65532", ""),
        ("--user root", "0:0", ""),
        ("--user nobody", "65534:65534", ""),
        ("--user 65534", "65534:65534", ""),
        ("--user nonroot:root", "65532:0", ""),
        ("--user 1000", "1000:1000", "user:x:1000:1000::/home/user:/sbin/nologin\n"),
        ("--user 1000:2000", "1000:2000", "user:x:1000:2000::/home/user:/sbin/nologin\n"),
        ("--user 0:7", "0:7", ""),
        ("--user alice --add passwd:/etc/passwd", "7:8", ""),
        ("--user alice:staff --add passwd:/etc/passwd --add group:/etc/group", "7:9", ""),
    ] {
        let Some(t) = with_app() else { continue };
        t.shell("echo alice:x:7:8::/srv:/bin/sh >passwd; echo staff:x:9: >group; chmod 644 *; chmod 755 app")
            .succeeds();

        let image = packed(&t, &format!("app {flags}"));

        assert_eq!(image.config()["config"]["User"], user, "{flags}");
        let passwd = fs::read_to_string(image.unpack(&t).join("etc/passwd")).expect("it is text");
        let own = passwd.split_once("nonroot:/sbin/nologin\n").map_or("", |(_, own)| own);
        assert_eq!(own, lines, "{flags}");
    }
}

#[test]
fn a_setuid_program_stays_one() {
    let Some(t) = with_app() else { return };
    t.shell("chmod 6711 app").succeeds();

    assert_eq!(more(&packed(&t, "app")), ["-rwsr-sr-x 0/0 /app"]);
}

#[test]
fn the_configuration_says_what_was_asked_for() {
    let Some(t) = with_app() else { return };

    let line = "$pack app -e B=2 -e A=1 -e B=3 -e PATH=/bin -p 8080 -p 53/udp -l team=a -l note='two words' --annotation k=v \
        --stop-signal int -w /work -q -o image.tar -- serve --port 80 ''";
    let told = "warning: `--env B` is given twice: `3` counts, and `2` does not\n\nhint: leave one of them out\n\n";
    assert_eq!(t.shell(line).succeeds().stderr(), told);

    let image = Image::open(&t.path("image.tar"));
    let config = image.config()["config"].clone();
    assert_eq!(config["Cmd"], json!(["serve", "--port", "80", ""]));
    assert_eq!(config["Env"], json!(["PATH=/bin", "B=3", "A=1"]));
    assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {}, "53/udp": {} }));
    assert_eq!(config["Labels"], json!({ "team": "a", "note": "two words" }));
    assert_eq!(config["StopSignal"], "SIGINT");
    assert_eq!(config["WorkingDir"], "/work");
    assert_eq!(image.manifest()["annotations"]["k"], "v");
}
