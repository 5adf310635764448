#!/usr/bin/env python3
"""How small images get, rung by rung: the table of docs/ladder.md.

    .ci/release
    benches/ladder.py --json docs/ladder.json >table.md
    cargo run --release --example ladder -- docs/ladder.json docs/ladder.svg

Builds the programs of testdata with whatever compilers are installed, packs each in each way, and tells the
sizes: unpacked (the sum of the sizes of all files) and compressed (layers, configuration, manifest: what people
download). Nothing here is timed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
HELLO = HERE / "testdata/hello"

# Name, commands that are needed, the shell line that makes `app`, more arguments of pack.
RUNGS = [
    ("smallest program", "gcc", f"printf '%s' 'void _start(void) {{ __asm__(\"mov $60,%eax; xor %edi,%edi; syscall\"); }}' >a.c && gcc -Os -static -nostdlib -Wl,-z,noseparate-code,--build-id=none a.c -o app", []),
    ("C, musl", "musl-gcc", f"musl-gcc -Os -static {HELLO}/hello.c -o app", []),
    ("C, glibc", "gcc", f"gcc -Os -static {HELLO}/hello.c -o app", []),
    ("C++, glibc", "g++", f"g++ -Os -static {HELLO}/hello.cpp -o app", []),
    ("Rust, musl, without std", "rustc musl-gcc", f"rustc --edition 2024 --emit=obj -C opt-level=z -C panic=abort -C relocation-model=static {HELLO}/hello_core.rs -o a.o && musl-gcc -static a.o -o app", []),
    ("Rust, glibc, small", "rustc", f"rustc --edition 2024 -C opt-level=z -C lto -C codegen-units=1 -C panic=abort -C strip=symbols -C target-feature=+crt-static {HELLO}/hello_plain.rs -o app", []),
    ("Rust, glibc, static", "rustc", f"rustc --edition 2024 -O -C target-feature=+crt-static {HELLO}/hello_plain.rs -o app", []),
    ("Rust, glibc, dynamic", "rustc", f"rustc --edition 2024 -O {HELLO}/hello_plain.rs -o app", []),
    ("Go, println", "go", f"CGO_ENABLED=0 go build -o app {HELLO}/hello_println.go", []),
    ("Go, println, -s -w", "go", f"CGO_ENABLED=0 go build -ldflags '-s -w' -o app {HELLO}/hello_println.go", []),
    ("Go, fmt", "go", f"CGO_ENABLED=0 go build -o app {HELLO}/hello.go", []),
    ("Go, fmt, -s -w", "go", f"CGO_ENABLED=0 go build -ldflags '-s -w' -o app {HELLO}/hello.go", []),
    ("Go web server", "go", f"cd {HERE}/testdata/webserver && CGO_ENABLED=0 go build -buildvcs=false -o $OLDPWD/app .", []),
    ("Go web server, -s -w", "go", f"cd {HERE}/testdata/webserver && CGO_ENABLED=0 go build -buildvcs=false -ldflags '-s -w' -o $OLDPWD/app .", []),
    ("Java, jlink", "javac jlink", f"javac -d classes {HELLO}/Hello.java && jlink --add-modules java.base --strip-debug --no-man-pages --no-header-files --compress=2 --output jre && ln -s jre/bin/java app", ["--add", "classes:/app"]),
]

WAYS = [
    ("plain", []),
    ("--strip", ["--strip"]),
    ("--upx", ["--upx"]),
    ("zstd", ["--strip", "--compress", "zstd"]),
    ("--level max", ["--strip", "--level", "max"]),
]

# What a program is declared to need; the rest is what an image adds.
DECLARED = {"program", "library", "loader", "ca-certificates", "java", "asked", "own-data"}


def pack(binary, directory, flags):
    """What pack tells of the image; `None` where it refuses."""
    program = "jre/bin/java" if (directory / "jre").is_dir() else "app"
    command = [str(binary), program, "-o", "image.tar", "--json", "--no-cache", "-q", *flags]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    told = json.loads(done.stdout) if done.stdout else None
    if done.returncode or not told or not told.get("images"):
        return None
    return told["images"][0]


def added(image):
    """Bytes of files that no program asked for."""
    files = [one for one in image["files"] if one["type"] == "file"]
    return sum(one["size"] for one in files if not DECLARED & {reason["code"] for reason in one["reasons"]})


def bundle(image):
    return sum(one["size"] for one in image["files"] if one["path"].endswith("ca-certificates.crt") and one["type"] == "file")


def measure(binary, rung):
    name, needs, line, more = rung
    if any(shutil.which(command) is None for command in needs.split()):
        return None
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        environment = dict(os.environ, GOFLAGS="-trimpath")
        made = subprocess.run(["sh", "-ec", line], cwd=directory, env=environment, capture_output=True, check=False)
        if made.returncode:
            print(f"{name}: {made.stderr.decode()[-300:]}", file=sys.stderr)
            return None
        told = {"rung": name, "program": (directory / "app").stat().st_size, "ways": {}}
        for way, flags in WAYS:
            image = pack(binary, directory, flags + more)
            if way == "--upx" and image and not (image.get("upx") or {}).get("used"):
                image = None
            if image:
                told["ways"][way] = {"size": image["size"], "compressed": image["compressed_size"]}
            if way == "plain" and image:
                told["adds"], told["bundle"] = added(image), bundle(image)
        return told


def versions():
    asked = {
        "gcc": "gcc --version", "rustc": "rustc --version", "go": "go version", "java": "java --version",
        "musl": "dpkg-query -W -f 'musl ${Version}' musl-dev", "upx": "upx --version",
    }
    first = lambda line: subprocess.run(line, shell=True, capture_output=True, text=True).stdout.splitlines()[:1]
    return [text for line in asked.values() for text in first(line)]


def size(number):
    return f"{number:,}" if number < 10_000 else f"{number / 1e3:,.0f} k" if number < 1_000_000 else f"{number / 1e6:.2f} M"


def markdown(rungs):
    print("; ".join(versions()) + ".\n")
    heads = [f"{way}" for way, _ in WAYS]
    print("| rung | program | adds | " + " | ".join(heads) + " | of the program |")
    print("| --- | --- | --- |" + " --- |" * (len(heads) + 1))
    for rung in rungs:
        cells = []
        for way, _ in WAYS:
            one = rung["ways"].get(way)
            cells.append(f"{size(one['size'])} / {size(one['compressed'])}" if one else "—")
        best = min(one["compressed"] for one in rung["ways"].values())
        ratio = f"{best / rung['program']:.2f}" if rung["rung"] != "Java, jlink" else ""
        print(f"| {rung['rung']} | {size(rung['program'])} | {rung['adds']} | " + " | ".join(cells) + f" | {ratio} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", default=HERE / "target/release/pack", type=Path)
    parser.add_argument("--only", help="rungs whose name has this")
    parser.add_argument("--list", action="store_true", help="names of rungs")
    parser.add_argument("--json", help="where the figures go")
    options = parser.parse_args()
    if options.list:
        print("\n".join(name for name, *_ in RUNGS))
        return
    rungs = [rung for rung in RUNGS if not options.only or options.only in rung[0]]
    told = [one for one in (measure(options.pack.resolve(), rung) for rung in rungs) if one]
    if options.json:
        Path(options.json).write_text(json.dumps({"rungs": told}, indent=1) + "\n")
    markdown(told)


if __name__ == "__main__":
    main()
