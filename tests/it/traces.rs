//! Nothing superfluous, and nothing missing: what strace sees programs open, here and in their images, against what
//! was packed.
//!
//! What is packed and never opened must come of a rule that takes a whole because a program may open any part of it;
//! what is opened here must be in the image, but for what no image holds.

use crate::support::samples::{Samples, installed};
use crate::support::{Ran, Test, lacks, skip, tool};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// A program doing its ordinary work: its arguments on the files of samples.sh, and who asks a server something
/// while it runs. A server is ended after some seconds.
struct Work {
    program: &'static str,
    arguments: &'static str,
    client: &'static str,
    /// Also where time is short.
    sample: bool,
}

const fn work(program: &'static str, arguments: &'static str, sample: bool) -> Work {
    Work { program, arguments, client: "", sample }
}

const fn server(program: &'static str, arguments: &'static str, client: &'static str, sample: bool) -> Work {
    Work { program, arguments, client, sample }
}

const WORKS: [Work; 24] = [
    work("/usr/bin/curl", "-sS -k https://localhost:8443/", true),
    work("/usr/bin/openssl", "req -new -key key.pem -subj /CN=x", true),
    work("/usr/bin/git", "clone -q file://$PWD/repo OUT", true),
    work("/usr/bin/git", "-C repo log --format=%s", false),
    work("/usr/bin/sqlite3", ":memory: 'select sqlite_version(), 1 + 1'", true),
    work("/usr/bin/jq", ".a a.json", true),
    work("/usr/bin/bash", "-c 'echo {a..c} ~root'", true),
    work("/usr/bin/ssh", "-G localhost", true),
    server(
        "/usr/bin/redis-server",
        "--port 7379 --dir /tmp",
        "redis-cli -p 7379 ping; redis-cli -p 7379 set a b; redis-cli -p 7379 save",
        true,
    ),
    server(
        "/usr/sbin/nginx",
        "-c $PWD/nginx.conf -g 'daemon off;'",
        "curl -sk https://localhost:9443/; curl -s http://localhost:9080/",
        true,
    ),
    work(
        "/usr/bin/python3",
        "-c 'import ssl, sqlite3, ctypes, json, zoneinfo; ssl.create_default_context(); sqlite3.connect(\":memory:\")'",
        true,
    ),
    work("/usr/bin/perl", "-MPOSIX -MEncode -e 'print encode(\"UTF-16BE\", floor(3.7))'", false),
    work("/usr/bin/ruby", "-e 'require \"json\"; require \"openssl\"; puts JSON.dump([1])'", false),
    work("/usr/bin/node", "-e 'require(\"https\").get(\"https://localhost:1/\").on(\"error\", () => 0)'", false),
    work("/usr/bin/java", "-cp . Tls", false),
    work("/usr/bin/ffmpeg", "-v error -f lavfi -i sine=duration=1 -c:a libmp3lame -f md5 -", false),
    work("/usr/bin/convert", "a.png -resize 50% OUT.jpg", false),
    work("/usr/bin/dot", "-Tpng g.dot -o OUT", true),
    work("/usr/bin/file", "a.png tone.wav", true),
    work("/usr/bin/gdb", "-batch -ex 'info functions main' ./hello", false),
    work("/usr/lib/postgresql/15/bin/psql", "-h 127.0.0.1 -p 1 -l", true),
    work("/usr/bin/iconv", "-f UTF-8 -t EUC-JP a.txt", true),
    work("/usr/bin/tput", "-T xterm cols", true),
    work("/usr/bin/gpg", "--homedir $PWD/keys --list-keys", false),
];

/// Rules that take a whole, of which a run opens a part: a tree, all modules of a kind, what other programs need.
const WHOLES: [&str; 31] = [
    "all-converters",
    "apache",
    "aspell",
    "containers",
    "converters",
    "fonts",
    "git",
    "gio-tls",
    "imagemagick",
    "java",
    "locales",
    "magic",
    "mime-types",
    "nginx",
    "opened",
    "openssl-modules",
    "own-data",
    "package",
    "p11-kit",
    "perl",
    "php",
    "pixbuf-loaders",
    "postgres",
    "python",
    "registry",
    "sasl",
    "settings-schemas",
    "started",
    "state",
    "terminals",
    "xml-catalogs",
];

/// Small files that are opened on some ways through a program only: when it looks up a host, verifies a certificate,
/// ends a thread, dies.
const SOMETIMES: [&str; 7] =
    ["ca-certificates", "kerberos", "name-services", "openssl-configuration", "services", "unwinder", "users"];

/// What no image holds, or no rule of `docs/evidence.md` takes: the machine's own, and what translates messages.
/// Modules that others wrote for Python, and the machine's zone, to which its `/etc/localtime` leads.
const NOT_PACKED: [&str; 14] = [
    "/proc/",
    "/sys/",
    "/dev/",
    "/home/",
    "/root/",
    "/tmp/",
    "/run/",
    "/var/",
    "/etc/",
    "/usr/share/locale/",
    "/usr/share/zoneinfo/",
    // Links in `/etc/ssl/certs` lead there: certificates that somebody added to this machine.
    "/usr/local/share/ca-certificates/",
    "/usr/lib/python3/dist-packages/",
    "/usr/local/lib/python3.11/dist-packages/",
];

