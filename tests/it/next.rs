//! The step that is printed after an image is written is the right one for it, and works.

use crate::support::app::with_app;
use crate::support::engine::engine;
use crate::support::programs::HELLOS;
use crate::support::{Ran, Test, lacks, tool};

/// The commands below `written`, and what else stands there.
fn next(ran: &Ran) -> Vec<String> {
    let text = ran.stderr();
    let lines = text.lines().skip_while(|line| !line.starts_with("  written ")).skip(1);
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_next_step_fits_the_image() {
    let Some(t) = with_app() else { return };
    let Some(other) = HELLOS[7].program() else { return };
    let other = other.to_str().expect("it is plain");
    t.shell(&format!("cp {other} app-arm64; cp app app-amd64")).succeeds();
    for (flags, expected) in [
        (vec!["app"], vec!["docker load -i app.tar && docker run --rm app"]),
        (vec!["app", "-t", "team/app:v1"], vec!["docker load -i app.tar && docker run --rm team/app:v1"]),
        (vec!["app", "-t", "localhost/app"], vec!["docker load -i app.tar && docker run --rm localhost/app"]),
        (
            vec!["app", "-t", "ghcr.io/me/app:v1", "-t", "app", "-t", "localhost:5000/app"],
            vec!["docker load -i app.tar && docker push ghcr.io/me/app:v1 && docker push localhost:5000/app:latest"],
        ),
        (vec!["app", "-o", "it's.tar"], vec!["docker load -i 'it'\\''s.tar' && docker run --rm app"]),
        (vec!["app-arm64"], vec!["docker load -i app.tar"]),
        (vec!["app", "--compress", "zstd"], vec!["podman load -i app.tar && podman run --rm app"]),
        (
            vec!["app-amd64", "app-arm64", "-t", "app:v1"],
            vec!["skopeo copy --all oci-archive:app.tar docker://REGISTRY/app:v1"],
        ),
        (
            vec!["app-amd64", "app-arm64", "-t", "app:v1", "-t", "ghcr.io/me/app:v2"],
            vec!["skopeo copy --all oci-archive:app.tar:v2 docker://ghcr.io/me/app:v2"],
        ),
        (
            vec!["app", "--format", "rootfs", "-o", "root", "--", "serve"],
            vec![
                "entrypoint /app",
                "arguments  serve",
                "user       65532:65532",
                "env        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ],
        ),
        // What is no file has no next step.
        (vec!["app", "-o", "/dev/null"], vec![]),
    ] {
        let ran = t.pack(&flags).succeeds();

        assert_eq!(next(&ran), expected, "{flags:?}: {ran}");
        let Some(copy) = expected.iter().find(|line| line.starts_with("skopeo ")) else { continue };
        if !lacks(&["skopeo"]) {
            // A registry is no part of these tests: the other end is a directory.
            let (copy, _) = copy.split_once(" docker://").expect("it goes to a registry");
            t.shell(&format!("rm -rf copy; {} dir:copy", copy.replace("skopeo ", "skopeo --insecure-policy ")))
                .succeeds();
        }
    }
}

#[test]
fn the_next_step_runs_the_image() {
    let (Some(t), Some(engine)) = (with_app(), engine()) else { return };
    let ran = t.pack(&["app", "-t", "next:step"]).succeeds();
    let [line] = next(&ran).try_into().expect("there is one line");

    let mut shell = tool("sh");
    shell.args(["-ec", &line]).env("DOCKER_HOST", engine.host()).current_dir(t.path(""));

    let shown = Ran::of(&mut shell).succeeds().stdout();
    assert!(shown.ends_with(HELLOS[0].prints), "{shown}");
}

#[test]
fn a_program_that_handles_no_signal_is_run_below_an_init() {
    if lacks(&["gcc"]) {
        return;
    }
    let t = Test::new();
    t.write("plain.c", "#include <stdio.h>\nint main(void) { puts(\"x\"); return 0; }\n");
    t.write("handles.c", "#include <signal.h>\nint main(void) { signal(SIGTERM, SIG_DFL); return 0; }\n");
    t.shell("gcc plain.c -o plain; gcc handles.c -o handles; gcc -static plain.c -o static").succeeds();
    for (program, run) in [
        ("plain", "docker run --rm --init plain"),
        ("handles", "docker run --rm handles"),
        // Of a static program nothing tells.
        ("static", "docker run --rm static"),
    ] {
        let ran = t.pack(&[program]).succeeds();

        assert_eq!(next(&ran), [format!("docker load -i {program}.tar && {run}")], "{ran}");
    }
}
