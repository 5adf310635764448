//! Every compressor and level: who reads what it writes, and what is said where it is asked for wrongly.

use crate::support::app::with_app;
use crate::support::engine::engine;
use crate::support::image::Image;
use crate::support::programs::{HELLOS, WEBSERVER};
use crate::support::{Ran, Test, lacks, skip, tool};
use std::path::PathBuf;

/// What `pack` says of an image with layers of zstd, before all else.
const ZSTD: &str = "warning: not everybody reads layers compressed with zstd
  cannot: Docker before 23, umoci 0.4, crane where it reads an archive

hint: leave `--compress zstd` out where the image has to load there

";

/// Packs the web server, which is long enough for several parts, with these flags.
fn web(t: &Test, flags: &str) -> Option<Image> {
    let program = WEBSERVER.program()?;
    t.shell(&format!("exec $pack {} {flags} -q -o web.tar", program.display())).succeeds();
    Some(Image::open(&t.path("web.tar")))
}

/// The program's layer, which is the last one.
fn layer(image: &Image) -> PathBuf {
    let manifest = image.manifest();
    let layers = manifest["layers"].as_array().expect("a manifest has layers");
    image.layout().join(Image::blob(layers.last().expect("there is one")))
}

/// What the configuration says the plain layer's digest is.
fn diff_id(image: &Image) -> String {
    let config = image.config();
    let ids = config["rootfs"]["diff_ids"].as_array().expect("there are diff_ids");
    ids.last().and_then(|id| id.as_str()).expect("there is one").to_owned()
}

#[test]
fn levels_and_compressors_that_are_none_are_told() {
    let Some(t) = with_app() else { return };
    let gzip = "hint: levels of gzip are 1 to 12, and `max`\n\n";
    let zstd = "hint: levels of zstd are 1 to 19, and `max`\n\n";
    for (flags, message, hint) in [
        ("--level 13", "`--level 13` is not a level of gzip", gzip),
        ("--level 0", "`--level 0` is not a level of gzip", gzip),
        ("--level fast", "`--level fast` is not a level of gzip", gzip),
        ("--level 1000", "`--level 1000` is not a level of gzip", gzip),
        ("--compress zstd --level 20", "`--level 20` is not a level of zstd", zstd),
        ("--compress zstd --level=-3", "`--level -3` is not a level of zstd", zstd),
        (
            "--compress none --level 3",
            "`--level 3` means nothing with `--compress none`",
            "hint: leave one of the two out\n\n",
        ),
        ("--compress lzma", "`--compress lzma` is not one of `gzip`, `zstd`, `none`", "hint: write one of these\n\n"),
    ] {
        let ran = t.shell(&format!("exec $pack app {flags}")).exits(2);

        assert_eq!(ran.stderr(), format!("error: {message}\n\n{hint}"), "{flags}");
        assert_eq!(t.names(), ["app"], "{flags}");
    }
}

#[test]
fn each_level_gives_the_same_files_and_the_last_one_the_fewest_bytes() {
    let (t, Some(program)) = (Test::new(), HELLOS[0].program()) else { return };
    let packed = |flags: &str| {
        let ran = t.shell(&format!("exec $pack {} {flags} --json -o image.tar", program.display())).succeeds();
        let layer = ran.json()["images"][0]["layers"][0].clone();
        (layer["diff_id"].clone(), layer["compressed_size"].as_u64().expect("a layer has a size"))
    };
    let (diff_id, plain) = packed("--compress none");
    for (compress, default, max) in [("gzip", 4, 12), ("zstd", 3, 19)] {
        let sizes: Vec<u64> = (1..=max)
            .map(|level| {
                let (id, size) = packed(&format!("--compress {compress} --level {level}"));
                assert_eq!(id, diff_id, "{compress} {level}");
                size
            })
            .collect();
        assert_eq!(packed(&format!("--compress {compress}")).1, sizes[default - 1], "the default of {compress}");
        assert_eq!(packed(&format!("--compress {compress} --level max")).1, sizes[max - 1], "max of {compress}");
        // A level below may be luckier by a byte.
        let least = sizes[max - 1] - sizes[max - 1] / 1000;
        assert!(sizes.iter().all(|size| *size < plain && *size >= least), "{compress}: {sizes:?}");
    }
}

#[test]
fn who_does_not_read_zstd_is_told_and_gzip_is_not_spoken_of() {
    let Some(t) = with_app() else { return };
    for (flags, says) in [("--compress zstd", ZSTD), ("--compress gzip --level max", ""), ("--compress none", "")] {
        let ran = t.shell(&format!("exec $pack app {flags} -q -o image.tar")).succeeds();

        assert_eq!(ran.stderr(), says, "{flags}");
    }
    // A plain root is not compressed at all, which is told instead.
    let plain = "warning: `--compress` has no effect: a plain root file system has neither configuration nor layers\n\n\
                 hint: leave it out, or leave `--format rootfs` out\n\n";
    assert_eq!(t.shell("exec $pack app --compress zstd -q --format rootfs").succeeds().stderr(), plain);
    t.shell("exec $pack app --compress zstd --strict -o other.tar").exits(1);
    assert!(!t.path("other.tar").exists());
}