/// Caches that an image has none of, or one of its own; and iconv, which gdb asks for names where it is.
const OPTIONAL: [&str; 5] =
    ["gconv-modules.cache", "locale-archive", "ld.so.cache", "giomodule.cache", "/usr/bin/iconv"];

/// What runs before `$strace` in namespaces of its own.
const SETUP: &str =
    "set -e; ip link set lo up; export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent TERM=xterm\n";

/// Runs the work under strace, in `root` or here; gives the paths of the files that it opened, at the end of all
/// links, as they are in its root.
fn opened(t: &Test, work: &Work, root: Option<&Path>) -> BTreeSet<String> {
    let log = t.path("trace");
    let out = if root.is_some() { "there" } else { "here" };
    let arguments = work.arguments.replace("OUT", out);
    let (mounts, becoming) = match root {
        // The machine's may name services that need modules.
        None => {
            ("echo 'passwd: files' >services; mount --bind services /etc/nsswitch.conf\n".to_owned(), String::new())
        }
        Some(root) => {
            let root = root.display();
            let mounts = format!(
                "mkdir -p {root}/proc {root}/dev {root}$PWD\nmount -t proc proc {root}/proc\nmount --rbind /dev {root}/dev\n\
                 mount --bind . {root}$PWD\necho '127.0.0.1 localhost' >{root}/etc/hosts\n"
            );
            (mounts, format!("unshare -R {root} -w \"$PWD\""))
        }
    };
    let client = match work.client {
        "" => String::new(),
        client => format!("( for _ in $(seq 30); do sleep 0.1; {client}; done ) >/dev/null 2>&1 & "),
    };
    let patience = if work.client.is_empty() { "" } else { "timeout -s INT 4" };
    let script = format!(
        "{SETUP}{mounts}{client} {patience} strace -f -y -qq -s 4096 -e trace=execve,open,openat -o {log} {becoming} \
         {} {arguments} >ran 2>&1 || true\n",
        work.program,
        log = log.display(),
    );
    let mut unshare = tool("unshare");
    unshare.args(["--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private", "--mount-proc"]);
    Ran::of(unshare.args(["sh", "-c", &script]).current_dir(t.path("samples"))).succeeds();
    let text = String::from_utf8_lossy(&std::fs::read(&log).expect("strace writes what it saw")).into_owned();
    // What comes before is the way into the root.
    let begin = text.find(&format!("execve(\"{}\"", work.program)).expect("the program was started");
    text[begin..].lines().filter_map(|line| path_of(line, root)).collect()
}

/// The path in a line of strace: of what `-y` tells that was opened, or of the program that was started.
fn path_of(line: &str, root: Option<&Path>) -> Option<String> {
    let (call, result) = line.rsplit_once(" = ")?;
    let path = if call.contains("execve(") {
        let path = call.split('"').nth(1).filter(|_| result == "0")?;
        let real = Path::new(&root.map_or(String::new(), |root| root.display().to_string()))
            .join(path.trim_start_matches('/'));
        let real = if root.is_some() { real } else { path.into() };
        // Links of the root lead within it; those of usr-merge are relative.
        std::fs::canonicalize(&real).unwrap_or(real).display().to_string()
    } else {
        result.split_once('<')?.1.strip_suffix('>')?.to_owned()
    };
    let inside = root.map_or(Some(path.as_str()), |root| path.strip_prefix(root.to_str()?));
    inside.filter(|path| !path.is_empty()).map(str::to_owned)
}

/// The code of a reason, and the entries that it points to.
type Why = (String, Vec<String>);

/// What is packed: path, size and reasons of each file.
struct Packed {
    files: BTreeMap<String, (u64, Vec<Why>)>,
}

impl Packed {
    fn of(told: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let files = list(&told["images"][0]["files"]);
        let files = files.iter().filter(|file| file["type"] == "file").map(|file| {
            let reasons = list(&file["reasons"]);
            let reasons =
                reasons.iter().map(|reason| (text(&reason["code"]), list(&reason["files"]).iter().map(text).collect()));
            (text(&file["path"]), (file["size"].as_u64().unwrap_or_default(), reasons.collect()))
        });
        Self { files: files.collect() }
    }

    /// Files that are there for the program itself and not as a part of a whole: not what helpers and modules need.
    fn core(&self) -> BTreeSet<&str> {
        let mut core: BTreeSet<&str> = BTreeSet::new();
        loop {
            let before = core.len();
            for (path, (_, reasons)) in &self.files {
                // A module is a library of the program too, whose reason is its rule.
                let is_module = reasons.iter().any(|(code, _)| WHOLES.contains(&code.as_str()));
                let counts = |(code, by): &(String, Vec<String>)| match code.as_str() {
                    "library" | "loader" => {
                        !is_module && (by.is_empty() || by.iter().any(|by| core.contains(by.as_str())))
                    }
                    other => !WHOLES.contains(&other),
                };
                if reasons.iter().any(counts) {
                    core.insert(path);
                }
            }
            if core.len() == before {
                return core;
            }
        }
    }

