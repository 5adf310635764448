//! Hints: what may be needed for some uses of a program, told unless the user has settled the matter.

use crate::support::{Test, lacks};

/// The lines of a dry run that are hints.
fn hints(t: &Test, arguments: &[&str]) -> Vec<String> {
    let text = t.pack(&[&["--dry-run"], arguments].concat()).succeeds().stdout();
    text.lines().filter_map(|line| line.trim_start().strip_prefix("hint ")).map(|hint| hint.trim().to_owned()).collect()
}

#[test]
fn a_go_program_that_loads_zones_by_name_is_told_unless_they_are_linked_in_or_asked_for() {
    if lacks(&["go"]) {
        return;
    }
    let t = Test::new();
    let loads = "func main() { l, e := time.LoadLocation(os.Args[0]); println(l, e) }";
    t.write("loads/main.go", format!("package main\nimport (\"os\"; \"time\")\n{loads}\n"));
    t.write("linked/main.go", format!("package main\nimport (\"os\"; \"time\"; _ \"time/tzdata\")\n{loads}\n"));
    t.write("local/main.go", "package main\nimport \"time\"\nfunc main() { println(time.Now().Local().String()) }\n");
    t.shell(
        "for n in loads linked local; do CGO_ENABLED=0 go build -ldflags '-s -w' -o $n.out $n/main.go || exit; done",
    )
    .succeeds();
    let zones = |arguments: &[&str]| hints(&t, arguments).iter().filter(|hint| hint.contains("`--zones")).count();

    for (arguments, expected) in [
        (vec!["loads.out"], 1),
        (vec!["loads.out", "--zones", "none"], 0),
        (vec!["linked.out"], 0),
        (vec!["local.out"], 0),
    ] {
        assert_eq!(zones(&arguments), expected, "{arguments:?}");
    }
}

#[test]
fn a_program_of_ghc_is_told_to_name_a_locale() {
    if lacks(&["shellcheck"]) {
        return;
    }
    let t = Test::new();
    let locale = |arguments: &[&str]| hints(&t, arguments).iter().filter(|hint| hint.contains("-e LANG=")).count();

    assert_eq!(locale(&["shellcheck"]), 1);
    assert_eq!(locale(&["shellcheck", "-e", "LANG=C.UTF-8"]), 0);
}

#[test]
fn a_program_for_arm64_that_is_aligned_for_small_pages_is_told() {
    if lacks(&["aarch64-linux-gnu-gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("app.c", "int main(void) { return 0; }\n");
    for (size, expected) in [("4096", 1), ("16384", 1), ("65536", 0)] {
        let flags = format!("-static -Wl,-z,max-page-size={size} app.c -o app");
        t.shell(&format!("aarch64-linux-gnu-gcc {flags}")).succeeds();
        let told = hints(&t, &["app"]);
        assert_eq!(told.iter().filter(|hint| hint.contains("pages of 64 KiB")).count(), expected, "{size}: {told:?}");
    }
}