#[test]
fn gzip_in_parts_is_one_file_to_gzip_python_and_go() {
    let t = Test::new();
    if lacks(&["gzip", "python3", "go"]) {
        return;
    }
    // What does not get smaller is stored, between parts that do.
    t.write("noise.py", "import random; r = random.Random(1); open('noise', 'wb').write(r.randbytes(1500000))");
    t.shell("python3 noise.py").succeeds();
    for flags in ["", "--level max", "--layers one --add noise"] {
        let Some(image) = web(&t, flags) else { continue };
        let layer = layer(&image);
        let parts =
            std::fs::read(&layer).expect("it is there").windows(4).filter(|four| four == b"\x1f\x8b\x08\0").count();
        assert!(parts >= 3, "{parts} parts");
        let python = "import gzip, hashlib, sys; print(hashlib.sha256(gzip.open(sys.argv[1]).read()).hexdigest())";
        t.write("hash.go", HASH_GO);
        for reader in
            ["gzip -dc <$layer | sha256sum", &format!("python3 -c '{python}' $layer"), "go run hash.go <$layer"]
        {
            let ran = t.shell(&format!("layer={}; {reader}", layer.display())).succeeds();

            let digest = format!("sha256:{}", ran.stdout().split_whitespace().next().expect("it prints one"));
            assert_eq!(digest, diff_id(&image), "{flags}: {reader}");
        }
    }
}

/// What Go's own packages make of a gzip file: every engine that is written in Go reads layers so.
const HASH_GO: &str = "package main

import (\"compress/gzip\"; \"crypto/sha256\"; \"fmt\"; \"io\"; \"os\")

func main() {
	plain, err := gzip.NewReader(os.Stdin)
	if err != nil { panic(err) }
	hash := sha256.New()
	if _, err := io.Copy(hash, plain); err != nil { panic(err) }
	fmt.Printf(\"%x\\n\", hash.Sum(nil))
}
";

#[test]
fn zstd_in_frames_is_one_file_to_zstd_and_to_skopeo() {
    let t = Test::new();
    if lacks(&["zstd", "skopeo"]) {
        return;
    }
    for flags in ["--compress zstd", "--compress zstd --level 12"] {
        let Some(image) = web(&t, flags) else { continue };

        let ran = t.shell(&format!("zstd -dc <{} | sha256sum", layer(&image).display())).succeeds();

        let digest = format!("sha256:{}", ran.stdout().split_whitespace().next().expect("it prints one"));
        assert_eq!(digest, diff_id(&image), "{flags}");
        for transport in ["docker-archive", "oci-archive"] {
            // Uncompressing shows that it was read, and every digest on the way is checked.
            let (from, to) = (t.path("web.tar"), t.path("copy"));
            t.shell(&format!(
                "rm -rf copy; skopeo --insecure-policy copy --dest-decompress {transport}:{} dir:{}",
                from.display(),
                to.display()
            ))
            .succeeds();
        }
    }
}

#[test]
fn docker_and_containerd_run_layers_of_zstd() {
    let (t, Some(engine), Some(program)) = (Test::new(), engine(), HELLOS[0].program()) else { return };
    let script = format!("exec $pack {} -t hello:zstd --compress zstd -q -o image.tar", program.display());
    t.shell(&script).succeeds();
    let archive = t.path("image.tar").display().to_string();
    let version = engine.docker(&["version", "--format", "{{.Server.Version}}"]).succeeds().stdout();
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).expect("a version is a number");

    // As the warning says.
    let loaded = engine.docker(&["load", "-i", &archive]).exits(i32::from(major < 23));
    if loaded.output.status.success() {
        let ran = engine.docker(&["run", "--rm", "--network=none", "hello:zstd"]).succeeds();
        assert_eq!(ran.stdout(), HELLOS[0].prints);
    }

    engine.ctr(&["-n", "zstd", "images", "import", "--snapshotter", "native", &archive]).succeeds();
    let name = "docker.io/library/hello:zstd";
    let ran = engine.ctr(&["-n", "zstd", "run", "--rm", "--snapshotter", "native", name, "hello-zstd"]).succeeds();
    assert_eq!(ran.stdout(), HELLOS[0].prints);
}

#[test]
fn podman_loads_layers_of_zstd() {
    let t = Test::new();
    if lacks(&["podman"]) {
        return;
    }
    let Some(_) = web(&t, "--compress zstd -t web:zstd") else { return };
    let podman = |arguments: &[&str]| {
        let mut podman = tool("podman");
        podman.arg("--root").arg(t.path("root")).arg("--runroot").arg(t.path("run")).args(["--storage-driver", "vfs"]);
        Ran::of(podman.args(arguments))
    };

    podman(&["load", "-i", &t.path("web.tar").display().to_string()]).succeeds();

    podman(&["inspect", "docker.io/library/web:zstd"]).succeeds();
}

#[test]
fn where_the_system_gives_no_threads_one_does_it_all() {
    let Some(program) = WEBSERVER.program() else { return };
    let t = Test::new();
    if lacks(&["setpriv", "prlimit"]) {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return skip("only root can become a user who has no process yet");
    }
    t.shell(&format!("cp {} app; cp $pack pack; chmod 0777 .", program.display())).succeeds();
    for flags in ["", "--compress zstd", "--compress none"] {
        // A user whom nobody else is, so that the first thread is one too many.
        let limited = "setpriv --reuid 64123 --clear-groups prlimit --nproc=1 ./pack app --no-cache -q -o limited.tar";
        t.shell(&format!("rm -f *.tar; {limited} {flags} && $pack app --no-cache -q -o plain.tar {flags}")).succeeds();

        let (limited, plain) = (std::fs::read(t.path("limited.tar")), std::fs::read(t.path("plain.tar")));
        assert!(limited.expect("it is written") == plain.expect("it is written"), "{flags}");
    }
}
