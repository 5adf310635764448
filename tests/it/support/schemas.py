"""Holds the documents of an image layout against the image-spec's own JSON schemas, as Debian packages them.

usage: schemas.py LAYOUT

Prints a line for each document and each fault; exit code 1 where there is a fault. Run with Debian's own
interpreter, which has python3-jsonschema.
"""

import json
import pathlib
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # newer releases resolve references another way too

import jsonschema

SCHEMAS = pathlib.Path("/usr/share/gocode/src/github.com/opencontainers/image-spec/schema")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def schema(uri):
    """The schemas name each other by file name, below whatever `id` stands around."""
    return json.loads((SCHEMAS / uri.rsplit("/", 1)[-1]).read_text())


def check(name, document, kind):
    rules = schema(kind)
    resolver = jsonschema.RefResolver(rules["id"], rules, handlers={"https": schema})
    faults = list(jsonschema.Draft4Validator(rules, resolver=resolver).iter_errors(document))
    print(f"{name}: {kind}, {len(faults)} faults")
    for fault in faults:
        print("  " + "/".join(map(str, fault.path)) + ": " + fault.message)
    return len(faults)


def main(layout):
    def read(name):
        return json.loads((layout / name).read_text())

    def blob(descriptor):
        return "blobs/" + descriptor["digest"].replace(":", "/")

    faults = check("oci-layout", read("oci-layout"), "image-layout-schema.json")
    faults += check("index.json", read("index.json"), "image-index-schema.json")
    manifests = list(read("index.json")["manifests"])
    for descriptor in manifests:
        faults += check("descriptor", descriptor, "content-descriptor.json")
        document = read(blob(descriptor))
        if descriptor["mediaType"] != MANIFEST:
            faults += check("nested index", document, "image-index-schema.json")
            manifests += document["manifests"]
            continue
        faults += check("manifest", document, "image-manifest-schema.json")
        faults += check("config", read(blob(document["config"])), "config-schema.json")
    return faults


sys.exit(main(pathlib.Path(sys.argv[1])) > 0)
