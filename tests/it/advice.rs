//! Advice that is followed to the letter works, and is not given again: of messages, and of the README.

use crate::support::app::with_app;
use crate::support::{Ran, Test, lacks, repository};
use std::collections::BTreeSet;
use std::path::Path;

/// What the hints of a run tell to write: commands and flags between backticks.
fn advised(ran: &Ran) -> Vec<String> {
    let text = format!("{}{}", ran.stdout(), ran.stderr());
    let hints = text.lines().filter(|line| line.starts_with("hint: ") || line.starts_with("  hint "));
    let spans = hints.flat_map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    spans.filter(|span| span.starts_with("--") || span.starts_with("-e ") || span.starts_with("pack ")).collect()
}

/// Follows advice that `words` got: a command is run in their place, flags are added to them.
fn followed(t: &Test, words: &str, advice: &str) -> Ran {
    match advice.strip_prefix("pack ") {
        Some(command) => t.shell(&format!("$pack {command} -o followed.tar")),
        None => match words.split_once(" -- ") {
            Some((before, after)) => t.shell(&format!("$pack {before} {advice} -o followed.tar -- {after}")),
            None => t.shell(&format!("$pack {words} {advice} -o followed.tar")),
        },
    }
}

const BUILD: &str = "set -e; mkdir -p 'lib dir' bin
    echo 'void f(void) {}' >f.c; echo 'void f(void); int main(void) { f(); return 0; }' >main.c
    gcc -shared -fPIC -Wl,-soname,libf.so.1 f.c -o 'lib dir/libf.so.1'; gcc main.c 'lib dir/libf.so.1' -o linked
    gcc -shared -fPIC -Wl,-soname,libcuda.so.1 f.c -o libcuda.so.1; gcc main.c libcuda.so.1 -o driven; rm libcuda.so.1
    printf '#!/bin/sh\\necho run\\n' >'a script.sh'; cp 'a script.sh' bin/tool; chmod 755 'a script.sh' bin/tool
    echo x >'a file.conf'; mkdir data; echo x >data/x; gcc -static -g -x c - -o app <<END
int main(void) { return 0; }
END
";

#[test]
fn advice_that_is_followed_works_and_is_not_given_again() {
    if lacks(&["gcc"]) || std::env::consts::ARCH != "x86_64" {
        return;
    }
    let t = Test::new();
    t.shell(BUILD).succeeds();
    let here = t.path("").canonicalize().expect("it is there");
    let here = here.display();
    for (shows, before, words, expected) in [
        (
            "a library that only LD_LIBRARY_PATH leads to",
            "export LD_LIBRARY_PATH=\"$PWD/lib dir\"",
            "linked",
            format!("--library-path '{here}/lib dir'"),
        ),
        ("a library of a driver", "", "driven", "--provided libcuda.so.1".to_owned()),
        (
            "a script",
            "",
            "'./a script.sh'",
            "pack /bin/sh --add './a script.sh:/a script.sh' -- '/a script.sh'".to_owned(),
        ),
        (
            "a script that PATH leads to",
            "export PATH=\"$PWD/bin:$PATH\"",
            "tool",
            format!("pack /bin/sh --add {here}/bin/tool:/tool -- /tool"),
        ),
        ("a file that a variable names", "", "app -e \"CONF=$PWD/a file.conf\"", format!("--add '{here}/a file.conf'")),
        ("a file that an argument names", "", "app -- --data=$PWD/data/x", format!("--add {here}/data/x")),
        ("a file of the working directory", "", "app -- data/x", "--add data/x:/data/x".to_owned()),
        ("a program for another program's name", "", "./ap", "pack ./app".to_owned()),
    ] {
        let ran = t.shell(&format!("{before}\n$pack -o image.tar {words}"));
        let mut advice = advised(&ran);
        // A name that was probably meant takes the place of the wrong one.
        if ran.stderr().contains("did you mean `./app`?") {
            advice.push("pack ./app".to_owned());
        }
        assert!(advice.contains(&expected), "{shows}: {advice:?} {ran}");

        let again = followed(&t, words, &expected).succeeds();

        assert!(!advised(&again).contains(&expected), "{shows}: {again}");
    }
}

