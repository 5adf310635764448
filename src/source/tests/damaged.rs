//! Images that no writer should make: told by their blobs, in bounded time and memory, and never a panic.

use super::{Layout, gzip, layer, open};
use crate::blob::Digest;
use crate::events::Diagnostic;
use crate::platform::Platform;
use serde_json::{Value, json};
use std::fs;

type Damage<'a> = &'a dyn Fn(&Layout);

/// What is said, the digests left out.
fn told(layout: &Layout) -> String {
    let error = layout.read().unwrap_err();
    let text = format!("{}: {error}", error.code());
    let parts = text.split('`').map(|part| if Digest::parse(part).is_some() { "X" } else { part });
    let text = parts.collect::<Vec<_>>().join("`");
    text.rsplit_once(" sha256:").map_or(text.clone(), |(text, _)| format!("{text} X"))
}

#[test]
fn a_damaged_layout_is_told_by_what_is_wrong_with_it() {
    let change = |layout: &Layout, descriptor: &Value, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(layout.file(descriptor)).unwrap();
        change(&mut bytes);
        fs::write(layout.file(descriptor), bytes).unwrap();
    };
    let cases: [(&str, Damage<'_>, &str); 12] = [
        (
            "a byte of a layer",
            &|layout| change(layout, &layout.manifest()["layers"][0], &|bytes| bytes[600] ^= 1),
            "wrong-digest: the layer `X` is damaged: its digest is X",
        ),
        (
            "the end of a layer",
            &|layout| change(layout, &layout.manifest()["layers"][0], &|bytes| bytes.truncate(1000)),
            "damaged-image: the layer `X` has 1000 bytes, and its descriptor says 2048",
        ),
        (
            "no layer",
            &|layout| fs::remove_file(layout.file(&layout.manifest()["layers"][0])).unwrap(),
            "missing-blob: the layer `X` is not in the image",
        ),
        (
            "a byte of the configuration",
            &|layout| change(layout, &layout.manifest()["config"], &|bytes| bytes[3] ^= 1),
            "wrong-digest: the configuration `X` is damaged: its digest is X",
        ),
        (
            "no configuration",
            &|layout| fs::remove_file(layout.file(&layout.manifest()["config"])).unwrap(),
            "missing-blob: the configuration `X` is not in the image",
        ),
        (
            "no manifest",
            &|layout| fs::remove_file(layout.file(&layout.json(None)["manifests"][0])).unwrap(),
            "missing-blob: the manifest `X` is not in the image",
        ),
        (
            "an index that is none",
            &|layout| fs::write(layout.path().join("index.json"), "[").unwrap(),
            "damaged-image: `index.json` is not valid JSON: EOF while parsing a list at line 1 column 1",
        ),
        (
            "an index of nothing",
            &|layout| fs::write(layout.path().join("index.json"), "{}").unwrap(),
            "damaged-image: `index.json` lists no manifests",
        ),
        (
            "a huge index",
            &|layout| fs::File::create(layout.path().join("index.json")).unwrap().set_len(1 << 40).unwrap(),
            "too-large: `index.json` has 1099511627776 bytes, which no such document has",
        ),
        (
            "another digest",
            &|layout| layout.index(&[json!({ "digest": "sha512:00", "size": 1 })]),
            "damaged-image: `index.json` names `sha512:00`, which is not a SHA-256 digest",
        ),
        (
            "a digest that is a path",
            &|layout| layout.index(&[json!({ "digest": "sha256:../../../../etc/passwd", "size": 1 })]),
            "damaged-image: `index.json` names `sha256:../../../../etc/passwd`, which is not a SHA-256 digest",
        ),
        (
            "an index too deep",
            &|layout| {
                let mut inner = layout.json(None)["manifests"][0].clone();
                for _ in 0..9 {
                    inner = layout.put(json!({ "manifests": [inner] }).to_string().as_bytes());
                }
                layout.index(&[inner]);
            },
            "damaged-image: the manifest `X` is nested too deeply",
        ),
    ];
    for (shows, damage, says) in cases {
        let layout = Layout::uncompressed(&[&["f app 1"]]);
        damage(&layout);
        assert_eq!(told(&layout), says, "{shows}");
    }
}

#[test]
fn a_layer_that_no_engine_unpacks_is_told() {
    let huge = {
        let mut bytes = layer(&["f a 1"]);
        bytes[124..136].copy_from_slice(b"77777777777\0");
        bytes[148..156].copy_from_slice(b"        ");
        let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
        bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes
    };
    for (shows, uncompressed, says) in [
        ("a name with `..`", layer(&["f a/../../b 1"]), "has the name `a/../../b`, which leads out of the image"),
        ("a whiteout with `..`", layer(&["f ../.wh.b 1"]), "has the name `../.wh.b`, which leads out of the image"),
        ("a hard link to nothing", layer(&["h a b"]), "has a hard link `/a` to `/b`, which is not a file"),
        ("a hard link to a directory", layer(&["d d", "h a d"]), "has a hard link `/a` to `/d`, which is not a file"),
        ("a hard link out of the image", layer(&["h a ../b"]), "has the name `../b`, which leads out of the image"),
        ("something below a file", layer(&["f a 1", "f a/b 2"]), "puts `/a/b` below something that is not a directory"),
        (
            "below a link in a circle",
            layer(&["l a b", "l b a", "f a/c 1"]),
            "puts `/a/c` below something that is not a directory",
        ),
        (
            "below a link to nothing",
            layer(&["l a nowhere", "f a/c 1"]),
            "puts `/a/c` below something that is not a directory",
        ),
        ("no tar", vec![b'x'; 1024], "has no tar header at byte 0"),
        ("half a header", layer(&["f a 1"])[..300].to_vec(), "ends in the middle of a header, at byte 0"),
        ("a size that is not there", huge, "ends before an entry of 8589934591 bytes, at byte 512"),
    ] {
        let layout = Layout::of(&[(uncompressed.clone(), uncompressed)]);
        assert_eq!(told(&layout), format!("damaged-image: the layer `X` {says}"), "{shows}");
    }
}

