//! The README's web server, packed from nothing, in everything that takes an image.

use crate::support::engine::{Engine, engine};
use crate::support::image::Image;
use crate::support::programs::WEBSERVER;
use crate::support::{Ran, Test, lacks, tool};
use serde_json::{Value, json};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// What Docker adds to every container, whatever its image.
const ADDED_BY_DOCKER: [&str; 12] = [
    "/.dockerenv",
    "/dev/",
    "/dev/console",
    "/dev/pts/",
    "/dev/shm/",
    "/etc/",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/proc/",
    "/sys/",
];

/// Packs the web server as `web:NAME` into `web.tar`, and gives what `--json` tells.
fn packed(t: &Test, name: &str) -> Option<Value> {
    let program = WEBSERVER.program()?;
    let tag = format!("web:{name}");
    Some(
        t.pack(&[
            program.as_os_str(),
            "-t".as_ref(),
            tag.as_ref(),
            "-o".as_ref(),
            "web.tar".as_ref(),
            "--json".as_ref(),
        ])
        .succeeds()
        .json(),
    )
}

#[test]
fn docker_loads_the_archive_and_the_server_answers() {
    let (t, Some(docker)) = (Test::new(), engine()) else { return };
    let Some(_) = packed(&t, "file") else { return };

    let loaded = docker.docker(&["load", "-i", &t.path("web.tar").display().to_string()]).succeeds();

    assert_eq!(loaded.stdout(), "Loaded image: web:file\n");
    let page = answer_of(docker, "web:file");
    assert!(page.contains(WEBSERVER.prints), "{page}");
    // Read from the image's own /etc/passwd by the program.
    assert!(page.contains("user: 65532:65532 nonroot, at home in /home/nonroot\n"), "{page}");
    assert!(page.contains("temporary file: written\n"), "{page}");
}

#[test]
fn docker_loads_it_from_a_pipe() {
    let (t, Some(docker), Some(program)) = (Test::new(), engine(), WEBSERVER.program()) else { return };

    let script = format!("$pack {} -t web:pipe -o - | DOCKER_HOST={} docker load", program.display(), docker.host());
    let loaded = t.shell(&script).succeeds();

    assert_eq!(loaded.stdout(), "Loaded image: web:pipe\n");
    assert!(answer_of(docker, "web:pipe").contains(WEBSERVER.prints));
}

#[test]
fn docker_shows_an_exec_form_a_numeric_user_and_a_history_line_for_each_layer() {
    let (t, Some(docker)) = (Test::new(), engine()) else { return };
    let Some(told) = packed(&t, "shown") else { return };
    docker.docker(&["load", "-i", &t.path("web.tar").display().to_string()]).succeeds();

    let config = docker.docker(&["inspect", "--format", "{{json .Config}}", "web:shown"]).succeeds().json();
    let history = docker.docker(&["history", "--no-trunc", "--format", "{{.CreatedBy}}", "web:shown"]).succeeds();

    assert_eq!(config["Entrypoint"], json!(["/webserver"]));
    assert_eq!(config["Cmd"], Value::Null);
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(
        config["Env"],
        json!([
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
        ])
    );
    let layers = told["images"][0]["layers"].as_array().expect("there are layers").len();
    let history = history.stdout();
    assert_eq!(history.lines().filter(|line| line.starts_with("pack: ")).count(), layers, "{history}");
    assert_eq!(history.lines().count(), layers, "{history}");
}

#[test]
fn the_image_holds_the_files_that_pack_named_and_docker_adds_only_its_own() {
    let (t, Some(docker)) = (Test::new(), engine()) else { return };
    let Some(told) = packed(&t, "files") else { return };
    let named = named(&told);
    docker.docker(&["load", "-i", &t.path("web.tar").display().to_string()]).succeeds();

    let container = docker.docker(&["create", "web:files"]).succeeds().stdout();
    let export = t.path("export.tar");
    docker.docker(&["export", "-o", &export.display().to_string(), container.trim()]).succeeds();
    docker.docker(&["rm", container.trim()]).succeeds();

    assert_eq!(Image::open(&t.path("web.tar")).files(), named);
    let exported = Ran::of(tool("tar").arg("-tf").arg(&export)).succeeds().stdout();
    let mut exported: Vec<_> = exported.lines().map(|line| format!("/{line}")).collect();
    exported.retain(|path| !ADDED_BY_DOCKER.contains(&path.as_str()) || named.contains(path));
    exported.sort();
    assert_eq!(exported, named);
}

