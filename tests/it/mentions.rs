//! What the user mentions, held against the image: variables, arguments, and libraries that somebody else provides.

use crate::support::app::unpacked;
use crate::support::{Ran, Test, lacks, root};
use serde_json::json;

/// A library `l/libf.so.1`, a program `app` that needs it, and one `plain` that needs the C library alone.
fn with_library() -> Option<Test> {
    if lacks(&["gcc"]) {
        return None;
    }
    let t = Test::new();
    let library = "int puts(const char *); __attribute__((constructor)) void f(void) { puts(\"preloaded\"); }";
    t.write("f.c", library);
    t.shell(
        "mkdir l; gcc -shared -fPIC f.c -Wl,-soname,libf.so.1 -o l/libf.so.1
         echo 'void f(void); int main(void) { f(); return 0; }' | gcc -xc - -Ll -l:libf.so.1 -o app
         echo 'int main(void) { return 0; }' | gcc -xc - -o plain",
    )
    .succeeds();
    Some(t)
}

/// The messages and hints of all warnings.
fn warnings(ran: &Ran) -> Vec<(String, String)> {
    let json = ran.json();
    let all = json["warnings"].as_array().expect("warnings are a list").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("it is a text").to_owned();
    all.map(|warning| (text(&warning["message"]), text(&warning["hint"]))).collect()
}

#[test]
fn a_library_that_is_preloaded_by_name_or_by_path_is_in_the_image() {
    let Some(t) = with_library() else { return };
    let by_path = format!("plain -e LD_PRELOAD={}", t.path("l/libf.so.1").display());
    for flags in ["plain -e LD_PRELOAD=libf.so.1 --library-path l", &by_path] {
        let (config, files) = unpacked(&t, flags);

        assert_eq!(files.iter().filter(|file| file.ends_with("/libf.so.1")).count(), 1, "{files:?}");
        let Some(ran) = root::run(&t.path("root"), &json!({ "config": config }), None) else { continue };
        assert_eq!(ran.succeeds().stdout(), "preloaded\n", "{flags}");
    }
    let missing = t.pack(&["plain", "-e", "LD_PRELOAD=libnone.so", "--dry-run", "--json"]).succeeds();
    assert_eq!(warnings(&missing)[0].0, "`-e LD_PRELOAD` names `libnone.so`, which is not on this machine");
    let later = t.pack(&["plain", "-e", "LD_PRELOAD=/none/libnone.so", "--dry-run", "--json"]).succeeds();
    assert_eq!(warnings(&later), []);
}

#[test]
fn the_directories_of_ld_library_path_are_searched_as_the_loader_does_in_the_image() {
    let Some(t) = with_library() else { return };

    let (config, files) = unpacked(&t, &format!("app -e LD_LIBRARY_PATH={}", t.path("l").display()));

    let own = format!("{}", t.path("l/libf.so.1").display());
    assert!(files.contains(&own), "{files:?}");
    let Some(ran) = root::run(&t.path("root"), &json!({ "config": config }), None) else { return };
    ran.succeeds();
}

