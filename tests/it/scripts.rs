//! Scripts: the command that is told for one that was named as a program works, and so does what is told of the commands
//! that an added one runs.

use crate::support::{Ran, Test, lacks, skip, tool};
use std::fs;

/// Runs a program with `root` as its root.
fn run(t: &Test, words: &[&str]) -> Ran {
    let mut bwrap = tool("bwrap");
    bwrap
        .args(["--setenv", "PATH", "/usr/bin:/bin", "--bind"])
        .arg(t.path("root"))
        .args(["/", "--proc", "/proc"])
        .args(words);
    Ran::of(&mut bwrap)
}

/// What stands between the last two backquotes of a text: the flags or the command that is told.
fn told(text: &str) -> String {
    text.split('`').rev().nth(1).expect("a command is told").to_owned()
}

#[test]
fn commands_of_an_added_script_that_the_image_lacks_are_told_and_the_flags_work() {
    if lacks(&["bwrap", "sort", "head"]) {
        return;
    }
    let t = Test::new();
    t.write("run.sh", "#!/bin/sh\nsay() { echo \"$1\"; }\nsay one\nprintf 'b\\na\\n' | sort | head -n 1\n");
    let first = t.shell("$pack /bin/sh --add run.sh --format rootfs -o root -q -- /run.sh").succeeds().stderr();

    assert!(first.contains("`/run.sh` runs commands that are here, and that the image lacks"), "{first}");
    assert!(first.contains("runs `/usr/bin/sort`") && !first.contains("printf"), "{first}");
    let flags = told(&first);
    let pack = format!("rm -rf root; $pack /bin/sh --add run.sh {flags} --format rootfs -o root -q -- /run.sh");
    let second = t.shell(&pack).succeeds().stderr();

    assert!(!second.contains("/run.sh"), "the advice was followed: {second}");
    assert_eq!(run(&t, &["/bin/sh", "/run.sh"]).stdout(), "one\na\n");
}

#[test]
fn what_a_command_line_in_a_program_runs_comes_in_with_the_shell() {
    if lacks(&["cc", "bwrap", "sort", "head"]) {
        return;
    }
    let t = Test::new();
    t.write("list", "a\nc\nb\n");
    t.write("app.c", "#include <stdlib.h>\nint main(void) { return system(\"sort -r /list | head -n 1\"); }\n");
    t.shell("cc -o app app.c").succeeds();
    let told = t.shell("$pack app --add list --format rootfs -o root -q").succeeds().stderr();

    assert_eq!(told, "");
    assert_eq!(run(&t, &["/app"]).stdout(), "c\n");
}

#[test]
fn the_command_that_is_told_for_a_script_packs_its_interpreter_with_it() {
    const PYTHON: &str = "/usr/bin/python3";
    if lacks(&["bwrap"]) {
        return;
    }
    if fs::metadata(PYTHON).is_err() {
        return skip("the system has no Python");
    }
    let t = Test::new();
    t.shell(&format!("{PYTHON} -m venv --without-pip env")).succeeds();
    t.shell("echo 'answer = 42' >$(echo env/lib/python3*/site-packages)/mine.py").succeeds();
    let python = t.path("env/bin/python3");
    t.write("env/bin/tool", format!("#!{} -E\nimport mine\nprint(mine.answer)\n", python.display()));
    t.write("app/main.py", format!("#!{PYTHON}\nimport other\nprint(other.answer)\n"));
    t.write("app/other.py", "answer = 43\n");
    t.shell("chmod +x env/bin/tool app/main.py").succeeds();
    for (script, expected) in [("env/bin/tool", "42\n"), ("app/main.py", "43\n")] {
        let refused = t.pack(&[script, "-o", "image.tar"]).exits(1).stderr();
        let command = told(&refused);
        let (flags, arguments) = command.split_once(" -- ").expect("the script is an argument");
        let (_, flags) = flags.split_once(' ').expect("the command is pack");

        t.shell(&format!("rm -rf root; $pack {flags} --format rootfs -o root -q -- {arguments}")).succeeds();

        let interpreter = flags.split(' ').next().expect("the interpreter is named");
        let words: Vec<&str> = std::iter::once(interpreter).chain(arguments.split(' ')).collect();
        let ran = run(&t, &words);
        assert_eq!(ran.stdout(), expected, "{command}: {}", ran.stderr());
    }
}