    fn size<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> u64 {
        paths.into_iter().filter_map(|path| self.files.get(path)).map(|(size, _)| size).sum()
    }
}

/// What is wrong with one image, and a line of the report.
fn judged(t: &Test, work: &Work) -> (Vec<String>, String) {
    let root = t.path("root");
    let flags = format!("{} --user root -q", work.program);
    let told = t.shell(&format!("$pack {flags} --dry-run --json")).succeeds().json();
    t.shell(&format!("$pack {flags} --format rootfs -o root")).succeeds();
    let (here, there) = (opened(t, work, None), opened(t, work, Some(&root)));
    let packed = Packed::of(&told);
    let samples = t.path("samples").display().to_string();
    let is_file = |path: &&String| Path::new(path.as_str()).is_file() && !path.starts_with(&samples);
    let is_wanted = |path: &&String| {
        !NOT_PACKED.iter().any(|not| path.starts_with(not)) && !OPTIONAL.iter().any(|optional| path.ends_with(optional))
    };
    let mut wrong: Vec<String> = Vec::new();
    for path in here.iter().filter(is_file).filter(is_wanted).filter(|path| !root.join(&path[1..]).exists()) {
        wrong.push(format!("`{}` opens `{path}` here, and its image has it not", work.program));
    }
    let core = packed.core();
    let touched: BTreeSet<&str> =
        packed.files.keys().map(String::as_str).filter(|path| there.contains(*path)).collect();
    // The kernel opens the program and the loader, and nobody sees it.
    let loader = |path: &&str| packed.files[*path].1.iter().any(|(code, _)| code == "loader" || code == "program");
    let touched: BTreeSet<&str> = packed.files.keys().map(String::as_str).filter(loader).chain(touched).collect();
    let mut untouched: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (path, (size, reasons)) in packed.files.iter().filter(|(path, _)| !touched.contains(path.as_str())) {
        let first = reasons.first().map_or("", |(word, _)| word.as_str());
        // glibc opens it when a thread ends.
        let is_unwinder = path.ends_with("/libgcc_s.so.1");
        let justified = is_unwinder || !core.contains(path.as_str()) || SOMETIMES.contains(&first);
        if !justified {
            wrong.push(format!("`{}`: nobody opens `{path}`, {size} bytes: {reasons:?}", work.program));
        }
        let count = untouched.entry(first).or_default();
        *count = (count.0 + 1, count.1 + size);
    }
    let all = packed.size(packed.files.keys().map(String::as_str));
    let core_touched = packed.size(core.iter().copied().filter(|path| touched.contains(path)));
    let mut line = format!(
        "{:<32} {:>6.1} MB packed, {:>6.1} MB opened: {:>5.2}; without trees {:.2}",
        work.program,
        mega(all),
        mega(packed.size(touched.iter().copied())),
        ratio(all, packed.size(touched.iter().copied())),
        ratio(packed.size(core.iter().copied()), core_touched),
    );
    for (code, (count, size)) in untouched {
        write!(line, "\n    {code}: {count} files, {:.1} MB never opened", mega(size)).expect("a string takes all");
    }
    t.shell("rm -rf root samples/here* samples/there*").succeeds();
    (wrong, line)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files, for people")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn ratio(packed: u64, opened: u64) -> f64 {
    mega(packed) / mega(opened)
}

#[test]
fn what_is_opened_is_packed_and_what_is_packed_is_opened_or_part_of_a_whole() {
    if lacks(&["strace", "unshare", "ip", "curl"]) {
        return;
    }
    if !rustix::process::getuid().is_root() {
        skip("only root mounts what a container has");
        return;
    }
    let t = Test::new();
    let samples = Samples::make(&t);
    t.write(
        "samples/nginx.conf",
        "user root;\nevents {}\nhttp { server { listen 127.0.0.1:9080; listen 127.0.0.1:9443 ssl; \
         ssl_certificate cert.pem; ssl_certificate_key key.pem; root .; } }\n",
    );
    let full = std::env::var_os("PACK_TEST_FULL").is_some();
    let works = WORKS.iter().filter(|work| full || work.sample).filter(|work| !samples.lack(work.arguments));
    let works = works.filter(|work| {
        let there = installed(work.program).is_some();
        if !there {
            skip(&format!("not installed: {}", work.program));
        }
        there
    });
    let (mut wrong, mut report) = (Vec::new(), String::new());
    for work in works {
        let (more, line) = judged(&t, work);
        wrong.extend(more);
        writeln!(report, "{line}").expect("a string takes all");
    }
    println!("{report}");
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("traces.txt"), &report).expect("the report is written");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
