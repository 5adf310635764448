//! What a program shows by less than a whole path, in a root of its own: what stands there comes in, or is told.

use crate::support::{Test, lacks};
/// A case: what it shows, the strings of the program, the files of the root, and those of them that come in.
type Case = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)], &'static [&'static str]);

/// The paths of the files that are packed for `/usr/bin/app`, and all that is said to people.
fn packed(strings: &[&str], files: &[(&str, &str)]) -> (Vec<String>, String) {
    let t = Test::new();
    let list: Vec<String> = strings.iter().map(|text| format!("\"{text}\"")).collect();
    let source =
        format!("char *const texts[] = {{ {} }}; int main(int n, char **v) {{ return !texts[n]; }}", list.join(", "));
    t.write("app.c", source);
    for (path, text) in files {
        t.write(&format!("root/{path}"), text);
    }
    t.shell("mkdir -p root/usr/bin; gcc -static app.c -o root/usr/bin/app; chmod -R go+rX root").succeeds();
    let flags = ["root/usr/bin/app", "--sysroot", "root", "--dry-run"];
    let said = t.pack(&flags).succeeds().stdout();
    let told = t.pack(&[&flags[..], &["--json"]].concat()).succeeds().json();
    let of_root = |path: &String| files.iter().any(|(file, _)| path.strip_prefix('/') == Some(file));
    let all = told["images"][0]["files"].as_array().expect("files are a list").iter();
    let paths = all.filter_map(|file| file["path"].as_str()).map(str::to_owned).filter(of_root).collect();
    (paths, said)
}

#[test]
fn what_a_program_shows_by_a_part_of_its_path_comes_in() {
    if lacks(&["gcc"]) {
        return;
    }
    let cases: [Case; 7] = [
        (
            "the rest of a path below a directory of data that it searches",
            &["/usr/local/share:/usr/share", "things/list"],
            &[("usr/share/things/list/a", "x")],
            &["/usr/share/things/list/a"],
        ),
        (
            "the same, in a program that does not search them",
            &["things/list"],
            &[("usr/share/things/list/a", "x")],
            &[],
        ),
        (
            "a directory of its own in one that many share",
            &["/usr/share/X11/keys"],
            &[("usr/share/X11/keys/a", "x"), ("usr/share/X11/other/b", "x")],
            &["/usr/share/X11/keys/a"],
        ),
        ("what many share", &["/usr/share/X11"], &[("usr/share/X11/keys/a", "x")], &[]),
        (
            "a list of modules, and what it names",
            &["/usr/share:/x", "drivers/all.d"],
            &[("usr/share/drivers/all.d/a.json", "{\"path\": \"/usr/lib/drv/a.so\"}"), ("usr/lib/drv/a.so", "x")],
            &["/usr/lib/drv/a.so", "/usr/share/drivers/all.d/a.json"],
        ),
        (
            "a list of modules in `/etc`, by its name in a message",
            &["/etc/", "cannot open modules.list"],
            &[("etc/modules.list", "Driver=/usr/lib/drv/a.so\n"), ("usr/lib/drv/a.so", "x")],
            &["/etc/modules.list", "/usr/lib/drv/a.so"],
        ),
        (
            "a list that holds a secret",
            &["/etc/", "cannot open modules.list"],
            &[("etc/modules.list", "Driver=/usr/lib/drv/a.so\nPassword=x\n"), ("usr/lib/drv/a.so", "x")],
            &[],
        ),
    ];
    for (shows, strings, files, expected) in cases {
        let (paths, said) = packed(strings, files);

        assert_eq!(paths, expected, "{shows}: {said}");
    }
}

#[test]
fn a_setting_that_a_program_names_and_a_directory_that_it_searches_are_told() {
    if lacks(&["gcc"]) {
        return;
    }
    for (strings, file, flag) in [
        (&["/etc/", "see app.settings"][..], "etc/app.settings", "/etc/app.settings"),
        (&["/usr/lib/pkgconfig"], "usr/lib/pkgconfig/z.pc", "/usr/lib/pkgconfig"),
    ] {
        let (paths, said) = packed(strings, &[(file, "x=1\n")]);

        assert!(paths.is_empty(), "{said}");
        let is_hint = |line: &str| line.starts_with("  hint ") && line.contains("--add ") && line.contains(flag);
        assert!(said.lines().any(is_hint), "{said}");
    }
}
