"""Reads an archive that pack wrote and holds it to what the formats say. Python's standard library only: none of
our code, and no other library's idea of an image."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile


def need(holds, what):
    if not holds:
        sys.exit(f"{sys.argv[1]}: {what}")


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def outer(path):
    """The archive's files, by name, in their order."""
    files = {}
    with tarfile.open(path, "r:") as archive:
        for member in archive:
            need(member.isreg(), f"{member.name} is no regular file")
            need(member.name not in files, f"{member.name} stands there twice")
            need((member.uid, member.gid, member.mtime, member.mode) == (0, 0, 0, 0o644), f"{member.name}: owner, time or mode")
            need(member.uname == "" and member.gname == "", f"{member.name} names an owner")
            files[member.name] = archive.extractfile(member).read()
    return files


def blob(files, descriptor):
    name = "blobs/" + descriptor["digest"].replace(":", "/")
    need(name in files, f"{name} is not there")
    data = files[name]
    need(sha256(data) == descriptor["digest"], f"{name} has another digest")
    need(len(data) == descriptor["size"], f"{name} has another size")
    return data


def decompressed(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def layer(data, diff_id, seen):
    plain = decompressed(data)
    need(sha256(plain) == diff_id, f"{diff_id} is not the digest of the plain layer")
    need(plain[-1024:] == bytes(1024), f"{diff_id} does not end in two blocks of zeros")
    own = []
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        for member in archive:
            name = member.name
            need(not name.startswith(("/", "./")) and ".." not in name.split("/"), f"{name} is not a plain relative name")
            need(name not in seen, f"{name} stands in the layers twice")
            need(member.mtime == 1 and member.uname == "" and member.gname == "", f"{name}: time or names of owners")
            need(member.type in (b"0", b"1", b"2", b"5"), f"{name} is of type {member.type}")
            parent = name.rpartition("/")[0]
            need(not parent or seen.get(parent) == b"5", f"{name} comes before its directory")
            if member.islnk():
                need(member.linkname in own, f"{name} is a hard link to what is not in its layer before it")
            seen[name] = member.type
            own.append(name)
    keys = [name.encode("utf-8", "surrogateescape").split(b"/") for name in own]
    flat = [name.encode("utf-8", "surrogateescape") for name in own]
    need(flat == sorted(flat) or keys == sorted(keys), "the entries are not in the order of their paths")


def image(files, descriptor):
    manifest = json.loads(blob(files, descriptor))
    config = json.loads(blob(files, manifest["config"]))
    diff_ids = config["rootfs"]["diff_ids"]
    need(len(diff_ids) == len(manifest["layers"]) == len(config["history"]), "layers, diff_ids and history differ in number")
    seen = {}
    for one, diff_id in zip(manifest["layers"], diff_ids):
        layer(blob(files, one), diff_id, seen)
    uid, gid = config["config"]["User"].split(":")
    need(uid.isdigit() and gid.isdigit(), "the user is no number")
    entry = config["config"]["Entrypoint"]
    need(isinstance(entry, list) and len(entry) == 1, "the entrypoint is not in exec form")
    need(seen.get(entry[0].lstrip("/")) in (b"0", b"1"), "the entrypoint is no file of the image")
    return manifest, config


def main():
    files = outer(sys.argv[1])
    need(json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}, "oci-layout")
    names = list(files)
    need(names[-3:] == ["index.json", "manifest.json", "oci-layout"], f"the order is {names}")
    descriptors = json.loads(files["index.json"])["manifests"]
    need(len({one["digest"] for one in descriptors}) == 1, "the names lead to different images")
    tags = [one["annotations"].get("org.opencontainers.image.ref.name") for one in descriptors]
    need(len([tag for tag in tags if tag]) == len({tag for tag in tags if tag}), "a tag stands there twice")
    full = [one["annotations"]["io.containerd.image.name"] for one in descriptors]
    top = descriptors[0]
    if top["mediaType"].endswith("index.v1+json"):
        images = [image(files, one) for one in json.loads(blob(files, top))["manifests"]]
    else:
        images = [image(files, top)]
    docker = json.loads(files["manifest.json"])
    need(len(docker) == 1 and docker[0]["RepoTags"] == full, "manifest.json has other names")
    manifest = images[0][0]
    path = lambda one: "blobs/" + one["digest"].replace(":", "/")
    need(docker[0]["Config"] == path(manifest["config"]), "manifest.json has another configuration")
    need(docker[0]["Layers"] == [path(one) for one in manifest["layers"]], "manifest.json has other layers")
    known = {path(one) for manifest, _ in images for one in manifest["layers"] + [manifest["config"]]}
    rest = set(names[:-3]) - known
    need(len(rest) == len(images) + (len(images) > 1), f"nothing leads to some of {rest}")


main()
