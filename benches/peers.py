#!/usr/bin/env python3
"""pack beside other tools, in one run on one machine: the table of docs/performance.md.

    .ci/release
    benches/peers.py --pack target/release/pack --json docs/performance.json >table.md
    cargo run --release --example chart -- docs/performance.json docs/performance.svg

Takes whatever peers are installed, in turns, so that a disturbance meets all of them; tells the median, the
quartiles and the size of what was written. Everything lies in one directory (--in), which should be in memory.
Nothing here is a test: no time is right or wrong.
"""

import argparse
import json
import os
import platform
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def run(command, **rest):
    """Runs a shell line, or a command without a shell."""
    shell = isinstance(command, str)
    done = subprocess.run(command, shell=shell, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **rest)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode()[-400:]}")


def has(name):
    return shutil.which(name) is not None


def size_of(path):
    """Bytes of a file, or of all files below a directory."""
    path = Path(path)
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file() and not one.is_symlink())
    return path.stat().st_size if path.exists() else None


def cpu_time():
    """Seconds of CPU that all commands so far took; daemons are not among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Docker:
    """A daemon of its own, as the tests have one, with the storage that works everywhere."""

    def __init__(self, directory):
        self.directory = directory / "docker"
        self.host = f"unix://{self.directory}/sock"
        self.daemon = None
        if os.geteuid() or not all(map(has, ["docker", "dockerd", "containerd"])):
            return
        self.directory.mkdir()
        places = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "pid"}
        arguments = [f"{flag}={self.directory / name}" for flag, name in places.items()] + [f"--host={self.host}"]
        arguments += ["--storage-driver", "vfs", "--iptables=false", "--ip6tables=false", "--bridge=none"]
        log = open(self.directory / "log", "w")
        self.daemon = subprocess.Popen(["dockerd", *arguments], cwd=self.directory, stdout=log, stderr=log)
        for _ in range(300):
            if subprocess.run(["docker", "-H", self.host, "version"], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        self.stop()

    def stop(self):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait()
            self.daemon = None

    def line(self, context, out):
        """Builds the image of a directory with a Dockerfile in it, and saves it."""
        return (f"export DOCKER_BUILDKIT=0 DOCKER_HOST={self.host}; docker build -q --no-cache -t bench {context}"
                f" && docker save bench -o {out}")


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.pack = Path(options.pack).resolve()
        self.docker = Docker(directory)
        self.works = []

    def work(self, name, aim, contenders, runs=None):
        """Measures `contenders`: name -> (command, what it writes). The first one is ours."""
        if self.options.only and not re.search(self.options.only, name):
            return
        times, cpu = {who: [] for who in contenders}, {who: [] for who in contenders}
        sizes, memory, failed = {}, {}, {}
        for turn in range((runs or self.options.runs) + 1):
            order = list(contenders)
            random.Random(turn).shuffle(order)
            for who in order:
                command, out = contenders[who]
                if who in failed or (turn > 1 and sum(times[who]) > self.options.patience):
                    continue
                for old in [out] if out else []:
                    shutil.rmtree(old) if Path(old).is_dir() else Path(old).unlink(missing_ok=True)
                begun, used = time.perf_counter(), cpu_time()
                try:
                    run(command, cwd=self.directory)
                except RuntimeError as error:
                    failed[who] = str(error)
                    print(f"{name}: {who} failed: {error}", file=sys.stderr)
                    continue
                # The first turn warms up.
                if turn:
                    times[who].append(time.perf_counter() - begun)
                    cpu[who].append(cpu_time() - used)
                if out:
                    sizes[who] = size_of(out)
        results = []
        for who in (one for one in contenders if times[one]):
            taken = sorted(times[who])
            quarter = len(taken) // 4
            results.append({
                "tool": who, "median": statistics.median(taken), "low": taken[quarter], "high": taken[-1 - quarter],
                "least": taken[0], "cpu": statistics.median(cpu[who]), "runs": len(taken), "bytes": sizes.get(who), "memory": self.memory(contenders[who][0]),
            })
        self.works.append({"work": name, "aim": aim, "results": results})
        print(f"{name}: " + ", ".join(f"{r['tool']} {r['median'] * 1000:.1f} ms" for r in results), file=sys.stderr)

    def memory(self, command):
        """The most memory that a command held, in bytes; of shells, that of their largest child."""
        if isinstance(command, str):
            return None
        probe = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, " \
            "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
        told = subprocess.run([sys.executable, "-c", probe, *command], cwd=self.directory, capture_output=True)
        return int(told.stdout)

    # What each tool does.

    def ours(self, *arguments, out="pack.tar", cache=False):
        flags = [] if cache else ["--no-cache"]
        return [str(self.pack), *arguments, *flags, "-q", "-o", out], self.directory / out

    def umoci(self, source, to):
        if not has("umoci"):
            return {}
        line = (f"umoci init --layout u && umoci new --image u:v1 && umoci insert --image u:v1 {source} {to}"
                f" && umoci config --image u:v1 --config.entrypoint {to}")
        return {"umoci": (line, self.directory / "u")}

    def skopeo(self, archive):
        if not has("skopeo"):
            return {}
        line = ["skopeo", "--insecure-policy", "copy", "-q", f"docker-archive:{archive}", "oci:s:v1"]
        return {"skopeo copy": (line, self.directory / "s")}

    def buildah(self, source, to, flags="--disable-compression=false"):
        if not has("buildah") or os.geteuid():
            return {}
        root = f"buildah --root {self.directory}/b --runroot {self.directory}/br --storage-driver vfs"
        line = (f"c=$({root} from scratch) && {root} copy -q $c {source} {to} && {root} commit -q {flags} $c"
                f" oci-archive:b.tar && {root} rm $c && {root} rmi -a")
        return {"buildah": (line, self.directory / "b.tar")}

    def docker_build(self, source, to):
        if not self.docker.daemon:
            return {}
        context = Path(tempfile.mkdtemp(dir=self.directory))
        if Path(source).is_dir():
            shutil.copytree(source, context / "in", symlinks=True)
        else:
            shutil.copy(source, context / "in")
        (context / "Dockerfile").write_text(f"FROM scratch\nCOPY in {to}\n")
        return {"docker build + save": (self.docker.line(context, "d.tar"), self.directory / "d.tar")}


def floor(path, copy):
    """One pass of SHA-256 and one copy, as a command."""
    code = ("import hashlib,sys\nh=hashlib.sha256()\nwith open(sys.argv[1],'rb',buffering=0) as f, open(sys.argv[2],'wb',buffering=0) as t:\n"
            " b=bytearray(262144); m=memoryview(b)\n while n:=f.readinto(b): h.update(m[:n]); t.write(m[:n])")
    return [sys.executable, "-I", "-S", "-c", code, str(path), str(copy)], copy


def static_program(directory):
    """A Go program of some tens of megabytes: the docker CLI where it is static, else the web server."""
    for name in ["docker", "containerd", "dockerd"]:
        for folder in os.environ["PATH"].split(":"):
            path = Path(folder) / name
            if path.is_file() and "statically linked" in subprocess.run(["file", "-L", path], capture_output=True, text=True).stdout:
                return shutil.copy(path, directory / "goprogram")
    run(f"cd {HERE}/testdata/webserver && CGO_ENABLED=0 go build -buildvcs=false -o {directory}/goprogram .")
    return str(directory / "goprogram")


def real_files(directory, amount):
    """Real files of /usr, `amount` bytes of them, in one tree. The first byte of programs and libraries is another:
    pack would take in what they need, which is not what is compared here."""
    to, total = directory / "real", 0
    for folder in ["/usr/lib", "/usr/share", "/usr/bin", "/usr/local"]:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_symlink() or not path.is_file() or path.stat().st_size > 64 << 20:
                continue
            copy = to / path.relative_to("/usr")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            with open(copy, "r+b") as file:
                if file.read(4) == b"\x7fELF":
                    file.seek(0)
                    file.write(b"\0")
            total += path.stat().st_size
            if total >= amount:
                return to
    return to


def small_files(directory):
    """2,000 files of 10 kB: pieces of this machine's own headers, libraries and texts."""
    source = Path("/usr/lib/x86_64-linux-gnu/libc.so.6").resolve().read_bytes() if Path("/usr/lib/x86_64-linux-gnu/libc.so.6").exists() else os.urandom(1 << 20)
    for number in range(2000):
        path = directory / "small" / str(number % 40) / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        at = number * 797 % (len(source) - 10_000)
        path.write_bytes(source[at:at + 10_000])
    return directory / "small"