#[test]
fn a_tree_deeper_than_any_is_told() {
    let mut tar = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_gnu();
    header.set_size(0);
    tar.append_data(&mut header, "d/".repeat(300) + "f", [].as_slice()).unwrap();
    let uncompressed = tar.into_inner().unwrap();
    let layout = Layout::of(&[(uncompressed.clone(), uncompressed)]);
    assert_eq!(told(&layout), "damaged-image: the layer `X` has a file below more than 256 directories");
}

#[test]
fn what_is_compressed_is_held_against_both_digests_and_a_limit() {
    let uncompressed = layer(&["f a 1"]);
    let other = Layout::of(&[(gzip(&uncompressed), layer(&["f b 1"]))]);
    assert_eq!(told(&other), "wrong-digest: the layer `X`, unpacked, is damaged: its digest is X");
    let cut = gzip(&uncompressed);
    let cut = Layout::of(&[(cut[..cut.len() - 9].to_vec(), uncompressed.clone())]);
    assert!(told(&cut).starts_with("damaged-image: the layer `X` cannot be unpacked: "), "{}", told(&cut));
    let zstd = Layout::of(&[(b"\x28\xb5\x2f\xfd\0\0".to_vec(), uncompressed.clone())]);
    assert!(told(&zstd).starts_with("damaged-image: the layer `X` cannot be unpacked: "), "{}", told(&zstd));
    for (magic, method) in [(b"\xfd7zXZ\0".as_slice(), "xz"), (b"BZh9", "bzip2")] {
        let layout = Layout::of(&[(magic.to_vec(), uncompressed.clone())]);
        let says = format!("unknown-compression: the layer `X` is compressed with {method}, which pack does not read");
        assert_eq!(told(&layout), says);
    }
    // 600 MB of zeros in 600 kB.
    let zeros = gzip(&vec![0; 60_000_000]);
    let bomb = Layout::of(&[(zeros.repeat(10), Vec::new())]);
    assert!(told(&bomb).starts_with("too-large: the layer `X` unpacks to more than "), "{}", told(&bomb));
}

#[test]
fn an_image_of_another_platform_is_told_with_those_that_there_are() {
    let layout = Layout::uncompressed(&[&["f app 1"]]);
    let arm = Platform::parse("linux/arm64").unwrap();
    let error = open(layout.path()).unwrap().unwrap().read(Some(&arm)).unwrap_err();
    assert_eq!(error.to_string(), format!("`{}` has no image for `linux/arm64`", layout.path().display()));
    assert_eq!(error.details(), ["it has: linux/amd64"]);
    assert_eq!(error.hint(), "name one that it has: `--platform linux/amd64`");
}

#[test]
fn layers_and_configuration_must_agree_in_number() {
    let layout = Layout::uncompressed(&[&["f app 1"]]);
    let mut manifest = layout.manifest();
    manifest["layers"] = json!([]);
    layout.index(&[layout.put(manifest.to_string().as_bytes())]);
    assert_eq!(told(&layout), "damaged-image: the manifest `X` has 0 layers, and its configuration 1");
    manifest["config"] = layout.put(b"{}");
    layout.index(&[layout.put(manifest.to_string().as_bytes())]);
    let says = "damaged-image: the manifest `X` does not describe an image: its configuration lists no layers";
    assert_eq!(told(&layout), says);
}

/// An archive in docker's first form, and bytes of it changed: an error or an image, never a panic.
#[test]
fn any_bytes_end_in_an_answer() {
    let uncompressed = layer(&["d bin", "f bin/app x", "l lib bin", "h bin/b bin/app", "f lib/.wh.b"]);
    let config = json!({ "os": "linux", "architecture": "amd64", "config": { "Cmd": ["app"] },
        "rootfs": { "diff_ids": [Digest::of(&uncompressed).to_string()] } });
    let manifest = json!([{ "Config": "c.json", "RepoTags": ["a:b"], "Layers": ["1/layer.tar"] }]);
    let mut tar = ::tar::Builder::new(Vec::new());
    let mut put = |name: &str, bytes: &[u8]| {
        let mut header = ::tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    put("1/layer.tar", &uncompressed);
    put("c.json", config.to_string().as_bytes());
    put("manifest.json", manifest.to_string().as_bytes());
    let archive = tar.into_inner().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image.tar");
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        open(&path).and_then(|opened| opened.map(|opened| opened.read(None)).transpose())
    };
    let whole = read(&archive).unwrap().unwrap();
    assert_eq!((whole.names.clone(), whole.rootfs.entries().len()), (vec!["a:b".to_owned()], 4));
    let mut state: u64 = 7;
    for round in 0..2000 {
        let mut bytes = archive.clone();
        for _ in 0..=round % 3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(state >> 33).unwrap() % bytes.len();
            bytes[at] = state.to_le_bytes()[3];
        }
        if round % 7 == 0 {
            bytes.truncate(usize::try_from(state >> 40).unwrap() % archive.len());
        }
        let _ = read(&bytes);
    }
}
