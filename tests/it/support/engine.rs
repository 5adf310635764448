//! A docker daemon of the tests' own, with the containerd that it starts: one for the whole run, in a
//! temporary directory, with no network of its own.
//!
//! Not the machine's daemon, which would keep our images and whose images would answer for ours. It lives in
//! namespaces that end with the process: a shell waits for its standard input to close, which happens
//! however the tests end, and takes the daemon, its containers and its directory with it.

use super::{Ran, lacks, skip, tool};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A running daemon.
pub struct Engine {
    directory: PathBuf,
    /// Its standard input is what the daemon lives by.
    _guard: Child,
}

/// `$1` is the daemon's directory. The storage driver that works on every file system; no bridge and no rules of a
/// firewall, so that nothing of the machine changes: containers use the host's network.
const GUARD: &str = r#"
unshare --mount --pid --fork --kill-child --mount-proc sh -c '
    dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/docker.sock" \
        --storage-driver vfs --iptables=false --ip6tables=false --bridge=none >"$1/log" 2>&1 </dev/null &
    cat; kill $!; wait' sh "$1"
rm -rf "$1"
"#;

/// Longer than any machine took, short enough to be told of.
const PATIENCE: Duration = Duration::from_secs(60);

/// The daemon, started when first asked for. `None` where there cannot be one: the test is skipped.
pub fn engine() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    if lacks(&["docker", "dockerd", "containerd", "unshare"]) {
        return None;
    }
    if !rustix::process::geteuid().is_root() {
        skip("only root can start a docker daemon");
        return None;
    }
    Some(ENGINE.get_or_init(Engine::start))
}

impl Engine {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("the temporary directory is writable").keep();
        let mut shell = tool("sh");
        shell.args(["-c", GUARD, "sh"]).arg(&directory);
        let guard = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let engine = Self { directory, _guard: guard.expect("a shell is there") };
        let started = Instant::now();
        while engine.docker(&["version"]).output.status.code() != Some(0) {
            let log = std::fs::read_to_string(engine.directory.join("log")).unwrap_or_default();
            assert!(started.elapsed() < PATIENCE, "the docker daemon does not start: {log}");
            std::thread::sleep(Duration::from_millis(100));
        }
        engine
    }

    /// Where its socket is, as DOCKER_HOST.
    pub fn host(&self) -> String {
        format!("unix://{}/docker.sock", self.directory.display())
    }

    /// Runs `docker` with these arguments.
    pub fn docker(&self, arguments: &[&str]) -> Ran {
        Ran::of(tool("docker").args(arguments).env("DOCKER_HOST", self.host()))
    }

    /// Runs containerd's `ctr` with these arguments.
    pub fn ctr(&self, arguments: &[&str]) -> Ran {
        Ran::of(
            tool("ctr").arg("--address").arg(self.directory.join("exec/containerd/containerd.sock")).args(arguments),
        )
    }
}