def elf_files():
    files = [path for path in sorted(Path("/usr/bin").iterdir()) if path.is_file()]
    return [str(path) for path in files if open(path, "rb").read(4) == b"\x7fELF"]


def measure(bench):
    d = bench.directory
    go = static_program(d)
    run(["gcc", "-O2", "-static", str(HERE / "testdata/hello/hello.c"), "-o", str(d / "chello")])
    run([str(bench.pack), go, "--compress", "none", "--no-cache", "-q", "-o", "go-docker.tar"], cwd=d)
    gzip = {"tar | gzip": (f"tar -cf - -C {d} goprogram | gzip >t.gz", d / "t.gz")}
    bench.work("static Go program, gzip", "1.5 times umoci and skopeo, 4 times buildah, 2.5 times docker",
               {"pack": bench.ours(go), **bench.umoci(go, "/app"), **bench.skopeo("go-docker.tar"),
                **bench.buildah(go, "/app"), **bench.docker_build(go, "/app"), **gzip})
    bench.work("static Go program, not compressed", "10 times docker, 6 times buildah, within 1.3 of the floor",
               {"pack": bench.ours(go, "--compress", "none"), "SHA-256 and a copy": floor(go, d / "copy"),
                **bench.buildah(go, "/app", "--disable-compression"), **bench.docker_build(go, "/app")})
    bench.work("static Go program, zstd", "3 times umoci, smaller than our gzip",
               {"pack": bench.ours(go, "--compress", "zstd"), **bench.umoci(go, "/app")})
    bench.work("the same again, nothing changed", "a fifth of the first time",
               {"pack, first": bench.ours(go, out="first.tar"), "pack, again": bench.ours(go, out="again.tar", cache=True)})
    c = str(d / "chello")
    bench.work("C program of 700 kB, gzip", "below 12 ms, 3 times umoci, 20 times buildah",
               {"pack": bench.ours(c), **bench.umoci(c, "/app"), **bench.buildah(c, "/app")}, runs=3 * bench.options.runs)
    if has("curl"):
        run([str(bench.pack), "curl", "-q", "--format", "rootfs", "-o", "curl.rootfs"], cwd=d)
        root = d / "curl.rootfs"
        bench.work("curl and its libraries, gzip", "below 130 ms, 60 ms from the cache, 10 times docker",
                   {"pack": bench.ours("curl"), "pack, again": bench.ours("curl", out="again.tar", cache=True),
                    **bench.buildah(root, "/"), **bench.docker_build(root, "/")})
    small = small_files(d)
    bench.work("2,000 small files, 20 MB, gzip", "3 times tar | gzip",
               {"pack": bench.ours(c, "--add", f"{small}:/srv"), "tar | gzip": (f"tar -cf - {small} | gzip >t.gz", d / "t.gz"),
                **bench.umoci(small, "/srv")})
    files = elf_files()
    (d / "files").write_text("\n".join(files) + "\n")
    inspect = {"pack inspect": (f"xargs -a files -d '\\n' -n 1 {bench.pack} inspect --no-evidence || true", None)}
    inspect["ldd"] = ("xargs -a files -d '\\n' -n 1 ldd || true", None)
    if has("libtree"):
        inspect["libtree"] = ("xargs -a files -d '\\n' -n 1 libtree || true", None)
    bench.work(f"inspect, all {len(files)} programs of /usr/bin", "3 times ldd, as fast as libtree", inspect, runs=3)
    if not bench.options.quick:
        large(bench, c)


