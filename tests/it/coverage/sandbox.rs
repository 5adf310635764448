//! One run of a program, on this machine or from its root: as user 65532 in namespaces of its own, in a directory that
//! holds copies of the samples and is `/mnt` on both sides.

use super::table::{Peer, Use};
use crate::support::{Ran, repository, tool};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Seconds that a program has.
const LIMIT: u32 = 60;

/// Samples that are large, or many files.
const LARGE: [&str; 5] = ["big.img", "disk.img", "pgdata", "mysql", "svnrepo"];

/// Where runs leave their files.
pub struct Place {
    /// Removed with all that is in it when the value goes.
    directory: tempfile::TempDir,
}

/// What came of a run.
#[derive(PartialEq, Clone, Default)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// What was written below the working directory, by name.
    pub written: BTreeMap<String, Vec<u8>>,
}

/// From where a program runs.
#[derive(Clone, Copy)]
pub enum From<'a> {
    /// This machine, and the file that a trace goes to.
    Host { program: &'a Path, trace: Option<&'a Path> },
    /// A root file system, the program's path in it, and variables of the image.
    Root { root: &'a Path, program: &'a Path, env: &'a [String] },
}

impl Place {
    /// Makes the samples.
    pub fn new() -> Self {
        let target = repository().join("target");
        let directory = tempfile::Builder::new().prefix("coverage-").tempdir_in(target).expect("target is writable");
        let place = Self { directory };
        place.shell(
            "chmod 755 .; mkdir samples; cp -a /etc etc; cd etc; rm -f localtime timezone; grep -q :65532: passwd || { \
             echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >>passwd; echo nonroot:x:65532: >>group; }; \
             rm -f hosts resolv.conf; echo '127.0.0.1 localhost pack' >hosts; : >resolv.conf",
        );
        let script = repository().join("testdata/corpus/samples.sh");
        let made = Ran::of(tool("sh").arg(script).current_dir(place.path("samples")));
        place.write("missing", &made.succeeds().stdout());
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file is written");
    }

    /// The samples that could not be made.
    pub fn missing(&self) -> Vec<String> {
        std::fs::read_to_string(self.path("missing")).expect("it was written").lines().map(str::to_owned).collect()
    }

    /// Runs a script in this directory, which must succeed.
    pub fn shell(&self, script: &str) -> Ran {
        Ran::of(tool("sh").args(["-uc", &format!("umask 022; {script}")]).current_dir(self.directory.path())).succeeds()
    }

    /// Copies the samples for one run. Some are large: those only where the use names one.
    fn fresh(&self, one: &Use, name: &str) -> PathBuf {
        let is_named = |name: &&&str| one.arguments.contains(**name);
        let large = LARGE.iter().filter(is_named).fold(String::new(), |all, name| all + " samples/" + name);
        let others = LARGE.iter().fold(String::new(), |all, name| all + " ! -name " + name);
        self.shell(&format!(
            "rm -rf {name}; mkdir {name}; cp -a $(find samples -mindepth 1 -maxdepth 1 {others}) {large} {name}; \
             chown -Rh 65532:65532 {name}"
        ));
        self.path(name)
    }

