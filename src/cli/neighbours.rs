//! Flags of neighbours (docker, podman, buildah, kaniko, ko, slim, magicpak, linkers): which of ours does the same, or what
//! to do where none does.

/// Words of neighbours, with what to do in their place.
struct Neighbour {
    /// Flags, without the dashes of long ones; a letter is a short one.
    words: &'static [&'static str],
    /// What to do.
    hint: &'static str,
}

/// What to do in place of a flag of a neighbour; `None` where no neighbour has it.
pub fn neighbour(word: &str) -> Option<&'static str> {
    let is_short = !word.starts_with("--");
    let name = name_of(word);
    let has = |row: &&Neighbour| row.words.iter().any(|own| *own == name && (own.len() == 1) == is_short);
    TABLE.iter().find(has).map(|row| row.hint)
}

/// The name of a flag as it is written: without dashes and value.
pub fn name_of(word: &str) -> &str {
    if let Some(name) = word.strip_prefix("--") {
        return name.split('=').next().unwrap_or(name);
    }
    let letters = word.trim_start_matches('-');
    letters.chars().next().map_or(letters, |first| &letters[..first.len_utf8()])
}

const fn row(words: &'static [&'static str], hint: &'static str) -> Neighbour {
    Neighbour { words, hint }
}

const TABLE: [Neighbour; 52] = [
    row(
        &[
            "name",
            "image",
            "image-name",
            "image-tag",
            "destination",
            "repo",
            "repository",
            "base-import-paths",
            "bare",
            "B",
        ],
        "write `--tag NAME[:TAG]`",
    ),
    row(&["port", "ports"], "write `--expose PORT`"),
    row(
        &["publish", "publish-all", "P"],
        "ports are published where the image runs: `docker run -p 8080:8080`; `--expose PORT` tells which ones there are",
    ),
    row(
        &["healthcheck", "health-cmd", "health-interval", "no-healthcheck"],
        "an OCI image has no health check: tell it to what runs the image, such as `docker run --health-cmd`",
    ),
    row(
        &["entrypoint", "exec-form", "E"],
        "the program is the entrypoint; its arguments come behind `--`: `pack PROGRAM -- ARG...`",
    ),
    row(&["cmd", "command", "arg", "args", "config.cmd"], "arguments come behind `--`: `pack PROGRAM -- ARG...`"),
    row(
        &["tz", "timezone", "time-zone", "tzdata"],
        "write `-e TZ=NAME`, which packs that zone too, or `--zones NAME,...`",
    ),
    row(
        &["sbom", "sbom-format", "sbom-dir", "spdx", "cyclonedx"],
        "pack writes no bill of materials; `--explain --json` tells the package of each file",
    ),
    row(&["provenance", "attest", "sign", "sign-by"], "pack signs and attests nothing: do that to the image it writes"),
    row(
        &["platforms", "all-platforms", "multi-arch"],
        "name a program for each platform: `pack ./app-amd64 ./app-arm64`",
    ),
    row(
        &["arch", "architecture", "os", "variant", "goarch", "override-arch", "target-arch"],
        "the program's header tells the platform; `--platform linux/ARCH` overrules it",
    ),
    row(&["squash", "squash-all", "flatten", "single-layer", "single-snapshot"], "write `--layers one`"),
    row(
        &["output-dir", "outdir", "out", "outfile", "out-file", "dest", "tarball", "tar-path", "tarPath", "archive"],
        "write `--output PATH`",
    ),
    row(
        &["load", "local", "daemon", "export-to-docker"],
        "pack writes a file or a pipe, which engines load: `pack PROGRAM -o - | docker load`",
    ),
    row(
        &[
            "push",
            "no-push",
            "registry",
            "insecure",
            "tls-verify",
            "skip-tls-verify",
            "dest-creds",
            "creds",
            "authfile",
        ],
        "pack pushes nothing: `skopeo copy oci-archive:NAME.tar docker://REGISTRY/NAME:TAG` does",
    ),
    row(
        &["base", "base-image", "from", "parent", "image-refs", "build-image"],
        "there is no base image: an image begins empty, and gets what the program needs; `--add` adds files",
    ),
    row(
        &[
            "file",
            "dockerfile",
            "f",
            "build-arg",
            "secret",
            "ssh",
            "build-context",
            "context",
            "no-build",
            "pull",
            "network",
        ],
        "pack builds nothing and reads no Dockerfile: name the compiled program",
    ),
    row(
        &[
            "include",
            "include-path",
            "include-bin",
            "include-exe",
            "include-new",
            "include-path-file",
            "copy",
            "add-file",
        ],
        "write `--add SRC[:DEST]`",
    ),
    row(&["include-shell", "shell", "busybox"], "write `--add /bin/sh`"),
    row(
        &["mount", "bind"],
        "`--add SRC:DEST` packs files; directories are mounted where the image runs: `docker run -v`",
    ),
    row(&["exclude", "exclude-path", "exclude-pattern", "ignore", "ignore-path", "skip"], EXCLUDE),
    row(
        &[
            "dynamic",
            "dynamic-arg",
            "dynamic-stdin",
            "test",
            "test-command",
            "http-probe",
            "http-probe-off",
            "probe",
            "continue-after",
            "c",
        ],
        "the program is never run: what it needs is read off its files",
    ),
    row(&["compression", "compress-format", "compression-format"], "write `--compress gzip`, `zstd` or `none`"),
    row(&["compress-level", "compression-level"], "write `--level N`"),
    row(&["timestamp", "source-date-epoch", "date", "creation-time", "time"], "write `--created TIME`"),
    row(&["image-label", "set-label"], "write `--label K=V`"),
    row(
        &["author", "maintainer", "description", "license", "licenses", "vendor"],
        "write a label: `--label org.opencontainers.image.authors=NAME`",
    ),
    row(&["image-annotation", "annotations", "a"], "write `--annotation K=V`"),
    row(&["image-user", "uid", "gid", "run-as", "chown", "owner", "u", "group"], "write `--user NAME|UID[:GID]`"),
    row(&["strip-all", "no-symbols", "strip-debug", "strip-unneeded", "s"], "write `--strip`"),
    row(&["working-dir", "workingdir", "cwd", "chdir", "dir-name", "working-directory"], "write `--workdir PATH`"),
    row(&["environment", "set-env", "env-var", "environ"], "write `--env K=V`"),
    row(
        &["env-file"],
        "write each variable: `--env K=V`; or leave them to what runs the image: `docker run --env-file`",
    ),
    row(
        &["tmpfs", "mkdir", "writable", "scratch"],
        "write `--dir PATH`: an empty directory that the program may write in",
    ),
    row(&["root", "root-dir", "prefix", "r"], "write `--sysroot DIR`"),
    row(&["rootfs", "directory", "unpacked"], "write `--format rootfs`"),
    row(
        &["oci", "oci-layout", "oci-layout-path", "docker-archive", "oci-archive", "type"],
        "the archive is an OCI layout and loads into docker too: leave the flag out",
    ),
    row(
        &["cert", "cacert", "ca-cert", "ca-certs", "ca", "ssl-certs", "cacerts"],
        "write `--certs FILE`, or `--certs always`",
    ),
    row(&["lib-path", "libpath", "ld-library-path", "libdir", "L", "rpath"], "write `--library-path DIR`"),
    row(&["dlopens", "dlopened", "preload", "libs", "shared-lib"], "write `--lib SONAME`"),
    row(&["locales", "lang", "language"], "write `-e LANG=NAME`, which packs that locale too, or `--locale NAME,...`"),
    row(&["iconv", "charset", "charsets", "encoding"], "write `--gconv NAME,...`"),
    row(
        &["init", "tini"],
        "no init is packed; where the program ignores signals, run the image with `docker run --init`",
    ),
    row(
        &[
            "rm",
            "detach",
            "d",
            "i",
            "interactive",
            "tty",
            "it",
            "restart",
            "privileged",
            "cap-add",
            "memory",
            "cpus",
            "gpus",
        ],
        "pack only makes the image; the flag belongs to what runs it: `docker run`",
    ),
    row(
        &["reproducible", "deterministic", "hermetic", "rewrite-timestamp", "normalize"],
        "the same input always gives the same bytes: leave the flag out",
    ),
    row(&["silent", "no-progress", "progress"], "write `--quiet`"),
    row(&["debug", "trace", "log-level", "D"], "write `--verbose`, or `--explain`"),
    row(&["colour", "no-color", "no-colour"], "write `--color never`"),
    row(&["force", "overwrite", "yes", "y", "F"], "an image that is there is replaced: leave the flag out"),
    row(
        &["threads", "jobs", "j", "parallel", "concurrency"],
        "all processors are used, and the bytes are the same for any number: leave the flag out",
    ),
    row(
        &["cache-dir", "cache-from", "cache-to", "cache-repo", "cache"],
        "the cache is in `$XDG_CACHE_HOME/pack`; `--no-cache` goes without",
    ),
    row(
        &["why", "list", "tree", "show", "ldd"],
        "`--explain` tells why each file is there; `pack inspect FILE` shows libraries",
    ),
];