def large(bench, c):
    d = bench.directory
    real = real_files(d, 1_000_000_000)
    pigz = {"tar | pigz": (f"tar -cf - {real} | pigz >t.gz", d / "t.gz")} if has("pigz") else {}
    bench.work("1 GB of real files, gzip", "1.5 times umoci, 4 times buildah",
               {"pack": bench.ours(c, "--add", f"{real}:/srv"), **bench.umoci(real, "/srv"), **bench.buildah(real, "/srv"),
                **pigz}, runs=3)
    bench.work("1 GB of real files, zstd", "3 times umoci, smaller than every peer's gzip",
               {"pack": bench.ours(c, "--add", f"{real}:/srv", "--compress", "zstd"), **bench.umoci(real, "/srv")}, runs=3)
    whole = b"".join(path.read_bytes() for path in sorted(real.rglob("*")) if path.is_file())[:1_000_000_000]
    shutil.rmtree(real)
    for amount in [10, 100, 1000, 4000]:
        big = d / f"big{amount}"
        with open(big, "wb") as file:
            for _ in range(0, amount, 1000):
                file.write(whole[: min(amount, 1000) * 1_000_000])
        bench.work(f"growth: one file of {amount} MB, gzip", "linear in time, flat in memory",
                   {"pack": bench.ours(c, "--add", f"{big}:/srv/big")}, runs=3)
        big.unlink()


