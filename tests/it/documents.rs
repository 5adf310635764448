//! What is written, held against the image-spec's own schemas and read by a reader that shares no code with us.

use crate::support::image::Image;
use crate::support::programs::{HELLOS, WEBSERVER};
use crate::support::{Ran, Test, repository, skip, tool};
use std::path::Path;

/// Debian's interpreter, for which its modules are: another one may come first in PATH.
const PYTHON: &str = "/usr/bin/python3";

/// Runs one of the scripts in `support/`; `None` where Python is not there: the test is skipped.
fn python(script: &str, argument: &Path) -> Option<Ran> {
    if !Path::new(PYTHON).exists() {
        skip("no /usr/bin/python3");
        return None;
    }
    let script = repository().join("tests/it/support").join(script);
    Some(Ran::of(tool(PYTHON).arg(script).arg(argument)))
}

/// Archives that use what the documents can say: `(what it shows, its file)`.
fn archives(t: &Test) -> Vec<&'static str> {
    let mut archives = Vec::new();
    if let Some(program) = WEBSERVER.program() {
        t.write("site/index.html", "<p>hello");
        let flags = "-t web:v1 -t example.com/team/web:v2 --add site:/srv/site --dir /data --volume /cache -w /data \
            -e MODE=plain -p 8080 -p 53/udp -l a=b -l c=d --annotation e=f --annotation g=h --stop-signal SIGINT \
            --user 1000:1000 --created 2024-02-29T12:00:00Z -o all.tar";
        let arguments: Vec<_> = flags.split_whitespace().chain(["--", "-addr", ":80"]).map(Into::into).collect();
        t.pack(&[vec![program.into_os_string()], arguments].concat()).succeeds();
        archives.push("all.tar");
    }
    if let Some(program) = HELLOS[0].program() {
        for (compression, archive) in [("gzip", "gzip.tar"), ("zstd", "zstd.tar"), ("none", "none.tar")] {
            t.pack(&[
                program.as_os_str(),
                "--compress".as_ref(),
                compression.as_ref(),
                "-o".as_ref(),
                archive.as_ref(),
            ])
            .succeeds();
            archives.push(archive);
        }
    }
    archives
}

#[test]
fn every_document_is_valid_by_the_schemas_of_the_image_spec() {
    let schemas = Path::new("/usr/share/gocode/src/github.com/opencontainers/image-spec/schema/config-schema.json");
    if !schemas.exists() {
        return skip("the schemas of golang-github-opencontainers-image-spec-dev are not installed");
    }
    if !Path::new(PYTHON).exists()
        || Ran::of(tool(PYTHON).args(["-c", "import jsonschema"])).output.status.code() != Some(0)
    {
        return skip("python3-jsonschema is not installed");
    }
    let t = Test::new();
    for archive in archives(&t) {
        let image = Image::open(&t.path(archive));

        let Some(judged) = python("schemas.py", image.layout()) else { continue };

        judged.succeeds();
    }
}

#[test]
fn an_independent_reader_finds_every_digest_size_order_and_parent_right() {
    let t = Test::new();
    for archive in archives(&t) {
        let Some(judged) = python("reader.py", &t.path(archive)) else { continue };

        judged.succeeds();
    }
}
