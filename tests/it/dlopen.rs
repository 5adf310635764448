//! Libraries that are opened by name: notes that tell of them, `--lib`, and what is added.

use crate::support::app::unpacked;
use crate::support::{Test, lacks, root};
use serde_json::json;
use std::collections::BTreeSet;

/// A directory `l` with the libraries liba to libd, and a program `app` with these notes (UAPI.12), each a list in
/// JSON.
fn with_notes(notes: &[&str]) -> Option<Test> {
    if lacks(&["gcc"]) {
        return None;
    }
    let t = Test::new();
    let note = |text: &&str| {
        let text = text.replace('"', "\\\"");
        format!(
            ".section .note.dlopen, \"a\", %note\n.balign 4\n.long 4, 2f - 1f, 0x407c0c0a\n.asciz \"FDO\"\n\
             1: .asciz \"{text}\"\n2: .balign 4\n"
        )
    };
    let notes: String = notes.iter().map(note).collect();
    t.write("notes.s", format!("{notes}.section .note.GNU-stack, \"\", %progbits\n"));
    t.write("app.c", "int main(void) { return 0; }\n");
    t.shell(
        "mkdir l; for n in a b c d; do echo \"int $n;\" | gcc -shared -fPIC -xc - -Wl,-soname,lib$n.so.1 -o l/lib$n.so.1; done;
         echo 'extern int a; int *e = &a;' | gcc -shared -fPIC -xc - -Ll -l:liba.so.1 -Wl,-soname,libe.so.1 -o l/libe.so.1;
         gcc app.c notes.s -o app && gcc -s app.c notes.s -o stripped",
    )
    .succeeds();
    Some(t)
}

/// The libraries of `l` that an image holds.
fn held(t: &Test, flags: &[&str]) -> BTreeSet<String> {
    let arguments = [&["--library-path", "l", "--dry-run", "--json"], flags].concat();
    let told = t.pack(&arguments).succeeds().json();
    let files = told["images"][0]["files"].as_array().expect("files are a list").clone();
    let names = files.iter().filter_map(|file| file["path"].as_str()?.rsplit('/').next().map(str::to_owned));
    names.filter(|name| name.len() == "liba.so.1".len() && name.ends_with(".so.1")).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("lib{name}.so.1")).collect()
}

const NOTES: [&str; 3] = [
    r#"[{"soname":["liba.so.1"],"priority":"required"}]"#,
    r#"[{"soname":["libnone.so.1","libb.so.1"],"priority":"recommended","feature":"b"}]"#,
    r#"[{"soname":["libc.so.1"],"priority":"suggested"},{"soname":["libd.so.1"],"priority":"suggested"}]"#,
];

#[test]
fn notes_bring_what_is_required_and_recommended_and_more_where_it_is_asked_for() {
    let Some(t) = with_notes(&NOTES) else { return };
    for program in ["app", "stripped"] {
        assert_eq!(held(&t, &[program]), set(&["a", "b"]), "{program}");
        assert_eq!(held(&t, &[program, "--dlopen", "none"]), set(&[]));
        assert_eq!(held(&t, &[program, "--dlopen", "required"]), set(&["a"]));
        assert_eq!(held(&t, &[program, "--dlopen", "all"]), set(&["a", "b", "c", "d"]));
    }
}

#[test]
fn what_is_required_and_not_there_is_an_error_and_what_is_recommended_a_warning() {
    let Some(t) = with_notes(&NOTES) else { return };
    t.shell("rm l/liba.so.1 l/libb.so.1").succeeds();

    let refused = t.pack(&["app", "--library-path", "l", "--dry-run", "-q"]).exits(1).stderr();
    let warned = t.pack(&["app", "--library-path", "l", "--dry-run", "--dlopen", "none", "-q"]).succeeds().stderr();

    assert!(
        refused.starts_with("error: cannot find `liba.so.1`, needed by app\n") || refused.contains("`liba.so.1`"),
        "{refused}"
    );
    assert!(refused.contains("`--dlopen none` leaves it out"), "{refused}");
    assert_eq!(warned, "");
    t.shell("echo 'int a;' | gcc -shared -fPIC -xc - -Wl,-soname,liba.so.1 -o l/liba.so.1").succeeds();
    let warned = t.pack(&["app", "--library-path", "l", "--dry-run", "-q"]).succeeds().stderr();
    assert!(
        warned.starts_with(
            "warning: `app` opens `libnone.so.1` when it runs, for `b`, and that is not on this machine\n"
        ),
        "{warned}"
    );
}

#[test]
fn a_library_that_is_named_comes_in_with_what_it_needs() {
    let Some(t) = with_notes(&[]) else { return };

    assert_eq!(held(&t, &["app"]), set(&[]));
    assert_eq!(held(&t, &["app", "--lib", "libe.so.1"]), set(&["a", "e"]));
    let refused = t.pack(&["app", "--lib", "libx.so.1", "--dry-run"]).exits(1).stderr();
    assert!(refused.starts_with("error: cannot find `libx.so.1`, needed by `app`\n  searched: "), "{refused}");
    t.pack(&["app", "--lib", "l/liba.so.1"]).exits(2);
}

