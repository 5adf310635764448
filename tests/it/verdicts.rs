//! One verdict: `pack`, `pack inspect PROGRAM` and `pack inspect IMAGE` tell the same of a program.

use crate::support::{Test, lacks};
use serde_json::{Value, json};

/// What is told of a program, with `name` in place of its own.
fn told(told: &Value, name: &str) -> Value {
    let text = json!([told["warnings"], told["hints"]]).to_string().replace(&format!("`{name}`"), "`app`");
    serde_json::from_str(&text).expect("it was JSON before")
}

#[test]
fn pack_and_inspect_tell_the_same_of_a_program_and_of_its_image() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("plain.c", "int main(void) { return 0; }");
    t.write("shell.c", "#include <stdlib.h>\nint main(void) { return system(\"true\"); }");
    t.write("names.c", "#include <unistd.h>\nint main(void) { return execl(\"/bin/sh\", \"sh\", (char *)0); }");
    t.write("runtime.c", "char *volatile runtime = \"GHCRTS\";\nint main(void) { return runtime[0]; }");
    for (source, flags, hints) in [
        ("plain", vec![], vec![]),
        ("shell", vec![], vec![]),
        ("shell", vec!["--add", "/bin/sh"], vec![]),
        ("names", vec![], vec![]),
        (
            "runtime",
            vec![],
            vec![
                "a program that GHC compiled takes the encoding of texts from the locale: `-e LANG=C.UTF-8` for UTF-8",
            ],
        ),
        ("runtime", vec!["-e", "LANG=C.UTF-8"], vec![]),
    ] {
        t.shell(&format!("gcc -O1 -o app {source}.c")).succeeds();
        let packed = t.pack(&[vec!["app", "--json", "-o", "app.tar"], flags.clone()].concat()).succeeds().json();
        let program = t.pack(&["inspect", "app", "--json"]).succeeds().json();
        let image = t.pack(&["inspect", "app.tar", "--json"]).succeeds().json();

        let expected = json!([[], hints]);
        assert_eq!(told(&packed, "app"), expected, "pack {source} {flags:?}");
        assert_eq!(told(&image, "/app"), expected, "inspect the image of {source} {flags:?}");
        if flags.is_empty() {
            assert_eq!(told(&program, "app"), expected, "inspect {source}");
        }
        let count = match hints.len() {
            0 => "",
            _ => "; 1 hint tells what it may miss",
        };
        let verdict = format!("  verdict    starts: its loader and its library are there{count}\n");
        let text = t.pack(&["inspect", "app.tar"]).succeeds().stdout();
        assert!(text.contains(&verdict), "{source} {flags:?}: {text}");
    }
}

#[test]
fn a_program_that_is_added_is_told_in_its_own_name() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("plain.c", "int main(void) { return 0; }");
    t.write("runs.c", "#include <stdlib.h>\nint main(void) { return system(\"true\"); }");
    t.shell("gcc -O1 -o plain plain.c; gcc -O1 -o runs runs.c").succeeds();
    let added = t.path("runs").display().to_string();
    for (arguments, expected) in [
        (vec!["plain"], None),
        (vec!["plain", "--add", "runs"], Some(added.as_str())),
        (vec!["runs", "--add", "plain"], Some("runs")),
    ] {
        let packed = t.pack(&[vec!["--dry-run", "--json"], arguments.clone()].concat()).succeeds();

        let because = expected.map(|name| format!("`{name}` imports `system`, which runs commands through a shell"));
        let files = packed.json()["images"][0]["files"].to_string();
        assert_eq!(files.contains("which runs commands through a shell"), because.is_some(), "{arguments:?}");
        assert!(because.is_none_or(|because| files.contains(&because)), "{arguments:?}: {files}");
        assert_eq!(packed.json()["hints"], json!([]), "{arguments:?}");
    }
}