def version(name, *arguments):
    if not has(name):
        return None
    told = subprocess.run([name, *arguments], capture_output=True, text=True)
    return (told.stdout or told.stderr).strip().splitlines()[0]


def about(bench):
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    names = [("umoci", "--version"), ("skopeo", "--version"), ("buildah", "--version"), ("docker", "--version"), ("gzip", "--version"), ("pigz", "--version")]
    versions = {name: version(name, flag) for name, flag in names}
    versions["pack"] = version(str(bench.pack), "--version")
    return {
        "load": os.getloadavg()[0], "cores": os.cpu_count(), "cpu": cpu.group(1) if cpu else platform.machine(), "kernel": platform.release().split("-")[0],
        "versions": {name: told for name, told in versions.items() if told},
    }


def markdown(about, works):
    print(f"{about['cores']} cores of an {about['cpu']}, load {about['load']:.1f} at the end; " + "; ".join(about["versions"].values()) + ".\n")
    print("| work | aim | tool | median | quartiles | CPU | bytes written | memory | times pack |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for work in works:
        ours = work["results"][0]["median"]
        for place, one in enumerate(work["results"]):
            aim = work["aim"].replace("|", "\\|")
            head = f"| {work['work']} | {aim} " if place == 0 else "| | "
            size = f"{one['bytes']:,}" if one["bytes"] else ""
            memory = f"{one['memory'] / 1e6:.1f} MB" if one["memory"] else ""
            ms = lambda value: f"{value * 1000:.1f}" if value < 1 else f"{value * 1000:,.0f}"
            tool = one["tool"].replace("|", "\\|")
            print(f"{head}| {tool} | {ms(one['median'])} ms | {ms(one['low'])}–{ms(one['high'])} | {ms(one['cpu'])} ms | {size} | {memory} | {one['median'] / ours:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", default=HERE / "target/release/pack")
    parser.add_argument("--in", dest="place", default="/dev/shm" if Path("/dev/shm").is_dir() else None)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--patience", type=float, default=60, help="seconds after which a tool is not run again")
    parser.add_argument("--quick", action="store_true", help="nothing of a gigabyte")
    parser.add_argument("--only", help="works whose name matches")
    parser.add_argument("--json", help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pack-bench-", dir=options.place) as directory:
        directory = Path(directory)
        os.environ["XDG_CACHE_HOME"] = str(directory / "cache")
        bench = Bench(options, directory)
        try:
            measure(bench)
        finally:
            bench.docker.stop()
        told = {"about": about(bench), "works": bench.works}
    if options.json:
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n")
    markdown(told["about"], told["works"])


if __name__ == "__main__":
    main()