#[test]
fn words_that_name_a_zone_or_a_character_set_bring_it() {
    let Some(t) = with_library() else { return };
    let has = |path: &str| std::path::Path::new("/usr/share/zoneinfo").join(path).exists();
    if !has("Europe/Berlin") || !has("Asia/Tokyo") {
        return;
    }
    t.shell(
        "echo '#include <iconv.h>
         int main(int c, char **v) { return iconv_open(v[1], \"UTF-8\") == (iconv_t)-1; }' | gcc -xc - -o app-sets",
    )
    .succeeds();
    let packed = |arguments: &[&str]| {
        let json = t.pack(&[&["--dry-run", "--json"], arguments].concat()).succeeds().json();
        let files = json["images"][0]["files"].as_array().expect("files are a list").clone();
        let paths = files.into_iter().map(|file| file["path"].as_str().expect("a path is a text").to_owned());
        paths.collect::<Vec<_>>()
    };
    let ends = |files: &[String], end: &str| files.iter().any(|file| file.ends_with(end));

    let zones = packed(&["plain", "-e", "ZONE=Europe/Berlin", "--", "-z", "Asia/Tokyo", "a/b"]);
    let plain = packed(&["app-sets"]);
    let set = packed(&["app-sets", "--", "ISO-2022-KR"]);

    assert!(ends(&zones, "zoneinfo/Europe/Berlin") && ends(&zones, "zoneinfo/Asia/Tokyo"), "{zones:?}");
    assert!(!ends(&plain, "/ISO-2022-KR.so"), "{plain:?}");
    assert!(ends(&set, "/ISO-2022-KR.so") || !ends(&plain, "/ISO8859-2.so"), "{set:?}");
}

#[test]
fn a_path_that_is_mentioned_and_not_in_the_image_is_told_with_the_flag_that_adds_it() {
    let Some(t) = with_library() else { return };
    t.write("conf/app.toml", "a = 1\n");
    t.write("app.py", "pass\n");
    t.write("empty.log", "");
    let conf = t.path("conf/app.toml").display().to_string();
    let told =
        |arguments: &[&str]| warnings(&t.pack(&[&["plain", "--dry-run", "--json"], arguments].concat()).succeeds());
    for (arguments, who, path, added) in [
        (vec!["-e", &format!("CONF={conf}")], "`-e CONF`", &*conf, &*conf),
        (vec!["-e", &format!("OPTIONS=-Dx={conf}:y")], "`-e OPTIONS`", &conf, &conf),
        (vec!["--", &conf], "an argument of the program", &conf, &conf),
        (vec!["--", &format!("--config={conf}")], &format!("the argument `--config={conf}`"), &conf, &conf),
        (vec!["--", "app.py"], "an argument of the program", "app.py", "app.py"),
        (vec!["-w", "/srv", "--", "app.py"], "an argument of the program", "app.py", "app.py:/srv/app.py"),
        (vec!["--", "conf/app.toml"], "an argument of the program", "conf/app.toml", "conf/app.toml:/conf/app.toml"),
    ] {
        let message = format!("{who} names `{path}`, which is here and not in the image");
        assert_eq!(told(&arguments), [(message, format!("`--add {added}` takes it in"))]);
        // The advice is followed, and nothing is left to say.
        assert_eq!(told(&[&["--add", added], &*arguments].concat()), []);
    }
    for quiet in [
        vec!["-e", "HOME=/usr/share", "-e", "PATH=/usr/bin", "-e", "T=/tmp", "-e", "S=/usr/share", "-e", "R=/run"],
        vec!["-e", "C=/nowhere/at/all", "-e", "U=http://host/etc/passwd", "-e", "P=/etc/passwd", "-e", "D=/dev/null"],
        vec!["--", "empty.log", "none.txt", "/proc/self/maps", "/etc/resolv.conf", "-v", "l", "serve"],
        vec!["--volume", t.path("conf").to_str().expect("it is plain"), "--", &conf],
    ] {
        assert_eq!(told(&quiet), [], "{quiet:?}");
    }
}

#[test]
fn a_library_that_is_provided_stays_out_and_one_of_a_driver_names_the_flag() {
    let Some(t) = with_library() else { return };
    t.shell(
        "mkdir stubs; echo 'int cuInit(void) { return 100; }' | gcc -shared -fPIC -xc - -Wl,-soname,libcuda.so.1 -o stubs/libcuda.so
         echo 'int cuInit(void); int main(void) { return cuInit(); }' | gcc -xc - -Lstubs -lcuda -o gpu",
    )
    .succeeds();

    let refused = t.pack(&["gpu", "--dry-run"]).exits(1).stderr();
    assert!(refused.contains("`--provided libcuda.so.1` packs without it"), "{refused}");
    let other = t.pack(&["app", "--dry-run"]).exits(1).stderr();
    assert!(!other.contains("--provided"), "{other}");
    for name in ["libcuda.so.1", "libcuda*"] {
        let ran = t.pack(&["gpu", "--provided", name, "--dry-run", "--json"]).succeeds();
        assert_eq!(warnings(&ran), []);
        assert_eq!(ran.json()["images"][0]["left_out"][0]["what"], "libcuda.so.1");
        t.pack(&["inspect", "gpu", "--provided", name]).succeeds();
    }
    t.pack(&["gpu", "--provided", "libcuda.so.1", "-q", "-o", "gpu.tar"]).succeeds();
    t.pack(&["inspect", "gpu.tar"]).exits(1);
    t.pack(&["inspect", "gpu.tar", "--provided", "libcuda.so.1"]).succeeds();

    t.shell("ln -s libcuda.so stubs/libcuda.so.1").succeeds();
    let stub = warnings(&t.pack(&["gpu", "--library-path", "stubs", "--dry-run", "--json"]).succeeds());
    assert!(stub[0].0.starts_with("`libcuda.so.1` is a stub, which serves to link programs"), "{stub:?}");
    assert!(stub[0].1.starts_with("`--provided libcuda.so.1` leaves it out"), "{stub:?}");
    let unneeded = warnings(&t.pack(&["plain", "--provided", "libx.so", "--dry-run", "--json"]).succeeds());
    assert_eq!(unneeded[0].0, "nothing needs `libx.so`, which `--provided` names");
    t.pack(&["gpu", "--provided", "/lib/libcuda.so.1"]).exits(2);
}