#[test]
fn podman_loads_it_under_its_full_name() {
    let t = Test::new();
    if lacks(&["podman"]) {
        return;
    }
    let Some(_) = packed(&t, "podman") else { return };
    let podman = |arguments: &[&str]| {
        let mut podman = tool("podman");
        podman.arg("--root").arg(t.path("root")).arg("--runroot").arg(t.path("run")).args(["--storage-driver", "vfs"]);
        Ran::of(podman.args(arguments))
    };

    podman(&["load", "-i", &t.path("web.tar").display().to_string()]).succeeds();

    let shown = podman(&["inspect", "docker.io/library/web:podman"]).succeeds().json();
    assert_eq!(shown[0]["RepoTags"], json!(["docker.io/library/web:podman"]));
    assert_eq!(shown[0]["Config"]["Entrypoint"], json!(["/webserver"]));
    assert_eq!(shown[0]["User"], "65532:65532");
}

#[test]
fn containerd_imports_it_and_keeps_its_digest() {
    let (t, Some(engine)) = (Test::new(), engine()) else { return };
    let Some(told) = packed(&t, "containerd") else { return };
    let archive = t.path("web.tar").display().to_string();

    engine.ctr(&["--namespace", "pack", "images", "import", "--snapshotter", "native", &archive]).succeeds();

    let listed = engine.ctr(&["--namespace", "pack", "images", "ls"]).succeeds().stdout();
    let line = listed.lines().find(|line| line.starts_with("docker.io/library/web:containerd ")).expect(&listed);
    assert!(line.contains(told["digest"].as_str().expect("the digest is told")), "{line}");
    assert!(line.contains("linux/amd64"), "{line}");
}

#[test]
fn skopeo_reads_both_halves_of_the_archive() {
    let t = Test::new();
    if lacks(&["skopeo"]) {
        return;
    }
    let Some(_) = packed(&t, "skopeo") else { return };
    for transport in ["docker-archive", "oci-archive"] {
        let source = format!("{transport}:{}", t.path("web.tar").display());
        let copy = format!("dir:{}", t.path(transport).display());

        let shown = Ran::of(tool("skopeo").args(["inspect", "--config", &source])).succeeds().json();
        Ran::of(tool("skopeo").args(["--insecure-policy", "copy", &source, &copy])).succeeds();

        assert_eq!(shown["config"]["Entrypoint"], json!(["/webserver"]), "{transport}");
    }
}

#[test]
fn umoci_unpacks_it() {
    let t = Test::new();
    if lacks(&["umoci"]) {
        return;
    }
    let Some(told) = packed(&t, "umoci") else { return };
    let image = format!("{}:umoci", Image::open(&t.path("web.tar")).keep(&t.path("layout")).display());

    let mut umoci = tool("umoci");
    umoci.arg("unpack").args((!rustix::process::geteuid().is_root()).then_some("--rootless"));
    Ran::of(umoci.args(["--image", &image]).arg(t.path("bundle"))).succeeds();

    for path in named(&told) {
        assert!(t.path("bundle/rootfs").join(&path[1..]).symlink_metadata().is_ok(), "{path}");
    }
}

/// The paths that `--json` names, as `tar` would list them, sorted.
fn named(told: &Value) -> Vec<String> {
    let files = told["images"][0]["files"].as_array().expect("files are told");
    let path = |file: &Value| {
        let slash = if file["type"] == "directory" { "/" } else { "" };
        format!("{}{slash}", file["path"].as_str().expect("a file has a path"))
    };
    let mut paths: Vec<_> = files.iter().map(path).collect();
    paths.sort();
    paths
}

/// Runs the image, gets its page, and stops it.
fn answer_of(docker: &Engine, image: &str) -> String {
    let address = format!("127.0.0.1:{}", free_port());
    let started = docker.docker(&["run", "-d", "--network=host", image, "-addr", &address]).succeeds().stdout();
    let page = page_at(&address);
    let log = docker.docker(&["logs", started.trim()]);
    docker.docker(&["rm", "-f", started.trim()]).succeeds();
    page.unwrap_or_else(|error| panic!("no answer from {address}: {error}; {log}"))
}

/// A port that nobody uses now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
    listener.local_addr().expect("it is bound").port()
}

/// The page of a server that may still be starting.
fn page_at(address: &str) -> io::Result<String> {
    let begun = Instant::now();
    loop {
        match get(address) {
            Err(_) if begun.elapsed() < Duration::from_secs(20) => std::thread::sleep(Duration::from_millis(50)),
            answer => return answer,
        }
    }
}

fn get(address: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