#[test]
fn a_bare_name_that_is_added_is_looked_up_as_the_program_is() {
    let Some(t) = with_app() else { return };
    t.shell("mkdir bin; cp app bin/tool; echo x >here; cp here bin; chmod 755 bin/here").succeeds();
    let files = |flags: &str| {
        let line = format!("export PATH=\"$PWD/bin:$PATH\"; $pack app {flags} --dry-run --json");
        let told = t.shell(&line).succeeds().json();
        let files = told["images"][0]["files"].as_array().expect("it has files").clone();
        files.iter().filter_map(|file| file["path"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>()
    };

    assert!(files("--add tool:/usr/bin/tool").contains("/usr/bin/tool"));
    // A file here comes first.
    assert!(files("--add here").contains("/here"));
    let gone = t.pack(&["app", "--add", "tool"]).exits(1);
    assert!(gone.stderr().starts_with("error: cannot add `tool`\n"), "{gone}");
}

/// The flags that `text` names between backticks, or in a line that is a command of `pack`.
fn flags_of(span: &str) -> impl Iterator<Item = String> + '_ {
    let words = span.split([' ', '=', ',', '…']).take_while(|word| *word != "--");
    words
        .filter(|word| word.starts_with("--") && word.len() > 2 && !word.contains('{') && !word.starts_with("---"))
        .map(|word| {
            let end = word.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(word.len());
            word[..end].to_owned()
        })
}

/// The string literals of a Rust source, above its tests.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n").replace("\\\n", "");
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn sources(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_flag_that_a_message_names_exists() {
    let t = Test::new();
    let help = |words: &[&str]| t.pack(words).succeeds().stdout();
    let known: BTreeSet<String> = [help(&["--help"]), help(&["inspect", "--help"])]
        .iter()
        .flat_map(|text| flags_of(text).collect::<Vec<_>>())
        .collect();
    let mut files = Vec::new();
    sources(&repository().join("src"), &mut files);
    let mut named = 0;
    for file in files.iter().filter(|file| !file.ends_with("cli/neighbours.rs") && !file.ends_with("tests.rs")) {
        let source = std::fs::read_to_string(file).expect("it is text");
        for literal in literals(&source) {
            let spans = literal.split('`').skip(1).step_by(2).filter(|span| span.starts_with(['-', 'p']));
            for span in spans.filter(|span| span.starts_with("--") || span.starts_with("pack ")) {
                for flag in flags_of(span) {
                    named += 1;
                    assert!(known.contains(&flag), "{}: `{flag}` in {literal}", file.display());
                }
            }
        }
    }
    assert!(named > 60, "the messages of the sources are seen: {named}");
}

#[test]
fn every_command_of_the_readme_is_one_that_pack_takes() {
    let Some(t) = with_app() else { return };
    if lacks(&["gcc", "curl"]) {
        return;
    }
    let other = crate::support::programs::HELLOS[7].program();
    let Some(other) = other.as_deref().and_then(Path::to_str) else { return };
    t.shell(&format!(
        "set -e; mkdir -p bin build/lib target/x86_64-unknown-linux-musl/release root/usr/bin
        cp app bin/app; cp app target/x86_64-unknown-linux-musl/release; cp app app-amd64; cp {other} app-arm64
        cp {other} root/usr/bin/curl; cp app root/app-arm64; $pack app -q -o app.tar"
    ))
    .succeeds();
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("there is a README");
    let (_, readme) = readme.split_once("## After your build").expect("there is such a part");
    let lines = readme.lines().map(|line| line.trim_start_matches(['-', ' ']).trim_start_matches("run: "));
    let mut ran = 0;
    for line in lines.filter(|line| line.starts_with("pack ")) {
        let line = line.replace("/srv/arm64-root", "root").replace("${{ github.repository }}", "me/app");
        let line =
            line.replace("${{ github.sha }}", "v1").replace("$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA", "me/app:v1");
        let line = line.split(" | ").next().unwrap_or(&line);
        let words = line.strip_prefix("pack ").expect("it begins so");
        let dry = if words.contains("--dry-run") || words.starts_with("inspect") { "" } else { "--dry-run" };

        match words.split_once(" -- ") {
            Some((flags, arguments)) => t.shell(&format!("$pack {flags} {dry} -- {arguments}")).succeeds(),
            None => t.shell(&format!("$pack {words} {dry}")).succeeds(),
        };

        ran += 1;
    }
    assert!(ran >= 12, "the commands are seen: {ran}");
}