const EXCLUDE: &str = "what is packed has a reason, which `--explain` tells; `--provided SONAME` leaves a library out, `--zones none` and the like \
     leave data out";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::flags::Cli;
    use clap::CommandFactory;

    fn own(name: &str) -> bool {
        let command = Cli::command();
        command
            .get_arguments()
            .any(|flag| flag.get_long() == Some(name) || flag.get_short().map(String::from).as_deref() == Some(name))
    }

    #[test]
    fn no_word_of_a_neighbour_is_ours_or_stands_twice() {
        let words: Vec<&str> = TABLE.iter().flat_map(|row| row.words).copied().collect();
        for (at, word) in words.iter().enumerate() {
            assert!(!own(word), "`{word}` is a flag of ours");
            assert!(!words[..at].contains(word), "`{word}` stands twice");
        }
    }

    #[test]
    fn what_is_to_be_done_instead_are_flags_of_ours() {
        for row in &TABLE {
            // What stands in the command of another tool is that tool's.
            let quoted = row.hint.split('`').skip(1).step_by(2).filter(|one| !one.starts_with(['d', 's']));
            for word in quoted.flat_map(|one| one.split(' ')).filter(|word| word.starts_with('-') && *word != "--") {
                let name = word.trim_start_matches('-');
                assert!(name.is_empty() || own(name), "{word}: {}", row.hint);
            }
        }
    }

    #[test]
    fn a_word_is_found_by_its_name_with_a_value_too() {
        for (word, hint) in [
            ("--port", Some("write `--expose PORT`")),
            ("--port=80", Some("write `--expose PORT`")),
            ("-L", Some("write `--library-path DIR`")),
            ("-L/opt/lib", Some("write `--library-path DIR`")),
            ("--L", None),
            ("--no-such-flag", None),
        ] {
            assert_eq!(neighbour(word), hint, "{word}");
        }
    }
}