#[test]
fn what_is_added_brings_its_libraries_and_a_script_is_told_with_the_interpreter_it_lacks() {
    let Some(t) = with_notes(&[]) else { return };
    t.shell("mkdir tree; cp l/libe.so.1 tree; printf '#!/opt/interpreter -x\\n' >tree/run; chmod 755 tree/run")
        .succeeds();

    assert_eq!(held(&t, &["app", "--add", "tree:/opt/tree"]), set(&["a", "e"]));
    assert_eq!(
        t.pack(&["app", "--add", "tree:/opt/tree", "--library-path", "l", "--dry-run", "-q"]).succeeds().stderr(),
        "warning: `/opt/tree/run` will not start: a script whose interpreter the image lacks\n  \
         `/opt/tree/run` is for `/opt/interpreter`\n\n\
         hint: `--add /opt/interpreter` takes it in, with its libraries\n\n"
    );
    let refused = t.pack(&["app", "--add", "app:/other", "--add", "tree:/opt/tree", "--dry-run", "-q"]).succeeds();
    assert!(refused.stderr().contains("`liba.so.1` is needed by "), "{refused}");
}

#[test]
fn a_plugin_that_ends_its_thread_brings_the_unwinder_of_glibc() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("end.c", "#include <pthread.h>\nvoid end(void) { pthread_exit(0); }\n");
    t.write(
        "app.c",
        "#include <dlfcn.h>\n#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\n\
         const char *volatile plugin = \"share/app/end.so\";\n\
         int main(void) {\n  char path[8192] = { 0 };\n  readlink(\"/proc/self/exe\", path, 4096);\n\
           strcpy(strstr(path, \"bin/app\"), plugin);\n  void *opened = dlopen(path, RTLD_NOW);\n\
           if (!opened) return puts(dlerror());\n  puts(\"ends\");\n  fflush(stdout);\n\
           ((void (*)(void)) dlsym(opened, \"end\"))();\n}\n",
    );
    t.shell("mkdir -p p/bin p/share/app; gcc -shared -fPIC end.c -o p/share/app/end.so; gcc app.c -o p/bin/app")
        .succeeds();

    let (config, files) = unpacked(&t, "p/bin/app");

    assert!(files.iter().any(|file| file.ends_with("/libgcc_s.so.1")), "{files:?}");
    let Some(ran) = root::run(&t.path("root"), &json!({ "config": config }), None) else { return };
    assert_eq!(ran.succeeds().stdout(), "ends\n");
}

#[test]
fn modules_that_bring_much_stay_out_unless_they_are_added_or_a_script_loads_them() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("app.c", "const char *volatile modules = \"share/app\";\nint main(void) { return !modules; }\n");
    t.shell(
        "mkdir -p p/bin p/share/app l; gcc app.c -o p/bin/app
         for n in big small medium; do
           echo \"int $n;\" | gcc -shared -fPIC -xc - -Wl,-soname,lib$n.so.1 -o l/lib$n.so.1
           echo \"extern int $n; int *e = &$n;\" | gcc -shared -fPIC -xc - -Ll -l:lib$n.so.1 -o p/share/app/$n.so
         done; truncate -s 12M l/libbig.so.1; truncate -s 6M l/libmedium.so.1",
    )
    .succeeds();
    let files = |flags: &[&str]| {
        let arguments = [&["p/bin/app", "--library-path", "l", "--dry-run", "-v"], flags].concat();
        let text = t.pack(&arguments).succeeds().stdout();
        let has = |name: &str| text.lines().any(|line| line.contains(&format!("/{name}, ")));
        let told = text.lines().any(|line| line.contains("hint ") && line.contains("brings 13 MB and stays out"));
        assert!(has("libsmall.so.1") && has("libmedium.so.1"), "{text}");
        (has("big.so"), has("libbig.so.1"), told)
    };

    assert_eq!(files(&[]), (false, false, true));
    assert_eq!(files(&["--add", "p/share/app:/opt/app/share/app"]), (true, true, false));
    t.write("p/share/app/big.rb", "require 'big.so'\n");
    assert_eq!(files(&[]), (true, true, false));
}

#[test]
fn programs_of_a_directory_that_bring_much_and_modules_that_bring_much_together_stay_out() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("app.c", "const char *volatile parts = \"share/app\";\nint main(void) { return !parts; }\n");
    t.shell(
        "mkdir -p p/bin p/share/app l; gcc app.c -o p/bin/app
         for n in big small; do
           echo \"int $n;\" | gcc -shared -fPIC -xc - -Wl,-soname,lib$n.so.1 -o l/lib$n.so.1
           echo \"extern int $n; int main(void) { return $n; }\" | gcc -xc - -Ll -l:lib$n.so.1 -o p/share/app/$n
         done; truncate -s 40M l/libbig.so.1
         for n in 1 2 3 4 5; do
           echo \"int n$n;\" | gcc -shared -fPIC -xc - -Wl,-soname,libn$n.so.1 -o l/libn$n.so.1
           echo \"extern int n$n; int *e = &n$n;\" | gcc -shared -fPIC -xc - -Ll -l:libn$n.so.1 -o p/share/app/n$n.so
           truncate -s 5M l/libn$n.so.1
         done",
    )
    .succeeds();

    let text = t.pack(&["p/bin/app", "--library-path", "l", "--dry-run", "-v"]).succeeds().stdout();

    let count = |ending: &str| text.lines().filter(|line| line.contains(ending)).count();
    assert_eq!((count("/share/app/small, "), count("/share/app/big, "), count("/libbig.so.1, ")), (1, 0, 0), "{text}");
    assert!(text.contains("a program in `") && text.contains("brings 42 MB and stays out"), "{text}");
    let modules = (1..=5).filter(|n| text.contains(&format!("/libn{n}.so.1, "))).count();
    assert_eq!(modules, 3, "as many as 16 MiB hold: {text}");
    assert!(text.contains("2 modules in `") && text.contains("bring 11 MB and stay out"), "{text}");
}