    /// Runs the program once.
    pub fn run(&self, one: &Use, from: From<'_>, name: &str) -> Outcome {
        let work = self.fresh(one, name);
        let before = contents(&work);
        let script = self.script(one, from, &work);
        // More than the program has: a use that does not end must not keep the others from running.
        let mut command = tool("timeout");
        let flags = ["-m", "-n", "-i", "-u", "-p", "--fork", "--kill-child", "--propagation", "private"];
        command.args(["-k", "5", "150", "unshare"]).args(flags).args(["sh", "-c", &script]).current_dir("/");
        let output = Ran::of(&mut command).output;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut written = contents(&work);
        written.retain(|name, bytes| before.get(name) != Some(bytes));
        if matches!(one.peer, Peer::Client(_)) {
            written.clear();
        }
        self.shell(&format!("rm -rf {name}"));
        Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr), written }
    }

    /// What runs inside the namespaces: mounts as an engine makes them, then the program, and who else takes part.
    fn script(&self, one: &Use, from: From<'_>, work: &Path) -> String {
        let (here, work) = (self.directory.path().display(), work.display());
        let mut script = format!(
            "set -e; ip link set lo up; hostname pack; mount --bind {work} /mnt; mount -t proc proc /proc; cd /mnt\n"
        );
        let (inside, program) = match from {
            From::Host { program, .. } => {
                // The machine's own settings, with the user whom images have, and without a zone.
                writeln!(script, "mount --bind {here}/etc /etc").expect("a String takes all");
                // Nothing that the run needs may lie below what is hidden.
                for (directory, then) in [("/tmp", ":"), ("/home", "install -d -o 65532 -g 65532 /home/nonroot")] {
                    if !repository().starts_with(directory) {
                        writeln!(script, "mount -t tmpfs -o mode=1777 none {directory}; {then}").expect("as above");
                    }
                }
                (String::new(), program)
            }
            From::Root { root, program, .. } => {
                let root = root.display();
                writeln!(
                    script,
                    "mkdir -p {root}/mnt {root}/proc {root}/dev {root}/sys {root}/etc; touch {root}/etc/hosts {root}/etc/resolv.conf; \
                     mount -t proc proc {root}/proc; mount --rbind /dev {root}/dev; mount --rbind /sys {root}/sys; \
                     mount --bind {work} {root}/mnt"
                )
                .expect("as above");
                let mut bind = |file: &str| {
                    writeln!(script, "mount --bind {here}/etc/{file} {root}/etc/{file}").expect("as above");
                };
                bind("hosts");
                bind("resolv.conf");
                (format!("-R {root}"), program)
            }
        };
        let mut env = vec![
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/home/nonroot",
            "TERM=xterm",
        ];
        let mut trace = String::new();
        match from {
            From::Root { env: more, .. } => env.extend(more.iter().map(String::as_str)),
            From::Host { trace: Some(file), .. } => {
                trace = format!("strace -f -qq -y -e trace=open,openat,openat2,execve,execveat -o {} ", file.display());
            }
            From::Host { .. } => {}
        }
        env.extend(one.variables());
        let env = env.iter().fold(String::new(), |all, pair| format!("{all} '{pair}'"));
        let program = format!(
            "{trace}env -i{env} timeout -k 2 {LIMIT} setpriv --clear-groups unshare {inside} -w /mnt -G 65532 -S 65532 {} {}",
            program.display(),
            one.arguments
        );
        let play = match &one.peer {
            Peer::None => format!("exec {program}"),
            // Not `exec`: strace would wait for the server too, which is then its child.
            Peer::Server(server) => format!(
                "({server}) >/dev/null 2>&1 & \n\
                 for try in 1 2 3 4 5 6 7 8 9; do curl -s http://127.0.0.1:8090/ >/dev/null && break; sleep 0.3; done\n\
                 code=0; {program} || code=$?; exit $code"
            ),
            Peer::Client(client) => format!(
                "({program}) >/mnt/.log 2>&1 </dev/null & \n\
                 for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n\
                   sleep 0.3; answer=$(cd /mnt; umask 0; {{ {client}; }} 2>/dev/null </dev/null) && [ -n \"$answer\" ] && break; answer=\n\
                 done; printf '%s\\n' \"$answer\"; [ -n \"$answer\" ] || {{ tail -c 900 /mnt/.log >&2; exit 1; }}"
            ),
        };
        script + &play
    }
}

/// The files below a directory that have contents, by name; links by what they hold.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut todo) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("it was just listed"));
            let name = path.strip_prefix(directory).expect("it is below").to_string_lossy().into_owned();
            if kind.is_dir() {
                todo.push(path);
            } else if kind.is_file() {
                found.insert(name, std::fs::read(&path).unwrap_or_default());
            } else if let Ok(to) = std::fs::read_link(&path) {
                found.insert(name, to.to_string_lossy().into_owned().into_bytes());
            }
        }
    }
    found
}
