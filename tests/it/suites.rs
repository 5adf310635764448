//! Programs of other Debian suites, packed from their roots by `--sysroot`: they do from their images what they do in
//! the whole root, with an older glibc than the machine's and with a newer one.

use crate::support::{Ran, Test, lacks, repository, skip, tool};
use std::path::Path;
use std::process::Command;

/// Commands that need name services, certificates, modules, data of their own, other programs.
const COMMANDS: [&[&str]; 19] = [
    &["/usr/bin/curl", "--version"],
    &["/usr/bin/curl", "-s", "https://localhost:1/"],
    &["/usr/bin/openssl", "version", "-a"],
    &["/usr/bin/openssl", "ciphers"],
    &["/usr/bin/jq", "-n", "[1, 2] | add"],
    &["/usr/bin/gpg", "--version"],
    &["/usr/bin/git", "--version"],
    &["/usr/bin/git", "init", "/tmp/r"],
    &["/usr/bin/git", "ls-remote", "https://localhost:1/x"],
    &["/usr/bin/sqlite3", ":memory:", "select 1 + 1"],
    &["/usr/bin/redis-server", "--version"],
    &["/usr/bin/redis-cli", "-p", "1", "ping"],
    &["/usr/bin/perl", "-MPOSIX", "-MList::Util=sum", "-e", "print floor(3.7), sum(1, 2), \"\\n\""],
    &["/usr/bin/objdump", "--version"],
    &["/bin/bash", "-c", "echo $((1 + 2)) ~root"],
    &["/usr/bin/getent", "passwd", "nobody"],
    &["/usr/bin/getent", "services", "http"],
    &["/usr/bin/iconv", "-f", "UTF-8", "-t", "EUC-JP", "/etc/group"],
    &["/usr/bin/id", "-u", "root"],
];

/// The command in `root`, with what engines mount.
fn inside(root: &Path, command: &[&str]) -> Command {
    let mut bwrap = tool("bwrap");
    bwrap.arg("--bind").arg(root).args(["/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--clearenv"]);
    // The same users and hosts in both.
    for file in ["passwd", "group", "hosts"] {
        bwrap.arg("--ro-bind").arg(format!("/etc/{file}")).arg(format!("/etc/{file}"));
    }
    bwrap.args(["--setenv", "HOME", "/tmp", "--setenv", "PATH", "/usr/bin:/bin", "--"]).args(command);
    bwrap
}

fn runs_as_in_its_root(suite: &str) {
    if lacks(&["bwrap"]) {
        return;
    }
    let unpacked = repository().join("target/suites").join(suite);
    if !unpacked.is_dir() {
        return skip(&format!("there is no root of {suite}: `.ci/setup test` makes one"));
    }
    // Files of its own: other tests make links to the unpacked ones, and packing would see that they changed.
    let directory = tempfile::tempdir_in(repository().join("target")).expect("target is writable");
    let root = directory.path().canonicalize().expect("it was just made").join(suite);
    Ran::of(tool("cp").args(["-a", "--reflink=auto"]).arg(&unpacked).arg(&root)).succeeds();
    let mut wrong = Vec::new();
    for (number, command) in COMMANDS.iter().enumerate().filter(|(_, command)| root.join(&command[0][1..]).exists()) {
        let t = Test::new();
        let sysroot = root.to_str().expect("a plain path");
        let program = format!("{sysroot}{}", command[0]);
        t.pack(&[&program, "--sysroot", sysroot, "--format", "rootfs", "-o", "root", "-q"]).succeeds();
        let image = t.path("root");
        let [here, there] = [&root, &image].map(|root| Ran::of(&mut inside(root, command)));
        let text = |ran: &Ran| (ran.output.status.code(), ran.stdout(), timeless(&ran.stderr()));
        if text(&here) != text(&there) {
            wrong.push(format!("{suite} {number}: {here}\n{there}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The text without the time that curl's library took.
fn timeless(text: &str) -> String {
    text.split(' ').filter(|word| word.parse::<u32>().is_err()).collect::<Vec<_>>().join(" ")
}

#[test]
fn programs_of_an_older_suite_run_from_images_of_its_root() {
    runs_as_in_its_root("bullseye");
}

#[test]
fn programs_of_a_newer_suite_run_from_images_of_its_root() {
    runs_as_in_its_root("trixie");
}
