//! Compilers of this machine, which compile and link in their images with no flag.

use crate::support::{Test, lacks, root};
use serde_json::json;

/// A compiler, as people call it, the source that it reads, and what the program that it makes prints.
const COMPILERS: [(&str, &str, &str); 5] = [
    ("gcc", "hello.c", "hello"),
    ("g++", "hello.cpp", "hello 3"),
    ("gfortran", "hello.f90", " hello"),
    ("clang", "hello.c", "hello"),
    ("tcc", "hello.c", "hello"),
];

#[test]
fn a_compiler_compiles_and_links_in_its_image() {
    // Each is some hundred files and megabytes.
    let full = std::env::var_os("PACK_TEST_FULL").is_some();
    for (compiler, source, printed) in COMPILERS.into_iter().take(if full { COMPILERS.len() } else { 1 }) {
        if !lacks(&[compiler, "bwrap"]) {
            let made = compiled(compiler, source);
            assert!(made.is_none_or(|made| made == format!("{printed}\n")), "{compiler}");
        }
    }
}

/// What the program prints that `compiler` makes of `source` in its image; `None` if nothing can run it here.
fn compiled(compiler: &str, source: &str) -> Option<String> {
    let t = Test::new();
    t.write("hello.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n");
    let cpp = "#include <iostream>\n#include <vector>\nint main() { std::vector<int> v(3); std::cout << \"hello \" << v.size() << '\\n'; }\n";
    t.write("hello.cpp", cpp);
    t.write("hello.f90", "program a\n  print '(a)', ' hello'\nend program\n");
    // The name in PATH may be a link or a script; the driver is at its end.
    let driver = t.shell(&format!("realpath \"$(command -v {compiler})\"")).succeeds().stdout().trim().to_owned();
    let ran = t.shell(&format!("$pack {driver} --add {source}:/{source} --json --format rootfs -o root")).succeeds();
    assert_eq!(ran.json()["warnings"], json!([]), "{compiler}");
    let config = json!({
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Entrypoint": [driver],
        "Cmd": ["-o", "/tmp/made", format!("/{source}")],
    });
    root::run(&t.path("root"), &json!({ "config": config }), None)?.succeeds();
    Some(t.shell("root/tmp/made").succeeds().stdout())
}
